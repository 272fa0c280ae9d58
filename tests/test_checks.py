"""Checks are queries that return nothing while the ontology is in order, and each says how to break it."""

import re
import tomllib
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest

from bpo_kg.resources import data_folder

CHECKS = sorted((data_folder("queries") / "checks").glob("*.rq"))


@cache
def shipped() -> ox.Store:
    """All ontology files in one default graph."""
    files = sorted(data_folder("ontology").glob("*.ttl"))
    assert len(files) >= 12, "the ontology folder is not where it should be"
    store = ox.Store()
    for file in files:
        store.load(path=file, format=ox.RdfFormat.TURTLE)
    return store


def header(check: Path) -> dict[str, str]:
    lines = check.read_text(encoding="utf-8").splitlines()
    return tomllib.loads("\n".join(line.removeprefix("#+ ") for line in lines if line.startswith("#+ ")))


def found(check: Path, store: ox.Store) -> list[tuple[str, ...]]:
    solutions = store.query(check.read_text(encoding="utf-8"))
    assert isinstance(solutions, ox.QuerySolutions)
    return [tuple(str(row[name]) for name in ("thing", "property", "value")) for row in solutions]


def test_there_are_checks() -> None:
    """An empty folder would pass every test below."""
    assert len(CHECKS) >= 40


@pytest.mark.parametrize("check", CHECKS, ids=lambda path: path.stem)
def test_a_check_says_what_it_holds_how_to_mend_it_and_how_to_break_it(check: Path) -> None:
    """Header: one sentence each, and nothing else."""
    told = header(check)
    assert set(told) == {"check", "remedy", "breaks"}
    for key in ("check", "remedy"):
        assert re.fullmatch(r"[A-Z].*[.]", told[key]), f"{key} is one or more sentences"


@pytest.mark.parametrize("check", CHECKS, ids=lambda path: path.stem)
def test_the_shipped_ontology_passes_the_check(check: Path) -> None:
    """Nothing is found in the files as they ship."""
    assert found(check, shipped()) == [], header(check)["remedy"]


@pytest.mark.parametrize("check", CHECKS, ids=lambda path: path.stem)
def test_the_change_that_the_check_names_trips_it(check: Path) -> None:
    """A check that can never fire is no check: its own change is applied to a copy, and it fires."""
    broken = ox.Store()
    broken.bulk_extend(list(shipped()))
    prefixes = [line for line in check.read_text(encoding="utf-8").splitlines() if line.startswith("PREFIX ")]
    broken.update("\n".join([*prefixes, header(check)["breaks"]]))
    assert set(broken) != set(shipped()), "the change changes nothing"
    assert found(check, broken)
