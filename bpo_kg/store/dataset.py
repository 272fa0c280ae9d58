"""One store, three parts: what was asserted, what follows from it, and what was judged.

Asserted triples stand in one named graph per source, so that a source can be replaced or taken out again;
inferred and assessed triples stand in a graph of their own each. Queries see all of them merged as the
default graph. The merge is a set: a triple that two sources state counts once. The store itself only chains its
graphs and would give it twice. Repeated declarations, which every ontology file makes, are kept in one graph and
come back when that one leaves; where data repeats data, queries get a merged copy.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import pyoxigraph as ox

from bpo_kg.errors import QueryError, RemoteError, SourceError
from bpo_kg.store.repeats import Repeats
from bpo_kg.vocabulary import ASSERTED, ASSESSED, INFERRED

Part = Literal["asserted", "inferred", "assessed", "all"]
Subject = ox.NamedNode | ox.BlankNode
Object = ox.NamedNode | ox.BlankNode | ox.Literal
Triple = tuple[Object, ox.NamedNode, Object]

INFERRED_GRAPH = ox.NamedNode(INFERRED)
ASSESSED_GRAPH = ox.NamedNode(ASSESSED)
# The bulk loader sets 200 MB of address space aside whatever it loads, which is more than a worker of the server may
# have; below these sizes it is no faster either.
_MANY = 100_000
_LARGE = 8 << 20
_WITH_GRAPHS = {".nq": ox.RdfFormat.N_QUADS, ".trig": ox.RdfFormat.TRIG, ".jsonld": ox.RdfFormat.JSON_LD}


def format_of(path: str | Path) -> ox.RdfFormat:
    """Return the RDF format that a file name's extension stands for.

    Raises:
        SourceError: the extension is not one of an RDF format.
    """
    extension = Path(path).suffix.lower()
    known = {".owl": ox.RdfFormat.RDF_XML, ".json": ox.RdfFormat.JSON_LD, **_WITH_GRAPHS}
    found = known.get(extension) or ox.RdfFormat.from_extension(extension.lstrip("."))
    if found is None:
        raise SourceError(
            f"{path}: {extension or 'no extension'} is not RDF; use .ttl, .nt, .nq, .trig, .rdf or .jsonld"
        )
    return found


class Dataset:
    """Asserted, inferred and assessed triples kept apart in one pyoxigraph store.

    `revision` grows with every change that goes through this class, so that a cache can tell what it has seen.
    """

    def __init__(self, store: ox.Store | None = None) -> None:
        self.store = ox.Store() if store is None else store
        self.revision = 0
        self._repeats = Repeats(self.store, self.asserted_graphs())

    # --- what is in it ---------------------------------------------------------------------------
    def asserted_graphs(self) -> list[ox.NamedNode]:
        """Return the named graphs that hold asserted triples, one per source, in the order of their IRIs."""
        graphs = [g for g in self.store.named_graphs() if isinstance(g, ox.NamedNode)]
        return sorted((g for g in graphs if g.value == ASSERTED or g.value.startswith(ASSERTED + "/")), key=str)

    def graphs(self, part: Part = "all") -> list[ox.NamedNode]:
        """Return the named graphs of a part, those without triples included."""
        own = {"inferred": [INFERRED_GRAPH], "assessed": [ASSESSED_GRAPH], "asserted": []}
        if part != "all":
            return self.asserted_graphs() if part == "asserted" else own[part]
        return [*self.asserted_graphs(), INFERRED_GRAPH, ASSESSED_GRAPH]

    def quads(
        self,
        s: Subject | None = None,
        p: ox.NamedNode | None = None,
        o: Object | None = None,
        *,
        part: Part = "asserted",
    ) -> Iterator[ox.Quad]:
        """Yield the matching quads of a part; a triple of two sources comes once for each."""
        for graph in self.graphs(part):
            yield from self.store.quads_for_pattern(s, p, o, graph)
            yield from self._repeats.aside.quads_for_pattern(s, p, o, graph)

    def triples(
        self,
        s: Subject | None = None,
        p: ox.NamedNode | None = None,
        o: Object | None = None,
        *,
        part: Part = "asserted",
    ) -> Iterator[Triple]:
        """Yield the matching triples of a part, each once."""
        seen: set[Triple] = set()
        graphs = self.graphs(part)
        for graph in graphs:
            for quad in self.store.quads_for_pattern(s, p, o, graph):
                triple: Triple = (quad.subject, quad.predicate, quad.object)  # type: ignore[assignment]
                if len(graphs) > 1:
                    if triple in seen:
                        continue
                    seen.add(triple)
                yield triple

    def sources_of(self, triple: Triple) -> list[ox.NamedNode]:
        """Return the asserted graphs that state a triple."""
        s, p, o = triple
        if isinstance(s, ox.Literal):
            return []
        stores = (self.store, self._repeats.aside)
        found = (q.graph_name for store in stores for q in store.quads_for_pattern(s, p, o, None))
        return [g for g in dict.fromkeys(found) if isinstance(g, ox.NamedNode) and g.value.startswith(ASSERTED)]

    # --- putting in and taking out ---------------------------------------------------------------
    def load_file(self, path: str | Path, *, graph: str | None = None) -> ox.NamedNode:
        """Load an RDF file as one asserted source; return its graph, by default named after the file.

        Raises:
            SourceError: the file is missing or not of its format; the message holds file:line:column, and the
                store is as it was.
        """
        target = ox.NamedNode(graph or f"{ASSERTED}/{re.sub(r'[^A-Za-z0-9._~-]', '-', Path(path).stem) or 'data'}")
        try:
            content = Path(path).read_bytes()
        except OSError as error:
            raise SourceError(f"{path}: {error.strerror or error}") from error
        base = Path(path).resolve().as_uri()  # for relative IRIs, which Turtle allows
        return self.load_bytes(content, format=format_of(path), graph=target.value, base=base, name=str(path))

    def load_bytes(
        self,
        content: bytes,
        *,
        graph: str,
        format: ox.RdfFormat = ox.RdfFormat.TURTLE,
        base: str | None = None,
        name: str = "data",
    ) -> ox.NamedNode:
        """Load RDF text into an asserted graph; `name` is what a syntax error calls it.

        Named graphs inside the text (N-Quads, TriG, JSON-LD) are dropped: everything becomes one source.
        """
        target = ox.NamedNode(graph)
        fresh = not self.store.contains_named_graph(target)
        try:
            if not fresh:  # a syntax error must not leave half a file in a graph that was good before
                for _ in ox.parse(content, format=format, base_iri=base):
                    pass
            if format.supports_datasets:
                quads = ox.parse(content, format=format, base_iri=base, rename_blank_nodes=True)
                self._put([ox.Quad(q.subject, q.predicate, q.object, target) for q in quads])
            else:
                load = self.store.load if len(content) < _LARGE else self.store.bulk_load
                load(content, format=format, base_iri=base, to_graph=target)
        except (SyntaxError, ValueError) as error:
            if fresh:
                self.store.remove_graph(target)
            raise SourceError(_syntax_message(error, name)) from error
        self.store.add_graph(target)
        self._repeats.look_at([target])
        self.revision += 1
        return target

    def add(self, statements: Iterable[ox.Quad | ox.Triple | Triple], graph: str | ox.NamedNode | None = None) -> None:
        """Add quads, or triples to `graph`; a graph that is given overrides the one of a quad."""
        quads = list(_quads(statements, graph))
        self._put(quads)
        self._repeats.added(quads, None if graph is None else _node(graph))
        self.revision += 1

    def _put(self, quads: list[ox.Quad]) -> None:
        if len(quads) < _MANY:
            self.store.extend(quads)
        else:
            self.store.bulk_extend(quads)

    def remove(
        self, statements: Iterable[ox.Quad | ox.Triple | Triple], graph: str | ox.NamedNode | None = None
    ) -> None:
        """Remove quads, or triples from `graph`; what is not there is ignored."""
        for quad in _quads(statements, graph):
            self.store.remove(quad)
            self._repeats.removed(quad)
        self.revision += 1

    def as_quads(
        self, statements: Iterable[ox.Quad | ox.Triple | Triple], graph: str | ox.NamedNode | None = None
    ) -> Iterator[ox.Quad]:
        """Yield statements as the quads that `add` and `remove` take them for."""
        return _quads(statements, graph)

    def clear(self, graph: str | ox.NamedNode) -> None:
        """Take a whole graph out."""
        self._repeats.clear(_node(graph))
        self.revision += 1

    def merge(self) -> ox.Store:
        """Return a store whose graphs, chained, give each triple once: this one, or a merged copy of it.

        It is this one unless two sources state the same fact. `query` asks the store that this returns; whoever
        asks `store` for the union of its graphs should too.
        """
        return self._repeats.merged(self.asserted_graphs(), self.graphs(), self.revision)

    # --- asking ----------------------------------------------------------------------------------
    def query(
        self,
        sparql: str,
        *,
        substitutions: Mapping[ox.Variable, Object] | None = None,
        prefixes: Mapping[str, str] | None = None,
        base: str | None = None,
        default_graph: list[ox.NamedNode] | None = None,
        named_graphs: list[ox.NamedNode] | None = None,
        custom_functions: Mapping[ox.NamedNode, Any] | None = None,
    ) -> Any:
        """Run a SPARQL 1.1 query over asserted, inferred and assessed triples merged; named graphs are reachable.

        Args:
            substitutions: terms for variables, bound as terms and never as text.
            default_graph: graphs to ask instead of all of them.

        Returns:
            A `QuerySolutions`, `QueryBoolean` or `QueryTriples` of pyoxigraph.

        Raises:
            QueryError: the text is not SPARQL; the message says where.
        """
        store = self.merge()
        scope: dict[str, Any] = (
            {"default_graph": default_graph} if default_graph else {"use_default_graph_as_union": store is self.store}
        )
        if named_graphs is not None:
            scope["named_graphs"] = named_graphs
        try:
            return store.query(
                sparql,
                base_iri=base,
                prefixes=dict(prefixes) if prefixes else None,
                substitutions=dict(substitutions) if substitutions else None,
                custom_functions=dict(custom_functions) if custom_functions else None,
                **scope,
            )
        except (SyntaxError, ValueError) as error:
            raise QueryError(f"not a SPARQL query: {error}") from error
        except OSError as error:
            raise unanswered(error) from error


def unanswered(error: OSError) -> RemoteError:
    """Return what to raise when SERVICE finds nobody, which the store notices only while results are read."""
    return RemoteError(f"an endpoint that the query calls with SERVICE does not answer: {error}")


def _node(graph: str | ox.NamedNode) -> ox.NamedNode:
    return ox.NamedNode(graph) if isinstance(graph, str) else graph


def _quads(statements: Iterable[ox.Quad | ox.Triple | Triple], graph: str | ox.NamedNode | None) -> Iterator[ox.Quad]:
    target = None if graph is None else _node(graph)
    into = ox.NamedNode(ASSERTED) if target is None else target
    for statement in statements:
        if isinstance(statement, tuple):
            yield ox.Quad(*statement, into)  # type: ignore[arg-type]
        elif isinstance(statement, ox.Quad) and target is None:
            yield statement
        else:
            yield ox.Quad(statement.subject, statement.predicate, statement.object, into)


def _syntax_message(error: Exception, name: str) -> str:
    line, column = getattr(error, "lineno", None), getattr(error, "offset", None)
    text = re.sub(r"^Parser error (at|between) line \d+ column \d+( and .*? column \d+)?: ", "", str(error.args[0]))
    return f"{name}:{line}:{column}: {text}" if line else f"{name}: {text}"
