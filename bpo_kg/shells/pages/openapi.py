"""Describe the operations in OpenAPI 3.1, for programs, and as a page that loads nothing from anywhere else."""

import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from bpo_kg import __version__
from bpo_kg.shells.pages.markup import Content, Markup, tag
from bpo_kg.shells.pages.operation import HTML, JSON, Operation, Visit
from bpo_kg.shells.pages.page import here, more, page, table
from bpo_kg.shells.pages.parameters import Parameter
from bpo_kg.shells.pages.texts import say
from bpo_kg.shells.server import Response

_PROBLEM = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
    "required": ["type", "title", "status", "detail"],
}
_REFUSALS = {
    400: "a parameter is missing, unknown or of the wrong type",
    404: "what is named does not exist",
    406: "none of the acceptable formats can be had",
    413: "the body or the answer is over a limit",
    415: "the body is of no type that can be read",
    503: "the request took longer, or needs more memory, than one request may",
}
_GROUPS = {
    "pages": "Pages for people",
    "verdicts": "Judge inventories",
    "reasons": "Reasons",
    "questions": "Catalogued questions",
    "graph": "The graph as linked data",
    "interface": "This description",
}


def operations(listed: Callable[[], Sequence[Operation]], lang: str) -> list[Operation]:
    """Return the operations that describe all operations, these two included.

    Args:
        listed: gives every operation of the server.
    """
    description = Operation(
        "/openapi.json",
        "openapi",
        "interface",
        {"en": "This description, in OpenAPI 3.1", "id": "Deskripsi ini, dalam OpenAPI 3.1"},
        lambda visit: visit.answer(json.dumps(document(listed(), visit.lang), ensure_ascii=False, indent=1) + "\n"),
        schemas={JSON.media: {"type": "object", "required": ["openapi", "info", "paths"]}},
        lang=lang,
    )
    reading = Operation(
        "/docs",
        "docs",
        "interface",
        {"en": "This description as a page", "id": "Deskripsi ini sebagai halaman"},
        lambda visit: _page(visit, listed()),
        offers=(HTML,),
        lang=lang,
    )
    return [description, reading]


def document(listed: Sequence[Operation], lang: str) -> dict[str, Any]:
    """Return the OpenAPI document of some operations."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in listed:
        path = operation.path.replace(":rest}", "}")
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, lang)
    groups = dict.fromkeys(operation.group for operation in listed)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "bpo-kg",
            "version": __version__,
            "summary": say("title", lang),
            "description": say("lead", lang),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": group, "description": _GROUPS[group]} for group in groups],
        "paths": paths,
        "components": {
            "schemas": {"Problem": _PROBLEM},
            "responses": {
                str(status): {
                    "description": text,
                    "content": {
                        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
                        "text/html": {"schema": {"type": "string"}},
                    },
                }
                for status, text in _REFUSALS.items()
            },
        },
    }


def _operation(operation: Operation, lang: str) -> dict[str, Any]:
    content = {
        offer.media: {"schema": dict(operation.schemas[offer.media])} if offer.media in operation.schemas else {}
        for offer in operation.offers
    }
    statuses = [400, 404, 406, 413, 503] if operation.method == "GET" else list(_REFUSALS)
    found: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.text[lang],
        "tags": [operation.group],
        "parameters": [_parameter(parameter, lang) for parameter in operation.declared],
        "responses": {
            "200": {"description": "the answer", "content": content},
            **{str(status): {"$ref": f"#/components/responses/{status}"} for status in statuses},
        },
    }
    if operation.body:
        found["requestBody"] = {"required": True, "content": {media: _body(media) for media in operation.body}}
    return found


def _body(media: str) -> dict[str, Any]:
    if media == "application/json":
        cell = {"type": ["string", "number", "boolean", "array", "null"]}
        row = {"type": "object", "properties": {"name": {"type": "string"}}, "additionalProperties": cell}
        return {"schema": {"type": "array", "minItems": 1, "items": {**row, "required": ["name"]}}}
    if media == "multipart/form-data":
        file = {"type": "string", "contentMediaType": "application/octet-stream", "minLength": 1, "pattern": r"\S"}
        return {"schema": {"type": "object", "properties": {"file": file}, "required": ["file"]}}
    if media == "application/x-www-form-urlencoded":
        text = {"type": "string", "minLength": 1, "pattern": r"\S", "description": "a table, as text"}
        return {"schema": {"type": "object", "properties": {"inventory": text}, "required": ["inventory"]}}
    return {}


def _parameter(parameter: Parameter, lang: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": parameter.name,
        "in": parameter.where,
        "description": parameter.text.get(lang, parameter.text["en"]),
        "required": parameter.required,
        "schema": parameter.schema(),
    }
    if parameter.example is not None:
        found["example"] = [parameter.example] if parameter.many else _typed(parameter)
    return found


def _typed(parameter: Parameter) -> Any:
    example = parameter.example
    if parameter.kind == "boolean":
        return example == "true"
    return int(str(example)) if parameter.kind == "integer" else example


def _page(visit: Visit, listed: Sequence[Operation]) -> Response:
    lang = visit.lang
    groups: dict[str, list[Operation]] = {}
    for operation in listed:
        groups.setdefault(operation.group, []).append(operation)
    sections: list[Content] = []
    for group in ("verdicts", "reasons", "questions", "graph", "pages", "interface"):
        entries = [_entry(operation, lang) for operation in groups.get(group, ())]
        if entries:
            sections.append(tag("section", tag("h2", _GROUPS[group] if lang == "en" else _INDONESIAN[group]), entries))
    lead = [
        tag(
            "p", say("docs.lead", lang), " ", tag("a", "/openapi.json", href=here("/openapi.json", lang)), class_="lead"
        ),
        tag("p", tag("code", "/sparql"), " · SPARQL 1.1 Protocol; ", tag("code", "/data"), " · Graph Store Protocol"),
    ]
    return page(visit, say("docs.title", lang), lead, sections, section="docs")


_INDONESIAN = {
    "pages": "Halaman untuk pembaca",
    "verdicts": "Menilai daftar proses",
    "reasons": "Alasan",
    "questions": "Pertanyaan dalam katalog",
    "graph": "Graf sebagai data tertaut",
    "interface": "Deskripsi ini",
}


def _entry(operation: Operation, lang: str) -> Markup:
    path = operation.path.replace(":rest}", "}")
    summary = [
        tag("span", operation.method, class_=f"method {operation.method}"),
        " ",
        tag("code", path),
        " ",
        tag("span", operation.text[lang], class_="quiet"),
    ]
    rows = [
        [
            tag("code", p.name),
            p.text.get(lang, p.text["en"]),
            " | ".join(p.choices) or p.kind,
            say("docs.required", lang) if p.required else "",
            tag("code", p.example) if p.example else None,
        ]
        for p in operation.declared
    ]
    media = ", ".join(offer.media for offer in operation.offers)
    return more(
        summary,
        table([say("docs.parameters", lang), "", "", "", say("question.examples", lang)], rows),
        tag("p", say("docs.body", lang), ": ", ", ".join(operation.body)) if operation.body else None,
        tag("p", say("docs.answers", lang), ": ", media),
        tag("p", tag("a", say("docs.try", lang), href=_example(operation, path, lang)))
        if operation.method == "GET"
        else None,
        class_="operation",
    )


def _example(operation: Operation, path: str, lang: str) -> str:
    values = {"lang": lang}
    for parameter in operation.parameters:
        if parameter.example is not None and parameter.where == "path":
            path = path.replace(f"{{{parameter.name}}}", parameter.example)
        elif parameter.example is not None and parameter.required:
            values[parameter.name] = parameter.example
    return f"{path}?{urlencode(values)}"
