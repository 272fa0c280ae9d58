"""A process record of a table that works out its parts when they are asked for.

A check of a hundred thousand rows asks for the places and cells of the few that something is wrong with; making
dictionaries, IRIs and places for all the others would take longer than reading the file.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any
from urllib.parse import quote

from bpo_kg.sources.facts import Place, ProcessRecord, Value
from bpo_kg.sources.layout import CellPlaces, Layout
from bpo_kg.vocabulary import ROW

_EMPTY = frozenset(f.name for f in fields(ProcessRecord) if f.default_factory is not MISSING)


def row_iri(stem: str, row_id: str) -> str:
    """Return the IRI of a table row from the file's stem and the row's id, both percent-encoded.

    >>> row_iri("head office", "CC/01")
    'https://w3id.org/bpo-kg/row/head%20office/CC%2F01'
    """
    return f"{ROW}{_segment(stem)}/{_segment(row_id)}"


def _segment(text: str) -> str:
    if text.isalnum() and text.isascii():
        return text
    # A segment of dots alone would mean "this folder" or "the one above" to whoever resolves the IRI.
    return quote(text, safe="") if text.strip(".") else text.replace(".", "%2E")


@dataclass(slots=True)
class Origin:
    """What the records of one table share."""

    layout: Layout
    stem: str
    texts: Sequence[str]
    """Columns whose text stands at the end of a record's parts, in that order."""
    folder: str = field(init=False)
    """IRI that the ids are appended to."""
    at: dict[str, int] = field(init=False)
    """Where the text of a column stands in a record's parts, counted from their end."""

    def __post_init__(self) -> None:
        self.folder = row_iri(self.stem, "")
        self.at = {column: index - len(self.texts) for index, column in enumerate(self.texts)}

    def cells(self, parts: Sequence[Any]) -> dict[str, Value]:
        """Put a row's dictionary of known cells together."""
        shared = len(parts) - len(self.texts)
        cells: dict[str, Value] = {}
        for some in parts[:shared]:
            cells.update(some)
        cells.update((column, text) for column, text in zip(self.texts, parts[shared:], strict=True) if text)
        return cells


class TableRecord(ProcessRecord):
    """A process record whose place, IRI, cells and places are made when they are first asked for."""

    __slots__ = ("_line", "_origin", "_parts", "_row")

    def __init__(
        self, id_: str, name: str, line: int, origin: Origin, parts: Sequence[Any], row: Sequence[str] | None
    ) -> None:
        """Make the record of one row.

        Args:
            id_: unique id.
            name: the process.
            line: line that the row starts on.
            origin: what it shares with the other rows.
            parts: values of the bundled columns, then the texts of `origin.texts`.
            row: the cells, where one of them holds line ends.
        """
        self.id = id_
        self.name = name
        self._line = line
        self._origin = origin
        self._parts: Sequence[Any] | None = parts
        self._row = row

    def __getattr__(self, name: str) -> Any:
        # Reached only while a field of the record is not set.
        value: Any
        if name == "cells" and self._parts is not None:
            value, self._parts = self._origin.cells(self._parts), None
        elif name == "place":
            value = Place(self._origin.layout.file, self._line, 0, self._origin.layout.sheet)
        elif name == "iri":
            value = self._origin.folder + _segment(self.id)
        elif name == "places":
            value = CellPlaces(self._origin.layout, self._line, self._row)
        elif name in _EMPTY:
            value = {}
        else:
            raise AttributeError(name)
        setattr(self, name, value)
        return value


def texts_of(records: Iterable[ProcessRecord], column: str) -> Iterator[tuple[ProcessRecord, str]]:
    """Give the records that have a text in `column`, without making the dictionaries of all cells for it."""
    origin: Origin | None = None
    at: int | None = None
    for record in records:
        if isinstance(record, TableRecord) and (parts := record._parts) is not None:
            if record._origin is not origin:
                origin = record._origin
                at = origin.at.get(column)
            text = "" if at is None else parts[at]
        else:
            value = record.cells.get(column)
            text = value if isinstance(value, str) else ""
        if text:
            yield record, text


def table_records(
    origin: Origin, ids: Iterable[str], names: Iterable[str], lines: Iterable[int], parts: Iterable[Sequence[Any]],
    rows: Iterable[Sequence[str] | None],
) -> list[ProcessRecord]:  # fmt: skip
    """Return the records of many rows."""
    return [TableRecord(i, n, li, origin, p, r) for i, n, li, p, r in zip(ids, names, lines, parts, rows, strict=True)]
