"""Take the body of a request as it comes, of known length or in chunks: a short one into memory, others into a file."""

import os
import re

from bpo_kg.shells.server.http import Problem
from bpo_kg.shells.server.responses import Spool

_IN_MEMORY = 64 << 10
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]{0,200})?\r\n")
_SIZE, _TRAILERS = -1, -2  # what is expected next, where it is not so many bytes of data


class Body:
    """One body.

    Attributes:
        content: what came so far.
        received: how many bytes that is.
    """

    __slots__ = ("_left", "_length", "_limit", "content", "received")

    def __init__(self, length: int | None, limit: int) -> None:
        self._length, self._limit = length, limit
        self.content: bytearray | Spool = bytearray()
        self.received = 0
        self._left = _SIZE

    @classmethod
    def of_file(cls, fd: int) -> "Body":
        """Return the whole body that an open file holds, which belongs to it from here on."""
        spool = Spool.__new__(Spool)
        spool.fd, spool.size = fd, os.fstat(fd).st_size
        body = cls(spool.size, spool.size)
        body.content, body.received = spool, spool.size
        return body

    def read(self, data: bytes) -> tuple[bool, bytes]:
        """Take what belongs to the body; return whether it is whole now, and the rest.

        Raises:
            Problem: 400 for bad chunks, 413 over the limit, 431 for endless trailers.
        """
        if self._length is None:
            return self._read_chunks(data)
        take = self._length - self.received
        if take:
            self._keep(data[:take])
            data = data[take:]
        return self.received == self._length, data

    def take(self) -> tuple[bytes, list[int]]:
        """Return the body in memory, or the file that holds it, which then belongs to the caller."""
        content, self.content = self.content, bytearray()
        return (b"", [content.fd]) if isinstance(content, Spool) else (bytes(content), [])

    def close(self) -> None:
        """Let go of the file."""
        if isinstance(self.content, Spool):
            self.content.close()
            self.content = bytearray()

    def _keep(self, piece: bytes) -> None:
        self.received += len(piece)
        if self.received > self._limit:
            raise Problem(413, f"the body is longer than {self._limit} bytes")
        if isinstance(self.content, bytearray) and self.received > _IN_MEMORY:
            spool = Spool()
            spool.write(bytes(self.content))
            self.content = spool
        if isinstance(self.content, Spool):
            self.content.write(piece)
        else:
            self.content += piece

    # --- chunks ----------------------------------------------------------------------------------
    def _read_chunks(self, data: bytes) -> tuple[bool, bytes]:
        while True:
            if self._left > 0:
                piece = data[: self._left]
                self._keep(piece)
                data = data[len(piece) :]
                self._left -= len(piece)
                if self._left:
                    return False, data
            if self._left == 0:  # the line end after a chunk's data
                if len(data) < 2:
                    return False, data
                if data[:2] != b"\r\n":
                    raise Problem(400, "a chunk does not end where it says")
                data, self._left = data[2:], _SIZE
            if self._left == _TRAILERS:
                return self._read_trailers(data)
            size = _CHUNK.match(data)
            if size is None:
                if len(data) > 256:
                    raise Problem(400, "not a chunk size")
                return False, data
            data = data[size.end() :]
            self._left = int(size.group(1), 16) or _TRAILERS

    def _read_trailers(self, data: bytes) -> tuple[bool, bytes]:
        if data[:2] == b"\r\n":
            return True, data[2:]
        end = data.find(b"\r\n\r\n")
        if end < 0:
            if len(data) > 4096:
                raise Problem(431, "the trailers are too long")
            return False, data
        return True, data[end + 4 :]


NOTHING = Body(0, 0)
"""The body of a request that has none; nothing is ever put into it."""
