"""Look terms up in the triples, without writing a query for each: objects, values, labels in a language.

Queries go through SPARQL; code that walks a rule table or a catalogue reads single properties of known
things, where a query per look-up would cost more than the whole judgement.
"""

from collections.abc import Iterator
from math import isfinite

import pyoxigraph as ox

from bpo_kg.vocabulary import RDF, RDFS, SKOS

Node = ox.NamedNode | ox.BlankNode
Term = ox.NamedNode | ox.BlankNode | ox.Literal
_TYPE = ox.NamedNode(RDF + "type")
_LABEL = ox.NamedNode(RDFS + "label")
_ALT = ox.NamedNode(SKOS + "altLabel")


class View:
    """Read-only look-ups over every graph of a store, each triple once.

    Args:
        store: where the triples are.
        graphs: look only into these graphs, in this order; all when left out.
    """

    def __init__(self, store: ox.Store, graphs: tuple[ox.NamedNode, ...] | None = None) -> None:
        self._store = store
        self._graphs = graphs

    def quads(self, subject: Node | None, predicate: ox.NamedNode | None, value: Term | None) -> Iterator[ox.Quad]:
        """Yield the quads that fit; None stands for anything."""
        if self._graphs is None:
            yield from self._store.quads_for_pattern(subject, predicate, value)
            return
        for graph in self._graphs:
            yield from self._store.quads_for_pattern(subject, predicate, value, graph)

    def objects(self, subject: Node, predicate: ox.NamedNode) -> list[Term]:
        """Return the values of a property, without repeats, in a fixed order."""
        found = {quad.object for quad in self.quads(subject, predicate, None)}
        return sorted((term for term in found if not isinstance(term, ox.Triple)), key=str)

    def value(self, subject: Node, predicate: ox.NamedNode) -> Term | None:
        """Return one value of a property, the first in the fixed order, or None."""
        found = self.objects(subject, predicate)
        return found[0] if found else None

    def iri(self, subject: Node, predicate: ox.NamedNode) -> str | None:
        """Return the value of a property as an IRI, or None if it has none."""
        found = self.value(subject, predicate)
        return found.value if isinstance(found, ox.NamedNode) else None

    def text(self, subject: Node, predicate: ox.NamedNode) -> str | None:
        """Return the value of a property as text, or None if it has none."""
        found = self.value(subject, predicate)
        return None if found is None else found.value

    def number(self, subject: Node, predicate: ox.NamedNode) -> float | None:
        """Return the value of a property as a number, or None if it has none, or one that is no number."""
        try:
            found = float(self.text(subject, predicate) or "nan")
        except ValueError:
            return None
        return found if isfinite(found) else None

    def texts(self, subject: Node, predicate: ox.NamedNode) -> dict[str, str]:
        """Return a property's texts by language tag; the first in alphabetical order where several share one."""
        found: dict[str, str] = {}
        for term in self.objects(subject, predicate):
            if isinstance(term, ox.Literal):
                found.setdefault(term.language or "", term.value)
        return found

    def labels(self, subject: Node) -> dict[str, str]:
        """Return the labels of a thing by language tag."""
        return self.texts(subject, _LABEL)

    def names(self, subject: Node) -> list[str]:
        """Return every label and alternative label of a thing, whatever the language."""
        return [term.value for predicate in (_LABEL, _ALT) for term in self.objects(subject, predicate)]

    def members(self, cls: ox.NamedNode) -> list[ox.NamedNode]:
        """Return the named individuals of a class in the order of their IRIs."""
        found = {quad.subject for quad in self.quads(None, _TYPE, cls) if isinstance(quad.subject, ox.NamedNode)}
        return sorted(found, key=lambda node: node.value)
