"""One server with the examples for every test of the pages, and the same graph in Python to compare with."""

import sys
from collections.abc import Iterator

import pytest
from visitor import EXAMPLES, RunningServer, Site

import bpo_kg

FILES = ("ten-cases.csv", "inventory.csv", "engagements.ttl")


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """A server over the shipped examples that judges delivery from the Philippines."""
    command = [sys.executable, "-m", "bpo_kg.shells.cli", "serve", "--to", "PH", "--timeout", "20", "--workers", "2"]
    with RunningServer("--data", *(str(EXAMPLES / name) for name in FILES), command=command) as running:
        yield Site(running)


@pytest.fixture(scope="session")
def graph() -> bpo_kg.KnowledgeGraph:
    """The same graph, asked without a server."""
    kg = bpo_kg.load(*(EXAMPLES / name for name in FILES), to=["PH"])
    kg.publish()  # a server knows all countries and languages from the start
    return kg
