"""Keep conclusions right when single facts come and go, without running every rule over everything.

A new fact is joined with what is there, and so is whatever follows from it. A lost fact first takes with it all
that may have rested on it, unless asserted facts alone still give it; then what can be concluded again from the
rest comes back (delete and rederive). The work is in proportion to the facts affected, not to the size of the store.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

import pyoxigraph as ox

from bpo_kg.reasoning.clashes import Clash
from bpo_kg.reasoning.datatypes import passes
from bpo_kg.reasoning.mergers import Group, group_at
from bpo_kg.reasoning.rules import Atom, Bindings, Key, Merger, Rule, RuleSet, bind, fill, key_of
from bpo_kg.reasoning.space import Space
from bpo_kg.store.dataset import Triple

_TRIES = 32
"""How many ways to conclude a fact from asserted ones are looked at before it is taken out and perhaps rederived."""


class RuleIndex:
    """The working rules and mergers, by what each of their conditions and conclusions is filed under."""

    def __init__(self, rules: RuleSet) -> None:
        self.by_condition: dict[Key, list[tuple[Rule | Merger, Atom, tuple[Atom, ...]]]] = {}
        self.by_conclusion: dict[Key, list[tuple[Rule, Atom]]] = {}
        self.rules = rules
        conditional: list[Rule | Merger] = [*rules.working, *rules.mergers]
        for rule in conditional:
            for atom in dict.fromkeys(rule.body):
                rest = tuple(other for other in rule.body if other is not atom)
                self.by_condition.setdefault(key_of(atom), []).append((rule, atom, rest))
        for concluding in rules.working:
            for atom in concluding.head:
                self.by_conclusion.setdefault(key_of(atom), []).append((concluding, atom))


@dataclass(slots=True)
class Change:
    """What a change came to: triples that hold now and did not, triples that no longer hold, and what they upset."""

    added: dict[Triple, None] = field(default_factory=dict)
    removed: dict[Triple, None] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    """Keys that have come to have several values."""
    abandoned: bool = False
    """Whether it grew so large that a full run is the shorter way; what is noted here is then incomplete."""


class Maintenance:
    """Incremental reasoning in one space."""

    def __init__(self, space: Space, index: RuleIndex, *, most: int | None = None) -> None:
        self.space = space
        self.index = index
        self._most = most

    # --- coming ----------------------------------------------------------------------------------
    def spread(self, new: Iterable[Triple], change: Change) -> None:
        """Conclude what follows from facts that have just come to hold."""
        queue = list(new)
        for fact in queue:
            if self._most is not None and len(queue) > self._most:
                change.abandoned = True
                return
            change.added[fact] = None
            for rule, bindings in self._uses(fact):
                if isinstance(rule, Merger):
                    group = group_at(self.space, rule, bindings)
                    if group is not None:
                        change.groups.append(group)
                elif rule.clash:
                    change.clashes.append(Clash(rule.kind, rule.axioms, _filled(rule.body, bindings)))
                else:
                    for triple in _filled(rule.head, bindings):
                        if not isinstance(triple[0], ox.Literal) and not self.space.holds(triple):
                            self.space.conclude([triple])
                            queue.append(triple)

    def _uses(self, fact: Triple) -> Iterator[tuple[Rule | Merger, Bindings]]:
        """Yield the rules that a fact takes part in, with each way to satisfy their conditions."""
        for rule, atom, rest in self.index.by_condition.get(key_of(fact), ()):
            start = bind(atom, fact, {})
            if start is None:
                continue
            # The store may change while the caller works on a match, so matches are collected first.
            for bindings in list(self.space.solve(rest, start)) if rest else [start]:
                if passes(rule.tests, bindings):
                    yield rule, bindings

    # --- going -----------------------------------------------------------------------------------
    def doomed(self, gone: Iterable[Triple], change: Change) -> dict[Triple, None]:
        """Return the conclusions that may rest on facts about to go; the facts have to be there still."""
        lost = dict.fromkeys(gone)
        queue = list(lost)
        found: dict[Triple, None] = {}
        for fact in queue:
            if self._most is not None and len(queue) > self._most:
                change.abandoned = True
                break
            for rule, bindings in self._uses(fact):
                if isinstance(rule, Merger):
                    continue
                for triple in _filled(rule.head, bindings):
                    if triple in found or isinstance(triple[0], ox.Literal) or self.space.is_given(triple):
                        continue
                    if self._stands_on_given(triple, lost):
                        continue
                    found[triple] = None
                    queue.append(triple)
        return found

    def _stands_on_given(self, triple: Triple, lost: dict[Triple, None]) -> bool:
        """Return whether asserted facts that stay give a triple in one step; such support is never circular."""
        return any(
            all(premise not in lost and self.space.is_given(premise) for premise in premises)
            for premises in islice(self._ways(triple), _TRIES)
        )

    def _ways(self, triple: Triple) -> Iterator[tuple[Triple, ...]]:
        """Yield the premises of each way to conclude a triple in one step."""
        for rule, head in self.index.by_conclusion.get(key_of(triple), ()):
            start = bind(head, triple, {})
            if start is None:
                continue
            for bindings in self.space.solve(rule.body, start):
                if passes(rule.tests, bindings):
                    yield _filled(rule.body, bindings)

    def rederive(self, gone: Iterable[Triple], doomed: dict[Triple, None], change: Change) -> None:
        """Take doomed conclusions out and bring back those that still follow; the lost facts have to be out."""
        self.space.retract(doomed)
        lost = dict.fromkeys([*gone, *doomed])
        back = Change()
        for triple in lost:
            if not self.space.holds(triple) and next(self._ways(triple), None) is not None:
                self.space.conclude([triple])
                self.spread([triple], back)
        change.clashes.extend(back.clashes)
        change.groups.extend(back.groups)
        change.abandoned = change.abandoned or back.abandoned
        for triple in back.added:
            if triple not in lost:
                change.added[triple] = None
        for triple in lost:
            if not self.space.holds(triple):
                change.removed[triple] = None


def _filled(atoms: tuple[Atom, ...], bindings: Bindings) -> tuple[Triple, ...]:
    return tuple(fill(atom, bindings) for atom in atoms)  # type: ignore[misc]
