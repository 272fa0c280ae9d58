"""Diff: what two states of inventory, rules or ontology come to differently, and the facts and rules behind it."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from example_files import EXAMPLES, ROOT, write_csv

import bpo_kg
from bpo_kg.comparing import Loading, diff
from bpo_kg.errors import SourceError
from bpo_kg.shells.cli import main

ONTOLOGY = ROOT / "ontology"
HOW = Loading(data=(str(EXAMPLES / "ten-cases.csv"),), to=("PH",))


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    """The ten cases with the complaints desk by phone only, and the remote monitoring under another id."""
    text = (EXAMPLES / "ten-cases.csv").read_text(encoding="utf-8")
    text = text.replace("yes,phone;inPerson,", "yes,phone,").replace("\nC2b,", "\nC2x,")
    path = tmp_path / "newer.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_changed_cell_is_the_cause_of_a_changed_verdict(edited: Path) -> None:
    """Files of other names are compared row by row, and each cause names its cell."""
    found = diff(str(EXAMPLES / "ten-cases.csv"), str(edited), Loading(to=("PH",)))
    by_id = {change.ident: (change, causes) for change, causes in found.verdicts}
    assert set(by_id) == {"C1", "C2b", "C2x"}
    change, causes = by_id["C1"]
    assert change.before is not None
    assert change.after is not None
    assert (change.before.grade, change.after.grade) == ("discouraged", "favoured")
    assert [(cause.new, cause.told) for cause in causes] == [
        (False, f"no longer there: “Complaints desk of a UK bank”: channels: in person ({EXAMPLES}/ten-cases.csv:2:11)")
    ]
    assert (by_id["C2x"][0].before, by_id["C2b"][0].after) == (None, None)


def test_inferences_that_appear_and_disappear_are_explained(edited: Path) -> None:
    """What no longer follows rests on what is no longer there."""
    found = diff(str(EXAMPLES / "ten-cases.csv"), str(edited), Loading(to=("PH",)))
    lost = {" ".join(term.value for term in inference.triple): inference for inference in found.lost}
    (key,) = [key for key in lost if key.endswith("InPersonProcess")]
    assert lost[key].causes
    assert all(not cause.new for cause in lost[key].causes)
    assert all(inference.causes for inference in (*found.gained, *found.lost))


def test_the_same_state_twice_differs_in_nothing() -> None:
    """No verdict and no inference changes by being loaded again."""
    found = diff(str(EXAMPLES / "ten-cases.csv"), str(EXAMPLES / "ten-cases.csv"), Loading(to=("PH",)))
    assert found.same
    assert found.to_text().endswith("no verdict and no inference changed.\n")


def test_a_changed_rule_is_the_cause_of_every_verdict_it_turns(tmp_path: Path) -> None:
    """Two versions of the rules are compared over an inventory; nothing but the rule has changed."""
    rules = tmp_path / "rules.ttl"
    text = (ONTOLOGY / "rules.ttl").read_text(encoding="utf-8")
    assert "bpo:priority 30 ;\n    bpo:restsOn stmt:s11" in text
    rules.write_text(
        text.replace("bpo:priority 30 ;\n    bpo:restsOn stmt:s11", "bpo:priority 0 ;\n    bpo:restsOn stmt:s11")
    )
    found = diff(str(ONTOLOGY / "rules.ttl"), str(rules), HOW)
    assert not found.gained
    assert not found.lost
    for _, causes in found.verdicts:
        assert any("rule:p5" in cause.told for cause in causes) or causes == ()
    assert found.same or found.verdicts


def test_a_rule_of_another_grade_turns_verdicts(tmp_path: Path) -> None:
    """A house that lets on-site work go abroad: each verdict that turns names the rule, old and new."""
    rules = tmp_path / "rules.ttl"
    text = (ONTOLOGY / "rules.ttl").read_text(encoding="utf-8")
    head, tail = text.split("rule:p5 a owl:NamedIndividual", 1)
    rules.write_text(head + "rule:p5 a owl:NamedIndividual" + tail.replace("scale:discouraged", "scale:possible", 1))
    found = diff(str(ONTOLOGY / "rules.ttl"), str(rules), HOW)
    assert {change.ident for change, _ in found.verdicts} == {"C1", "C1b", "C2a"}
    for _, causes in found.verdicts:
        assert {cause.new for cause in causes if "rule:p5" in cause.told} == {True, False}


def test_a_changed_axiom_is_the_cause_of_what_no_longer_follows(tmp_path: Path) -> None:
    """A folder of ontology files is compared with another; class expressions are told apart by what they say."""
    folder = tmp_path / "ontology"
    shutil.copytree(ONTOLOGY, folder)
    bpo = folder / "bpo.ttl"
    text = bpo.read_text(encoding="utf-8")
    assert "owl:hasValue crit:coreFunction" in text
    bpo.write_text(text.replace("owl:hasValue crit:coreFunction", "owl:hasValue crit:personalData"), encoding="utf-8")
    found = diff(str(ONTOLOGY), str(folder), HOW)
    assert any(str(i.triple[2]).endswith("coreFunction>") for i in found.lost)
    causes = [cause.told for inference in found.lost for cause in inference.causes]
    assert any("rdfs:subClassOf" in told for told in causes)


# --- git ---------------------------------------------------------------------------------------------
def git(folder: Path, *arguments: str) -> None:
    named = ["-c", "user.name=Analyst", "-c", "user.email=analyst@example.org"]
    subprocess.run(["git", *named, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, edited: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two versions of an inventory, the older tagged v1."""
    folder = tmp_path / "repository"
    (folder / "data").mkdir(parents=True)
    git(folder, "init", "-q")
    target = folder / "data" / "processes.csv"
    for version, source in (("v1", EXAMPLES / "ten-cases.csv"), ("v2", edited)):
        shutil.copy(source, target)
        git(folder, "add", ".")
        git(folder, "commit", "-q", "-m", version)
        git(folder, "tag", version)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(("old", "new"), [("v1", "v2"), ("v1:data/processes.csv", "HEAD:data/processes.csv"),
                                          ("HEAD~1:data/processes.csv", "data/processes.csv")])  # fmt: skip
def test_git_revisions_are_compared_without_a_checkout(repository: Path, old: str, new: str) -> None:
    """A revision, a path in one, and the file at hand all serve; the work tree stays as it is."""
    before = (repository / "data" / "processes.csv").read_bytes()
    found = diff(old, new, Loading(to=("PH",)))
    assert {change.ident for change, _ in found.verdicts} == {"C1", "C2b", "C2x"}
    text = found.to_text()
    assert f"{old.partition(':')[0]}:data/processes.csv:2:11" in text
    assert "bpo-kg-diff-" not in text
    assert (repository / "data" / "processes.csv").read_bytes() == before


def test_a_revision_of_the_ontology_is_judged_over_an_inventory(repository: Path) -> None:
    """A repository with an ontology folder is an ontology; the data to judge are named with it."""
    shutil.copytree(ONTOLOGY, repository / "ontology")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "ontology")
    rules = repository / "ontology" / "rules.ttl"
    head, tail = rules.read_text(encoding="utf-8").split("rule:p5 a owl:NamedIndividual", 1)
    rules.write_text(head + "rule:p5 a owl:NamedIndividual" + tail.replace("scale:discouraged", "scale:possible", 1))
    git(repository, "commit", "-q", "-am", "milder")
    found = diff("HEAD~1", "HEAD", HOW)
    assert {change.ident for change, _ in found.verdicts} == {"C1", "C1b", "C2a"}
    assert "HEAD~1:ontology/" in json.dumps(found.to_dict())


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("no-such-thing", "no-such-thing: no such file, folder or git revision"),
        ("--output=/tmp/x", "no such file, folder or git revision"),
        ("v1:no/such/path", "v1:no/such/path: no such file, folder or git revision"),
    ],
)
def test_what_is_neither_file_nor_revision_is_refused(repository: Path, reference: str, said: str) -> None:
    """A name that git would take for an option is no revision either."""
    with pytest.raises(SourceError) as raised:
        diff(reference, "v2")
    assert said in str(raised.value)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    """There is nothing to compare in it."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="no ontology and no data"):
        diff(str(tmp_path / "empty"), str(EXAMPLES / "ten-cases.csv"))


# --- forms -------------------------------------------------------------------------------------------
def test_markdown_is_fit_for_a_comment(edited: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Verdicts stand open, inferences are folded away, and nothing in a name becomes markup."""
    odd = edited.read_text(encoding="utf-8").replace("Complaints desk of a UK bank", "Desk *A* <b>|x|")
    edited.write_text(odd, encoding="utf-8")
    assert main(["diff", str(EXAMPLES / "ten-cases.csv"), str(edited), "--to", "PH", "--format", "md"]) == 0
    told = capsys.readouterr().out
    assert "### Verdicts" in told
    assert told.count("<details>") == told.count("</details>") == 2
    assert "Desk \\*A\\* \\<b\\>\\|x\\|" in told


def test_json_has_both_proofs(edited: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Programs get the verdicts before and after, each with its proof, and the causes."""
    assert main(["diff", str(EXAMPLES / "ten-cases.csv"), str(edited), "--to", "PH", "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    (desk,) = [change for change in data["verdicts"] if change["id"] == "C1"]
    assert desk["before"]["proof"]["rule"] == "rule:p5"
    assert desk["after"]["proof"]["rule"] == "rule:p3"
    assert desk["causes"][0]["new"] is False
    assert data["gained"][0]["proof"]


def test_two_graphs_are_compared_in_python(tmp_path: Path) -> None:
    """`diff` is a verb of the graph as well."""
    row = {"id": "F", "name": "Filing", "core": "no"}
    old = bpo_kg.load(write_csv(tmp_path / "f.csv", [row]), to=["PH"])
    new = bpo_kg.load(write_csv(tmp_path / "f.csv", [{**row, "core": "yes"}]), to=["PH"])
    (change, causes), = old.diff(new, lang="id").verdicts  # fmt: skip
    assert change.after is not None
    assert change.after.grade == "excluded"
    assert [cause.told.split(":")[0] for cause in causes] == ["baru", "tidak ada lagi"]
