"""Lay assessments out as rows: the columns, keys and values that scripts rely on.

Keys and values never depend on the language of the reader; only sentences do. Foreign columns of an inventory come
after ours, unchanged; one that has a name of ours gets another, so that neither is lost.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

from bpo_kg.sources.facts import Finding, Inventory, Place
from bpo_kg.sources.table_messages import taken_name
from bpo_kg.suitability.answers import Answer
from bpo_kg.suitability.assessment import CLASSES, Assessment, PlaceVerdict
from bpo_kg.suitability.rulebook import Rulebook
from bpo_kg.vocabulary import ROW, local_name, shorten

_FIRST = ("id", "name", "office_category", "outsourcing", "location_bound", *CLASSES)
_LAST = ("status", "firmness", "basis", "reasons", "unknown", "ask_next")
_NESTED = ("answers", "verdicts")
"""What JSON has besides."""
_WORDS = {True: "yes", False: "no", None: "unknown"}


def header(to: Sequence[str], extra: Sequence[str] = ()) -> list[str]:
    """Return the column names: ours, one per place asked for, then the inventory's foreign columns."""
    return [*_FIRST, *to, *_LAST, *carried(to, extra).values()]


def carried(to: Sequence[str], extra: Sequence[str]) -> dict[str, str]:
    """Return under which name each foreign column is carried: its own, or that and "_in" where the name is ours."""
    taken = {*_FIRST, *to, *_LAST, *_NESTED}
    names: dict[str, str] = {}
    for column in extra:
        name = column
        while name in taken or (name != column and name in extra):
            name += "_in"
        names[column] = name
        taken.add(name)
    return names


def renamed(inventories: Iterable[Inventory], to: Sequence[str]) -> list[Finding]:
    """Say which foreign columns are carried under another name, with the places of their headers."""
    inventories = list(inventories)
    names = carried(to, list(dict.fromkeys(c for inventory in inventories for c in inventory.extra_columns)))
    return [
        taken_name(inventory.header_places.get(column, Place(inventory.file)), column, names[column])
        for inventory in inventories
        for column in inventory.extra_columns
        if names[column] != column
    ]


def flat(one: Assessment, extra: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
    """Return one assessment as text by column name; `extra` is what `carried` returns."""
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
        **{name: one.subject.extra.get(column, "") for column, name in extra.items()},
    }


def nested(
    one: Assessment,
    book: Rulebook,
    lang: str,
    source_places: Mapping[tuple[str, str], str],
    extra: Mapping[str, str] = MappingProxyType({}),
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


@dataclass(frozen=True)
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
        return (flat(one, self.carried) for one in self.assessments)

    @cached_property
    def carried(self) -> Mapping[str, str]:
        """The name under which each foreign column is written."""
        return carried(self.to, self.extra)

    @property
    def header(self) -> list[str]:
        """Column names in their order."""
        return header(self.to, self.extra)

    def row(self, ident: str) -> dict[str, str]:
        """Return the row with that id (KeyError if there is none)."""
        for one in self.assessments:
            if one.subject.id == ident:
                return flat(one, self.carried)
        raise KeyError(ident)

    def to_dicts(self, lang: str = "en") -> list[dict[str, Any]]:
        """Return the rows as JSON values, with answers, verdicts and their reasons."""
        return [nested(one, self.book, lang, self.source_places, self.carried) for one in self.assessments]
