"""Share the workers out: every request gets one to itself, and heavy ones are moved out of the way.

A worker that has used the processor for a moment is made to yield it to all others and replaced by a fresh
fork, so that four bombs leave light queries where they were. How many may be heavy at once is limited; over
the limit the one that has run longest is ended when others wait.
"""

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections import deque
from typing import Protocol

from bpo_kg.shells.server import keeper, wire
from bpo_kg.shells.server.metrics import Metrics

_HEAVY_AFTER = 0.04
"""Processor seconds. Time on the clock would call every query heavy where many take turns, and a fork for each of them
costs more than most of them do."""
_SLOW_AFTER = 0.15
"""Seconds on the clock after which a query counts as heavy all the same: it may wait for another server."""
_LONG_ENOUGH = 1.0
_PATIENT = 0.25
_SWEEP = 0.01
_NICE = 10
_HEAVY_AT_LEAST = 12
_TOP_UP = 0.02
_QUEUE = 2000
_OF_PROCESS = 2  # Linux makes the clock of a process of its id and this (CPUCLOCK_SCHED)


class Job(Protocol):
    """Something for one worker to do.

    Attributes:
        packet: what the worker receives.
        fds: open files that go with it; the crew closes them.
        seconds: after which the worker is ended.
        spoils: the worker cannot be used again.
    """

    packet: bytes
    fds: list[int]
    seconds: float
    spoils: bool

    def wanted(self) -> bool:
        """Return whether anybody still waits."""
        ...

    def done(self, packet: bytes, fds: list[int], version: str) -> None:
        """Take the worker's answer, with the data version it is about, and its open files."""
        ...

    def failed(self, reason: str) -> None:
        """Learn that there will be no answer: `timeout`, `died`, `overload` or `queue`."""
        ...


class Hand:
    """One worker, as the front holds it."""

    __slots__ = ("clock", "handle", "heavy", "job", "pid", "sock", "spent", "started", "version", "yields")

    def __init__(self, sock: socket.socket, handle: int, pid: int, version: str) -> None:
        self.sock, self.handle, self.pid, self.version = sock, handle, pid, version
        self.job: Job | None = None
        self.started = self.spent = 0.0
        self.heavy = self.yields = False
        self.clock = (~pid << 3) | _OF_PROCESS

    def is_heavy(self, age: float) -> bool:
        """Return whether its job, given `age` seconds ago, is one that others should not wait behind."""
        return age > _SLOW_AFTER or (age > _HEAVY_AFTER and self.used() - self.spent > _HEAVY_AFTER)

    def used(self) -> float:
        """Return the processor seconds that this worker has used since it was forked; 0 once it is gone."""
        try:
            return time.clock_gettime(self.clock)
        except OSError:
            return 0.0


class Crew:
    """The workers of one server."""

    def __init__(self, control: socket.socket, *, light: int, metrics: Metrics) -> None:
        self._control = control
        self._processors = len(os.sched_getaffinity(0))
        # More workers than processors would only take turns; a heavy query is replaced as soon as it is noticed.
        self.light = light or max(2, self._processors)
        self._heavy_limit = max(_HEAVY_AT_LEAST, 2 * self.light)
        self._metrics = metrics
        self._loop = asyncio.get_running_loop()
        self._idle: deque[Hand] = deque()
        self._busy: set[Hand] = set()
        self._waiting: deque[tuple[float, Job]] = deque()
        self._spawning = 0
        self._sweeping = self._topping = False
        self._closed = False
        self.version = ""

    @property
    def size(self) -> int:
        """How many workers there are."""
        return len(self._idle) + len(self._busy)

    @property
    def waiting(self) -> int:
        """How many requests wait for a worker."""
        return len(self._waiting)

    def submit(self, job: Job, *, first: bool = False) -> None:
        """Give a job to a worker now, or as soon as one is free."""
        if self._idle:
            self._give(self._idle.pop(), job)  # the one whose memory is still in the caches
            return
        if len(self._waiting) >= _QUEUE:
            _close(job.fds)
            job.failed("queue")
            return
        (self._waiting.appendleft if first else self._waiting.append)((time.monotonic(), job))
        self._watch()
        if self._spawning < len(self._waiting) and self._lights() + self._spawning < self.light:
            self._spawn()

    def advance(self, version: str) -> None:
        """Let go of every worker that does not know this version of the data."""
        self.version = version
        while self._idle:
            self._dismiss(self._idle.popleft())
        missing = min(len(self._waiting), self.light) - self._spawning
        for _ in range(missing):
            self._spawn()
        self._top_up_soon()

    def joined(self, sock: socket.socket, handle: int, pid: int, version: str) -> None:
        """Take in a worker that the keeper has forked."""
        self._spawning -= 1
        hand = Hand(sock, handle, pid, version)
        if version != self.version or self._closed:
            self._dismiss(hand)
            self._top_up_soon()
            return
        sock.setblocking(False)
        self._loop.add_reader(sock.fileno(), self._answered, hand)
        self._free(hand)

    def close(self) -> None:
        """End every worker."""
        self._closed = True
        for hand in [*self._idle, *self._busy]:
            self._kill(hand)
            self._dismiss(hand)
        self._idle.clear()
        self._busy.clear()

    # --- one worker ------------------------------------------------------------------------------
    def _give(self, hand: Hand, job: Job) -> None:
        hand.job, hand.started, hand.spent = job, time.monotonic(), hand.used()
        self._busy.add(hand)
        try:
            if job.fds:
                wire.send(hand.sock, [job.packet], job.fds)
            else:
                hand.sock.send(job.packet)
        except OSError:  # it died while idle; its end-of-file is on its way
            hand.job = None
            self._gone(hand)
            self.submit(job, first=True)
            return
        _close(job.fds)
        if not self._sweeping:
            self._watch()

    def _answered(self, hand: Hand) -> None:
        try:
            packet, fds = wire.receive(hand.sock)
        except BlockingIOError:
            return
        except OSError:
            packet, fds = b"", []
        if not packet:
            self._gone(hand)
            return
        job, hand.job = hand.job, None
        self._busy.discard(hand)
        hand.heavy = False
        if (
            hand.version != self.version
            or hand.yields
            or len(self._idle) > self.light
            or (job is not None and job.spoils)
            or wire.leaves(packet)
        ):
            self._dismiss(hand)
            self._top_up_soon()
        else:
            self._free(hand)
        if job is None:
            _close(fds)
        else:
            job.done(packet, fds, hand.version)

    def _free(self, hand: Hand) -> None:
        while self._waiting:
            _, job = self._waiting.popleft()
            if job.wanted():
                self._give(hand, job)
                return
            _close(job.fds)
            job.failed("queue")  # whoever queues behind it, as writes do, must learn that its turn is over
        self._idle.append(hand)

    def _gone(self, hand: Hand) -> None:
        job, hand.job = hand.job, None
        elapsed = time.monotonic() - hand.started
        self._busy.discard(hand)
        with contextlib.suppress(ValueError):
            self._idle.remove(hand)
        self._dismiss(hand)
        self._top_up_soon()
        if job is not None:
            self._metrics.killed += 1
            job.failed("timeout" if elapsed >= 0.98 * job.seconds else "died")

    def _kill(self, hand: Hand) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(hand.handle, signal.SIGKILL)

    def _dismiss(self, hand: Hand) -> None:
        """Forget a worker; it ends when its socket closes."""
        if hand.sock.fileno() >= 0:
            self._loop.remove_reader(hand.sock.fileno())
            hand.sock.close()
            os.close(hand.handle)

    # --- how many --------------------------------------------------------------------------------
    def _lights(self) -> int:
        return len(self._idle) + sum(1 for hand in self._busy if not hand.heavy)

    def _spawn(self) -> None:
        if not self._closed:
            self._spawning += 1
            self._control.send(keeper.FORK)

    def _top_up_soon(self) -> None:
        if self._waiting:
            self._top_up()
        elif not self._topping:
            # A burst of writes would make each fork stale before it is used, so wait for a pause.
            self._topping = True
            self._loop.call_later(_TOP_UP, self._top_up)

    def _top_up(self) -> None:
        self._topping = False
        for _ in range(self.light - self._lights() - self._spawning):
            self._spawn()

    # --- over time -------------------------------------------------------------------------------
    def _watch(self) -> None:
        if not self._sweeping:
            self._sweeping = True
            self._loop.call_later(_SWEEP, self._sweep)

    def _sweep(self) -> None:
        now = time.monotonic()
        heavy = sum(1 for hand in self._busy if hand.heavy)
        for hand in sorted(self._busy, key=_started):
            job, age = hand.job, now - hand.started
            if job is None:
                continue
            if age > job.seconds or not job.wanted():
                self._kill(hand)
            elif not hand.heavy and heavy < self._heavy_limit and hand.is_heavy(age):
                hand.heavy = True
                heavy += 1
                if heavy >= self._processors and not job.spoils:
                    self._yielding(hand)
                if not self._idle:
                    self._top_up()
        while self._waiting and (now - self._waiting[0][0] > 5.0 or not self._waiting[0][1].wanted()):
            _, job = self._waiting.popleft()
            _close(job.fds)
            job.failed("queue")
        if self._waiting and heavy >= self._heavy_limit and now - self._waiting[0][0] > _PATIENT:
            self._relieve(now)
        self._sweeping = bool(self._busy or self._waiting)
        if self._sweeping:
            self._loop.call_later(_SWEEP, self._sweep)

    def _yielding(self, hand: Hand) -> None:
        """Make a worker give way to all others; there is no way back, so it is not used again."""
        hand.yields = True
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, hand.pid, _NICE)

    def _relieve(self, now: float) -> None:
        """End the request that has run longest, if it had its fair time and others wait for its place."""
        oldest = min(
            (hand for hand in self._busy if hand.job is not None and not hand.job.spoils), key=_started, default=None
        )
        if oldest is not None and now - oldest.started > _LONG_ENOUGH:
            job, oldest.job = oldest.job, None
            self._kill(oldest)
            assert job is not None
            self._metrics.killed += 1
            job.failed("overload")


def _started(hand: Hand) -> float:
    return hand.started


def _close(fds: list[int]) -> None:
    for fd in fds:
        os.close(fd)
    fds.clear()
