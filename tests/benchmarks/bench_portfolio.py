"""Assess large inventories and compare with DuckDB's own copy of the same CSV to Parquet, turn by turn in one run.

    python tests/benchmarks/bench_portfolio.py [--only copy engines hermit export spark] [--rows 1000000] [--rounds 3]
                                               [--mode flat parts own] [--smoke]

Without `--only`, the section `copy` runs. Each turn is a cold process: Python starts, everything is imported, the
ontology is read, the rows are assessed for five countries with all answer columns and written to Parquet in input
order. What counts is the ratio of wall-clock times as the median of the rounds, that of processor time (which says more
on a busy machine), and the peak memory; absolute times depend on the machine. Afterwards 1,000 random rows, with the
wholes and parts they hang together with, are given to the graph engine, whose answers must be the same in every column.

  flat   2,000 combinations of cells, no wholes
  parts  the same with 30 % of rows part of another, up to depth 4
  own    every row has a combination of cells of its own

The other sections, each on an inventory of the kind `flat` except where it says so:

  engines  rows per second beside the graph engine, and beside reasonable, owlrl and HermiT, which only reason over the
           same inventory as triples; owlrl and HermiT are given the axioms alone, without the catalogue
  hermit   `--reasoner hermit`, which asks HermiT about every slice, beside the rules alone: the same bytes
  export   `export --data`, all triples of the inventory as N-Triples, and their bulk load into Oxigraph
  spark    two workers in processes of their own (`local-cluster[2,1,1024]`) beside this engine: hashes over all rows
           and columns, row numbers included, must be equal; the plan is printed, and must move no rows

`--smoke` takes 20,000 rows and one round and holds only the answers: ratios of so short a run say nothing.
"""

import argparse
import contextlib
import csv
import io
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

TO = ("PH", "IN", "PL", "MX", "GB")
HEADER = (
    "id", "name", "kind", "part_of", "client_country", "core", "public_contact", "on_site_need", "workforce_contact",
    "channels", "languages", "coverage",
)  # fmt: skip
CELLS: tuple[tuple[str, ...], ...] = (
    ("payroll", "data entry", "accounting department", "procurement", "human resources", "technical support",
     "chat support", "e-mail support", "24-hour call center", "marketing", "security services", "web forum moderation",
     "penggajian", ""),
    ("GB", "US", "DE", "AU", "ID", "JP", "France", "Belanda", ""),
    ("yes", "no", ""),
    ("yes", "no", ""),
    ("yes", "no", ""),
    ("yes", "no", ""),
    ("", "phone", "email", "chat;email", "phone;email", "inPerson", "phone;inPerson", "webForum", "post"),
    ("", "en", "de", "en;de", "ja", "id", "fr"),
    ("", "business", "afterHours", "roundTheClock"),
)  # fmt: skip
SITES = ("Leeds", "Austin", "Munich", "Perth", "Jakarta", "Osaka", "Lyon", "Utrecht")
WORK = ("Invoices", "Complaints", "Payroll run", "Vendor onboarding", "Claims intake", "Ledger close", "Help desk")
GOALS = {"flat": 2.5, "parts": 3.5, "own": 4.0}
MEMORY = {1_000_000: 1024, 10_000_000: 1536}
"""MB at most, by rows."""

COPY = """
import duckdb, sys
connection = duckdb.connect()
connection.execute("SET enable_progress_bar = false")
source = f"FROM read_csv('{sys.argv[1]}', all_varchar = true)"
connection.execute(f"COPY ({source}) TO '{sys.argv[2]}' (FORMAT parquet)")
"""
ASSESS = """
import sys
from pathlib import Path
from bpo_kg.portfolio.assess import assess_file
from bpo_kg.portfolio.options import PortfolioOptions
to = sys.argv[3].split(",")
assess_file([sys.argv[1]], options=PortfolioOptions(to=to), output=Path(sys.argv[2]), format="parquet")
"""


def rows(count: int, mode: str) -> Iterator[list[str]]:
    """Yield the rows of an inventory; the same for the same arguments."""
    rng = random.Random(count)
    combinations = 1
    for cells in CELLS:
        combinations *= len(cells)
    profiles = rng.sample(range(combinations), 2_000)
    # Multiplying by a number without common factors visits every combination once.
    step, depth = 1_000_003, [0] * count
    for n in range(count):
        number = n * step % combinations if mode == "own" else rng.choice(profiles)
        digits = []
        for cells in CELLS:
            number, digit = divmod(number, len(cells))
            digits.append(cells[digit])
        whole = ""
        if mode == "parts" and n and rng.random() < 0.3:
            parent = rng.randrange(max(0, n - 40), n)
            if depth[parent] < 4:
                depth[n] = depth[parent] + 1
                whole = f"P{parent:08d}"
        kind, *others = digits
        yield [f"P{n:08d}", f"{rng.choice(WORK)} {rng.choice(SITES)} {n % 977}", kind, whole, *others]


def write_inventory(path: Path, count: int, mode: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(rows(count, mode))


def cold(program: str, *arguments: str) -> tuple[float, float, float]:
    """Run a program in a fresh interpreter; return seconds, seconds of processor time and peak memory in MB."""
    begun = time.perf_counter()
    child = subprocess.Popen([sys.executable, "-c", program, *arguments])
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"a run failed with exit code {child.returncode}")
    return time.perf_counter() - begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def sample(path: Path, wanted: int) -> list[list[str]]:
    """Return some random rows together with everything that is a whole or a part of them, in file order."""
    root: list[int] = []
    with path.open(encoding="utf-8", newline="") as stream:
        for n, row in enumerate(islice(csv.reader(stream), 1, None)):
            root.append(root[int(row[3][1:])] if row[3] else n)
    trees = {root[n] for n in random.Random(1).sample(range(len(root)), min(wanted, len(root)))}
    with path.open(encoding="utf-8", newline="") as stream:
        return [row for n, row in enumerate(islice(csv.reader(stream), 1, None)) if root[n] in trees]


def differences(inventory: Path, parquet: Path, wanted: int) -> tuple[int, int]:
    """Return how many rows were compared with the graph engine, and how many differ in any column."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from bpo_kg import graph

    some = sample(inventory, wanted)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / inventory.name
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([HEADER, *some])
        file.write_text(text.getvalue(), encoding="utf-8")
        expected = [dict(row) for row in graph.load(file, to=TO).assess()]
    ids = pa.array([row[0] for row in some])
    mine: list[dict[str, str]] = []
    for batch in pq.ParquetFile(parquet).iter_batches():
        mine += batch.filter(pc.is_in(batch["id"], value_set=ids)).to_pylist()
    return len(expected), sum(a != b for a, b in zip(expected, mine, strict=True))


def measure(mode: str, count: int, rounds: int, folder: Path) -> dict[str, object]:
    inventory, copied, assessed = folder / f"{mode}.csv", folder / "copy.parquet", folder / f"{mode}.parquet"
    write_inventory(inventory, count, mode)
    ratios, work, ours, peak = [], [], [], 0.0
    for _ in range(rounds):
        theirs, their_work, _ = cold(COPY, str(inventory), str(copied))
        seconds, our_work, memory = cold(ASSESS, str(inventory), str(assessed), ",".join(TO))
        ratios.append(seconds / theirs)
        work.append(our_work / their_work)
        ours.append(seconds)
        peak = max(peak, memory)
    compared, different = differences(inventory, assessed, 1_000)
    return {
        "mode": mode,
        "rows": count,
        "seconds": round(statistics.median(ours), 2),
        "ratio": round(statistics.median(ratios), 2),
        "work_ratio": round(statistics.median(work), 2),
        "goal": GOALS[mode],
        "peak_mb": round(peak),
        "compared": compared,
        "different": different,
    }


def section_copy(options: argparse.Namespace, folder: Path) -> bool:
    good = True
    for mode in options.mode:
        found = measure(mode, options.rows, options.rounds, folder)
        print(json.dumps(found), flush=True)
        good &= not found["different"]
        if not options.smoke:
            good &= float(str(found["ratio"])) <= GOALS[mode]
            good &= float(str(found["peak_mb"])) <= MEMORY.get(options.rows, 1024)
    return good


GRAPH = """
import sys
from bpo_kg import export, graph
table = graph.load(sys.argv[1], to=sys.argv[3].split(",")).assess()
open(sys.argv[2], "w", encoding="utf-8").write(export.table_csv(table))
"""
TRIPLES = """
import sys
from bpo_kg import graph
kg = graph.load(sys.argv[1], to=sys.argv[3].split(","))
open(sys.argv[2], "wb").write(kg.export("asserted", "nt"))
"""
REASONABLE = """
import sys
import reasonable
engine = reasonable.PyReasoner()
engine.load_file(sys.argv[1])
print(len(engine.reason()))
"""
OWLRL = """
import sys
import owlrl, rdflib
graph = rdflib.Graph()
graph.parse(sys.argv[2])
graph.parse(sys.argv[1], format="nt")
owlrl.DeductiveClosure(owlrl.OWLRL_Semantics, axiomatic_triples=False, datatype_axioms=False).expand(graph)
"""
HERMIT = """
import sys
import pyoxigraph as ox
from bpo_kg.reasoning.hermit import Hermit
triples = [q.triple for path in sys.argv[1:] for q in ox.parse(path=path)]
Hermit(timeout=100_000, memory=4096).classify([(t.subject, t.predicate, t.object) for t in triples], values=True)
"""
LIMIT = 900.0
"""Seconds that an engine may take before it counts as not finishing."""
CONTENDERS: tuple[tuple[str, str, tuple[int, ...]], ...] = (
    ("table engine", ASSESS, (1_000, 10_000, 100_000, 1_000_000)),
    ("graph engine", GRAPH, (1_000, 10_000, 100_000)),
    ("reasonable", REASONABLE, (1_000, 10_000)),
    ("owlrl", OWLRL, (100, 1_000)),
    ("HermiT", HERMIT, (10, 100, 1_000)),
)


def timed(program: str, *arguments: str) -> tuple[float | None, float | None]:
    """Return seconds and seconds of processor time of a program in a fresh interpreter, or nothing after the limit."""
    begun = time.perf_counter()
    child = subprocess.Popen([sys.executable, "-c", program, *arguments], stdout=subprocess.DEVNULL)
    while time.perf_counter() - begun < LIMIT:
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode:
                raise SystemExit(f"a run failed with exit code {child.returncode}")
            return time.perf_counter() - begun, usage.ru_utime + usage.ru_stime
        time.sleep(0.002)
    child.kill()
    child.wait()
    return None, None


def section_engines(options: argparse.Namespace, folder: Path) -> bool:
    from bpo_kg.resources import data_folder

    axioms = str(data_folder("ontology") / "bpo.ttl")
    by_table: dict[int, float] = {}
    print("| engine | processes | seconds | of processor time | times that of the table engine |")
    print("| --- | --- | --- | --- | --- |")
    for name, program, sizes in CONTENDERS:
        for count in [min(n, 100) for n in sizes[:1]] if options.smoke else sizes:
            inventory, triples, own = (folder / f"{count}.{kind}" for kind in ("csv", "ttl", "own.nt"))
            if not inventory.exists():
                write_inventory(inventory, count, "flat")
            if program in (REASONABLE, OWLRL, HERMIT) and not triples.exists():
                cold(TRIPLES, str(inventory), str(triples), ",".join(TO))
                lines = triples.read_text(encoding="utf-8").splitlines(keepends=True)
                own.write_text(
                    "".join(x for x in lines if x.startswith("<https://w3id.org/bpo-kg/row/")), encoding="utf-8"
                )
            given = {REASONABLE: [str(triples)], OWLRL: [str(own), axioms], HERMIT: [str(own), axioms]}
            out = str(folder / ("out.parquet" if program == ASSESS else "out.csv"))
            seconds, work = timed(program, *given.get(program, [str(inventory), out, ",".join(TO)]))
            if seconds is None or work is None:
                print(f"| {name} | {count:,} | did not finish in {LIMIT:.0f} | | |", flush=True)
                break
            if program == ASSESS:
                by_table[count] = work
            elif count not in by_table:
                by_table[count] = timed(ASSESS, str(inventory), str(folder / "out.parquet"), ",".join(TO))[1] or LIMIT
            ratio = "1" if program == ASSESS else f"{work / by_table[count]:,.1f}"
            print(f"| {name} | {count:,} | {seconds:.2f} | {work:.2f} | {ratio} |", flush=True)
    return True


HERMIT_TABLE = ASSESS.replace("to=to)", 'to=to, reasoner="hermit")')


def section_hermit(options: argparse.Namespace, folder: Path) -> bool:
    same = True
    for mode in options.mode if options.mode != list(GOALS) else ["flat"]:
        inventory, plain, asked = (folder / f"{mode}.{kind}" for kind in ("csv", "rl.parquet", "hermit.parquet"))
        write_inventory(inventory, options.rows, mode)
        rl = cold(ASSESS, str(inventory), str(plain), ",".join(TO))[0]
        hermit = cold(HERMIT_TABLE, str(inventory), str(asked), ",".join(TO))[0]
        equal = fingerprint(plain) == fingerprint(asked)
        print(json.dumps({"mode": mode, "rows": options.rows, "rl_seconds": round(rl, 2),
                          "hermit_seconds": round(hermit, 2), "same_answers": equal}), flush=True)  # fmt: skip
        same &= equal
    return same


def fingerprint(parquet: Path) -> object:
    """Return a hash over all rows and columns of a file, or of a folder of files in the order of their names."""
    import duckdb

    files = sorted(map(str, parquet.glob("*.parquet"))) if parquet.is_dir() else [str(parquet)]
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [files]).fetchall()
    columns = ", ".join('"' + column[0].replace('"', '""') + '"' for column in described)
    numbered = f"SELECT hash(row_number() OVER (), {columns}) AS h FROM read_parquet(?)"
    return connection.execute(f"SELECT count(*), sum(h), bit_xor(h) FROM ({numbered})", [files]).fetchall()


def section_export(options: argparse.Namespace, folder: Path) -> bool:
    import pyoxigraph as ox

    inventory, triples = folder / "inventory.csv", folder / "inventory.nt"
    write_inventory(inventory, options.rows, "flat")
    command = "import sys; from bpo_kg.shells.cli import main; sys.exit(main(sys.argv[1:]))"
    given = ("export", "--data", str(inventory), "--to", ",".join(TO), "--format", "nt", "-o", str(triples))
    seconds, work, memory = cold(command, *given)
    with triples.open("rb") as stream:
        lines = sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(1 << 22), b""))
    print(json.dumps({"rows": options.rows, "triples": lines, "seconds": round(seconds, 1), "work": round(work, 1),
                      "triples_per_second": round(lines / seconds), "peak_mb": round(memory),
                      "mb": triples.stat().st_size >> 20}), flush=True)  # fmt: skip
    begun = time.perf_counter()
    store = ox.Store(str(folder / "store"))
    store.bulk_load(path=str(triples), format=ox.RdfFormat.N_TRIPLES)
    loaded = len(store)
    print(json.dumps({"loaded": loaded, "seconds": round(time.perf_counter() - begun, 1)}), flush=True)
    return loaded == lines


def section_spark(options: argparse.Namespace, folder: Path) -> bool:
    from bpo_kg.portfolio.assess import assess_file
    from bpo_kg.portfolio.options import PortfolioOptions

    os.environ |= {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_HOSTNAME": "localhost"}
    inventory, here, there = folder / "flat.csv", folder / "here.parquet", folder / "there.parquet"
    write_inventory(inventory, options.rows, "flat")
    duckdb = cold(ASSESS, str(inventory), str(here), ",".join(TO))[0]
    asked = PortfolioOptions(to=TO, engine="spark", master="local-cluster[2,1,1024]")
    begun = time.perf_counter()
    with contextlib.redirect_stdout(sys.stderr):
        result = assess_file([inventory], options=asked, output=there, format="parquet")
    seconds = time.perf_counter() - begun
    moved = [line for line in result.plan.splitlines() if "Exchange" in line and "BroadcastExchange" not in line]
    same = fingerprint(here) == fingerprint(there)
    print(result.plan)
    print(json.dumps({"rows": options.rows, "duckdb_seconds": round(duckdb, 1), "spark_seconds": round(seconds, 1),
                      "same_rows_in_order": same, "moves_rows": bool(moved)}), flush=True)  # fmt: skip
    return same and not moved


SECTIONS = {
    name.removeprefix("section_"): function for name, function in list(globals().items()) if name.startswith("section_")
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=tuple(SECTIONS), default=["copy"])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mode", nargs="+", choices=tuple(GOALS), default=list(GOALS))
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args(arguments)
    if options.smoke:
        options.rows, options.rounds = 20_000, 1
    good = True
    for section in options.only:
        with tempfile.TemporaryDirectory() as folder:
            good &= SECTIONS[section](options, Path(folder))
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
