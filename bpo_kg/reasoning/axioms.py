"""The axioms of an ontology, looked up by term: a small index over the triples that OWL writes them with.

A data file may hold a million facts and no axiom, so the store is asked only for the predicates and classes
that OWL reserves; the rest is never looked at.
"""

from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from bpo_kg.reasoning.rules import TYPE, Axiom, Term
from bpo_kg.store.dataset import Triple
from bpo_kg.vocabulary import OWL, RDF, RDFS

Node = ox.NamedNode | ox.BlankNode

_FIRST, _REST, _NIL = (ox.NamedNode(RDF + name) for name in ("first", "rest", "nil"))


def owl(name: str) -> ox.NamedNode:
    return ox.NamedNode(OWL + name)


def rdfs(name: str) -> ox.NamedNode:
    return ox.NamedNode(RDFS + name)


PREDICATES = frozenset(
    [_FIRST, _REST, *(rdfs(n) for n in ("subClassOf", "subPropertyOf", "domain", "range"))]
    + [
        owl(name)
        for name in [
            "allValuesFrom",
            "assertionProperty",
            "cardinality",
            "complementOf",
            "datatypeComplementOf",
            "disjointUnionOf",
            "disjointWith",
            "distinctMembers",
            "equivalentClass",
            "equivalentProperty",
            "hasKey",
            "hasSelf",
            "hasValue",
            "intersectionOf",
            "inverseOf",
            "maxCardinality",
            "maxQualifiedCardinality",
            "members",
            "minCardinality",
            "minQualifiedCardinality",
            "onClass",
            "onDataRange",
            "onDatatype",
            "onProperties",
            "onProperty",
            "oneOf",
            "propertyChainAxiom",
            "propertyDisjointWith",
            "qualifiedCardinality",
            "someValuesFrom",
            "sourceIndividual",
            "targetIndividual",
            "targetValue",
            "unionOf",
            "withRestrictions",
        ]
    ]
)
CLASSES = frozenset(
    owl(name)
    for name in [
        "AllDifferent",
        "AllDisjointClasses",
        "AllDisjointProperties",
        "AnnotationProperty",
        "AsymmetricProperty",
        "DatatypeProperty",
        "FunctionalProperty",
        "InverseFunctionalProperty",
        "IrreflexiveProperty",
        "NegativePropertyAssertion",
        "ObjectProperty",
        "ReflexiveProperty",
        "SymmetricProperty",
        "TransitiveProperty",
    ]
)


def is_axiom(triple: Triple) -> bool:
    """Return whether a triple belongs to an axiom, so that the rules change when it comes or goes."""
    return triple[1] in PREDICATES or (triple[1] == TYPE and triple[2] in CLASSES)


class Axioms:
    """The axiom triples of an ontology, by predicate and by subject."""

    def __init__(self, statements: Iterable[ox.Quad | ox.Triple | Triple]) -> None:
        self._graph: dict[Triple, ox.NamedNode | ox.BlankNode | ox.DefaultGraph | None] = {}
        self._pairs: dict[ox.NamedNode, list[tuple[Node, Term]]] = {}
        self._objects: dict[tuple[Node, ox.NamedNode], list[Term]] = {}
        self._instances: dict[ox.NamedNode, list[Node]] = {}
        self._types: dict[Node, set[ox.NamedNode]] = {}
        for statement in statements:
            triple: Triple
            if isinstance(statement, tuple):
                triple, graph = statement, None
            else:
                triple = (statement.subject, statement.predicate, statement.object)  # type: ignore[assignment]
                graph = statement.graph_name if isinstance(statement, ox.Quad) else None
            s, p, o = triple
            if p == TYPE:
                if o not in CLASSES:
                    continue
            elif p not in PREDICATES:
                continue
            if triple in self._graph:  # a second source says the same
                continue
            self._graph[triple] = graph
            if p == TYPE:
                self._instances.setdefault(o, []).append(s)  # type: ignore[arg-type]
                self._types.setdefault(s, set()).add(o)  # type: ignore[arg-type]
            else:
                self._pairs.setdefault(p, []).append((s, o))  # type: ignore[arg-type]
                self._objects.setdefault((s, p), []).append(o)  # type: ignore[arg-type]

    def pairs(self, predicate: ox.NamedNode) -> list[tuple[Node, Term]]:
        """Return the (subject, object) pairs of a predicate."""
        return self._pairs.get(predicate, [])

    def instances(self, of: ox.NamedNode) -> list[Node]:
        """Return what is declared to be of an OWL class, for example the functional properties."""
        return self._instances.get(of, [])

    def is_a(self, node: Term, of: ox.NamedNode) -> bool:
        return not isinstance(node, ox.Literal) and of in self._types.get(node, ())

    def value(self, node: Term, predicate: ox.NamedNode) -> Term | None:
        """Return the first value of a node, if it has one."""
        values = self._objects.get((node, predicate))  # type: ignore[arg-type]
        return values[0] if values else None

    def values(self, node: Term, predicate: ox.NamedNode) -> list[Term]:
        return self._objects.get((node, predicate), [])  # type: ignore[arg-type]

    def members(self, head: Term | None) -> list[Term]:
        """Return the members of an RDF list; a list that is cut short or runs in a ring ends where it does."""
        found: list[Term] = []
        seen: set[Term] = set()
        while head is not None and head != _NIL and head not in seen:
            seen.add(head)
            first = self.value(head, _FIRST)
            if first is not None:
                found.append(first)
            head = self.value(head, _REST)
        return found

    def axiom(self, *triple: Term) -> Axiom:
        return Axiom(triple, self._graph.get(triple))  # type: ignore[arg-type]

    def __len__(self) -> int:
        return len(self._graph)

    def __iter__(self) -> Iterator[Triple]:
        return iter(self._graph)


def axiom_quads(store: ox.Store, graphs: Iterable[ox.NamedNode]) -> list[ox.Quad]:
    """Return the axiom triples of some graphs of a store without reading their other triples."""
    found: list[ox.Quad] = []
    for graph in graphs:
        for predicate in PREDICATES:
            found.extend(store.quads_for_pattern(None, predicate, None, graph))
        for name in CLASSES:
            found.extend(store.quads_for_pattern(None, TYPE, name, graph))
    return found
