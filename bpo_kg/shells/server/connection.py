"""Frame requests on one connection, and send answers as fast as the visitor reads them.

Only heads and lengths are looked at here. A connection waits for one answer at a time, holds at most one
request in memory, and is closed when its visitor is too slow.
"""

import asyncio
import os
from typing import TYPE_CHECKING, cast

from bpo_kg.shells.server.body import NOTHING, Body
from bpo_kg.shells.server.cache import Answer
from bpo_kg.shells.server.gate import Admission
from bpo_kg.shells.server.http import Head, Problem, parse_head

if TYPE_CHECKING:
    from bpo_kg.shells.server.front import Front

_HEAD_LIMIT = 64 << 10
_PIECE = 256 << 10
_PATIENCE = 10.0  # seconds for a head, for the first bytes of a body, and for a stalled reader
_IDLE = 60.0
_LIGHT_ENOUGH = 16  # light queries before a connection is lent: forking a direct worker costs as much as hundreds
_SLOWEST = 2048  # bytes per second that a body has to keep up after that


class Connection(asyncio.Protocol):
    """One visitor's connection.

    Attributes:
        light: how many light queries came one after the other; below 0 where many have to come first.
    """

    def __init__(self, front: "Front") -> None:
        self._front = front
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._answering = self._closing = self._paused = False
        self._since = front.now()
        self._reading_body = False
        self._sending: Answer | None = None
        self._sent = 0
        self.started = 0.0
        self.head: Head | None = None
        self.raw = b""
        self.admission = Admission(0, front.options.timeout, "other")
        self.body = NOTHING
        self.peer = ""
        self.job: object = None
        self.light = 0

    # --- asyncio ---------------------------------------------------------------------------------
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start to read."""
        # Not asserted: the transports of uvloop have every method of asyncio's, and not its base class.
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=2 * _PIECE)
        address = transport.get_extra_info("peername")
        self.peer = str(address[0]) if address else ""
        if not self._front.welcome(self):
            self._transport.write(self._front.full)
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Answer from the cache at once, or frame what came."""
        if not self._buffer and not self._answering and self.head is None:
            known = self._front.cache.find(data)
            if known is not None and known.fd < 0:
                self.started = self._front.now()
                self._answering = True
                self._front.remembered(self, known)
                return
        self._buffer += data
        if self._answering:
            if len(self._buffer) > _HEAD_LIMIT and self._transport is not None:
                self._transport.pause_reading()
            return
        self._advance()

    def eof_received(self) -> bool:
        """Close: a visitor who is gone looks the same as one who only stopped to talk, and may hold a worker."""
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """Stop what was running for this visitor alone."""
        self._closing = True
        self.body.close()
        if self._sending is not None:
            self._sending.close()
            self._sending = None
        self._front.left(self)

    def pause_writing(self) -> None:
        """Wait for the visitor to read."""
        self._paused = True
        self._since = self._front.now()

    def resume_writing(self) -> None:
        """Go on sending."""
        self._paused = False
        if self._sending is not None:
            self._pump()

    # --- framing ---------------------------------------------------------------------------------
    def _advance(self) -> None:
        try:
            while not self._answering and not self._closing:
                if self.head is None and not self._read_head():
                    return
                if not self._read_body():
                    return
                self._answering = True
                self._reading_body = False
                self._front.framed(self)
        except Problem as problem:
            self.refuse(problem, close=True)

    def _read_head(self) -> bool:
        self._buffer = self._buffer.lstrip(b"\r\n") if self._buffer[:1] in {b"\r", b"\n"} else self._buffer
        end = self._buffer.find(b"\r\n\r\n", 0, _HEAD_LIMIT)
        if end < 0:
            if len(self._buffer) >= _HEAD_LIMIT:
                raise Problem(431, f"the request head is longer than {_HEAD_LIMIT} bytes")
            return False
        self.started = self._front.now()
        self.raw = self._buffer[: end + 4]
        self._buffer = self._buffer[end + 4 :]
        self.head = parse_head(self.raw)
        self.admission = self._front.gate.admit(self.head)
        length = self.head.length
        if length is not None and length > self.admission.max_body:
            raise Problem(413, f"the body is longer than {self.admission.max_body} bytes")
        self._reading_body = length != 0
        self.body = Body(length, self.admission.max_body) if self._reading_body else NOTHING
        self._since = self.started
        if self._reading_body and not self._buffer and b"expect" in self.head.headers and self._transport is not None:
            if self.head.headers[b"expect"].lower() != b"100-continue":
                raise Problem(417, "the only expectation is 100-continue")
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return True

    def _read_body(self) -> bool:
        whole, self._buffer = self.body.read(self._buffer)
        return whole

    # --- answering -------------------------------------------------------------------------------
    def refuse(self, problem: Problem, *, close: bool = False) -> None:
        """Send a refusal; with `close`, the rest of the request is not read."""
        self._answering = True
        self._closing = self._closing or close
        self._front.refused(self, problem)

    @property
    def gone(self) -> bool:
        """Whether nobody reads any more."""
        return self._transport is None or self._transport.is_closing()

    def send(self, answer: Answer) -> None:
        """Send a whole answer; a file that belongs to it is closed afterwards."""
        if self.gone or self._transport is None:
            answer.close()
            return
        keep = not self._closing and (self.head is None or self.head.keeps_alive) and not self._front.stopping
        end = answer.head.index(b"\r\n") + 2
        extra = self._front.date if keep else self._front.date + b"connection: close\r\n"
        self._closing = not keep
        self._transport.write(answer.head[:end] + extra + answer.head[end:])
        if answer.fd < 0:
            self._finished()
            return
        self._sending, self._sent = answer, 0
        if not self._paused:
            self._pump()

    def _pump(self) -> None:
        answer = self._sending
        assert answer is not None
        assert self._transport is not None
        while not self._paused and self._sent < answer.size:
            piece = os.pread(answer.fd, min(_PIECE, answer.size - self._sent), self._sent)
            if not piece:
                self._transport.abort()  # never a short answer that looks whole
                return
            self._sent += len(piece)
            self._transport.write(piece)
        if self._sent >= answer.size:
            self._sending = None
            answer.close()
            self._finished()

    def _finished(self) -> None:
        assert self._transport is not None
        self.body.close()
        self.body = NOTHING
        self.head, self.job, self._answering = None, None, False
        self._since = self._front.now()
        if self._closing:
            self._transport.close()
            return
        self._transport.resume_reading()
        if self._buffer:
            self._advance()
        elif self.light >= _LIGHT_ENOUGH:
            self._front.soon(self._lend)  # the answer has to have left first

    # --- lending ---------------------------------------------------------------------------------
    def count(self, *, light: bool) -> None:
        """Take note of whether a query was light; only what a direct worker could have answered counts."""
        self.light = self.light + 1 if light and self._lendable else min(self.light, 0)

    @property
    def _lendable(self) -> bool:
        head = self.head
        if head is None or head.minor != 1 or head.length != 0 or b"if-none-match" in head.headers:
            return False
        return self.raw.startswith(b"GET /sparql?query=")

    def _lend(self) -> None:
        """Let a direct worker read and write for a while, if there is one to spare."""
        if self._transport is None or self.gone or self._answering or self._buffer or self.light < _LIGHT_ENOUGH:
            return
        self.light = 0
        if self._transport.get_write_buffer_size():
            return
        first = self.raw.index(b"\r\n")
        if self._front.loans.lend(self, self.raw[first - len(b" HTTP/1.1") :]):
            self._transport.pause_reading()
            self._answering = True

    def fileno(self) -> int:
        """Return the descriptor of the socket."""
        assert self._transport is not None
        fd: int = self._transport.get_extra_info("socket").fileno()
        return fd

    def take_back(self, *, unsent: bytes = b"", unread: bytes = b"", gone: bool = False) -> None:
        """Go on after a direct worker, with what it could not send and what it did not answer."""
        if self.gone or self._transport is None:
            return
        if gone:
            self._transport.abort()
            return
        self._transport.write(unsent)
        self._buffer = unread + self._buffer
        self._finished()

    # --- patience --------------------------------------------------------------------------------
    def lose_patience(self, now: float) -> None:
        """Close this connection if its visitor is too slow."""
        if self._transport is None:
            return
        waited = now - self._since
        if self._paused:
            if waited > 3 * _PATIENCE:
                self._transport.abort()
        elif self._answering:
            return
        elif self._reading_body:
            if waited > _PATIENCE and self.body.received < (waited - _PATIENCE / 2) * _SLOWEST:
                self.refuse(Problem(408, "the body came too slowly"), close=True)
        elif self._buffer and waited > _PATIENCE:
            self.refuse(Problem(408, "the request head came too slowly"), close=True)
        elif waited > (_IDLE if self.started else _PATIENCE):
            self._transport.close()

    def stop(self) -> None:
        """Close now if nothing is being answered, else after the answer."""
        self._closing = True
        if not self._answering and self._transport is not None:
            self._transport.close()
