"""Write a large inventory as N-Triples: everything asserted, inferred and assessed of it, ready for bulk load anywhere.

Rows of equal cells have equal triples but for their own names. So the graph engine states one row per combination, and
what it states is written for every row with that row's IRIs, id, name and line put in. Rows that are wholes or parts
are stated together with what they hang together with.
"""

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyoxigraph as ox

from bpo_kg.errors import ReasoningError, SourceError
from bpo_kg.portfolio import duck
from bpo_kg.portfolio.codes import Flags, Ints, combine
from bpo_kg.portfolio.files import TableFile, expand
from bpo_kg.portfolio.first_pass import FirstPass
from bpo_kg.portfolio.knowledge import Knowledge
from bpo_kg.portfolio.options import PortfolioOptions, PortfolioResult
from bpo_kg.portfolio.plain import read_plain
from bpo_kg.portfolio.reached import Rewritten, write_rows
from bpo_kg.portfolio.rows import Rows
from bpo_kg.portfolio.tables import open_table
from bpo_kg.sources.facts import Inventory, Place, ProcessRecord, Value
from bpo_kg.sources.recording import inventory_triples
from bpo_kg.sources.sheet_rows import row_iri
from bpo_kg.suitability.assessment import CLASSES
from bpo_kg.suitability.triples import answer_iri, assessment_iri

GraphExport = Callable[[Sequence[Path]], bytes]
"""Returns everything asserted, inferred and assessed of some files as N-Triples, rules and places included."""
TOGETHER = 2_000
"""Rows that the graph engine states at once."""
_NODE = re.compile(r"<(https://w3id\.org/bpo-kg/assessment/(?:answer/)?[0-9a-f]{16})")
"""The node of an answer or an assessment of one row; answers about places are shared."""
_SLOT = re.compile("\x00(\\d+)\x00")


def export_triples(
    paths: Sequence[str | Path], *, options: PortfolioOptions, output: Path, graph: GraphExport
) -> PortfolioResult:
    """Write the triples of one table, with those of the ontology, as N-Triples (aside, then renamed).

    Args:
        paths: one CSV or Parquet file.
        options: as for `assess_file`; `to` names the places with verdicts.
        output: the file to write.
        graph: the graph engine's export, with the same options.

    Raises:
        SourceError: the file cannot be read, or there are several.
        ReasoningError: axioms relate rows that are not linked, so that no row can stand for another.
    """
    connection = duck.connect()
    knowledge = Knowledge(options)
    files = expand(paths)
    if len(files) != 1:
        raise SourceError("triples are written for one table at a time")
    table = open_table(files[0], knowledge.reader, knowledge.codes, options.mapping, connection, weigh=True)
    slices = knowledge.meaning.slices
    if slices.reasons and not slices.linked:
        raise ReasoningError("axioms relate any row to any other, so the graph engine has to export this inventory")

    def read(file: TableFile, take: Callable[[Rows], None], *, texts_only: bool = False) -> None:
        if not file.plain:
            file.read_rows(take)
            return
        read_plain(connection, file, take, texts_only=texts_only)

    try:
        first = FirstPass(knowledge, [table], read)
        first.run()
    except duck.Irregular:
        table.read_by_row()
        first = FirstPass(knowledge, [table], read)
        first.run()
    aside = output.with_name(output.name + ".part")
    with aside.open("w", encoding="utf-8") as stream:
        count = _Export(knowledge, table, first, graph).write(stream.writelines)
    aside.replace(output)
    return PortfolioResult(rows=count, left_out=table.left_out, findings=[*table.findings, *first.findings(0)])


@dataclass(slots=True)
class _Export:
    knowledge: Knowledge
    table: TableFile
    first: FirstPass
    graph: GraphExport

    def write(self, out: Callable[[Iterable[str]], None]) -> int:
        """Write everything; return the number of rows."""
        base = self._stated([])
        out(sorted(base))
        shared: set[str] = set()
        linked = self.first.linked
        for rows in self._trees(linked):
            lines = self._stated([self._as_found(rows)], rows) - base
            out(sorted(lines - shared))
            shared |= {line for line in lines if "/row/" not in line and not _NODE.search(line)}
        templates: list[Template] = []
        known: dict[tuple[int, ...], int] = {}
        done = 0

        def each(rows: Rows) -> None:
            nonlocal done
            cells = self.first.cells(0, done, len(rows))
            names = list(cells.codes)
            digits = [cells.codes[c] for c in names]
            one, which = combine(digits, len(rows))
            keys = [tuple(key) for key in np.stack([cells.codes[c][one] for c in names], axis=1).tolist()]
            fresh = [key for key in keys if key not in known]
            for start in range(0, len(fresh), TOGETHER):
                some = fresh[start : start + TOGETHER]
                made, more = self._templates(names, some, base)
                out(sorted(more - shared))
                shared.update(more)
                for key, template in zip(some, made, strict=True):
                    known[key] = len(templates)
                    templates.append(template)
            number = np.array([known[key] for key in keys])[which]
            alone = ~np.isin(np.arange(done, done + len(rows)), linked)
            ids = self.first.ids(0, rows, done).to_pylist()
            out(self._rows(rows, ids, number, alone, templates))
            done += len(rows)

        self.first.each(0, each)
        return done

    def _rows(
        self, rows: Rows, ids: list[str], number: Ints, alone: Flags, templates: "list[Template]"
    ) -> Iterator[str]:
        names, lines = rows.names.to_pylist(), rows.lines.tolist()
        notes = rows.notes.to_pylist() if rows.notes is not None else None
        for n, ident in enumerate(ids):
            iri = row_iri(self.table.stem, ident)
            if alone[n]:
                yield templates[number[n]].filled(iri, ident, names[n], lines[n])
            cells: dict[str, Value] = {}
            if notes is not None and notes[n]:
                cells["notes"] = notes[n]
            if rows.fte is not None and rows.staffed is not None and rows.staffed[n]:
                cells["fte"] = float(rows.fte[n])
            if cells:
                yield from self._extra(iri, cells)

    def _extra(self, iri: str, cells: dict[str, Value]) -> Iterator[str]:
        record = ProcessRecord("", "", Place(""), iri, cells)
        properties = {self.knowledge.meaning.properties[c] for c in cells}
        for triple in inventory_triples(Inventory("", [record]), {}, self.knowledge.meaning.properties):
            if triple.predicate in properties:
                yield f"{triple} .\n"

    # --- stating ---------------------------------------------------------------------------------
    def _stated(self, files: Sequence[Rewritten], rows: Ints | None = None) -> set[str]:
        """Return the lines that the graph engine writes for some rows, cells where the inventory has them."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{self.table.stem}.csv"
            empty = np.empty(0, dtype=np.int64)
            columns = write_rows(
                path, files[0] if files else Rewritten("", empty, [], [], [], {}), self.knowledge.codes
            )
            text = self.graph([path]).decode()
        lines = text.splitlines(keepends=True)
        if not files:
            return set(lines)
        layout = self.table.layout
        assert layout is not None
        place = re.compile(re.escape(str(path)) + r":(\d+):(\d+)")
        where = None if rows is None else self.first.lines(rows)

        def moved(match: "re.Match[str]") -> str:
            row, position = int(match[1]) - 2, layout.ours[columns[int(match[2]) - 1]] + 1
            line = "\x003\x00" if where is None else str(where[row])
            return f"{self.table.file}:{line}:{position}"

        return {place.sub(moved, line) if str(path) in line else line for line in lines}

    def _as_found(self, rows: Ints) -> Rewritten:
        return self.first.rewritten(rows)[0]

    def _trees(self, linked: Ints) -> Iterator[Ints]:
        """Yield linked rows, whole trees together, some thousand at a time."""
        if not len(linked) or self.first.inheritance is None:
            return
        tree = self.first.inheritance.tree
        root = np.where(tree.parent < 0, np.arange(len(tree.rows)), tree.parent)
        while (root[root] != root).any():
            root = root[root]
        order = np.argsort(root, kind="stable")
        starts = np.flatnonzero(np.r_[True, root[order][1:] != root[order][:-1]])
        begun = 0
        for end in [*starts[1:].tolist(), len(order)]:
            if end - begun >= TOGETHER or end == len(order):
                yield np.sort(tree.rows[order[begun:end]])
                begun = end

    def _templates(
        self, names: Sequence[str], keys: Sequence[tuple[int, ...]], base: set[str]
    ) -> "tuple[list[Template], set[str]]":
        """Return a template for each combination of codes, and lines that belong to no row."""
        marks = [f"zz{n}zz" for n in range(len(keys))]
        codes = {c: np.array([key[i] for key in keys], dtype=np.int64) for i, c in enumerate(names)}
        rows = np.arange(len(keys))
        stated = self._stated([Rewritten("", rows, marks, [f"{m}name" for m in marks], [""] * len(keys), codes)]) - base
        criteria = [c.name for c in self.knowledge.book.process_criteria]
        places = [*CLASSES, *self.knowledge.to]
        slots: dict[str, tuple[int, int]] = {}
        for n, mark in enumerate(marks):
            iri = row_iri(self.table.stem, mark)
            nodes = [*(answer_iri(iri, c) for c in criteria), *(assessment_iri(iri, p) for p in places)]
            slots |= {node: (n, 4 + i) for i, node in enumerate(nodes)}
        found: list[list[str]] = [[] for _ in keys]
        shared: set[str] = set()
        mark_of = re.compile(r"zz(\d+)zz(name)?")
        prefix = re.escape(row_iri(self.table.stem, ""))
        for line in stated:
            owner: set[int] = set()

            def slot(match: "re.Match[str]", owner: set[int] = owner) -> str:
                place = slots.get(match[1])
                if place is None:
                    return match[0]
                owner.add(place[0])
                return f"<\x00{place[1]}\x00"

            def own(match: "re.Match[str]", owner: set[int] = owner) -> str:
                owner.add(int(match[1]))
                return "\x002\x00" if match[2] else "\x001\x00"

            written = _NODE.sub(slot, line)
            written = re.sub(rf"<{prefix}zz(\d+)zz>", lambda m, o=owner: o.add(int(m[1])) or "<\x000\x00>", written)  # type: ignore[misc]
            written = re.sub(f'"{mark_of.pattern}"', own, written)
            if owner:
                found[owner.pop()].append(written)
            else:
                shared.add(line)
        return [Template.of(sorted(lines), criteria, places) for lines in found], shared


@dataclass(frozen=True, slots=True)
class Template:
    """The lines of one row with gaps: IRI, id, name, line, then its answer and assessment nodes."""

    pieces: tuple[str, ...]
    gaps: tuple[int, ...]
    criteria: Sequence[str]
    places: Sequence[str]

    @classmethod
    def of(cls, lines: Sequence[str], criteria: Sequence[str], places: Sequence[str]) -> "Template":
        pieces = _SLOT.split("".join(lines))
        return cls(tuple(pieces[::2]), tuple(map(int, pieces[1::2])), criteria, places)

    def filled(self, iri: str, ident: str, name: str, line: int) -> str:
        """Return the lines for a row."""
        values = [iri, str(ox.Literal(ident)), str(ox.Literal(name)), str(line)]
        values += [answer_iri(iri, criterion) for criterion in self.criteria]
        values += [assessment_iri(iri, place) for place in self.places]
        text = [self.pieces[0]]
        for gap, piece in zip(self.gaps, self.pieces[1:], strict=True):
            text += (values[gap], piece)
        return "".join(text)
