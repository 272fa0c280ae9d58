"""Turn the rows of one table into process records, batch by batch.

Within a batch whole columns are looked up and checked at once; only what stands out is looked at cell by
cell. That is what keeps a hundred thousand rows within a few times of what reading them costs at all.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, compress, repeat
from urllib.parse import quote

from bpo_kg.sources import table_messages as say
from bpo_kg.sources.cells import CellReader, Problem, clean_texts
from bpo_kg.sources.combinations import Combinations, bundle, parse_together
from bpo_kg.sources.delimited import Batch
from bpo_kg.sources.facts import Finding, Inventory, Place, ProcessRecord, Value
from bpo_kg.sources.layout import HEADER_WITHIN, CellPlaces, Layout, carry_unnamed, is_header, lay_out
from bpo_kg.sources.messages import Told
from bpo_kg.vocabulary import ROW


def row_iri(stem: str, row_id: str) -> str:
    """Return the IRI of a table row from the file's stem and the row's id, both percent-encoded.

    >>> row_iri("head office", "CC/01")
    'https://w3id.org/bpo-kg/row/head%20office/CC%2F01'
    """
    return f"{ROW}{_segment(stem)}/{_segment(row_id)}"


def _segment(text: str) -> str:
    # A segment of dots alone would mean "this folder" or "the one above" to whoever resolves the IRI.
    return quote(text, safe="") if text.strip(".") else text.replace(".", "%2E")


def _segments(ids: Sequence[str]) -> Iterable[str]:
    """Return ids as they stand in an IRI; nearly always that is as they are, seen by one look at all of them."""
    together = "".join(ids).replace("-", "").replace("_", "")
    return ids if together.isascii() and together.isalnum() else map(_segment, ids)


@dataclass(slots=True)
class SheetRows:
    """Reads the tables of one file, one after the other, into one inventory; ids are unique across them."""

    inventory: Inventory
    reader: CellReader
    stem: str
    mapping: Mapping[str, str]
    """Inventory column by `header_key` of the table's own header."""
    max_rows: int
    has_control: bool = True
    """Whether cells may hold control characters, so that each text has to be looked at."""
    told: Told = field(init=False)
    _prefix: str = field(init=False)
    _texts_in_cells: frozenset[str] = field(init=False)
    _first: dict[str, Place] = field(default_factory=dict, init=False)
    """Place of the first row by id."""
    _seen: int = field(default=0, init=False)
    """Rows read so far, with or without a name."""

    def __post_init__(self) -> None:
        self.told = Told(self.inventory.findings)
        self._prefix = row_iri(self.stem, "")
        texts = {c.name for c in self.reader.columns.columns.values() if c.sort in ("text", "whole")}
        self._texts_in_cells = frozenset(texts - {"id", "name"})

    def find_header(self, sheet: str, batches: Iterator[Batch]) -> "Headless | tuple[Layout, Iterator[Batch]]":
        """Return the layout of the table and the batches below its header row; or what stands there instead."""
        above: list[tuple[int, list[str]]] = []
        for batch in batches:
            for index, (line, row) in enumerate(zip(batch.lines, batch.rows, strict=True)):
                if not any(map(str.strip, row)):
                    continue
                if is_header(row, self.reader.columns, self.mapping):
                    layout = lay_out(self.inventory.file, sheet, line, row, self.reader.columns, self.mapping)
                    layout.findings += [say.above_header(layout.place(at, 0), text) for at, text in above]
                    rest = Batch(batch.rows[index + 1 :], batch.lines[index + 1 :], batch.folded)
                    return layout, chain([rest], batches)
                above.append((line, row))
                if len(above) == HEADER_WITHIN:
                    below = chain([Batch(batch.rows[index + 1 :], [])], batches)
                    return Headless(above, sum(any(map(str.strip, r)) for b in below for r in b.rows))
        return Headless(above, 0)

    def read(self, layout: Layout, batches: Iterator[Batch]) -> None:
        """Read every row below a header row."""
        inventory = self.inventory
        empty = _EmptyRun(layout, self.told)
        bundles = bundle(layout.ours, self.reader.columns, self.reader)
        for batch in batches:
            room = self.max_rows - self._seen
            self._seen += len(batch.rows)
            if len(batch.rows) > room:
                inventory.findings.append(say.too_many_rows(layout.place(batch.lines[room]), self.max_rows))
                self._batch(layout, bundles, Batch(batch.rows[:room], batch.lines[:room], batch.folded), empty)
                break
            self._batch(layout, bundles, batch, empty)
        inventory.findings += layout.findings
        others = sorted(layout.others, key=lambda header: layout.others[header])
        inventory.extra_columns = tuple(dict.fromkeys([*inventory.extra_columns, *others]))

    def _batch(self, layout: Layout, bundles: Sequence[Combinations], batch: Batch, empty: "_EmptyRun") -> None:
        rows, lines = batch.rows, batch.lines
        if set(map(len, rows)) != {layout.width}:
            rows = [self._fit(layout, line, row) for line, row in zip(lines, rows, strict=True)]
        if batch.folded:
            places = [CellPlaces(layout, line, row) for line, row in zip(lines, rows, strict=True)]
        else:
            places = [CellPlaces(layout, line) for line in lines]
        names = self._texts(layout, "name", rows, places)
        if not all(names):
            keep = [self._named(*one, empty) for one in zip(names, rows, lines, places, strict=True)]
            names, rows, lines, places = (list(compress(all_, keep)) for all_ in (names, rows, lines, places))  # type: ignore[assignment]
        else:
            empty.end()
        if not rows:
            return
        if layout.unnamed:
            carry_unnamed(layout, rows, lines)
        starts = list(map(Place, repeat(layout.file), lines, repeat(0), repeat(layout.sheet)))
        cells = self._cells(layout, bundles, rows, places)
        ids = self._ids(layout, rows, starts, places)
        iris = [self._prefix + segment for segment in _segments(ids)]
        records = list(map(ProcessRecord, ids, names, starts, iris, cells, places))
        if layout.others:
            others = sorted(layout.others.items(), key=lambda item: item[1])
            for record, row in zip(records, rows, strict=True):
                record.extra = {header: row[position] for header, position in others if row[position]}
        self.inventory.records += records

    def _fit(self, layout: Layout, line: int, row: list[str]) -> list[str]:
        """Bring a row to the width that is looked at; a cell beyond the header's last is reported."""
        if len(row) > layout.cells:
            surplus = next((p for p in range(layout.cells, len(row)) if row[p].strip()), None)
            if surplus is not None:
                self.told.add(partial(say.surplus, layout.place(line, surplus), len(row), layout.cells))
        return row[: layout.width] + [""] * (layout.width - len(row))

    def _named(self, name: str, row: list[str], line: int, places: CellPlaces, empty: "_EmptyRun") -> bool:
        """Tell whether a row names a process; report it if not."""
        if not name and not any(map(str.strip, row)):
            empty.add(line)
            return False
        empty.end()
        if not name:
            self.inventory.left_out += 1
            self.told.add(partial(say.no_name, places["name"]))
        return bool(name)

    def _tell(self, places: CellPlaces, position: int, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self.told.add(partial(_at, problem, places, position))

    def _texts(
        self, layout: Layout, column: str, rows: Sequence[Sequence[str]], places: Sequence[CellPlaces]
    ) -> list[str]:
        """Parse the cells of a text column; an empty text stands for none."""
        position = layout.ours[column]
        raws = [row[position] for row in rows]
        stripped = list(map(str.strip, raws))
        if not self.has_control and clean_texts(stripped):
            return stripped
        texts = []
        for raw, where in zip(raws, places, strict=True):
            value, problems = self.reader.parse(column, raw)
            self._tell(where, position, problems)
            texts.append(value if isinstance(value, str) else "")
        return texts

    def _cells(
        self,
        layout: Layout,
        bundles: Sequence[Combinations],
        rows: Sequence[Sequence[str]],
        places: Sequence[CellPlaces],
    ) -> list[dict[str, Value]]:
        """Parse every cell but id and name; a row's dictionary holds what is known."""
        cells, problems = parse_together(bundles, rows)
        for index, position, problem in problems:
            self._tell(places[index], position, [problem])
        for column in layout.ours:
            if column not in self._texts_in_cells:
                continue
            for values, text in zip(cells, self._texts(layout, column, rows, places), strict=True):
                if text:
                    values[column] = text
        return cells

    def _ids(
        self, layout: Layout, rows: Sequence[Sequence[str]], starts: Sequence[Place], places: Sequence[CellPlaces]
    ) -> list[str]:
        """Return every row's id, made unique: from its cell, else from its line, else with its line added."""
        given = self._texts(layout, "id", rows, places) if "id" in layout.ours else [""] * len(rows)
        ids = given if all(given) else [text or f"row-{at.line}" for text, at in zip(given, starts, strict=True)]
        fresh_ids = dict(zip(ids, starts, strict=True))
        if len(fresh_ids) == len(ids) and self._first.keys().isdisjoint(fresh_ids):
            self._first.update(fresh_ids)
            return ids
        unique = []
        for row_id, text, start, where in zip(ids, given, starts, places, strict=True):
            fresh = row_id
            if first := self._first.get(row_id):
                fresh = f"{row_id}~{start.line}"
                while fresh in self._first:
                    fresh += "~"
                if text:
                    self.told.add(partial(say.second_id, where["id"], row_id, first, start.line, fresh))
            self._first[fresh] = start
            unique.append(fresh)
        return unique


def _at(problem: Problem, places: CellPlaces, position: int) -> Finding:
    return problem.at(places.at(position))


@dataclass(frozen=True, slots=True)
class Headless:
    """A table without a header row that names the column `name`: its first rows, and how many more there are."""

    first: Sequence[tuple[int, list[str]]]
    more: int


class _EmptyRun:
    """Empty rows that follow each other; they are worth a finding only once a row stands below them."""

    def __init__(self, layout: Layout, told: Told) -> None:
        self._layout = layout
        self._told = told
        self._first = self._last = 0

    def add(self, line: int) -> None:
        self._first, self._last = self._first or line, line

    def end(self) -> None:
        if self._first:
            self._told.add(partial(say.empty_rows, self._layout.place(self._first), self._first, self._last))
            self._first = 0
