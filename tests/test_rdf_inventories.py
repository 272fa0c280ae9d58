"""Inventories in RDF: what counts as a process of the client's, what it is called, and where its client is."""

from pathlib import Path

import pytest
from test_ontology import TURTLE

import bpo_kg
from bpo_kg.graph import KnowledgeGraph

DESK = "https://example.org/desk"


def inventory(folder: Path, turtle: str, name: str = "desk.ttl") -> Path:
    path = folder / name
    path.write_text(TURTLE + turtle, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def owned(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeGraph:
    path = inventory(
        tmp_path_factory.mktemp("owned"),
        'ex:desk a bpo:ClientProcess ; rdfs:label "card desk" ; bpo:ownedBy ex:bank ; bpo:core false ;'
        " bpo:specialises proc:callCenter ; bpo:usesChannel chan:phone ."
        " ex:bank a bpo:ClientOrganisation ; bpo:homeCountry country:GB .",
    )
    return bpo_kg.load(path, to=["PH", "GB"])


def test_the_client_is_where_its_owner_is_at_home(owned: KnowledgeGraph) -> None:
    """Nobody states the client's country; it follows from whose work it is, and the places are judged by it."""
    row = owned.assess().row(DESK)
    assert (row["PH"], row["GB"], row["status"], row["ask_next"]) == ("favoured", "possible", "decided", "")


def test_the_owners_home_is_in_the_proof(owned: KnowledgeGraph) -> None:
    """Single processes are judged as the inventory is, and say whose home the client's country is."""
    told = owned.explain(DESK, to="PH").sentences
    assert any(line.startswith("Delivered from Philippines: favoured (decided)") for line in told)
    assert any("home country: United Kingdom" in line for line in told)


def test_a_supposed_client_country_beats_the_owners(owned: KnowledgeGraph) -> None:
    """What a cell says comes before what follows."""
    (change,) = owned.what_if(DESK, {"client_country": "PH"}, to=["PH"]).verdicts
    assert (change.before.grade, change.after.grade) == ("favoured", "possible")


def test_a_recorded_client_country_beats_the_owners(tmp_path: Path) -> None:
    """The owner is at home elsewhere; the record of the process counts."""
    path = inventory(
        tmp_path,
        'ex:desk a bpo:ClientProcess ; rdfs:label "desk" ; bpo:ownedBy ex:bank ; bpo:core false ;'
        " bpo:onSiteNeed true ; bpo:clientCountry country:PH ."
        " ex:bank a bpo:ClientOrganisation ; bpo:homeCountry country:GB .",
    )
    row = bpo_kg.load(path, to=["PH", "GB"]).assess().row(DESK)
    assert (row["PH"], row["GB"]) == ("favoured", "excluded")


UNTYPED = {
    "a property of client processes": "ex:desk bpo:core false",
    "a kind": "ex:desk bpo:specialises proc:payroll",
    "a class of processes": "ex:desk a bpo:BackOfficeProcess",
    "nothing but being a process": "ex:desk a bpo:Process",
}


@pytest.mark.parametrize("turtle", UNTYPED.values(), ids=UNTYPED)
def test_work_that_is_described_is_judged_whatever_says_that_it_is_a_process(tmp_path: Path, turtle: str) -> None:
    """Nothing that describes a process is left out because it does not name the class of client processes."""
    kg = bpo_kg.load(inventory(tmp_path, turtle + ' ; rdfs:label "desk" ; bpo:clientCountry country:GB .'), to=["PH"])
    assert kg.explain("desk", to="PH").process == DESK
    assert [row["id"] for row in kg.assess()] == [DESK]


def test_a_kind_that_is_nowhere_described_gives_no_row(tmp_path: Path) -> None:
    """A slip of the pen in the name of a kind is no process of the client's."""
    kg = bpo_kg.load(inventory(tmp_path, 'ex:desk bpo:specialises proc:payrol ; rdfs:label "desk" .'))
    assert [row["id"] for row in kg.assess()] == [DESK]


def test_a_process_goes_by_the_id_it_states(tmp_path: Path) -> None:
    """As a table row does, also once the table has become RDF."""
    path = inventory(tmp_path, 'ex:desk a bpo:ClientProcess ; rdfs:label "desk" ; dcterms:identifier "D-1" .')
    assert [row["id"] for row in bpo_kg.load(path).assess()] == ["D-1"]
    table = tmp_path / "desks.csv"
    table.write_text("id,name,kind\nD-2,Payroll,payroll\n", encoding="utf-8")
    again = tmp_path / "again.nt"
    again.write_bytes(bpo_kg.load(table).export("asserted", "nt"))
    assert [row["id"] for row in bpo_kg.load(again).assess()] == ["D-2"]


def test_things_that_are_the_same_do_not_stop_a_supposition(tmp_path: Path) -> None:
    """Two names of one office elsewhere in the data: what is supposed of a process is proved all the same."""
    turtle = (
        'ex:desk a bpo:ClientProcess ; rdfs:label "desk" ; bpo:specialises proc:payroll . ex:hq owl:sameAs ex:head .'
    )
    kg = bpo_kg.load(inventory(tmp_path, turtle), to=["PH"], client="GB")
    (change,) = kg.what_if("desk", {"core": "yes"}).verdicts
    assert (change.before.grade, change.after.grade) == ("favoured", "excluded")
    assert [leaf.kind for leaf in change.after.proof.leaves()] == ["changed"]
    assert [flip.after for flip in kg.flips("desk", most=1).processes[0].places[0].flips].count("excluded") >= 2


def test_a_kind_by_another_name_is_explained(tmp_path: Path) -> None:
    """A house that calls payroll by a name of its own gets the reasons of payroll."""
    table = tmp_path / "pay.csv"
    table.write_text("id,name,kind,client_country,core\nA,Pay,payroll,GB,no\n", encoding="utf-8")
    kg = bpo_kg.load(table, inventory(tmp_path, "ex:wages owl:sameAs proc:payroll ."), to=["PH"])
    told = "\n".join(kg.explain("A", to="PH").sentences)
    assert "Delivered from Philippines: favoured (decided)" in told
    assert "The work does not deal with the public: the catalogue says so" in told


def test_a_kind_or_whole_that_is_no_thing_is_passed_over(tmp_path: Path) -> None:
    """Text where a kind or a whole should stand tells nothing; check says so, and the rest is judged."""
    turtle = 'ex:desk a bpo:ClientProcess ; rdfs:label "desk" ; bpo:specialises "pay" ; bpo:directPartOf "all", [] .'
    kg = bpo_kg.load(inventory(tmp_path, turtle + ' ex:site bpo:siteCountry country:PH ; rdfs:label "Manila" .'))
    assert [row["office_category"] for row in kg.assess()] == ["unknown"]
    assert [match.fits for match in kg.match_sites("desk")] == [None]
    assert kg.what_if("desk", {"core": "yes"}).verdicts
