"""Make ids unique within a file, exactly as the row reader does, looking only at those that repeat.

A repeated id is a finding and never a second row for one process: the later row is kept under an id of its own.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bpo_kg.portfolio.codes import Ints
from bpo_kg.sources import table_messages as say
from bpo_kg.sources.facts import Finding
from bpo_kg.sources.layout import Layout


def repeated(ids: pa.Array) -> Ints:
    """Return the rows whose id was there before, in order; the exact texts are compared."""
    first = pc.index_in(ids, value_set=ids)
    return np.flatnonzero(first.to_numpy(zero_copy_only=False) != np.arange(len(ids)))


def fresh_ids(
    ids: pa.Array, again: Ints, lines: Ints, given: Sequence[bool], layout: Layout
) -> tuple[dict[int, str], list[Finding]]:
    """Return the new id by row for the rows that need one, and a finding for each whose id the file gives twice.

    Args:
        ids: all ids of a file, in row order.
        again: what `repeated` found.
        lines: line of each row.
        given: for each row of `again`, whether the file gives its id.
    """
    texts = pc.unique(ids.take(pa.array(again)))
    involved = np.flatnonzero(pc.is_in(ids, value_set=texts).to_numpy(zero_copy_only=False))
    marked = np.flatnonzero(pc.match_substring(ids, "~").to_numpy(zero_copy_only=False))
    is_given = dict(zip(again.tolist(), given, strict=True))
    rows = np.union1d(involved, marked)
    first: dict[str, int] = {}
    fresh: dict[int, str] = {}
    findings: list[Finding] = []
    for row, text in zip(rows.tolist(), ids.take(pa.array(rows)).to_pylist(), strict=True):
        line, own = int(lines[row]), text
        if text in first:
            own = f"{text}~{line}"
            while own in first:
                own += "~"
            fresh[row] = own
            if is_given.get(row, True):
                place = layout.place(line, layout.ours["id"])
                findings.append(say.second_id(place, text, layout.place(first[text]), line, own))
        first[own] = line
    return fresh, findings
