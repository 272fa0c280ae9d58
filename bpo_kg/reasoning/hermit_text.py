"""What HermiT is told: the logical triples of an ontology, declared as it needs them, and nothing else.

HermiT's parser drops silently what is not declared and stops at the first literal it does not know. So individuals,
classes and properties are declared here, annotations and `owl:imports` are left out (a reasoner must not go to the
network), and literals it cannot read are left out and reported.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox

from bpo_kg.reasoning.axioms import owl
from bpo_kg.reasoning.datatypes import well_formed
from bpo_kg.reasoning.rules import TYPE
from bpo_kg.store.dataset import Triple
from bpo_kg.vocabulary import OWL, RDF, RDFS, XSD

_XSD = (
    "string",
    "boolean",
    "decimal",
    "integer",
    "nonNegativeInteger",
    "nonPositiveInteger",
    "positiveInteger",
    "negativeInteger",
    "long",
    "int",
    "short",
    "byte",
    "unsignedLong",
    "unsignedInt",
    "unsignedShort",
    "unsignedByte",
    "double",
    "float",
    "hexBinary",
    "base64Binary",
    "anyURI",
    "dateTime",
    "dateTimeStamp",
    "normalizedString",
    "token",
    "language",
    "Name",
    "NCName",
    "NMTOKEN",
)
_KNOWN = frozenset(XSD + name for name in _XSD) | {
    RDF + "PlainLiteral",
    RDF + "langString",
    RDF + "XMLLiteral",
    RDFS + "Literal",
    OWL + "real",
    OWL + "rational",
}
_ANNOTATIONS = frozenset(
    [RDFS + name for name in ("label", "comment", "seeAlso", "isDefinedBy")]
    + [
        OWL + name
        for name in ("versionInfo", "deprecated", "priorVersion", "backwardCompatibleWith", "incompatibleWith")
    ]
    + [OWL + name for name in ("imports", "versionIRI")]
)
_META = frozenset(owl(name) for name in ("Ontology", "Axiom", "Annotation"))
_DECLARING = {
    owl("ObjectProperty"): "object",
    owl("DatatypeProperty"): "data",
    owl("AnnotationProperty"): "annotation",
    owl("Class"): "class",
    owl("NamedIndividual"): "individual",
    ox.NamedNode(RDFS + "Datatype"): "datatype",
}


@dataclass(frozen=True, slots=True)
class Omission:
    """A triple that HermiT was not told, and why."""

    triple: Triple
    reason: Mapping[str, str]
    """Sentence by language tag, "en" and "id"."""


@dataclass(slots=True)
class Told:
    """An ontology as HermiT gets it: axioms with the blank nodes they are made of, and facts."""

    declarations: list[Triple] = field(default_factory=list)
    axioms: list[tuple[Triple, ...]] = field(default_factory=list)
    """Each axiom as the triples that belong together."""
    facts: list[Triple] = field(default_factory=list)
    omissions: list[Omission] = field(default_factory=list)

    def triples(self) -> list[Triple]:
        return [*self.declarations, *(triple for axiom in self.axioms for triple in axiom), *self.facts]


def tell(statements: Iterable[ox.Quad | ox.Triple | Triple]) -> Told:
    """Sort triples into declarations, axioms and facts, leaving out what HermiT must not or cannot read."""
    triples = list(dict.fromkeys(_triples(statements)))
    kinds: dict[object, set[str]] = {}
    meta: set[object] = set()
    for s, p, o in triples:
        if p == TYPE:
            if o in _META:
                meta.add(s)
            if o in _DECLARING:
                kinds.setdefault(s, set()).add(_DECLARING[o])  # type: ignore[index]
    told = Told()
    by_subject: dict[object, list[Triple]] = {}
    for triple in triples:
        s, p, o = triple
        said = kinds.get(p, set())
        if s in meta or p.value in _ANNOTATIONS or said == {"annotation"} or (p == TYPE and o in _META):
            continue
        if isinstance(o, ox.Literal) and (reason := _unreadable(o)):
            told.omissions.append(Omission(triple, reason))
            continue
        by_subject.setdefault(s, []).append(triple)
    _sort(by_subject, told)
    _declare(told, kinds)
    return told


def _triples(statements: Iterable[ox.Quad | ox.Triple | Triple]) -> Iterable[Triple]:
    for statement in statements:
        if isinstance(statement, tuple):
            yield statement
        else:
            yield (statement.subject, statement.predicate, statement.object)  # type: ignore[misc]


def _unreadable(literal: ox.Literal) -> dict[str, str] | None:
    iri = literal.datatype.value
    if iri not in _KNOWN:
        return {
            "en": f"HermiT does not know the datatype {iri}",
            "id": f"HermiT tidak mengenal tipe data {iri}",
        }
    if not well_formed(literal):
        return {
            "en": f'"{literal.value}" is not a value of {iri}',
            "id": f'"{literal.value}" bukan nilai {iri}',
        }
    return None


def _is_logical(term: object) -> bool:
    return isinstance(term, ox.NamedNode) and term.value.startswith((OWL, RDFS, RDF))


def _sort(by_subject: dict[object, list[Triple]], told: Told) -> None:
    """Tell axioms from facts; a blank node belongs to the axiom that leads to it."""
    inner = {
        o
        for triples in by_subject.values()
        for s, p, o in triples
        if isinstance(o, ox.BlankNode) and (_is_logical(p) and p != TYPE)
    }
    for subject, triples in by_subject.items():
        structural = isinstance(subject, ox.BlankNode) and any(_is_logical(p) and p != TYPE for _, p, _ in triples)
        if subject in inner and structural:
            continue
        if structural:  # an axiom without a name: a general class axiom, AllDifferent, a denied fact
            told.axioms.append(tuple(_closure(triples, by_subject)))
            continue
        for triple in triples:
            _, p, o = triple
            if p == TYPE and o in _DECLARING:
                told.declarations.append(triple)
            elif (p == TYPE and _is_logical(o) and o != owl("Thing")) or (p != TYPE and _is_logical(p)):
                told.axioms.append(tuple(_closure([triple], by_subject)))
            else:
                told.facts.append(triple)


def _closure(start: list[Triple], by_subject: dict[object, list[Triple]]) -> list[Triple]:
    found = list(start)
    seen: set[object] = {triple[0] for triple in start}
    for triple in found:
        node = triple[2]
        if isinstance(node, ox.BlankNode) and node not in seen:
            seen.add(node)
            found.extend(by_subject.get(node, ()))
    return found


def _declare(told: Told, kinds: dict[object, set[str]]) -> None:
    """Declare individuals, classes and properties that nobody declared."""
    new: dict[Triple, None] = {}

    def declare(term: object, kind: ox.NamedNode, *already: str) -> None:
        if isinstance(term, ox.NamedNode) and not kinds.get(term, set()) & set(already):
            new[(term, TYPE, kind)] = None

    individual, thing = owl("NamedIndividual"), owl("Class")
    for s, p, o in told.facts:
        declare(s, individual, "individual")
        if p == TYPE:
            declare(o, thing, "class", "datatype")
        elif isinstance(o, ox.Literal):
            declare(p, owl("DatatypeProperty"), "data", "object")
        else:
            declare(p, owl("ObjectProperty"), "object", "data")
            declare(o, individual, "individual")
    for axiom in told.axioms:
        for s, p, o in axiom:
            if p in (owl("sameAs"), owl("differentFrom")):
                declare(s, individual, "individual")
                declare(o, individual, "individual")
            elif p.value in (RDFS + "subClassOf", OWL + "disjointWith", OWL + "complementOf"):
                declare(s, thing, "class", "datatype")
                if not _is_logical(o):
                    declare(o, thing, "class", "datatype")
    told.declarations.extend(new)
