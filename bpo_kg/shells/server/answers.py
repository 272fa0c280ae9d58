"""Write answers completely before the first byte leaves, so that a status never has to be taken back.

A small answer stays in memory; a large one goes to a nameless file, from which the front sends it as slowly as
the visitor reads while the worker is free again. An answer over a limit is refused, never cut.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import IO, Any, cast

import pyoxigraph as ox

from bpo_kg.shells.server.http import Problem
from bpo_kg.shells.server.limits import Seal
from bpo_kg.shells.server.negotiation import GRAPHS, TABLES, Offer, choose
from bpo_kg.shells.server.responses import Response, Spool

_INLINE = 96 << 10
# XML 1.0 has no way to write these, and its parsers turn a bare carriage return into a line feed.
_UNWRITABLE = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")


@dataclass(frozen=True, slots=True)
class _Writing:
    """What a sink has to know of a format.

    Attributes:
        mark: what stands between two rows, or begins one; None where rows are not counted here.
        rows: what to start counting at: JSON has a mark less than rows, CSV and TSV have one for the names as well.
    """

    xml: bool
    rdf_xml: bool
    json: bool
    csv: bool
    mark: bytes | None
    rows: int


@cache
def _writing(offer: Offer) -> _Writing:
    results, rdf = offer.results, offer.rdf
    json, csv = results == ox.QueryResultsFormat.JSON, results == ox.QueryResultsFormat.CSV
    xml, rdf_xml = results == ox.QueryResultsFormat.XML, rdf == ox.RdfFormat.RDF_XML
    mark = None if results is None else b"},{" if json else b"<result>" if xml else b"\r\n" if csv else b"\n"
    return _Writing(xml or rdf_xml, rdf_xml, json, csv, mark, 1 if json else 0 if xml else -1)


class Sink:
    """Collects an answer that the engine writes, and stops it at the limits."""

    def __init__(self, offer: Offer, *, max_rows: int, max_bytes: int, seal: Seal | None = None) -> None:
        self._parts: list[bytes] = []
        self._spool: Spool | None = None
        self._seal = seal
        self._size = 0
        self._max_rows, self._max_bytes = max_rows, max_bytes
        self._as = writing = _writing(offer)
        self._xml, self._rows = writing.xml, writing.rows
        self._quoted = False
        self._uncounted = min(max_rows, _INLINE)  # so many bytes hold no more rows than are allowed
        self._tail = b""

    def write(self, data: bytes) -> int:
        """Take what the engine wrote next."""
        count = len(data)
        if self._xml:
            data = self._written_as_xml(data)
        self._size += len(data)
        if self._size > self._uncounted and self._as.mark is not None:
            if self._uncounted:
                self._uncounted = 0
                for part in self._parts:
                    self._count(part)
            self._count(data)
        if self._size > self._max_bytes:
            raise Problem(413, f"the answer is longer than {self._max_bytes} bytes; ask for less, or use LIMIT")
        if self._spool is None and self._size > _INLINE:
            if self._seal is not None:
                self._seal.__exit__()
            self._spool = Spool()
            if self._seal is not None:
                self._seal.__enter__()
            for part in self._parts:
                self._spool.write(part)
        if self._spool is None:
            self._parts.append(data)
        else:
            self._spool.write(data)
        return count

    @property
    def file(self) -> IO[bytes]:
        """This sink, as the file that the engine's serializers take; they only call `write` and `flush`."""
        return cast("IO[bytes]", self)

    def flush(self) -> None:
        """Nothing waits elsewhere."""

    def body(self) -> bytes | Spool:
        """Return the finished answer."""
        if self._xml and self._tail:
            rest, self._tail, self._xml = self._tail, b"", False
            self.write(rest)
        return b"".join(self._parts) if self._spool is None else self._spool

    def _written_as_xml(self, data: bytes) -> bytes:
        if self._tail:
            data, self._tail = self._tail + data, b""
        if data[-1:] == b"\xef" or data[-2:] == b"\xef\xbf":
            cut = data.rfind(b"\xef")
            data, self._tail = data[:cut], data[cut:]
        if self._as.rdf_xml and b"<oxprefix: " in data:
            raise Problem(406, "RDF/XML cannot write a predicate of this graph; ask for text/turtle")
        if _UNWRITABLE.search(data):
            data = _UNWRITABLE.sub(b"\xef\xbf\xbd", data)
        return data.replace(b"\r", b"&#xD;") if b"\r" in data else data

    def _count(self, data: bytes) -> None:
        if self._as.json:
            # A row starts with `},{"` and a name; the same bytes may end a string, but then `}` or `,` follows. So
            # a match needs the byte behind it, and what could still become one is kept for the next piece.
            text = self._tail + data
            self._tail = text[-4:]
            self._rows += text.count(b'},{"', 0, -1) - text.count(b'},{"}') - text.count(b'},{",')
        elif self._as.csv and (self._quoted or b'"' in data):  # a quoted value may hold line ends
            pieces = data.split(b'"')
            self._rows += sum(piece.count(b"\r\n") for piece in pieces[self._quoted :: 2])
            self._quoted ^= len(pieces) % 2 == 0
        else:
            self._rows += data.count(self._as.mark or b"\n")
        if self._rows > self._max_rows:
            raise Problem(413, f"the answer has more than {self._max_rows} rows; ask for less, or use LIMIT")


def limited(triples: Iterable[Any], max_rows: int) -> Iterator[Any]:
    """Yield triples, and refuse the answer at one more than `max_rows`.

    Raises:
        Problem: 413 naming the limit.
    """
    for count, triple in enumerate(triples, 1):
        if count > max_rows:
            raise Problem(413, f"the answer has more than {max_rows} triples; ask for less, or use LIMIT")
        yield triple


def results_response(results: Any, accept: str, *, max_rows: int, max_bytes: int, seal: Seal | None) -> Response:
    """Return what the engine found, in the format that `accept` likes best.

    Raises:
        Problem: 406 without an acceptable format, 413 over a limit.
    """
    graph = isinstance(results, ox.QueryTriples)
    offer = choose(accept, GRAPHS if graph else TABLES)
    sink = Sink(offer, max_rows=max_rows, max_bytes=max_bytes, seal=seal)
    if isinstance(results, ox.QueryTriples):
        ox.serialize(limited(results, max_rows), sink.file, format=offer.rdf)
    else:
        results.serialize(sink.file, format=offer.results)
    return Response(sink.body(), offer.content_type)
