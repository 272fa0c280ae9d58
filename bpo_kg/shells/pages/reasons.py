"""Say why over HTTP: `/explain`, `/why-not`, `/flips` and `/what-if`, about this server's processes or about yours.

GET asks the served graph; POST carries an inventory, as `/assess` does, and asks about one of its rows.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bpo_kg.graph import KnowledgeGraph
from bpo_kg.shells.pages import reason_page
from bpo_kg.shells.pages.aside import aside
from bpo_kg.shells.pages.inventories import CLIENT, EVIDENCE, MAP, SECONDS, judged, with_fields
from bpo_kg.shells.pages.operation import HTML, JSON, PLAIN, Operation, Visit
from bpo_kg.shells.pages.parameters import Parameter
from bpo_kg.shells.pages.served import Served
from bpo_kg.shells.pages.uploads import MAX_BODY, MEDIA, sent
from bpo_kg.shells.results import pairs
from bpo_kg.shells.server import Response
from bpo_kg.shells.words import Words

PROCESS = Parameter(
    "process",
    {"en": "process: IRI, CURIE, id or label", "id": "proses: IRI, CURIE, id, atau nama"},
    required=True,
    example="proc:payroll",
)
PLACES = Parameter(
    "to",
    {"en": "countries or sites; all places of the server when left out", "id": "negara atau lokasi; semua bila kosong"},
    many=True,
    example="PH",
)
PLACE = Parameter(
    "to",
    {"en": "country, site or column of a location class", "id": "negara, lokasi, atau kolom kelas lokasi"},
    required=True,
    example="PH",
)
WANTED = Parameter(
    "wanted",
    {
        "en": "grade that is missed; any better one when left out",
        "id": "nilai yang diharapkan",
    },
    choices=("favoured", "possible", "discouraged", "excluded"),
)
MOST = Parameter(
    "most",
    {"en": "facts that may change at once", "id": "fakta yang boleh berubah sekaligus"},
    "integer",
    least=1,
    most=2,
    default="2",
)
_COLUMNS = (
    "core|public_contact|on_site_need|workforce_contact|personal_data|kind|part_of|client_country|customer_country"
)
SET = Parameter(
    "set",
    {
        "en": "column=value, repeatable; an empty value means unknown",
        "id": "kolom=nilai; kosong: belum diketahui",
    },
    many=True,
    required=True,
    example="core=no",
    pattern=f"^({_COLUMNS}|channels|languages|coverage|fte|notes)=",
)
_TEXT = {"type": "array", "items": {"type": "string"}}
_LIST = {"type": "array", "items": {"type": "object"}}
_STRING = {"type": "string"}
_SCHEMAS: Mapping[str, Mapping[str, Any]] = {
    "explain": {"process": _STRING, "name": _STRING, "office_category": _STRING, "answers": _LIST, "places": _LIST},
    "whyNot": {"process": _STRING, "name": _STRING, "place": _STRING, "grade": _STRING, "misses": _LIST},
    "flips": {"process": _STRING, "name": _STRING, "places": _LIST, "questions": _LIST},
    "whatIf": {"supposed": _TEXT, "verdicts": _LIST},
}


@dataclass(frozen=True, slots=True)
class Told:
    """What a verb found, as plain values that include the sentences as `text`."""

    values: dict[str, Any]


Verb = Callable[[KnowledgeGraph, Visit], Told]


def operations(served: Served) -> list[Operation]:
    """Return the operations that give reasons, each for the served graph and for an inventory that is sent."""
    rooms: tuple[tuple[str, str, dict[str, str], Verb, tuple[Parameter, ...]], ...] = (
        (
            "/explain",
            "explain",
            {"en": "Explain the verdicts on a process, with proofs", "id": "Jelaskan putusan atas suatu proses"},
            _explain,
            (PROCESS, PLACES),
        ),
        (
            "/why-not",
            "whyNot",
            {
                "en": "Say what keeps a process from a better grade",
                "id": "Jelaskan penghalang nilai yang lebih baik",
            },
            _why_not,
            (PROCESS, PLACE, WANTED),
        ),
        (
            "/flips",
            "flips",
            {
                "en": "Find the smallest changes that turn a verdict",
                "id": "Cari perubahan terkecil pengubah putusan",
            },
            _flips,
            (PROCESS, PLACES, MOST),
        ),
        (
            "/what-if",
            "whatIf",
            {"en": "Judge a process with some facts changed", "id": "Nilai proses dengan beberapa fakta diubah"},
            _what_if,
            (PROCESS, SET, PLACES),
        ),
    )
    return [operation for room in rooms for operation in _both(served, *room)]


def _both(
    served: Served, path: str, name: str, text: dict[str, str], verb: Verb, parameters: tuple[Parameter, ...]
) -> list[Operation]:
    def ask(visit: Visit) -> Response:
        # Looking for changes over many places fills hundreds of megabytes, which are gone with the fork.
        return _written(served, name, visit, aside(lambda: verb(served.kg, visit)))

    def ask_about(visit: Visit) -> Response:
        given = sent(visit.request)
        full = with_fields(posted, visit, given)
        return _written(served, name, full, judged(served, full, given.files, lambda kg: verb(kg, full)))

    properties = {**_SCHEMAS[name], "text": _TEXT}
    asked = Operation(
        path,
        name,
        "reasons",
        text,
        ask,
        parameters=parameters,
        offers=(JSON, PLAIN, HTML),
        schemas={JSON.media: {"type": "object", "properties": properties, "required": list(properties)}},
        lang=served.lang,
        timeout=SECONDS,
        max_body=MAX_BODY,
    )
    posted = Operation(
        path,
        f"{name}Sent",
        "reasons",
        {"en": f"{text['en']}, of an inventory sent along", "id": f"{text['id']}, dari daftar yang dikirim"},
        ask_about,
        parameters=(*parameters, CLIENT, EVIDENCE, MAP),
        offers=asked.offers,
        schemas=asked.schemas,
        method="POST",
        body=MEDIA,
        lang=served.lang,
        timeout=SECONDS,
        max_body=MAX_BODY,
    )
    return [asked, posted]


def _process(visit: Visit) -> str:
    return visit.one("process") or ""


def _explain(kg: KnowledgeGraph, visit: Visit) -> Told:
    found = [kg.explain(_process(visit), to=place, lang=visit.lang).to_dict() for place in visit.many("to") or (None,)]
    first = found[0]
    for other in found[1:]:
        first["places"] += other["places"]
        first["statements"] |= other["statements"]
        first["text"] += ["", *other["text"]]
    return Told(first)


def _why_not(kg: KnowledgeGraph, visit: Visit) -> Told:
    found = kg.why_not(_process(visit), to=visit.one("to") or "", wanted=visit.one("wanted"), lang=visit.lang)
    return Told({**found.to_dict(), "text": found.to_text().splitlines()})


def _flips(kg: KnowledgeGraph, visit: Visit) -> Told:
    to = visit.many("to") or None
    found = kg.flips(_process(visit), to=to, most=visit.number("most"), lang=visit.lang)
    return Told({**found.to_dict(), "text": found.to_text().splitlines()})


def _what_if(kg: KnowledgeGraph, visit: Visit) -> Told:
    cells = pairs(visit.values["set"], "column=value")
    found = kg.what_if(_process(visit), cells, to=visit.many("to") or None, lang=visit.lang)
    return Told({**found.to_dict(), "text": found.to_text().splitlines()})


def _written(served: Served, name: str, visit: Visit, told: Told) -> Response:
    own = visit.request.method == "GET"
    if visit.offer is HTML:
        words = Words(visit.lang, served.terms)
        if name == "explain":
            return reason_page.show(visit, told.values, words, own=own)
        return reason_page.tell(visit, name, told.values["text"], own=own)
    if visit.offer is PLAIN:
        return visit.answer("\n".join(told.values["text"]) + "\n", cache=own)
    return visit.answer(json.dumps(told.values, ensure_ascii=False) + "\n", cache=own)
