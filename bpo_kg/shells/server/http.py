"""Read HTTP/1.1 request heads strictly, and what they ask for.

The front and the workers share this grammar, so that they can never disagree on where a request ends. A head
that could be read in two ways (two lengths, folded lines, bare line feeds) is refused instead of repaired.
"""

import re
from binascii import a2b_qp
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote_to_bytes

_FIRST = re.compile(rb"([A-Z]{1,20}) ([\x21-\x7e]+) HTTP/1\.([01])")
_LINES = re.compile(rb"(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)*")
_LINE = re.compile(rb"([^:\r\n]+):[ \t]*([^\r\n]*?)[ \t]*\r\n")
_SHORT = 2048  # heads that are longer are not remembered
_ONCE = frozenset((b"host", b"content-length", b"content-type", b"authorization", b"transfer-encoding"))


class Problem(Exception):
    """A request that is refused; `detail` is shown to whoever sent it, so it holds no path and no trace."""

    def __init__(self, status: int, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = tuple((name.replace("_", "-"), value) for name, value in headers.items())


@dataclass(slots=True)
class Head:
    """The first lines of a request; header names are in lower case, repeated ones joined by a comma."""

    method: str
    target: bytes
    minor: int
    headers: dict[bytes, bytes]

    @property
    def keeps_alive(self) -> bool:
        """Whether the connection may carry another request."""
        said = self.headers.get(b"connection", b"").lower()
        return b"close" not in said if self.minor else b"keep-alive" in said

    def framed(self, body: bytes) -> tuple[str, bytes, int, dict[bytes, bytes], bytes]:
        """Return what a worker needs to know of the request."""
        return self.method, self.target, self.minor, self.headers, body

    @property
    def length(self) -> int | None:
        """The number of body bytes, or None where the body comes in chunks."""
        if b"transfer-encoding" in self.headers:
            return None
        return int(self.headers.get(b"content-length", b"0"))


def parse_head(raw: bytes) -> Head:
    """Return the head that `raw`, up to and including its empty line, stands for.

    Raises:
        Problem: 400 for anything that HTTP does not allow or that could be read in two ways.
    """
    first, _, rest = raw.partition(b"\r\n")
    found = _FIRST.fullmatch(first)
    if found is None or rest[-2:] != b"\r\n":
        raise Problem(400, "not an HTTP/1.1 request head")
    method, target, minor = found.groups()
    headers = _remembered_headers(rest[:-2]) if len(rest) < _SHORT else _headers(rest[:-2])
    if minor == b"0" and b"transfer-encoding" in headers:
        raise Problem(501, "HTTP/1.0 has no transfer-encoding")
    if target[:1] != b"/":
        absolute = re.match(rb"https?://([^/?#]*)(/[^#]*)?\Z", target)
        if absolute is not None:
            headers = {**headers, b"host": absolute.group(1)}
            target = absolute.group(2) or b"/"
        elif target != b"*" or method != b"OPTIONS":
            raise Problem(400, "the request target is not a path")
    if b"host" not in headers and minor == b"1":
        raise Problem(400, "header host is missing")
    return Head(method.decode(), target, int(minor), headers)


def _headers(lines: bytes) -> dict[bytes, bytes]:
    """Return headers by lower-case name; nobody may change the result, which may be shared.

    Raises:
        Problem: 400 or 501, as `parse_head`.
    """
    if not _LINES.fullmatch(lines):
        raise Problem(400, "not an HTTP/1.1 request head")
    headers: dict[bytes, bytes] = {}
    for name, value in _LINE.findall(lines):
        key = name.lower()
        if key not in headers:
            headers[key] = value
        elif key in _ONCE:
            raise Problem(400, f"header {key.decode()} is given twice")
        else:
            headers[key] += b", " + value
    length = headers.get(b"content-length")
    if length is not None and not (length.isdigit() and len(length) < 16):
        raise Problem(400, "content-length is not a number")
    if b"transfer-encoding" in headers:
        if length is not None:
            raise Problem(400, "content-length and transfer-encoding exclude each other")
        if headers[b"transfer-encoding"].lower() != b"chunked":
            raise Problem(501, "the only transfer-encoding is chunked")
    return headers


# A visitor sends the same lines with every request.
_remembered_headers = lru_cache(maxsize=500)(_headers)


def decoded(text: bytes, what: str = "the request") -> str:
    """Return percent-decoded UTF-8; called exactly once on every part of a request.

    Raises:
        Problem: 400 if the bytes are not UTF-8.
    """
    try:
        return (_unquoted(text) if b"%" in text else text).decode()
    except UnicodeDecodeError:
        raise Problem(400, f"{what} is not UTF-8") from None


def _unquoted(text: bytes) -> bytes:
    """Percent-decode with the C decoder of quoted-printable, which differs only at line ends and bad escapes."""
    if b"\n" not in text and b"\r" not in text:
        plain = a2b_qp(text.replace(b"=", b"=3D").replace(b"%", b"="))
        if len(plain) == len(text) - 2 * text.count(b"%"):
            return plain
    return unquote_to_bytes(text)


def form_pairs(text: bytes) -> list[tuple[str, str]]:
    """Return the names and values of a query string or an URL-encoded form, decoded once, in order."""
    pairs = []
    for part in text.split(b"&"):
        if part:
            name, _, value = part.replace(b"+", b" ").partition(b"=")
            pairs.append((decoded(name), decoded(value)))
    return pairs


@dataclass(slots=True)
class Request:
    """A request as a route sees it: decoded once, its body in memory.

    Attributes:
        path: the percent-decoded path.
        parameters: names and values of the query string, in order.
        variables: what the placeholders of the route's path stand for.
        version: the data version that the answer will speak of.
    """

    head: Head
    path: str
    raw_path: bytes
    raw_query: bytes
    body: bytes = b""
    version: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    _parameters: list[tuple[str, str]] | None = None

    @property
    def method(self) -> str:
        """GET, POST and so on; HEAD is asked as GET, its body dropped later."""
        return self.head.method

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """Names and values of the query string, in order."""
        if self._parameters is None:
            self._parameters = form_pairs(self.raw_query) if self.raw_query else []
        return self._parameters

    @property
    def media(self) -> str:
        """The content type without its parameters, in lower case; empty if none was sent."""
        return self.header("content-type").partition(";")[0].strip().lower()

    @property
    def origin(self) -> str:
        """`http://host:port` as the visitor addressed it."""
        return "http://" + (self.header("host") or "localhost")

    def header(self, name: str) -> str:
        """Return a header's value, empty if it was not sent."""
        return self.head.headers.get(name.encode(), b"").decode("latin-1")

    def values(self, name: str) -> list[str]:
        """Return the values of a parameter of the query string, in order."""
        return [value for key, value in self.parameters if key == name]

    def value(self, name: str) -> str | None:
        """Return the one value of a parameter, None if it is absent.

        Raises:
            Problem: 400 if it is given twice.
        """
        found = self.values(name)
        if len(found) > 1:
            raise Problem(400, f"parameter {name} is given twice")
        return found[0] if found else None


def request_from(framed: tuple[str, bytes, int, dict[bytes, bytes], bytes], version: str) -> Request:
    """Return the request that the front has framed.

    Raises:
        Problem: 400 if its path is not UTF-8.
    """
    method, target, minor, headers, body = framed
    raw_path, _, raw_query = target.partition(b"?")
    head = Head(method, target, minor, headers)
    return Request(head, decoded(raw_path, "the path"), raw_path, raw_query, body, version)
