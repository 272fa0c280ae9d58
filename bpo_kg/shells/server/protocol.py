"""Answer the SPARQL 1.1 Protocol at `/sparql`: which text a request carries, over which graphs, in which format.

Reading happens in a worker, on its fork of the store. An update is only recognised here; a worker of its own
runs it, because it spoils the fork.
"""

import contextlib
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from bpo_kg.shells.server.answers import results_response
from bpo_kg.shells.server.changes import Draft
from bpo_kg.shells.server.content import Content, graph_nodes
from bpo_kg.shells.server.description import describe
from bpo_kg.shells.server.grammar import Call, check_shape, is_steady, outward_calls
from bpo_kg.shells.server.http import Problem, Request, form_pairs
from bpo_kg.shells.server.limits import Seal
from bpo_kg.shells.server.options import ServerOptions
from bpo_kg.shells.server.responses import Response
from bpo_kg.shells.server.updates import UpdateRun

_FORM = "application/x-www-form-urlencoded"
_QUERY = "application/sparql-query"
_UPDATE = "application/sparql-update"
METHODS = ("GET", "HEAD", "POST", "QUERY")


@dataclass(slots=True)
class Operation:
    """What a request at `/sparql` asks for: a text, and the graphs that it should see."""

    text: str
    update: bool
    default: list[str]
    named: list[str]


@dataclass(frozen=True, slots=True)
class Manner:
    """What an answer to a query depends on besides its text: where it was asked, and how it should be told."""

    base: str
    accept: str
    language: str

    @classmethod
    def of(cls, headers: dict[bytes, bytes]) -> "Manner":
        """Return what the headers of a request say."""
        host, accept, language = (headers.get(name, b"").decode("latin-1") for name in _TELLING)
        return cls(f"http://{host or 'localhost'}/sparql", accept, language)


_TELLING = (b"host", b"accept", b"accept-language")


def operation(request: Request, max_query: int) -> Operation | None:
    """Return the operation that a request carries, None if it asks for the service description.

    Raises:
        Problem: 400, 413 or 415, as the protocol says.
    """
    pairs = request.parameters
    if request.method == "GET":
        if any(name == "update" for name, _ in pairs):
            raise Problem(400, "an update is sent by POST")
        if len(pairs) == 1 and pairs[0][0] == "query":
            return sized(Operation(pairs[0][1], False, [], []), max_query)
        found = _one(pairs, "query")
        if found is None:
            return None
        return sized(Operation(found, False, *_graphs(pairs, "default-graph-uri", "named-graph-uri")), max_query)
    if request.media == _FORM and request.method == "POST":
        pairs = [*pairs, *form_pairs(request.body)]
        query, update = _one(pairs, "query"), _one(pairs, "update")
        if (query is None) == (update is None):
            raise Problem(400, "a form carries one query or one update")
    elif request.media == _QUERY:
        query, update = _text(request), None
    elif request.media == _UPDATE and request.method == "POST":
        query, update = None, _text(request)
    else:
        raise Problem(
            415, f"a request carries {_FORM}, {_QUERY} or {_UPDATE}", Accept_Post=f"{_FORM}, {_QUERY}, {_UPDATE}"
        )
    if update is not None:
        return sized(Operation(update, True, *_graphs(pairs, "using-graph-uri", "using-named-graph-uri")), max_query)
    assert query is not None
    return sized(Operation(query, False, *_graphs(pairs, "default-graph-uri", "named-graph-uri")), max_query)


def _one(pairs: list[tuple[str, str]], name: str) -> str | None:
    values = [value for key, value in pairs if key == name]
    if len(values) > 1:
        raise Problem(400, f"parameter {name} is given more than once")
    return values[0] if values else None


def _text(request: Request) -> str:
    charset = request.header("content-type").lower().partition("charset=")[2].strip(' "').partition(";")[0]
    if charset not in {"", "utf-8", "utf8", "us-ascii"}:
        raise Problem(400, "the text is not UTF-8")
    if any(name in {"query", "update"} for name, _ in request.parameters):
        raise Problem(400, "the text is given twice, in the address and in the body")
    try:
        return request.body.decode()
    except UnicodeDecodeError:
        raise Problem(400, "the text is not UTF-8") from None


def _graphs(pairs: list[tuple[str, str]], default: str, named: str) -> tuple[list[str], list[str]]:
    return [v for n, v in pairs if n == default], [v for n, v in pairs if n == named]


def sized(found: Operation, max_query: int) -> Operation:
    """Return an operation whose text is not too long.

    Raises:
        Problem: 413 naming the limit.
    """
    if 4 * len(found.text) > max_query and len(found.text.encode(errors="replace")) > max_query:
        raise Problem(413, f"the text is longer than {max_query} bytes")
    return found


@dataclass(frozen=True, slots=True)
class SparqlEndpoint:
    """`/sparql` over one content."""

    content: Content
    options: ServerOptions
    seal: Seal

    def describe(self, request: Request) -> Response:
        """Describe the service.

        Raises:
            Problem: 406 without an acceptable format.
        """
        return describe(request, self.content, self.options)

    def query(self, asked: Operation, manner: Manner) -> Response:
        """Answer a query.

        Raises:
            Problem: 400 for a bad text, 403 for a call to the outside, 406 and 413 as `results_response`.
        """
        check_shape(asked.text, nesting=self.options.nesting)
        scope = self.content.scope_for(asked.text, asked.default, asked.named)
        calls = outward_calls(asked.text)
        try:
            if calls:
                self._parse(asked.text, manner.base)
            if calls and self._allows(calls):
                results = self.content.store.query(asked.text, base_iri=manner.base, **scope)
                return self._written(results, manner.accept, None, asked.text)
            with self.seal:
                results = self.content.store.query(asked.text, base_iri=manner.base, **scope)
                return self._written(results, manner.accept, self.seal, asked.text)
        except SyntaxError as error:
            raise Problem(400, f"not a SPARQL query: {error}") from None
        except (OSError, RuntimeError, ValueError):
            raise Problem(400, "the query cannot be evaluated") from None

    def _written(self, results: Any, accept: str, seal: Seal | None, text: str) -> Response:
        limits = self.options
        response = results_response(results, accept, max_rows=limits.max_rows, max_bytes=limits.max_bytes, seal=seal)
        response.cache = seal is not None and is_steady(text)
        return response

    def update(self, request: Request, asked: Operation, draft: Draft) -> None:
        """Run an update on a worker's own copy of the store.

        Raises:
            Problem: as `UpdateRun.run`, and 403 for a call to the outside.
        """
        using = None
        if asked.default or asked.named:
            using = (graph_nodes(asked.default), graph_nodes(asked.named))
        check_shape(asked.text, nesting=self.options.nesting)
        run = UpdateRun(draft, self.content.chosen, request.origin + "/sparql", using)
        with self.seal:
            run.parse(asked.text)
            if not self._allows(outward_calls(asked.text)):
                run.run(asked.text)
                return
        run.run(asked.text)

    def _parse(self, text: str, base: str) -> None:
        """Let the engine's parser see a query that calls out, so that what is no query is refused as such."""
        with self.seal, contextlib.suppress(OSError, RuntimeError):  # ASK is evaluated at once, and cannot be here
            ox.Store().query(text, base_iri=base)

    def _allows(self, calls: list[Call]) -> bool:
        """Return whether a text with these calls may go out, which it may if the operator allowed every IRI.

        Raises:
            Problem: 403 for a call that is neither allowed nor silent; a silent one finds nothing.
        """
        refused = [call for call in calls if call.iri not in self.options.allow_remote]
        for call in refused:
            if not call.silent:
                raise Problem(403, f"{call.word} may not leave this machine; the operator can allow an IRI")
        return bool(calls) and not refused
