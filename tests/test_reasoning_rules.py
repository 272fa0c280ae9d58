"""Each rule of the W3C's OWL 2 RL rule set, one axiom and the facts it needs at a time."""

import pyoxigraph as ox
import pytest

from bpo_kg.errors import SourceError
from bpo_kg.reasoning import Closure, compile_rules
from bpo_kg.reasoning.refusals import CODES
from bpo_kg.store.dataset import Dataset
from bpo_kg.vocabulary import ASSERTED

PREFIXES = """
@prefix : <https://example.org/office/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
EX = "https://example.org/office/"


def n_of(name: str) -> ox.NamedNode:
    return ox.NamedNode(EX + name)


def closed(turtle: str) -> Closure:
    dataset = Dataset()
    dataset.load_bytes((PREFIXES + turtle).encode(), graph=f"{ASSERTED}/office")
    closure = Closure(dataset)
    closure.run()
    return closure


def triples(turtle: str) -> set:
    return {
        (q.subject, q.predicate, q.object) for q in ox.parse((PREFIXES + turtle).encode(), format=ox.RdfFormat.TURTLE)
    }


CONCLUSIONS = {
    "eq-sym": (":a owl:sameAs :b .", ":b owl:sameAs :a ."),
    "eq-trans": (":a owl:sameAs :b . :b owl:sameAs :c .", ":a owl:sameAs :c ."),
    "eq-rep-s": (":a owl:sameAs :b ; :p :x .", ":b :p :x ."),
    "eq-rep-o": (":a owl:sameAs :b . :x :p :a .", ":x :p :b ."),
    "prp-dom": (":p rdfs:domain :C . :a :p :b .", ":a a :C ."),
    "prp-rng": (":p rdfs:range :C . :a :p :b .", ":b a :C ."),
    "prp-fp": (":p a owl:FunctionalProperty . :a :p :b , :c .", ":b owl:sameAs :c ."),
    "prp-ifp": (":p a owl:InverseFunctionalProperty . :a :p :c . :b :p :c .", ":a owl:sameAs :b ."),
    "prp-symp": (":p a owl:SymmetricProperty . :a :p :b .", ":b :p :a ."),
    "prp-trp": (":p a owl:TransitiveProperty . :a :p :b . :b :p :c . :c :p :d .", ":a :p :c , :d . :b :p :d ."),
    "prp-spo1": (":p rdfs:subPropertyOf :q . :a :p :b .", ":a :q :b ."),
    "prp-spo2": (":r owl:propertyChainAxiom ( :p :q :p ) . :a :p :b . :b :q :c . :c :p :d .", ":a :r :d ."),
    "prp-eqp1": (":p owl:equivalentProperty :q . :a :p :b .", ":a :q :b ."),
    "prp-eqp2": (":p owl:equivalentProperty :q . :a :q :b .", ":a :p :b ."),
    "prp-inv1": (":p owl:inverseOf :q . :a :p :b .", ":b :q :a ."),
    "prp-inv2": (":p owl:inverseOf :q . :a :q :b .", ":b :p :a ."),
    "prp-key": (
        ":C owl:hasKey ( :p :q ) . :a a :C ; :p :k ; :q 1 . :b a :C ; :p :k ; :q 1 . :c a :C ; :p :k ; :q 2 .",
        ":a owl:sameAs :b .",
    ),
    "cls-int1": (":D owl:intersectionOf ( :A :B ) . :a a :A , :B .", ":a a :D ."),
    "cls-int2": (":D owl:intersectionOf ( :A :B ) . :a a :D .", ":a a :A , :B ."),
    "cls-uni": (":D owl:unionOf ( :A :B ) . :a a :A . :b a :B .", ":a a :D . :b a :D ."),
    "cls-svf1": (
        "[ owl:onProperty :p ; owl:someValuesFrom :C ] rdfs:subClassOf :D . :a :p :b . :b a :C .",
        ":a a :D .",
    ),
    "cls-svf2": ("[ owl:onProperty :p ; owl:someValuesFrom owl:Thing ] rdfs:subClassOf :D . :a :p :b .", ":a a :D ."),
    "cls-avf": (":C rdfs:subClassOf [ owl:onProperty :p ; owl:allValuesFrom :D ] . :a a :C ; :p :b .", ":b a :D ."),
    "cls-hv1": (":C rdfs:subClassOf [ owl:onProperty :p ; owl:hasValue :b ] . :a a :C .", ":a :p :b ."),
    "cls-hv2": ("[ owl:onProperty :p ; owl:hasValue true ] rdfs:subClassOf :C . :a :p true .", ":a a :C ."),
    "cls-maxc2": (
        ":C rdfs:subClassOf [ owl:onProperty :p ; owl:maxCardinality 1 ] . :a a :C ; :p :b , :c .",
        ":b owl:sameAs :c .",
    ),
    "cls-maxqc3": (
        ":C rdfs:subClassOf [ owl:onProperty :p ; owl:maxQualifiedCardinality 1 ; owl:onClass :D ] . "
        ":a a :C ; :p :b , :c , :d . :b a :D . :c a :D .",
        ":b owl:sameAs :c .",
    ),
    "cls-maxqc4": (
        ":C rdfs:subClassOf [ owl:onProperty :p ; owl:maxQualifiedCardinality 1 ; owl:onClass owl:Thing ] . "
        ":a a :C ; :p :b , :c .",
        ":b owl:sameAs :c .",
    ),
    "cls-oo": (":C owl:oneOf ( :a :b ) .", ":a a :C . :b a :C ."),
    "cax-sco": (":C rdfs:subClassOf :D . :a a :C .", ":a a :D ."),
    "cax-eqc1": (":C owl:equivalentClass :D . :a a :C .", ":a a :D ."),
    "cax-eqc2": (":C owl:equivalentClass :D . :a a :D .", ":a a :C ."),
    "inverse expression": (
        "[ owl:onProperty [ owl:inverseOf :p ] ; owl:hasValue :b ] rdfs:subClassOf :C . :b :p :a .",
        ":a a :C .",
    ),
    "chain with an inverse": (
        ":r owl:propertyChainAxiom ( :p [ owl:inverseOf :q ] ) . :a :p :b . :c :q :b .",
        ":a :r :c .",
    ),
    "datatype on the left": (
        "[ owl:onProperty :p ; owl:someValuesFrom xsd:integer ] rdfs:subClassOf :C . :a :p 3 . :b :p true .",
        ":a a :C .",
    ),
    "value of a constant inferred": (
        ":p rdfs:subPropertyOf :q . [ owl:onProperty :q ; owl:hasValue true ] rdfs:subClassOf :C . :a :p true .",
        ":a a :C ; :q true .",
    ),
    "everything has only": (
        "owl:Thing rdfs:subClassOf [ owl:onProperty :p ; owl:allValuesFrom :C ] . :a :p :b .",
        ":b a :C .",
    ),
}


@pytest.mark.parametrize("rule", CONCLUSIONS)
def test_a_rule_concludes_what_the_standard_says(rule: str) -> None:
    """The closure holds the conclusion, the conclusion has a proof, and nothing asserted is inferred again."""
    given, wanted = CONCLUSIONS[rule]
    closure = closed(given)
    found = set(closure.dataset.triples(part="all"))
    for triple in triples(wanted):
        assert triple in found
        proof = closure.prove(triple)
        assert proof is not None
        assert set(proof.leaves()) <= set(closure.dataset.triples())
    assert not set(closure.dataset.triples(part="inferred")) & set(closure.dataset.triples())
    assert closure.consistent


SILENCE = {
    "prp-key needs all keys": (":C owl:hasKey ( :p :q ) . :a a :C ; :p :k . :b a :C ; :p :k .", ":a owl:sameAs :b ."),
    "cls-maxqc3 counts the class only": (
        ":C rdfs:subClassOf [ owl:onProperty :p ; owl:maxQualifiedCardinality 1 ; owl:onClass :D ] . "
        ":a a :C ; :p :b , :c . :b a :D .",
        ":b owl:sameAs :c .",
    ),
    "a definition is not read from a missing fact": (
        "[ owl:complementOf :D ] rdfs:subClassOf :C . :a a :B .",
        ":a a :C .",
    ),
    "annotations are no premises": (
        ":p a owl:AnnotationProperty ; rdfs:subPropertyOf :q ; rdfs:domain :C . :q a owl:AnnotationProperty . "
        ":a :p :b .",
        ":a :q :b ; a :C .",
    ),
}


@pytest.mark.parametrize("case", SILENCE)
def test_nothing_follows_where_nothing_should(case: str) -> None:
    """A condition that is not met concludes nothing."""
    given, unwanted = SILENCE[case]
    assert not triples(unwanted) & set(closed(given).dataset.triples(part="all"))


VIOLATIONS = {
    "eq-diff1": ":a owl:sameAs :b ; owl:differentFrom :b .",
    "eq-diff2": ":p a owl:FunctionalProperty . :x :p :a , :b . [] a owl:AllDifferent ; owl:members ( :a :b :c ) .",
    "eq-diff3": ":a owl:sameAs :b . [] a owl:AllDifferent ; owl:distinctMembers ( :a :b ) .",
    "prp-irp": ":p a owl:IrreflexiveProperty . :a :p :a .",
    "prp-asyp": ":p a owl:AsymmetricProperty . :a :p :b . :b :p :a .",
    "prp-pdw": ":p owl:propertyDisjointWith :q . :a :p :b ; :q :b .",
    "prp-adp": "[] a owl:AllDisjointProperties ; owl:members ( :p :q :r ) . :a :p :b ; :r :b .",
    "prp-npa1": "[] owl:sourceIndividual :a ; owl:assertionProperty :p ; owl:targetIndividual :b . :a :p :b .",
    "prp-npa2": "[] owl:sourceIndividual :a ; owl:assertionProperty :p ; owl:targetValue 3 . :a :p 3 .",
    "prp-fp": ":p a owl:FunctionalProperty . :a :p 3 , 4 .",
    "cls-nothing2": ":a a owl:Nothing .",
    "cls-com": ":C rdfs:subClassOf [ owl:complementOf :D ] . :a a :C , :D .",
    "cls-maxc1": ":C rdfs:subClassOf [ owl:onProperty :p ; owl:maxCardinality 0 ] . :a a :C ; :p :b .",
    "cls-maxqc1": (
        ":C rdfs:subClassOf [ owl:onProperty :p ; owl:maxQualifiedCardinality 0 ; owl:onClass :D ] . "
        ":a a :C ; :p :b . :b a :D ."
    ),
    "cax-dw": ":C owl:disjointWith :D . :a a :C , :D .",
    "cax-adc": "[] a owl:AllDisjointClasses ; owl:members ( :B :C :D ) . :a a :B , :D .",
    "dt-not-type": ':p rdfs:range xsd:boolean . :a :p "yes" .',
    "dt-not-type, malformed": ':p rdfs:range xsd:integer . :a :p "three"^^xsd:integer .',
    "disjoint union": ":C owl:disjointUnionOf ( :A :B ) . :a a :A , :B .",
    "bottom property": ":p rdfs:subPropertyOf owl:bottomObjectProperty . :a :p :b .",
}


@pytest.mark.parametrize("rule", VIOLATIONS)
def test_a_violation_is_found_and_supported_by_asserted_triples(rule: str) -> None:
    """A broken rule is one clash that names the axiom and the asserted triples, in both languages."""
    closure = closed(VIOLATIONS[rule])
    assert not closure.consistent
    clash = closure.clashes[0]
    asserted = set(closure.dataset.triples())
    assert clash.support
    assert set(clash.support) <= asserted
    assert clash.text("en") != clash.text("id")
    assert clash.as_json()["support"] == [[str(term) for term in triple] for triple in clash.support]


CONSISTENT = {
    "1 and 1.0 are one value": ":p a owl:FunctionalProperty . :a :p 1 , 1.0 .",
    "an integer is a decimal": ":p rdfs:range xsd:decimal . :a :p 3 .",
    "two names for one thing": ":p a owl:FunctionalProperty . :x :p :a , :b .",
    "a disjoint pair without a member": ":C owl:disjointWith :D . :a a :C . :b a :D .",
}


@pytest.mark.parametrize("case", CONSISTENT)
def test_what_only_looks_like_a_contradiction_is_none(case: str) -> None:
    """Equal values, wider datatypes and unnamed equality contradict nothing."""
    assert closed(CONSISTENT[case]).consistent


REFUSED = {
    "some-right": ":C rdfs:subClassOf [ owl:onProperty :p ; owl:someValuesFrom :D ] .",
    "union-right": ":C rdfs:subClassOf [ owl:unionOf ( :A :B ) ] .",
    "one-of-right": ":C rdfs:subClassOf [ owl:oneOf ( :a :b ) ] .",
    "min-right": ":C rdfs:subClassOf [ owl:onProperty :p ; owl:minCardinality 2 ] .",
    "max-right": ":C rdfs:subClassOf [ owl:onProperty :p ; owl:maxCardinality 3 ] .",
    "all-left": "[ owl:onProperty :p ; owl:allValuesFrom :D ] rdfs:subClassOf :C .",
    "not-left": "[ owl:complementOf :D ] rdfs:subClassOf :C .",
    "count-left": "[ owl:onProperty :p ; owl:minCardinality 2 ] rdfs:subClassOf :C .",
    "self": ":C rdfs:subClassOf [ owl:onProperty :p ; owl:hasSelf true ] .",
    "data-range": (
        ":C rdfs:subClassOf [ owl:onProperty :p ; owl:allValuesFrom "
        "[ a rdfs:Datatype ; owl:onDatatype xsd:integer ; owl:withRestrictions ( [ xsd:minInclusive 3 ] ) ] ] ."
    ),
    "reflexive": ":p a owl:ReflexiveProperty .",
    "everything": "owl:Thing rdfs:subClassOf :C .",
    "covering": ":C owl:disjointUnionOf ( :A :B ) .",
    "top": "owl:topObjectProperty rdfs:domain :C .",
    "alternatives": (
        "[ owl:intersectionOf ( " + " ".join(f"[ owl:unionOf ( :A{i} :B{i} ) ]" for i in range(11)) + " ) ] "
        "rdfs:subClassOf :C ."
    ),
    "malformed": ":C rdfs:subClassOf [ owl:onProperty :p ] .",
}


def test_every_kind_of_refusal_is_shown_below() -> None:
    """The table of refusals is complete."""
    assert set(REFUSED) == set(CODES)


@pytest.mark.parametrize("code", REFUSED)
def test_an_axiom_outside_the_profile_is_named_with_what_is_lost(code: str) -> None:
    """The refusal holds the axiom's triple and source, and says in both languages what will not be inferred."""
    closure = closed(REFUSED[code])
    refusal = closure.rules.refusals[0]
    assert refusal.axiom.triple in set(closure.dataset.triples())
    assert refusal.axiom.graph == ox.NamedNode(f"{ASSERTED}/office")
    assert "lost" in refusal.text("en")
    assert "hilang" in refusal.text("id")


def test_what_rules_can_say_of_a_refused_axiom_is_kept() -> None:
    """Half of an equivalence still works when the other half cannot be expressed."""
    closure = closed(":C owl:equivalentClass [ owl:onProperty :p ; owl:someValuesFrom :D ] . :a :p :b . :b a :D .")
    assert len(closure.rules.refusals) == 1
    assert triples(":a a :C .") <= set(closure.dataset.triples(part="inferred"))


def test_plain_facts_give_no_rules() -> None:
    """Triples that are no axioms compile to nothing but the rule about owl:Nothing."""
    rules = compile_rules(triples(":a a :C ; :p :b ; rdfs:label 'meja' ."))
    assert [rule.kind for rule in rules.rules] == ["cls-nothing2"]
    assert rules.refusals == ()


def test_a_syntax_error_says_where(tmp_path: object) -> None:
    """A file that is not Turtle is refused with file, line and column, and leaves nothing behind."""
    path = tmp_path / "office.ttl"  # type: ignore[operator]
    path.write_text("@prefix : <https://example.org/> .\n:a :b :c .\n:a :b .\n")
    dataset = Dataset()
    with pytest.raises(SourceError, match=r"office\.ttl:3:\d+: "):
        dataset.load_file(path)
    assert list(dataset.triples()) == []


BROKEN = {
    "a class made of itself": "_:x owl:intersectionOf ( :A _:x ) ; rdfs:subClassOf :C .",
    "a class that follows from itself inside": ":C rdfs:subClassOf _:x . _:x owl:intersectionOf ( _:x ) .",
    "an inverse of itself": "_:p owl:inverseOf _:p . [ owl:onProperty _:p ; owl:hasValue :a ] rdfs:subClassOf :C .",
    "a chain of nothing": ":p owl:propertyChainAxiom () .",
    "a key of nothing": ":C owl:hasKey () . :a a :C . :b a :C .",
    "a text as a class": ':C rdfs:subClassOf "Filing" . :p rdfs:domain "Filing" .',
    "a text as a property": ':p rdfs:subPropertyOf "files" .',
    "a range that is no class": ":p rdfs:range [] .",
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_axiom_is_refused_and_harms_nothing_else(case: str) -> None:
    """Whatever a file holds, compiling ends, the broken axiom is named, and other axioms still work."""
    closure = closed(BROKEN[case] + " :D rdfs:subClassOf :E . :d a :D .")
    assert closure.rules.refusals
    assert triples(":d a :E .") <= set(closure.dataset.triples(part="inferred"))
    assert not list(closure.dataset.triples(None, ox.NamedNode("http://www.w3.org/2002/07/owl#sameAs"), part="all"))


def test_a_list_that_runs_in_a_ring_ends() -> None:
    """An RDF list whose rest is itself is read once."""
    closure = closed("_:l rdf:first :A ; rdf:rest _:l . :C owl:unionOf _:l . :a a :A .")
    assert triples(":a a :C .") <= set(closure.dataset.triples(part="inferred"))


def test_very_deep_nesting_is_refused() -> None:
    """Hundreds of nested expressions are an attack, not an axiom."""
    deep = ":A"
    for _ in range(400):
        deep = f"[ owl:intersectionOf ( {deep} ) ]"
    closure = closed(f"{deep} rdfs:subClassOf :C . :a a :A .")
    assert closure.rules.refusals
