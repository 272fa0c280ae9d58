"""Time reading an inventory against the least that reading it can cost.

    python tests/benchmarks/bench_tables.py [--smoke] [--rows 100000] [--rounds 7]

A CSV file is read, its cells parsed and its wholes resolved, against Python's bare `csv.reader` over the same file; an
XLSX file against the engine's own reading of it. Processor time is counted, the rounds of both sides alternate and the
fastest of each counts, so that a busy machine disturbs both alike. Start-up is not counted.
"""

import argparse
import csv
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import python_calamine

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from inventory_words import LEXICON
from openpyxl import Workbook

from bpo_kg.sources.cells import CellReader
from bpo_kg.sources.part_of import resolve_wholes
from bpo_kg.sources.table import read_table

LIMITS = {"csv": 5.0, "xlsx": 2.0}
"""Times the bare reading."""
HEADER = (
    "id", "name", "kind", "part_of", "client_country", "customer_country", "core", "public_contact", "on_site_need",
    "workforce_contact", "personal_data", "channels", "languages", "coverage", "fte", "notes",
)  # fmt: skip


def rows(count: int) -> list[list[str]]:
    """Return a company's inventory: some cells empty, a third of the rows parts of others, no mistakes."""
    chance = random.Random(3)
    yes_no = ["yes", "no", "", "ya", "tidak"]
    made = []
    for i in range(count):
        whole = f"P{i // 10}" if i and chance.random() < 0.3 else ""
        made.append(
            [
                f"P{i}", f"Process {i} of the office", chance.choice(["payroll", "accounting department", ""]), whole,
                chance.choice(["GB", "United Kingdom", ""]), "", *(chance.choice(yes_no) for _ in range(5)),
                chance.choice(["phone", "phone;e-mail", ""]), chance.choice(["en", "en;id", ""]),
                chance.choice(["business", ""]), f"{chance.random() * 50:.1f}",
                chance.choice(["", "done by the night shift, on paper"]),
            ]
        )  # fmt: skip
    return made


def read(path: Path) -> object:
    inventory = read_table(path, CellReader(LEXICON))
    resolve_wholes([inventory])
    return inventory if inventory.records and not inventory.findings else sys.exit(str(inventory.findings[:3]))


def bare_csv(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as stream:
        for _ in csv.reader(stream):
            pass


def bare_xlsx(path: Path) -> None:
    python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()


def took(work: Callable[[Path], object], path: Path) -> float:
    start = time.process_time()
    result = work(path)
    seconds = time.process_time() - start
    del result
    return seconds


def compare(path: Path, bare: Callable[[Path], object], rounds: int) -> tuple[float, float]:
    """Return the least processor seconds of the bare reading and of ours."""
    pairs = [(took(bare, path), took(read, path)) for _ in range(rounds)]
    return min(b for b, _ in pairs), min(o for _, o in pairs)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--smoke", action="store_true", help="few rows, one round, limits not enforced")
    arguments.add_argument("--rows", type=int, default=100_000)
    arguments.add_argument("--rounds", type=int, default=7)
    options = arguments.parse_args()
    count, rounds = (2_000, 1) if options.smoke else (options.rows, options.rounds)
    content = rows(count)
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        text, book = Path(folder) / "i.csv", Path(folder) / "i.xlsx"
        with text.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([HEADER, *content])
        workbook = Workbook(write_only=True)
        sheet = workbook.create_sheet("Processes")
        for row in [list(HEADER), *content]:
            sheet.append([value or None for value in row])
        workbook.save(book)
        for name, path, bare in (("csv", text, bare_csv), ("xlsx", book, bare_xlsx)):
            least, ours = compare(path, bare, rounds if name == "csv" else min(rounds, 3))
            ratio = ours / least
            missed += ratio > LIMITS[name]
            print(
                f"{name:5} {count:,} rows, {path.stat().st_size / 1e6:.1f} MB: bare {least:.3f} s, read and checked "
                f"{ours:.3f} s, {ratio:.2f} times (limit {LIMITS[name]:.0f})"
            )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    return int(missed > 0 and not options.smoke)


if __name__ == "__main__":
    sys.exit(main())
