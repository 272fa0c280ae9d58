"""Flips are the smallest changes that turn a verdict: each is verified, and none is missed."""

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from example_files import EXAMPLES, write_csv

import bpo_kg
from bpo_kg.suitability.flips import FactChange, Flipper
from bpo_kg.suitability.rulebook import bpo

BOOLEANS = ("core", "public_contact", "on_site_need", "workforce_contact", "personal_data")
CHANNELS = ("phone", "email", "chat", "webForum", "video", "post", "inPerson")
CELLS = {
    "kind": ["payroll", "data entry", "web forum moderation", "customer service", "security guards", "marketing", ""],
    "client_country": ["GB", "US", "ID", "JP", ""],
    "channels": ["", "", "phone", "email;chat", "inPerson", "phone;inPerson", "video;post"],
    "languages": ["", "", "", "en", "ja", "en;id"],
    "coverage": ["", "", "business", "afterHours", "roundTheClock"],
    **{column: ["", "", "yes", "no"] for column in BOOLEANS},
}
PLACES = ("PH", "IN", "ID", "JP")


def generated(seed: int, size: int = 9) -> list[dict[str, str]]:
    """Return an inventory with gaps, wholes and parts."""
    chance = random.Random(seed)
    rows = []
    for n in range(size):
        row = {column: chance.choice(values) for column, values in CELLS.items()}
        whole = f"P{chance.randrange(n)}" if n and chance.random() < 0.35 else ""
        rows.append({"id": f"P{n}", "name": f"Process {n}", "part_of": whole, **row})
    return rows


def cells_of(change: FactChange) -> str:
    """Return a change as a cell of a table would have it."""
    words = {"true": "yes", "false": "no"}
    return ";".join(sorted(words.get(v.value, v.value.rsplit("/", 1)[-1]) for v in change.values))


def related(rows: list[dict[str, str]], process: str) -> list[dict[str, str]]:
    """Return the rows that a process hangs together with: its wholes, its parts, and theirs."""
    known = {process}
    while True:
        near = {r["id"] for r in rows if r["part_of"] in known} | {r["part_of"] for r in rows if r["id"] in known}
        if near - {""} <= known:
            return [row for row in rows if row["id"] in known]
        known |= near - {""}


def grades_with(rows: list[dict[str, str]], worlds: list[tuple[str, dict[str, str]]], places: list[str]) -> list[str]:
    """Return the grade of a process at a place in each of many inventories, with some of its cells changed.

    The inventories are put into one table, kept apart by their ids, and assessed as any table is: nothing of what
    finds flips is used.
    """
    table = []
    for n, (process, cells) in enumerate(worlds):
        for row in related(rows, process):
            changed = {**row, **(cells if row["id"] == process else {})}
            whole = f"{n}-{row['part_of']}" if row["part_of"] else ""
            table.append({**changed, "id": f"{n}-{row['id']}", "name": f"{n} {row['name']}", "part_of": whole})
    with tempfile.TemporaryDirectory() as folder:
        found = bpo_kg.load(write_csv(Path(folder) / "worlds.csv", table), to=sorted(set(places))).assess()
    by_id = {one.subject.id: one for one in found.assessments}
    return [
        next(p for p in by_id[f"{n}-{process}"].places if p.place == places[n]).verdict.grade
        for n, (process, _) in enumerate(worlds)
    ]


def pairs() -> Iterator[tuple[int, list[dict[str, str]], str, str]]:
    """Yield 200 random (process, place) pairs on ten generated inventories."""
    for seed in range(10):
        rows = generated(seed)
        chance = random.Random(100 + seed)
        for _ in range(20):
            yield seed, rows, f"P{chance.randrange(len(rows))}", chance.choice(PLACES)


@pytest.fixture(scope="module")
def flipped(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[list[dict[str, str]], str, str, list, str]]:  # type: ignore[type-arg]
    """What flips each of the 200 pairs: rows, process, place, flips found, and the grade as it is."""
    folder = tmp_path_factory.mktemp("flips")
    graphs: dict[int, tuple[bpo_kg.KnowledgeGraph, Flipper]] = {}
    found = []
    for seed, rows, process, place in pairs():
        if seed not in graphs:
            kg = bpo_kg.load(write_csv(folder / f"inventory-{seed}.csv", rows), to=PLACES)
            graphs[seed] = (kg, Flipper(kg.cases))
        kg, flipper = graphs[seed]
        iri = next(r.iri for r in kg.loaded.inventories[0].records if r.id == process)
        result = flipper.flips(iri, (place,), places=(place,), most=2).places[0]
        found.append((rows, process, place, list(result.flips), result.grade))
    assert len(found) == 200
    return found


def test_every_flip_found_turns_the_verdict_when_the_inventory_is_assessed_anew(flipped: list) -> None:  # type: ignore[type-arg]
    """Written into the table, each set of changes gives the grade that was foretold, and not the one there was."""
    chance = random.Random(5)
    checked = 0
    by_rows: dict[int, list[tuple[str, dict[str, str], str, str]]] = {}
    tables: dict[int, list[dict[str, str]]] = {}
    for rows, process, place, flips, grade in flipped:
        pairs_of_facts = [flip for flip in flips if len(flip.changes) == 2]
        chosen = [flip for flip in flips if len(flip.changes) == 1] + chance.sample(
            pairs_of_facts, min(3, len(pairs_of_facts))
        )
        for flip in chosen:
            assert flip.before == grade != flip.after
            cells = {change.column: cells_of(change) for change in flip.changes}
            by_rows.setdefault(id(rows), []).append((process, cells, place, flip.after))
            tables[id(rows)] = rows
    for key, worlds in by_rows.items():
        given = grades_with(tables[key], [(p, c) for p, c, _, _ in worlds], [place for _, _, place, _ in worlds])
        assert given == [after for *_, after in worlds]
        checked += len(worlds)
    assert checked > 600


def single_changes(row: dict[str, str]) -> Iterator[dict[str, str]]:
    """Yield every other value of the cells that tell something: yes, no, empty, all sets of one or two channels."""
    domains = {column: ["yes", "no"] for column in BOOLEANS}
    domains["coverage"] = ["business", "afterHours", "roundTheClock"]
    domains["channels"] = [*CHANNELS, *(f"{a};{b}" for a in CHANNELS for b in CHANNELS if a < b)]
    for column, values in domains.items():
        for value in (*values, ""):
            if value != row[column]:
                yield {column: value}


def test_no_single_flip_is_missed_by_brute_force(flipped: list) -> None:  # type: ignore[type-arg]
    """Every change of one cell is tried on the table itself; whatever turns a verdict was found as a flip."""
    missed = []
    tried = 0
    tables = {id(rows): rows for rows, *_ in flipped}
    for key, rows in tables.items():
        mine = [entry for entry in flipped if id(entry[0]) == key]
        worlds, places, about = [], [], []
        for _, process, place, flips, grade in mine:
            row = next(row for row in rows if row["id"] == process)
            known = {(flip.changes[0].column, flip.after) for flip in flips if len(flip.changes) == 1}
            for cells in single_changes(row):
                worlds.append((process, cells))
                places.append(place)
                about.append((grade, known))
        given = grades_with(rows, worlds, places)
        tried += len(worlds)
        for (process, cells), place, (grade, known), after in zip(worlds, places, about, given, strict=True):
            (column,) = cells
            if after != grade and (column, after) not in known:
                missed.append((process, place, cells, grade, after))
    assert tried > 8000
    assert missed == []


def test_pairs_hold_no_fact_that_would_do_alone(flipped: list) -> None:  # type: ignore[type-arg]
    """A set of two is reported only where neither of its facts turns the verdict by itself."""
    seen = 0
    for _, _, _, flips, _ in flipped:
        alone = {flip.changes[0] for flip in flips if len(flip.changes) == 1}
        for flip in flips:
            if len(flip.changes) == 2:
                assert not alone.intersection(flip.changes)
                seen += 1
    assert seen > 100


# --- stability and questions -------------------------------------------------------------------------
@pytest.fixture(scope="module")
def kg() -> bpo_kg.KnowledgeGraph:
    return bpo_kg.load(EXAMPLES / "ten-cases.csv", to=["PH"])


def test_a_presumed_verdict_is_one_fact_from_turning_and_a_recorded_one_is_not(kg: bpo_kg.KnowledgeGraph) -> None:
    """Complaints by phone rest on a presumption; keying in the archive on what the client recorded."""
    shaky = kg.flips("C1a").processes[0].places[0]
    firm = kg.flips("C4a").processes[0].places[0]
    assert (shaky.any, shaky.soft) == (1, 1)
    assert (firm.any, firm.soft) == (1, None)


def test_the_shakiest_processes_come_first(kg: bpo_kg.KnowledgeGraph) -> None:
    """A portfolio is sorted by how far each verdict is from turning."""
    found = kg.flips(most=1)
    assert len(found.processes) == 21
    assert [one.stability for one in found.processes] == sorted(one.stability for one in found.processes)
    counts = [question["verdicts"] for question in found.to_dict()["questions"]]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 5


def test_questions_are_about_what_is_unknown_or_presumed_only(kg: bpo_kg.KnowledgeGraph) -> None:
    """Nobody is asked for what was recorded or measured, and the question that could change most comes first."""
    (one,) = kg.flips("C6").processes
    assert [question.column for question in one.questions] == ["on_site_need"]
    told = kg.flips("C6").to_text()
    assert "Must the people who do this work be present at your premises?" in told
    (payroll,) = kg.flips("C3").processes
    assert "on_site_need" not in [question.column for question in payroll.questions]


def test_flips_are_told_in_both_languages(kg: bpo_kg.KnowledgeGraph) -> None:
    """Each change says what the cell would hold, what it holds now, and what the grade becomes."""
    english = kg.flips("C6").to_text()
    assert "Moderation of the Japanese forum, delivered from Philippines: possible (provisional)." in english
    assert "    - on-site need: yes (now no, presumed) → excluded" in english
    local = kg.flips("C6", lang="id").to_text()
    assert "    - perlu di lokasi: ya (sekarang tidak, diduga) → dikecualikan" in local


def test_a_measured_answer_is_turned_by_a_record(kg: bpo_kg.KnowledgeGraph) -> None:
    """Payroll needs nobody on site by measure; a client who records that it does rules delivery from abroad out."""
    flips = kg.flips("C3").processes[0].places[0].flips
    found = {(flip.changes[0].column, flip.changes[0].basis, flip.after) for flip in flips if len(flip.changes) == 1}
    assert ("on_site_need", "measured", "excluded") in found


def test_an_empty_cell_is_a_change_too(kg: bpo_kg.KnowledgeGraph) -> None:
    """Without the record that it is not core, nothing can be said of the payroll."""
    flips = kg.flips("C3").processes[0].places[0].flips
    emptied = [flip for flip in flips if not flip.changes[0].values]
    assert [(flip.changes[0].column, flip.after) for flip in emptied] == [("core", "undetermined")]


def test_flips_leave_the_graph_as_it_was(tmp_path: Path) -> None:
    """Nothing that is tried is written."""
    row = {"id": "F", "name": "Filing", "kind": "data entry", "client_country": "GB", "core": "no"}
    kg = bpo_kg.load(write_csv(tmp_path / "one.csv", [row]), to=["PH"])
    before = kg.export("all", "nt")
    kg.flips("F")
    assert kg.export("all", "nt") == before
    assert not list(kg.dataset.quads(None, bpo("onSiteNeed"), ox.Literal(True), part="inferred"))
