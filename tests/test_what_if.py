"""What if: verdicts under supposed facts, rules and places, each with both proofs, and nothing written."""

import json
import random
from pathlib import Path

import pytest
from example_files import EXAMPLES, write_csv
from test_flips import CELLS, generated

import bpo_kg
from bpo_kg.errors import BpoKgError, QueryError, SourceError, UnknownThing
from bpo_kg.scenarios import read_scenario


@pytest.fixture(scope="module")
def kg() -> bpo_kg.KnowledgeGraph:
    return bpo_kg.load(EXAMPLES / "ten-cases.csv", to=["PH"])


def test_one_supposed_fact_turns_a_verdict_and_both_proofs_say_why(kg: bpo_kg.KnowledgeGraph) -> None:
    """The policy files inherit their need for people on site from the scanning; recorded otherwise, they may go."""
    found = kg.what_if("C4b", {"on_site_need": "no"})
    (change,) = found.verdicts
    assert change.before is not None
    assert change.after is not None
    assert (change.ident, change.before.grade, change.after.grade) == ("C4b", "excluded", "favoured")
    assert "changed" not in {leaf.kind for leaf in change.before.proof.leaves()}
    assert [leaf.kind for leaf in change.after.proof.leaves()].count("changed") == 1
    told = found.to_text()
    assert "Digitisation of policy files: on-site need: no (was not recorded)" in told
    assert "Digitisation of policy files, delivered from Philippines: excluded (decided) → favoured (decided)" in told
    assert "supposed: on-site need: no" in told


@pytest.mark.parametrize(
    ("column", "value", "grade"),
    [("core", "yes", "excluded"), ("on_site_need", "yes", "excluded"), ("public_contact", "", "undetermined")],
)
def test_a_kind_stands_for_a_clients_process_of_that_kind(column: str, value: str, grade: str) -> None:
    """What is supposed of payroll in general beats what catalogue and measures say of it, and is told by its name."""
    found = bpo_kg.load(to=["PH"], client="GB").what_if("payroll", {column: value}, lang="id")
    (change,) = found.verdicts
    assert change.before is not None
    assert change.after is not None
    assert (change.before.grade, change.after.grade) == ("favoured", grade)
    assert "penggajian, dikerjakan dari Filipina" in found.to_text()


def test_a_supposed_language_is_told_by_its_name(kg: bpo_kg.KnowledgeGraph) -> None:
    """Also where no country at hand speaks it."""
    assert "languages: Swahili" in kg.what_if("C1a", {"languages": "sw"}).to_text()


def test_what_a_whole_is_supposed_to_be_reaches_its_parts(kg: bpo_kg.KnowledgeGraph) -> None:
    """Core passes down, so a department supposed to be core takes its parts along."""
    found = kg.what_if("C5", {"core": "yes"})
    assert {change.ident for change in found.verdicts} == {"C5", "C5a", "C5b", "C5c"}
    assert {change.after.grade for change in found.verdicts if change.after} == {"excluded"}


def test_an_empty_cell_means_unknown(kg: bpo_kg.KnowledgeGraph) -> None:
    """A cell supposed to be empty answers nothing."""
    (change,) = kg.what_if("C3", {"core": ""}).verdicts
    assert change.after is not None
    assert (change.after.grade, change.after.proof.kind) == ("undetermined", "undetermined")


def test_a_supposition_that_changes_nothing_says_so(kg: bpo_kg.KnowledgeGraph) -> None:
    """Most facts do not matter, and that is an answer too."""
    found = kg.what_if("C3", {"fte": "70"}, lang="id")
    assert found.verdicts == ()
    assert "Tidak ada putusan yang berubah." in found.to_text()


def test_supposing_gives_what_writing_it_would(tmp_path: Path) -> None:
    """Any two cells of any row, supposed or written into the table: the verdicts on all rows are the same."""
    checked = 0
    for seed in range(6):
        rows = generated(seed)
        kg = bpo_kg.load(write_csv(tmp_path / f"i{seed}.csv", rows), to=["PH", "JP"])
        before = {(one.subject.id, p.place): p.verdict for one in kg.assess().assessments for p in one.places}
        chance = random.Random(seed)
        for n in range(4):
            row = chance.choice(rows)
            cells = {c: chance.choice(CELLS[c]) for c in chance.sample(sorted(CELLS), 2)}
            if n == 3:
                others = [r["id"] for r in rows if r["id"] < row["id"]]
                cells["part_of"] = chance.choice([*others, ""])
            written = [{**r, **cells} if r["id"] == row["id"] else r for r in rows]
            path = tmp_path / f"w{seed}" / f"i{seed}.csv"
            path.parent.mkdir(exist_ok=True)
            after = bpo_kg.load(write_csv(path, written), to=["PH", "JP"]).assess()
            expected = {
                (one.subject.id, p.place): (p.verdict.grade, p.verdict.status)
                for one in after.assessments
                for p in one.places
                if p.place in ("PH", "JP")
                and (p.verdict.grade, p.verdict.status)
                != (before[one.subject.id, p.place].grade, before[one.subject.id, p.place].status)
            }
            found = {
                (c.ident, c.place): (c.after.grade, c.after.status)
                for c in kg.what_if(row["id"], cells).verdicts
                if c.after
            }
            assert found == expected, (seed, row["id"], cells)
            checked += 1
    assert checked == 24


def test_nothing_is_written(tmp_path: Path) -> None:
    """The graph is byte for byte the same after a scenario of every kind."""
    kg = bpo_kg.load(EXAMPLES / "ten-cases.csv", to=["PH"])
    before = kg.export("all", "nt")
    scenario = tmp_path / "all.toml"
    scenario.write_text(FULL.format(examples=EXAMPLES), encoding="utf-8")
    assert kg.what_if(scenario=scenario).verdicts
    assert kg.what_if("C1", {"channels": "phone", "part_of": "C9"}).sentences
    assert kg.export("all", "nt") == before


# --- scenarios ---------------------------------------------------------------------------------------
FULL = """
name = "Everything else"
to = ["PH"]
remove = ["C1b"]
disable = ["rule:p5"]
rules = ["{examples}/house-rules.ttl"]
places = ["{examples}/places.csv"]
turtle = "rule:p2 a bpo:PlacementRule ; bpo:whenFailed crit:coreFunction ; bpo:gives scale:favoured ; \
bpo:strength scale:baseline ; bpo:priority 1 ; bpo:restsOn stmt:s03 ."

[[set]]
process = "C1"
channels = ["phone"]

[[add]]
id = "N1"
name = "Chat desk"
kind = "live chat"
client_country = "GB"
core = false
"""


@pytest.fixture
def phones(tmp_path: Path) -> Path:
    path = tmp_path / "phones.toml"
    path.write_text(
        'name = "Phones only"\nremove = ["C1b"]\n[[set]]\nprocess = "C1"\nchannels = ["phone"]\n'
        '[[add]]\nid = "N1"\nname = "Chat desk"\nkind = "live chat"\nclient_country = "GB"\ncore = false\n',
        encoding="utf-8",
    )
    return path


def test_a_scenario_changes_adds_and_takes_out(kg: bpo_kg.KnowledgeGraph, phones: Path) -> None:
    """The branch desk goes, so the complaints desk may; a chat desk comes."""
    found = kg.what_if(scenario=phones)
    sides = {
        c.ident: (c.before.grade if c.before else None, c.after.grade if c.after else None) for c in found.verdicts
    }
    assert sides == {"C1": ("discouraged", "favoured"), "C1b": ("discouraged", None), "N1": (None, "favoured")}
    assert found.name == "Phones only"
    assert "Chat desk, delivered from Philippines: none → favoured (decided)" in found.to_text()


def test_rules_switched_off_and_replaced_are_supposed_too(kg: bpo_kg.KnowledgeGraph, tmp_path: Path) -> None:
    """Without the rule against on-site work abroad, guards are merely possible there."""
    path = tmp_path / "free.toml"
    path.write_text('disable = ["rule:p5"]\n', encoding="utf-8")
    (change,) = [c for c in kg.what_if(scenario=path).verdicts if c.ident == "C2a"]
    assert change.after is not None
    assert (change.after.grade, change.after.proof.rules()) == ("possible", ("https://w3id.org/bpo-kg/rule/p2",))
    assert "without rule:p5" in kg.what_if(scenario=path).to_text()


def test_places_are_supposed_too(kg: bpo_kg.KnowledgeGraph, tmp_path: Path) -> None:
    """With wages recorded as high as at home, the Philippines are no cheaper."""
    wages = tmp_path / "wages.csv"
    wages.write_text("country,wage,currency\nPH,30,USD\nGB,30,USD\n", encoding="utf-8")
    path = tmp_path / "dear.toml"
    path.write_text('places = ["wages.csv"]\n', encoding="utf-8")
    changed = {c.ident: c.after.grade for c in kg.what_if(scenario=path).verdicts if c.after}
    assert changed["C1a"] == "possible"


def test_a_scenario_in_turtle_states_cells(kg: bpo_kg.KnowledgeGraph, tmp_path: Path) -> None:
    """A cell that a Turtle scenario states replaces what is recorded."""
    path = tmp_path / "recorded.ttl"
    path.write_text(
        "@prefix bpo: <https://w3id.org/bpo-kg/ontology#> . @prefix chan: <https://w3id.org/bpo-kg/channel/> .\n"
        "<https://w3id.org/bpo-kg/row/ten-cases/C1> bpo:usesChannel chan:phone .\n",
        encoding="utf-8",
    )
    (change,) = kg.what_if(scenario=path).verdicts
    assert change.after is not None
    assert (change.ident, change.after.grade) == ("C1", "favoured")


def test_scenarios_are_compared_side_by_side(kg: bpo_kg.KnowledgeGraph, phones: Path, tmp_path: Path) -> None:
    """One row for each verdict that is not the same in all, one column for each scenario, and one for what is."""
    full = tmp_path / "all.toml"
    full.write_text(FULL.format(examples=EXAMPLES), encoding="utf-8")
    found = kg.compare([phones, full])
    assert found.names == ("as it is", "Phones only", "Everything else")
    rows = {(row.name, row.place): row.verdicts for row in found.rows}
    assert rows["Complaints desk of a UK bank", "PH"][:2] == (("discouraged", "decided"), ("favoured", "decided"))
    assert rows["Chat desk", "PH"][0] is None
    assert all(len(set(verdicts)) > 1 for verdicts in rows.values())
    lines = found.to_text().splitlines()
    assert lines[0].split("  ")[0] == "process"
    assert len(lines) == len(found.rows) + 2
    assert json.loads(json.dumps(found.to_dict()))["scenarios"] == ["Phones only", "Everything else"]


SLIPS = [
    ("name = ", SourceError, "not TOML"),
    ("sett = []", SourceError, "no scenario has 'sett'; did you mean 'set'?"),
    ('disable = "rule:p5"', SourceError, 'disable must be a list of texts, such as disable = ["..."]'),
    ('[[set]]\nchannels = "phone"', SourceError, "[[set]] number 1 lacks 'process'"),
    ('[set]\nprocess = "C1"', SourceError, "write each change as a table of its own, under [[set]]"),
    ('[[set]]\nprocess = "C1"\nchanels = "phone"', QueryError, "no column 'chanels'; did you mean 'channels'?"),
    ('[[set]]\nprocess = "C1"\ncore = "maybe"', QueryError, '"maybe"'),
    ('[[set]]\nprocess = "C1"\nchannels = "phone; DROP ALL"', QueryError, "DROP ALL"),
    ('[[set]]\nprocess = "nobody"\ncore = "no"', UnknownThing, "no process 'nobody'"),
    ('remove = ["nobody"]', UnknownThing, "no process 'nobody'"),
    ('rules = ["gone.ttl"]', SourceError, "gone.ttl: no such file"),
    ('turtle = "rule:p5 a"', SourceError, "(turtle)"),
    ('disable = ["rule:p5 . <urn:x> a bpo:Rule"]', BpoKgError, "is no rule"),
]


@pytest.mark.parametrize(("told", "error", "said"), SLIPS)
def test_a_slip_in_a_scenario_is_named(
    kg: bpo_kg.KnowledgeGraph, tmp_path: Path, told: str, error: type[Exception], said: str
) -> None:
    """What no scenario can say is refused with the file, the place and what would be right."""
    path = tmp_path / "slip.toml"
    path.write_text(told + "\n", encoding="utf-8")
    with pytest.raises(error) as raised:
        kg.what_if(scenario=path)
    assert said in str(raised.value)


def test_a_file_that_is_no_scenario_is_refused(tmp_path: Path) -> None:
    """Scenarios are TOML or Turtle."""
    with pytest.raises(SourceError, match="no such file"):
        read_scenario(tmp_path / "gone.toml")
    with pytest.raises(SourceError, match=r"a scenario is a \.toml or a \.ttl file"):
        read_scenario(EXAMPLES / "ten-cases.csv")


def test_nothing_supposed_is_refused(kg: bpo_kg.KnowledgeGraph) -> None:
    """Cells need a process, and a supposition needs something to suppose."""
    with pytest.raises(QueryError, match="nothing is supposed"):
        kg.what_if("C1")
    with pytest.raises(QueryError, match="which process"):
        kg.what_if(None, {"core": "no"})
