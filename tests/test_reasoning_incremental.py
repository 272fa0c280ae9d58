"""Adding and removing facts leaves the inferred graph as a full run would have it."""

import pyoxigraph as ox
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reasoning_ontologies import Ontology, fact, ontologies

from bpo_kg.reasoning import Closure
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
