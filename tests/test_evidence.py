"""Published measures: every claim can be worked out again from its figures and thresholds, and says no more."""

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from bpo_kg.sources.threshold_rules import ThresholdRule, judge, read_thresholds
from bpo_kg.vocabulary import BPO, CRIT, PROC, PROV, RDF, RDFS, SKOS, STMT, local_name

ONTOLOGY = Path(__file__).resolve().parent.parent / "ontology"


class Facts:
    """Triples by subject and predicate, as text."""

    def __init__(self, *stems: str) -> None:
        self.store = ox.Store()
        for stem in stems:
            self.store.load(path=str(ONTOLOGY / f"{stem}.ttl"), format=ox.RdfFormat.TURTLE)

    def members(self, cls: str) -> list[str]:
        pattern = self.store.quads_for_pattern(None, ox.NamedNode(RDF + "type"), ox.NamedNode(cls), None)
        return sorted(quad.subject.value for quad in pattern)

    def values(self, subject: str, predicate: str) -> list[str]:
        pattern = self.store.quads_for_pattern(ox.NamedNode(subject), ox.NamedNode(predicate), None, None)
        return sorted(quad.object.value for quad in pattern)

    def value(self, subject: str, predicate: str) -> str:
        (only,) = self.values(subject, predicate)
        return only

    def languages(self, subject: str, predicate: str) -> set[str | None]:
        pattern = self.store.quads_for_pattern(ox.NamedNode(subject), ox.NamedNode(predicate), None, None)
        return {quad.object.language for quad in pattern}


@pytest.fixture(scope="module")
def facts() -> Facts:
    return Facts("evidence", "figures", "onet", "catalogue")


@pytest.fixture(scope="module")
def rules() -> tuple[ThresholdRule, ...]:
    return read_thresholds(ONTOLOGY / "onet.ttl")


@pytest.fixture(scope="module")
def claims(facts: Facts) -> list[str]:
    found = facts.members(BPO + "MeasureClaim")
    assert len(found) >= 40
    return found


@pytest.fixture(scope="module")
def figures(facts: Facts) -> dict[str, dict[str, float]]:
    """Figures by occupation code and element IRI."""
    found: dict[str, dict[str, float]] = {}
    for figure in facts.members(BPO + "OccupationFigure"):
        code, element = facts.value(figure, BPO + "ratedOccupation"), facts.value(figure, BPO + "onElement")
        assert element not in found.setdefault(code, {}), figure
        found[code][element] = float(facts.value(figure, BPO + "ratedAt"))
    assert found
    return found


def answers_of(facts: Facts, process: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for claim in facts.members(BPO + "MeasureClaim"):
        if facts.value(claim, BPO + "about") == PROC + process:
            criterion = local_name(facts.value(claim, BPO + "onCriterion"))
            found.setdefault(criterion, set()).add(facts.value(claim, BPO + "answer"))
    return found


def test_every_claim_follows_from_its_figures_and_thresholds(
    facts: Facts, claims: list[str], figures: dict[str, dict[str, float]], rules: tuple[ThresholdRule, ...]
) -> None:
    """Occupation's figures and threshold rules give the claim's answer, its rule and its deciding figure."""
    for claim in claims:
        own = figures[facts.value(claim, BPO + "occupation")]
        rule = judge(own, rules)[local_name(facts.value(claim, BPO + "onCriterion"))]
        decided = rule.narrowest(own)
        assert facts.value(claim, BPO + "answer") == str(rule.answer).lower(), claim
        assert facts.value(claim, BPO + "appliesThreshold") == rule.iri, claim
        assert facts.value(claim, BPO + "element") in facts.values(decided.element.iri, RDFS + "label"), claim
        assert float(facts.value(claim, BPO + "figure")) == own[decided.element.iri], claim
        assert float(facts.value(claim, BPO + "threshold")) == decided.limit, claim
        assert local_name(facts.value(claim, BPO + "comparison")) == ("atLeast" if decided.at_least else "below"), claim


def test_no_answer_that_the_figures_give_is_left_unclaimed(
    facts: Facts, claims: list[str], figures: dict[str, dict[str, float]], rules: tuple[ThresholdRule, ...]
) -> None:
    """Claims are not picked by their answer: an occupation that speaks for a process is heard on every criterion."""
    said: dict[tuple[str, str], set[str]] = {}
    for claim in claims:
        key = (facts.value(claim, BPO + "about"), facts.value(claim, BPO + "occupation"))
        said.setdefault(key, set()).add(local_name(facts.value(claim, BPO + "onCriterion")))
    for (process, code), criteria in said.items():
        assert criteria == set(judge(figures[code], rules)), (process, code)


def test_a_changed_figure_or_limit_changes_the_answer(
    figures: dict[str, dict[str, float]], rules: tuple[ThresholdRule, ...]
) -> None:
    """The recomputation can fail: payroll clerks who handled objects all day would be bound to their place."""
    payroll = figures["43-3051.00"]
    handling = next(e for e in payroll if e.endswith("/handlingObjects"))
    assert judge(payroll, rules)["onSiteNeed"].answer is False
    assert judge({**payroll, handling: 80.0}, rules)["onSiteNeed"].answer is True
    assert "onSiteNeed" not in judge({**payroll, handling: 60.0}, rules)


def test_figures_are_on_the_scale_of_the_tables(figures: dict[str, dict[str, float]]) -> None:
    """0 to 100, and none that no claim needs."""
    assert all(0.0 <= figure <= 100.0 for own in figures.values() for figure in own.values())


def test_every_occupation_with_figures_speaks_in_a_claim(
    facts: Facts, claims: list[str], figures: dict[str, dict[str, float]]
) -> None:
    """No figure is kept for nothing."""
    assert {facts.value(claim, BPO + "occupation") for claim in claims} == set(figures)


@pytest.mark.parametrize(
    ("process", "needed"),
    [
        ("payroll", {"false"}),
        ("dataEntry", {"false"}),
        ("accounting", {"false"}),
        ("procurement", {"false"}),
        ("humanResources", {"false"}),
        ("securityServices", {"true"}),
        ("customerServiceCallCenter", {"false"}),
        ("branchCounter", {"true"}),
    ],
)
def test_measured_on_site_need(facts: Facts, process: str, needed: set[str]) -> None:
    """Guards and tellers are needed on the spot; desk work is not."""
    assert answers_of(facts, process)["onSiteNeed"] == needed


@pytest.mark.parametrize("process", ["technicalSupport", "internalHelpDesk", "orderTaking"])
def test_what_the_figures_leave_open_is_not_claimed(facts: Facts, process: str) -> None:
    """Support specialists also mend hardware, order clerks also look goods over: important, not very important."""
    assert "onSiteNeed" not in answers_of(facts, process)
    assert answers_of(facts, process)["remoteChannel"] == {"true"}


@pytest.mark.parametrize("process", ["marketing", "forumModeration", "reception", "remoteMonitoring"])
def test_where_no_occupation_clearly_matches_nothing_is_claimed(facts: Facts, process: str) -> None:
    """A measure of other work would be worse than none."""
    assert answers_of(facts, process) == {}


def test_measures_answer_on_site_need_and_channels_only(facts: Facts, claims: list[str]) -> None:
    """The office category is the catalogue's and the client's to say."""
    criteria = {facts.value(claim, BPO + "onCriterion") for claim in claims}
    assert criteria == {CRIT + name for name in ("onSiteNeed", "remoteChannel", "inPersonChannel")}


def test_claims_are_about_processes_of_the_catalogue(facts: Facts, claims: list[str]) -> None:
    """A claim about a process that nobody can choose would be dead."""
    known = set(facts.members(BPO + "GenericProcess"))
    assert {facts.value(claim, BPO + "about") for claim in claims} <= known


def test_every_claim_and_threshold_names_its_source_in_both_languages(facts: Facts, claims: list[str]) -> None:
    """Each rests on statements in English and Indonesian; measures cite O*NET, thresholds their argument."""
    thresholds = facts.members(BPO + "ThresholdRule")
    for subject in (*claims, *thresholds, *switches(facts)):
        assert facts.languages(subject, RDFS + "label") == {"en", "id"}, subject
        sources = [s for s in facts.values(subject, PROV + "wasDerivedFrom") if s.startswith(STMT)]
        assert sources, subject
        for source in sources:
            assert facts.languages(source, SKOS + "definition") == {"en", "id"}, source
    for claim in claims:
        statement = facts.value(claim, PROV + "wasDerivedFrom")
        assert facts.values(statement, PROV + "wasDerivedFrom") == ["https://w3id.org/bpo-kg/source/onet"]


def switches(facts: Facts) -> Iterator[str]:
    for quad in facts.store.quads_for_pattern(None, ox.NamedNode(BPO + "disables"), None, None):
        assert isinstance(quad.subject, ox.NamedNode)
        yield quad.subject.value


def test_measures_switch_off_the_broad_tendency_of_back_office_work(facts: Facts) -> None:
    """d1 is disabled, by name and with a source, and nothing else is."""
    (switch,) = switches(facts)
    assert facts.values(switch, BPO + "disables") == ["https://w3id.org/bpo-kg/rule/d1"]


def test_the_occupation_that_does_most_of_the_work_is_selected(facts: Facts, claims: list[str]) -> None:
    """Claims side by side never tie with different answers: no shipped measure is a conflict."""
    ranked: dict[tuple[str, str, str], set[str]] = {}
    for claim in claims:
        key = tuple(facts.value(claim, BPO + p) for p in ("about", "onCriterion", "precedence"))
        ranked.setdefault((key[0], key[1], key[2]), set()).add(facts.value(claim, BPO + "answer"))
    assert all(len(said) == 1 for said in ranked.values())
