"""One request that only reads, and everybody who waits for its answer.

Visitors who ask the same thing at the same moment wait for one worker. The answer is shared only if it would
have been the same for each of them; otherwise the others ask again by themselves.
"""

import os
import time
from typing import TYPE_CHECKING

from bpo_kg.shells.server import wire
from bpo_kg.shells.server.body import Body
from bpo_kg.shells.server.cache import Answer, Key

if TYPE_CHECKING:
    from bpo_kg.shells.server.connection import Connection
    from bpo_kg.shells.server.front import Front


class Reading:
    """A job of the crew that does not change anything."""

    spoils = False

    def __init__(self, front: "Front", key: Key | None, connection: "Connection") -> None:
        self._front, self._key = front, key
        self._visitors = [connection]
        connection.job = self
        if key is None:
            body, self.fds = connection.body.take()
        else:
            body, self.fds = key[-1], []
        self._started = time.monotonic()
        self._file = [os.dup(fd) for fd in self.fds]
        assert connection.head is not None
        self.packet = wire.pack_requests(b"Q", [connection.head.framed(body)])
        self.seconds = connection.admission.seconds

    def submit(self) -> None:
        """Hand the request to the crew."""
        self._front.crew.submit(self)

    def join(self, connection: "Connection") -> None:
        """Let one more visitor wait for the same answer."""
        self._visitors.append(connection)
        connection.job = self

    def leave(self, connection: "Connection") -> None:
        """Let a visitor go who will not wait any longer."""
        if connection in self._visitors:
            self._visitors.remove(connection)
        if not self._visitors:
            self._forget()

    def wanted(self) -> bool:
        """Whether anybody still waits."""
        return bool(self._visitors)

    def done(self, packet: bytes, fds: list[int], version: str) -> None:
        """Pass the answer on."""
        self._forget()
        kind, flags, size, rest = wire.unpack_answer(packet)
        if kind == wire.UPDATE:
            for connection in self._visitors:
                if self._file:  # the body is in a file that the worker has read
                    connection.body = Body.of_file(self._file.pop())
                connection.job = None
                self._front.write_after_all(connection)
            self._close()
            return
        answer = Answer(rest, fds[0] if flags & wire.IN_FILE else -1, size)
        steady = bool(flags & wire.CACHEABLE)
        light = bool(flags & wire.LIGHT)
        for connection in self._visitors if steady else self._visitors[:1]:
            connection.job = None
            connection.count(light=light)
            self._front.answered(connection, answer.duplicate())
        if not steady:
            for connection in self._visitors[1:]:
                Reading(self._front, self._key, connection).submit()
        elif self._key is not None and version == self._front.crew.version:
            self._front.cache.offer(self._key, answer, time.monotonic() - self._started)
        answer.close()
        self._close()

    def failed(self, reason: str) -> None:
        """Tell everybody that there is no answer."""
        self._forget()
        for connection in self._visitors:
            connection.job = None
            self._front.unanswered(connection, reason)
        self._close()

    def _forget(self) -> None:
        if self._key is not None and self._front.readings.get(self._key) is self:
            del self._front.readings[self._key]

    def _close(self) -> None:
        for fd in self._file:
            os.close(fd)
        self._started = time.monotonic()
        self._file = []
