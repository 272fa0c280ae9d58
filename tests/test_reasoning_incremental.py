"""Adding and removing facts leaves the inferred graph as a full run would have it."""

from itertools import pairwise

import pyoxigraph as ox
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reasoning_ontologies import CLASSES, COMPOSITE, PEOPLE, TYPE, Ontology, ex, fact, ontologies, owl, rdfs

from bpo_kg.reasoning import Closure
from bpo_kg.reasoning.maintenance import Change, Maintenance, RuleIndex
from bpo_kg.reasoning.space import Space
from bpo_kg.store.dataset import Dataset
from bpo_kg.vocabulary import ASSERTED

G = f"{ASSERTED}/office"
FACTS = f"{ASSERTED}/facts"
RELAXED = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def closed(ontology: Ontology) -> Closure:
    dataset = Dataset()
    dataset.add(ontology.declarations() + ontology.tbox(), G)
    dataset.add(ontology.facts, FACTS)
    closure = Closure(dataset)
    closure.run()
    return closure


def state(closure: Closure) -> tuple[frozenset, bool]:
    return frozenset(closure.dataset.triples(part="inferred")), closure.consistent


def full(closure: Closure) -> tuple[frozenset, bool]:
    dataset = Dataset()
    dataset.store.bulk_extend(closure.dataset.quads())
    fresh = Closure(dataset)
    fresh.run()
    return state(fresh)


@RELAXED
@given(ontologies(), st.lists(st.tuples(st.booleans(), fact(), st.integers(0, 40)), min_size=1, max_size=8))
def test_random_edits_end_where_a_full_run_ends(ontology: Ontology, edits: list) -> None:
    """After every single edit the inferred graph and the verdict on consistency equal those of a full run."""
    closure = closed(ontology)
    for adding, new, which in edits:
        present = sorted(closure.dataset.triples(), key=str)
        if adding:
            closure.add([new], FACTS)
        else:
            stated = [t for t in present if ox.Quad(*t, ox.NamedNode(FACTS)) in closure.dataset.store]
            if stated:
                closure.remove([stated[which % len(stated)]], FACTS)
        assert state(closure) == full(closure)


@settings(RELAXED, max_examples=200)
@given(ontologies(least=3, most=12))
def test_a_full_run_by_queries_equals_following_each_fact(ontology: Ontology) -> None:
    """Two ways to the same closure: one update per rule in order, and fact by fact through the rule index."""
    closure = closed(ontology)
    asserted = list(closure.dataset.triples())
    given_, concluded = ox.NamedNode(G), ox.NamedNode(f"{G}/followed")
    store = ox.Store()
    store.bulk_extend(ox.Quad(s, p, o, given_) for s, p, o in asserted)
    space = Space(store, [given_], concluded)
    always = [head for rule in closure.rules.working if not rule.body for head in rule.head if not space.holds(head)]
    space.conclude(always)
    change = Change()
    Maintenance(space, RuleIndex(closure.rules)).spread([*asserted, *always], change)
    if not change.groups and "same" not in ontology.kinds:  # equals are written by representatives instead
        assert set(space.conclusions()) == set(closure.dataset.triples(part="inferred"))


def test_a_class_with_asserted_and_inferred_members_passes_both_on() -> None:
    """A superclass gets the members that were asserted of its subclass and those that were inferred."""
    ontology = Ontology(
        axioms=[
            [(COMPOSITE[0], rdfs("domain"), CLASSES[0])],
            [(COMPOSITE[0], owl("inverseOf"), COMPOSITE[1])],
            [(CLASSES[0], rdfs("subClassOf"), CLASSES[1])],
        ],
        facts=[
            (PEOPLE[0], TYPE, CLASSES[0]),
            (PEOPLE[1], COMPOSITE[0], PEOPLE[0]),
            (PEOPLE[0], COMPOSITE[1], PEOPLE[0]),
        ],
    )
    inferred = set(closed(ontology).dataset.triples(part="inferred"))
    assert {(PEOPLE[0], TYPE, CLASSES[1]), (PEOPLE[1], TYPE, CLASSES[1])} <= inferred


def test_an_edit_with_thousands_of_consequences_ends_where_a_full_run_ends() -> None:
    """Joining two long chains of a transitive property, and parting them again, is right and does not crawl."""
    within, parts = COMPOSITE[0], [ex(f"part{i:03d}") for i in range(130)]
    chain = [(one, within, other) for one, other in pairwise(parts)]
    ontology = Ontology(axioms=[[(within, TYPE, owl("TransitiveProperty"))]], facts=chain[:64] + chain[65:])
    closure = closed(ontology)
    before = state(closure)
    closure.add([chain[64]], FACTS)
    assert state(closure) == full(closure)
    assert (parts[0], within, parts[-1]) in set(closure.dataset.triples(part="inferred"))
    closure.remove([chain[64]], FACTS)
    assert state(closure) == before
