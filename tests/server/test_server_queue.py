"""The queue of the crew: nobody who waits behind a job is forgotten."""

from collections import deque
from types import SimpleNamespace
from typing import Any, cast

from bpo_kg.shells.server.crew import Crew


class Left:
    """A job whose visitor left before its turn."""

    spoils = True
    fds: list[int] = []  # noqa: RUF012  (never written to)

    def __init__(self) -> None:
        self.reason = ""

    def wanted(self) -> bool:
        return False

    def failed(self, reason: str) -> None:
        self.reason = reason


def test_a_job_nobody_waits_for_is_told_that_its_turn_is_over() -> None:
    """Writes queue behind one another: one that vanished without a word would hold up all that follow."""
    crew, job, hand = cast(Any, Crew.__new__(Crew)), Left(), SimpleNamespace()
    crew._waiting, crew._idle = deque([(0.0, job)]), deque()
    crew._free(hand)
    assert job.reason == "queue"
    assert list(crew._idle) == [hand]
