"""Assess large inventories and compare with DuckDB's own copy of the same CSV to Parquet, turn by turn in one run.

    python tests/benchmarks/bench_portfolio.py [--rows 1000000] [--rounds 3] [--smoke] [--mode flat parts own]

Each turn is a cold process: Python starts, everything is imported, the ontology is read, the rows are assessed for
five countries with all answer columns and written to Parquet in input order. What counts is the ratio of wall-clock
times as the median of the rounds, that of processor time (which says more on a busy machine), and the peak memory;
absolute times depend on the machine. Afterwards 1,000 random
rows, with the wholes and parts they hang together with, are given to the graph engine, whose answers must be the same
in every column.

  flat   2,000 combinations of cells, no wholes
  parts  the same with 30 % of rows part of another, up to depth 4
  own    every row has a combination of cells of its own

`--smoke` takes 20,000 rows and one round and holds only the answers: ratios of so short a run say nothing.
"""

import argparse
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


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mode", nargs="+", choices=tuple(GOALS), default=list(GOALS))
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args(arguments)
    count, rounds = (20_000, 1) if options.smoke else (options.rows, options.rounds)
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for mode in options.mode:
            found = measure(mode, count, rounds, Path(folder))
            print(json.dumps(found), flush=True)
            failed |= bool(found["different"])
            if not options.smoke:
                failed |= float(str(found["ratio"])) > GOALS[mode] or float(str(found["peak_mb"])) > MEMORY.get(
                    count, 1024
                )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
