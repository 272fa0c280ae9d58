"""Time proofs, minimal proofs, what-if and flips in a small and a large inventory, and hold them to their limits.

    python tests/benchmarks/bench_explanations.py [--smoke] [--sizes 1000 100000] [--asked 300]

The same questions are put to both: what they cost must not hang on how many processes there are. Loading and closing
the graph is timed too, but is not what is held to a limit here. `--smoke` takes 100 and 1,000 processes.
"""

import argparse
import csv
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

import bpo_kg
from bpo_kg.suitability.cases import Changes
from bpo_kg.suitability.flips import Flipper
from bpo_kg.suitability.rulebook import bpo
from bpo_kg.suitability.whatif import State, verdict_changes
from bpo_kg.vocabulary import INFERRED

LIMITS = {
    "first proof of an inferred triple": 2.0,
    "first proof of a verdict": 2.0,
    "minimal proof of an inferred triple": 20.0,
    "what-if of one fact, with both proofs": 20.0,
}
"""Milliseconds at the median, in the larger inventory."""
RATIO = 3.0
"""How much more the larger inventory may cost."""
_COLUMNS = (
    "id", "name", "kind", "part_of", "client_country", "core", "public_contact", "on_site_need", "workforce_contact",
    "personal_data", "channels", "languages", "coverage",
)  # fmt: skip
_KINDS = ["payroll", "data entry", "web forum moderation", "customer service", "procurement", "security guards"]
_CELLS = {
    "kind": [*_KINDS, "marketing", "accounting department", "", ""],
    "client_country": ["GB", "US", "ID", ""],
    "core": ["no", "no", "no", "yes", ""],
    "public_contact": ["", "", "", "yes", "no"],
    "on_site_need": ["", "", "", "", "yes", "no"],
    "workforce_contact": ["", "", "", "", "", "yes", "no"],
    "personal_data": ["", "", "yes", "no"],
    "channels": ["", "", "phone", "email;chat", "inPerson", "phone;inPerson", "video;post"],
    "languages": ["", "", "", "en", "ja", "en;id"],
    "coverage": ["", "", "business", "afterHours", "roundTheClock"],
}


def inventory(path: Path, size: int, seed: int = 8) -> Path:
    """Write an inventory of random processes, three in ten of them parts of another."""
    chance = random.Random(seed)
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(_COLUMNS)
        for n in range(size):
            whole = f"P{chance.randrange(max(0, n - 40), n)}" if n and chance.random() < 0.3 else ""
            row = {column: chance.choice(values) for column, values in _CELLS.items()}
            row |= {"id": f"P{n}", "name": f"Process {n}", "part_of": whole}
            writer.writerow([row[column] for column in _COLUMNS])
    return path


def inferred_triples(kg: bpo_kg.KnowledgeGraph, processes: list[str]) -> list[object]:
    """Return one inferred triple about each of some processes, a different one each time."""
    found: list[object] = []
    for n, process in enumerate(processes):
        quads = kg.dataset.store.quads_for_pattern(ox.NamedNode(process), None, None, ox.NamedNode(INFERRED))
        triples = sorted(((q.subject, q.predicate, q.object) for q in quads), key=str)
        if triples:
            found.append(triples[n % len(triples)])
    return found


@dataclass(slots=True)
class Side:
    """One inventory, ready to be asked, and what each question is put to it about."""

    ready: dict[str, float]
    asked: dict[str, list[object]]
    works: dict[str, Callable[[object], object]]


def side(size: int, asked: int, folder: Path) -> Side:
    """Load an inventory and return what to time."""
    ready: dict[str, float] = {}

    def timed(name: str, work: Callable[[], object]) -> None:
        start = time.perf_counter()
        work()
        ready[name] = time.perf_counter() - start

    path = inventory(folder / f"processes-{size}.csv", size)
    start = time.perf_counter()
    kg = bpo_kg.load(path, to=["PH"])
    ready["load (s)"] = time.perf_counter() - start
    closure = kg.closure
    timed("close (s)", kg.closed)
    timed("get ready to explain (s)", lambda: kg.proofs)
    records = kg.loaded.inventories[0].records
    sample = [records[n].iri for n in random.Random(3).sample(range(size), min(asked, size))]
    teller, flipper = kg.teller("en"), Flipper(kg.cases)
    base = State(kg.proofs, teller)

    def suppose(process: object) -> None:
        cell = Changes({str(process): {bpo("onSiteNeed").value: frozenset({ox.Literal(True)})}})
        verdict_changes(base, State(kg.proofs, teller, cell), [str(process)], ("PH",))

    triples = inferred_triples(kg, sample)
    works: dict[str, tuple[list[object], Callable[[object], object]]] = {
        "first proof of an inferred triple": (triples, lambda t: closure.prove(t)),  # type: ignore[arg-type]
        "minimal proof of an inferred triple": (triples, lambda t: kg.proofs.triple(t)),  # type: ignore[arg-type]
        "first proof of a verdict": (list(sample), lambda p: kg.proofs.verdict(str(p), "PH")),
        "what-if of one fact, with both proofs": (list(sample), suppose),
        "single flips": (list(sample[:40]), lambda p: flipper.flips(str(p), ("PH",), places=("PH",), most=1)),
    }
    return Side(ready, {n: a for n, (a, _) in works.items()}, {n: w for n, (_, w) in works.items()})


def in_turns(name: str, sides: Sequence[Side]) -> list[float]:
    """Return the median milliseconds of one question for each side, asked in turns to see the same machine."""
    times: list[list[float]] = [[] for _ in sides]
    for questions in zip(*(one.asked[name] for one in sides), strict=False):
        for n, (one, question) in enumerate(zip(sides, questions, strict=True)):
            start = time.perf_counter()
            one.works[name](question)
            times[n].append(1000 * (time.perf_counter() - start))
    return [statistics.median(found) for found in times]


def main() -> int:
    """Measure, print a table, and say what missed its limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--sizes", type=int, nargs=2, default=[1_000, 100_000])
    parser.add_argument("--asked", type=int, default=300)
    options = parser.parse_args()
    sizes, asked = ([100, 1_000], 60) if options.smoke else (options.sizes, options.asked)
    missed: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        sides = [side(size, asked, Path(folder)) for size in sizes]
        found = {name: [one.ready[name] for one in sides] for name in sides[0].ready}
        found |= {name: in_turns(name, sides) for name in sides[0].works}
    print(f"{'':42}{sizes[0]:>12,}{sizes[1]:>12,}{'ratio':>9}")
    for name, (small, value) in found.items():
        ratio = value / small if small else float("inf")
        print(f"{name:42}{small:12.3f}{value:12.3f}{ratio:9.2f}")
        if name in LIMITS and value > LIMITS[name]:
            missed.append(f"{name}: {value:.2f} ms, limit {LIMITS[name]:.0f} ms")
        if name in LIMITS and ratio > RATIO:
            missed.append(f"{name}: {ratio:.1f} times as much as with {sizes[0]:,} processes, limit {RATIO:.0f}")
    for line in missed:
        print(f"missed: {line}", file=sys.stderr)
    return 1 if missed and not options.smoke else 0


if __name__ == "__main__":
    sys.exit(main())
