"""Time country facts, placement answers, working hours and teams that never close.

    python tests/benchmarks/bench_places.py [--smoke] [--rounds 5]

Country facts are loaded in fresh processes with the imports of the packages counted: cold without a copy in the cache,
warm with one. The limits are the product's promises; `--smoke` runs one round of everything.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import product

import pyoxigraph as ox

from bpo_kg.resources import data_folder
from bpo_kg.suitability.countries import country_triples, load_countries
from bpo_kg.suitability.hours import Clock, Rota, WorkingDay
from bpo_kg.suitability.places import PlaceBook
from bpo_kg.suitability.thresholds import read_thresholds

LIMITS = {"all countries, cold": 1.0, "all countries, from the cache": 0.1}
"""Seconds."""
_LOAD = (
    "import time; from bpo_kg.suitability.countries import load_countries; t = time.perf_counter();"
    "assert len(load_countries()) == 249; print(time.perf_counter() - t)"
)


def fresh(cache: str) -> float:
    """Return the seconds that loading all countries takes in a new process with this cache folder."""
    environment = {**os.environ, "XDG_CACHE_HOME": cache}
    done = subprocess.run([sys.executable, "-c", _LOAD], env=environment, capture_output=True, check=True, text=True)
    return float(done.stdout)


def took(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def new_book() -> PlaceBook:
    store = ox.Store()
    store.load(path=data_folder("ontology") / "places.ttl", format=ox.RdfFormat.TURTLE)
    return PlaceBook(load_countries(), read_thresholds(store))


def one_round() -> dict[str, float]:
    """Return seconds by what was timed."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as cache:
        found["all countries, cold"] = fresh(cache)
        found["all countries, from the cache"] = fresh(cache)
    found["triples of all countries"] = took(country_triples)
    book = new_book()
    clients, places = ("GB", "US", "DE", "AU", "ID"), ("PH", "IN", "PL", "MX", "ZA", "CO", "MY", "EG", "ID", "RO")
    pairs = list(product(clients, places))

    def ask(of: PlaceBook) -> None:
        for client, place in pairs:
            of.criteria(client, place)
            of.location_class(client, place)

    found["50 client-place pairs, first time"] = took(lambda: ask(book))
    found["50 client-place pairs, again"] = took(lambda: ask(book))
    day = WorkingDay.parse("08:00-18:00")
    zones = {code: fact.zones[0] for code, fact in load_countries().items() if len(fact.zones) == 1}
    sites = {code: Clock(zone, day) for code, zone in sorted(zones.items())[:50]}
    found["teams of up to three among 50 sites"] = took(lambda: Rota(sites, book.year).teams())
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--smoke", action="store_true", help="one round")
    options = parser.parse_args()
    rounds = [one_round() for _ in range(1 if options.smoke else options.rounds)]
    late = False
    for name in rounds[0]:
        values = sorted(one[name] for one in rounds)
        limit = LIMITS.get(name)
        over = limit is not None and statistics.median(values) > limit
        late = late or over
        mark = f"  limit {limit:g} s{'  EXCEEDED' if over else ''}" if limit is not None else ""
        print(f"{name:38} median {statistics.median(values) * 1000:9.2f} ms  max {values[-1] * 1000:9.2f} ms{mark}")
    return int(late)


if __name__ == "__main__":
    sys.exit(main())
