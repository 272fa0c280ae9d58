"""The slice of each criterion: the inventory columns that its answer can depend on, read off the compiled rules.

Nothing is listed by hand. The rules are walked backwards from a criterion being met or failed; whatever property of a
column they can reach belongs to the slice. The walk may reach too much, which only costs individuals, never too little.
"""

from collections.abc import Iterable, Mapping

import pyoxigraph as ox

from bpo_kg.reasoning.rules import TYPE, Atom, Key, RuleSet, key_of
from bpo_kg.suitability.rulebook import Criterion, Rulebook, bpo


def criterion_slices(
    rules: RuleSet, book: Rulebook, columns: Mapping[str, ox.NamedNode], given: Iterable[ox.Quad]
) -> dict[str, frozenset[str]]:
    """Return the columns of each process criterion's slice.

    Args:
        rules: the compiled axioms.
        book: the criteria.
        columns: property by inventory column.
        given: what holds of a process of which nothing is recorded; rules need not be walked for that.
    """
    walker = _Walker(rules, {prop: column for column, prop in columns.items()}, {_key(quad) for quad in given})
    by_property = {c.property: c for c in book.process_criteria if c.property}
    old_names: dict[str, list[str]] = {}
    for old, new in book.replaced.items():
        old_names.setdefault(new, []).append(old)
    slices: dict[str, frozenset[str]] = {}
    for criterion in book.process_criteria:
        goals = _goals(criterion, old_names)
        reached = walker.reach(goals)
        # An inherited cell is put in only where the criterion it answers is open and the property has no value,
        # so that a slice with a column also holds whatever decides those two.
        while True:
            more = [
                g for c in reached if (other := by_property.get(columns[c].value)) for g in _goals(other, old_names)
            ]
            more += [(columns[c], None) for c in reached]
            wider = walker.reach([*goals, *more])
            if wider == reached:
                break
            reached = wider
        slices[criterion.name] = frozenset(reached)
    return slices


Goal = tuple[ox.NamedNode, object]


def _goals(criterion: Criterion, old_names: Mapping[str, list[str]]) -> list[Goal]:
    iris = [criterion.iri, *old_names.get(criterion.iri, ())]
    goals: list[Goal] = [(bpo(side), ox.NamedNode(iri)) for side in ("meets", "fails") for iri in iris]
    if criterion.closed_by:
        goals.append((ox.NamedNode(criterion.closed_by), None))
    return goals


def _key(quad: ox.Quad) -> Key:
    return key_of((quad.subject, quad.predicate, quad.object))  # type: ignore[arg-type]


class _Walker:
    def __init__(self, rules: RuleSet, columns: Mapping[ox.NamedNode, str], given: set[Key]) -> None:
        self._columns = columns
        self._given = given
        self._heads: dict[ox.NamedNode, list[tuple[Atom, tuple[Atom, ...]]]] = {}
        for rule in rules.rules:
            for head in rule.head:
                self._heads.setdefault(head[1], []).append((head, rule.body))

    def reach(self, goals: Iterable[Goal]) -> set[str]:
        """Return the columns whose values can make any of the goals hold."""
        found: set[str] = set()
        left, seen = list(goals), set()
        while left:
            goal = left.pop()
            if goal in seen:
                continue
            seen.add(goal)
            predicate, wanted = goal
            if predicate in self._columns:
                found.add(self._columns[predicate])
            for head, body in self._heads.get(predicate, ()):
                if wanted is None or isinstance(head[2], ox.Variable) or head[2] == wanted:
                    left += [(p, _constant(o)) for s, p, o in body if not self._holds_anyway((s, p, o))]
        return found

    def _holds_anyway(self, atom: Atom) -> bool:
        return atom[1] == TYPE and (TYPE, atom[2]) in self._given


def _constant(slot: object) -> object:
    return None if isinstance(slot, ox.Variable) else slot
