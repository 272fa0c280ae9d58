"""Find what has to be the same: two values where an axiom allows one, two holders of one key.

Individuals are merged. Literals cannot be: two different values of a functional data property contradict each
other. Individuals that are known to differ are not merged either, because one wrong cell would then make every
fact of the one hold for the other; the contradiction is reported instead.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from bpo_kg.reasoning.clashes import Clash
from bpo_kg.reasoning.datatypes import passes, value_key
from bpo_kg.reasoning.equality import Differences
from bpo_kg.reasoning.fixpoint import pattern_text, sayable
from bpo_kg.reasoning.rules import Bindings, Distinct, Merger, Term, fill, variables
from bpo_kg.reasoning.space import Space
from bpo_kg.store.dataset import Triple


@dataclass(frozen=True, slots=True)
class Group:
    """All values that a merger found for one key, each with the triples that show it."""

    merger: Merger
    key: tuple[Term, ...]
    values: tuple[tuple[Term, tuple[Triple, ...]], ...]

    def clash(self, differences: Differences) -> Clash | None:
        """Return the contradiction between two of the values, if they cannot be the same."""
        literals: dict[object, tuple[Triple, ...]] = {}
        for term, triples in self.values:
            if isinstance(term, ox.Literal):
                literals.setdefault(value_key(term), triples)
        if len(literals) > 1:
            first, second = list(literals.values())[:2]
            return Clash(self.merger.kind, self.merger.axioms, tuple(dict.fromkeys(first + second)))
        individuals: dict[Term, tuple[Triple, ...]] = {
            term: triples for term, triples in self.values if not isinstance(term, ox.Literal)
        }
        found = differences.within(individuals)
        if found is None:
            return None
        one, other, why = found
        shown = tuple(dict.fromkeys(individuals[one] + individuals[other]))
        if isinstance(why, Distinct):
            return Clash("eq-diff", (*self.merger.axioms, why.axiom), shown)
        return Clash("eq-diff", self.merger.axioms, (*shown, why))

    def pairs(self) -> Iterator[tuple[Term, tuple[Triple, ...], Term, tuple[Triple, ...]]]:
        """Yield each individual beside the first one, with the triples of both: n values, n - 1 pairs."""
        shown = [(term, triples) for term, triples in self.values if not isinstance(term, ox.Literal)]
        for term, triples in shown[1:]:
            yield shown[0][0], shown[0][1], term, triples


def groups(space: Space, mergers: Iterable[Merger]) -> Iterator[Group]:
    """Yield every key of every merger that has more than one value, in a fixed order."""
    for merger in mergers:
        found: dict[tuple[Term, ...], dict[Term, tuple[Triple, ...]]] = {}
        for bindings in _suspects(space, merger):
            if passes(merger.tests, bindings) and _named(merger, bindings):
                key = tuple(bindings[name] for name in merger.key)
                shown = tuple(fill(atom, bindings) for atom in merger.body)
                found.setdefault(key, {}).setdefault(bindings[merger.value], shown)  # type: ignore[arg-type]
        for key in sorted(found, key=str):
            if len(found[key]) > 1:
                yield Group(merger, key, tuple(sorted(found[key].items(), key=str)))


def group_at(space: Space, merger: Merger, bindings: Bindings) -> Group | None:
    """Return the values of a merger at the key that a match of its body has, if there is more than one."""
    start = {name: bindings[name] for name in merger.key}
    values: dict[Term, tuple[Triple, ...]] = {}
    for found in space.solve(merger.body, start):
        if passes(merger.tests, found) and _named(merger, found):
            shown = tuple(fill(atom, found) for atom in merger.body)
            values.setdefault(found[merger.value], shown)  # type: ignore[arg-type]
    if len(values) < 2:
        return None
    return Group(merger, tuple(start.values()), tuple(sorted(values.items(), key=str)))


def _named(merger: Merger, bindings: Bindings) -> bool:
    # OWL's keys identify named individuals only.
    return merger.kind != "prp-key" or isinstance(bindings[merger.value], ox.NamedNode)


def _suspects(space: Space, merger: Merger) -> Iterator[Bindings]:
    """Yield the matches whose key has another match too; whether its value differs is for the caller to see."""
    scope: dict[ox.NamedNode, None] = {}
    for atom in merger.body:
        graphs = space.graphs_with(atom)
        if not graphs:
            return
        scope.update(dict.fromkeys(graphs))
    few = space.solve_rare(merger.body)
    if few is not None:
        yield from few
        return
    if not sayable(merger.body):
        yield from space.solve(merger.body, {})
        return
    body = pattern_text(merger.body)
    keys = " ".join(map(str, merger.key))
    # Counting by key reads each value once: n values of one key are n rows, not n squared.
    counted = f"{{ SELECT {keys} WHERE {{ {body} }} GROUP BY {keys} HAVING(COUNT(*) > 1) }}" if keys else ""
    text = f"SELECT * WHERE {{ {counted} {body} }}"
    names = variables(merger.body)
    for row in space.store.query(text, default_graph=list(scope)):  # type: ignore[union-attr]
        yield {name: row[name.value] for name in names}
