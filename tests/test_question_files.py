"""Every question file keeps its promises: its texts, its parameters, and the answers it expects over the examples.

In `expects`, a text is the value of a parameter, a list holds values that must stand in a column, and `rows` is
the exact number of answers. IRIs stand as CURIEs; `row:` is a row of an example table.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from rdflib import Literal
from rdflib.term import Node

from bpo_kg.errors import BpoKgError
from bpo_kg.graph import KnowledgeGraph, load
from bpo_kg.questions import Question, catalogue
from bpo_kg.store.terms import Rows
from bpo_kg.vocabulary import ROW, shorten

EXAMPLES = Path(__file__).parent.parent / "examples"
QUESTIONS = catalogue()
EXPECTED = [
    pytest.param(name, expected, id=f"{name}-{n}")
    for name, question in QUESTIONS.items()
    for n, expected in enumerate(question.expects)
]


@cache
def examples() -> KnowledgeGraph:
    return load(*(EXAMPLES / name for name in ("inventory.csv", "ten-cases.csv", "engagements.ttl")))


def shown(term: Node | None) -> str:
    text = "" if term is None else str(term)
    if term is None or isinstance(term, Literal):
        return text
    return f"row:{text.removeprefix(ROW)}" if text.startswith(ROW) else shorten(text)


def answers(name: str, **parameters: str) -> Rows:
    found = examples().ask(name, **parameters)
    assert isinstance(found, Rows)
    return found


def arguments(expected: dict[str, Any]) -> dict[str, str]:
    return {key: value for key, value in expected.items() if isinstance(value, str)}


def test_there_are_questions_for_every_use() -> None:
    """The catalogue holds at least thirty questions, and each says what it expects."""
    assert len(QUESTIONS) >= 30
    assert not [name for name, question in QUESTIONS.items() if not question.expects]


@pytest.mark.parametrize(("name", "expected"), EXPECTED)
def test_a_question_gives_the_answers_its_file_promises(name: str, expected: dict[str, Any]) -> None:
    """Over the shipped ontology and examples, the answers are those of the header."""
    found = answers(name, **arguments(expected))
    if "rows" in expected:
        assert len(found) == expected["rows"]
    for column, values in expected.items():
        if isinstance(values, list):
            assert set(values) <= {shown(row[column]) for row in found}, column


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=lambda q: q.name)
def test_a_question_speaks_both_languages(question: Question) -> None:
    """The question and each of its parameters are told in English and Indonesian, and the question ends as one."""
    assert question.text["en"].endswith("?")
    assert question.text["id"].endswith("?")
    assert question.text["en"] != question.text["id"]
    assert not [p.name for p in question.parameters if set(p.label) != {"en", "id"}]


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=lambda q: q.name)
def test_answers_come_in_a_stable_order(question: Question) -> None:
    """Each query orders its rows, so the same input gives the same bytes."""
    assert "ORDER BY" in question.sparql


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=lambda q: q.name)
def test_every_parameter_is_a_variable_of_the_query(question: Question) -> None:
    """A parameter that the pattern does not use could change nothing; only the assessed place may be such a one."""
    unused = [
        p.name for p in question.parameters if f"?{p.name}" not in question.sparql and p.name not in question.assess
    ]
    assert not unused


def test_a_parameter_narrows_the_answer() -> None:
    """Leaving an optional parameter out asks for everything; giving it asks for one."""
    everything, one = answers("channels"), answers("channels", process="row:ten-cases/C1")
    assert len(everything) > len(one) == 2


def test_names_come_in_the_language_asked_for() -> None:
    """`lang=id` gives Indonesian names of the same things."""
    english = [row["name"] for row in answers("measures", kind="proc:payroll")]
    indonesian = [row["name"] for row in answers("measures", kind="proc:payroll", lang="id")]
    assert {str(name) for name in english} == {"payroll"}
    assert {str(name) for name in indonesian} == {"penggajian"}


@pytest.mark.parametrize(
    ("name", "parameters", "told"),
    [
        ("suits", {"process": "C1a"}, "place"),
        ("suits", {"proces": "C1a", "place": "PH"}, "process"),
        ("suits", {"process": "C1a", "place": "Atlantis"}, "Atlantis"),
        ("suits", {"process": "C1a } #", "place": "PH"}, "C1a } #"),
        ("suits", {"place": "PH> ?x ?y ?z }"}, "PH>"),
        ("editors-own", {"sort": "editors' reading"}, "sort="),
        ("names-in-indonesian", {"term": "payroll"}, "term="),
        ("providers-of-kind", {"atLeast": "two"}, "integer"),
        ("providers-of-kind", {"atLeast": "٢"}, "integer"),
        ("providers-of-kind", {"atLeast": "1) || (1"}, "integer"),
        ("channels", {"onlyInPerson": "perhaps"}, "boolean"),
        ("parts", {}, "whole"),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(name: str, parameters: dict[str, str], told: str) -> None:
    """What is missing, misspelt, unknown or of the wrong type is named; nothing typed reaches the query as syntax."""
    with pytest.raises(BpoKgError, match=re.escape(told)):
        answers(name, **parameters)


def test_a_thing_may_be_of_a_class_that_only_follows() -> None:
    """That a rule is a `bpo:Rule` follows from its kind, so it can be asked for before anything else was."""
    assert "<https://w3id.org/bpo-kg/rule/p8>" in load().question("rule-and-statement", {"rule": "p8"})


def test_offices_go_by_the_words_of_the_assessment_table() -> None:
    """`front` and `depan` mean what the column `office_category` and its heading show."""
    by_word = [answers("office-and-fact", office=word) for word in ("front", "depan", "scale:frontOffice")]
    assert len(by_word[0]) > 3
    assert len({len(rows) for rows in by_word}) == 1


def test_text_is_bound_as_a_term_and_never_pasted() -> None:
    """Quotes and braces in a text are part of the text."""
    assert len(answers("find-term", text='" . } UNION { ?term ?label ?type } #')) == 0
