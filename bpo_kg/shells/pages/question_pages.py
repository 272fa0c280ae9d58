"""The catalogue of questions over HTTP: a list, and for each question its form, its answer and its examples.

One `.rq` file makes all of it; a question that is added there is served without a line of code.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from bpo_kg.questions import Parameter as QuestionParameter
from bpo_kg.questions import Question, catalogue
from bpo_kg.shells.pages import question_forms as forms
from bpo_kg.shells.pages.answering import Rows, answer, checked
from bpo_kg.shells.pages.choices import choices
from bpo_kg.shells.pages.operation import CSV, HTML, JSON, Operation, Visit
from bpo_kg.shells.pages.parameters import Parameter
from bpo_kg.shells.pages.question_shapes import QUESTION, RESULTS_JSON, answer_of
from bpo_kg.shells.pages.served import Served, brief
from bpo_kg.shells.server import Response
from bpo_kg.shells.server.negotiation import Offer

RESULTS = Offer("application/sparql-results+json", ("srj",))
_PAGE = 100
_SECONDS = 10.0
"""Wall time of one question, which may have to judge every process for another place first."""
_MOST = 10_000
LIMIT = Parameter(
    "limit", {"en": "rows per page", "id": "baris per halaman"}, "integer", least=1, most=_MOST, default=str(_PAGE)
)
OFFSET = Parameter(
    "offset", {"en": "rows to skip", "id": "baris yang dilewati"}, "integer", least=0, most=10**9 - 1, default="0"
)


def operations(served: Served) -> list[Operation]:
    """Return the operations of the catalogue: the list, and two for each question."""
    listing = Operation(
        "/questions",
        "listQuestions",
        "questions",
        {"en": "List the catalogued questions", "id": "Daftar pertanyaan"},
        _list,
        offers=(JSON, HTML),
        schemas={JSON.media: {"type": "array", "items": QUESTION}},
    )
    found = [listing]
    for question in catalogue().values():
        found += [_ask(served, question), _form(served, question)]
    return found


def _list(visit: Visit) -> Response:
    if visit.offer is HTML:
        return forms.list_page(visit, catalogue().values())
    return visit.answer(_json([_described(q, visit.lang) for q in catalogue().values()]))


def _ask(served: Served, question: Question) -> Operation:
    def respond(visit: Visit) -> Response:
        return _answered(served, question, visit)

    return Operation(
        f"/questions/{question.name}",
        f"ask-{question.name}",
        "questions",
        question.text,
        respond,
        form=lambda visit: forms.form_page(visit, served, question, _given(question, visit)),
        parameters=(*_declared(question), LIMIT, OFFSET),
        offers=(JSON, RESULTS, CSV, HTML),
        schemas={JSON.media: answer_of(question.name), RESULTS.media: RESULTS_JSON},
        timeout=_SECONDS,
    )


def _form(served: Served, question: Question) -> Operation:
    def respond(visit: Visit) -> Response:
        described = _described(question, visit.lang)
        for field, parameter in zip(described["parameters"], _asked(question), strict=True):
            offered = choices(served, parameter, visit.lang)
            field["values"] = [{"value": c.value, "label": c.label} for c in offered]
        return visit.answer(_json(described))

    return Operation(
        f"/questions/{question.name}/form",
        f"form-{question.name}",
        "questions",
        {
            "en": f"Parameters of “{question.text['en']}”, with the values the graph holds",
            "id": f"Parameter “{question.text['id']}”, dengan nilai yang ada di graf",
        },
        respond,
        schemas={JSON.media: QUESTION},
    )


def _asked(question: Question) -> list[QuestionParameter]:
    """Return the parameters that a reader fills in; the language is that of the reader."""
    return [parameter for parameter in question.parameters if parameter.name != "lang"]


def _declared(question: Question) -> tuple[Parameter, ...]:
    examples = {name: value for case in reversed(forms.examples(question)) for name, value in case.items()}
    found = []
    for parameter in _asked(question):
        kind = {"country": "string", "iri": "string" if parameter.cls else "iri"}.get(parameter.type, parameter.type)
        found.append(
            Parameter(
                parameter.name,
                {lang: _spoken(parameter, lang) for lang in ("en", "id")},
                kind,
                required=not parameter.optional,
                default=parameter.default,
                example=examples.get(parameter.name),
            )
        )
    return tuple(found)


def _spoken(parameter: QuestionParameter, lang: str) -> str:
    said = parameter.label.get(lang, parameter.name)
    if parameter.type == "country":
        return said + {"en": " (code or name)", "id": " (kode atau nama)"}[lang]
    if parameter.cls:
        return said + {"en": f" (name, id or IRI of a {brief(parameter.cls)})", "id": " (nama, id, atau IRI)"}[lang]
    return said


def _given(question: Question, visit: Visit) -> dict[str, str]:
    return {p.name: value for p in _asked(question) if (value := visit.one(p.name)) is not None}


def _described(question: Question, lang: str) -> dict[str, Any]:
    return {
        "name": question.name,
        "question": dict(question.text),
        "parameters": [
            {
                "name": p.name,
                "type": p.type,
                "class": brief(p.cls) if p.cls else "",
                "required": not p.optional,
                "default": p.default,
                "label": p.label.get(lang, p.name),
            }
            for p in _asked(question)
        ],
        "source": list(question.source),
        "examples": forms.examples(question),
        "answers": f"/questions/{question.name}",
        "form": f"/questions/{question.name}/form",
    }


def _answered(served: Served, question: Question, visit: Visit) -> Response:
    given = _given(question, visit)
    checked(question, given)
    asked = dict(given)
    if len(_asked(question)) < len(question.parameters):
        asked["lang"] = visit.lang
    limit, offset = visit.number("limit"), visit.number("offset")
    rows = answer(served, question, asked, lang=visit.lang, limit=limit, offset=offset)
    following = _link(question, visit, offset + limit) if offset + limit < rows.total else None
    headers = _headers(rows, following)
    if visit.offer is HTML:
        before = _link(question, visit, max(0, offset - limit)) if offset else None
        return forms.answer_page(visit, served, question, given, rows, following, before, headers)
    if visit.offer is CSV:
        return visit.answer(_csv(rows), *headers)
    if visit.offer is RESULTS:
        return visit.answer(_json(rows.bindings()), *headers)
    told = {
        "question": question.name,
        "text": question.text[visit.lang],
        "lang": visit.lang,
        "parameters": given,
        "columns": list(rows.columns),
        "rows": rows.plain(),
        "total": rows.total,
        "limit": limit,
        "offset": offset,
        "next": following,
        "why_empty": list(rows.reasons),
    }
    return visit.answer(_json(told), *headers)


def _link(question: Question, visit: Visit, offset: int) -> str:
    kept = [(name, value) for name, value in visit.request.parameters if name != "offset" and value]
    return f"/questions/{question.name}?{urlencode([*kept, ('offset', str(offset))])}"


def _headers(rows: Rows, following: str | None) -> list[tuple[str, str]]:
    found = [("total-count", str(rows.total))]
    if following is not None:
        found.append(("link", f'<{following}>; rel="next"'))
    if rows.reasons:
        found.append(("why-empty", header_text("; ".join(rows.reasons))))
    return found


def header_text(text: str) -> str:
    """Return text that a header can carry: printable ASCII, at most 900 characters."""
    return text.encode("ascii", "replace").decode().replace("\n", " ").replace("\r", " ")[:900]


def _csv(rows: Rows) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(rows.columns)
    writer.writerows([cell[1] for cell in row] for row in rows.cells)
    return out.getvalue()


def _json(value: Mapping[str, Any] | Sequence[Any]) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"
