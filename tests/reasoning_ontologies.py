"""Generated ontologies: every kind of axiom that OWL 2 RL knows, over a small office vocabulary.

Each kind is a function from choices to triples, so that a test can ask for ontologies with at least one axiom of a
kind. Property roles are kept apart as OWL 2 DL wants it (composite properties are never counted, functional,
asymmetric or irreflexive), because HermiT refuses ontologies that mix them.
"""

from collections.abc import Callable

import pyoxigraph as ox
from hypothesis import strategies as st

EX = "https://example.org/office/"
OWL = "http://www.w3.org/2002/07/owl#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
XSD = "http://www.w3.org/2001/XMLSchema#"

Triple = tuple[ox.NamedNode | ox.BlankNode, ox.NamedNode, ox.NamedNode | ox.BlankNode | ox.Literal]


def ex(name: str) -> ox.NamedNode:
    return ox.NamedNode(EX + name)


def owl(name: str) -> ox.NamedNode:
    return ox.NamedNode(OWL + name)


def rdfs(name: str) -> ox.NamedNode:
    return ox.NamedNode(RDFS + name)


TYPE, FIRST, REST, NIL = (ox.NamedNode(RDF + n) for n in ("type", "first", "rest", "nil"))
INTEGER, BOOLEAN, STRING = (ox.NamedNode(XSD + n) for n in ("integer", "boolean", "string"))

CLASSES = [ex(n) for n in ("Team", "Task", "FrontTask", "BackTask", "Site", "Person")]
SIMPLE = [ex(n) for n in ("handles", "leads", "worksAt", "reportsTo")]
"""Properties that may be functional, counted, asymmetric, irreflexive or disjoint."""
COMPOSITE = [ex(n) for n in ("within", "contains", "serves")]
"""Properties that may be transitive or the result of a chain."""
DATA = [ex(n) for n in ("badge", "remote", "seats")]
RANGES = dict(zip(DATA, (STRING, BOOLEAN, INTEGER), strict=True))
PEOPLE = [ex(n) for n in ("ani", "budi", "citra", "dewi", "eka", "fajar")]
VALUES = {
    DATA[0]: [ox.Literal("B-1"), ox.Literal("B-2")],
    DATA[1]: [ox.Literal(True), ox.Literal(False)],
    DATA[2]: [ox.Literal(3), ox.Literal(4)],
}


class Ontology:
    """Axioms and facts as triples, and how many axioms of each kind there are."""

    def __init__(
        self,
        axioms: list[list[Triple]] | None = None,
        facts: list[Triple] | None = None,
        kinds: list[str] | None = None,
    ) -> None:
        self.axioms = axioms or []
        self.facts = facts or []
        self.kinds = kinds or []

    def __repr__(self) -> str:
        # Dozens are drawn at once, and a failure must stay readable.
        return f"Ontology({'+'.join(self.kinds)}, {len(self.facts)} facts)"

    def declarations(self) -> list[Triple]:
        found: list[Triple] = [(ex("office"), TYPE, owl("Ontology"))]
        for names, kind in ((CLASSES, "Class"), (SIMPLE + COMPOSITE, "ObjectProperty"), (DATA, "DatatypeProperty")):
            found += [(name, TYPE, owl(kind)) for name in names]
        return found + [(name, TYPE, owl("NamedIndividual")) for name in PEOPLE]

    def tbox(self) -> list[Triple]:
        return [triple for axiom in self.axioms for triple in axiom]

    def triples(self) -> list[Triple]:
        return [*self.declarations(), *self.tbox(), *self.facts]

    def turtle(self) -> bytes:
        return ox.serialize((ox.Triple(*t) for t in self.triples()), format=ox.RdfFormat.N_TRIPLES)


class Choices:
    """Draws names and builds expressions; blank nodes are numbered so that one example reads alike each time."""

    def __init__(self, draw: Callable[[st.SearchStrategy], object]) -> None:
        self._draw = draw
        self._blank = 0
        self.made: list[Triple] = []

    def pick(self, options: list) -> ox.NamedNode:
        return self._draw(st.sampled_from(options))

    def some(self, options: list, least: int = 2, most: int = 3) -> list:
        return self._draw(st.lists(st.sampled_from(options), min_size=least, max_size=most, unique=True))

    def blank(self) -> ox.BlankNode:
        self._blank += 1
        return ox.BlankNode(f"n{self._blank}")

    def listed(self, members: list) -> ox.NamedNode | ox.BlankNode:
        head = NIL
        for member in reversed(members):
            node = self.blank()
            self.made += [(node, FIRST, member), (node, REST, head)]
            head = node
        return head

    def expression(self, predicate: str, members: list) -> ox.BlankNode:
        node = self.blank()
        self.made += [(node, TYPE, owl("Class")), (node, owl(predicate), self.listed(members))]
        return node

    def restriction(self, prop: ox.NamedNode, predicate: str, value: object, on: tuple | None = None) -> ox.BlankNode:
        node = self.blank()
        self.made += [(node, TYPE, owl("Restriction")), (node, owl("onProperty"), prop), (node, owl(predicate), value)]
        if on is not None:
            self.made.append((node, owl(on[0]), on[1]))
        return node

    def sub(self, left: object, right: object) -> None:
        self.made.append((left, rdfs("subClassOf"), right))


def _count(number: int) -> ox.Literal:
    return ox.Literal(str(number), datatype=ox.NamedNode(XSD + "nonNegativeInteger"))


KINDS: dict[str, Callable[[Choices], None]] = {}


def _kind(function: Callable[[Choices], None]) -> Callable[[Choices], None]:
    KINDS[function.__name__.strip("_")] = function
    return function


@_kind
def sub_class(c: Choices) -> None:
    c.sub(*c.some(CLASSES, 2, 2))


@_kind
def equivalent_class(c: Choices) -> None:
    left, right = c.some(CLASSES, 2, 2)
    c.made.append((left, owl("equivalentClass"), right))


@_kind
def defined_by_value(c: Choices) -> None:
    name, genus = c.some(CLASSES, 2, 2)
    prop = c.pick(DATA)
    part = c.restriction(prop, "hasValue", c.pick(VALUES[prop]))
    c.made.append((name, owl("equivalentClass"), c.expression("intersectionOf", [genus, part])))


@_kind
def intersection_left(c: Choices) -> None:
    c.sub(c.expression("intersectionOf", c.some(CLASSES)), c.pick(CLASSES))


@_kind
def intersection_right(c: Choices) -> None:
    c.sub(c.pick(CLASSES), c.expression("intersectionOf", c.some(CLASSES)))


@_kind
def union_left(c: Choices) -> None:
    c.sub(c.expression("unionOf", c.some(CLASSES)), c.pick(CLASSES))


@_kind
def complement_right(c: Choices) -> None:
    node = c.blank()
    c.made += [(node, TYPE, owl("Class")), (node, owl("complementOf"), c.pick(CLASSES))]
    c.sub(c.pick(CLASSES), node)


@_kind
def one_of_left(c: Choices) -> None:
    c.sub(c.expression("oneOf", c.some(PEOPLE, 1, 2)), c.pick(CLASSES))


@_kind
def some_left(c: Choices) -> None:
    c.sub(
        c.restriction(c.pick(SIMPLE + COMPOSITE), "someValuesFrom", c.pick([*CLASSES, owl("Thing")])), c.pick(CLASSES)
    )


@_kind
def some_data_left(c: Choices) -> None:
    prop = c.pick(DATA)
    c.sub(c.restriction(prop, "someValuesFrom", RANGES[prop]), c.pick(CLASSES))


@_kind
def all_right(c: Choices) -> None:
    c.sub(c.pick(CLASSES), c.restriction(c.pick(SIMPLE + COMPOSITE), "allValuesFrom", c.pick(CLASSES)))


@_kind
def all_data_right(c: Choices) -> None:
    prop = c.pick(DATA)
    c.sub(c.pick(CLASSES), c.restriction(prop, "allValuesFrom", c.pick([INTEGER, BOOLEAN, STRING])))


@_kind
def has_value_left(c: Choices) -> None:
    c.sub(c.restriction(c.pick(SIMPLE + COMPOSITE), "hasValue", c.pick(PEOPLE)), c.pick(CLASSES))


@_kind
def has_value_right(c: Choices) -> None:
    c.sub(c.pick(CLASSES), c.restriction(c.pick(SIMPLE + COMPOSITE), "hasValue", c.pick(PEOPLE)))


@_kind
def at_most_none(c: Choices) -> None:
    c.sub(c.pick(CLASSES), c.restriction(c.pick(SIMPLE), "maxCardinality", _count(0)))


@_kind
def at_most_one(c: Choices) -> None:
    c.sub(c.pick(CLASSES), c.restriction(c.pick(SIMPLE), "maxCardinality", _count(1)))


@_kind
def at_most_one_datum(c: Choices) -> None:
    c.sub(c.pick(CLASSES), c.restriction(c.pick(DATA), "maxCardinality", _count(1)))


@_kind
def at_most_no_member(c: Choices) -> None:
    on = ("onClass", c.pick(CLASSES))
    c.sub(c.pick(CLASSES), c.restriction(c.pick(SIMPLE), "maxQualifiedCardinality", _count(0), on))


@_kind
def at_most_one_member(c: Choices) -> None:
    on = ("onClass", c.pick(CLASSES))
    c.sub(c.pick(CLASSES), c.restriction(c.pick(SIMPLE), "maxQualifiedCardinality", _count(1), on))


@_kind
def domain(c: Choices) -> None:
    c.made.append((c.pick(SIMPLE + COMPOSITE + DATA), rdfs("domain"), c.pick(CLASSES)))


@_kind
def range_(c: Choices) -> None:
    c.made.append((c.pick(SIMPLE + COMPOSITE), rdfs("range"), c.pick(CLASSES)))


@_kind
def data_range(c: Choices) -> None:
    c.made.append((c.pick(DATA), rdfs("range"), c.pick([INTEGER, BOOLEAN, STRING])))


@_kind
def sub_property(c: Choices) -> None:
    # A simple property may lie below a composite one, never the other way round.
    c.made.append((c.pick(SIMPLE), rdfs("subPropertyOf"), c.pick(SIMPLE + COMPOSITE)))


@_kind
def equivalent_property(c: Choices) -> None:
    left, right = c.some(SIMPLE, 2, 2)
    c.made.append((left, owl("equivalentProperty"), right))


@_kind
def inverse(c: Choices) -> None:
    # `serves` has no inverse: with one, the chains that end in it could feed themselves.
    left, right = c.some(c.pick([SIMPLE, COMPOSITE[:2]]), 2, 2)
    c.made.append((left, owl("inverseOf"), right))


@_kind
def chain(c: Choices) -> None:
    # Regularity: a chain ends in `serves`, and `serves` is no step of one.
    steps = [c.pick([*SIMPLE, *COMPOSITE[:2]]), c.pick(SIMPLE)]
    c.made.append((COMPOSITE[2], owl("propertyChainAxiom"), c.listed(steps)))


@_kind
def symmetric(c: Choices) -> None:
    c.made.append((c.pick(SIMPLE), TYPE, owl("SymmetricProperty")))


@_kind
def asymmetric(c: Choices) -> None:
    c.made.append((c.pick(SIMPLE), TYPE, owl("AsymmetricProperty")))


@_kind
def irreflexive(c: Choices) -> None:
    c.made.append((c.pick(SIMPLE), TYPE, owl("IrreflexiveProperty")))


@_kind
def transitive(c: Choices) -> None:
    c.made.append((c.pick(COMPOSITE[:2]), TYPE, owl("TransitiveProperty")))


@_kind
def functional(c: Choices) -> None:
    c.made.append((c.pick(SIMPLE), TYPE, owl("FunctionalProperty")))


@_kind
def functional_datum(c: Choices) -> None:
    c.made.append((c.pick(DATA), TYPE, owl("FunctionalProperty")))


@_kind
def inverse_functional(c: Choices) -> None:
    c.made.append((c.pick(SIMPLE), TYPE, owl("InverseFunctionalProperty")))


@_kind
def key(c: Choices) -> None:
    c.made.append((c.pick(CLASSES), owl("hasKey"), c.listed([c.pick(DATA[:1]), *c.some(SIMPLE, 0, 1)])))


@_kind
def disjoint_classes(c: Choices) -> None:
    left, right = c.some(CLASSES, 2, 2)
    c.made.append((left, owl("disjointWith"), right))


@_kind
def all_disjoint_classes(c: Choices) -> None:
    node = c.blank()
    c.made += [(node, TYPE, owl("AllDisjointClasses")), (node, owl("members"), c.listed(c.some(CLASSES, 3, 3)))]


@_kind
def disjoint_properties(c: Choices) -> None:
    left, right = c.some(SIMPLE, 2, 2)
    c.made.append((left, owl("propertyDisjointWith"), right))


@_kind
def all_disjoint_properties(c: Choices) -> None:
    node = c.blank()
    c.made += [(node, TYPE, owl("AllDisjointProperties")), (node, owl("members"), c.listed(c.some(SIMPLE, 3, 3)))]


@_kind
def same(c: Choices) -> None:
    left, right = c.some(PEOPLE, 2, 2)
    c.made.append((left, owl("sameAs"), right))


@_kind
def different(c: Choices) -> None:
    left, right = c.some(PEOPLE, 2, 2)
    c.made.append((left, owl("differentFrom"), right))


@_kind
def all_different(c: Choices) -> None:
    node = c.blank()
    c.made += [(node, TYPE, owl("AllDifferent")), (node, owl("distinctMembers"), c.listed(c.some(PEOPLE, 3, 3)))]


@_kind
def denied(c: Choices) -> None:
    node = c.blank()
    c.made += [
        (node, TYPE, owl("NegativePropertyAssertion")),
        (node, owl("sourceIndividual"), c.pick(PEOPLE)),
        (node, owl("assertionProperty"), c.pick(SIMPLE + COMPOSITE)),
        (node, owl("targetIndividual"), c.pick(PEOPLE)),
    ]


@_kind
def denied_datum(c: Choices) -> None:
    node, prop = c.blank(), c.pick(DATA)
    c.made += [
        (node, TYPE, owl("NegativePropertyAssertion")),
        (node, owl("sourceIndividual"), c.pick(PEOPLE)),
        (node, owl("assertionProperty"), prop),
        (node, owl("targetValue"), c.pick(VALUES[prop])),
    ]


@st.composite
def facts(draw: Callable, least: int = 1, most: int = 14) -> list[Triple]:
    found: list[Triple] = []
    for _ in range(draw(st.integers(least, most))):
        found.append(draw(fact()))
    return list(dict.fromkeys(found))


@st.composite
def fact(draw: Callable) -> Triple:
    who = draw(st.sampled_from(PEOPLE))
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return (who, TYPE, draw(st.sampled_from(CLASSES)))
    if kind == 1:
        prop = draw(st.sampled_from(DATA))
        return (who, prop, draw(st.sampled_from(VALUES[prop])))
    return (who, draw(st.sampled_from(SIMPLE + COMPOSITE)), draw(st.sampled_from(PEOPLE)))


@st.composite
def ontologies(
    draw: Callable, must: str | None = None, without: tuple[str, ...] = (), least: int = 0, most: int = 6
) -> Ontology:
    """Draw an ontology with at least one axiom of the kind `must`."""
    allowed = sorted(set(KINDS) - set(without))
    kinds = draw(st.lists(st.sampled_from(allowed), min_size=least, max_size=most))
    if must is not None:
        kinds = [must, *kinds]
    choices, found = Choices(draw), Ontology(kinds=kinds)
    for kind in kinds:
        choices.made = []
        KINDS[kind](choices)
        found.axioms.append(choices.made)
    found.facts = draw(facts(least))
    return found
