"""Say of any query why it has no answers: `/why-empty`, for people and tools that got an empty table.

A query that has answers is said to have them. Nothing in the query is fetched, and the look at it is short.
"""

import json
from collections.abc import Callable
from urllib.parse import urlencode

import pyoxigraph as ox

from bpo_kg.doctor import diagnose, why_empty
from bpo_kg.errors import QueryError
from bpo_kg.shells.pages.aside import GivenUp, aside
from bpo_kg.shells.pages.language import preferred
from bpo_kg.shells.pages.operation import JSON, PLAIN, Operation, Visit
from bpo_kg.shells.pages.parameters import Parameter
from bpo_kg.shells.pages.question_pages import header_text
from bpo_kg.shells.pages.served import Served
from bpo_kg.shells.server import Problem, Response
from bpo_kg.shells.server.grammar import check_shape, outward_calls
from bpo_kg.shells.server.limits import Seal
from bpo_kg.vocabulary import PREFIXES

_SECONDS = 3.0
_PATIENCE = 2.5
"""Seconds that an answer without rows may wait for its reason: half of what a request has, on a busy machine too."""
_LONG = 2000
"""Characters of a query that still fits into the address of a link."""
_NESTING = 200
_QUERY = Parameter(
    "query", {"en": "the SPARQL query", "id": "kueri SPARQL"}, "text", required=True,
    example="SELECT ?process WHERE { ?process a bpo:BackOfficeProces }",
)  # fmt: skip
_SCHEMA = {
    "type": "object",
    "properties": {
        "empty": {"type": "boolean"},
        "pattern": {
            "type": "string",
            "description": "first triple pattern to leave nothing; empty: a filter",
        },
        "alone": {"type": "boolean", "description": "the pattern matches nothing even by itself"},
        "unused": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"term": {"type": "string"}, "near": {"type": "string"}},
                "required": ["term", "near"],
            },
        },
        "text": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["empty", "pattern", "alone", "unused", "text"],
}


def operations(served: Served) -> list[Operation]:
    """Return the operation at `/why-empty`."""
    return [
        Operation(
            "/why-empty",
            "whyEmpty",
            "reasons",
            {"en": "Say why a query has no answers", "id": "Jelaskan mengapa suatu kueri tidak ada jawabannya"},
            lambda visit: _explain(served, visit),
            parameters=(_QUERY,),
            offers=(JSON, PLAIN),
            schemas={JSON.media: _SCHEMA},
            lang=served.lang,
        )
    ]


def _explain(served: Served, visit: Visit) -> Response:
    query = visit.one("query") or ""
    check_shape(query, nesting=_NESTING)
    if outward_calls(query):
        raise Problem(403, "a query that calls other services is not looked into")

    def look() -> dict[str, object]:
        seal = Seal()
        try:
            if not _is_empty(served, query, seal):
                return {"empty": False, "pattern": "", "alone": False, "unused": [], "text": []}
            found = diagnose(served.kg.dataset, query)
        except QueryError as error:
            raise Problem(400, str(error)) from None
        if found is None:
            return {"empty": True, "pattern": "", "alone": False, "unused": [], "text": []}
        return {
            "empty": True,
            "pattern": found.pattern,
            "alone": found.alone,
            "unused": [{"term": term, "near": near} for term, near in found.unused],
            "text": found.sentences(visit.lang),
        }

    try:
        told = aside(look, seconds=_SECONDS)
    except GivenUp:
        raise Problem(503, f"no reason was found within {_SECONDS:g} seconds") from None
    if visit.offer is PLAIN:
        lines = told["text"]
        assert isinstance(lines, list)
        return visit.answer("".join(f"{line}\n" for line in lines))
    return visit.answer(json.dumps(told, ensure_ascii=False) + "\n")


def _is_empty(served: Served, query: str, seal: Seal) -> bool:
    with seal:
        results = served.kg.dataset.query(query, prefixes=PREFIXES)
        if isinstance(results, ox.QueryBoolean):
            return not bool(results)
        return next(iter(results), None) is None


def headers_when_empty(served: Served) -> Callable[[str, str], tuple[tuple[str, str], ...]]:
    """Return what tells, in headers, why a query at `/sparql` has no rows, and where to read more."""

    def headers(query: str, accept_language: str) -> tuple[tuple[str, str], ...]:
        lang = preferred(accept_language, served.lang)
        found: list[tuple[str, str]] = [("vary", "accept-language")]
        if len(query) < _LONG:
            found.append(("link", f'</why-empty?{urlencode({"query": query, "lang": lang})}>; rel="help"'))
        try:
            lines = aside(lambda: why_empty(served.kg.dataset, query, lang), seconds=_PATIENCE)
        except (GivenUp, MemoryError):
            lines = []
        if lines:
            found.append(("why-empty", header_text("; ".join(lines))))
        return tuple(found)

    return headers
