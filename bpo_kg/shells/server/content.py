"""Say what a server serves: a store, how its graphs are laid out, what follows a write, which pages it has.

The server knows SPARQL, HTTP and processes, and nothing of outsourcing: whoever builds the content hands in
the reasoning and the pages as plain functions.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pyoxigraph as ox

from bpo_kg.shells.server.changes import Layout, Step
from bpo_kg.shells.server.grammar import tokens
from bpo_kg.shells.server.http import Problem, Request
from bpo_kg.shells.server.responses import Response

Handler = Callable[[Request], Response]
SIMPLE = "http://www.w3.org/ns/entailment/Simple"


@dataclass(frozen=True, slots=True)
class Route:
    """A page or an operation: a path with `{placeholders}`, and the function that answers it in a worker.

    Attributes:
        path: `{name}` stands for one segment; `{name:rest}` for all that follows, slashes included.
        timeout: seconds, where the server's own limit does not fit.
        max_body: bytes of body that the route takes, before and after decompression.
    """

    path: str
    handler: Handler
    methods: tuple[str, ...] = ("GET",)
    timeout: float | None = None
    max_body: int = 1 << 20


def pattern_of(path: str) -> re.Pattern[str]:
    """Return what a route's path matches; `{name}` is one segment, `{name:rest}` all that follows."""
    parts = re.split(r"\{(\w+)(:rest)?\}", path)
    pieces = [re.escape(parts[0])]
    for name, rest, literal in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        pieces += [f"(?P<{name}>{'.*' if rest else '[^/]+'})", re.escape(literal)]
    return re.compile("".join(pieces))


@dataclass
class Content:
    """What is served; forks of the process that built it answer the requests.

    Attributes:
        store: the triples; only the server writes to it from here on.
        layout: which graphs make up the default graph, and which ones follow from the others.
        refresh: recomputes the derived graphs in `store` after a write to an asserted graph, in a worker that ends
            afterwards; gets the steps of the write. What it changes in other graphs is lost. A `BpoKgError` says
            that nothing can follow and empties the derived graphs; any other exception refuses the write.
        adopt: takes over a store that holds the same quads as `store`, and forgets what was cached from the old one.
        settled: forgets what was cached from `store`, whose quads have changed.
        scope: arguments of `Store.query` for a query that names no dataset.
        routes: pages and operations besides `/sparql` and `/data`.
        when_empty: headers for an answer without rows at `/sparql`; gets the query text and Accept-Language.
        entailment: IRI of the entailment regime that queries see.
        profile: IRI of the entailment profile, for regimes that have profiles.
        as_restored: the store was restored from its folder, and building added nothing to it.
    """

    store: ox.Store
    layout: Layout = field(default_factory=Layout)
    refresh: Callable[[list[Step]], None] | None = None
    adopt: Callable[[ox.Store], None] | None = None
    settled: Callable[[], None] | None = None
    scope: Callable[[], dict[str, Any]] | None = None
    routes: tuple[Route, ...] = ()
    when_empty: Callable[[str, str], tuple[tuple[str, str], ...]] | None = None
    entailment: str = SIMPLE
    profile: str = ""
    as_restored: bool = False

    def whole(self) -> dict[str, Any]:
        """Return the arguments of `Store.query` that make the default graph what the layout says it is."""
        if self.scope is not None:
            return self.scope()
        return {"use_default_graph_as_union": True} if self.layout.union else {}

    def chosen(self, default: list[ox.NamedNode] | None, named: list[ox.NamedNode] | None) -> dict[str, Any]:
        """Return the arguments for a dataset that a request picks; None stands for the whole dataset's own."""
        if default is None and named is None:
            return self.whole()
        return {
            key: graphs for key, graphs in (("default_graph", default), ("named_graphs", named)) if graphs is not None
        }

    def scope_for(self, text: str, default: list[str], named: list[str]) -> dict[str, Any]:
        """Return the arguments for a query text and the graphs that its request names.

        Graphs of the request replace FROM and FROM NAMED of the text; none of them is ever fetched.

        Raises:
            Problem: 400 if a graph is not named by an absolute IRI.
        """
        if default or named:
            return self.chosen(graph_nodes(default), graph_nodes(named))
        if self.layout.union and "from" in text.lower() and any(token.word == "FROM" for token in tokens(text)):
            return {}  # the engine would let the union win over the text's own FROM
        return self.whole()


def graph_nodes(iris: list[str]) -> list[ox.NamedNode]:
    """Return nodes for graph IRIs of a request.

    Raises:
        Problem: 400 if one is not an absolute IRI.
    """
    try:
        return [ox.NamedNode(iri) for iri in iris]
    except ValueError:
        raise Problem(400, "a graph is named by an absolute IRI") from None


def bare(store: ox.Store, restored: bool) -> Content:
    """Build the content of `--empty`: a dataset with a plain default graph, no ontology and no reasoning."""
    return Content(store, as_restored=restored)
