"""Why not: each rule that could have given another grade, what is in its way, and the nearest miss first."""

from itertools import product
from pathlib import Path

import pytest
from example_files import EXAMPLES, write_csv

import bpo_kg
from bpo_kg.errors import QueryError, UnknownThing


@pytest.fixture(scope="module")
def kg() -> bpo_kg.KnowledgeGraph:
    return bpo_kg.load(EXAMPLES / "ten-cases.csv", EXAMPLES / "inventory.csv", to=["PH"])


def test_the_nearest_miss_comes_first(kg: bpo_kg.KnowledgeGraph) -> None:
    """The complaints desk is one condition away from going abroad: it meets people in person."""
    found = kg.why_not("C1", to="PH", wanted="favoured")
    assert found.nearest is not None
    assert found.nearest.rule.name == "p3"
    assert [(c.criterion, c.state) for c in found.nearest.wanting] == [("onSiteNeed", "failed")]
    distances = [miss.distance for miss in found.misses]
    assert distances == sorted(distances)


def test_every_rule_that_gives_the_grade_is_there(kg: bpo_kg.KnowledgeGraph) -> None:
    """Whoever asks why not gets each rule that could have given it, with all of its conditions."""
    for wanted in ("favoured", "possible", "excluded"):
        found = kg.why_not("C1", to="PH", wanted=wanted)
        rules = {rule.name: rule for rule in kg.book.placements if rule.gives == wanted}
        assert {miss.rule.name for miss in found.misses} == set(rules)
        for miss in found.misses:
            assert {c.criterion for c in miss.conditions} == rules[miss.rule.name].criteria


def test_conditions_are_marked_as_the_assessment_has_them(kg: bpo_kg.KnowledgeGraph) -> None:
    """A condition is met, failed, unknown or too weak exactly as its criterion is answered, for every row."""
    seen = set()
    for one, wanted in product(kg.assess().assessments, ("favoured", "excluded")):
        place = next(p for p in one.places if p.place == "PH")
        for miss in kg.why_not(one.subject.iri, to="PH", wanted=wanted).misses:
            for condition in miss.conditions:
                answer = place.placement.get(condition.criterion) or one.answers[condition.criterion]
                expected = (
                    "unknown" if answer.value is None else "met" if answer.value is condition.wanted else "failed"
                )
                assert condition.state == expected or (condition.state, expected) == ("weak", "met")
                assert (condition.proof is None) == (answer.value is None)
                seen.add(condition.state)
            assert miss.wanting or miss.outweighed, "a rule that applies and is not outweighed would have given it"
    assert seen == {"met", "failed", "unknown", "weak"}


def test_an_answer_on_too_weak_a_basis_is_said_to_be_so(kg: bpo_kg.KnowledgeGraph) -> None:
    """Guards are measured to be needed on site; only a record would rule out delivery from abroad."""
    (miss,) = [m for m in kg.why_not("C2a", to="PH", wanted="excluded").misses if m.rule.name == "p8"]
    assert [(c.criterion, c.state) for c in miss.wanting] == [("onSiteNeed", "weak")]
    assert "not firm enough: The work needs staff at the client's place: measured for “security services”." in (
        kg.why_not("C2a", to="PH", wanted="excluded").to_text()
    )


def test_a_rule_that_applies_but_is_outweighed_names_what_outweighs_it(kg: bpo_kg.KnowledgeGraph) -> None:
    """Not core would make guards possible, if nothing stronger spoke against it."""
    (miss,) = kg.why_not("C2a", to="PH", wanted="possible").misses
    assert miss.wanting == ()
    assert [rule.name for rule in miss.outweighed] == ["p5"]


def test_presumptions_that_would_help_are_named(tmp_path: Path) -> None:
    """Nobody said whether a help desk is reached in person; without that, it would be presumed to need nobody."""
    row = {"id": "H", "name": "Help desk", "client_country": "GB", "core": "no", "public_contact": "yes"}
    kg = bpo_kg.load(write_csv(tmp_path / "one.csv", [row]))
    found = kg.why_not("H", to="PH", wanted="favoured")
    (miss,) = [m for m in found.misses if m.rule.name == "p3"]
    (on_site,) = [c for c in miss.conditions if c.criterion == "onSiteNeed"]
    assert [presumer.rule.name for presumer in on_site.presumers] == ["d2", "d4"]
    assert "it would be presumed if: people can be reached over a distance; nobody is met in person" in found.to_text()


def test_a_grade_that_is_there_already_needs_no_reason(kg: bpo_kg.KnowledgeGraph) -> None:
    """Asked why something is not what it is, the answer says that it is."""
    found = kg.why_not("C1a", to="PH", wanted="favoured")
    assert found.misses == ()
    assert found.to_text() == "Complaints by phone, delivered from Philippines, is favoured (decided) already.\n"


def test_the_best_grade_has_nothing_better(kg: bpo_kg.KnowledgeGraph) -> None:
    """Nothing is better than favoured."""
    assert kg.why_not("C1a", to="PH").to_text().splitlines()[1] == "No rule gives a better grade."


@pytest.mark.parametrize(
    ("process", "to", "wanted", "error", "said"),
    [
        ("no such desk", "PH", None, UnknownThing, "no process 'no such desk'"),
        ("C1", "Atlantis", None, UnknownThing, "no country 'Atlantis'"),
        ("C1", "PH", "favored", QueryError, "no grade 'favored'; did you mean 'favoured'?"),
    ],
)
def test_a_slip_is_named_with_what_would_be_right(
    kg: bpo_kg.KnowledgeGraph, process: str, to: str, wanted: str | None, error: type[Exception], said: str
) -> None:
    """An unknown process, place or grade is refused, with the nearest there is."""
    with pytest.raises(error) as raised:
        kg.why_not(process, to=to, wanted=wanted)
    assert said in str(raised.value)


# --- triples -----------------------------------------------------------------------------------------
def test_why_a_class_does_not_follow_ends_at_the_fact_that_is_missing(kg: bpo_kg.KnowledgeGraph) -> None:
    """The forum is no front-office process by its own facts: its public contact stands in the catalogue alone."""
    found = kg.why_absent(("C6", "a", "bpo:FrontOfficeProcess"))
    assert not found.holds
    assert found.ways[0].distance == 1
    assert "not known yet: “Moderation of the Japanese forum”: public contact: yes" in found.to_text()


def test_what_is_missing_is_enough_when_it_is_added(tmp_path: Path) -> None:
    """Each nearest miss is true: with the wanting facts stated, the triple follows."""
    from bpo_kg.reasoning import Closure

    row = {"id": "F", "name": "Filing", "core": "no"}
    kg = bpo_kg.load(write_csv(tmp_path / "one.csv", [row]))
    for cls in ("FrontOfficeProcess", "BackOfficeProcess", "OnSiteProcess", "CoreProcess", "WorkforceFacingProcess"):
        found = kg.why_absent(("F", "a", f"bpo:{cls}"))
        wanting = [premise.atom for premise in found.ways[0].wanting]
        assert len(wanting) == 1
        closure = Closure(kg.dataset, kg.ruleset)
        closure.run()
        closure.add(wanting, "https://w3id.org/bpo-kg/graph/asserted/supposed")  # type: ignore[arg-type]
        assert closure.prove(found.triple) is not None
        closure.remove(wanting, "https://w3id.org/bpo-kg/graph/asserted/supposed")  # type: ignore[arg-type]
        assert closure.prove(found.triple) is None


def test_a_triple_that_holds_or_that_no_axiom_gives_says_so(kg: bpo_kg.KnowledgeGraph) -> None:
    """There is no reason to give for what is so, and none to find where no axiom concludes such a thing."""
    assert kg.why_absent(("C6", "bpo:core", "false")).to_text().endswith("holds already.\n")
    told = kg.why_absent(("C6", "bpo:fte", "12")).to_text()
    assert "no axiom could give it; it would have to be stated" in told
    local = kg.why_absent(("C6", "bpo:fte", "12"), lang="id").to_text()
    assert "harus dinyatakan" in local


def test_a_word_that_is_no_property_is_refused(kg: bpo_kg.KnowledgeGraph) -> None:
    """A predicate must be an IRI, a CURIE or the word a."""
    with pytest.raises(QueryError, match="'likes' is no property"):
        kg.why_absent(("C6", "likes", "tea"))


def test_where_no_grade_is_given_it_is_told_what_it_hangs_on(tmp_path: Path) -> None:
    """No rule may apply at all; then nothing is in the way of a better grade, and there are only open questions."""
    path = tmp_path / "archive.csv"
    path.write_text("id,name,client_country\nL8,Arsip manifes,ID\n", encoding="utf-8")
    kg = bpo_kg.load(path, to=["PH"])
    assert "undetermined (not determined). What its grade hangs on:" in kg.why_not("L8", to="PH").to_text()
    assert "Yang menentukan nilainya:" in kg.why_not("L8", to="PH", lang="id").to_text()
