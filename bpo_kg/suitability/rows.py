"""Lay assessments out as rows: the columns, keys and values that scripts rely on.

Keys and values never depend on the language of the reader; only sentences do.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from bpo_kg.sources.facts import Finding
from bpo_kg.suitability.answers import Answer
from bpo_kg.suitability.assessment import CLASSES, Assessment, PlaceVerdict
from bpo_kg.suitability.rulebook import Rulebook
from bpo_kg.vocabulary import ROW, local_name, shorten

_FIRST = ("id", "name", "office_category", "outsourcing", "location_bound", *CLASSES)
_LAST = ("status", "firmness", "basis", "reasons", "unknown", "ask_next")
_WORDS = {True: "yes", False: "no", None: "unknown"}


def header(to: Sequence[str], extra: Sequence[str] = ()) -> list[str]:
    """Return the column names: ours, one per place asked for, then the inventory's foreign columns."""
    return [*_FIRST, *to, *_LAST, *extra]


def flat(one: Assessment, extra: Sequence[str] = ()) -> dict[str, str]:
    """Return one assessment as text by column name."""
    return {
        "id": one.subject.id,
        "name": one.subject.name,
        "office_category": one.office,
        "outsourcing": one.outsourcing,
        "location_bound": one.location_bound,
        **{p.place: p.verdict.grade for p in one.places},
        "status": one.status,
        "firmness": one.firmness,
        "basis": ";".join(f"{name}={a.basis}" for name, a in one.answers.items() if a.value is not None),
        "reasons": ";".join(f"{p.place}={'+'.join(p.rules)}" for p in one.places if p.rules),
        "unknown": ";".join(f"{place}:{name}" if place else name for place, name in one.unknown),
        "ask_next": one.ask_next,
        **{column: one.subject.extra.get(column, "") for column in extra},
    }


def nested(
    one: Assessment, book: Rulebook, lang: str, source_places: Mapping[tuple[str, str], str], extra: Sequence[str] = ()
) -> dict[str, Any]:
    """Return one assessment as a JSON object: the columns, then `answers` and `verdicts` with their reasons."""
    return {
        **flat(one, extra),
        "answers": {name: _answer(a, source_places) for name, a in one.answers.items()},
        "verdicts": {p.place: _verdict(p, book, lang) for p in one.places},
    }


def _answer(answer: Answer, source_places: Mapping[tuple[str, str], str]) -> dict[str, str]:
    cell = cell_of(answer, source_places)
    return {
        "value": _WORDS[answer.value],
        "basis": answer.basis,
        "via": ";".join(short(v) for v in answer.via),
        "source": shorten(answer.source) if answer.source else cell,
    }


def _verdict(place: PlaceVerdict, book: Rulebook, lang: str) -> dict[str, Any]:
    reasons = []
    for name in place.rules:
        rule = book.rule(name)
        reasons.append({
            "rule": name,
            "strength": rule.strength,
            "statement": shorten(rule.statement),
            "sentence": text(rule.sentence, lang),
        })  # fmt: skip
    return {
        "grade": place.verdict.grade,
        "status": place.verdict.status,
        "reasons": reasons,
        "open": list(place.verdict.open),
        "criteria": {
            name: {"value": _WORDS[a.value], "basis": a.basis, "via": a.via, "source": a.source}
            for name, a in place.placement.items()
        },
        "to_verify": [{"flag": f.name, "sentence": text(f.detail, lang)} for f in place.to_verify],
    }


def cell_of(answer: Answer, source_places: Mapping[tuple[str, str], str]) -> str:
    """Return "file:line:column" of the cell that an answer comes from, or nothing."""
    keys = ((via, answer.property) for via in answer.via)
    return next((source_places[key] for key in keys if key in source_places), "")


def short(iri: str) -> str:
    """Return the id of a table row, else the CURIE or IRI."""
    return unquote(local_name(iri)) if iri.startswith(ROW) else shorten(iri)


def text(texts: Mapping[str, str], lang: str) -> str:
    """Return the text in the language asked for, else in English, else any."""
    return texts.get(lang) or texts.get("en") or next(iter(texts.values()), "")


@dataclass(frozen=True, slots=True)
class AssessmentTable:
    """The result of `assess`: assessments in input order, ready to be laid out in any format."""

    assessments: tuple[Assessment, ...]
    to: tuple[str, ...]
    extra: tuple[str, ...]
    """Foreign columns of the inventory, in its order."""
    findings: tuple[Finding, ...]
    book: Rulebook
    source_places: Mapping[tuple[str, str], str]

    def __len__(self) -> int:
        return len(self.assessments)

    def __iter__(self) -> Iterator[dict[str, str]]:
        return (flat(one, self.extra) for one in self.assessments)

    @property
    def header(self) -> list[str]:
        """Column names in their order."""
        return header(self.to, self.extra)

    def row(self, ident: str) -> dict[str, str]:
        """Return the row with that id (KeyError if there is none)."""
        for one in self.assessments:
            if one.subject.id == ident:
                return flat(one, self.extra)
        raise KeyError(ident)

    def to_dicts(self, lang: str = "en") -> list[dict[str, Any]]:
        """Return the rows as JSON values, with answers, verdicts and their reasons."""
        return [nested(one, self.book, lang, self.source_places, self.extra) for one in self.assessments]
