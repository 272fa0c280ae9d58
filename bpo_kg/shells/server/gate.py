"""Decide from a request's head who may ask what, and how much body is read, before any of it is.

Paths are compared as they were sent. One that is written differently, say with escapes, falls through to a worker,
which decodes it and hands a write back to be checked here.
"""

import hashlib
import hmac
import ipaddress
import re
import socket
from dataclasses import dataclass

from bpo_kg.shells.server import graphs, protocol
from bpo_kg.shells.server.content import pattern_of
from bpo_kg.shells.server.http import Head, Problem
from bpo_kg.shells.server.options import ServerOptions

OWN = frozenset((b"/healthz", b"/readyz", b"/metrics"))
"""What the front answers itself."""
_UNKNOWN_BODY = 64 << 10


@dataclass(slots=True)
class Admission:
    """What an admitted request may take: bytes of body, seconds of work; and its route in the metrics."""

    max_body: int
    seconds: float
    route: str


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a route before a worker sees it."""

    pattern: re.Pattern[str]
    methods: list[str]
    max_body: int
    seconds: float | None

    @property
    def label(self) -> str:
        """The route in the metrics: its first segment, of which there are few."""
        return "/" + self.pattern.pattern.replace("\\", "").split("/", 2)[1].partition("(")[0]


class Gate:
    """The checks of one server."""

    def __init__(self, options: ServerOptions) -> None:
        self._options = options
        self._routes: list[_Known] = []
        self._names = {"localhost", socket.gethostname().lower(), *map(str.lower, options.allow_host)}
        self._good_hosts: set[bytes] = set()

    def learn(self, routes: list[tuple[str, list[str], int, float | None]]) -> None:
        """Take in the routes of the content: path, methods, longest body, seconds."""
        self._routes = [_Known(pattern_of(path), methods, limit, seconds) for path, methods, limit, seconds in routes]

    def admit(self, head: Head) -> Admission:
        """Return what a request may take.

        Raises:
            Problem: 421 for a foreign host name, 401 or 403 for a write without the right to it.
        """
        host = head.headers.get(b"host", b"")
        if host not in self._good_hosts:
            self._check_host(host)
        path = head.target.partition(b"?")[0]
        if is_write(head, path):
            self.check_token(head)
        seconds = self._options.timeout
        if path.rstrip(b"/") == b"/sparql":
            return Admission(3 * self._options.max_query + _UNKNOWN_BODY, seconds, "/sparql")
        if path == b"/data" or path.startswith(b"/data/"):
            return Admission(self._options.max_body if is_write(head, path) else 0, seconds, "/data")
        if path in OWN:
            return Admission(0, seconds, path.decode("ascii"))
        for route in self._matching(path):
            return Admission(route.max_body, route.seconds or seconds, route.label)
        return Admission(_UNKNOWN_BODY, seconds, "other")

    def methods(self, path: bytes) -> list[str]:
        """Return the methods that are possible at a path."""
        if path.rstrip(b"/") == b"/sparql":
            return list(protocol.METHODS)
        if path == b"/data" or path.startswith(b"/data/"):
            return list(graphs.METHODS)
        for route in self._matching(path):
            return route.methods
        return ["GET", "HEAD"]

    def _matching(self, path: bytes) -> list[_Known]:
        text = path.decode("ascii")
        return [route for route in self._routes if route.pattern.fullmatch(text)]

    def _check_host(self, host: bytes) -> None:
        found = re.fullmatch(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]*)(?::\d{1,5})?", host)
        name = found.group(1).decode().lower().strip("[]") if found else "?"
        if host and name not in self._names:
            try:
                ipaddress.ip_address(name)  # nobody can rebind an address
            except ValueError:
                raise Problem(421, "the server does not answer to this host name; see --allow-host") from None
        if len(self._good_hosts) < 100:
            self._good_hosts.add(host)

    def check_token(self, head: Head) -> None:
        """Refuse a write without the token.

        Raises:
            Problem: 403 where writes are off, 401 for a missing or a wrong token.
        """
        if not self._options.write_token:
            raise Problem(403, "this server takes no writes; see --write-token")
        kind, _, given = head.headers.get(b"authorization", b"").partition(b" ")
        # Digests of one length, so that not even the token's length shows in the time.
        wanted = hashlib.sha256(self._options.write_token.encode()).digest()
        right = hmac.compare_digest(hashlib.sha256(given.strip()).digest(), wanted)
        if kind.lower() != b"bearer" or not right:
            detail = "a write carries 'Authorization: Bearer' and the token"
            raise Problem(401, detail, WWW_Authenticate='Bearer realm="bpo-kg"')


def is_write(head: Head, path: bytes) -> bool:
    """Tell a write by its head; a form with an update in it is found out by a worker."""
    if path == b"/data" or path.startswith(b"/data/"):
        return head.method in {"PUT", "POST", "DELETE"}
    media = head.headers.get(b"content-type", b"").lower()
    return head.method == "POST" and path.rstrip(b"/") == b"/sparql" and media.startswith(b"application/sparql-update")
