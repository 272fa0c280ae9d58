"""What two sources state both: counted once by queries, and kept while either of them states it.

pyoxigraph chains the graphs of a union and gives a repeated triple twice. Every ontology file declares the terms it
uses, so repeated declarations are usual: the second one is kept aside, and comes back when the first leaves. Repeated
facts are rare and who states them matters, so their graphs stay as they are and a query gets a merged copy.
"""

from collections.abc import Iterable

import pyoxigraph as ox

from bpo_kg.vocabulary import ASSERTED, OWL, RDF

_TYPE = ox.NamedNode(RDF + "type")
_FEW = 1000
"""Up to this many added statements are compared with what is there one by one, more by a query when one is asked."""


class Repeats:
    """Keeps track of the repeated statements in the asserted graphs of a store."""

    def __init__(self, store: ox.Store, graphs: Iterable[ox.NamedNode]) -> None:
        self.aside = ox.Store()
        """Second statements of declarations: in the graph of their source, but not in the store."""
        self._store = store
        self._repeated: set[ox.Quad] = set()
        self._changed: dict[ox.NamedNode, None] = dict.fromkeys(graphs)
        self._copy: tuple[tuple[int, int], ox.Store] | None = None

    def look_at(self, graphs: Iterable[ox.NamedNode]) -> None:
        """Have asserted graphs searched for repeats before the next query."""
        self._changed.update(dict.fromkeys(graph for graph in graphs if graph.value.startswith(ASSERTED)))

    def added(self, quads: list[ox.Quad], graph: ox.NamedNode | None) -> None:
        """Take note of added quads; `graph` is that of all of them, if they have one in common."""
        if len(quads) > _FEW and graph is not None:
            self.look_at([graph])
        elif len(quads) > _FEW:
            self.look_at(quad.graph_name for quad in quads if isinstance(quad.graph_name, ox.NamedNode))
        else:
            for quad in quads:
                self._note(quad)

    def removed(self, quad: ox.Quad) -> None:
        """Let another source that states a triple stand for it if no other does any more."""
        self.aside.remove(quad)
        if self._stated(quad):
            return
        other = next(self.aside.quads_for_pattern(quad.subject, quad.predicate, quad.object, None), None)
        if other is not None:
            self.aside.remove(other)
            self._store.add(other)

    def clear(self, graph: ox.NamedNode) -> None:
        """Take a whole graph out of the store."""
        self.aside.remove_graph(graph)
        shared = [q for q in self.aside if ox.Quad(q.subject, q.predicate, q.object, graph) in self._store]
        self._store.remove_graph(graph)
        for quad in shared:
            self.removed(ox.Quad(quad.subject, quad.predicate, quad.object, graph))

    def merged(self, asserted: list[ox.NamedNode], every: list[ox.NamedNode], revision: int) -> ox.Store:
        """Return the store itself, or a copy whose default graph holds each triple once if facts are repeated."""
        self._search(asserted)
        self._repeated = {quad for quad in self._repeated if quad in self._store and len(self._stated(quad)) > 1}
        if not self._repeated:
            self._copy = None
            return self._store
        state = (revision, len(self._store))
        if self._copy is None or self._copy[0] != state:
            copy, nowhere = ox.Store(), ox.DefaultGraph()
            copy.extend(self._store)
            quads = (quad for graph in every for quad in self._store.quads_for_pattern(None, None, None, graph))
            copy.extend(ox.Quad(q.subject, q.predicate, q.object, nowhere) for q in quads)
            self._copy = (state, copy)
        return self._copy[1]

    def _search(self, asserted: list[ox.NamedNode]) -> None:
        if not self._changed:
            return
        changed = list(self._changed)
        self._changed.clear()
        # Looking a triple up in any graph (GRAPH ?h) is one step; looking in each of a list of graphs is many.
        text = "SELECT ?s ?p ?o ?g WHERE {{ {} GRAPH ?g {{ ?s ?p ?o }} GRAPH ?h {{ ?s ?p ?o }} FILTER(?g != ?h) }}"
        values = [""] if len(changed) == len(asserted) else [f"VALUES ?g {{ {g} }}" for g in changed]
        for value in values:
            for s, p, o, g in list(self._store.query(text.format(value))):  # type: ignore[arg-type]
                if g in changed:
                    self._note(ox.Quad(s, p, o, g))

    def _note(self, quad: ox.Quad) -> None:
        if len(self._stated(quad)) < 2:
            return
        if quad.predicate == _TYPE and isinstance(quad.object, ox.NamedNode) and quad.object.value.startswith(OWL):
            self._store.remove(quad)
            self.aside.add(quad)
        else:
            self._repeated.add(quad)

    def _stated(self, quad: ox.Quad) -> list[ox.NamedNode]:
        """Return the asserted graphs of the store that state the triple of a quad."""
        found = self._store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)
        names = (q.graph_name for q in found)
        return [g for g in names if isinstance(g, ox.NamedNode) and g.value.startswith(ASSERTED)]
