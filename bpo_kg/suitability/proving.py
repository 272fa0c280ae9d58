"""Find proofs: of a verdict, of an answer to a criterion, of any triple that follows.

The decision table is walked back from the rule that gave the grade, through the answers it asks for, to the facts
behind each; the reasoner's own proofs take over where a fact follows by axioms. A rule also needs that no stronger
one applies: where the facts below would let one apply that did not, what kept it from applying is added as a guard.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice, product

import pyoxigraph as ox

from bpo_kg.reasoning import Closure, Proof
from bpo_kg.store.dataset import Object, Triple
from bpo_kg.store.view import View
from bpo_kg.suitability.answers import CATALOGUED, INHERITED, MEASURED, PRESUMED, SUGGESTED, Answer
from bpo_kg.suitability.assessment import CLASSES, Assessment, PlaceVerdict
from bpo_kg.suitability.cases import NONE, Cases, Changes, Situation
from bpo_kg.suitability.cells import CellSteps
from bpo_kg.suitability.judging import CONTESTED
from bpo_kg.suitability.minimal import minimal
from bpo_kg.suitability.places import PlacementAnswer
from bpo_kg.suitability.proof import ANSWER, APPLIES, ASSERTED, COMPLETE, PLACED, UNDETERMINED, VERDICT, Step
from bpo_kg.suitability.rulebook import Rule, bpo
from bpo_kg.suitability.triples import answer_iri, assessment_iri
from bpo_kg.suitability.workbench import STAND_IN, Slice, renamed
from bpo_kg.vocabulary import COUNTRY, PROV, RDF, SCALE, local_name

_TYPE = ox.NamedNode(RDF + "type")
_WORDS = {True: "yes", False: "no", None: "unknown"}


@dataclass(frozen=True, slots=True)
class Judged:
    """What an assessed triple is about: a process, and either a place or a criterion."""

    process: str
    place: str = ""
    criterion: str = ""


def judged_by(view: View, triple: Triple) -> Judged | None:
    """Return what a triple of the assessed graph is about, or None if it gives neither a verdict nor an answer."""
    subject, predicate, _ = triple
    if not isinstance(subject, ox.NamedNode):
        return None
    if predicate == bpo("verdict") and (process := view.iri(subject, bpo("assesses"))):
        country, near = view.iri(subject, bpo("toCountry")), view.iri(subject, bpo("atProximity"))
        column = next((column for column, name in CLASSES.items() if near == SCALE + name), "")
        site = view.iri(subject, bpo("toSite"))
        return Judged(process, site or (country.removeprefix(COUNTRY) if country else column))
    if predicate == bpo("value") and (process := view.iri(subject, bpo("ofProcess"))):
        return Judged(process, criterion=local_name(view.iri(subject, bpo("onCriterion")) or ""))
    return None


@dataclass(slots=True)
class _Matter:
    """One assessment that is being proved: everything the steps below it look at."""

    one: Assessment
    place: PlaceVerdict | None
    situation: Situation
    changes: Changes
    limit: int
    cells: CellSteps
    used: set[Triple] = field(default_factory=set)
    """Facts that the proof rests on so far: a list that counts as complete is shown by one of them, if it can be."""


class Proofs:
    """Proofs about one graph.

    Args:
        cases: its processes, one by one.
        closure: gives the reasoner over the whole, closed graph; asked only for what a stand-in cannot show.
    """

    def __init__(self, cases: Cases, closure: Callable[[], Closure]) -> None:
        self.cases = cases
        self._closure = closure
        self.book = cases.book
        self._rules = {rule.iri: rule for rule in (*self.book.defaults, *self.book.placements)}
        self._criteria = {c.name: c for c in self.book.criteria}
        self._claims: dict[tuple[str, str], list[ox.NamedNode | ox.BlankNode]] | None = None

    # --- what is proved --------------------------------------------------------------------------
    def verdict(self, process: str, place: str, *, changes: Changes = NONE, limit: int = 1) -> tuple[Step, ...]:
        """Return up to `limit` proofs of the verdict on a process at a place, the shortest first.

        Args:
            process: IRI.
            place: column of a location class, alpha-2 code or site IRI.
            changes: facts changed in thought.
            limit: how many proofs to look for.
        """
        return self.of(self.cases.judge(process, (place,), changes), place, changes=changes, limit=limit)

    def of(self, one: Assessment, place: str, *, changes: Changes = NONE, limit: int = 1) -> tuple[Step, ...]:
        """Return proofs of the verdict that an assessment gives for one of its places."""
        verdict = next(p for p in one.places if p.place == place)
        matter = self._matter(one, verdict, changes, limit)
        node = ox.NamedNode(assessment_iri(one.subject.iri, place))
        grade = verdict.verdict.grade
        triple: Triple = (node, bpo("verdict"), ox.NamedNode(SCALE + grade))
        about = {"process": one.subject.iri, "place": place, "value": grade}
        winners = [self.book.rule(name) for name in verdict.verdict.winners]
        if not winners:
            return (Step(UNDETERMINED, triple, **about),)  # type: ignore[arg-type]
        if grade == CONTESTED:
            sides = {rule.gives: rule for rule in reversed(winners)}
            each = [self._applied(matter, rule) for rule in sides.values()]
            premises = [
                tuple(
                    Step(APPLIES, (node, bpo("hasReason"), ox.NamedNode(rule.iri)), conditions, rule=rule.iri,
                         statement=rule.statement, value=rule.gives or "", process=one.subject.iri, place=place)
                    for rule, conditions in zip(sides.values(), choice, strict=True)
                )
                for choice in islice(product(*each), limit)
            ]  # fmt: skip
            found = [Step(VERDICT, triple, steps, **about) for steps in premises]  # type: ignore[arg-type]
        else:
            found = [
                Step(VERDICT, triple, (*conditions, *self._guards(matter, conditions)), rule=rule.iri,
                     statement=rule.statement, basis=verdict.firmness, **about)  # type: ignore[arg-type]
                for rule in winners
                for conditions in self._applied(matter, rule)
            ]  # fmt: skip
        return _shortest(found, limit)

    def answer(self, process: str, name: str, *, changes: Changes = NONE, limit: int = 1) -> tuple[Step, ...]:
        """Return proofs of the answer to a process criterion; none where it is unknown."""
        one = self.cases.judge(process, (), changes)
        matter = self._matter(one, None, changes, limit)
        return _shortest(self._answer(matter, name), limit)

    def condition(self, one: Assessment, place: str, name: str, *, changes: Changes = NONE) -> Step | None:
        """Return why an assessment answers a criterion, of the process or of its placement, as it does."""
        matter = self._matter(one, next(p for p in one.places if p.place == place), changes, 1)
        if self._criteria[name].of_placement and matter.place and matter.place.placement[name].value is None:
            return None
        return next(iter(self._condition(matter, name)), None)

    def judged(self, triple: Triple, about: Judged, limit: int = 1) -> tuple[Step, ...]:
        """Return proofs of a verdict or an answer that stands in the assessed graph; none if it says otherwise."""
        if about.criterion:
            found = self.answer(about.process, about.criterion, limit=limit)
        else:
            found = self.verdict(about.process, about.place, limit=limit)
        return tuple(step for step in found if step.triple == triple)

    def triple(self, triple: Triple, limit: int = 1) -> tuple[Step, ...]:
        """Return proofs of an asserted or inferred triple, each minimal; none where it does not hold."""
        if limit == 1:
            proof = self._closure().prove(triple)
            return () if proof is None else (owl_step(minimal(proof, self.cases.bench.entailment)),)
        found = [minimal(proof, self.cases.bench.entailment) for proof in self._closure().proofs(triple, 4 * limit)]
        return _shortest(map(owl_step, found), limit)

    # --- rules -----------------------------------------------------------------------------------
    def _matter(self, one: Assessment, place: PlaceVerdict | None, changes: Changes, limit: int) -> _Matter:
        wholes = self.cases.part_of(changes)
        situation = self.cases.situation(one.subject.iri, changes, wholes)
        return _Matter(one, place, situation, changes, limit, CellSteps(self.cases, situation, changes, wholes))

    def _applied(self, matter: _Matter, rule: Rule) -> list[tuple[Step, ...]]:
        """Return the ways to show that all conditions of a rule hold."""
        names = [c.name for c in self.book.criteria if c.name in rule.criteria]
        # A complete list comes last, so that it can lean on a fact that is needed anyway.
        order = sorted(names, key=lambda name: self._by_list(matter, name))
        ways: dict[str, list[Step]] = {}
        for name in order:
            ways[name] = self._condition(matter, name)
            matter.used.update(fact for step in ways[name] for fact in step.facts())
        return list(islice(product(*(ways[name] for name in names)), matter.limit))

    def _by_list(self, matter: _Matter, name: str) -> bool:
        answer = matter.one.answers.get(name)
        return bool(answer and answer.value is False and self._criteria[name].closed_by)

    def _condition(self, matter: _Matter, name: str) -> list[Step]:
        return [self._placed(matter, name)] if self._criteria[name].of_placement else self._answer(matter, name)

    def _guards(self, matter: _Matter, conditions: Iterable[Step]) -> tuple[Step, ...]:
        """Return the answers that keep stronger rules from applying, where the conditions alone do not."""
        place = matter.place
        assert place is not None
        needed = {
            s.criterion
            for c in conditions
            for s in c.steps()
            if s.criterion and (s.kind == PLACED or s.basis != PRESUMED)
        }
        facts: dict[str, Answer | PlacementAnswer] = {**matter.situation.answers, **place.placement}
        facts = {name: answer for name, answer in facts.items() if answer.value is not None}
        judge = self.cases.assessor(()).judge

        def grade(names: set[str]) -> str:
            known = {n: a for n, a in facts.items() if n in names}
            values = {n: a.value for n, a in known.items()}
            # Nothing is asked, so no open question is worked out: only the grade is wanted.
            return judge.verdict(values, {n: a.basis for n, a in known.items()}, settled=self._criteria).grade

        if grade(needed) == place.verdict.grade:
            return ()
        kept = [name for name in self._criteria if name in facts.keys() - needed]
        for name in list(kept):
            rest = [other for other in kept if other != name]
            if grade(needed | set(rest)) == place.verdict.grade:
                kept = rest
        found = [self._condition(matter, name)[0] for name in kept]
        return tuple(replace(step, guard=True) for step in found)

    # --- answers ---------------------------------------------------------------------------------
    def _placed(self, matter: _Matter, name: str) -> Step:
        place, subject = matter.place, matter.one.subject
        assert place is not None
        answer = place.placement[name]
        inputs = matter.cells.placing(subject, place, name)
        node = ox.NamedNode(f"{assessment_iri(subject.iri, place.place)}/{name}")
        return Step(
            PLACED,
            (node, bpo("value"), ox.NamedNode(SCALE + _WORDS[answer.value])),
            inputs,
            process=subject.iri,
            criterion=name,
            place=place.place,
            value=_WORDS[answer.value],
            basis=answer.basis,
            told=answer.detail,
            source=answer.source,
        )

    def _answer(self, matter: _Matter, name: str) -> list[Step]:
        """Return the ways to show the answer to a process criterion, up to the limit."""
        answer = matter.one.answers[name]
        if answer.value is None:
            return []
        process = matter.one.subject.iri
        node = ox.NamedNode(answer_iri(process, name))
        triple: Triple = (node, bpo("value"), ox.NamedNode(SCALE + _WORDS[answer.value]))

        def step(premises: tuple[Step, ...], rule: str = "") -> Step:
            return Step(
                ANSWER, triple, premises, process=process, criterion=name, value=_WORDS[answer.value],
                basis=answer.basis, rule=rule, statement=answer.source,
            )  # fmt: skip

        if answer.basis == PRESUMED:
            rules = [self._rules[iri] for iri in answer.via]
            return [step(conditions, rule.iri) for rule in rules for conditions in self._applied(matter, rule)]
        return [step(premises) for premises in islice(self._grounds(matter, name, answer), matter.limit)]

    def _grounds(self, matter: _Matter, name: str, answer: Answer) -> Iterator[tuple[Step, ...]]:
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
        self, matter: _Matter, facts: Slice, node: ox.NamedNode, name: str, value: bool, process: str
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
                            criterion=name, value=_WORDS[value]),)  # fmt: skip

    def _prove(self, matter: _Matter, facts: Slice, triple: Triple) -> tuple[Proof, ...]:
        situation = matter.situation
        name = ox.NamedNode(situation.process)
        proofs = self.cases.bench.prove(facts, triple, matter.limit)
        if proofs or triple[0] != STAND_IN or situation.local:
            return tuple(renamed(proof, name) for proof in proofs)
        # Facts about other things decide: the whole graph shows it.
        found = self._closure().proofs((name, triple[1], triple[2]), matter.limit)
        return tuple(minimal(proof, self.cases.bench.entailment) for proof in found)

    def _of_kind(self, matter: _Matter, kind: str) -> list[tuple[Step, ...]]:
        goal: Triple = (STAND_IN, bpo("specialises"), ox.NamedNode(kind))
        return [(self._step(matter, proof),) for proof in self._prove(matter, matter.situation.own, goal)]

    def _catalogued(self, matter: _Matter, kind: str, name: str) -> list[tuple[Step, ...]]:
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
    def _step(self, matter: _Matter, proof: Proof) -> Step:
        """Return a reasoner's proof as steps, with the facts of the process traced to where they come from."""
        return owl_step(proof, matter.cells.leaf)


def owl_step(proof: Proof, leaf: Callable[[Triple, ox.NamedNode | None], Step] | None = None) -> Step:
    """Return a reasoner's proof as steps; `leaf` says what an asserted triple comes from."""
    if proof.asserted:
        return Step(ASSERTED, proof.triple, graph=proof.graph) if leaf is None else leaf(proof.triple, proof.graph)
    return Step(
        proof.kind, proof.triple, tuple(owl_step(premise, leaf) for premise in proof.premises), axioms=proof.axioms
    )


def _shortest(found: Iterable[Step], limit: int) -> tuple[Step, ...]:
    """Return the shortest proofs, one for each set of facts."""
    ordered = sorted(found, key=lambda step: (*step.size(), str(step.facts())))
    return tuple({frozenset(step.facts()): step for step in reversed(ordered)}.values())[::-1][:limit]
