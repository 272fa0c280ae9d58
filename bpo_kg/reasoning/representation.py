"""Reasoning with equal individuals: a second, small world where every clique is one individual.

Only when something equals something else is there such a world. It holds the given facts said of representatives
and what follows from them; the inferred graph is written from it, and the asserted graphs are never touched.
"""

from collections.abc import Iterable

import pyoxigraph as ox

from bpo_kg.reasoning.clashes import Clash
from bpo_kg.reasoning.equality import Differences, Equality
from bpo_kg.reasoning.fixpoint import Fixpoint
from bpo_kg.reasoning.maintenance import Change, Maintenance, RuleIndex
from bpo_kg.reasoning.mergers import Group, groups
from bpo_kg.reasoning.order import plan
from bpo_kg.reasoning.proofs import Proof, Prover
from bpo_kg.reasoning.rules import SAME, TYPE, Distinct, RuleSet, Term
from bpo_kg.reasoning.space import Space
from bpo_kg.store.dataset import Triple
from bpo_kg.vocabulary import BASE

_GIVEN, _CONCLUDED = (ox.NamedNode(f"{BASE}hidden/{name}") for name in ("given", "concluded"))
_FEW = 20_000
"""Up to this many facts of merged individuals are followed one by one; more are worth a full run."""


class Merging:
    """What has been found equal so far, and what could not be merged."""

    def __init__(self, rules: RuleSet, asserted: Space, differences: Differences) -> None:
        self.equality = Equality()
        self.asserted = asserted
        self.differences = differences
        self.refused: dict[tuple[object, ...], tuple[Clash, Group]] = {}

    def leaf(self, triple: Triple) -> Proof | None:
        """Return how a normal triple comes from an asserted one: it is one, or it is one said of an equal."""
        for stated in self.equality.every(triple):
            graph = self.asserted.given_in(stated)
            if graph is None:
                continue
            leaf = Proof(stated, graph=graph)
            return leaf if stated == triple else self.carried(leaf, triple)
        return None

    def carried(self, proof: Proof, triple: Triple) -> Proof:
        """Return a proof of a triple from that of the same triple about equals."""
        links = []
        for old, new in ((proof.triple[0], triple[0]), (proof.triple[2], triple[2])):
            if old != new:
                link = self.equality.prove(old, new)
                if link is not None:
                    links.append(link)
        return Proof(triple, "eq-rep", (), (proof, *links))

    def take(self, found: Iterable[Group], prover: Prover) -> list[Term]:
        """Merge what groups show to be the same; return the individuals whose representative changed."""
        moved: list[Term] = []
        for group in found:
            clash = group.clash(self.differences)
            if clash is not None:
                self.refused[group.merger, group.key] = (clash, group)
                continue
            for one, shown, other, also_shown in group.pairs():
                if self.equality.representative(one) == self.equality.representative(other):
                    continue
                premises = [prover.prove(triple) for triple in dict.fromkeys(shown + also_shown)]
                proof = Proof(
                    (one, SAME, other), group.merger.kind, group.merger.axioms, tuple(p for p in premises if p)
                )
                moved.extend(self.equality.merge(one, other, proof))
        return moved

    def take_stated(self, space: Space, prover: Prover) -> list[Term]:
        """Merge what `owl:sameAs` triples say is the same."""
        moved: list[Term] = []
        for s, p, o in sorted(set(space.match(None, SAME, None)), key=str):
            if s == o or isinstance(o, ox.Literal):
                continue
            proof = prover.prove((s, p, o))
            if proof is not None:
                moved.extend(self.equality.merge(s, o, proof))
        return moved

    def contradictions(self) -> Iterable[Clash]:
        """Yield the cliques with members that are known to differ."""
        for members in self.equality.cliques():
            found = self.differences.within(members)
            if found is not None:
                one, other, why = found
                proof = self.equality.prove(one, other)
                support = tuple(proof.leaves()) if proof else ()
                if isinstance(why, Distinct):
                    yield Clash("eq-diff", (why.axiom,), ((one, SAME, other),), support)
                else:
                    yield Clash("eq-diff", (), ((one, SAME, other), why), (*support, why))


class Representation:
    """The world of representatives, and the inferred graph that is written from it."""

    def __init__(self, merging: Merging, rules: RuleSet) -> None:
        self.merging = merging
        self._plain_rules = rules
        self.rules = rules
        self.space = Space(ox.Store(), [_GIVEN], _CONCLUDED)

    @property
    def equality(self) -> Equality:
        return self.merging.equality

    def prover(self) -> Prover:
        return Prover(self.space, self.rules, self.merging.leaf)

    def build(self, asserted: Space, moved: list[Term]) -> None:
        """Fill the world from asserted facts and what followed from them, and merge until nothing more is equal."""
        self._fill(asserted)
        constants = self._plain_rules.constants()
        while moved:
            rename = {term: self.equality.representative(term) for term in constants}
            touched = self._touched(moved)
            if constants & set(moved) or len(touched) > _FEW:
                self.rules = self._plain_rules.renamed(rename)
                self.space.store.clear_graph(_CONCLUDED)
                Fixpoint(self.space, plan(self.rules)).run()
                found: Iterable[Group] = groups(self.space, self.rules.mergers)
            else:
                change = Change()
                Maintenance(self.space, RuleIndex(self.rules)).spread(touched, change)
                found = change.groups
            moved = self.merging.take(found, self.prover())
            self._rename(moved)

    def _fill(self, asserted: Space) -> None:
        normal, store = self.equality.normal, self.space.store
        for graphs, target in ((asserted.given, _GIVEN), ([asserted.target], _CONCLUDED)):
            for graph in graphs:
                quads = asserted.store.quads_for_pattern(None, None, None, graph)
                triples = (normal((q.subject, q.predicate, q.object)) for q in quads if q.predicate != SAME)  # type: ignore[arg-type]
                store.bulk_extend(ox.Quad(s, p, o, target) for s, p, o in triples)  # type: ignore[arg-type]
        both = "GRAPH {} {{ ?s ?p ?o }}"
        store.update(
            f"DELETE {{ {both.format(_CONCLUDED)} }} WHERE {{ {both.format(_GIVEN)} {both.format(_CONCLUDED)} }}"
        )

    def _touched(self, moved: Iterable[Term]) -> list[Triple]:
        """Return the facts about individuals that others were merged into."""
        found: dict[Triple, None] = {}
        for term in dict.fromkeys(self.equality.representative(term) for term in moved):
            for quad in self._about(term):
                found[(quad.subject, quad.predicate, quad.object)] = None  # type: ignore[index]
        return list(found)

    def _about(self, term: Term) -> list[ox.Quad]:
        if isinstance(term, ox.Literal):
            return []
        store = self.space.store
        quads = list(store.quads_for_pattern(term, None, None, None))
        return quads + [q for q in store.quads_for_pattern(None, None, term, None) if q.predicate != TYPE]

    def _rename(self, moved: Iterable[Term]) -> None:
        for term in dict.fromkeys(moved):
            for quad in self._about(term):
                self.space.store.remove(quad)
                s, p, o = self.equality.normal((quad.subject, quad.predicate, quad.object))  # type: ignore[arg-type]
                if p != SAME and not (quad.graph_name == _CONCLUDED and self.space.is_given((s, p, o))):
                    self.space.store.add(ox.Quad(s, p, o, quad.graph_name))  # type: ignore[arg-type]

    # --- the inferred graph ----------------------------------------------------------------------
    def publish(self, asserted: Space) -> None:
        """Write the inferred graph anew from this world."""
        asserted.store.clear_graph(asserted.target)

        def published() -> Iterable[Triple]:
            for quad in self.space.store:
                triple: Triple = (quad.subject, quad.predicate, quad.object)
                for written in self.equality.written_out(triple):
                    if quad.graph_name == _CONCLUDED or written != triple or self._represents(triple):
                        yield written
            yield from self.equality.links()

        asserted.store.bulk_extend(
            ox.Quad(s, p, o, asserted.target)  # type: ignore[arg-type]
            for s, p, o in published()
            if not asserted.is_given((s, p, o))
        )

    def _represents(self, triple: Triple) -> bool:
        s, p, o = triple
        return len(self.equality.members(s)) > 1 or (p != TYPE and len(self.equality.members(o)) > 1)

    def publish_change(self, asserted: Space, touched: Iterable[Triple]) -> None:
        """Bring the inferred graph up to date for normal triples that came, went or changed sides."""
        for triple in touched:
            holds = self.space.holds(triple)
            for written in self.equality.written_out(triple):
                asserted.retract([written])
                if holds and not asserted.is_given(written):
                    asserted.conclude([written])
