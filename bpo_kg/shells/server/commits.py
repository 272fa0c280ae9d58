"""Bring writes into force one batch at a time: drafted by a worker, kept by the keeper, then acknowledged.

A write is acknowledged after it is in the journal and after every worker that does not know it has been let go,
so that whoever reads the acknowledgement also reads the write.
"""

import os
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from bpo_kg.shells.server import keeper, wire
from bpo_kg.shells.server.cache import Answer
from bpo_kg.shells.server.drafting import BYTES_A_SECOND
from bpo_kg.shells.server.http import Problem

if TYPE_CHECKING:
    from bpo_kg.shells.server.connection import Connection
    from bpo_kg.shells.server.front import Front

_BATCH = 64


class Write:
    """One write that waits for its turn or its answer."""

    __slots__ = ("alone", "connection", "fds", "framed", "length", "size")

    def __init__(self, connection: "Connection") -> None:
        self.connection = connection
        assert connection.head is not None
        body, self.fds = connection.body.take()
        self.framed = connection.head.framed(body)
        self.size = len(connection.raw) + len(body) + 200
        self.length = os.fstat(self.fds[0]).st_size if self.fds else len(body)
        if b"content-encoding" in connection.head.headers:
            self.length = connection.admission.max_body  # nobody knows beforehand how much it holds
        self.alone = bool(self.fds)


class Batch:
    """Writes that one worker drafts together; a job of the crew."""

    spoils = True

    def __init__(
        self, writes: list[Write], seconds: float, report: Callable[["Batch", bytes, list[int]], None]
    ) -> None:
        self.writes = writes
        self.packet = wire.pack_requests(b"W", [write.framed for write in writes])
        self.fds = [os.dup(fd) for write in writes for fd in write.fds]
        self.seconds = seconds
        self._report = report
        self.reason = ""

    def wanted(self) -> bool:
        """Whether anybody still waits; a write whose visitor left before its turn is not begun."""
        return any(not write.connection.gone for write in self.writes)

    def done(self, packet: bytes, fds: list[int], version: str) -> None:
        """Take the draft."""
        self._report(self, packet, fds)

    def failed(self, reason: str) -> None:
        """Learn that there is no draft."""
        self.reason = reason
        self._report(self, b"", [])


class Commits:
    """The queue of writes of one server."""

    def __init__(self, front: "Front", seconds: float, refresh_seconds: float) -> None:
        self._front, self._seconds, self._refresh_seconds = front, seconds, refresh_seconds
        self._waiting: deque[Write] = deque()
        self._batch: Batch | None = None
        self._answers: list[bytes] = []

    @property
    def busy(self) -> bool:
        """Whether a write waits or is being brought into force."""
        return self._batch is not None or bool(self._waiting)

    def add(self, write: Write) -> None:
        """Put a write at the end of the queue."""
        self._waiting.append(write)
        self._pump()

    def _pump(self) -> None:
        if self._batch is not None or not self._waiting:
            return
        writes = [self._waiting.popleft()]
        size = writes[0].size
        while self._waiting and not writes[0].alone and len(writes) < _BATCH:
            following = self._waiting[0]
            size += following.size
            if following.alone or size > wire.PACKET - 4096:
                break
            writes.append(self._waiting.popleft())
        reading = sum(write.length for write in writes) / BYTES_A_SECOND
        seconds = self._seconds * len(writes) + reading + self._refresh_seconds
        self._batch = Batch(writes, seconds, self._drafted)
        self._front.crew.submit(self._batch, first=True)

    def _drafted(self, batch: Batch, packet: bytes, fds: list[int]) -> None:
        kind, _, changed, rest = wire.unpack_answer(packet) if packet else (wire.SPLIT, 0, 0, b"")
        if kind == wire.SPLIT:
            self._again(batch)
            return
        self._answers = wire.unpack_answers(rest)
        if not changed:
            self._acknowledge(batch)
            return
        wire.send(self._front.control, [keeper.APPLY], fds)
        for fd in fds:
            os.close(fd)

    def _again(self, batch: Batch) -> None:
        """Run the writes of a failed batch each by itself; one that fails by itself is refused."""
        self._batch = None
        if len(batch.writes) > 1:
            for write in reversed(batch.writes):
                write.alone = True
                self._waiting.appendleft(write)
        else:
            self._front.unanswered(batch.writes[0].connection, batch.reason or "died")
            self._close(batch)
        self._pump()

    def applied(self) -> None:
        """Acknowledge: the keeper has kept the batch, and new workers know it."""
        if self._batch is not None:
            self._front.metrics.writes += len(self._batch.writes)
            self._acknowledge(self._batch)

    def refused(self, detail: str) -> None:
        """Refuse: the keeper could not keep the batch, and nothing of it is in force."""
        batch, self._batch = self._batch, None
        if batch is not None:
            self._front.metrics.refused += len(batch.writes)
            for write in batch.writes:
                write.connection.refuse(Problem(507, f"the write could not be kept: {detail}", Retry_After="30"))
            self._close(batch)
        self._pump()

    def _acknowledge(self, batch: Batch) -> None:
        self._batch = None
        for write, answer in zip(batch.writes, self._answers, strict=True):
            self._front.written(write.connection, Answer(answer))
        self._close(batch)
        self._pump()

    def _close(self, batch: Batch) -> None:
        for write in batch.writes:
            for fd in write.fds:
                os.close(fd)
            write.fds = []
