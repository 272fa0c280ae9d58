"""Where a reasoner reads and writes: the graphs of what is given, and the graph of what follows.

The reasoner sees no other graph of the store: what was judged must never become a premise.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import pyoxigraph as ox

from bpo_kg.reasoning.rules import Atom, Bindings, Slot, Term, bind, fill
from bpo_kg.store.dataset import Triple

_COMMON = 64


class Space:
    """Given graphs and one graph of conclusions in a store."""

    def __init__(self, store: ox.Store, given: Iterable[ox.NamedNode], target: ox.NamedNode) -> None:
        self.store = store
        self.given = tuple(given)
        self.target = target
        self._given = frozenset(self.given)
        self._read = self._given | {target}
        self._where: dict[tuple[Any, ox.NamedNode, Any], list[ox.NamedNode]] = {}

    def graphs_with(self, atom: Atom) -> list[ox.NamedNode]:
        """Return the graphs, given or concluded, that hold at least one match of an atom."""
        concluded = next(self.find(atom, self.target), None) is not None
        return [*self.given_with(atom), self.target] if concluded else self.given_with(atom)

    def given_with(self, atom: Atom) -> list[ox.NamedNode]:
        """Return the given graphs that hold at least one match of an atom."""
        pattern = (_constant(atom[0]), atom[1], _constant(atom[2]))
        found = self._where.get(pattern)
        if found is None:
            # Few matches name their graphs themselves; only of a common atom is each graph asked.
            first = list(islice(self.store.quads_for_pattern(*pattern, None), _COMMON))
            if len(first) < _COMMON:
                named = {quad.graph_name for quad in first}
                found = [g for g in self.given if g in named]
            else:
                found = [g for g in self.given if next(self.find(atom, g), None) is not None]
            self._where[pattern] = found
        return found

    def solve_rare(self, body: tuple[Atom, ...], most: int = 40) -> Iterator[Bindings] | None:
        """Return the ways to satisfy a body, or None unless some atom has few matches.

        Looking at up to `most` matches one by one costs less than having the store parse and plan a query.
        """
        for atom in body:
            found = self.store.quads_for_pattern(_constant(atom[0]), atom[1], _constant(atom[2]), None)
            if next(islice(found, most, None), None) is None:
                return self._solve_from(atom, tuple(other for other in body if other is not atom))
        return None

    def _solve_from(self, first: Atom, rest: tuple[Atom, ...]) -> Iterator[Bindings]:
        for triple in dict.fromkeys(self.match(*first)):
            bindings = bind(first, triple, {})
            if bindings is not None:
                yield from self.solve(rest, bindings)

    def has_more(self, atom: Atom, than: int) -> bool:
        """Return whether an atom has more than some number of matches."""
        found = self.store.quads_for_pattern(_constant(atom[0]), atom[1], _constant(atom[2]), None)
        return next(islice(found, than, None), None) is not None

    def rarest_first(self, body: tuple[Atom, ...], most: int = 4_000) -> tuple[Atom, ...]:
        """Return atoms in the order to join them: the one with fewest matches, then what hangs on it.

        The store joins in the order it is told. Counting goes on in turns and stops when one atom is exhausted, or
        after `most` turns, so that finding a rare atom among common ones is cheap.
        """
        if len(body) < 2:
            return body
        counters = [(self.store.quads_for_pattern(_constant(s), p, _constant(o), None), (s, p, o)) for s, p, o in body]
        first = body[0]
        for _ in range(most):
            over = next((atom for quads, atom in counters if next(quads, None) is None), None)
            if over is not None:
                first = over
                break
        ordered, rest = [first], [atom for atom in body if atom != first]
        while rest:
            bound = {slot for s, _, o in ordered for slot in (s, o)}
            best = min(rest, key=lambda atom: _freedom(atom, bound))
            ordered.append(best)
            rest.remove(best)
        return tuple(ordered)

    def find(self, atom: Atom, graph: ox.NamedNode) -> Iterator[ox.Quad]:
        """Yield the quads of one graph that match an atom's constants."""
        return self.store.quads_for_pattern(_constant(atom[0]), atom[1], _constant(atom[2]), graph)

    def match(self, s: Slot | None, p: ox.NamedNode | None, o: Slot | None) -> Iterator[Triple]:
        """Yield matching triples; one that two graphs state comes twice."""
        if isinstance(s, ox.Literal):
            return
        for quad in self.store.quads_for_pattern(_constant(s), p, _constant(o), None):
            if quad.graph_name in self._read:
                yield (quad.subject, quad.predicate, quad.object)  # type: ignore[misc]

    def holds(self, triple: Triple) -> bool:
        return next(self.match(*triple), None) is not None

    def is_given(self, triple: Triple) -> bool:
        """Return whether a triple is asserted rather than concluded."""
        if isinstance(triple[0], ox.Literal):
            return False
        return any(q.graph_name in self._given for q in self.store.quads_for_pattern(*triple, None))  # type: ignore[arg-type]

    def given_in(self, triple: Triple) -> ox.NamedNode | None:
        """Return a graph that states a triple."""
        if isinstance(triple[0], ox.Literal):
            return None
        graphs = (q.graph_name for q in self.store.quads_for_pattern(*triple, None))  # type: ignore[arg-type]
        return next((g for g in graphs if g in self._given), None)  # type: ignore[return-value]

    def is_concluded(self, triple: Triple) -> bool:
        return next(self.store.quads_for_pattern(*triple, self.target), None) is not None  # type: ignore[arg-type]

    def give(self, triples: Iterable[Triple]) -> None:
        """Put triples into the given graph of a space that has one."""
        self._where.clear()
        for s, p, o in triples:
            self.store.add(ox.Quad(s, p, o, self.given[0]))  # type: ignore[arg-type]

    def take(self, triples: Iterable[Triple]) -> None:
        """Take triples out of the given graph of a space that has one."""
        self._where.clear()
        for s, p, o in triples:
            self.store.remove(ox.Quad(s, p, o, self.given[0]))  # type: ignore[arg-type]

    def conclude(self, triples: Iterable[Triple]) -> None:
        for s, p, o in triples:
            self.store.add(ox.Quad(s, p, o, self.target))  # type: ignore[arg-type]

    def retract(self, triples: Iterable[Triple]) -> None:
        for s, p, o in triples:
            self.store.remove(ox.Quad(s, p, o, self.target))  # type: ignore[arg-type]

    def conclusions(self) -> Iterator[Triple]:
        for quad in self.store.quads_for_pattern(None, None, None, self.target):
            yield (quad.subject, quad.predicate, quad.object)  # type: ignore[misc]

    def solve(self, body: tuple[Atom, ...], bindings: Bindings) -> Iterator[Bindings]:
        """Yield the ways to satisfy atoms, starting from bindings; the most bound atom is looked up first."""
        if not body:
            yield bindings
            return
        best, rest = _most_bound(body, bindings)
        pattern = fill(best, bindings)
        for triple in self.match(*pattern):
            found = bind(pattern, triple, bindings)
            if found is not None:
                yield from self.solve(rest, found)


def _constant(slot: Slot | None) -> Any:
    return None if isinstance(slot, ox.Variable) else slot


def _freedom(atom: Atom, bound: Container[Any]) -> int:
    # A bound subject is worth more than a bound object: few facts share a subject, many share a class.
    s, _, o = atom
    return 2 * (isinstance(s, ox.Variable) and s not in bound) + (isinstance(o, ox.Variable) and o not in bound)


def _most_bound(body: tuple[Atom, ...], bindings: Mapping[ox.Variable, Term]) -> tuple[Atom, tuple[Atom, ...]]:
    if len(body) == 1:
        return body[0], ()

    best = min(body, key=lambda atom: _freedom(atom, bindings))
    return best, tuple(atom for atom in body if atom is not best)
