"""Write whole responses: a status line and headers that no value can break, and a body in memory or in a file."""

import json
import os
import re
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus

from bpo_kg.shells.server.http import Problem

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")


class Spool:
    """A body too large for memory, in a file that has no name and goes away with the last one who reads it."""

    def __init__(self) -> None:
        self.size = 0
        try:
            with tempfile.TemporaryFile(prefix="bpo-kg-") as file:
                self.fd = os.dup(file.fileno())
        except OSError:  # the disk is full: memory is the only place left
            self.fd = os.memfd_create("bpo-kg-spool")

    def write(self, data: bytes | memoryview) -> None:
        """Append `data`."""
        view = memoryview(data)
        while view:
            done = os.write(self.fd, view)
            self.size += done
            view = view[done:]

    def close(self) -> None:
        """Let go of the file."""
        os.close(self.fd)


@dataclass(slots=True)
class Response:
    """What a route answers.

    Attributes:
        body: bytes, or a `Spool` for a large body.
        cache: the same request gets the same bytes until the data changes.
        tag: the entity tag, if the answer has one.
        page: an HTML page that may load the server's own style sheets and scripts.
    """

    body: bytes | Spool = b""
    media: str = "text/plain; charset=utf-8"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    cache: bool = False
    page: bool = False
    tag: str = ""


_COMMON = b"access-control-allow-origin: *\r\nx-content-type-options: nosniff\r\nreferrer-policy: no-referrer\r\n"
_SANDBOX = b"content-security-policy: default-src 'none'; frame-ancestors 'none'\r\n"
_PAGE = (
    b"content-security-policy: default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    b"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n"
)
_STATUS = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}
_STATUS[421] = b"HTTP/1.1 421 Misdirected Request\r\n"


def head_bytes(response: Response, *, length: int) -> bytes:
    """Return the status line and headers of a response; no value can end its line early."""
    start = _start(response.status, response.media, response.headers, response.page)
    tag = b"etag: %s\r\n" % response.tag.encode("ascii") if response.tag else b""
    if response.status in {204, 304}:
        return b"%s%s\r\n" % (start, tag)
    return b"%scontent-length: %d\r\n%s\r\n" % (start, length, tag)


@lru_cache(maxsize=256)
def _start(status: int, media: str, headers: tuple[tuple[str, str], ...], page: bool) -> bytes:
    parts = [_STATUS[status]]
    if media:
        parts.append(b"content-type: %s\r\n" % media.encode("ascii"))
    parts.append(_COMMON)
    parts.append(_PAGE if page else _SANDBOX)
    for name, value in headers:
        if not _TOKEN.match(name):
            raise ValueError(f"not a header name: {name!r}")
        clean = re.sub(r"[^\x20-\x7e]", lambda found: f"%{ord(found.group()):02X}", value)
        parts.append(f"{name}: {clean}\r\n".encode("ascii"))
    return b"".join(parts)


def problem_response(problem: Problem) -> Response:
    """Return the one shape that every refusal has (RFC 9457)."""
    title = HTTPStatus(problem.status).phrase
    body = {"type": "about:blank", "title": title, "status": problem.status, "detail": problem.detail}
    return Response(
        json.dumps(body, ensure_ascii=True).encode() + b"\n",
        "application/problem+json",
        problem.status,
        problem.headers,
    )
