"""Find what an answer rests on that no rule presumes: facts of the process, of its kind, or a published measure.

Facts are shown on a stand-in with the process's own slice, by the reasoner's proofs; a list that is complete once it
is recorded is shown by one thing on it; a measure by the triples that make up its claim.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product

import pyoxigraph as ox

from bpo_kg.reasoning import Closure, Proof
from bpo_kg.store.dataset import Object, Triple
from bpo_kg.suitability.answers import CATALOGUED, INHERITED, MEASURED, SUGGESTED, Answer
from bpo_kg.suitability.assessment import Assessment, PlaceVerdict
from bpo_kg.suitability.cases import Cases, Changes, Situation
from bpo_kg.suitability.cells import CellSteps, owl_step
from bpo_kg.suitability.minimal import minimal
from bpo_kg.suitability.proof import ASSERTED, COMPLETE, Step
from bpo_kg.suitability.rulebook import bpo
from bpo_kg.suitability.workbench import STAND_IN, Slice, renamed
from bpo_kg.vocabulary import PROV, RDF

_TYPE = ox.NamedNode(RDF + "type")
WORDS = {True: "yes", False: "no", None: "unknown"}


@dataclass(slots=True)
class Matter:
    """One assessment that is being proved: everything the steps below it look at."""

    one: Assessment
    place: PlaceVerdict | None
    situation: Situation
    changes: Changes
    limit: int
    cells: CellSteps
    used: set[Triple] = field(default_factory=set)
    """Facts that the proof rests on so far: a list that counts as complete is shown by one of them, if it can be."""


class Grounds:
    """What answers rest on, in one graph.

    Args:
        cases: its processes, one by one.
        closure: gives the reasoner over the whole, closed graph; asked only for what a stand-in cannot show.
    """

    def __init__(self, cases: Cases, closure: Callable[[], Closure]) -> None:
        self.cases = cases
        self.book = cases.book
        self._closure = closure
        self._criteria = {c.name: c for c in self.book.criteria}
        self._claims: dict[tuple[str, str], list[ox.NamedNode | ox.BlankNode]] | None = None

    def of(self, matter: Matter, name: str, answer: Answer) -> Iterator[tuple[Step, ...]]:
        """Yield what an answer that no rule presumes rests on."""
        situation, process = matter.situation, matter.one.subject.iri
        if answer.basis in (MEASURED, CATALOGUED):
            kind = answer.via[0]
            chain = [()] if kind == process else self._of_kind(matter, kind)
            said = (
                self._claimed(kind, name, answer) if answer.basis == MEASURED else self._catalogued(matter, kind, name)
            )
            for upper, lower in product(chain, said):
                yield (*upper, *lower)
            return
        facts = situation.own
        if answer.basis == INHERITED:
            facts = situation.own | situation.passed
        elif answer.basis == SUGGESTED:
            facts = situation.own | situation.hints
        yield from self._shown(matter, facts, STAND_IN, name, bool(answer.value), process)

    def _shown(
        self, matter: Matter, facts: Slice, node: ox.NamedNode, name: str, value: bool, process: str
    ) -> Iterator[tuple[Step, ...]]:
        """Yield proofs that a criterion is met or failed by facts about a process or a kind."""
        criterion = self._criteria[name]
        predicate = bpo("meets" if value else "fails")
        names = [criterion.iri, *(old for old, new in sorted(self.book.replaced.items()) if new == criterion.iri)]
        shown = False
        for iri in names:
            for proof in self._prove(matter, facts, (node, predicate, ox.NamedNode(iri))):
                shown = True
                yield (self._step(matter, proof),)
        if shown or not criterion.closed_by:
            return
        listed = [value for prop, value in sorted(facts, key=str) if prop.value == criterion.closed_by]
        if node != STAND_IN:
            pattern = (node, ox.NamedNode(criterion.closed_by), None)
            listed = [quad.object for quad in self.cases.bench.view.quads(*pattern)]  # type: ignore[misc]
        subject = ox.NamedNode(process)
        listed.sort(key=lambda v: ((subject, ox.NamedNode(criterion.closed_by or ""), v) not in matter.used, str(v)))
        for item in listed:
            goal: Triple = (node, ox.NamedNode(criterion.closed_by), item)
            for proof in self._prove(matter, facts, goal):
                witness = self._step(matter, proof)
                yield (Step(COMPLETE, (subject, predicate, ox.NamedNode(criterion.iri)), (witness,), process=process,
                            criterion=name, value=WORDS[value]),)  # fmt: skip

    def _prove(self, matter: Matter, facts: Slice, triple: Triple) -> tuple[Proof, ...]:
        situation = matter.situation
        name = ox.NamedNode(situation.process)
        proofs = self.cases.bench.prove(facts, triple, matter.limit)
        if proofs or triple[0] != STAND_IN or situation.local:
            return tuple(renamed(proof, name) for proof in proofs)
        # Facts about other things decide: the whole graph shows it.
        found = self._closure().proofs((name, triple[1], triple[2]), matter.limit)
        return tuple(minimal(proof, self.cases.bench.entailment) for proof in found)

    def _of_kind(self, matter: Matter, kind: str) -> list[tuple[Step, ...]]:
        goal: Triple = (STAND_IN, bpo("specialises"), ox.NamedNode(kind))
        return [(self._step(matter, proof),) for proof in self._prove(matter, matter.situation.own, goal)]

    def _catalogued(self, matter: Matter, kind: str, name: str) -> list[tuple[Step, ...]]:
        value = bool(matter.one.answers[name].value)
        return list(self._shown(matter, frozenset(), ox.NamedNode(kind), name, value, kind))

    def _claimed(self, kind: str, name: str, answer: Answer) -> list[tuple[Step, ...]]:
        """Return the claims that give a measured answer, each as the triples that make it up."""
        found = []
        view = self.cases.view
        for claim in self._claims_about(kind, self._criteria[name].iri):
            source = view.iri(claim, ox.NamedNode(PROV + "wasDerivedFrom"))
            if view.text(claim, bpo("answer")) != str(answer.value).lower() or (source or claim.value) != answer.source:
                continue
            parts: list[tuple[ox.NamedNode, Object]] = [
                (_TYPE, bpo("MeasureClaim")),
                (bpo("about"), ox.NamedNode(kind)),
                (bpo("onCriterion"), ox.NamedNode(self._criteria[name].iri)),
                (bpo("answer"), ox.Literal(bool(answer.value))),
            ]
            found.append(tuple(self._stated((claim, p, o), source or "") for p, o in parts))
        return found

    def _claims_about(self, kind: str, criterion: str) -> list[ox.NamedNode | ox.BlankNode]:
        if self._claims is None:
            self._claims = {}
            view = self.cases.view
            for quad in view.quads(None, bpo("about"), None):
                node = quad.subject
                if isinstance(node, ox.NamedNode | ox.BlankNode) and isinstance(quad.object, ox.NamedNode):
                    about = (quad.object.value, view.iri(node, bpo("onCriterion")) or "")
                    self._claims.setdefault(about, []).append(node)
        return sorted(dict.fromkeys(self._claims.get((kind, criterion), ())), key=str)

    def _stated(self, triple: Triple, statement: str = "") -> Step:
        graphs = self.cases.setting.dataset.sources_of(triple)
        return Step(ASSERTED, triple, statement=statement, graph=graphs[0] if graphs else None)

    # --- the reasoner's own proofs ---------------------------------------------------------------
    def _step(self, matter: Matter, proof: Proof) -> Step:
        """Return a reasoner's proof as steps, with the facts of the process traced to where they come from."""
        return owl_step(proof, matter.cells.leaf)
