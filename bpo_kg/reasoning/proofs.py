"""Why a triple holds: a tree from the triple down to what somebody asserted.

Proofs are found backwards by the rules that conclude such a triple, on demand; nothing is recorded while reasoning.
They use the rules as the axioms give them, so that each step names the axiom it rests on.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from bpo_kg.reasoning.datatypes import passes
from bpo_kg.reasoning.rules import Axiom, Rule, RuleSet, bind, fill, key_of
from bpo_kg.reasoning.space import Space
from bpo_kg.store.dataset import Triple

DEEPEST = 64


@dataclass(frozen=True, slots=True)
class Proof:
    """A triple with the rule that gives it and proofs of its premises; an asserted triple has neither."""

    triple: Triple
    kind: str = "asserted"
    axioms: tuple[Axiom, ...] = ()
    premises: tuple["Proof", ...] = ()
    graph: ox.NamedNode | None = None
    """The source of an asserted triple."""

    @property
    def asserted(self) -> bool:
        return self.kind == "asserted"

    def leaves(self) -> list[Triple]:
        """Return the asserted triples it rests on, each once, in order of use."""
        return list(dict.fromkeys(step.triple for step in self.steps() if step.asserted))

    def steps(self, seen: set[int] | None = None) -> Iterator["Proof"]:
        """Yield this proof and every proof below it, each once, from left to right.

        Not by recursion: individuals that are equal because others are can make a proof thousands of steps deep.
        """
        seen = set() if seen is None else seen
        stack = [self]
        while stack:
            step = stack.pop()
            if id(step) not in seen:
                seen.add(id(step))
                yield step
                stack.extend(reversed(step.premises))

    def depth(self) -> int:
        """Return how many steps lie between the triple and the farthest asserted one."""
        return _depth(self, {})


def _depth(proof: Proof, known: dict[int, int]) -> int:
    stack = [proof]
    while stack:
        step = stack[-1]
        waiting = [premise for premise in step.premises if id(premise) not in known]
        if waiting:
            stack.extend(waiting)
        else:
            below = (known[id(premise)] for premise in step.premises)
            known[id(step)] = 0 if step.asserted else 1 + max(below, default=0)
            stack.pop()
    return known[id(proof)]


class Prover:
    """Finds proofs in a closed space."""

    def __init__(self, space: Space, rules: RuleSet, leaf: Callable[[Triple], Proof | None] | None = None) -> None:
        self.space = space
        self.rules = rules
        self._leaf = leaf or self._given
        self._failed: dict[Triple, int] = {}

    def prove(self, triple: Triple) -> Proof | None:
        """Return a proof of least depth, or None if the triple does not hold.

        Looking for depth 0, then 1, then 2 keeps a proof well-founded and first finds the one that a reader
        would give.
        """
        if not self.space.holds(triple):
            return None
        for depth in range(DEEPEST):
            proof = self._within(triple, depth)
            if proof is not None:
                return proof
        return None

    def _given(self, triple: Triple) -> Proof | None:
        graph = self.space.given_in(triple)
        return None if graph is None else Proof(triple, graph=graph)

    def _within(self, triple: Triple, depth: int) -> Proof | None:
        leaf = self._leaf(triple)
        if leaf is not None:
            return leaf
        if depth <= 0 or self._failed.get(triple, -1) >= depth:
            return None
        for rule, premises in self._steps(triple):
            proofs: list[Proof] = []
            for premise in premises:
                proof = self._within(premise, depth - 1)
                if proof is None:
                    break
                proofs.append(proof)
            else:
                return Proof(triple, rule.kind, rule.axioms, tuple(proofs))
        self._failed[triple] = depth
        return None

    def _steps(self, triple: Triple) -> Iterator[tuple[Rule, list[Triple]]]:
        """Yield the rules that conclude a triple, with premises that hold."""
        for rule, head in self.rules.concluding(key_of(triple)):
            bindings = bind(head, triple, {})
            if bindings is None:
                continue
            for found in self.space.solve(rule.body, bindings):
                if passes(rule.tests, found):
                    yield rule, [fill(atom, found) for atom in rule.body]  # type: ignore[misc]

    def proofs(self, triple: Triple, limit: int) -> list[Proof]:
        """Return up to `limit` proofs that differ, the shallowest first."""
        found: dict[Proof, None] = {}
        for proof in self._all(triple, 12, frozenset()):
            found[proof] = None
            if len(found) >= limit:
                break
        return sorted(found, key=Proof.depth)

    def _all(self, triple: Triple, depth: int, above: frozenset[Triple]) -> Iterator[Proof]:
        leaf = self._leaf(triple)
        if leaf is not None:
            yield leaf
        if depth <= 0 or triple in above:
            return
        for rule, premises in self._steps(triple):
            for combination in self._each(premises, depth - 1, above | {triple}):
                yield Proof(triple, rule.kind, rule.axioms, combination)

    def _each(self, premises: list[Triple], depth: int, above: frozenset[Triple]) -> Iterator[tuple[Proof, ...]]:
        if not premises:
            yield ()
            return
        for first in self._all(premises[0], depth, above):
            for rest in self._each(premises[1:], depth, above):
                yield (first, *rest)
