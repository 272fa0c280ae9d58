"""Equal individuals and rings of classes cost what they hold, not its square, and proofs stay well-founded."""

import pyoxigraph as ox
import pytest
from test_reasoning_rules import EX, closed, triples

from bpo_kg.reasoning.equality import WRITTEN_OUT
from bpo_kg.reasoning.proofs import Proof
from bpo_kg.reasoning.rules import SAME, TYPE

P = ox.NamedNode(EX + "p")


def n(name: str) -> ox.NamedNode:
    return ox.NamedNode(EX + name)


def clique(size: int) -> str:
    """Return one thing with `size` values of a functional property, each with a badge of its own."""
    values = " , ".join(f":m{i:04d}" for i in range(size))
    badges = " ".join(f":m{i:04d} :badge {i} ." for i in range(size))
    return f":p a owl:FunctionalProperty ; owl:inverseOf :q . :hub :p {values} . {badges}"


@pytest.mark.parametrize("size", [50, 400])
def test_a_clique_is_linear_in_its_members(size: int) -> None:
    """n equal individuals lead to a few inferred triples each, although n squared follow."""
    closure = closed(clique(size))
    inferred = len(list(closure.dataset.triples(part="inferred")))
    assert inferred <= 5 * size


def test_facts_of_a_large_clique_are_given_on_demand() -> None:
    """Asking for one member gives the facts of all, and the equality of each pair."""
    closure = closed(clique(40))
    badges = {o.value for _, _, o in closure.triples(n("m0017"), n("badge"))}
    assert badges == {str(i) for i in range(40)}
    assert len(list(closure.triples(n("m0017"), SAME))) == 39
    assert (n("m0003"), n("q"), n("hub")) in set(closure.triples(n("m0003")))


def test_a_small_clique_is_written_out_for_sparql() -> None:
    """Every member of a small clique bears every fact in the inferred graph."""
    closure = closed(clique(WRITTEN_OUT))
    rows = closure.dataset.query(f"SELECT ?b WHERE {{ <{EX}m0002> <{EX}badge> ?b }}")
    assert len(list(rows)) == WRITTEN_OUT


def test_a_ring_of_classes_is_linear() -> None:
    """A member of one class of a ring of n gets n classes, and the axioms do not multiply."""
    size = 300
    ring = " ".join(f":C{i} rdfs:subClassOf :C{(i + 1) % size} ." for i in range(size))
    closure = closed(ring + " :a a :C0 .")
    assert len(list(closure.dataset.triples(part="inferred"))) == size - 1
    assert sum(len(rule.body) + len(rule.head) for rule in closure.rules.working) <= 3 * size


def test_what_a_new_graph_states_has_proofs_beside_equals() -> None:
    """Facts that come later, in a graph of their own, are asserted like those there when equals were found."""
    closure = closed(":a owl:sameAs :b . :Desk rdfs:subClassOf :Room . :c a :Desk .")
    later = "https://w3id.org/bpo-kg/graph/asserted/later"
    closure.add([(n("d"), TYPE, n("Desk"))], later)
    proof = closure.prove((n("d"), TYPE, n("Room")))
    assert proof is not None
    assert [leaf for leaf in proof.leaves() if leaf[0] == n("d")] == [(n("d"), TYPE, n("Desk"))]
    closure.remove([(n("d"), TYPE, n("Desk"))], later)
    assert closure.prove((n("d"), TYPE, n("Room"))) is None


def well_founded(proof: Proof, above: frozenset = frozenset()) -> bool:
    """Return whether no triple is used to prove itself."""
    if proof.triple in above:
        return False
    return all(well_founded(premise, above | {proof.triple}) for premise in proof.premises)


EQUAL = """
:p a owl:FunctionalProperty . :x :p :a , :b . :a :q :k . :b :r :m . :k owl:sameAs :l .
:q rdfs:domain :C . :C rdfs:subClassOf [ owl:onProperty :s ; owl:hasValue :l ] . :a owl:sameAs :d .
"""


def test_every_inferred_triple_about_equals_has_a_proof_from_asserted_ones() -> None:
    """Proofs pass through equality and end in what somebody wrote, without going in circles."""
    closure = closed(EQUAL)
    asserted = set(closure.dataset.triples())
    inferred = list(closure.dataset.triples(part="inferred"))
    assert (n("d"), n("s"), n("k")) in inferred
    for triple in inferred:
        proof = closure.prove(triple)
        assert proof is not None, triple
        assert well_founded(proof), triple
        assert set(proof.leaves()) <= asserted, triple


def test_individuals_that_differ_are_reported_and_not_merged() -> None:
    """Two owners that are known to differ contradict a functional property; neither gets the other's facts."""
    closure = closed(
        ":heldBy a owl:FunctionalProperty . :x :heldBy :a , :b . :a owl:differentFrom :b ; :badge 1 . :b a :Office ."
    )
    clash = closure.clashes[0]
    assert set(clash.support) == triples(":x :heldBy :a , :b . :a owl:differentFrom :b .")
    assert (n("a"), TYPE, n("Office")) not in set(closure.dataset.triples(part="all"))


def test_a_key_identifies_named_things_only() -> None:
    """A blank node with the same key is left alone, as OWL has it."""
    closure = closed(":C owl:hasKey ( :badge ) . :a a :C ; :badge 1 . [] a :C ; :badge 1 .")
    assert not list(closure.dataset.triples(None, SAME, None, part="all"))


def test_rules_follow_a_merged_constant() -> None:
    """A rule that names an individual holds for its equals too."""
    closure = closed(":a owl:sameAs :b . [ owl:onProperty :p ; owl:hasValue :b ] rdfs:subClassOf :C . :x :p :a .")
    assert (n("x"), TYPE, n("C")) in set(closure.dataset.triples(part="inferred"))


def test_one_equality_leads_to_the_next() -> None:
    """Merging two individuals can make the values of their functional properties equal, and so on down a chain."""
    links = " ".join(f":a{i} :next :a{i + 1} . :b{i} :next :b{i + 1} ." for i in range(12))
    closure = closed(f":next a owl:FunctionalProperty . :a0 owl:sameAs :b0 . {links}")
    assert (n("a12"), SAME, n("b12")) in set(closure.dataset.triples(part="inferred"))
    proof = closure.prove((n("a12"), SAME, n("b12")))
    assert proof is not None
    assert well_founded(proof)
