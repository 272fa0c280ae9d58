"""The verbs that give reasons on the command line: every option changes something, every slip is named."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pyoxigraph as ox
import pytest
from example_files import EXAMPLES

from bpo_kg.shells.cli import main

CASES = str(EXAMPLES / "ten-cases.csv")


def run(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    """Run a command on the ten cases and return what it writes; on an error, what it says."""
    assert main([arguments[0], *arguments[1:], "--data", CASES]) == code
    out, err = capsys.readouterr()
    return out if code == 0 else err


def test_explain_gives_several_proofs_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    """`--all N` adds other ways to show the same verdict."""
    one = run(capsys, "explain", "C10", "--to", "PH")
    several = run(capsys, "explain", "C10", "--to", "PH", "--all", "3")
    assert "Another way to show it:" not in one
    assert several.count("Another way to show it:") == 2


def test_explain_without_a_place_speaks_of_the_location_classes(capsys: pytest.CaptureFixture[str]) -> None:
    """Near or far abroad, at home: what the class alone settles."""
    told = run(capsys, "explain", "C4a")
    assert "Delivered from the same country: favoured (decided)." in told or "same country" in told
    assert told.count("excluded (decided).") == 2


@pytest.mark.parametrize("form", ["json", "ttl", "mermaid", "svg"])
def test_explain_writes_proofs_in_other_forms(capsys: pytest.CaptureFixture[str], tmp_path: Path, form: str) -> None:
    """JSON, Turtle, Mermaid and SVG are what they say; the extension of the file decides as well."""
    extension = {"mermaid": "mmd"}.get(form, form)
    path = tmp_path / f"proof.{extension}"
    run(capsys, "explain", "C10", "--to", "PH", "-o", str(path))
    written = path.read_text(encoding="utf-8")
    assert run(capsys, "explain", "C10", "--to", "PH", "--format", form) == written
    if form == "json":
        assert json.loads(written)["places"][0]["proofs"][0]["rule"] == "rule:p7"
    elif form == "ttl":
        assert len(list(ox.parse(written, format=ox.RdfFormat.TURTLE))) > 100
    elif form == "svg":
        assert ElementTree.fromstring(written).tag.endswith("svg")
    else:
        assert written.startswith("flowchart BT")


def test_a_triple_is_explained_step_by_step(capsys: pytest.CaptureFixture[str]) -> None:
    """Every step of the reasoner, with its axiom, its rule of OWL 2 RL, and the place of each."""
    told = run(capsys, "explain", "C1", "--that", "a bpo:FrontOfficeProcess")
    assert told.splitlines()[0].startswith(
        "“Complaints desk of a UK bank”: front-office process. (by front-office process"
    )
    assert "(cax-eqc2)" in told
    assert "public contact: yes. (" in told.splitlines()[-1]
    assert json.loads(run(capsys, "explain", "C1", "--that", "a bpo:FrontOfficeProcess", "--format", "json"))


def test_why_not_takes_several_places_a_grade_or_a_triple(capsys: pytest.CaptureFixture[str]) -> None:
    """One answer for each place; a grade narrows it; a triple asks about what follows instead."""
    both = run(capsys, "why-not", "C3", "--to", "PH,JP")
    assert both.count("What keeps it from a better grade:") == 2
    assert len(json.loads(run(capsys, "why-not", "C3", "--to", "PH,JP", "--format", "json"))) == 2
    narrowed = run(capsys, "why-not", "C3", "--to", "PH", "--grade", "excluded")
    assert "not excluded." in narrowed
    assert "It would be favoured" not in narrowed
    assert "public contact: yes" in run(capsys, "why-not", "C6", "--that", "a bpo:FrontOfficeProcess")


def test_flips_of_one_process_or_of_all(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a process the whole inventory is ranked; `--most 1` tries single facts only."""
    one = run(capsys, "flips", "C6", "--to", "PH")
    assert "facts together would change it:" in one or "One fact would change it:" in one
    single = json.loads(run(capsys, "flips", "C3", "--to", "PH", "--most", "1", "--format", "json"))
    assert single["places"][0]["tried"] == 1
    assert all(len(flip["changes"]) == 1 for flip in single["places"][0]["flips"])
    ranked = run(capsys, "flips", "--to", "PH", "--most", "1", "--lang", "id")
    assert ranked.count("Jarak ke nilai lain") == 21
    assert "Yang perlu ditanyakan, yang paling menentukan lebih dulu:" in ranked


def test_what_if_sets_cells_or_reads_scenarios(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Cells on the command line, one scenario, or several side by side."""
    told = run(capsys, "what-if", "C4b", "--set", "on_site_need=no", "--to", "PH")
    assert "excluded (decided) → favoured (decided)" in told
    first, second = tmp_path / "a.toml", tmp_path / "b.toml"
    first.write_text('[[set]]\nprocess = "C1"\nchannels = "phone"\n', encoding="utf-8")
    second.write_text('remove = ["C1b"]\n', encoding="utf-8")
    assert "channels: telephone" in run(capsys, "what-if", "--scenario", str(first), "--to", "PH")
    table = run(capsys, "what-if", "--scenario", str(first), str(second), "--to", "PH")
    assert table.splitlines()[0].split() == ["process", "place", "as", "it", "is", "a", "b"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["explain", "C1", "--that", "bpo:FrontOfficeProcess"], 'is not of the form "PREDICATE OBJECT"'),
        (["explain", "C1", "--that", "a bpo:BackOfficeProcess"], "does not hold; why-not says what is missing"),
        (["explain", "nobody"], "no process 'nobody'"),
        (["why-not", "C1"], "say where the work would be done: --to CC"),
        (["why-not", "C1", "--to", "PH", "--grade", "better"], "no grade 'better'"),
        (["flips", "C1", "--to", "Atlantis"], "no country 'Atlantis'"),
        (["what-if", "C1", "--to", "PH"], "nothing is supposed"),
        (["what-if", "--set", "core=no"], "say which process"),
        (["what-if", "C1", "--set", "core"], "'core' is not of the form column=value"),
        (["what-if", "C1", "--set", "core=perhaps"], "perhaps"),
        (["what-if", "C1", "--set", "colour=red"], "no column 'colour'"),
        (["what-if", "--scenario", "gone.toml"], "gone.toml: no such file"),
        (["diff", "gone.csv", CASES], "gone.csv: no such file, folder or git revision"),
    ],
)
def test_slips_end_with_code_2_and_what_would_be_right(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """Nothing is written to standard output but results, so a script can rely on it."""
    assert said in run(capsys, *arguments, code=2)
