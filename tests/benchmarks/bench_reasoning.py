"""Measure the reasoner beside its peers, side by side in one run; what counts are the ratios.

    python tests/benchmarks/bench_reasoning.py [--smoke] [--only SECTION ...] [--rounds 3]

Sections: `cold` (shipped ontology and 50 processes, from files to findings), `command` (`bpo-kg export --part
inferred` beside reasonable: time and peak memory at 10,000 processes), `small` (HermiT and owlrl at 1,000), `sparql`
(the same conclusions by hand-written SPARQL updates at 100,000), `growth` (10,000 to 100,000), `edits` (one changed
fact) and `proofs` (the first proof of an inferred triple) at both sizes. Each contender runs in a process of its
own; times are medians of the rounds. `--smoke` takes seconds: tiny sizes, every code path, and only that the
contenders agree is held.
"""

import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(ROOT)]

import client_processes  # noqa: E402  # lies beside this file, not in a package
import pyoxigraph as ox  # noqa: E402

from bpo_kg.reasoning import Closure, rules_of  # noqa: E402
from bpo_kg.resources import data_folder  # noqa: E402
from bpo_kg.store.dataset import Dataset  # noqa: E402
from bpo_kg.vocabulary import ASSERTED, BPO  # noqa: E402

LEFT_OUT = ("bpo-dl.ttl", "shapes.ttl", "mappings.ttl")
HELD = "https://example.org/held/"
MOST_COMPARED = 1000
"""Up to this many processes the conclusions themselves are compared, not only the times."""
GOALS = {
    "command: times faster than reasonable": (10, "at least"),
    "command: share of its peak memory": (0.05, "at most"),
    "small: times faster than HermiT": (500, "at least"),
    "small: times faster than owlrl": (100, "at least"),
    "sparql: our time over hand-written SPARQL": (1.5, "at most"),
    "growth: time at ten times the size": (14, "at most"),
    "edits: milliseconds, median": (10, "at most"),
    "proofs: milliseconds, median": (2, "at most"),
    "cold: milliseconds": (120, "at most"),
}


def shipped() -> list[Path]:
    """Return the files that are reasoned over: all that ship, or the axioms alone for the slow peers."""
    if os.environ.get("BENCH_AXIOMS_ONLY"):
        return [data_folder("ontology") / "bpo.ttl"]
    files = sorted(path for path in data_folder("ontology").glob("*.ttl") if path.name not in LEFT_OUT)
    assert files
    return files


def dataset_of(data: bytes) -> Dataset:
    dataset = Dataset()
    for path in shipped():
        dataset.load_file(path)
    dataset.load_bytes(data, graph=f"{ASSERTED}/data")
    return dataset


# --- contenders: each is run in a child and prints one JSON object -----------------------------------
def ours(number: int) -> dict[str, object]:
    dataset = dataset_of(client_processes.turtle(number))
    started = time.perf_counter()
    closure = Closure(dataset, rules_of(dataset))
    closure.run()
    seconds = time.perf_counter() - started
    inferred = dataset.triples(part="inferred") if number <= MOST_COMPARED else ()
    held = {str(ox.Triple(*triple)) for triple in inferred if str(triple[0]).startswith(f"<{HELD}")}
    return {"seconds": seconds, "consistent": closure.consistent, "held": sorted(held)}


def cold(number: int) -> dict[str, object]:
    data = client_processes.turtle(number)
    started = time.perf_counter()
    dataset = dataset_of(data)
    Closure(dataset).run()
    return {"seconds": time.perf_counter() - started}


def by_hand(number: int) -> dict[str, object]:
    store = ox.Store()
    for path in shipped():
        store.bulk_load(path=str(path))
    store.bulk_load(client_processes.turtle(number), format=ox.RdfFormat.TURTLE)
    text = (HERE / "handwritten.rq").read_text(encoding="utf-8")
    head, *updates = re.split(r"\n;\n", text)
    once = [update for update in updates if "# again" not in update]
    again = updates[next(i for i, update in enumerate(updates) if "# again" in update) :]
    once = updates[: len(updates) - len(again)]
    asserted = set(store) if number <= MOST_COMPARED else set()
    started = time.perf_counter()
    for update in once:
        store.update(head + update)
    size = -1
    while size != len(store):
        size = len(store)
        for update in again:
            store.update(head + update)
    seconds = time.perf_counter() - started
    inferred = store if number <= MOST_COMPARED else ()
    held = {str(q.triple) for q in inferred if q not in asserted and str(q.subject).startswith(f"<{HELD}")}
    return {"seconds": seconds, "held": sorted(held)}


def with_reasonable(number: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        # One file: reasonable would take blank nodes of several files for the same.
        path = Path(folder) / "all.ttl"
        triples = (ox.Triple(*triple) for triple in dataset_of(client_processes.turtle(number)).triples())
        path.write_bytes(ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES))
        started = time.perf_counter()
        import rdflib
        import reasonable

        engine = reasonable.PyReasoner()
        engine.load_file(str(path))
        found = engine.reason()
        with (Path(folder) / "found.nt").open("w", encoding="utf-8") as out:
            out.writelines(f"{s.n3()} {p.n3()} {o.n3()} .\n" for s, p, o in found)
        seconds = time.perf_counter() - started
    held = set()
    for s, p, o in found if number <= MOST_COMPARED else ():
        named = isinstance(s, rdflib.URIRef) and s.startswith(HELD) and isinstance(o, rdflib.URIRef)
        if named and "w3.org/2002" not in p + o:  # owl:Thing and owl:sameAs itself
            held.add(f"{s.n3()} {p.n3()} {o.n3()}")
    return {"seconds": seconds, "held": sorted(held)}


def with_owlrl(number: int) -> dict[str, object]:
    import owlrl
    import rdflib

    graph = rdflib.Graph()
    for path in shipped():
        graph.parse(path)
    graph.parse(data=client_processes.turtle(number), format="turtle")
    started = time.perf_counter()
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics, axiomatic_triples=False, datatype_axioms=False).expand(graph)
    return {"seconds": time.perf_counter() - started}


def with_hermit(number: int) -> dict[str, object]:
    from bpo_kg.reasoning.hermit import Hermit

    triples = list(dataset_of(client_processes.turtle(number)).triples())
    started = time.perf_counter()
    answer = Hermit(timeout=3000, memory=4096).classify(triples, values=True)
    return {"seconds": time.perf_counter() - started, "consistent": answer.consistent}


def edits(number: int) -> dict[str, object]:
    closure = Closure(dataset_of(client_processes.turtle(number)))
    closure.run()
    chance, times = random.Random(7), []
    contact = ox.NamedNode(BPO + "publicContact")
    for _ in range(100):
        process = ox.NamedNode(f"{HELD}p{chance.randrange(number)}")
        old = [(s, p, o) for s, p, o in closure.dataset.triples(process, contact)]
        new = ox.Literal(not (old and old[0][2] == ox.Literal(True)))
        started = time.perf_counter()
        closure.remove(old, f"{ASSERTED}/data")
        closure.add([(process, contact, new)], f"{ASSERTED}/data")
        times.append(1000 * (time.perf_counter() - started))
    return {"milliseconds": statistics.median(times), "worst": max(times), "consistent": closure.consistent}


def proofs(number: int) -> dict[str, object]:
    closure = Closure(dataset_of(client_processes.turtle(number)))
    closure.run()
    chance, times, missing = random.Random(7), [], 0
    for _ in range(100):
        process = ox.NamedNode(f"{HELD}p{chance.randrange(number)}")
        triples = sorted(closure.dataset.triples(process, part="inferred"), key=str)
        if triples:
            triple = chance.choice(triples)
            started = time.perf_counter()
            missing += closure.prove(triple) is None
            times.append(1000 * (time.perf_counter() - started))
    return {"milliseconds": statistics.median(times), "worst": max(times), "missing": missing}


CONTENDERS: dict[str, Callable[[int], dict[str, object]]] = {
    f.__name__: f for f in (ours, cold, by_hand, with_reasonable, with_owlrl, with_hermit, edits, proofs)
}


def child(command: list[str], *, axioms_only: bool = False) -> tuple[float, float, str]:
    """Run a command; return its seconds, its peak memory in MB, and its output."""
    # An installed package is compiled, so a checkout is too, aside, whatever the shell says of that.
    compiled = Path(tempfile.gettempdir()) / f"bpo-kg-bench-{os.getuid()}"
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"BENCH_AXIOMS_ONLY": "1" if axioms_only else "", "PYTHONPYCACHEPREFIX": str(compiled)}
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True, env=environment)
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return time.perf_counter() - started, usage.ru_maxrss / 1024, output


def run(name: str, number: int, *, axioms_only: bool = False) -> dict[str, float]:
    command = [sys.executable, __file__, "--child", name, str(number)]
    seconds, memory, output = child(command, axioms_only=axioms_only)
    return {**json.loads(output.splitlines()[-1]), "whole": seconds, "memory": memory}


def median(name: str, number: int, rounds: int, key: str = "seconds") -> float:
    return statistics.median(run(name, number)[key] for _ in range(rounds))


# --- sections ---------------------------------------------------------------------------------------
def say(what: str, value: float, detail: str, results: list[tuple[str, bool]]) -> None:
    goal, kind = GOALS[what]
    met = value >= goal if kind == "at least" else value <= goal
    results.append((what, met))
    print(f"{what}: {value:.3g} (goal: {kind} {goal:g}; {'met' if met else 'MISSED'})  {detail}", flush=True)


def section_cold(sizes: dict[str, int], rounds: int, results: list[tuple[str, bool]]) -> None:
    times = [run("cold", sizes["cold"])["seconds"] for _ in range(max(rounds, 3))]
    say("cold: milliseconds", 1000 * statistics.median(times), f"{sizes['cold']} processes", results)


def section_command(sizes: dict[str, int], rounds: int, results: list[tuple[str, bool]]) -> None:
    number = sizes["command"]
    with tempfile.TemporaryDirectory() as folder:
        data = client_processes.file_of(number, Path(folder))
        out = Path(folder) / "inferred.nt"
        command = [sys.executable, "-m", "bpo_kg.shells.cli", "export", "--data", str(data), "--part", "inferred"]
        mine, theirs = [], []
        for _ in range(rounds):  # in turns, because the machine's pace changes
            mine.append(child([*command, "-o", str(out)])[:2])
            theirs.append(run("with_reasonable", number))
        assert out.stat().st_size > 0
    ours_seconds, ours_memory = (statistics.median(values) for values in zip(*mine, strict=True))
    seconds = statistics.median(one["seconds"] for one in theirs)
    memory = statistics.median(one["memory"] for one in theirs)
    say("command: times faster than reasonable", seconds / ours_seconds,
        f"{number} processes: {ours_seconds:.2f} s, reasonable {seconds:.2f} s, to a file", results)  # fmt: skip
    say("command: share of its peak memory", ours_memory / memory, f"{ours_memory:.0f} MB, {memory:.0f} MB", results)


def section_small(sizes: dict[str, int], rounds: int, results: list[tuple[str, bool]]) -> None:
    number = sizes["small"]
    # HermiT needs minutes for the shipped catalogue alone, so all three get the axioms and the processes.
    mine = statistics.median(run("ours", number, axioms_only=True)["seconds"] for _ in range(max(rounds, 3)))
    owlrl = run("with_owlrl", number, axioms_only=True)["seconds"]
    hermit = run("with_hermit", number, axioms_only=True)["seconds"]
    detail = f"{number} processes: {1000 * mine:.0f} ms"
    say("small: times faster than owlrl", owlrl / mine, f"{detail}, {owlrl:.1f} s", results)
    say("small: times faster than HermiT", hermit / mine, f"{detail}, {hermit:.1f} s", results)


def section_sparql(sizes: dict[str, int], rounds: int, results: list[tuple[str, bool]]) -> None:
    number = sizes["sparql"]
    mine, theirs = median("ours", number, rounds), median("by_hand", number, rounds)
    say("sparql: our time over hand-written SPARQL", mine / theirs, f"{number}: {mine:.2f} s, {theirs:.2f} s", results)


def section_growth(sizes: dict[str, int], rounds: int, results: list[tuple[str, bool]]) -> None:
    small, large = sizes["growth"], 10 * sizes["growth"]
    one, ten = median("ours", small, rounds), median("ours", large, rounds)
    say("growth: time at ten times the size", ten / one, f"{small}: {one:.2f} s, {large}: {ten:.2f} s", results)


def section_edits(sizes: dict[str, int], rounds: int, results: list[tuple[str, bool]]) -> None:
    for number in (sizes["growth"], 10 * sizes["growth"]):
        found = run("edits", number)
        assert found["consistent"]
        say(
            "edits: milliseconds, median",
            found["milliseconds"],
            f"{number} processes, worst {found['worst']:.1f}",
            results,
        )


def section_proofs(sizes: dict[str, int], rounds: int, results: list[tuple[str, bool]]) -> None:
    for number in (sizes["growth"], 10 * sizes["growth"]):
        found = run("proofs", number)
        assert not found["missing"]
        say(
            "proofs: milliseconds, median",
            found["milliseconds"],
            f"{number} processes, worst {found['worst']:.1f}",
            results,
        )


def agree(number: int) -> None:
    """Hold that the contenders conclude the same about the client processes."""
    mine = set(run("ours", number)["held"])
    hand = set(run("by_hand", number)["held"])
    assert mine == hand, (sorted(mine - hand)[:5], sorted(hand - mine)[:5])
    asserted = client_processes.turtle(number)
    known = {str(q.triple) for q in ox.parse(asserted, format=ox.RdfFormat.TURTLE)}
    theirs = set(run("with_reasonable", number)["held"]) - known
    chains = {triple for triple in mine if "clientCountry" in triple}  # reasonable has no property chains
    values = {triple for triple in mine if '"' in triple}
    assert mine - chains - values == theirs, (sorted(mine - chains - theirs)[:5], sorted(theirs - mine)[:5])
    print(
        f"agree: {len(mine)} inferred triples about {number} processes, by us, by hand, and by reasonable", flush=True
    )


SECTIONS = {
    name.removeprefix("section_"): function for name, function in list(globals().items()) if name.startswith("section_")
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="tiny sizes, goals not held")
    parser.add_argument("--only", nargs="+", choices=sorted(SECTIONS), default=list(SECTIONS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(CONTENDERS[options.child[0]](int(options.child[1]))))
        return 0
    sizes = {"cold": 50, "command": 10_000, "small": 1_000, "sparql": 100_000, "growth": 10_000}
    rounds = options.rounds
    if options.smoke:
        sizes, rounds = {"cold": 50, "command": 50, "small": 5, "sparql": 200, "growth": 50}, 1
    results: list[tuple[str, bool]] = []
    agree(50 if options.smoke else 1000)
    for name in options.only:
        SECTIONS[name](sizes, rounds, results)
    return 0 if options.smoke or all(met for _, met in results) else 1


if __name__ == "__main__":
    sys.exit(main())
