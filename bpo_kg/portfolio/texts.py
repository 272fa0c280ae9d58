"""Clean columns of free text at once; only the cells that stand out are looked at one by one.

What a text cell may hold is decided by the one cell parser. Here it is only found out, on the bytes of a whole
column, which cells could give it anything to say.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bpo_kg.portfolio.codes import Ints
from bpo_kg.sources.cells import MAX_CELL, CellReader, Problem

_SIGNS = (b"=", b"+", b"@", b":", b"\\", b"..")
_EDGE = np.zeros(256, dtype=bool)
_EDGE[[*range(0x21), 0x7F, ord("-"), ord("/")]] = True
_CONTROL = np.zeros(256, dtype=bool)
_CONTROL[[*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F]] = True
_SUSPECT = r"^\s*(=|[+\-@]\s*[A-Za-z_])|[=:]|\\|\.\.|^\s*/"
Problems = list[tuple[int, Problem]]


def clean(reader: CellReader, column: str, texts: pa.Array) -> tuple[pa.Array, Problems]:
    """Return a column as the cell parser reads it, empty cells as empty texts, and what is wrong by position."""
    texts = texts.fill_null("") if texts.null_count else texts
    rows = _standing_out(texts)
    if not len(rows):
        return texts, []
    problems: Problems = []
    changed: dict[int, str] = {}
    for row, raw in zip(rows.tolist(), texts.take(pa.array(rows)).to_pylist(), strict=True):
        value, found = reader.parse(column, raw)
        problems += [(row, problem) for problem in found]
        text = value if isinstance(value, str) else ""
        if text != raw:
            changed[row] = text
    if changed:
        mask = np.zeros(len(texts), dtype=bool)
        mask[list(changed)] = True
        texts = pc.replace_with_mask(texts, pa.array(mask), pa.array(list(changed.values()), pa.string()))
    return texts, problems


def _standing_out(texts: pa.Array) -> Ints:
    """Return the positions of the cells that the parser might change or report."""
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int32, count=len(texts) + 1, offset=4 * texts.offset)
    start, end = int(offsets[0]), int(offsets[-1])
    if start == end:
        return np.empty(0, dtype=np.int64)
    buffer = texts.buffers()[2].slice(start, end - start)
    data = np.frombuffer(buffer, dtype=np.uint8)
    lengths = np.diff(offsets)
    some = np.flatnonzero(lengths)
    firsts, lasts = data[offsets[some] - start], data[offsets[some] - start + lengths[some] - 1]
    suspects = [some[_EDGE[firsts] | _EDGE[lasts]]]
    if lengths.max() > MAX_CELL:
        suspects.append(np.flatnonzero(lengths > MAX_CELL))
    if data.max() >= 0x7F:
        # Blanks and code points that are no characters also stand outside ASCII; the parser knows them all.
        suspects.append(np.flatnonzero(pc.not_equal(texts, pc.utf8_trim_whitespace(texts)).to_numpy(False)))
        suspects.append(np.flatnonzero(pc.match_substring_regex(texts, "\ufffe|\uffff|\x7f").to_numpy(False)))
    if (data.min() < 0x20 or (data == 0x7F).any()) and _CONTROL[data].any():
        suspects.append(np.flatnonzero(pc.match_substring_regex(texts, r"[\x00-\x1f\x7f]").to_numpy(False)))
    raw = bytes(buffer)
    if any(sign in raw for sign in _SIGNS):
        suspects.append(np.flatnonzero(pc.match_substring_regex(texts, _SUSPECT).to_numpy(False)))
    return np.unique(np.concatenate(suspects)).astype(np.int64)
