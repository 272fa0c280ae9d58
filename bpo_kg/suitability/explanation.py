"""Say in plain sentences why a process got its verdicts: the proof of each, what is open, what to verify.

Every sentence is put together from texts that stand in Turtle: labels, rule sentences, statements, questions and the
joining words of `sentences.ttl`. The same explanation comes as text, as plain JSON values and as proofs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bpo_kg.suitability.answers import Answer
from bpo_kg.suitability.assessment import Assessment, PlaceVerdict
from bpo_kg.suitability.proof import Step
from bpo_kg.suitability.proof_forms import proof_dict
from bpo_kg.suitability.rows import cell_of, short, text
from bpo_kg.suitability.sentences import sentence
from bpo_kg.suitability.telling import Notes, Teller
from bpo_kg.suitability.triples import OFFICES, STATUSES
from bpo_kg.vocabulary import SCALE, shorten


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one process got its verdicts, for the places asked about, in one language."""

    process: str
    name: str
    lang: str
    places: tuple[Mapping[str, Any], ...]
    answers: tuple[Mapping[str, Any], ...]
    office: str
    sentences: tuple[str, ...]
    proofs: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    """Proofs of each verdict by place, the shortest first."""
    statements: Mapping[str, str] = field(default_factory=dict)
    """Text of each statement referred to, by CURIE."""
    teller: Teller | None = field(default=None, compare=False, repr=False)
    """What finds the words for proofs as data."""

    def to_text(self) -> str:
        """Return the sentences, one per line."""
        return "\n".join(self.sentences) + "\n"

    def proof_data(self, place: str) -> list[dict[str, Any]]:
        """Return the proofs of the verdict at a place as JSON values."""
        assert self.teller is not None
        self.teller.prepare(self.proofs[place], every=True)
        return [proof_dict(step, self.teller) for step in self.proofs[place]]

    def to_dict(self) -> dict[str, Any]:
        """Return the same as plain JSON values."""
        return {
            "process": self.process,
            "name": self.name,
            "lang": self.lang,
            "office_category": self.office,
            "answers": [dict(a) for a in self.answers],
            "places": [{**place, "proofs": self.proof_data(str(place["place"]))} for place in self.places],
            "statements": dict(self.statements),
            "text": list(self.sentences),
        }


class Explainer:
    """Explain assessments in English or Indonesian.

    Args:
        teller: finds the words.
        cells: (process, property) to "file:line:column" of the cell.
    """

    def __init__(self, teller: Teller, cells: Mapping[tuple[str, str], str]) -> None:
        self._teller = teller
        self._book = teller.book
        self._cells = cells
        self._say = teller.say

    def explain(
        self, one: Assessment, proofs: Mapping[str, tuple[Step, ...]], parts: Sequence[Assessment] = ()
    ) -> Explanation:
        """Return the explanation for the places that have proofs.

        Args:
            one: the assessment to explain.
            proofs: proofs of its verdicts, by place.
            parts: assessments of its parts; where one gets another grade than the whole, that is said.
        """
        chosen = [p for p in one.places if p.place in proofs]
        notes = Notes()
        self._teller.prepare(step for place in chosen for step in proofs[place.place])
        office = self._teller.label(SCALE + OFFICES[one.office])
        name = self._teller.named(one.subject.iri, one.subject.name)
        lines = [self._say("office", name=name, office=office)]
        if one.pinned_by:
            pins = ", ".join(f"“{self._teller.label(pin)}”" for pin in one.pinned_by)
            lines.append(self._say("pinned", parts=pins))
        for place in chosen:
            lines += self._place(place, proofs[place.place], notes, one.subject.filled)
            lines += self._split(place, parts)
        answers = [self._answer(criterion, answer) for criterion, answer in one.answers.items()]
        lines += ["", self._say("answers"), *(f"  - {answer['sentence']}" for answer in answers)]
        footnotes = self._teller.footnotes(notes)
        if footnotes:
            lines += ["", self._say("statements"), *(f"  {note}" for note in footnotes)]
        lang = self._teller.lang
        return Explanation(
            process=one.subject.iri,
            name=name,
            lang=lang,
            places=tuple(self._place_dict(p, one.subject.filled) for p in chosen),
            answers=tuple(answers),
            office=one.office,
            sentences=tuple(lines),
            proofs={place.place: proofs[place.place] for place in chosen},
            statements={shorten(iri): text(self._book.statements.get(iri, {}), lang) for iri in notes.numbers},
            teller=self._teller,
        )

    def headline(self, place: PlaceVerdict) -> str:
        """Return the verdict in one sentence."""
        verdict = place.verdict
        return self._say(
            "verdict",
            place=self._teller.place_name(place.place),
            grade=self._teller.grade(verdict.grade),
            status=self._teller.grade(STATUSES.get(verdict.status, verdict.status)),
        )

    def _place(self, place: PlaceVerdict, proofs: Sequence[Step], notes: Notes, filled: frozenset[str]) -> list[str]:
        verdict = place.verdict
        lines = ["", self.headline(place)]
        told = self._teller.lines(proofs[0], notes)
        lines.append(f"  {self._say('because')} {told[0]}" if verdict.winners else f"  {told[0]}")
        lines += [f"  {line}" for line in told[1:]]
        for other in proofs[1:]:
            lines += [f"  {self._say('otherProof')}", *(f"  {line}" for line in self._teller.lines(other, notes))]
        others = [self._book.rule(r) for r in verdict.rules if r not in verdict.winners]
        if others:
            lines.append(f"  {self._say('also')}")
            lines += [f"    - {text(r.sentence, self._teller.lang)}{notes.mark(r.statement)}" for r in others]
        if verdict.open:
            lines.append(f"  {self._say('open')}")
            for name in verdict.open:
                lines += [f"    - {line}" for line in self._open(place, name, filled)]
        if place.to_verify:
            lines.append(f"  {self._say('verify')}")
            lines += [f"    - {sentence(text(flag.detail, self._teller.lang))}" for flag in place.to_verify]
        return lines

    def _open(self, place: PlaceVerdict, name: str, filled: frozenset[str]) -> list[str]:
        said = self._say.criterion(self._book, name, "unknown")
        answer = place.placement.get(name)
        detail = text(answer.detail, self._teller.lang) if answer else ""
        question = text(self._book.criterion(name).asked(filled), self._teller.lang)
        return [" ".join(filter(None, (sentence(f"{said}: {detail}" if detail else said), question)))]

    def _split(self, whole: PlaceVerdict, parts: Sequence[Assessment]) -> list[str]:
        """Say which parts fare otherwise at a place than the whole, so that splitting it is worth a thought."""
        fares = [(part, p.verdict.grade) for part in parts for p in part.places if p.place == whole.place]
        others = [(part, grade) for part, grade in fares if grade != whole.verdict.grade]
        if not others:
            return []
        listed = "; ".join(
            f"“{self._teller.named(part.subject.iri, part.subject.name)}”: {self._teller.grade(grade)}"
            for part, grade in others
        )
        return [f"  {self._say('split', parts=listed)}"]

    def _place_dict(self, place: PlaceVerdict, filled: frozenset[str]) -> dict[str, Any]:
        lang = self._teller.lang
        return {
            "place": place.place,
            "grade": place.verdict.grade,
            "status": place.verdict.status,
            "firmness": place.firmness,
            "rules": [self.rule_dict(name) for name in place.rules],
            "open": [
                {"criterion": n, "question": text(self._book.criterion(n).asked(filled), lang)}
                for n in place.verdict.open
            ],
            "to_verify": [{"flag": f.name, "sentence": text(f.detail, lang)} for f in place.to_verify],
        }

    def rule_dict(self, name: str) -> dict[str, str]:
        """Return a rule as plain values: name, strength, sentence, and the statement with its text."""
        rule = self._book.rule(name)
        return {
            "rule": name,
            "strength": rule.strength,
            "sentence": text(rule.sentence, self._teller.lang),
            "statement": shorten(rule.statement),
            "statement_text": text(self._book.statements.get(rule.statement, {}), self._teller.lang),
        }

    def _answer(self, name: str, answer: Answer) -> dict[str, str]:
        value = {True: "yes", False: "no", None: "unknown"}[answer.value]
        said = self._say.criterion(self._book, name, value)
        source = shorten(answer.source) if answer.source else cell_of(answer, self._cells)
        if answer.value is None:
            told = f"{said}; {self._say('basis=contradicted')}" if answer.basis else said
        else:
            via = ", ".join(f"“{self._teller.label(v)}”" for v in answer.via)
            told = f"{said} ({self._say(f'basis={answer.basis}', via=via)}{f'; {source}' if source else ''})"
        return {
            "criterion": name,
            "value": value,
            "basis": answer.basis,
            "via": ";".join(short(v) for v in answer.via),
            "source": source,
            "sentence": sentence(told),
        }
