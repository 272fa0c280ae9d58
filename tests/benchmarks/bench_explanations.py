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
from collections.abc import Callable, Iterable
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


def medians(work: Callable[[object], object], asked: Iterable[object]) -> float:
    """Return the median milliseconds that a piece of work takes, each time about something else."""
    times = []
    for one in asked:
        start = time.perf_counter()
        work(one)
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def inferred_triples(kg: bpo_kg.KnowledgeGraph, processes: list[str]) -> list[object]:
    """Return one inferred triple about each of some processes, a different one each time."""
    found: list[object] = []
    for n, process in enumerate(processes):
        quads = kg.dataset.store.quads_for_pattern(ox.NamedNode(process), None, None, ox.NamedNode(INFERRED))
        triples = sorted(((q.subject, q.predicate, q.object) for q in quads), key=str)
        if triples:
            found.append(triples[n % len(triples)])
    return found


def measure(size: int, asked: int) -> dict[str, float]:
    """Return medians in milliseconds by what was timed, and seconds for getting ready."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = inventory(Path(folder) / "processes.csv", size)
        start = time.perf_counter()
        kg = bpo_kg.load(path, to=["PH"])
        found["load (s)"] = time.perf_counter() - start
        start = time.perf_counter()
        closure = kg.closed()
        found["close (s)"] = time.perf_counter() - start
        start = time.perf_counter()
        cases, proofs = kg.cases, kg.proofs
        found["get ready to explain (s)"] = time.perf_counter() - start
        records = kg.loaded.inventories[0].records
        sample = [records[n].iri for n in random.Random(3).sample(range(size), min(asked, size))]
        triples = inferred_triples(kg, sample)
        found["first proof of an inferred triple"] = medians(lambda t: closure.prove(t), triples)
        found["minimal proof of an inferred triple"] = medians(lambda t: proofs.triple(t), triples)
        found["first proof of a verdict"] = medians(lambda p: proofs.verdict(p, "PH"), sample)
        teller = kg.teller("en")
        base = State(proofs, teller)

        def suppose(process: object) -> None:
            cell = Changes({str(process): {bpo("onSiteNeed").value: frozenset({ox.Literal(True)})}})
            verdict_changes(base, State(proofs, teller, cell), [str(process)], ("PH",))

        found["what-if of one fact, with both proofs"] = medians(suppose, sample)
        flipper = Flipper(cases)
        few = sample[:40]
        found["single flips"] = medians(lambda p: flipper.flips(p, ("PH",), places=("PH",), most=1), few)
    return found


def main() -> int:
    """Measure, print a table, and say what missed its limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--sizes", type=int, nargs=2, default=[1_000, 100_000])
    parser.add_argument("--asked", type=int, default=300)
    options = parser.parse_args()
    sizes, asked = ([100, 1_000], 60) if options.smoke else (options.sizes, options.asked)
    small, large = (measure(size, asked) for size in sizes)
    missed = []
    print(f"{'':42}{sizes[0]:>12,}{sizes[1]:>12,}{'ratio':>9}")
    for name, value in large.items():
        ratio = value / small[name] if small[name] else float("inf")
        print(f"{name:42}{small[name]:12.3f}{value:12.3f}{ratio:9.2f}")
        if name in LIMITS and value > LIMITS[name]:
            missed.append(f"{name}: {value:.2f} ms, limit {LIMITS[name]:.0f} ms")
        if name in LIMITS and ratio > RATIO:
            missed.append(f"{name}: {ratio:.1f} times as much as with {sizes[0]:,} processes, limit {RATIO:.0f}")
    for line in missed:
        print(f"missed: {line}", file=sys.stderr)
    return 1 if missed and not options.smoke else 0


if __name__ == "__main__":
    sys.exit(main())
