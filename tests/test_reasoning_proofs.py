"""Proofs: a finite tree from a triple down to asserted ones, each step by an axiom that somebody wrote."""

from hypothesis import HealthCheck, given, settings
from reasoning_ontologies import Ontology, ontologies
from test_reasoning_equality import n, well_founded
from test_reasoning_rules import closed

from bpo_kg.reasoning import Closure, Proof
from bpo_kg.reasoning.rules import TYPE
from bpo_kg.store.dataset import Dataset
from bpo_kg.vocabulary import ASSERTED

PARTS = """
:within a owl:TransitiveProperty ; owl:inverseOf :contains . :directlyWithin rdfs:subPropertyOf :within .
[ owl:onProperty :within ; owl:hasValue :office ] rdfs:subClassOf :OfficeTask .
:Filing rdfs:subClassOf :OfficeTask .
:scan :directlyWithin :file . :file :directlyWithin :records . :records :directlyWithin :office . :scan a :Filing .
"""


def steps(proof: Proof) -> list[Proof]:
    return [proof, *(step for premise in proof.premises for step in steps(premise))]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(ontologies(least=2, most=8))
def test_every_inferred_triple_has_a_well_founded_proof(ontology: Ontology) -> None:
    """Whatever the axioms, each inferred triple is proved from asserted triples, without circles."""
    dataset = Dataset()
    dataset.add(ontology.triples(), f"{ASSERTED}/office")
    closure = Closure(dataset)
    closure.run()
    asserted = set(dataset.triples())
    for triple in dataset.triples(part="inferred"):
        proof = closure.prove(triple)
        assert proof is not None, triple
        assert well_founded(proof), triple
        assert set(proof.leaves()) <= asserted


def test_a_proof_has_least_depth_and_names_its_axioms() -> None:
    """The one step by the subclass axiom is given rather than the four by the parts."""
    closure = closed(PARTS)
    proof = closure.prove((n("scan"), TYPE, n("OfficeTask")))
    assert proof is not None
    assert proof.depth() == 1
    assert [axiom.triple[0] for axiom in proof.axioms] == [n("Filing")]
    assert proof.leaves() == [(n("scan"), TYPE, n("Filing"))]


def test_other_proofs_are_given_when_asked_for() -> None:
    """All ways to conclude a triple come out, the shallowest first, each different."""
    closure = closed(PARTS)
    found = closure.proofs((n("scan"), TYPE, n("OfficeTask")), 10)
    assert len(found) >= 2
    assert len(set(found)) == len(found)
    assert [proof.depth() for proof in found] == sorted(proof.depth() for proof in found)
    assert len(closure.proofs((n("scan"), TYPE, n("OfficeTask")), 1)) == 1


def test_every_inner_step_names_an_axiom_and_every_leaf_a_source() -> None:
    """A reader can look up each step: axioms for what was concluded, a graph for what was asserted."""
    closure = closed(PARTS)
    proof = closure.prove((n("office"), n("contains"), n("scan")))
    assert proof is not None
    for step in steps(proof):
        assert (step.graph is not None) if step.asserted else bool(step.axioms)


def test_an_asserted_triple_is_its_own_proof() -> None:
    """Nothing has to be concluded where somebody wrote it."""
    closure = closed(PARTS)
    proof = closure.prove((n("scan"), TYPE, n("Filing")))
    assert proof is not None
    assert proof.asserted
    assert proof.graph is not None
    assert proof.graph.value == f"{ASSERTED}/office"


def test_what_does_not_hold_has_no_proof() -> None:
    """A triple that does not follow is not explained away."""
    assert closed(PARTS).prove((n("office"), n("within"), n("scan"))) is None


def test_proofs_follow_an_edit() -> None:
    """After a premise is taken out the proof that used it is no longer given."""
    closure = closed(PARTS)
    closure.remove([(n("scan"), TYPE, n("Filing"))], f"{ASSERTED}/office")
    proof = closure.prove((n("scan"), TYPE, n("OfficeTask")))
    assert proof is not None
    assert (n("records"), n("directlyWithin"), n("office")) in proof.leaves()
