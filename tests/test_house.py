"""The house stands: imports go to lower floors only, each foreign engine has one room, public names are public."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from example_files import ROOT

import bpo_kg

PACKAGE = ROOT / "bpo_kg"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "_data" not in path.parts)

FLOORS = [
    ("errors", "vocabulary", "resources"),
    ("store",),
    ("sources",),
    ("reasoning",),
    ("suitability",),
    ("questions",),
    ("loading",),
    ("locating",),
    ("export", "doctor", "portfolio", "scenarios"),
    ("knowledge",),
    ("contradictions", "reasons"),
    ("graph",),
    ("validation", "comparing"),
    ("shells",),
]
FLOOR = {room: n for n, rooms in enumerate(FLOORS) for room in rooms}

ROOMS = {
    # engine: the modules that may import it, and why there is more than one
    "owlready2": {"reasoning/objects.py"},
    "SPARQLWrapper": {"store/remote.py"},
    "pyshacl": {"sources/shapes.py"},
    "babel": {"suitability/packages.py"},
    "zoneinfo": {"suitability/packages.py"},
    "duckdb": {"portfolio/duck.py"},
    "pyspark": {"portfolio/spark.py"},
    # Its terms are the Python API's, its Turtle parser gives positions, its algebra the doctor, its graphs SHACL.
    "rdflib": {"store/terms.py", "sources/turtle_offsets.py", "sources/shapes.py", "doctor.py", "graph.py"},
}


@cache
def imports(path: Path) -> tuple[str, ...]:
    """Return the dotted name of everything that a module imports, for typing or at run time."""
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return tuple(found)


def room(dotted: str) -> str | None:
    parts = dotted.split(".")
    return parts[1] if parts[0] == "bpo_kg" and len(parts) > 1 and parts[1] in FLOOR else None


def test_there_are_modules_to_look_at() -> None:
    """The tests below look at the real package."""
    assert len(MODULES) > 40


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_to_lower_floors_only(path: Path) -> None:
    """Data flows one way; a room knows what is below it and nothing above."""
    relative = path.relative_to(PACKAGE)
    own = relative.parts[0].removesuffix(".py")
    if own == "__init__":
        return
    assert own in FLOOR, f"{own} stands on no floor: add it to FLOORS"
    for dotted in imports(path):
        other = room(dotted)
        if other is not None and other != own:
            assert FLOOR[other] < FLOOR[own], f"{relative} imports {dotted}, which is not below it"


@pytest.mark.parametrize("engine", ROOMS)
def test_each_foreign_engine_has_its_room(engine: str) -> None:
    """A foreign library is imported where it is wrapped and nowhere else."""
    users = {
        str(path.relative_to(PACKAGE)) for path in MODULES for dotted in imports(path) if dotted.split(".")[0] == engine
    }
    assert users, f"nothing imports {engine} any more"
    assert users <= ROOMS[engine]


def test_public_names_are_what_all_says() -> None:
    """`bpo_kg.__all__` is what a user can import, and importing has no effects."""
    assert {name for name in bpo_kg.__all__ if getattr(bpo_kg, name) is not None} == set(bpo_kg.__all__)
    done = subprocess.run(
        [sys.executable, "-c", "import bpo_kg, sys; print([m for m in sys.modules if m in ('pyoxigraph', 'logging')])"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"
    assert done.stderr == ""


def test_no_room_has_a_name_that_says_nothing() -> None:
    """Rooms are nouns of the domain."""
    for path in MODULES:
        assert path.stem not in {"utils", "helpers", "core", "manager", "common", "misc"}
