"""Names, literals and expressions of OWL/XML as RDF terms, by the W3C mapping.

An expression becomes a new blank node with the triples that describe it; what has no mapping is an error.
"""

from collections.abc import Sequence
from urllib.parse import urljoin

import pyoxigraph as ox

from bpo_kg.errors import SourceError
from bpo_kg.sources.markup import Element
from bpo_kg.vocabulary import OWL, RDF, RDFS, XSD

Node = ox.NamedNode | ox.BlankNode
Term = ox.NamedNode | ox.BlankNode | ox.Literal
Statement = tuple[Node, ox.NamedNode, Term]

_PLAIN = RDF + "PlainLiteral"
ENTITIES = {
    "Class": OWL + "Class",
    "Datatype": RDFS + "Datatype",
    "ObjectProperty": OWL + "ObjectProperty",
    "DataProperty": OWL + "DatatypeProperty",
    "AnnotationProperty": OWL + "AnnotationProperty",
    "NamedIndividual": OWL + "NamedIndividual",
}
_LISTS = {
    "ObjectIntersectionOf": ("Class", "intersectionOf"),
    "ObjectUnionOf": ("Class", "unionOf"),
    "ObjectOneOf": ("Class", "oneOf"),
    "DataIntersectionOf": ("", "intersectionOf"),
    "DataUnionOf": ("", "unionOf"),
    "DataOneOf": ("", "oneOf"),
}
"""Expressions that hold a list: kind of node ("" for rdfs:Datatype) and property."""
_FILLERS = {"SomeValuesFrom": "someValuesFrom", "AllValuesFrom": "allValuesFrom", "HasValue": "hasValue"}
_COUNTS = {
    "MinCardinality": ("minCardinality", "minQualifiedCardinality"),
    "MaxCardinality": ("maxCardinality", "maxQualifiedCardinality"),
    "ExactCardinality": ("cardinality", "qualifiedCardinality"),
}


class Expressions:
    """Collects the triples of one document; `emit` adds one, and `term` returns the node of an expression."""

    def __init__(self, name: str, base: str, root: Element) -> None:
        self.name = name
        self.triples: list[Statement] = []
        self.blank: dict[str, ox.BlankNode] = {}
        self.prefixes = {"owl": OWL, "rdf": RDF, "rdfs": RDFS, "xsd": XSD}
        self.base = urljoin(base, root.get("xml:base") or root.get("ontologyIRI") or "")
        for element in root.children:
            if element.name == "Prefix":
                self.prefixes[element.get("name")] = element.get("IRI")
        self.ontology: Node = self.node(root, root.get("ontologyIRI")) if root.get("ontologyIRI") else self.fresh()
        self.emit(self.ontology, RDF + "type", ox.NamedNode(OWL + "Ontology"))
        if root.get("versionIRI"):
            self.emit(self.ontology, OWL + "versionIRI", self.node(root, root.get("versionIRI")))

    # --- terms -----------------------------------------------------------------------------------------
    def emit(self, subject: Term, predicate: str | Term, obj: Term) -> Statement:
        if isinstance(predicate, str):
            predicate = ox.NamedNode(predicate)
        if isinstance(subject, ox.Literal) or not isinstance(predicate, ox.NamedNode):
            raise SourceError(f"{self.name}: {subject} {predicate} {obj} is no triple")
        triple = (subject, predicate, obj)
        self.triples.append(triple)
        return triple

    def fresh(self, label: str = "") -> ox.BlankNode:
        key = label or f"\0{len(self.blank)}"
        return self.blank.setdefault(key, ox.BlankNode(f"x{len(self.blank)}"))

    def error(self, element: Element, reason: str) -> SourceError:
        return SourceError(f"{self.name}:{element.line}:{element.column}: {element.name} {reason}")

    def node(self, element: Element, iri: str) -> ox.NamedNode:
        try:
            return ox.NamedNode(urljoin(self.base, iri) if iri else self.base)
        except ValueError as error:
            raise self.error(element, f"has no valid IRI: {error}") from error

    def _abbreviated(self, element: Element, text: str) -> ox.NamedNode:
        prefix, colon, local = text.partition(":")
        if not colon or prefix not in self.prefixes:
            raise self.error(element, f"uses the prefix {prefix!r}, which is not declared")
        return self.node(element, self.prefixes[prefix] + local)

    def iri(self, element: Element) -> ox.NamedNode:
        if "abbreviatedIRI" in element.attributes:
            return self._abbreviated(element, element.get("abbreviatedIRI"))
        if "IRI" in element.attributes:
            return self.node(element, element.get("IRI"))
        raise self.error(element, "has neither IRI nor abbreviatedIRI")

    def _literal(self, element: Element) -> ox.Literal:
        text = "".join(part for part in element.content if isinstance(part, str))
        datatype = element.get("datatypeIRI")
        try:
            if element.get("xml:lang"):
                return ox.Literal(text, language=element.get("xml:lang").lower())
            if datatype and datatype != _PLAIN:
                return ox.Literal(text, datatype=self.node(element, datatype))
            return ox.Literal(text)
        except ValueError as error:
            raise self.error(element, f"is no valid literal: {error}") from error

    def collection(self, members: Sequence[Term]) -> Node:
        nodes: list[Node] = [self.fresh() for _ in members]
        nil = ox.NamedNode(RDF + "nil")
        for node, member, rest in zip(nodes, members, [*nodes[1:], nil], strict=True):
            self.emit(node, RDF + "first", member)
            self.emit(node, RDF + "rest", rest)
        return nodes[0] if nodes else nil

    def new(self, kind: str) -> ox.BlankNode:
        node = self.fresh()
        self.emit(node, RDF + "type", ox.NamedNode(kind))
        return node

    # --- expressions -------------------------------------------------------------------------------------
    def term(self, element: Element) -> Term:
        """Return what an expression stands for; an entity for itself, anything else for a new blank node."""
        kind = element.name
        if kind in ENTITIES:
            return self.iri(element)
        if kind == "AnonymousIndividual":
            return self.fresh(element.get("nodeID") or "?")
        if kind == "IRI":
            return self.node(element, element.text())
        if kind == "AbbreviatedIRI":
            return self._abbreviated(element, element.text())
        if kind == "Literal":
            return self._literal(element)
        if kind == "ObjectPropertyChain":
            return self.collection(self.terms(element))
        if kind in _LISTS:
            of, prop = _LISTS[kind]
            node = self.new(OWL + of if of else RDFS + "Datatype")
            self.emit(node, OWL + prop, self.collection(self.terms(element)))
            return node
        if kind in ("ObjectComplementOf", "DataComplementOf"):
            node = self.new(OWL + "Class" if kind == "ObjectComplementOf" else RDFS + "Datatype")
            prop = "complementOf" if kind == "ObjectComplementOf" else "datatypeComplementOf"
            self.emit(node, OWL + prop, self.exactly(element, 1)[0])
            return node
        if kind == "ObjectInverseOf":
            node = self.fresh()
            self.emit(node, OWL + "inverseOf", self.exactly(element, 1)[0])
            return node
        if kind == "DatatypeRestriction":
            return self._facets(element)
        return self._restriction(element)

    def _restriction(self, element: Element) -> Term:
        kind = element.name.removeprefix("Object").removeprefix("Data")
        if kind == element.name or kind not in (*_FILLERS, *_COUNTS, "HasSelf"):
            raise self.error(element, "has no mapping to RDF and is not read; save the ontology as Turtle")
        node = self.new(OWL + "Restriction")
        if kind == "HasSelf":
            self.emit(node, OWL + "onProperty", self.exactly(element, 1)[0])
            self.emit(node, OWL + "hasSelf", ox.Literal(True))
        elif kind in _FILLERS:
            prop, filler = self.exactly(element, 2)
            self.emit(node, OWL + "onProperty", prop)
            self.emit(node, OWL + _FILLERS[kind], filler)
        else:
            parts = self.terms(element)
            if len(parts) not in (1, 2) or not element.get("cardinality").isdigit():
                raise self.error(element, "needs a cardinality, a property and at most one filler")
            number = ox.Literal(element.get("cardinality"), datatype=ox.NamedNode(XSD + "nonNegativeInteger"))
            self.emit(node, OWL + _COUNTS[kind][len(parts) - 1], number)
            self.emit(node, OWL + "onProperty", parts[0])
            if len(parts) == 2:
                self.emit(node, OWL + ("onDataRange" if element.name.startswith("Data") else "onClass"), parts[1])
        return node

    def _facets(self, element: Element) -> Term:
        datatype, *restrictions = self.parts(element)
        node = self.new(RDFS + "Datatype")
        self.emit(node, OWL + "onDatatype", self.term(datatype))
        facets: list[Term] = []
        for restriction in restrictions:
            facet = self.fresh()
            self.emit(facet, self.node(restriction, restriction.get("facet")), self.exactly(restriction, 1)[0])
            facets.append(facet)
        self.emit(node, OWL + "withRestrictions", self.collection(facets))
        return node

    def parts(self, element: Element) -> list[Element]:
        return [part for part in element.children if part.name != "Annotation"]

    def terms(self, element: Element) -> list[Term]:
        return [self.term(part) for part in self.parts(element)]

    def exactly(self, element: Element, count: int) -> list[Term]:
        terms = self.terms(element)
        if len(terms) != count:
            raise self.error(element, f"has {len(terms)} parts where {count} would be right")
        return terms
