"""Rows whose answers are not a matter of their own cells: they are written out again and go to the graph engine.

A user's axiom may relate rows: a whole is what its parts are, a key makes two rows one. Which axioms do so is computed;
the rows they can reach are those that are linked, or all of them if shared things carry the say of one row to another.
"""

import csv
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bpo_kg.errors import ReasoningError
from bpo_kg.loading import Loaded
from bpo_kg.locating import Locator
from bpo_kg.portfolio.codes import Codes, Ints
from bpo_kg.portfolio.judged import Answered
from bpo_kg.portfolio.outcomes import Column
from bpo_kg.reasoning.rules import Axiom
from bpo_kg.sources.facts import Finding, Value
from bpo_kg.sources.messages import finding
from bpo_kg.vocabulary import ASSERTED

GraphEngine = Callable[[Sequence[Path]], Sequence[Mapping[str, str]]]
"""Assesses files with the same rules, places and options, and returns their rows in order."""
MOST = 200_000
"""Rows that the graph engine is asked to take."""


@dataclass(slots=True)
class Rewritten:
    """The rows of one file that are reached: their numbers in the file, and everything that they record."""

    stem: str
    rows: Ints
    ids: Sequence[str]
    names: Sequence[str]
    wholes: Sequence[str]
    codes: Mapping[str, Ints]


def answers_of(
    graph: GraphEngine | None, files: Sequence[Rewritten], codes: Mapping[str, Codes]
) -> list[Mapping[str, str]]:
    """Return the graph engine's output rows for the rows of some files, in order.

    Raises:
        ReasoningError: no graph engine is at hand, or there are too many rows for it.
    """
    count = sum(len(file.rows) for file in files)
    if graph is None or count > MOST:
        raise ReasoningError(
            f"rules make the answers of {count:,} rows depend on other rows; the graph engine answers such rows, "
            f"up to {MOST:,} of them (assess --engine graph)"
        )
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, file in enumerate(files):
            path = Path(folder) / str(number) / f"{file.stem}.csv"
            path.parent.mkdir()
            write_rows(path, file, codes)
            paths.append(path)
        return list(graph(paths))


def write_rows(path: Path, file: Rewritten, codes: Mapping[str, Codes]) -> list[str]:
    """Write rows as CSV that reads as they do; return the columns in their order."""
    columns = [column for column in file.codes if column not in ("id", "name", "notes")]
    header = ["id", "name", "part_of", *columns]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        cells = [[_text(codes[column].values[code]) for code in file.codes[column].tolist()] for column in columns]
        writer.writerows(zip(file.ids, file.names, file.wholes, *cells, strict=True))
    return header


def _text(value: Value | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ";".join(value) if isinstance(value, tuple) else str(value)


def replaced(answered: Answered, rows: Ints, answers: Sequence[Mapping[str, str]]) -> Answered:
    """Return the answers of a batch with those of some rows put in their place."""
    count = len(answered.row)
    mask = np.zeros(count, dtype=bool)
    mask[rows] = True
    columns = {}
    for name, column in answered.columns.items():
        texts = column.words.take(pa.array(column.codes)).take(pa.array(answered.row))
        mine = pa.array([answer[name] for answer in answers], pa.string())
        columns[name] = Column(pc.replace_with_mask(texts, pa.array(mask), mine), np.arange(count))
    return Answered(columns, np.arange(count))


def rule_findings(loaded: Loaded, axioms: Sequence[Axiom], linked: bool) -> list[Finding]:
    """Name the axioms by which rows have a say in each other's answers, with file and line."""
    # The shipped axioms alone relate no rows; one of them is only part of what a user's axiom completes.
    shipped = f"{ASSERTED}/bpo-kg/"
    own = [axiom for axiom in axioms if not str(getattr(axiom.graph, "value", "")).startswith(shipped)]
    axioms = own or axioms
    locator = Locator(loaded)
    en = "rows that are parts or wholes are" if linked else "all rows are"
    id_ = "baris yang merupakan bagian atau keseluruhan" if linked else "semua baris"
    return [
        finding(
            locator.place(axiom.triple),
            "suggestion",
            "rule-relates-rows",
            f"this axiom lets one row have a say in another's answers, so {en} assessed by the graph engine, which "
            "takes longer (an axiom over a row's own cells would be fast)",
            f"aksioma ini membuat suatu baris ikut menentukan jawaban baris lain, sehingga {id_} dinilai dengan "
            "mesin graf, yang lebih lama (aksioma atas sel baris itu sendiri akan cepat)",
        )
        for axiom in axioms
    ]
