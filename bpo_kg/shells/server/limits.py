"""Bound what a worker may do, with limits that the kernel keeps whatever the engine is busy with.

The engine cannot be interrupted, so its process is: an alarm ends it at its deadline, an address-space limit
ends it when it grows too far, and with no descriptor to spare it can neither connect nor open a file. Those
three need no privileges and no cooperation of the code that runs under them.
"""

import contextlib
import ctypes
import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_STACK = 64 << 20  # eight times the usual stack: the parser recurses on nested groups


def die_with(parent: int) -> None:
    """Make the kernel kill this process when its parent `parent` ends, and end at once if it already has."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def deepen_stack() -> None:
    """Let the main thread of this process and of its forks recurse deeper than by default."""
    _, hard = resource.getrlimit(resource.RLIMIT_STACK)
    wanted = _STACK if hard == resource.RLIM_INFINITY else min(_STACK, hard)
    resource.setrlimit(resource.RLIMIT_STACK, (wanted, hard))


def cap_memory(megabytes: int) -> None:
    """Let this process grow by `megabytes` from what it occupies now, and no further."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + (megabytes << 20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))


def offer_to_oom_killer() -> None:
    """Make this process the first to go when the machine runs out of memory."""
    with contextlib.suppress(OSError):  # no /proc, or a sandbox: the limits above still hold
        Path("/proc/self/oom_score_adj").write_text("1000")


def resident() -> int:
    """Return the largest resident size that this process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Let the kernel end this process if the block takes longer than `seconds` of wall time."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


class Seal:
    """Take away, and give back, this process's right to open another file or connection."""

    def __init__(self) -> None:
        self._soft, self._hard = resource.getrlimit(resource.RLIMIT_NOFILE)

    def __enter__(self) -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, self._hard))

    def __exit__(self, *raised: object) -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (self._soft, self._hard))
