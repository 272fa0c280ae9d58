"""Servers that the tests share: one for everything that leaves no trace, fresh ones for the rest."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from running_server import MEMORY, TIMEOUT, RunningServer


@pytest.fixture(scope="session")
def server() -> Iterator[RunningServer]:
    """A server with tight limits; its data may be anything, so a test puts in what it needs."""
    with RunningServer("--timeout", str(TIMEOUT), "--memory", str(MEMORY), "--max-rows", "200000") as running:
        yield running


@pytest.fixture
def start() -> Iterator[Callable[..., RunningServer]]:
    """Starts servers with flags of their own, and ends them after the test."""
    started: list[RunningServer] = []

    def begin(*flags: str, **more: Any) -> RunningServer:
        started.append(RunningServer(*flags, **more))
        return started[-1]

    yield begin
    for running in started:
        running.close()
