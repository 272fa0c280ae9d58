"""Write down what a request changes as steps that need no thought to repeat.

The worker that ran an update hands its steps to the keeper of the store, which applies and journals them as
they are: what is random, costly or malformed in an update has already happened elsewhere. Blank nodes keep
their labels from the worker through the journal to the store.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import pyoxigraph as ox

from bpo_kg.shells.server.http import Problem

Graph = ox.NamedNode | ox.BlankNode | ox.DefaultGraph
Verb = Literal["add", "document", "remove", "clear", "drop", "create", "empty"]
_CODES: dict[Verb, bytes] = {
    "add": b"+",
    "document": b"*",
    "remove": b"-",
    "clear": b"c",
    "drop": b"d",
    "create": b"n",
    "empty": b"e",
}
_VERBS = {code: verb for verb, code in _CODES.items()}
_FRAME = struct.Struct("<cQ")
DEFAULT = ox.DefaultGraph()


@dataclass(frozen=True, slots=True)
class Step:
    """One change: quads as N-Quads, or a graph by its IRI (empty for the default graph).

    `add` and `remove` hold exactly the quads that come and go; those of a `document` may be there already.
    """

    verb: Verb
    data: bytes = b""


def encode(steps: Iterable[Step]) -> bytes:
    """Return steps as bytes that `decode` reads."""
    return b"".join(_FRAME.pack(_CODES[step.verb], len(step.data)) + step.data for step in steps)


def decode(data: bytes) -> Iterator[Step]:
    """Yield the steps that `encode` wrote."""
    place = 0
    while place < len(data):
        code, length = _FRAME.unpack_from(data, place)
        place += _FRAME.size
        yield Step(_VERBS[code], data[place : place + length])
        place += length


def apply(store: ox.Store, steps: Iterable[Step]) -> tuple[int, int]:
    """Carry steps out on a store.

    Returns:
        How many quads were added, those of a document that were there already included, and how many were removed.
    """
    added = removed = 0
    for step in steps:
        if step.verb in {"add", "document"}:
            store.extend(ox.parse(step.data, ox.RdfFormat.N_QUADS, lenient=True))
            added += step.data.count(b"\n")
        elif step.verb == "remove":
            for quad in ox.parse(step.data, ox.RdfFormat.N_QUADS, lenient=True):
                store.remove(quad)
            removed += step.data.count(b"\n")
        elif step.verb == "empty":
            removed += len(store)
            store.clear()
        else:
            graph = ox.NamedNode(step.data.decode()) if step.data else DEFAULT
            if step.verb == "create":
                assert isinstance(graph, ox.NamedNode)
                store.add_graph(graph)
                continue
            removed += sum(1 for _ in store.quads_for_pattern(None, None, None, graph))
            if step.verb == "clear":
                store.clear_graph(graph)
            else:
                store.remove_graph(graph)
    return added, removed


@dataclass(frozen=True, slots=True)
class Layout:
    """How the dataset is cut into graphs.

    Attributes:
        home: the graph that a write to the default graph goes to.
        asserted: prefix of the graphs that together are what the default graph can lose; empty if `home` is all.
        derived: graphs that follow from the others and cannot be written.
        union: the default graph of a query is the merge of all graphs.
    """

    home: ox.NamedNode | ox.DefaultGraph = DEFAULT
    asserted: str = ""
    derived: frozenset[str] = frozenset()
    union: bool = False

    def parts(self, store: ox.Store) -> list[Graph]:
        """Return the graphs that writes to the default graph can take triples from."""
        if not self.asserted:
            return [self.home]
        graphs = [g for g in store.named_graphs() if isinstance(g, ox.NamedNode)]
        return [g for g in graphs if g.value == self.asserted or g.value.startswith(self.asserted + "/")]


@dataclass
class Draft:
    """A worker's own copy of the store, changed step by step, each step written down.

    Attributes:
        last: nobody looks at the copy after a document was put, so it need not go in.
        reasons: whether a graph has changed that others follow from.
    """

    store: ox.Store
    layout: Layout
    last: bool = False
    steps: list[Step] = field(default_factory=list)
    reasons: bool = False
    _known_parts: list[Graph] | None = None

    def change(self, remove: Iterable[ox.Quad], add: Iterable[ox.Quad]) -> None:
        """Take quads out, then put quads in."""
        gone = {quad for asked in remove for quad in self._standing(asked) if quad in self.store}
        if gone:
            self._note(*{quad.graph_name for quad in gone})
            self.steps.append(Step("remove", serialized(gone)))
            for quad in gone:
                self.store.remove(quad)
        fresh = {quad for asked in add for quad in self._missing(asked)}
        if fresh:
            self._note(*{quad.graph_name for quad in fresh})
            self.steps.append(Step("add", serialized(fresh)))
            self.store.extend(fresh)
            self._known_parts = None

    def put(self, document: bytes, graph: Graph) -> None:
        """Add the triples of a document, given as N-Triples with blank nodes of their own, to a graph."""
        if isinstance(graph, ox.DefaultGraph) and self.layout.asserted:
            self.change([], ox.parse(document, ox.RdfFormat.N_QUADS, lenient=True))
            return
        if isinstance(graph, ox.DefaultGraph):
            graph = self.layout.home
        else:
            self._guard(graph)
        if document:
            if not isinstance(graph, ox.DefaultGraph):  # a line of N-Triples ends only where its triple does
                document = document.replace(b" .\n", f" {graph} .\n".encode())
            self._note(graph)
            self.steps.append(Step("document", document))
            if not self.last:
                self.store.extend(ox.parse(document, ox.RdfFormat.N_QUADS, lenient=True))

    def clear(self, graph: Graph, *, drop: bool = False) -> None:
        """Empty a graph, or drop it; the default graph stays."""
        self._known_parts = None
        if isinstance(graph, ox.DefaultGraph):
            for part in self.layout.parts(self.store):
                self._wipe(part, drop=False)
        else:
            self._guard(graph)
            self._wipe(graph, drop=drop)

    def clear_named(self, *, drop: bool) -> None:
        """Empty or drop every named graph but the derived ones, which follow."""
        for graph in list(self.store.named_graphs()):
            if graph.value not in self.layout.derived:
                self._wipe(graph, drop=drop)

    def empty(self) -> None:
        """Drop everything, derived graphs included."""
        self.steps.append(Step("empty"))
        self.reasons = True
        self.store.clear()

    def create(self, graph: ox.NamedNode) -> None:
        """Make a graph known that has no triples yet."""
        self._known_parts = None
        self._guard(graph)
        self.steps.append(Step("create", graph.value.encode()))
        self.store.add_graph(graph)

    def quads(self, graph: Graph) -> list[ox.Quad]:
        """Return the quads that writes see in a graph."""
        graphs = self.layout.parts(self.store) if isinstance(graph, ox.DefaultGraph) else [graph]
        return [quad for part in graphs for quad in self.store.quads_for_pattern(None, None, None, part)]

    def _note(self, *graphs: Graph | ox.Triple) -> None:
        home, prefix = self.layout.home, self.layout.asserted
        self.reasons = self.reasons or any(
            graph == home or (prefix and isinstance(graph, ox.NamedNode) and graph.value.startswith(prefix))
            for graph in graphs
        )

    def _wipe(self, graph: Graph, *, drop: bool) -> None:
        self._note(graph)
        named = not isinstance(graph, ox.DefaultGraph)
        self.steps.append(Step("drop" if drop and named else "clear", _name(graph)))
        if drop and named:
            self.store.remove_graph(graph)
        else:
            self.store.clear_graph(graph)

    def _missing(self, quad: ox.Quad) -> list[ox.Quad]:
        """Return the quad that a wish to add stands for, nothing if the graph has it already."""
        if isinstance(quad.graph_name, ox.DefaultGraph):
            s, p, o = quad.subject, quad.predicate, quad.object
            # A default graph of several parts is one set, so what one part states is not stated again.
            if self.layout.asserted and any(ox.Quad(s, p, o, part) in self.store for part in self._parts()):
                return []
            quad = ox.Quad(s, p, o, self.layout.home)
        else:
            self._guard(quad.graph_name)
        return [] if quad in self.store else [quad]

    def _parts(self) -> list[Graph]:
        """Return the parts of the default graph; which these are changes only with whole graphs."""
        if self._known_parts is None:
            self._known_parts = self.layout.parts(self.store)
        return self._known_parts

    def _standing(self, quad: ox.Quad) -> list[ox.Quad]:
        if isinstance(quad.graph_name, ox.DefaultGraph):
            s, p, o = quad.subject, quad.predicate, quad.object
            return [ox.Quad(s, p, o, part) for part in self._parts()]
        if quad in self.store:
            self._guard(quad.graph_name)
        return [quad]

    def _guard(self, graph: Graph) -> None:
        if not isinstance(graph, ox.DefaultGraph) and graph.value in self.layout.derived:
            raise Problem(403, f"graph {graph.value} follows from the asserted triples and cannot be written")


def serialized(quads: Iterable[ox.Quad]) -> bytes:
    """Return quads as N-Quads, blank node labels kept."""
    return ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b""


def _name(graph: Graph) -> bytes:
    return b"" if isinstance(graph, ox.DefaultGraph) else graph.value.encode()
