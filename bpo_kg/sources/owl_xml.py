"""Turn OWL/XML, the format that Protégé calls by that name, into triples by the W3C mapping to RDF.

The one library that reads it in Python drops what it does not know without a word and shortens IRIs that end in a
slash. Here every axiom is mapped or named in an error, so that no axiom is lost silently.
"""

from itertools import pairwise

import pyoxigraph as ox

from bpo_kg.errors import SourceError
from bpo_kg.sources.markup import Element, parse_markup
from bpo_kg.sources.owl_terms import ENTITIES, Expressions, Node, Statement, Term
from bpo_kg.vocabulary import OWL, RDF, RDFS

_BINARY = {
    "SubClassOf": RDFS + "subClassOf",
    "SubObjectPropertyOf": RDFS + "subPropertyOf",
    "SubDataPropertyOf": RDFS + "subPropertyOf",
    "SubAnnotationPropertyOf": RDFS + "subPropertyOf",
    "InverseObjectProperties": OWL + "inverseOf",
    "ObjectPropertyDomain": RDFS + "domain",
    "DataPropertyDomain": RDFS + "domain",
    "AnnotationPropertyDomain": RDFS + "domain",
    "ObjectPropertyRange": RDFS + "range",
    "DataPropertyRange": RDFS + "range",
    "AnnotationPropertyRange": RDFS + "range",
    "DatatypeDefinition": OWL + "equivalentClass",
}
_CHAINED = {
    "EquivalentClasses": OWL + "equivalentClass",
    "EquivalentObjectProperties": OWL + "equivalentProperty",
    "EquivalentDataProperties": OWL + "equivalentProperty",
    "SameIndividual": OWL + "sameAs",
}
_APART = {
    "DisjointClasses": ("disjointWith", "AllDisjointClasses", "members"),
    "DisjointObjectProperties": ("propertyDisjointWith", "AllDisjointProperties", "members"),
    "DisjointDataProperties": ("propertyDisjointWith", "AllDisjointProperties", "members"),
    "DifferentIndividuals": ("differentFrom", "AllDifferent", "distinctMembers"),
}
_CHARACTERISTICS = {
    f"{kind}{what}Property": f"{kind}Property"
    for kind in ("Functional", "InverseFunctional", "Reflexive", "Irreflexive", "Symmetric", "Asymmetric", "Transitive")
    for what in ("Object", "Data")
}


def is_owl_xml(content: bytes) -> bool:
    """Tell whether an XML text is OWL/XML: its root element is an Ontology, and not RDF."""
    start = content[:65536]
    return b"<rdf:RDF" not in start and (b"<Ontology" in start or b":Ontology" in start)


def parse_owl_xml(content: bytes, *, name: str, base: str) -> list[Statement]:
    """Return the triples of an OWL/XML text, in its order.

    Raises:
        SourceError: it is not well-formed, has a DOCTYPE, is not OWL/XML, or holds an axiom that has no mapping; the
            message holds file:line:column.
    """
    root = parse_markup(content, name)
    if root.name != "Ontology" or root.namespace != OWL:
        raise SourceError(f"{name}:{root.line}:{root.column}: {root.name} is no OWL/XML ontology and no RDF/XML")
    axioms = _Axioms(name, base, root)
    for element in root.children:
        axioms.read(element)
    return axioms.triples


class _Axioms(Expressions):
    """Maps the axioms and annotations of one document."""

    def read(self, element: Element) -> None:
        if element.name == "Prefix":
            return
        if element.name == "Import":
            self.emit(self.ontology, OWL + "imports", self.node(element, element.text()))
        elif element.name == "Annotation":
            self._annotate(self.ontology, element)
        else:
            self._axiom(element)

    def _axiom(self, element: Element) -> None:
        kind = element.name
        made: list[Statement] = []
        whole: Node | None = None  # the node that carries the annotations of an axiom that is one
        if kind == "Declaration":
            for part in self.parts(element):
                if part.name not in ENTITIES:
                    raise self.error(part, "cannot be declared")
                made.append(self.emit(self.iri(part), RDF + "type", ox.NamedNode(ENTITIES[part.name])))
        elif kind in _BINARY:
            first, second = self.exactly(element, 2)
            if self.parts(element)[0].name == "ObjectPropertyChain":
                made.append(self.emit(second, OWL + "propertyChainAxiom", first))
            else:
                made.append(self.emit(first, _BINARY[kind], second))
        elif kind in _CHAINED:
            terms = self.terms(element)
            made += [self.emit(one, _CHAINED[kind], other) for one, other in pairwise(terms)]
        elif kind in _APART:
            terms = self.terms(element)
            pair, group, members = _APART[kind]
            if len(terms) == 2:
                made.append(self.emit(terms[0], OWL + pair, terms[1]))
            else:
                whole = self.new(OWL + group)
                self.emit(whole, OWL + members, self.collection(terms))
        elif kind in ("DisjointUnion", "HasKey"):
            subject, *members_of = self.terms(element)
            prop = "disjointUnionOf" if kind == "DisjointUnion" else "hasKey"
            made.append(self.emit(subject, OWL + prop, self.collection(members_of)))
        elif kind in _CHARACTERISTICS:
            made.append(
                self.emit(self.exactly(element, 1)[0], RDF + "type", ox.NamedNode(OWL + _CHARACTERISTICS[kind]))
            )
        elif kind == "ClassAssertion":
            cls, individual = self.exactly(element, 2)
            made.append(self.emit(individual, RDF + "type", cls))
        elif kind in ("ObjectPropertyAssertion", "DataPropertyAssertion", "AnnotationAssertion"):
            made.append(self._assertion(element))
        elif kind in ("NegativeObjectPropertyAssertion", "NegativeDataPropertyAssertion"):
            prop_term, source, target = self.exactly(element, 3)
            whole = self.new(OWL + "NegativePropertyAssertion")
            self.emit(whole, OWL + "sourceIndividual", source)
            self.emit(whole, OWL + "assertionProperty", prop_term)
            self.emit(whole, OWL + ("targetValue" if "Data" in kind else "targetIndividual"), target)
        else:
            raise self.error(element, "has no mapping to RDF and is not read; save the ontology as Turtle")
        for annotation in (part for part in element.children if part.name == "Annotation"):
            for node in [whole] if whole is not None else [self._reified(triple) for triple in made]:
                self._annotate(node, annotation)

    def _assertion(self, element: Element) -> Statement:
        prop = self.parts(element)[:1]
        if prop and prop[0].name == "ObjectInverseOf":  # stated of the inverse: turn the triple round
            inner, subject, obj = self.term(self.parts(prop[0])[0]), *self._exactly_rest(element)
            return self.emit(obj, inner, subject)
        predicate, subject, obj = self.exactly(element, 3)
        return self.emit(subject, predicate, obj)

    def _exactly_rest(self, element: Element) -> tuple[Term, Term]:
        rest = self.parts(element)[1:]
        if len(rest) != 2:
            raise self.error(element, "needs a property and two individuals")
        return self.term(rest[0]), self.term(rest[1])

    def _reified(self, triple: Statement) -> Node:
        node = self.new(OWL + "Axiom")
        for name, term in zip(("annotatedSource", "annotatedProperty", "annotatedTarget"), triple, strict=True):
            self.emit(node, OWL + name, term)
        return node

    def _annotate(self, subject: Node, annotation: Element) -> None:
        predicate, value = self.exactly(annotation, 2)
        triple = self.emit(subject, predicate, value)
        for inner in (part for part in annotation.children if part.name == "Annotation"):
            self._annotate(self._reified(triple), inner)
