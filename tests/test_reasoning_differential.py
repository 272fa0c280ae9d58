"""Our closure beside those of three other reasoners, on generated ontologies.

HermiT is complete, so it is asked about everything. owlrl and reasonable are asked only about what they can do;
each thing they get wrong is named below with a test that shows their wrong answer, so that the exclusion goes when
they mend it.
"""

from collections import Counter

import owlrl
import pyoxigraph as ox
import rdflib
import reasonable
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from reasoning_ontologies import (
    CLASSES,
    COMPOSITE,
    DATA,
    INTEGER,
    KINDS,
    PEOPLE,
    SIMPLE,
    TYPE,
    Choices,
    Ontology,
    Triple,
    ex,
    ontologies,
    owl,
    rdfs,
)

from bpo_kg.reasoning import Closure
from bpo_kg.reasoning.hermit import Classification, Hermit
from bpo_kg.store.dataset import Dataset
from bpo_kg.vocabulary import ASSERTED

SAME = owl("sameAs")
NO_SHRINKING = settings(
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    derandomize=True,
)

# What a peer is known to get wrong; each has its own test below.
OWLRL_HAS_NO_TYPES_OF_LITERALS = ("some_data_left", "data_range", "all_data_right")
OWLRL_KEYS_ARE_UNSOUND = ("key",)
OWLRL_MISSES_DISJOINT_PROPERTIES = ("all_disjoint_properties",)
OWLRL_LETS_LITERALS_BE_EQUAL = ("functional_datum", "at_most_one_datum")
REASONABLE_HAS_NO_CHAINS = ("chain",)
REASONABLE_HAS_NO_KEYS = ("key",)
REASONABLE_MERGES_NOTHING_BY_CARDINALITY = ("at_most_one", "at_most_one_member", "at_most_one_datum")
REASONABLE_HAS_NO_DIAGNOSTICS = (
    "at_most_none", "at_most_no_member", "complement_right", "asymmetric", "irreflexive", "disjoint_classes",
    "all_disjoint_classes", "disjoint_properties", "all_disjoint_properties", "different", "all_different", "denied",
    "denied_datum", "functional_datum", "data_range", "all_data_right",
)  # fmt: skip


def closed(ontology: Ontology) -> Closure:
    dataset = Dataset()
    dataset.add(ontology.triples(), f"{ASSERTED}/office")
    closure = Closure(dataset)
    closure.run()
    return closure


def about_people(triples: list[Triple], properties: list[ox.NamedNode]) -> set[Triple]:
    """Return the memberships in named classes and the values of named properties."""
    return {(s, p, o) for s, p, o in triples if s in PEOPLE and ((p == TYPE and o in CLASSES) or p in properties)}


def ours(closure: Closure, *, data: bool = True) -> set[Triple]:
    properties = SIMPLE + COMPOSITE + (DATA if data else [])
    return about_people(list(closure.triples()), properties)


def of_hermit(answer: Classification) -> set[Triple]:
    types = [(ox.NamedNode(s), TYPE, ox.NamedNode(o)) for s, o in answer.types]
    values = [(ox.NamedNode(s), ox.NamedNode(p), ox.NamedNode(o)) for s, p, o in answer.values]
    return about_people(types + values, SIMPLE + COMPOSITE)


def of_graph(triples: list[tuple]) -> set[Triple]:
    text = "".join(f"{s.n3()} {p.n3()} {o.n3()} .\n" for s, p, o in triples if isinstance(s, rdflib.URIRef))
    quads = ox.parse(text.encode(), format=ox.RdfFormat.TURTLE)
    return about_people([(q.subject, q.predicate, q.object) for q in quads], SIMPLE + COMPOSITE + DATA)


def of_owlrl(ontology: Ontology) -> tuple[set[Triple], bool]:
    graph = rdflib.Graph().parse(data=ontology.turtle(), format="nt")
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics, axiomatic_triples=False, datatype_axioms=False).expand(graph)
    return of_graph([t for t in graph if t[0] in NAMES]), not any("error" in str(p) for p in graph.predicates())


def of_reasonable(ontology: Ontology) -> set[Triple]:
    engine = reasonable.PyReasoner()
    engine.from_graph(rdflib.Graph().parse(data=ontology.turtle(), format="nt"))
    return of_graph([t for t in engine.reason() if t[0] in NAMES])


NAMES = {rdflib.URIRef(name.value) for name in PEOPLE}


@settings(NO_SHRINKING, max_examples=2)
@given(st.tuples(*[ontologies(must=kind, least=2, most=7) for kind in KINDS]))
def test_hermit_agrees_on_every_kind_of_axiom(drawn: tuple[Ontology, ...]) -> None:
    """Consistency, memberships and object property values equal HermiT's, with each kind of axiom drawn."""
    counted = Counter(kind for ontology in drawn for kind in ontology.kinds)
    assert set(counted) == set(KINDS)
    answers = Hermit(timeout=240).classify_all([ontology.triples() for ontology in drawn], values=True)
    for ontology, answer in zip(drawn, answers, strict=True):
        closure = closed(ontology)
        assert closure.consistent == answer.consistent, (ontology.kinds, [clash.text() for clash in closure.clashes])
        if answer.consistent:
            assert ours(closure, data=False) == of_hermit(answer), ontology.kinds


@settings(NO_SHRINKING, max_examples=2)
@given(st.tuples(*[ontologies(must=kind, without=OWLRL_KEYS_ARE_UNSOUND + OWLRL_HAS_NO_TYPES_OF_LITERALS,
                              least=2, most=7) for kind in KINDS if kind not in
                   OWLRL_KEYS_ARE_UNSOUND + OWLRL_HAS_NO_TYPES_OF_LITERALS]))  # fmt: skip
def test_owlrl_agrees_where_it_can(drawn: tuple[Ontology, ...]) -> None:
    """What owlrl infers we infer and the other way round; what it finds inconsistent we do."""
    for ontology in drawn:
        closure = closed(ontology)
        found, consistent = of_owlrl(ontology)
        if closure.consistent:
            assert consistent, ontology.kinds
            assert ours(closure) == found, ontology.kinds
        else:
            unseen = {*OWLRL_MISSES_DISJOINT_PROPERTIES, *OWLRL_LETS_LITERALS_BE_EQUAL}
            assert not consistent or unseen & set(ontology.kinds), ontology.kinds


REASONABLE = sorted(
    set(KINDS)
    - {*REASONABLE_HAS_NO_CHAINS, *REASONABLE_HAS_NO_KEYS, *REASONABLE_MERGES_NOTHING_BY_CARDINALITY}
    - {*REASONABLE_HAS_NO_DIAGNOSTICS, "some_data_left"}
)


@settings(NO_SHRINKING, max_examples=2)
@given(st.tuples(*[ontologies(must=kind, without=tuple(set(KINDS) - set(REASONABLE)), least=2, most=7)
                   for kind in REASONABLE]))  # fmt: skip
def test_reasonable_infers_nothing_that_we_do_not(drawn: tuple[Ontology, ...]) -> None:
    """What reasonable infers on the axioms it knows, we infer too."""
    for ontology in drawn:
        closure = closed(ontology)
        if closure.consistent:
            assert of_reasonable(ontology) <= ours(closure), ontology.kinds


# --- known bugs of peers: each test shows the wrong answer ------------------------------------------
def office(build: object, facts: list[Triple]) -> Ontology:
    choices = Choices(lambda strategy: None)
    build(choices)  # type: ignore[operator]
    return Ontology(axioms=[choices.made], facts=facts)


ANI, BUDI, CITRA = PEOPLE[:3]


def keyed(c: Choices) -> None:
    c.made.append((CLASSES[0], owl("hasKey"), c.listed([DATA[0], SIMPLE[0]])))


def test_owlrl_merges_by_part_of_a_key() -> None:
    """owlrl makes two things the same that share one property of a key of two; we do not."""
    facts = [(ANI, TYPE, CLASSES[0]), (BUDI, TYPE, CLASSES[0]), (ANI, DATA[0], ox.Literal("B-1")),
             (BUDI, DATA[0], ox.Literal("B-1")), (ANI, SIMPLE[0], CITRA), (BUDI, SIMPLE[0], PEOPLE[3]),
             (ANI, SIMPLE[1], CITRA)]  # fmt: skip
    ontology = office(keyed, facts)
    assert (BUDI, SIMPLE[1], CITRA) in of_owlrl(ontology)[0]
    assert (BUDI, SIMPLE[1], CITRA) not in ours(closed(ontology))


def test_owlrl_does_not_check_datatypes() -> None:
    """owlrl lets a text stand where a range wants a number; we do not."""
    ontology = office(lambda c: c.made.append((DATA[0], rdfs("range"), INTEGER)), [(ANI, DATA[0], ox.Literal("B-1"))])
    assert of_owlrl(ontology)[1]
    assert not closed(ontology).consistent


def test_owlrl_misses_disjoint_properties_of_a_list() -> None:
    """owlrl does not see that a pair has two properties of an AllDisjointProperties; we do."""

    def build(c: Choices) -> None:
        node = ox.BlankNode("all")
        c.made += [(node, TYPE, owl("AllDisjointProperties")), (node, owl("members"), c.listed(SIMPLE[:3]))]

    ontology = office(build, [(ANI, SIMPLE[0], BUDI), (ANI, SIMPLE[2], BUDI)])
    assert of_owlrl(ontology)[1]
    assert not closed(ontology).consistent


def test_owlrl_takes_two_values_of_a_functional_property_for_one() -> None:
    """owlrl sees nothing wrong with two different texts where one is allowed; we do."""
    functional: Triple = (DATA[0], TYPE, owl("FunctionalProperty"))
    values: list[Triple] = [(ANI, DATA[0], ox.Literal(text)) for text in ("B-1", "B-2")]
    ontology = Ontology(axioms=[[functional]], facts=values)
    assert of_owlrl(ontology)[1]
    assert not closed(ontology).consistent


def test_reasonable_has_no_property_chains() -> None:
    """reasonable concludes nothing from a chain; we do."""
    chain = lambda c: c.made.append((COMPOSITE[2], owl("propertyChainAxiom"), c.listed(SIMPLE[:2])))  # noqa: E731
    ontology = office(chain, [(ANI, SIMPLE[0], BUDI), (BUDI, SIMPLE[1], CITRA)])
    assert (ANI, COMPOSITE[2], CITRA) not in of_reasonable(ontology)
    assert (ANI, COMPOSITE[2], CITRA) in ours(closed(ontology))


def test_reasonable_has_no_keys() -> None:
    """reasonable does not merge two things with one key; we do."""
    build = lambda c: c.made.append((CLASSES[0], owl("hasKey"), c.listed([DATA[0]])))  # noqa: E731
    facts = [(who, TYPE, CLASSES[0]) for who in (ANI, BUDI)] + [
        (who, DATA[0], ox.Literal("B-1")) for who in (ANI, BUDI)
    ]
    ontology = office(build, [*facts, (ANI, SIMPLE[0], CITRA)])
    assert (BUDI, SIMPLE[0], CITRA) not in of_reasonable(ontology)
    assert (BUDI, SIMPLE[0], CITRA) in ours(closed(ontology))


def test_reasonable_changes_the_datatype_of_text() -> None:
    """reasonable gives a plain text back with a datatype, which rdflib takes for another term; ours stays as it was."""
    note = ex("note")
    ontology = Ontology(facts=[(ANI, note, ox.Literal("meja"))])
    engine = reasonable.PyReasoner()
    engine.from_graph(rdflib.Graph().parse(data=ontology.turtle(), format="nt"))
    returned = {o for s, p, o in engine.reason() if p == rdflib.URIRef(note.value)}
    assert rdflib.Literal("meja") not in returned
    assert (ANI, note, ox.Literal("meja")) in set(closed(ontology).triples())


def test_reasonable_reports_no_contradiction() -> None:
    """reasonable raises nothing and says nothing about a member of two disjoint classes; we name it."""
    disjoint = (CLASSES[0], owl("disjointWith"), CLASSES[1])
    ontology = Ontology(axioms=[[disjoint]], facts=[(ANI, TYPE, CLASSES[0]), (ANI, TYPE, CLASSES[1])])
    assert of_reasonable(ontology) >= set(ontology.facts)
    assert [clash.axioms[0].triple for clash in closed(ontology).clashes] == [disjoint]
