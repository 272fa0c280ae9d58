"""Answer criteria for whole columns of codes: one individual is reasoned over per distinct slice.

The individuals go through the same reasoner, the same rules and the same choice between facts, measures and catalogue
as any process. What is new here is only that an answer, once found, is looked up by integer code.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyoxigraph as ox

from bpo_kg.loading import Loaded, load_countries, mentioned_countries
from bpo_kg.portfolio.codes import Codes, Flags, Ints, combine
from bpo_kg.portfolio.slices import slices_of
from bpo_kg.reasoning import Closure, RuleSet, rules_of
from bpo_kg.sources.facts import Inventory, Place, ProcessRecord, Value
from bpo_kg.sources.recording import column_properties, inventory_triples
from bpo_kg.store.dataset import INFERRED_GRAPH, Dataset
from bpo_kg.store.view import View
from bpo_kg.suitability.answers import Answer, gather
from bpo_kg.suitability.rulebook import Rulebook
from bpo_kg.suitability.wholes import Inherited, Values
from bpo_kg.vocabulary import ASSERTED, ROW

_STEM = f"{ROW}slice/"
KIND = "kind"
KNOWN = "known"
"""Stands for the basis where it is only asked whether a column is known."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The cells that one individual has: its own, and those it inherits from its whole or parts."""

    own: tuple[tuple[str, Value], ...]
    inherited: tuple[tuple[str, Value], ...] = ()


@dataclass(slots=True)
class Cells:
    """Codes of some rows by column, with a flag on every cell that is inherited rather than the row's own."""

    codes: Mapping[str, Ints]
    inherited: Mapping[str, Flags] = field(default_factory=dict)
    mixed: Flags | None = None
    """Which rows hold parts of different offices."""
    count: int = 0

    def take(self, rows: Ints) -> "Cells":
        """Return some of the rows."""
        return Cells(
            {c: v[rows] for c, v in self.codes.items()},
            {c: v[rows] for c, v in self.inherited.items()},
            None if self.mixed is None else self.mixed[rows],
            len(rows),
        )


def _known(column: str) -> str:
    """Return the name under which it is answered whether a column is known, recorded or not."""
    return f"?{column}"


class Meaning:
    """What the ontology and the rules make of cells.

    Args:
        loaded: the shipped ontology and the user's rules and places, without any inventory.
        book: the decision table.
        codes: code tables by column.
        sorts: what the cells of each column hold.
        countries: alpha-2 codes whose facts matter besides those that cells name.
        hermit: ask a complete OWL 2 DL reasoner about every slice before the rules run.
    """

    def __init__(
        self,
        loaded: Loaded,
        book: Rulebook,
        codes: Mapping[str, Codes],
        sorts: Mapping[str, str],
        countries: Iterable[str],
        *,
        hermit: bool = False,
    ) -> None:
        self.book = book
        self.codes = codes
        self._loaded = loaded
        self._countries = set(countries)
        self._hermit = hermit
        self.rules: RuleSet = rules_of(loaded.dataset)
        self.properties = column_properties(loaded.view())
        if hermit:
            from bpo_kg.portfolio.second_opinion import refuse_unsliced

            refuse_unsliced(self.rules.refusals)
        self.slices = slices_of(self.rules, book, self.properties, sorts, loaded.dataset)
        self._ranks = np.array([0])
        self.answers: list[Answer] = [Answer("", None, "")]
        """Every answer met so far, by id: its value and basis; 0 stands for none."""
        self._ids: dict[tuple[bool | None, str], int] = {(None, ""): 0}
        self._known: dict[tuple[str, Slice], int] = {}

    @property
    def individuals(self) -> int:
        """How many slices were reasoned over."""
        return len({piece for _, piece in self._known})

    def answer(self, cells: Cells, names: Sequence[str] = ()) -> dict[str, Ints]:
        """Return the answer ids of some process criteria, or all, for some rows, best given distinct."""
        lookups = []
        wanted: dict[tuple[str, Slice], None] = {}
        for name in names or (*self.slices.criteria, *map(_known, self.slices.known)):
            parts = [sorted(self._slice(name) & cells.codes.keys())]
            if KIND in cells.codes and KIND not in parts[0] and name in self.slices.criteria:
                parts.append([KIND])
            for columns in parts:
                pieces, inverse = self._pieces(columns, cells)
                lookups.append((name, pieces, inverse))
                wanted |= dict.fromkeys((name, piece) for piece in pieces if (name, piece) not in self._known)
        if wanted:
            self._reason(list(dict.fromkeys(piece for _, piece in wanted)))
        found: dict[str, Ints] = {}
        for name, pieces, inverse in lookups:
            ids = np.array([self._known[name, piece] for piece in pieces], dtype=np.int64)[inverse]
            if name in found:
                # Each answer comes from one place, the firmest that has any.
                ids = np.where(self._ranks[found[name]] <= self._ranks[ids], found[name], ids)
            found[name] = ids
        return found

    def _slice(self, name: str) -> frozenset[str]:
        return self.slices.criteria[name] if name in self.slices.criteria else self.slices.known[name[1:]]

    def _pieces(self, columns: Sequence[str], cells: Cells) -> tuple[list[Slice], Ints]:
        digits: list[Ints | Flags] = []
        for column in columns:
            digits.append(cells.codes[column])
            if column in cells.inherited:
                digits.append(cells.inherited[column])
        first, inverse = combine(digits, cells.count)
        values = {c: self.codes[c].values for c in columns}
        pieces = []
        for row in first.tolist():
            own: list[tuple[str, Value]] = []
            inherited: list[tuple[str, Value]] = []
            for column in columns:
                value = values[column][cells.codes[column][row]]
                if value is not None:
                    flagged = column in cells.inherited and cells.inherited[column][row]
                    (inherited if flagged else own).append((column, value))
            pieces.append(Slice(tuple(own), tuple(inherited)))
        return pieces, inverse

    def _reason(self, pieces: Sequence[Slice]) -> None:
        """Find the answers of some slices to every criterion."""
        world, records = self._world(pieces)
        passed = {
            record.iri: {
                self.properties[column].value: Inherited(self._terms(column, value), record.iri)
                for column, value in piece.inherited
            }
            for record, piece in zip(records, pieces, strict=True)
            if piece.inherited
        }
        asserted = View(world.store, tuple(world.asserted_graphs()))
        evidence = gather(
            world.store,
            asserted,
            self.book,
            [record.iri for record in records],
            lambda further: self._consequences(world, further),
            passed=passed,
        )
        for record, piece in zip(records, pieces, strict=True):
            for name, answer in evidence.answers[record.iri].items():
                self._known[name, piece] = self._id(answer)
            node = ox.NamedNode(record.iri)
            for column in self.slices.known:
                values = world.store.quads_for_pattern(node, self.properties[column], None, None)
                there = next(values, None) is not None
                self._known[_known(column), piece] = self._id(Answer("", there or None, KNOWN if there else ""))

    def _id(self, answer: Answer) -> int:
        key = (answer.value, answer.basis)
        found = self._ids.get(key)
        if found is None:
            found = self._ids[key] = len(self.answers)
            self.answers.append(Answer("", answer.value, answer.basis))
            ranks = [self.book.bases.get(a.basis, 1 << 30) for a in self.answers]
            self._ranks = np.array(ranks)
        return found

    def _world(self, pieces: Sequence[Slice]) -> tuple[Dataset, list[ProcessRecord]]:
        """Return everything that holds when there is one process per slice, and those processes."""
        world = Dataset()
        world.add([
            quad
            for graph in self._loaded.dataset.asserted_graphs()
            for quad in self._loaded.dataset.store.quads_for_pattern(None, None, None, graph)
        ])  # fmt: skip
        records = [
            ProcessRecord(str(own.pop("id", n)), str(own.pop("name", n)), Place("slice"), f"{_STEM}{n}", own)
            for n, own in enumerate(dict(piece.own) for piece in pieces)
        ]
        world.add(list(inventory_triples(Inventory("slice", records), {}, self.properties)), f"{ASSERTED}/data/slice")
        scratch = Loaded(world)
        inherited = {v.rpartition("/")[2] for p in pieces for _, v in p.inherited if isinstance(v, str)}
        named = {code for code in inherited if len(code) == 2 and code.isupper()}
        load_countries(scratch, sorted(mentioned_countries(scratch) | self._countries | named))
        if self._hermit:
            from bpo_kg.portfolio.second_opinion import types_by_hermit

            world.add(types_by_hermit(world, [record.iri for record in records]), f"{ASSERTED}/data/hermit")
        Closure(world, self.rules).infer()
        return world, records

    def _consequences(self, world: Dataset, further: Sequence[ox.Triple]) -> ox.Store:
        wider = Dataset()
        wider.add(
            [
                quad
                for quad in world.store.quads_for_pattern(None, None, None, None)
                if quad.graph_name != INFERRED_GRAPH
            ]
        )
        wider.add(further, f"{ASSERTED}/further")
        Closure(wider, self.rules).infer()
        return wider.store

    def _terms(self, column: str, value: Value) -> Values:
        """Return the RDF terms of a cell."""
        record = ProcessRecord("", "", Place("slice"), f"{_STEM}x", {column: value})
        prop = self.properties[column]
        triples = inventory_triples(Inventory("slice", [record]), {}, self.properties)
        return frozenset(
            t.object for t in triples if t.predicate == prop and isinstance(t.object, ox.NamedNode | ox.Literal)
        )
