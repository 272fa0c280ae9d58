"""Judge an inventory over HTTP: `/assess` takes one in any format and gives verdicts and findings back.

The inventory is read beside the served graph, in a fork, and is gone with the answer. What the server was started with
(rules, places, evidence) applies to it as well.
"""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from bpo_kg import export
from bpo_kg.graph import KnowledgeGraph
from bpo_kg.shells.pages import inventory_page
from bpo_kg.shells.pages.aside import aside
from bpo_kg.shells.pages.operation import CSV, HTML, JSON, Operation, Visit
from bpo_kg.shells.pages.parameters import Parameter, read
from bpo_kg.shells.pages.served import Served
from bpo_kg.shells.pages.uploads import MAX_BODY, MEDIA, Sent, Upload, folder, lay_out, sent
from bpo_kg.shells.results import pairs
from bpo_kg.shells.server import Response
from bpo_kg.shells.server.negotiation import Offer
from bpo_kg.shells.words import Words
from bpo_kg.sources.facts import Finding
from bpo_kg.sources.findings_out import plain
from bpo_kg.suitability.rows import AssessmentTable

Found = TypeVar("Found")
SECONDS = 20.0
"""Wall time that reading and judging one inventory may take."""
MARKDOWN = Offer("text/markdown", ("md",))
TURTLE = Offer("text/turtle", ("ttl",))
WORKBOOK = Offer("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ("xlsx",))
_KEPT = 1 << 20
"""Bytes of an inventory that a page carries along, so that its rows can be asked about."""
TO = Parameter(
    "to",
    {"en": "countries or sites to deliver from, comma-separated", "id": "negara atau lokasi penyediaan, dipisah koma"},
    many=True,
    example="PH,ID",
)
CLIENT = Parameter(
    "client",
    {"en": "client's country, for processes that name none", "id": "negara klien, untuk proses yang tidak menyebutnya"},
    example="GB",
)
MAP = Parameter(
    "map",
    {
        "en": "HEADER=COLUMN, a header of the table and the inventory column that it stands for",
        "id": "JUDUL=KOLOM, judul pada tabel dan kolom inventaris yang dimaksud",
    },
    many=True,
    pattern="^[^=]*[^=\\s][^=]*=.",
    example="Their header=kind",
)
EVIDENCE = Parameter(
    "evidence",
    {"en": "whether published measures count", "id": "apakah hasil ukur terbitan diperhitungkan"},
    choices=("on", "off"),
)
TERMS = Parameter(
    "terms",
    {"en": "words for distances, on pages and in Markdown", "id": "istilah untuk jarak, di halaman dan Markdown"},
    choices=("trade", "article"),
)
_FINDING = {
    "type": "object",
    "properties": {
        "file": {"type": "string"},
        "line": {"type": "integer"},
        "column": {"type": "integer"},
        "element": {"type": "string"},
        "severity": {"enum": ["error", "warning", "suggestion"]},
        "code": {"type": "string"},
        "message": {"type": "string"},
    },
    "required": ["file", "line", "column", "severity", "code", "message"],
}
_ROW = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "name": {"type": "string"},
        "office_category": {"enum": ["front", "back", "mixed", "unknown"]},
        "outsourcing": {"enum": ["candidate", "core", "unknown"]},
        "location_bound": {"enum": ["yes", "no", "unknown"]},
        "status": {"enum": ["decided", "provisional", "undetermined", "contested"]},
        "answers": {"type": "object"},
        "verdicts": {"type": "object"},
    },
    "required": ["id", "name", "office_category", "outsourcing", "location_bound", "status", "answers", "verdicts"],
}
_SCHEMA = {
    "type": "object",
    "properties": {
        "columns": {"type": "array", "items": {"type": "string"}},
        "rows": {"type": "array", "items": _ROW},
        "findings": {"type": "array", "items": _FINDING},
        "left_out": {"type": "integer", "minimum": 0, "description": "rows without a name"},
    },
    "required": ["columns", "rows", "findings", "left_out"],
}


@dataclass(frozen=True, slots=True)
class Judged:
    """An assessed inventory in a format: the body, and what was noticed."""

    body: bytes
    findings: tuple[Finding, ...]


def operations(served: Served) -> list[Operation]:
    """Return the operations at `/assess`: judge what is sent, or show the processes of this server."""
    offers = (JSON, CSV, MARKDOWN, WORKBOOK, TURTLE, HTML)
    parameters = (TO, CLIENT, EVIDENCE, MAP, TERMS)

    def post(visit: Visit) -> Response:
        given = sent(visit.request)
        return _assess(served, with_fields(posted, visit, given), given)

    posted = Operation(
        "/assess",
        "assess",
        "verdicts",
        {"en": "Judge an inventory: verdicts and findings", "id": "Nilai daftar proses: putusan dan temuan"},
        post,
        parameters=parameters,
        offers=offers,
        schemas={JSON.media: _SCHEMA},
        method="POST",
        body=MEDIA,
        lang=served.lang,
        timeout=SECONDS,
        max_body=MAX_BODY,
    )
    own = Operation(
        "/assess",
        "assessServed",
        "verdicts",
        {"en": "Verdicts on the processes of this server", "id": "Putusan atas proses di server ini"},
        lambda visit: _assess_served(served, visit),
        parameters=(TO, TERMS),
        offers=offers,
        schemas={JSON.media: _SCHEMA},
        lang=served.lang,
        timeout=SECONDS,
        max_body=MAX_BODY,
    )
    return [own, posted]


def with_fields(operation: Operation, visit: Visit, given: Sent) -> Visit:
    """Return the visit with the fields of its form read as parameters.

    Raises:
        Problem: 400 for a field that is unknown, repeated or of the wrong type.
    """
    if not given.fields:
        return visit
    values = read([*visit.request.parameters, *given.fields], operation.declared, lenient=visit.offer is HTML)
    spoken = values.get("lang")
    return replace(visit, values=values, lang=spoken[0] if spoken else visit.lang)


def judged(served: Served, visit: Visit, files: tuple[Upload, ...], work: Callable[[KnowledgeGraph], Found]) -> Found:
    """Load what a visitor sent and return what `work` makes of it, in a fork.

    Raises:
        Problem, BpoKgError: it cannot be read, or names no such country.
    """
    evidence = visit.one("evidence")
    mapping = pairs(visit.values.get("map", ()), "HEADER=COLUMN")

    with folder() as place:

        def read_and_work() -> Found:
            paths = lay_out(files, place)
            counts = None if evidence is None else evidence == "on"
            return work(served.load(paths, visit.one("client"), visit.many("to"), counts, mapping))

        return aside(read_and_work)


def _assess(served: Served, visit: Visit, given: Sent) -> Response:
    def work(kg: KnowledgeGraph) -> Judged:
        return _written(served, visit, kg, kg.assess(), _carried(visit, given))

    return _answer(visit, judged(served, visit, given.files, work))


def _assess_served(served: Served, visit: Visit) -> Response:
    def work() -> Judged:
        return _written(served, visit, served.kg, served.kg.assess(to=visit.many("to") or None), None)

    return _answer(visit, aside(work))


def _carried(visit: Visit, given: Sent) -> Mapping[str, str]:
    """Return the fields by which a page of verdicts asks about its rows again; none for a large inventory."""
    headers = visit.values.get("map", ())
    if len(given.files) != 1 or len(given.files[0].content) > _KEPT or len(headers) > 1:
        return {}
    fields = {"inventory64": base64.b64encode(given.files[0].content).decode(), "filename": given.files[0].name}
    for name in ("client", "evidence"):
        if (value := visit.one(name)) is not None:
            fields[name] = value
    return {**fields, **({"map": headers[0]} if headers else {})}


def _written(
    served: Served, visit: Visit, kg: KnowledgeGraph, table: AssessmentTable, carried: Mapping[str, str] | None
) -> Judged:
    lang, offer = visit.lang, visit.offer
    words = Words(lang, visit.one("terms") or served.terms)
    left_out = sum(inventory.left_out for inventory in kg.loaded.inventories)
    findings = tuple(dict.fromkeys(kg.findings))
    if offer is HTML:
        response = inventory_page.show(visit, table, findings, left_out, words, carried)
        assert isinstance(response.body, bytes)
        return Judged(response.body, findings)
    content: str | bytes
    if offer is CSV:
        content = export.table_csv(table)
    elif offer is MARKDOWN:
        content = export.table_markdown(table, words)
    elif offer is WORKBOOK:
        content = export.table_workbook(table, lang)
    elif offer is TURTLE:
        content = kg.export("assessed", "ttl")
    else:
        content = json.dumps(_told(table, findings, left_out, lang), ensure_ascii=False) + "\n"
    return Judged(content.encode() if isinstance(content, str) else content, findings)


def _told(table: AssessmentTable, findings: Sequence[Finding], left_out: int, lang: str) -> dict[str, Any]:
    return {
        "columns": table.header,
        "rows": table.to_dicts(lang),
        "findings": [plain(finding, lang) for finding in findings],
        "left_out": left_out,
    }


def _answer(visit: Visit, made: Judged) -> Response:
    counts = {kind: sum(f.severity == kind for f in made.findings) for kind in ("error", "warning", "suggestion")}
    told = ", ".join(f"{kind}s={count}" for kind, count in counts.items())
    # What somebody sent is not kept, not even in the server's memory of answers.
    return visit.answer(made.body, ("findings", told), cache=visit.request.method == "GET")
