"""Say why over HTTP: `/explain` and its sisters, about the processes of this server or about an inventory that is sent.

GET asks the served graph; POST carries an inventory, as `/assess` does, and asks about one of its rows.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bpo_kg.graph import KnowledgeGraph
from bpo_kg.shells.pages import reason_page
from bpo_kg.shells.pages.inventories import CLIENT, EVIDENCE, SECONDS, judged, with_fields
from bpo_kg.shells.pages.operation import HTML, JSON, PLAIN, Operation, Visit
from bpo_kg.shells.pages.parameters import Parameter
from bpo_kg.shells.pages.served import Served
from bpo_kg.shells.pages.uploads import MAX_BODY, MEDIA, sent
from bpo_kg.shells.server import Response
from bpo_kg.shells.words import Words
from bpo_kg.suitability.explanation import Explanation

PROCESS = Parameter(
    "process", {"en": "process: IRI, CURIE, id or label", "id": "proses: IRI, CURIE, id, atau nama"}, required=True
)
PLACE = Parameter(
    "to",
    {"en": "countries or sites; all places of the server when left out", "id": "negara atau lokasi; semua bila kosong"},
    many=True,
    example="PH",
)
_SENTENCES = {"type": "array", "items": {"type": "string"}}
_SCHEMA = {
    "type": "object",
    "properties": {
        "process": {"type": "string"},
        "name": {"type": "string"},
        "lang": {"enum": ["en", "id"]},
        "office_category": {"enum": ["front", "back", "mixed", "unknown"]},
        "answers": {"type": "array", "items": {"type": "object"}},
        "places": {"type": "array", "items": {"type": "object"}},
        "statements": {"type": "object", "additionalProperties": {"type": "string"}},
        "text": _SENTENCES,
    },
    "required": ["process", "name", "lang", "office_category", "answers", "places", "statements", "text"],
}


@dataclass(frozen=True, slots=True)
class Told:
    """What a verb found, ready to be written: plain values, sentences, and the page's content."""

    values: dict[str, Any]
    text: str


Verb = Callable[[KnowledgeGraph, Visit], Told]


def operations(served: Served) -> list[Operation]:
    """Return the operations that give reasons, each for the served graph and for an inventory that is sent."""
    return [
        *_both(
            served,
            "/explain",
            "explain",
            {"en": "Explain the verdicts on a process, with proofs", "id": "Jelaskan putusan atas suatu proses"},
            _explain,
        )
    ]


def _both(served: Served, path: str, name: str, text: dict[str, str], verb: Verb) -> list[Operation]:
    def ask(visit: Visit) -> Response:
        return _written(served, visit, verb(served.kg, visit))

    def ask_about(visit: Visit) -> Response:
        given = sent(visit.request)
        full = with_fields(posted, visit, given)
        return _written(served, full, judged(served, full, given.files, lambda kg: verb(kg, full)))

    asked = Operation(
        path,
        name,
        "reasons",
        text,
        ask,
        parameters=(PROCESS, PLACE),
        offers=(JSON, PLAIN, HTML),
        schemas={JSON.media: _SCHEMA},
        lang=served.lang,
        timeout=SECONDS,
        max_body=MAX_BODY,
    )
    posted = Operation(
        path,
        f"{name}Sent",
        "reasons",
        {
            "en": f"{text['en']} of an inventory that is sent along",
            "id": f"{text['id']} dari daftar yang dikirim",
        },
        ask_about,
        parameters=(PROCESS, PLACE, CLIENT, EVIDENCE),
        method="POST",
        body=MEDIA,
        offers=asked.offers,
        schemas=asked.schemas,
        lang=served.lang,
        timeout=SECONDS,
        max_body=MAX_BODY,
    )
    return [asked, posted]


def _explain(kg: KnowledgeGraph, visit: Visit) -> Told:
    process = visit.one("process") or ""
    places = visit.many("to")
    found = [kg.explain(process, to=place, lang=visit.lang) for place in places or (None,)]
    return Told(_merged(found), "\n".join(one.to_text() for one in found))


def _merged(found: list[Explanation]) -> dict[str, Any]:
    """Return explanations of one process for several places as one."""
    first = found[0].to_dict()
    for other in found[1:]:
        more = other.to_dict()
        first["places"] += more["places"]
        first["statements"] |= more["statements"]
        first["text"] += ["", *more["text"]]
    return first


def _written(served: Served, visit: Visit, told: Told) -> Response:
    kept = visit.request.method == "GET"
    if visit.offer is HTML:
        return reason_page.show(visit, told.values, Words(visit.lang, served.terms), cache=kept, linked=kept)
    if visit.offer is PLAIN:
        return visit.answer(told.text, cache=kept)
    return visit.answer(json.dumps(told.values, ensure_ascii=False) + "\n", cache=kept)
