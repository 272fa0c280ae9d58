"""The command line keeps its promises: results on stdout, talk on stderr, exit codes, formats, options that count."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
from example_files import EXAMPLES, write_csv

import bpo_kg
from bpo_kg import __version__
from bpo_kg.shells.cli import main, parser
from bpo_kg.vocabulary import RDF


def run(*arguments: str | Path, code: int = 0) -> tuple[str, str]:
    """Run the command in a process of its own; return what it wrote to stdout and stderr."""
    command = [sys.executable, "-m", "bpo_kg.shells.cli", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    out, err = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == code, f"exit {done.returncode}, wanted {code}: {err}"
    return out, err


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def one(tmp_path: Path) -> Path:
    """An inventory with one call centre of a British client."""
    row = {"id": "cc", "name": "Layanan pelanggan", "kind": "call centre", "client_country": "GB", "core": "tidak"}
    return write_csv(tmp_path / "one.csv", [row])


def test_version_needs_no_graph() -> None:
    """`--version` answers without loading anything heavy."""
    script = "import sys; from bpo_kg.shells.cli import main; main(['--version'])"
    loaded = f"print(sorted(m for m in sys.modules if m in {HEAVY!r}))"
    probe = f"import sys\ntry:\n    exec({script!r})\nexcept SystemExit:\n    pass\n{loaded}"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [f"bpo-kg {__version__}", "[]"]


HEAVY = ["pyoxigraph", "rdflib", "babel", "openpyxl", "owlready2", "pyshacl", "duckdb", "SPARQLWrapper"]


def test_assessing_a_table_imports_no_heavy_library(one: Path) -> None:
    """The main job runs on the embedded store alone, so that it starts fast."""
    probe = (
        "import sys\nfrom bpo_kg.shells.cli import main\n"
        f"main(['assess', {str(one)!r}, '--to', 'PH', '-o', {str(one.with_suffix('.out.csv'))!r}])\n"
        f"print(sorted(m for m in sys.modules if m in {HEAVY!r}))"
    )
    main(["assess", str(one), "--to", "PH", "-o", str(one.with_suffix(".warm.csv"))])  # fills the country cache
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['pyoxigraph']"


@pytest.mark.parametrize("form", ["table", "csv", "json", "md", "ttl"])
def test_assess_writes_every_format(one: Path, form: str) -> None:
    """Each format holds the process and its grade, on stdout; the count of rows is talk and goes to stderr."""
    out, err = run("assess", one, "--to", "PH", "--format", form)
    assert "favoured" in out
    assert "assessed" in err
    assert "assessed" not in out.replace("/graph/assessed", "").replace("assessedO", "")


def test_the_extension_of_the_output_decides_the_format(one: Path, tmp_path: Path) -> None:
    """`-o x.json` writes JSON without being told."""
    target = tmp_path / "x.json"
    out, _ = run("assess", one, "--to", "PH", "-o", target)
    assert out == ""
    data = json.loads(target.read_text(encoding="utf-8"))
    assert data[0]["verdicts"]["PH"]["grade"] == "favoured"
    assert not target.with_name("x.json.part").exists()
    _, err = run("assess", one, "-o", tmp_path / "x.weird", code=2)
    assert "--format" in err


@pytest.mark.parametrize(
    ("options", "column", "value"),
    [
        (["--to", "Philippines"], "PH", "favoured"),
        (["--to", "Filipina"], "PH", "favoured"),
        (["--to", "ph,pl"], "PL", "possible"),
        (["--to", "PH", "--rules", "HOUSE"], "PH", "excluded"),
    ],
)
def test_options_change_the_answer(one: Path, tmp_path: Path, options: list[str], column: str, value: str) -> None:
    """Countries go by code or by name in either language; a rule file counts."""
    house = tmp_path / "house.ttl"
    house.write_text(
        "@prefix bpo: <https://w3id.org/bpo-kg/ontology#> . @prefix crit: <https://w3id.org/bpo-kg/criterion/> . "
        "@prefix scale: <https://w3id.org/bpo-kg/scale/> . @prefix stmt: <https://w3id.org/bpo-kg/statement/> . "
        "<https://example.org/r> a bpo:PlacementRule ; bpo:whenMet crit:publicContact ; bpo:gives scale:excluded ; "
        "bpo:strength scale:requirement ; bpo:priority 5 ; bpo:restsOn stmt:s12 .",
        encoding="utf-8",
    )
    given = [str(house) if o == "HOUSE" else o for o in options]
    out, _ = run("assess", one, *given, "--format", "csv")
    assert rows(out)[0][column] == value


def test_evidence_off_lets_the_article_speak(tmp_path: Path) -> None:
    """Without measures, payroll is presumed to need people on site."""
    inventory = write_csv(
        tmp_path / "p.csv", [{"name": "Gaji", "kind": "penggajian", "client_country": "GB", "core": "no"}]
    )
    on, _ = run("assess", inventory, "--to", "PH", "--format", "csv")
    off, _ = run("assess", inventory, "--to", "PH", "--format", "csv", "--evidence", "off")
    assert (rows(on)[0]["PH"], rows(off)[0]["PH"]) == ("favoured", "discouraged")


def test_client_fills_in_where_a_row_names_none(tmp_path: Path) -> None:
    """The row's own country beats `--client`."""
    inventory = write_csv(
        tmp_path / "c.csv",
        [
            {"id": "a", "name": "Help line", "kind": "call centre", "core": "no"},
            {"id": "b", "name": "Help line", "kind": "call centre", "core": "no", "client_country": "ID"},
        ],
    )
    out, _ = run("assess", inventory, "--client", "GB", "--to", "PH", "--format", "csv")
    assert [row["PH"] for row in rows(out)] == ["favoured", "possible"]
    out, _ = run("assess", inventory, "--to", "PH", "--format", "csv")
    assert "client_country" in {row["ask_next"] for row in rows(out)}


def test_terms_and_language_change_headings_only(one: Path) -> None:
    """The article calls the same country nearshore, the trade onshore; CSV keys stay as they are."""
    trade, _ = run("assess", one)
    article, _ = run("assess", one, "--terms", "article", "--lang", "id")
    assert "onshore" in trade.splitlines()[0]
    assert "dekat pantai" in article.splitlines()[0]
    plain, _ = run("assess", one, "--format", "csv")
    local, _ = run("assess", one, "--format", "csv", "--terms", "article", "--lang", "id")
    assert plain == local


def test_a_finding_makes_exit_code_one_and_costs_nothing_else(tmp_path: Path) -> None:
    """A bad cell is said with file, line and column; the row is still judged."""
    inventory = write_csv(tmp_path / "bad.csv", [{"name": "Help line", "kind": "call centre", "core": "perhaps"}])
    out, err = run("assess", inventory, "--to", "PH", "--format", "csv", code=1)
    assert f"{inventory}:2:3: error:" in err
    assert rows(out)[0]["office_category"] == "front"
    _, local = run("assess", inventory, "--lang", "id", code=1)
    assert f"{inventory}:2:3: error:" in local
    assert local != err


def test_strict_counts_warnings(tmp_path: Path) -> None:
    """An unknown column is a warning: fine by default, an error when strict."""
    inventory = write_csv(tmp_path / "w.csv", [{"name": "Help line", "owner": "Ops"}])
    run("assess", inventory)
    run("assess", inventory, "--strict", code=1)


MISTAKES = [
    (["assess"], "at least one FILE"),
    (["assess", "no-such.csv"], "no-such.csv"),
    (["assess", "ONE", "--to", "Atlantis"], "no country 'Atlantis'"),
    (["assess", "ONE", "--client", "Untied Kingdom"], "did you mean"),
    (["assess", "ONE", "--rules", "ONE"], ""),
    (["query"], "either a query text or -f FILE"),
    (["query", "SELECT ?s WHERE { ?s ?p"], "not a SPARQL query"),
    (["query", "ASK { ?s ?p ?o }", "--format", "csv"], "true or false"),
    (["ask", "suit", "process=payroll"], "did you mean 'suits'"),
    (["ask", "suits", "proces=payroll"], "did you mean 'process'"),
    (["ask", "suits", "process=payrol", "place=PH"], "did you mean 'payroll'"),
    (["ask", "suits", "process=payroll", "place=PH> . ?s ?p ?o } #"], "no country"),
    (["ask", "suits", "process"], "key=value"),
    (["explain", "no such thing"], "no process"),
    (["query", "--endpoint", "http://127.0.0.1:9/sparql", "ASK {}"], "127.0.0.1:9"),
]


@pytest.mark.parametrize(("arguments", "message"), MISTAKES, ids=[" ".join(m[0])[:40] for m in MISTAKES])
def test_a_mistake_is_said_plainly(one: Path, arguments: list[str], message: str) -> None:
    """Each mistake gets a message that says what would be right, no traceback, and nothing on stdout."""
    given = [str(one) if a == "ONE" else a for a in arguments]
    command = [sys.executable, "-m", "bpo_kg.shells.cli", *given]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (1, 2)
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_query_sees_asserted_inferred_and_assessed(one: Path) -> None:
    """One query joins what was recorded, what follows, and what was judged."""
    out, _ = run(
        "query",
        "SELECT ?name ?office ?grade WHERE { ?p a bpo:ClientProcess ; rdfs:label ?name ; bpo:assessedOffice ?office . "
        "?a bpo:assesses ?p ; bpo:toCountry country:PH ; bpo:verdict ?grade }",
        *("--data", one, "--to", "PH", "--format", "csv"),
    )
    assert rows(out) == [
        {
            "name": "Layanan pelanggan",
            "office": "https://w3id.org/bpo-kg/scale/frontOffice",
            "grade": "https://w3id.org/bpo-kg/scale/favoured",
        }
    ]


@pytest.mark.parametrize(
    ("form", "mark"), [("json", '"bindings"'), ("xml", "<sparql"), ("tsv", "?p"), ("table", "---")]
)
def test_query_writes_every_result_format(form: str, mark: str) -> None:
    """The W3C result formats and a table."""
    out, _ = run("query", "SELECT ?p WHERE { ?p a bpo:FrontOfficeProcess }", "--format", form)
    assert mark in out
    assert "callCenter" in out


def test_a_question_that_needs_one_place_takes_the_one_that_to_names(one: Path) -> None:
    """`--to PH` says it already; with several places the question still asks which."""
    named, _ = run("ask", "suits", "process=cc", "place=PH", "--data", one, "--format", "csv")
    meant, _ = run("ask", "suits", "process=cc", "--to", "PH", "--data", one, "--format", "csv")
    assert meant == named
    assert "favoured" in meant
    _, err = run("ask", "suits", "process=cc", "--to", "PH,PL", "--data", one, code=2)
    assert "place=" in err


def test_construct_gives_turtle_and_ask_a_word() -> None:
    """Triples come as Turtle, a yes-or-no question as one word."""
    out, _ = run("query", "CONSTRUCT { ?p a bpo:FrontOfficeProcess } WHERE { ?p a bpo:FrontOfficeProcess }")
    assert "proc:callCenter a bpo:FrontOfficeProcess" in out
    assert run("query", "ASK { proc:payroll a bpo:BackOfficeProcess }")[0] == "true\n"


def test_an_empty_answer_says_what_empties_it() -> None:
    """A slip in a term is named, with what was probably meant."""
    out, err = run("query", "SELECT ?p WHERE { ?p a bpo:FrontOfficProcess }")
    assert out.splitlines() == ["p", "-"]
    assert "bpo:FrontOfficProcess is used by no triple; near it there is bpo:FrontOfficeProcess" in err


def test_export_parts_are_what_they_say(one: Path) -> None:
    """Asserted holds what was given, inferred only what follows, assessed the verdicts; together they are all."""
    parts = {}
    for part in ("asserted", "inferred", "assessed", "all"):
        out, _ = run("export", "--data", one, "--to", "PH", "--part", part, "--format", "nt")
        parts[part] = set(out.splitlines())
    row = "<https://w3id.org/bpo-kg/row/one/cc>"
    assert any(line.startswith(f"{row} <https://w3id.org/bpo-kg/ontology#specialises>") for line in parts["asserted"])
    assert not parts["asserted"] & parts["inferred"]
    assert any("ontology#assesses" in line for line in parts["assessed"])
    named = {line for line in parts["all"] if "_:" not in line}
    assert named == {line for p in ("asserted", "inferred", "assessed") for line in parts[p] if "_:" not in line}


def test_explain_speaks_both_languages(one: Path) -> None:
    """Why a call centre is favoured abroad, in plain sentences."""
    english, _ = run("explain", "cc", "--data", one, "--to", "PH")
    assert "Delivered from Philippines: favoured (decided)." in english
    assert "one.csv:2:5" in english
    local, _ = run("explain", "Layanan pelanggan", "--data", one, "--to", "PH", "--lang", "id")
    assert "Dikerjakan dari Filipina: diutamakan (diputuskan)." in local
    data = json.loads(run("explain", "cc", "--data", one, "--to", "PH", "--format", "json")[0])
    assert data["places"][0]["rules"][0]["statement"] == "stmt:s09"


def test_reason_lists_what_follows_and_names_a_contradiction(tmp_path: Path) -> None:
    """Two client countries for one process cannot both be."""
    data = tmp_path / "two.ttl"
    data.write_text(
        "@prefix bpo: <https://w3id.org/bpo-kg/ontology#> .\n"
        "<https://example.org/p> a bpo:ClientProcess ; bpo:publicContact true , false .\n",
        encoding="utf-8",
    )
    out, err = run("reason", "--data", data, code=1)
    assert "ontology#FrontOfficeProcess" in out
    assert "two.ttl:2" in err
    assert "error:" in err


def test_every_verb_is_documented() -> None:
    """`bpo-kg --help` names each verb with what it does."""
    text = parser().format_help()
    for verb in ("assess", "ask", "questions", "query", "explain", "reason", "check", "export", "template"):
        assert verb in text


def test_examples_assess_without_errors() -> None:
    """Both example inventories are clean."""
    run("assess", EXAMPLES / "inventory.csv", EXAMPLES / "ten-cases.csv", "--client", "GB", "--to", "PH")


SAME = [
    ["check", "{rules}"],
    ["check", str(EXAMPLES / "claims-desk.bpmn")],
    ["query", "SELECT ?x ?type { ?x a owl:AllDifferent , ?type }", "--format", "csv"],
    ["query", "CONSTRUCT { ?x owl:members ?list } WHERE { ?x owl:members ?list }", "--format", "nt"],
]


@pytest.mark.parametrize("arguments", SAME, ids=[f"{a[0]} {n}" for n, a in enumerate(SAME)])
def test_the_same_input_gives_the_same_bytes(tmp_path: Path, arguments: list[str]) -> None:
    """Whatever order sets happen to have in a process, and however blank nodes are named in it."""
    rules = tmp_path / "rules.ttl"
    rules.write_text(
        "@prefix bpo: <https://w3id.org/bpo-kg/ontology#> . @prefix scale: <https://w3id.org/bpo-kg/scale/> .\n"
        "<https://example.org/r> a bpo:PlacementRule , bpo:Status ; bpo:gives scale:nowhere , scale:possible .\n"
    )
    told = []
    for seed in ("1", "2", "3"):
        command = [
            sys.executable,
            "-m",
            "bpo_kg.shells.cli",
            *(a.replace("{rules}", str(rules)) for a in arguments[:2]),
        ]
        done = subprocess.run(
            [*command, *arguments[2:]], capture_output=True, check=False, env={**os.environ, "PYTHONHASHSEED": seed}
        )
        assert done.stdout
        told.append(done.stdout)
    assert len(set(told)) == 1


def test_a_service_that_nobody_answers_is_an_error_of_one_line() -> None:
    """The store notices only while results are read."""
    for query in (
        "SELECT * { SERVICE <http://localhost:1/> { ?s ?p ?o } }",
        "ASK { SERVICE <http://localhost:1/> {} }",
    ):
        _, err = run("query", query, code=1)
        assert err.startswith("bpo-kg: an endpoint that the query calls with SERVICE does not answer")
        assert err.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_behind_standard_output_is_an_error_of_one_line(one: Path) -> None:
    """The results are lost, and that is said."""
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "bpo_kg.shells.cli", "assess", str(one), "--format", "csv"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("bpo-kg: standard output cannot be written")


@pytest.mark.parametrize(
    "arguments", [["--summary"], ["--format", "parquet", "-o", "out.parquet"], ["--engine", "spark"]]
)
def test_a_missing_extra_is_named_with_its_remedy(one: Path, arguments: list[str], tmp_path: Path) -> None:
    """Without NumPy, DuckDB or Spark the command says what to install, and does not fall over an import."""
    absent = "import sys; sys.modules.update(dict.fromkeys(['numpy', 'duckdb', 'pyarrow', 'pyspark']))"
    if "--engine" in arguments:
        arguments = [*arguments, "--format", "csv"]
    code = f"{absent}; from bpo_kg.shells.cli import main; sys.exit(main({['assess', str(one), *arguments]!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 2, done.stderr
    assert "pip install 'bpo-kg[" in done.stderr
    assert "Traceback" not in done.stderr


def test_large_tables_are_judged_without_the_table_engine_too(tmp_path: Path) -> None:
    """Without the extra a large file goes through the graph engine, which says so."""
    row = {"id": "cc", "name": "Layanan pelanggan", "kind": "call centre", "client_country": "GB", "core": "no"}
    large = write_csv(tmp_path / "large.csv", [{**row, "notes": "x" * 30_000, "id": f"r{n}"} for n in range(150)])
    absent = "import sys; sys.modules.update(dict.fromkeys(['numpy', 'duckdb', 'pyarrow']))"
    code = (
        f"{absent}; from bpo_kg.shells.cli import main; sys.exit(main(['assess', {str(large)!r}, '--format', 'csv']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(rows(done.stdout)) == 150
    assert "the graph engine is used instead" in done.stderr


def test_a_template_is_a_workbook(tmp_path: Path) -> None:
    """Another extension would promise a format that the file does not have."""
    _, err = run("template", tmp_path / "inventory.csv", code=2)
    assert ".xlsx" in err
    assert not (tmp_path / "inventory.csv").exists()


def test_supposed_cells_go_by_the_headers_of_tables(one: Path) -> None:
    """`inti` is the column `core` in a table, so it is with `--set`."""
    by_header, _ = run("what-if", "cc", "--set", "inti=ya", "--data", one, "--to", "PH")
    by_column, _ = run("what-if", "cc", "--set", "core=yes", "--data", one, "--to", "PH")
    assert by_header == by_column
    assert "on-site need: yes (was not recorded)" in run("what-if", "cc", "--set", "on_site_need=yes", "--data", one)[0]


def test_an_empty_answer_to_a_catalogued_question_speaks_no_sparql(one: Path) -> None:
    """Whoever asks by name has not seen the query."""
    _, err = run("ask", "should-be-split", "place=PH", "--data", one)
    assert "nothing in the data meets everything that the question asks for" in err
    assert "FILTER" not in err


def test_what_is_left_to_find_out_of_a_place_is_asked_of_the_place(tmp_path: Path) -> None:
    """Once client country and languages are recorded, nobody asks the client for them again."""
    row = {"id": "f", "name": "forum", "kind": "web forum moderation", "client_country": "ID", "core": "no"}
    asked, _ = run("explain", "f", "--to", "PH", "--data", write_csv(tmp_path / "a.csv", [{**row, "languages": "ja"}]))
    assert "Can people be found there who work in that language?" in asked
    assert "Which languages must" not in asked
    assert "In which country are you" not in asked
    missing, _ = run("why-not", "f", "--to", "PH", "--data", write_csv(tmp_path / "b.csv", [row]))
    assert "Which languages must the people who do this work command?" in missing


def test_parquet_holds_the_answers_about_anything_that_is_read(one: Path, tmp_path: Path) -> None:
    """Models, RDF and workbooks as well as tables, with the rows that CSV has."""
    import pyarrow.parquet as pq

    rdf, book = tmp_path / "one.ttl", tmp_path / "one.xlsx"
    rdf.write_bytes(bpo_kg.load(one).export("asserted", "ttl"))
    run("template", book)
    for file in (one, rdf, book, EXAMPLES / "claims-desk.bpmn"):
        target = tmp_path / "answers.parquet"
        run("assess", file, "--to", "PH", "-o", target)
        expected = rows(run("assess", file, "--to", "PH", "--format", "csv")[0])
        assert expected
        assert pq.read_table(target).to_pylist() == expected


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--summary"], "--summary reads CSV and Parquet tables"),
        (["--engine", "duckdb", "--format", "csv"], "--engine duckdb reads CSV and Parquet tables"),
    ],
)
def test_what_only_tables_can_give_is_refused_for_a_model(arguments: list[str], words: str) -> None:
    """A model read as a table would have no rows and look like an empty inventory."""
    model = EXAMPLES / "claims-desk.bpmn"
    _, err = run("assess", model, *arguments, code=2)
    assert words in err
    assert f"{model} is none" in err


def test_hermit_is_asked_about_small_inventories_too(
    one: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """What it finds a process to be counts like any other conclusion, whichever format is written."""
    asked: list[str] = []

    def found(world: object, individuals: list[str]) -> list[ox.Triple]:
        asked.extend(individuals)
        core = ox.NamedNode("https://w3id.org/bpo-kg/ontology#CoreProcess")
        return [ox.Triple(ox.NamedNode(iri), ox.NamedNode(RDF + "type"), core) for iri in individuals]

    one.write_text(one.read_text(encoding="utf-8").replace("tidak", ""), encoding="utf-8")
    monkeypatch.setattr("bpo_kg.portfolio.second_opinion.types_by_hermit", found)
    assert main(["assess", str(one), "--reasoner", "hermit", "--format", "json"]) == 0
    (row,) = json.loads(capfd.readouterr().out)
    assert asked == ["https://w3id.org/bpo-kg/row/one/cc"]
    assert row["outsourcing"] == "core"


def test_check_takes_the_common_options(one: Path, tmp_path: Path) -> None:
    """Further files are checked as well; a client or place that does not exist is wrong usage, as for every verb."""
    bad = write_csv(tmp_path / "bad.csv", [{"name": "desk", "core": "perhaps", "PH": "x"}])
    assert "bad.csv:2:2: error: core" in run("check", one, "--data", bad, code=1)[0]
    assert "Narnia" in run("check", one, "--client", "Narnia", code=2)[1]
    assert '"PH" is the name of an answer column' not in run("check", bad, code=1)[0]
    assert '"PH" is the name of an answer column' in run("check", bad, "--to", "PH", code=1)[0]
