"""Work something out in a fork of the worker, so that what it changes on the way is gone with it.

A question about other places judges them into the assessed graph; the next visitor of the same worker must not see
that. A fork costs milliseconds, shares the loaded graph, and can be given up after a while without losing the worker.
"""

import os
import pickle
import select
import signal
import time
from collections.abc import Callable
from typing import NoReturn, TypeVar

from bpo_kg.errors import BpoKgError
from bpo_kg.shells.server import Problem
from bpo_kg.shells.server.limits import die_with

Found = TypeVar("Found")


class GivenUp(Exception):
    """The work took longer than it was worth."""


def aside(work: Callable[[], Found], *, seconds: float | None = None) -> Found:
    """Return what `work` returns, worked out in a fork; its result must be picklable.

    Args:
        seconds: give up after this time.

    Raises:
        GivenUp: after `seconds`.
        Problem, BpoKgError: what `work` raised.
        MemoryError: it needed more than a worker may use.
    """
    reading, writing = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _work(work, writing, parent)
    os.close(writing)
    try:
        told = _read(reading, None if seconds is None else time.monotonic() + seconds)
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)  # it has told everything, or it is given up
        os.waitpid(child, 0)
    if not told:
        raise MemoryError
    kind, value = pickle.loads(told)  # written by our own fork
    if kind == "problem":
        raise Problem(value[0], value[1])
    if kind == "error":
        raise value
    if kind == "memory":
        raise MemoryError
    if kind == "fault":
        raise RuntimeError(value)
    found: Found = value
    return found


def _work(work: Callable[[], object], writing: int, parent: int) -> NoReturn:
    try:
        die_with(parent)
        told: tuple[str, object]
        try:
            told = ("found", work())
        except Problem as problem:
            told = ("problem", (problem.status, problem.detail))
        except BpoKgError as error:
            told = ("error", type(error)(str(error)))
        except MemoryError:
            told = ("memory", None)
        except Exception as fault:
            told = ("fault", f"{type(fault).__name__}: {fault}")
        view = memoryview(pickle.dumps(told))
        while view:
            view = view[os.write(writing, view) :]
    finally:
        os._exit(0)


def _read(reading: int, until: float | None) -> bytes:
    parts: list[bytes] = []
    while True:
        wait = None if until is None else max(0.0, until - time.monotonic())
        if not select.select([reading], [], [], wait)[0]:
            raise GivenUp
        part = os.read(reading, 1 << 20)
        if not part:
            return b"".join(parts)
        parts.append(part)
