"""The reasoner as others use it: a dataset, its rules, and an inferred graph that is kept right."""

from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from bpo_kg.reasoning.axioms import axiom_quads, is_axiom
from bpo_kg.reasoning.clashes import Clash, violations
from bpo_kg.reasoning.compiler import compile_rules
from bpo_kg.reasoning.equality import Differences
from bpo_kg.reasoning.findings import Findings
from bpo_kg.reasoning.fixpoint import Fixpoint
from bpo_kg.reasoning.maintenance import Change, Maintenance, RuleIndex
from bpo_kg.reasoning.mergers import groups
from bpo_kg.reasoning.order import Plan, plan
from bpo_kg.reasoning.proofs import Proof, Prover
from bpo_kg.reasoning.representation import Merging, Representation
from bpo_kg.reasoning.rules import DIFFERENT, SAME, RuleSet, Term
from bpo_kg.reasoning.space import Space
from bpo_kg.store.dataset import INFERRED_GRAPH, Dataset, Triple

_MANY = 2000
"""When more facts than these come, go or follow, a full run is sooner done than following them one by one."""


class Closure:
    """The OWL 2 RL closure of a dataset's asserted triples, minus those triples, in its inferred graph.

    What is not written out: that everything equals itself and is an `owl:Thing`, what follows for the axioms
    themselves (a subclass of a subclass), and the facts of cliques of more than eight equal individuals, which are
    kept for one representative; `triples` gives those on demand.

    Args:
        dataset: where the asserted triples stand.
        rules: what `compile_rules` made of its axioms; compiled from the asserted graphs if left out.
    """

    def __init__(self, dataset: Dataset, rules: RuleSet | None = None) -> None:
        self.dataset = dataset
        self.rules = rules if rules is not None else rules_of(dataset)
        self._findings: Findings | None = None
        """None until somebody asks what contradicts what, or a change needs to know what did before."""
        self._plan: Plan | None = None
        self._index: RuleIndex | None = None
        self._merging: Merging | None = None
        self._world: Representation | None = None

    # --- a full run ------------------------------------------------------------------------------
    @property
    def plan(self) -> Plan:
        """How the rules are run: computed once for a rule set."""
        if self._plan is None:
            self._plan = plan(self.rules)
        return self._plan

    def _asserted(self) -> Space:
        return Space(self.dataset.store, self.dataset.asserted_graphs(), INFERRED_GRAPH)

    def run(self) -> list[Clash]:
        """Compute the inferred graph anew and return what contradicts what."""
        self.infer()
        return self.clashes

    def infer(self) -> None:
        """Compute the inferred graph anew; contradictions are looked for when they are asked for."""
        self.dataset.store.clear_graph(INFERRED_GRAPH)
        asserted = self._asserted()
        Fixpoint(asserted, self.plan).run()
        merging = Merging(self.rules, asserted, Differences(self.rules.distinct, asserted.match(None, DIFFERENT, None)))
        prover = Prover(asserted, self.rules)
        moved = merging.take_stated(asserted, prover) + merging.take(groups(asserted, self.rules.mergers), prover)
        self._merging, self._world, self._index = merging, None, None
        if moved:
            self._world = Representation(merging, self.rules)
            self._world.build(asserted, moved)
            self._world.publish(asserted)
        self.dataset.revision += 1
        self._findings = None

    def _contradictions(self) -> Findings:
        """Return what is known of contradictions, looking for them if nobody has since the last full run."""
        if self._findings is None and self._merging is not None:
            rules = [rule for rule in self._rules().working if rule.clash]
            found = list(violations(self._space(), rules, Findings.MOST_OF_ONE_RULE))
            self._findings = Findings(found, self._merging.refused, self._merging.contradictions())
        return Findings() if self._findings is None else self._findings

    @property
    def clashes(self) -> list[Clash]:
        """What contradicts what after the last run or change, each with the asserted triples it rests on."""
        return self._contradictions().explained(self.prove, self._space, self._rules)

    @property
    def consistent(self) -> bool:
        """Whether the last run or change left no contradiction that the rules can see."""
        return not self._contradictions()

    def _space(self) -> Space:
        return self._asserted() if self._world is None else self._world.space

    def _rules(self) -> RuleSet:
        return self.rules if self._world is None else self._world.rules

    # --- changes ---------------------------------------------------------------------------------
    def add(self, statements: Iterable[ox.Quad | ox.Triple | Triple], graph: str | None = None) -> None:
        """Assert quads (or triples in `graph`) and bring the inferred graph up to date.

        Facts are followed one by one. An axiom, a fact that makes individuals equal, or thousands of facts at once
        lead to a full run.
        """
        quads = list(self.dataset.as_quads(statements, graph))
        before = self._asserted()
        fresh = list(dict.fromkeys(t for t in map(_triple, quads) if not before.is_given(t)))
        if self._merging is None or len(fresh) > _MANY or self._changes_meaning(fresh):
            self.dataset.add(quads)
            self._again(fresh)
            return
        self._contradictions()
        self.dataset.add(quads)
        asserted, space, world = self._asserted(), self._space(), self._world
        self._merging.asserted = asserted  # a graph may be new, and what it states is asserted from now on
        change, touched = Change(), fresh
        if world is not None:
            touched = [t for t in dict.fromkeys(map(world.equality.normal, fresh)) if not space.is_given(t)]
            space.give(touched)
        known = [t for t in touched if space.is_concluded(t)]
        space.retract(known)
        news = dict.fromkeys(touched)
        for triple in known:
            del news[triple]
        Maintenance(space, self._indexed(), most=_MANY).spread(news, change)
        self._settle(asserted, change, [*touched, *map(self._normal, fresh)])

    def remove(self, statements: Iterable[ox.Quad | ox.Triple | Triple], graph: str | None = None) -> None:
        """Take asserted quads out (or triples out of `graph`) and bring the inferred graph up to date."""
        quads = set(self.dataset.as_quads(statements, graph))
        asserted = self._asserted()
        gone = [
            triple
            for triple in dict.fromkeys(map(_triple, quads))
            if (stated := self.dataset.sources_of(triple)) and all(ox.Quad(*triple, g) in quads for g in stated)  # type: ignore[arg-type]
        ]
        meaning = self._merging is None or len(gone) > _MANY or self._changes_meaning(gone)
        if meaning or (self._world is not None and self._world.equality.premises.intersection(gone)):
            self.dataset.remove(quads)
            self._again(gone)
            return
        self._contradictions()
        space, world, touched = self._space(), self._world, gone
        if world is not None:
            leaving = set(gone)
            touched = [
                triple
                for triple in dict.fromkeys(map(world.equality.normal, gone))
                if not any(t not in leaving and asserted.is_given(t) for t in world.equality.every(triple))
            ]
        maintenance, change = Maintenance(space, self._indexed(), most=_MANY), Change()
        doomed = maintenance.doomed(touched, change)
        self.dataset.remove(quads)
        if change.abandoned:
            self.infer()
            return
        if world is not None:
            space.take(touched)
        maintenance.rederive(touched, doomed, change)
        assert self._merging is not None
        self._merging.asserted = self._asserted()
        self._settle(self._merging.asserted, change, [*touched, *doomed, *map(self._normal, gone)])

    def _normal(self, triple: Triple) -> Triple:
        return triple if self._world is None else self._world.equality.normal(triple)

    def _indexed(self) -> RuleIndex:
        if self._index is None:
            self._index = RuleIndex(self._rules())
        return self._index

    @staticmethod
    def _changes_meaning(triples: Iterable[Triple]) -> bool:
        return any(is_axiom(triple) or triple[1] in (SAME, DIFFERENT) for triple in triples)

    def _again(self, changed: Iterable[Triple]) -> None:
        if any(is_axiom(triple) for triple in changed):
            self.rules = rules_of(self.dataset)
            self._plan = None
        self.infer()

    def _settle(self, asserted: Space, change: Change, touched: Iterable[Triple]) -> None:
        """Finish a change: publish it, and bring what is known of contradictions up to date."""
        assert self._merging is not None
        space = self._space()
        if change.abandoned or any(group.clash(self._merging.differences) is None for group in change.groups):
            self.infer()
            return
        if self._world is not None:
            self._world.publish_change(asserted, dict.fromkeys([*touched, *change.added, *change.removed]))
        if not self._contradictions().update(space, change, self._merging.differences):
            self.infer()

    # --- asking ----------------------------------------------------------------------------------
    def prove(self, triple: Triple) -> Proof | None:
        """Return why a triple holds, down to asserted triples, or None if it does not."""
        found = self.proofs(triple, 1)
        return found[0] if found else None

    def proofs(self, triple: Triple, limit: int = 10) -> list[Proof]:
        """Return up to `limit` different proofs of a triple, the shallowest first."""
        asserted, world = self._asserted(), self._world
        if world is None:
            prover = Prover(asserted, self.rules)
            return _found(prover, triple, limit)
        graph = asserted.given_in(triple)
        if graph is not None and limit == 1:
            return [Proof(triple, graph=graph)]
        s, p, o = triple
        if p == SAME:
            proof = world.equality.prove(s, o)
            return [proof] if proof else []
        normal = world.equality.normal(triple)
        found = _found(world.prover(), normal, limit)
        return found if normal == triple else [world.merging.carried(proof, triple) for proof in found]

    def triples(self, s: Term | None = None, p: ox.NamedNode | None = None, o: Term | None = None) -> Iterator[Triple]:
        """Yield the asserted and inferred triples that match, for every member of every clique, each once."""
        if self._world is None:
            yield from dict.fromkeys(self._asserted().match(s, p, o))
            return
        equality = self._world.equality
        if p is None or p == SAME:
            for members in equality.cliques():
                for one in members:
                    for other in members:
                        if one != other and s in (None, one) and o in (None, other):
                            yield (one, SAME, other)
        asked = (
            None if s is None else equality.representative(s),
            p,
            None if o is None else equality.representative(o),
        )
        for triple in dict.fromkeys(self._world.space.match(*asked)):
            for said in equality.every(triple):
                if s in (None, said[0]) and o in (None, said[2]):
                    yield said


def _found(prover: Prover, triple: Triple, limit: int) -> list[Proof]:
    if limit == 1:
        proof = prover.prove(triple)
        return [proof] if proof else []
    return prover.proofs(triple, limit)


def _triple(quad: ox.Quad) -> Triple:
    return (quad.subject, quad.predicate, quad.object)  # type: ignore[return-value]


def rules_of(dataset: Dataset) -> RuleSet:
    """Compile the axioms that a dataset's asserted graphs hold."""
    return compile_rules(axiom_quads(dataset.store, dataset.asserted_graphs()))
