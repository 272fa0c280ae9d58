"""What the main job must answer: the article's kinds, the hard cases, and the columns others script against."""

from pathlib import Path

import pytest
from example_files import EXAMPLES, write_csv

import bpo_kg
from bpo_kg import export
from bpo_kg.suitability.rows import AssessmentTable

FRONT = ["24-hour call center", "e-mail support", "chat support", "technical support", "web forum moderation"]
BACK = ["accounting department", "payroll", "procurement", "human resources", "data entry", "security services"]


def kinds(folder: Path, **more: str) -> Path:
    """Write the article's kinds, one row each, with nothing known but kind, client and core."""
    rows = [
        {"id": kind, "name": kind, "kind": kind, "client_country": "GB", "core": "no", **more}
        for kind in [*FRONT, "marketing", *BACK]
    ]
    return write_csv(folder / "kinds.csv", rows)


@pytest.fixture(scope="module")
def article(tmp_path_factory: pytest.TempPathFactory) -> AssessmentTable:
    return bpo_kg.load(kinds(tmp_path_factory.mktemp("article")), evidence=False, to=["PH", "GB"]).assess()


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> AssessmentTable:
    return bpo_kg.load(kinds(tmp_path_factory.mktemp("evidence")), to=["PH", "GB"]).assess()


@pytest.fixture(scope="module")
def cases() -> AssessmentTable:
    return bpo_kg.load(EXAMPLES / "ten-cases.csv", to=["PH", "JP", "GB", "US", "AU", "ID"]).assess()


@pytest.mark.parametrize("kind", FRONT)
def test_the_article_sends_remote_front_office_abroad(article: AssessmentTable, kind: str) -> None:
    """Work with the public by phone or Internet goes where English is spoken and labour is cheaper."""
    row = article.row(kind)
    assert (row["office_category"], row["PH"], row["status"]) == ("front", "favoured", "decided")
    assert "PH=p3" in row["reasons"]


@pytest.mark.parametrize("kind", BACK)
def test_the_article_keeps_back_office_at_home(article: AssessmentTable, kind: str) -> None:
    """Back-office work tends to need staff on site and so to stay in the client's country."""
    row = article.row(kind)
    assert (row["office_category"], row["PH"], row["GB"]) == ("back", "discouraged", "favoured")


def test_marketing_without_a_channel_is_at_best_possible_and_asks_for_it(article: AssessmentTable) -> None:
    """Nobody said how marketing reaches people, and unknown never becomes a yes or a no."""
    row = article.row("marketing")
    assert (row["PH"], row["status"], row["ask_next"]) == ("possible", "provisional", "channels")
    assert "remoteChannel" in row["unknown"].split(";")


def test_measures_free_payroll_and_data_entry_but_not_guards(evidence: AssessmentTable) -> None:
    """Published figures refute the tendency for most back-office examples of the article."""
    for kind in ("payroll", "data entry"):
        row = evidence.row(kind)
        assert (row["location_bound"], row["PH"]) == ("no", "favoured")
        assert "onSiteNeed=measured" in row["basis"]
    guards = evidence.row("security services")
    assert (guards["location_bound"], guards["PH"], guards["GB"]) == ("yes", "discouraged", "favoured")


def test_core_work_is_excluded_everywhere_at_home_too(tmp_path: Path) -> None:
    """Core is not handed to anybody, whatever the place."""
    table = bpo_kg.load(kinds(tmp_path, core="yes"), to=["PH", "GB"]).assess()
    assert len(table) == 12
    for row in table:
        places = ("same_country", "near_foreign", "distant_foreign", "PH", "GB")
        assert {row[place] for place in places} == {"excluded"}
        assert (row["outsourcing"], row["status"]) == ("core", "decided")


def test_core_unknown_is_asked_first_and_keeps_the_grade_provisional(tmp_path: Path) -> None:
    """A grade means *if it goes out*; whether it may is the first question."""
    table = bpo_kg.load(kinds(tmp_path, core=""), to=["PH"]).assess()
    assert {row["ask_next"] for row in table} == {"core"}
    centre = next(a for a in table.assessments if a.subject.id == "24-hour call center")
    verdicts = {place.place: (place.verdict.grade, place.verdict.status) for place in centre.places}
    assert verdicts["PH"] == ("favoured", "provisional")
    # At home no rule speaks until it is known whether the work is core; a row is as settled as its least settled place.
    assert verdicts["same_country"] == ("undetermined", "undetermined")
    assert table.row("24-hour call center")["status"] == "undetermined"


CASES = [
    # id, office, on-site answer, its basis, (place, grade) …, status
    ("C1", "front", "yes", "presumed", {"PH": "discouraged", "GB": "favoured"}),
    ("C1a", "front", "no", "presumed", {"PH": "favoured", "GB": "possible"}),
    ("C2a", "back", "yes", "measured", {"PH": "discouraged", "US": "favoured"}),
    ("C2b", "back", "no", "recorded", {"PH": "favoured", "US": "possible"}),
    ("C3", "back", "no", "measured", {"PH": "possible", "ID": "possible"}),
    ("C4a", "back", "yes", "recorded", {"PH": "excluded", "US": "favoured"}),
    ("C4b", "back", "yes", "inherited", {"PH": "excluded", "GB": "favoured"}),
    ("C4c", "back", "yes", "recorded", {"PH": "excluded", "GB": "favoured"}),
    ("C4d", "back", "no", "measured", {"PH": "favoured", "GB": "possible"}),
    ("C5", "mixed", "no", "measured", {"PH": "favoured", "GB": "possible"}),
    ("C5c", "front", "no", "measured", {"PH": "favoured", "GB": "possible"}),
    ("C6", "front", "no", "presumed", {"PH": "possible", "JP": "possible", "US": "possible"}),
    ("C7", "front", "no", "measured", {"PH": "favoured", "AU": "possible", "GB": "favoured"}),
    ("C8", "back", "no", "measured", {"PH": "excluded", "ID": "excluded"}),
    ("C9", "mixed", "yes", "inherited", {"PH": "excluded", "US": "favoured"}),
    ("C9a", "front", "no", "measured", {"PH": "favoured", "US": "possible"}),
    ("C10", "back", "no", "presumed", {"PH": "favoured", "GB": "possible"}),
]


@pytest.mark.parametrize(("ident", "office", "on_site", "basis", "grades"), CASES, ids=[c[0] for c in CASES])
def test_hard_case(
    cases: AssessmentTable, ident: str, office: str, on_site: str, basis: str, grades: dict[str, str]
) -> None:
    """Each hard case comes out as derived by hand from the decision table."""
    row = cases.row(ident)
    assert (row["office_category"], row["location_bound"]) == (office, on_site)
    assert f"onSiteNeed={basis}" in row["basis"].split(";")
    assert {place: row[place] for place in grades} == grades


def test_a_part_never_receives_what_its_sibling_records(cases: AssessmentTable) -> None:
    """Scanning on site gives its whole the need to be there, and the keying beside it nothing."""
    assert cases.row("C4b")["location_bound"] == "yes"
    assert cases.row("C4d")["location_bound"] == "no"


def test_a_language_that_nobody_counted_stays_open(cases: AssessmentTable) -> None:
    """CLDR lists no Indonesian speakers for the Philippines: that is a gap, not a no."""
    row = cases.row("C3")
    assert "PH:sharedLanguage" in row["unknown"].split(";")
    assert row["status"] == "provisional"


def test_mixed_names_the_parts_that_pin_it(cases: AssessmentTable) -> None:
    """A department with front and back parts says which, so that it can be split."""
    one = next(a for a in cases.assessments if a.subject.id == "C5")
    assert [iri.rpartition("/")[2] for iri in one.pinned_by] == ["C5c", "C5a"]


def test_columns_are_the_contract(cases: AssessmentTable) -> None:
    """Scripts rely on these names in this order."""
    columns = (
        "id name office_category outsourcing location_bound "
        "same_country near_foreign distant_foreign PH JP GB US AU ID "
        "status firmness basis reasons unknown ask_next"
    )
    assert " ".join(cases.header) == columns


def test_values_are_the_same_in_every_language(tmp_path: Path) -> None:
    """Only sentences are translated; keys and values never are."""
    english, local = (cases_json(lang) for lang in ("en", "id"))
    assert [r["verdicts"]["PH"]["grade"] for r in english] == [r["verdicts"]["PH"]["grade"] for r in local]
    assert english[0].keys() == local[0].keys()
    sentences = [r["verdicts"]["PH"]["reasons"][0]["sentence"] for r in (english[0], local[0])]
    assert "Work" in sentences[0]
    assert "Pekerjaan" in sentences[1]


def cases_json(lang: str) -> list[dict[str, object]]:
    table = bpo_kg.load(EXAMPLES / "ten-cases.csv", to=["PH"]).assess()
    return table.to_dicts(lang)


def test_nothing_is_dropped_and_order_is_kept(tmp_path: Path) -> None:
    """A row without a name is left out and counted; every other row stays, whatever is wrong with its cells."""
    inventory = write_csv(
        tmp_path / "rows.csv",
        [
            {"id": "b", "name": "Payroll", "kind": "no such kind", "client_country": "GB", "site": "Leeds"},
            {"id": "a", "name": "", "kind": "payroll"},
            {"id": "b", "name": "Payroll again", "core": "perhaps", "site": "York"},
            {"id": "", "name": "Post room", "channels": "phone; pigeon"},
        ],
    )
    kg = bpo_kg.load(inventory)
    table = kg.assess()
    assert [row["name"] for row in table] == ["Payroll", "Payroll again", "Post room"]
    assert [row["site"] for row in table] == ["Leeds", "York", ""]
    assert table.header[-1] == "site"
    assert sum(i.left_out for i in kg.loaded.inventories) == 1
    where = {(f.place.line, f.severity) for f in table.findings}
    assert {(2, "error"), (3, "error"), (4, "error"), (5, "error")} <= where
    post_room = table.assessments[2]
    assert post_room.answers["inPersonChannel"].value is None


def test_same_input_gives_the_same_bytes() -> None:
    """Two runs write the same table and the same graph."""
    runs = [bpo_kg.load(EXAMPLES / "inventory.csv", to=["PH"]) for _ in range(2)]
    tables = [export.table_csv(kg.assess()) for kg in runs]
    assert tables[0] == tables[1]
    graphs = [kg.export("all", "nt") for kg in runs]
    assert graphs[0] == graphs[1]


def test_verdicts_are_triples_that_sparql_sees() -> None:
    """The table and the graph hold the same grades."""
    kg = bpo_kg.load(EXAMPLES / "ten-cases.csv", to=["PH"])
    table = {row["id"]: row["PH"] for row in kg.assess()}
    rows = kg.query(
        "SELECT ?id ?grade WHERE { ?a bpo:assesses ?p ; bpo:toCountry country:PH ; bpo:verdict ?grade . "
        "?p dcterms:identifier ?id }"
    )
    assert not isinstance(rows, bool)
    found = {str(row["id"]): str(row["grade"]).rpartition("/")[2] for row in rows}  # type: ignore[index]
    assert found == table
    assert len(found) == 21


def test_a_users_rule_replaces_disables_and_adds(tmp_path: Path) -> None:
    """House rules change verdicts without touching the shipped files."""
    house = tmp_path / "house.ttl"
    house.write_text(
        """@prefix bpo: <https://w3id.org/bpo-kg/ontology#> . @prefix crit: <https://w3id.org/bpo-kg/criterion/> .
        @prefix rule: <https://w3id.org/bpo-kg/rule/> . @prefix scale: <https://w3id.org/bpo-kg/scale/> .
        @prefix stmt: <https://w3id.org/bpo-kg/statement/> . @prefix my: <https://example.org/house#> .
        rule:p2 a bpo:PlacementRule ; bpo:whenFailed crit:coreFunction ; bpo:gives scale:discouraged ;
            bpo:strength scale:baseline ; bpo:priority 1 ; bpo:restsOn stmt:s12 .
        my:noPublic a bpo:PlacementRule ; bpo:whenMet crit:publicContact ; bpo:whenFailed crit:sameCountry ;
            bpo:gives scale:excluded ; bpo:strength scale:requirement ; bpo:priority 50 ; bpo:restsOn stmt:s12 .
        my:policy bpo:disables rule:p7 .""",
        encoding="utf-8",
    )
    table = bpo_kg.load(kinds(tmp_path), rules=[house], to=["PH", "GB"]).assess()
    assert table.row("24-hour call center")["PH"] == "excluded"
    assert "PH=noPublic" in table.row("24-hour call center")["reasons"]
    assert table.row("payroll")["PH"] == "discouraged"
    assert "p7" not in table.row("payroll")["reasons"]


def test_a_rule_that_speaks_of_a_deprecated_criterion_still_counts(tmp_path: Path) -> None:
    """A renamed criterion keeps its old name valid in data."""
    house = tmp_path / "old-name.ttl"
    house.write_text(
        """@prefix bpo: <https://w3id.org/bpo-kg/ontology#> . @prefix crit: <https://w3id.org/bpo-kg/criterion/> .
        @prefix scale: <https://w3id.org/bpo-kg/scale/> . @prefix stmt: <https://w3id.org/bpo-kg/statement/> .
        <https://example.org/old> a bpo:PlacementRule ; bpo:whenMet crit:locationBound ; bpo:gives scale:excluded ;
            bpo:strength scale:requirement ; bpo:priority 99 ; bpo:restsOn stmt:s12 .""",
        encoding="utf-8",
    )
    table = bpo_kg.load(kinds(tmp_path), rules=[house], to=["GB"]).assess()
    assert table.row("security services")["GB"] == "excluded"


def test_half_a_rule_is_named_and_not_applied(tmp_path: Path) -> None:
    """A rule without strength or statement would judge without a trace."""
    house = tmp_path / "half.ttl"
    house.write_text(
        """@prefix bpo: <https://w3id.org/bpo-kg/ontology#> . @prefix crit: <https://w3id.org/bpo-kg/criterion/> .
        @prefix scale: <https://w3id.org/bpo-kg/scale/> .
        <https://example.org/half> a bpo:PlacementRule ;
            bpo:whenFailed crit:coreFunction ; bpo:gives scale:excluded .""",
        encoding="utf-8",
    )
    kg = bpo_kg.load(kinds(tmp_path), rules=[house], to=["PH"])
    assert kg.assess().row("24-hour call center")["PH"] == "favoured"
    assert [f.code for f in kg.findings] == ["incomplete-rule"]


@pytest.mark.parametrize(
    ("piece", "en", "local"),
    [
        ('bpo:gives scale:excluded ; bpo:priority "high"', "a priority", "prioritas"),
        ("bpo:gives scale:nowhere ; bpo:priority 99", "a grade", "nilai"),
        ("bpo:gives scale:contested ; bpo:priority 99", "a grade", "nilai"),
        ("bpo:gives scale:excluded ; bpo:priority 99 ; bpo:weakestBasis scale:hearsay", "a basis", "dasar"),
    ],
)
def test_a_rule_with_a_value_that_means_nothing_is_named_at_its_line(
    tmp_path: Path, piece: str, en: str, local: str
) -> None:
    """In both languages; it is not applied, and everything else is judged as usual."""
    house = tmp_path / "odd.ttl"
    house.write_text(
        "@prefix bpo: <https://w3id.org/bpo-kg/ontology#> . @prefix crit: <https://w3id.org/bpo-kg/criterion/> .\n"
        "@prefix scale: <https://w3id.org/bpo-kg/scale/> . @prefix stmt: <https://w3id.org/bpo-kg/statement/> .\n"
        "<https://example.org/odd> a bpo:PlacementRule ; bpo:whenFailed crit:coreFunction ;\n"
        f"  bpo:strength scale:requirement ; bpo:restsOn stmt:s12 ; {piece} .\n",
        encoding="utf-8",
    )
    kg = bpo_kg.load(kinds(tmp_path), rules=[house], to=["PH"])
    assert kg.assess().row("24-hour call center")["PH"] == "favoured"
    (found,) = [f for f in kg.findings if f.code == "incomplete-rule"]
    assert str(found.place) == f"{house}:3:29"
    assert f"lacks {en}" in found.message["en"]
    assert f"belum memiliki {local}" in found.message["id"]


def test_a_note_is_text_whatever_it_looks_like(tmp_path: Path) -> None:
    """Also where it begins with a web address of this ontology."""
    path = write_csv(tmp_path / "notes.csv", [{"name": "desk", "notes": "https://w3id.org/bpo-kg/ tells more"}])
    (row,) = bpo_kg.load(path).query("SELECT ?note { ?p skos:note ?note }")  # type: ignore[misc]
    assert str(row["note"]) == "https://w3id.org/bpo-kg/ tells more"


def test_whole_and_part_pass_facts_as_the_ontology_says(tmp_path: Path) -> None:
    """Countries and core go down, contact and on-site need go up, channels go nowhere, a clash is a finding."""
    inventory = write_csv(
        tmp_path / "wholes.csv",
        [
            {"id": "desk", "name": "Service desk", "client_country": "GB", "core": "no", "channels": "phone"},
            {"id": "day", "name": "Day team", "part_of": "desk"},
            {"id": "counter", "name": "Counter", "part_of": "day", "on_site_need": "yes", "public_contact": "yes"},
            {"id": "night", "name": "Night team", "part_of": "desk", "core": "yes"},
            {"id": "quiet", "name": "Quiet desk", "public_contact": "no"},
            {"id": "loud", "name": "Loud corner", "part_of": "quiet", "public_contact": "yes"},
        ],
    )
    kg = bpo_kg.load(inventory, to=["GB"])
    table = kg.assess()
    for part in ("day", "counter"):
        assert "coreFunction=inherited" in table.row(part)["basis"]
    assert table.row("night")["outsourcing"] == "core"
    for whole in ("desk", "day"):
        assert table.row(whole)["location_bound"] == "yes"
        assert "onSiteNeed=inherited" in table.row(whole)["basis"]
    assert table.row("night")["location_bound"] == "unknown"
    assert "remoteChannel" not in table.row("day")["basis"]
    assert table.row("desk")["GB"] == "favoured"
    clashes = [f for f in kg.findings if f.code == "whole-part-clash"]
    assert [(f.place.line, f.severity) for f in clashes] == [(7, "warning")]
    assert table.row("quiet")["office_category"] == "mixed"


def test_what_was_judged_is_remembered_as_long_as_the_rules_are_the_same() -> None:
    """After a change of facts, equal answers need not be judged again; after a change of rules they must be."""
    kg = bpo_kg.load(EXAMPLES / "ten-cases.csv", to=["PH"])
    before = kg.assess().row("C1")["PH"]
    judge = kg._judge
    kg.follow()
    assert kg.assess().row("C1")["PH"] == before
    assert kg._judge is judge
    rule = "<https://w3id.org/bpo-kg/rule/p5>"
    kg.dataset.store.update(f"DELETE {{ GRAPH ?g {{ {rule} ?p ?o }} }} WHERE {{ GRAPH ?g {{ {rule} ?p ?o }} }}")
    kg.follow()
    assert kg.assess().row("C1")["PH"] != before
