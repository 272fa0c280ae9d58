"""One server with the examples for every test of the pages, and the same graph in Python to compare with."""

import sys
from collections.abc import Iterator

import pytest
from visitor import EXAMPLES, RunningServer, Site

import bpo_kg

FILES = ("ten-cases.csv", "inventory.csv", "engagements.ttl")
TO = ("PH", "AU", "GB", "ID", "IN", "JP", "MY", "PL", "US", "ZA")
"""Places that the examples of the questions ask about; judged once, not again for each question."""


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """A server over the shipped examples."""
    serve = [sys.executable, "-m", "bpo_kg.shells.cli", "serve"]
    command = [*serve, "--to", ",".join(TO), "--timeout", "20", "--workers", "2"]
    with RunningServer("--data", *(str(EXAMPLES / name) for name in FILES), command=command) as running:
        yield Site(running)


@pytest.fixture(scope="session")
def graph() -> bpo_kg.KnowledgeGraph:
    """The same graph, asked without a server."""
    kg = bpo_kg.load(*(EXAMPLES / name for name in FILES), to=TO)
    kg.publish()  # a server knows all countries and languages from the start
    return kg
