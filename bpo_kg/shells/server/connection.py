"""Frame requests on one connection, and send answers as fast as the visitor reads them.

Only heads and lengths are looked at here. A connection waits for one answer at a time, holds at most one
request in memory, and is closed when its visitor is too slow.
"""

import asyncio
import os
import re
from typing import TYPE_CHECKING, cast

from bpo_kg.shells.server.cache import Answer
from bpo_kg.shells.server.gate import Admission
from bpo_kg.shells.server.http import Head, Problem, parse_head
from bpo_kg.shells.server.responses import Spool

if TYPE_CHECKING:
    from bpo_kg.shells.server.front import Front

_HEAD_LIMIT = 64 << 10
_IN_MEMORY = 64 << 10
_PIECE = 256 << 10
_PATIENCE = 10.0  # seconds for a head, for the first bytes of a body, and for a stalled reader
_IDLE = 60.0
_SLOWEST = 2048  # bytes per second that a body has to keep up after that
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]{0,200})?\r\n")


class Connection(asyncio.Protocol):
    """One visitor's connection."""

    def __init__(self, front: "Front") -> None:
        self._front = front
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._answering = self._closing = self._paused = False
        self._chunk_left = -1
        self._since = front.now()
        self._reading_body = False
        self._received = 0
        self._sending: Answer | None = None
        self._sent = 0
        self.started = 0.0
        self.head: Head | None = None
        self.raw = b""
        self.admission = Admission(0, front.options.timeout, "other")
        self.body: bytearray | Spool = bytearray()
        self.peer = ""
        self.job: object = None

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
        self._drop_body()
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
        self.body = bytearray()
        self._received, self._chunk_left = 0, -1
        self.admission = self._front.gate.admit(self.head)
        length = self.head.length
        if length is not None and length > self.admission.max_body:
            raise Problem(413, f"the body is longer than {self.admission.max_body} bytes")
        self._reading_body = bool(length is None or length)
        self._since = self.started
        if self._reading_body and not self._buffer and b"expect" in self.head.headers and self._transport is not None:
            if self.head.headers[b"expect"].lower() != b"100-continue":
                raise Problem(417, "the only expectation is 100-continue")
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return True

    def _read_body(self) -> bool:
        assert self.head is not None
        length = self.head.length
        if length is None:
            return self._read_chunks()
        if length:
            take = length - self._received
            self._keep(self._buffer[:take])
            self._buffer = self._buffer[take:]
        return self._received == length

    def _read_chunks(self) -> bool:
        while True:
            if self._chunk_left > 0:
                piece = self._buffer[: self._chunk_left]
                self._keep(piece)
                self._buffer = self._buffer[len(piece) :]
                self._chunk_left -= len(piece)
                if self._chunk_left:
                    return False
            if self._chunk_left == 0:  # the line end after a chunk's data
                if len(self._buffer) < 2:
                    return False
                if self._buffer[:2] != b"\r\n":
                    raise Problem(400, "a chunk does not end where it says")
                self._buffer, self._chunk_left = self._buffer[2:], -1
            if self._chunk_left == -2:
                return self._read_trailers()
            size = _CHUNK.match(self._buffer)
            if size is None:
                if len(self._buffer) > 256:
                    raise Problem(400, "not a chunk size")
                return False
            self._buffer = self._buffer[size.end() :]
            self._chunk_left = int(size.group(1), 16) or -2

    def _read_trailers(self) -> bool:
        if self._buffer[:2] == b"\r\n":
            self._buffer = self._buffer[2:]
            return True
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > 4096:
                raise Problem(431, "the trailers are too long")
            return False
        self._buffer = self._buffer[end + 4 :]
        return True

    def _keep(self, piece: bytes) -> None:
        self._received += len(piece)
        if self._received > self.admission.max_body:
            raise Problem(413, f"the body is longer than {self.admission.max_body} bytes")
        if isinstance(self.body, bytearray) and self._received > _IN_MEMORY:
            spool = Spool()
            spool.write(bytes(self.body))
            self.body = spool
        if isinstance(self.body, Spool):
            self.body.write(piece)
        else:
            self.body += piece

    def take_body(self) -> tuple[bytes, list[int]]:
        """Return the body in memory, or the file that holds it, which then belongs to the caller."""
        body, self.body = self.body, bytearray()
        return (b"", [body.fd]) if isinstance(body, Spool) else (bytes(body), [])

    def _drop_body(self) -> None:
        if isinstance(self.body, Spool):
            self.body.close()
        self.body = bytearray()

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
        self._drop_body()
        self.head, self.job, self._answering = None, None, False
        self._since = self._front.now()
        if self._closing:
            self._transport.close()
            return
        self._transport.resume_reading()
        if self._buffer:
            self._advance()

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
            if waited > _PATIENCE and self._received < (waited - _PATIENCE / 2) * _SLOWEST:
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
