"""Cut a proof down to the asserted triples that it cannot do without.

A proof found by walking backwards may lean on two facts where one is enough: that a row is a process, say, which
its own contact with the public implies as well. Each leaf is left out in turn, and what still follows from the rest,
under the same rules, is proved again from the rest alone.
"""

from collections.abc import Iterable, Sequence

import pyoxigraph as ox

from bpo_kg.reasoning import Proof, RuleSet
from bpo_kg.reasoning.maintenance import Change, Maintenance, RuleIndex
from bpo_kg.reasoning.proofs import Prover
from bpo_kg.reasoning.space import Space
from bpo_kg.store.dataset import Triple
from bpo_kg.vocabulary import ASSERTED, INFERRED

_GIVEN = ox.NamedNode(f"{ASSERTED}/leaves")
_TARGET = ox.NamedNode(INFERRED)


class Entailment:
    """What a handful of triples entail under a rule set, from nothing else."""

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        self.index = RuleIndex(rules)
        self._free = [atom for rule in rules.working if not rule.body for atom in rule.head]

    def space(self, leaves: Iterable[Triple]) -> Space:
        """Return the leaves with all that follows from them."""
        space = Space(ox.Store(), [_GIVEN], _TARGET)
        given = list(leaves)
        space.give(given)
        free: list[Triple] = [atom for atom in self._free if atom not in given]  # type: ignore[misc]
        space.conclude(free)
        Maintenance(space, self.index).spread([*given, *free], Change())
        return space

    def holds(self, leaves: Iterable[Triple], triple: Triple) -> bool:
        """Return whether the leaves alone entail a triple."""
        return self.space(leaves).holds(triple)


def leaves_of(proof: Proof) -> list[Triple]:
    """Return the asserted triples that a proof rests on, each once."""
    return proof.leaves()


def minimal(proof: Proof, entailment: Entailment) -> Proof:
    """Return a proof of the same triple that needs every one of its leaves.

    A proof that leans on equal individuals is given back as it is: equality is decided for a whole graph, and a
    handful of triples does not show it.
    """
    leaves = proof.leaves()
    if proof.asserted or not entailment.holds(leaves, proof.triple):
        return proof
    kept = fewest(leaves, proof.triple, entailment)
    if len(kept) == len(leaves):
        return proof
    again = Prover(entailment.space(kept), entailment.rules).prove(proof.triple)
    return proof if again is None else _sourced(again, proof)


def fewest(leaves: Sequence[Triple], triple: Triple, entailment: Entailment) -> list[Triple]:
    """Return leaves that still entail the triple, none of which can be left out."""
    kept = list(leaves)
    for leaf in leaves:
        rest = [other for other in kept if other != leaf]
        if entailment.holds(rest, triple):
            kept = rest
    return kept


def _sourced(proof: Proof, original: Proof) -> Proof:
    """Give each leaf the source graph that the first proof knew."""
    graphs: dict[Triple, ox.NamedNode | None] = {}

    def note(one: Proof) -> None:
        if one.asserted:
            graphs[one.triple] = one.graph
        for premise in one.premises:
            note(premise)

    def give(one: Proof) -> Proof:
        if one.asserted:
            return Proof(one.triple, graph=graphs.get(one.triple))
        return Proof(one.triple, one.kind, one.axioms, tuple(map(give, one.premises)))

    note(original)
    return give(proof)
