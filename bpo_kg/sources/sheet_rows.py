"""Turn the rows of one table into process records, batch by batch.

Within a batch whole columns are looked up and checked at once; only what stands out is looked at cell by
cell. That is what keeps a hundred thousand rows within a few times of what reading them costs at all.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, compress, repeat

from bpo_kg.sources import table_messages as say
from bpo_kg.sources.cells import CellReader, Problem, clean_texts
from bpo_kg.sources.combinations import Combinations, bundle, parse_together
from bpo_kg.sources.delimited import Batch, line_ends
from bpo_kg.sources.facts import Finding, Inventory, Place
from bpo_kg.sources.layout import HEADER_WITHIN, CellPlaces, Layout, carry_unnamed, is_header, lay_out
from bpo_kg.sources.messages import Told
from bpo_kg.sources.table_record import Origin, row_iri, table_records

__all__ = ["Headless", "SheetRows", "row_iri"]


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
    """Whether cells may hold control characters, so that texts have to be looked at for them."""
    told: Told = field(init=False)
    _texts_in_cells: frozenset[str] = field(init=False)
    _first: dict[str, dict[str, int]] = field(default_factory=dict, init=False)
    """By sheet, the line of the first row by id."""
    _seen: int = field(default=0, init=False)
    """Rows read so far, with or without a name."""

    def __post_init__(self) -> None:
        self.told = Told(self.inventory.findings)
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
        origin = Origin(layout, self.stem, [column for column in layout.ours if column in self._texts_in_cells])
        for batch in batches:
            room = self.max_rows - self._seen
            self._seen += len(batch.rows)
            if len(batch.rows) > room:
                inventory.findings.append(say.too_many_rows(layout.place(batch.lines[room]), self.max_rows))
                self._batch(origin, bundles, Batch(batch.rows[:room], batch.lines[:room], batch.folded), empty)
                break
            self._batch(origin, bundles, batch, empty)
        inventory.findings += layout.findings
        others = sorted(layout.others, key=lambda header: layout.others[header])
        inventory.extra_columns = tuple(dict.fromkeys([*inventory.extra_columns, *others]))
        inventory.header_places = layout.header_places() | inventory.header_places

    def _batch(self, origin: Origin, bundles: Sequence[Combinations], batch: Batch, empty: "_EmptyRun") -> None:
        layout = origin.layout
        if set(map(len, batch.rows)) != {layout.width}:
            fitting = [self._fit(layout, line, row) for line, row in zip(batch.lines, batch.rows, strict=True)]
            batch = Batch(fitting, batch.lines, batch.folded)
        names = self._texts(layout, "name", batch)
        if not all(names):
            keep = [self._named(layout, batch, index, name, empty) for index, name in enumerate(names)]
            names = list(compress(names, keep))
            batch = Batch(list(compress(batch.rows, keep)), list(compress(batch.lines, keep)), batch.folded)
        else:
            empty.end()
        if not names:
            return
        if layout.unnamed:
            carry_unnamed(layout, batch.rows, batch.lines)
        shared, problems = parse_together(bundles, batch.rows)
        for index, position, problem in problems:
            self._tell(_place(layout, batch, index, position), [problem])
        texts = [self._texts(layout, column, batch) for column in origin.texts]
        folds = [row if line_ends(row) else None for row in batch.rows] if batch.folded else repeat(None, len(names))
        ids = self._ids(layout, batch)
        parts = zip(*shared, *texts, strict=True) if shared or texts else repeat((), len(names))
        records = table_records(origin, ids, names, batch.lines, parts, folds)
        if layout.others:
            others = sorted(layout.others.items(), key=lambda item: item[1])
            for record, row in zip(records, batch.rows, strict=True):
                record.extra = {header: row[position] for header, position in others if row[position]}
        self.inventory.records += records

    def _fit(self, layout: Layout, line: int, row: list[str]) -> list[str]:
        """Bring a row to the width that is looked at; a cell beyond the header's last is reported."""
        if len(row) > layout.cells:
            surplus = next((p for p in range(layout.cells, len(row)) if row[p].strip()), None)
            if surplus is not None:
                self.told.add(partial(say.surplus, layout.place(line, surplus), len(row), layout.cells))
        return row[: layout.width] + [""] * (layout.width - len(row))

    def _named(self, layout: Layout, batch: Batch, index: int, name: str, empty: "_EmptyRun") -> bool:
        """Tell whether a row names a process; report it if not."""
        if not name and not any(map(str.strip, batch.rows[index])):
            empty.add(batch.lines[index])
            return False
        empty.end()
        if not name:
            self.inventory.left_out += 1
            self.told.add(partial(_no_name, layout, batch, index))
        return bool(name)

    def _tell(self, place: Callable[[], Place], problems: Iterable[Problem]) -> None:
        for problem in problems:
            self.told.add(partial(_at, problem, place))

    def _texts(self, layout: Layout, column: str, batch: Batch) -> list[str]:
        """Parse the cells of a text column; an empty text stands for none."""
        position = layout.ours[column]
        raws = [row[position] for row in batch.rows]
        stripped = list(map(str.strip, raws))
        if (not self.has_control or "".join(stripped).isprintable()) and clean_texts(stripped):
            return stripped
        texts = []
        for index, raw in enumerate(raws):
            value, problems = self.reader.parse(column, raw)
            self._tell(_place(layout, batch, index, position), problems)
            texts.append(value if isinstance(value, str) else "")
        return texts

    def _ids(self, layout: Layout, batch: Batch) -> list[str]:
        """Return every row's id, made unique: from its cell, else from its line, else with its line added."""
        given = self._texts(layout, "id", batch) if "id" in layout.ours else [""] * len(batch.rows)
        ids = given if all(given) else [text or f"row-{line}" for text, line in zip(given, batch.lines, strict=True)]
        seen = self._first.setdefault(layout.sheet, {})
        fresh_ids = dict(zip(ids, batch.lines, strict=True))
        if len(fresh_ids) == len(ids) and all(some.keys().isdisjoint(fresh_ids) for some in self._first.values()):
            seen.update(fresh_ids)
            return ids
        unique = []
        for index, (row_id, line) in enumerate(zip(ids, batch.lines, strict=True)):
            fresh = row_id
            if (first := self._place_of(layout, row_id)) is not None:
                fresh = f"{row_id}~{line}"
                while self._place_of(layout, fresh) is not None:
                    fresh += "~"
                if given[index]:
                    place = _place(layout, batch, index, layout.ours["id"])
                    self.told.add(partial(_second_id, place, row_id, first, line, fresh))
            seen[fresh] = line
            unique.append(fresh)
        return unique

    def _place_of(self, layout: Layout, row_id: str) -> Place | None:
        """Return where the first row with an id stands."""
        for sheet, lines in self._first.items():
            if row_id in lines:
                return Place(layout.file, lines[row_id], 0, sheet)
        return None


def _place(layout: Layout, batch: Batch, index: int, position: int) -> Callable[[], Place]:
    """Return a way to the place of a cell, which few cells need."""
    return lambda: CellPlaces(layout, batch.lines[index], batch.rows[index] if batch.folded else None).at(position)


def _at(problem: Problem, place: Callable[[], Place]) -> Finding:
    return problem.at(place())


def _no_name(layout: Layout, batch: Batch, index: int) -> Finding:
    return say.no_name(_place(layout, batch, index, layout.ours["name"])())


def _second_id(place: Callable[[], Place], row_id: str, first: Place, line: int, fresh: str) -> Finding:
    return say.second_id(place(), row_id, first, line, fresh)


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
