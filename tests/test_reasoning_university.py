"""A university in the manner of LUBM, of our own making: its queries get HermiT's answers.

Transitive parts of the organisation, inverse and sub-properties, an existential definition, a hierarchy of roles,
and a chain; the queries ask for what only reasoning can give.
"""

import random
from functools import cache

import pytest

from bpo_kg.reasoning import Closure
from bpo_kg.reasoning.hermit import Hermit
from bpo_kg.store.dataset import Dataset, Triple
from bpo_kg.vocabulary import ASSERTED

U = "https://example.org/campus/"
AXIOMS = """
@prefix : <https://example.org/campus/> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:Faculty rdfs:subClassOf :Unit . :Department rdfs:subClassOf :Unit . :Group rdfs:subClassOf :Unit .
:Professor rdfs:subClassOf :Teacher . :Lecturer rdfs:subClassOf :Teacher . :Teacher rdfs:subClassOf :Person .
:Undergraduate rdfs:subClassOf :Student . :Doctoral rdfs:subClassOf :Student . :Student rdfs:subClassOf :Person .
:within a owl:ObjectProperty , owl:TransitiveProperty ; owl:inverseOf :contains . :contains a owl:ObjectProperty .
:worksFor a owl:ObjectProperty ; rdfs:subPropertyOf :memberOf ; rdfs:domain :Person ; rdfs:range :Unit .
:heads a owl:ObjectProperty ; rdfs:subPropertyOf :worksFor . :memberOf a owl:ObjectProperty .
:teaches a owl:ObjectProperty ; owl:inverseOf :taughtBy ; rdfs:range :Course . :taughtBy a owl:ObjectProperty .
:takes a owl:ObjectProperty ; rdfs:domain :Student ; rdfs:range :Course .
:taughtOf a owl:ObjectProperty ; owl:propertyChainAxiom ( :takes :taughtBy ) .
:belongsTo a owl:ObjectProperty ; owl:propertyChainAxiom ( :worksFor :within ) .
[ a owl:Class ; owl:intersectionOf ( :Person
    [ a owl:Restriction ; owl:onProperty :heads ; owl:someValuesFrom :Department ] ) ] rdfs:subClassOf :Chair .
[ a owl:Class ; owl:intersectionOf ( :Student
    [ a owl:Restriction ; owl:onProperty :takes ; owl:someValuesFrom :AdvancedCourse ] ) ] rdfs:subClassOf :Advanced .
:AdvancedCourse rdfs:subClassOf :Course .
:Student owl:disjointWith :Unit .
"""


def campus(seed: int = 3) -> str:
    """Return facts of two faculties with departments, groups, people and courses."""
    chance, lines = random.Random(seed), []
    people = 0
    for f in range(2):
        lines.append(f":f{f} a :Faculty .")
        for d in range(3):
            unit = f"d{f}{d}"
            lines.append(f":{unit} a :Department ; :within :f{f} .")
            lines += [f":g{unit}{g} a :Group ; :within :{unit} ." for g in range(2)]
            courses = [f"c{unit}{c}" for c in range(4)]
            lines += [f":{c} a :{chance.choice(['Course', 'AdvancedCourse'])} ." for c in courses]
            for i in range(4):
                people += 1
                role = chance.choice(["Professor", "Lecturer"])
                where = f"{'heads' if i == 0 else 'worksFor'} :{unit if i < 2 else f'g{unit}{i % 2}'}"
                lines.append(f":t{people} a :{role} ; :{where} ; :teaches :{courses[i]} .")
            for _ in range(6):
                people += 1
                taken = " , ".join(f":{c}" for c in chance.sample(courses, 2))
                lines.append(f":s{people} :takes {taken} ; :memberOf :{unit} .")
    return "\n".join(lines)


@cache
def answered() -> tuple[Closure, set[tuple[str, str]], set[tuple[str, str, str]]]:
    dataset = Dataset()
    dataset.load_bytes((AXIOMS + campus()).encode(), graph=f"{ASSERTED}/campus")
    closure = Closure(dataset)
    closure.run()
    answer = Hermit(timeout=240).classify(dataset.triples(), values=True)
    assert answer.consistent
    return closure, answer.types, answer.values


QUERIES: dict[str, tuple[str, str]] = {
    "who is a person": ("type", "Person"),
    "who is a student, by what they take": ("type", "Student"),
    "who chairs a department": ("type", "Chair"),
    "who takes an advanced course": ("type", "Advanced"),
    "what is a unit, by who works for it": ("type", "Unit"),
    "what is a course, by being taught": ("type", "Course"),
    "which unit lies within which": ("value", "within"),
    "what a faculty contains": ("value", "contains"),
    "who is a member of what": ("value", "memberOf"),
    "who is taught by whom": ("value", "taughtOf"),
    "to which faculty people belong": ("value", "belongsTo"),
    "which course is taught by whom": ("value", "taughtBy"),
}


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_has_hermits_answers(query: str) -> None:
    """The SPARQL answer over asserted and inferred triples equals what HermiT derives, and is not empty."""
    closure, types, values = answered()
    kind, name = QUERIES[query]
    if kind == "type":
        rows = closure.dataset.query(f"SELECT DISTINCT ?x WHERE {{ ?x a <{U}{name}> }}")
        mine = {(row["x"].value,) for row in rows}
        theirs = {(s,) for s, o in types if o == U + name}
    else:
        rows = closure.dataset.query(f"SELECT DISTINCT ?x ?y WHERE {{ ?x <{U}{name}> ?y }}")
        mine = {(row["x"].value, row["y"].value) for row in rows}
        theirs = {(s, o) for s, p, o in values if p == U + name}
    assert mine
    assert mine == theirs


def test_the_campus_needs_reasoning() -> None:
    """More than a third of what the campus says is inferred, so that the queries above test something."""
    closure, _, _ = answered()
    inferred: list[Triple] = list(closure.dataset.triples(part="inferred"))
    assert len(inferred) > len(list(closure.dataset.triples())) / 3
