"""Answer the SPARQL 1.1 Protocol at `/sparql`: which text a request carries, over which graphs, in which format.

Reading happens in a worker, on its fork of the store. An update is only recognised here; a worker of its own
runs it, because it spoils the fork.
"""

from dataclasses import dataclass
from typing import Any

from bpo_kg.shells.server.answers import results_response
from bpo_kg.shells.server.changes import Draft
from bpo_kg.shells.server.content import Content, graph_nodes
from bpo_kg.shells.server.description import describe
from bpo_kg.shells.server.grammar import check_shape, is_steady, outward_calls
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
            return _sized(Operation(pairs[0][1], False, [], []), max_query)
        found = _one(pairs, "query")
        if found is None:
            return None
        return _sized(Operation(found, False, *_graphs(pairs, "default-graph-uri", "named-graph-uri")), max_query)
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
        return _sized(Operation(update, True, *_graphs(pairs, "using-graph-uri", "using-named-graph-uri")), max_query)
    assert query is not None
    return _sized(Operation(query, False, *_graphs(pairs, "default-graph-uri", "named-graph-uri")), max_query)


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


def _sized(found: Operation, max_query: int) -> Operation:
    if 4 * len(found.text) > max_query and len(found.text.encode(errors="replace")) > max_query:
        raise Problem(413, f"the text is longer than {max_query} bytes")
    return found


@dataclass(frozen=True, slots=True)
class SparqlEndpoint:
    """`/sparql` over one content."""

    content: Content
    options: ServerOptions
    seal: Seal

    def query(self, request: Request, asked: Operation | None) -> Response:
        """Answer a query, or describe the service.

        Raises:
            Problem: 400 for a bad text, 403 for a call to the outside, 406 and 413 as `results_response`.
        """
        if asked is None:
            return describe(request, self.content, self.options)
        check_shape(asked.text, nesting=self.options.nesting)
        scope = self.content.scope_for(asked.text, asked.default, asked.named)
        base, accept = request.origin + "/sparql", request.header("accept")
        try:
            with self.seal:
                # Only parsed so far: solutions are computed while they are written.
                results = self.content.store.query(asked.text, base_iri=base, **scope)
                if not self._goes_out(asked.text):
                    return self._written(results, accept, self.seal, asked.text)
            return self._written(results, accept, None, asked.text)
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
            if not self._goes_out(asked.text):
                run.run(asked.text)
                return
        run.run(asked.text)

    def _goes_out(self, text: str) -> bool:
        """Return whether a text may go out, which it may if the operator allowed every IRI that it calls.

        Raises:
            Problem: 403 for a call that is neither allowed nor silent; a silent one finds nothing.
        """
        calls = outward_calls(text)
        refused = [call for call in calls if call.iri not in self.options.allow_remote]
        for call in refused:
            if not call.silent:
                raise Problem(403, f"{call.word} may not leave this machine; the operator can allow an IRI")
        return bool(calls) and not refused
