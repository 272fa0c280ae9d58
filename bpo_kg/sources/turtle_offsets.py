"""Parse Turtle or TriG a second time, recording the character offset of every triple's object.

The only room with rdflib's parser: its sink parser passes every object list and collection member through methods that
a subclass can listen in on, which no faster parser offers. Terms are made as pyoxigraph terms with lexical forms as
written, so that they can be compared with those of the first pass.
"""

from collections.abc import MutableSequence
from decimal import Decimal
from typing import Any

import pyoxigraph as ox
from rdflib.exceptions import ParserError
from rdflib.plugins.parsers.notation3 import RDFSink, sfloat
from rdflib.plugins.parsers.trig import TrigSinkParser

from bpo_kg.errors import SourceError
from bpo_kg.vocabulary import RDF, XSD

_FIRST, _REST, _NIL = (ox.NamedNode(RDF + name) for name in ("first", "rest", "nil"))
_DATATYPES = {int: "integer", Decimal: "decimal", sfloat: "double"}


def turtle_spots(text: str, base: str, *, trig: bool) -> list[tuple[ox.Triple, int]]:
    """Return every triple of a Turtle or TriG text with the offset at which its object begins, in parsing order.

    Raises:
        SourceError: rdflib cannot parse it.
        RecursionError: it nests deeper than Python's stack.
    """
    sink = _Sink()
    parser = _OffsetParser(sink, base, trig=trig)
    sink.parser = parser
    try:
        parser.loadBuf(text)
    except (SyntaxError, ParserError, ValueError, KeyError, IndexError, AssertionError, TypeError) as error:
        raise SourceError(f"cannot be parsed for positions: {error}") from error
    return sink.spots


class _Sink(RDFSink):
    """Takes triples as pyoxigraph terms instead of filling a graph."""

    parser: "_OffsetParser"

    def __init__(self) -> None:
        self.rootFormula = None
        self.counter = 0
        self.graph = self  # type: ignore[assignment]  # asked for its identifier only, by a default graph in braces
        self.identifier = None
        self.spots: list[tuple[ox.Triple, int]] = []

    def newGraph(self, identifier: Any) -> Any:
        return self

    def newSymbol(self, *args: str) -> Any:
        return args[0]  # text, because prefixes and bases are symbols to rdflib too

    def newBlankNode(self, arg: Any = None, uri: str | None = None, why: Any = None) -> Any:
        self.counter += 1
        return ox.BlankNode(f"p{self.counter}")

    def newLiteral(self, s: str, dt: Any = None, lang: str | None = None) -> Any:
        if lang:
            return ox.Literal(s, language=lang.lower())
        return ox.Literal(s, datatype=_term(dt)) if dt is not None else ox.Literal(s)

    def newList(self, n: list[Any], f: Any) -> Any:
        nodes = [self.newBlankNode() for _ in n]
        for node, rest, member, offset in zip(nodes, [*nodes[1:], _NIL], n, self.parser.members(), strict=False):
            self.spots.append((ox.Triple(node, _FIRST, _term(member)), offset))
            self.spots.append((ox.Triple(node, _REST, rest), offset))
        return nodes[0] if nodes else _NIL

    def makeStatement(self, quadruple: Any, why: Any = None) -> None:
        _, predicate, subject, obj = quadruple
        self.spots.append((ox.Triple(_term(subject), _term(predicate), _term(obj)), self.parser.next_offset()))


def _term(value: Any) -> Any:
    if isinstance(value, tuple):  # rdflib's own way to write the few IRIs it knows, such as rdf:type
        return ox.NamedNode(value[1])
    if isinstance(value, str):
        return ox.NamedNode(value)
    if isinstance(value, bool):
        return ox.Literal(value)
    return value


class _OffsetParser(TrigSinkParser):
    """Listens where objects and collection members begin."""

    def __init__(self, sink: _Sink, base: str, *, trig: bool) -> None:
        super().__init__(sink, baseURI=base, turtle=True)
        self._trig = trig
        self._pending: list[int] = []
        self._open: list[list[int] | None] = []
        """Offsets of the members of each open collection; None for an open [ ]."""

    def next_offset(self) -> int:
        return self._pending.pop(0)

    def members(self) -> list[int]:
        return self._open[-1] or []

    def graph(self, argstr: str, i: int) -> int:
        return super().graph(argstr, i) if self._trig else -1

    def objectList(self, argstr: str, i: int, res: MutableSequence[Any]) -> int:
        offsets = []
        while True:
            offsets.append(self.skipSpace(argstr, i))
            i = self.object(argstr, i, res)
            if i < 0:
                return i
            j = self.skipSpace(argstr, i)
            if j < 0 or argstr[j] != ",":
                break
            i = j + 1
        self._pending = offsets  # lists inside these objects have used theirs up by now
        return j

    def node(self, argstr: str, i: int, res: MutableSequence[Any], subjectAlready: Any = None) -> int:
        j = self.skipSpace(argstr, i)
        opening = argstr[j : j + 1] if j >= 0 else ""
        if opening not in ("(", "["):
            return super().node(argstr, i, res, subjectAlready)
        self._open.append([] if opening == "(" else None)
        try:
            return super().node(argstr, i, res, subjectAlready)
        finally:
            self._open.pop()

    def item(self, argstr: str, i: Any, res: MutableSequence[Any]) -> int:
        if self._open and (members := self._open[-1]) is not None:
            members.append(self.skipSpace(argstr, i))
        return super().item(argstr, i, res)

    def nodeOrLiteral(self, argstr: str, i: int, res: MutableSequence[Any]) -> int:
        j = super().nodeOrLiteral(argstr, i, res)
        if j >= 0 and res and type(res[-1]) in _DATATYPES:
            # A number as it is written: 01 and 1.50 are lost once Python has read them.
            written = argstr[self.skipSpace(argstr, i) : j]
            res[-1] = ox.Literal(written, datatype=ox.NamedNode(XSD + _DATATYPES[type(res[-1])]))
        return j
