"""Say in plain sentences why a verdict is what it is: rules, answers with their basis, statements, what is open.

Every sentence is put together from texts that stand in Turtle (labels, rule sentences, statements, questions); only
the joining words are here, in both languages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from bpo_kg.store.view import View
from bpo_kg.suitability.answers import Answer
from bpo_kg.suitability.assessment import CLASSES, Assessment, PlaceVerdict
from bpo_kg.suitability.rows import cell_of, short, text
from bpo_kg.suitability.rulebook import Rulebook, bpo
from bpo_kg.suitability.triples import OFFICES, STATUSES
from bpo_kg.vocabulary import COUNTRY, SCALE, shorten

_JOINING: Mapping[str, Mapping[str, str]] = {
    "en": {
        "office": "{name}: {office}.",
        "pinned": "It holds parts of both kinds ({parts}); consider splitting it.",
        "split": "Its parts fare otherwise ({parts}); consider splitting it.",
        "verdict": "Delivered from {place}: {grade} ({status}).",
        "because": "Because",
        "also": "Also considered",
        "answers": "What is known",
        "answer": "{label}: {value} — {basis}{via}.",
        "unknown": "{label}: not known.",
        "via": ", from {via}",
        "open": "Still open",
        "open_item": "{label}: the answer could change the grade. {question}",
        "rests": "rests on {statement}: {text}",
        "verify": "To verify before anything is sent there",
        "none": "No rule applies yet.",
        "yes": "yes",
        "no": "no",
        "contradiction": "sources of the same rank disagree, so it counts as unknown",
    },
    "id": {
        "office": "{name}: {office}.",
        "pinned": "Di dalamnya ada bagian dari kedua jenis ({parts}); pertimbangkan untuk memecahnya.",
        "split": "Bagian-bagiannya bernilai lain ({parts}); pertimbangkan untuk memecahnya.",
        "verdict": "Dikerjakan dari {place}: {grade} ({status}).",
        "because": "Karena",
        "also": "Juga dipertimbangkan",
        "answers": "Yang diketahui",
        "answer": "{label}: {value} — {basis}{via}.",
        "unknown": "{label}: belum diketahui.",
        "via": ", dari {via}",
        "open": "Masih terbuka",
        "open_item": "{label}: jawabannya dapat mengubah nilai. {question}",
        "rests": "bersandar pada {statement}: {text}",
        "verify": "Perlu diperiksa sebelum apa pun dikirim ke sana",
        "none": "Belum ada aturan yang berlaku.",
        "yes": "ya",
        "no": "tidak",
        "contradiction": "sumber setingkat saling bertentangan, sehingga dianggap belum diketahui",
    },
}


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

    def to_text(self) -> str:
        """Return the sentences, one per line."""
        return "\n".join(self.sentences) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """Return the same as plain JSON values."""
        return {
            "process": self.process,
            "name": self.name,
            "lang": self.lang,
            "office_category": self.office,
            "answers": [dict(a) for a in self.answers],
            "places": [dict(p) for p in self.places],
            "text": list(self.sentences),
        }


class Explainer:
    """Explain assessments in English or Indonesian."""

    def __init__(self, book: Rulebook, view: View, source_places: Mapping[tuple[str, str], str], lang: str) -> None:
        self._book = book
        self._view = view
        self._cells = source_places
        self._lang = lang
        self._words = _JOINING.get(lang, _JOINING["en"])

    def explain(
        self, one: Assessment, places: tuple[str, ...] = (), parts: Sequence[Assessment] = ()
    ) -> Explanation:
        """Return the explanation for the given places (columns, codes or site IRIs); all of them when left out.

        Args:
            one: the assessment to explain.
            places: which of its places.
            parts: assessments of its parts; where one gets another grade than the whole, that is said.
        """
        chosen = [p for p in one.places if not places or p.place in places]
        word = self._words
        office = self._label(SCALE + OFFICES[one.office])
        lines = [word["office"].format(name=one.subject.name, office=office)]
        if one.pinned_by:
            lines.append(word["pinned"].format(parts=", ".join(self._name(p) for p in one.pinned_by)))
        for place in chosen:
            lines += self._place(place)
            lines += self._split(place, parts)
        lines += ["", word["answers"] + ":"]
        answers = []
        for name, answer in one.answers.items():
            answers.append(self._answer(name, answer))
            lines.append("  - " + str(answers[-1]["sentence"]))
        return Explanation(
            process=one.subject.iri,
            name=one.subject.name,
            lang=self._lang,
            places=tuple(self._place_dict(p) for p in chosen),
            answers=tuple(answers),
            office=one.office,
            sentences=tuple(lines),
        )

    def _place(self, place: PlaceVerdict) -> list[str]:
        word, verdict = self._words, place.verdict
        status = STATUSES.get(verdict.status, verdict.status)
        grade, state = self._label(SCALE + verdict.grade), self._label(SCALE + status)
        lines = ["", word["verdict"].format(place=self.place_name(place.place), grade=grade, status=state)]
        winners = set(verdict.winners)
        decisive = [r for r in place.rules if r in winners or r in place.presumptions]
        if decisive:
            lines.append(f"  {word['because']}:")
            lines += [self._rule(name) for name in decisive]
        else:
            lines.append("  " + word["none"])
        others = [r for r in verdict.rules if r not in winners]
        if others:
            lines.append(f"  {word['also']}:")
            lines += [self._rule(name) for name in others]
        for name, answer in place.placement.items():
            if answer.value is not None or name in verdict.open:
                lines.append("  - " + self._placement(name, answer))
        if verdict.open:
            lines.append(f"  {word['open']}:")
            lines += ["    - " + self._open(name) for name in verdict.open]
        if place.to_verify:
            lines.append(f"  {word['verify']}:")
            lines += [f"    - {text(flag.detail, self._lang)}." for flag in place.to_verify]
        return lines

    def _split(self, whole: PlaceVerdict, parts: Sequence[Assessment]) -> list[str]:
        """Say which parts fare otherwise at a place than the whole, so that splitting it is worth a thought."""
        fares = [(part, p.verdict.grade) for part in parts for p in part.places if p.place == whole.place]
        others = [(part, grade) for part, grade in fares if grade != whole.verdict.grade]
        if not others:
            return []
        listed = "; ".join(f"“{part.subject.name}”: {self._label(SCALE + grade)}" for part, grade in others)
        return ["  " + self._words["split"].format(parts=listed)]

    def place_name(self, place: str) -> str:
        """Return the name of a location class, a country or a site in the reader's language."""
        if place in CLASSES:
            return self._label(SCALE + CLASSES[place])
        return self._label(place if place.startswith("http") else COUNTRY + place)

    def _place_dict(self, place: PlaceVerdict) -> dict[str, Any]:
        return {
            "place": place.place,
            "grade": place.verdict.grade,
            "status": place.verdict.status,
            "firmness": place.firmness,
            "rules": [self.rule_dict(name) for name in place.rules],
            "open": [
                {"criterion": n, "question": text(self._book.criterion(n).question, self._lang)}
                for n in place.verdict.open
            ],
            "to_verify": [{"flag": f.name, "sentence": text(f.detail, self._lang)} for f in place.to_verify],
        }

    def rule_dict(self, name: str) -> dict[str, str]:
        """Return a rule as plain values: name, strength, sentence, and the statement with its text."""
        rule = self._book.rule(name)
        return {
            "rule": name,
            "strength": rule.strength,
            "sentence": text(rule.sentence, self._lang),
            "statement": shorten(rule.statement),
            "statement_text": text(self._book.statements.get(rule.statement, {}), self._lang),
        }

    def _rule(self, name: str) -> str:
        found = self.rule_dict(name)
        rests = self._words["rests"].format(statement=found["statement"], text=found["statement_text"])
        strength = self._label(SCALE + found["strength"])
        return f"    - {found['sentence']} [{name}, {strength}; {rests}]"

    def _answer(self, name: str, answer: Answer) -> dict[str, str]:
        word = self._words
        label = text(self._book.criterion(name).labels, self._lang)
        source = shorten(answer.source) if answer.source else cell_of(answer, self._cells)
        if answer.value is None:
            sentence = word["unknown"].format(label=label)
            if answer.basis:
                sentence = f"{sentence.rstrip('.')} ({word['contradiction']})."
        else:
            via = ", ".join([self._name(v) for v in answer.via] + ([source] if source else []))
            sentence = word["answer"].format(
                label=label,
                value=word["yes" if answer.value else "no"],
                basis=self._label(SCALE + answer.basis),
                via=word["via"].format(via=via) if via else "",
            )
        value = {True: "yes", False: "no", None: "unknown"}[answer.value]
        via_ids = ";".join(short(v) for v in answer.via)
        return {
            "criterion": name,
            "value": value,
            "basis": answer.basis,
            "via": via_ids,
            "source": source,
            "sentence": sentence,
        }

    def _placement(self, name: str, answer: Any) -> str:
        word = self._words
        label = text(self._book.criterion(name).labels, self._lang)
        detail = text(answer.detail, self._lang) if answer.detail else ""
        if answer.value is None:
            return word["unknown"].format(label=label) + (f" {detail}" if detail else "")
        basis = self._label(SCALE + answer.basis)
        sentence = word["answer"].format(label=label, value=word["yes" if answer.value else "no"], basis=basis, via="")
        return sentence + (f" {detail}" if detail else "")

    def _open(self, name: str) -> str:
        criterion = self._book.criterion(name)
        label = text(criterion.labels, self._lang)
        return self._words["open_item"].format(label=label, question=self._question(name)).rstrip()

    def _question(self, name: str) -> str:
        return text(self._book.criterion(name).question, self._lang)

    def _label(self, iri: str) -> str:
        return text(self._view.labels(ox.NamedNode(iri)), self._lang) or short(iri)

    def _name(self, iri: str) -> str:
        label = self._label(iri)
        node = ox.NamedNode(iri)
        is_rule = self._view.iri(node, bpo("restsOn")) is not None
        return f"{label} ({short(iri)})" if is_rule else f"“{label}”"
