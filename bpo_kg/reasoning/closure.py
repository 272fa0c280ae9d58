"""The reasoner as others use it: a dataset, its rules, and an inferred graph that is kept right."""

from collections.abc import Iterable

import pyoxigraph as ox

from bpo_kg.reasoning.axioms import axiom_quads
from bpo_kg.reasoning.clashes import Clash, violations
from bpo_kg.reasoning.compiler import compile_rules
from bpo_kg.reasoning.fixpoint import Fixpoint
from bpo_kg.reasoning.order import Plan, plan
from bpo_kg.reasoning.proofs import Proof, Prover
from bpo_kg.reasoning.rules import RuleSet, Triple
from bpo_kg.reasoning.space import Space
from bpo_kg.store.dataset import INFERRED_GRAPH, Dataset

MOST_CLASHES_OF_ONE_RULE = 20


class Closure:
    """The OWL 2 RL closure of a dataset's asserted triples, minus those triples, in its inferred graph.

    Args:
        dataset: where the asserted triples stand.
        rules: what `compile_rules` made of its axioms; compiled from the asserted graphs if left out.
    """

    def __init__(self, dataset: Dataset, rules: RuleSet | None = None) -> None:
        self.dataset = dataset
        self.rules = rules if rules is not None else rules_of(dataset)
        self.clashes: list[Clash] = []
        self._plan: Plan | None = None

    @property
    def plan(self) -> Plan:
        if self._plan is None:
            self._plan = plan(self.rules)
        return self._plan

    def _space(self) -> Space:
        return Space(self.dataset.store, self.dataset.asserted_graphs(), INFERRED_GRAPH)

    def run(self) -> list[Clash]:
        """Compute the inferred graph anew and return what contradicts what."""
        self.dataset.store.clear_graph(INFERRED_GRAPH)
        space = self._space()
        Fixpoint(space, self.plan).run()
        self.dataset.revision += 1
        self.clashes = list(violations(space, self.plan.clashes, MOST_CLASHES_OF_ONE_RULE))
        return self.clashes

    @property
    def consistent(self) -> bool:
        """Whether the last run or change left no contradiction that the rules can see."""
        return not self.clashes

    def add(self, statements: Iterable[ox.Quad], graph: str | None = None) -> None:
        """Assert quads and bring the inferred graph up to date."""
        self.dataset.add(statements, graph)
        self.run()

    def remove(self, statements: Iterable[ox.Quad], graph: str | None = None) -> None:
        """Take asserted quads out and bring the inferred graph up to date."""
        self.dataset.remove(statements, graph)
        self.run()

    def prove(self, triple: Triple) -> Proof | None:
        """Return why a triple holds, down to asserted triples, or None if it does not."""
        return Prover(self._space(), self.rules).prove(triple)

    def proofs(self, triple: Triple, limit: int = 10) -> list[Proof]:
        """Return up to `limit` different proofs of a triple, the shallowest first."""
        return Prover(self._space(), self.rules).proofs(triple, limit)


def rules_of(dataset: Dataset) -> RuleSet:
    """Compile the axioms that a dataset's asserted graphs hold."""
    return compile_rules(axiom_quads(dataset.store, dataset.asserted_graphs()))
