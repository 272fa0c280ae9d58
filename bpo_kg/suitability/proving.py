"""Find proofs: of a verdict, of an answer to a criterion, of any triple that follows.

The decision table is walked back from the rule that gave the grade, through the answers it asks for, to the facts
behind each; the reasoner's own proofs take over where a fact follows by axioms. A rule also needs that no stronger
one applies: where the facts below would let one apply that did not, what kept it from applying is added as a guard.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import islice, product

import pyoxigraph as ox

from bpo_kg.reasoning import Closure
from bpo_kg.store.dataset import Triple
from bpo_kg.suitability.answers import PRESUMED, Answer
from bpo_kg.suitability.assessment import Assessment, PlaceVerdict
from bpo_kg.suitability.cases import NONE, Cases, Changes
from bpo_kg.suitability.cells import CellSteps, owl_step
from bpo_kg.suitability.grounds import WORDS, Grounds, Matter
from bpo_kg.suitability.judged import Judged
from bpo_kg.suitability.judging import CONTESTED
from bpo_kg.suitability.minimal import minimal
from bpo_kg.suitability.places import PlacementAnswer
from bpo_kg.suitability.proof import ANSWER, APPLIES, PLACED, UNDETERMINED, VERDICT, Step
from bpo_kg.suitability.rulebook import Rule, bpo
from bpo_kg.suitability.triples import answer_iri, assessment_iri
from bpo_kg.vocabulary import SCALE


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
        self._grounds = Grounds(cases, closure)

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
        # Data that contradict themselves may give a verdict that nothing shows; the rule is still to be told.
        rule = winners[0]
        bare = Step(VERDICT, triple, rule=rule.iri, statement=rule.statement, basis=verdict.firmness, **about)  # type: ignore[arg-type]
        return _shortest(found, limit) or (bare,)

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
    def _matter(self, one: Assessment, place: PlaceVerdict | None, changes: Changes, limit: int) -> Matter:
        wholes = self.cases.part_of(changes)
        situation = self.cases.situation(one.subject.iri, changes, wholes)
        return Matter(one, place, situation, changes, limit, CellSteps(self.cases, situation, changes, wholes))

    def _applied(self, matter: Matter, rule: Rule) -> list[tuple[Step, ...]]:
        """Return the ways to show that all conditions of a rule hold."""
        names = [c.name for c in self.book.criteria if c.name in rule.criteria]
        # A complete list comes last, so that it can lean on a fact that is needed anyway.
        order = sorted(names, key=lambda name: self._by_list(matter, name))
        ways: dict[str, list[Step]] = {}
        for name in order:
            ways[name] = self._condition(matter, name)
            matter.used.update(fact for step in ways[name] for fact in step.facts())
        return list(islice(product(*(ways[name] for name in names)), matter.limit))

    def _by_list(self, matter: Matter, name: str) -> bool:
        answer = matter.one.answers.get(name)
        return bool(answer and answer.value is False and self._criteria[name].closed_by)

    def _condition(self, matter: Matter, name: str) -> list[Step]:
        return [self._placed(matter, name)] if self._criteria[name].of_placement else self._answer(matter, name)

    def _guards(self, matter: Matter, conditions: Iterable[Step]) -> tuple[Step, ...]:
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
        found = (next(iter(self._condition(matter, name)), None) for name in kept)
        return tuple(replace(step, guard=True) for step in found if step is not None)

    # --- answers ---------------------------------------------------------------------------------
    def _placed(self, matter: Matter, name: str) -> Step:
        place, subject = matter.place, matter.one.subject
        assert place is not None
        answer = place.placement[name]
        inputs = matter.cells.placing(subject, place, name)
        node = ox.NamedNode(f"{assessment_iri(subject.iri, place.place)}/{name}")
        return Step(
            PLACED,
            (node, bpo("value"), ox.NamedNode(SCALE + WORDS[answer.value])),
            inputs,
            process=subject.iri,
            criterion=name,
            place=place.place,
            value=WORDS[answer.value],
            basis=answer.basis,
            told=answer.detail,
            source=answer.source,
        )

    def _answer(self, matter: Matter, name: str) -> list[Step]:
        """Return the ways to show the answer to a process criterion, up to the limit."""
        answer = matter.one.answers[name]
        if answer.value is None:
            return []
        process = matter.one.subject.iri
        node = ox.NamedNode(answer_iri(process, name))
        triple: Triple = (node, bpo("value"), ox.NamedNode(SCALE + WORDS[answer.value]))

        def step(premises: tuple[Step, ...], rule: str = "") -> Step:
            return Step(
                ANSWER, triple, premises, process=process, criterion=name, value=WORDS[answer.value],
                basis=answer.basis, rule=rule, statement=answer.source,
            )  # fmt: skip

        if answer.basis == PRESUMED:
            rules = [self._rules[iri] for iri in answer.via]
            return [step(conditions, rule.iri) for rule in rules for conditions in self._applied(matter, rule)]
        return [step(premises) for premises in islice(self._grounds.of(matter, name, answer), matter.limit)]


def _shortest(found: Iterable[Step], limit: int) -> tuple[Step, ...]:
    """Return the shortest proofs, one for each set of facts."""
    ordered = sorted(found, key=lambda step: (*step.size(), str(step.facts())))
    return tuple({frozenset(step.facts()): step for step in reversed(ordered)}.values())[::-1][:limit]
