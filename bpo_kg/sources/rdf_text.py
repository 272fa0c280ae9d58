"""Parse RDF text that may come from anybody into quads whose blank nodes have lasting names.

pyoxigraph parses fast and never reaches for the network, but a deeply nested JSON-LD document or triple term overflows
its stack and ends the whole process, and a DOCTYPE's entities exhaust memory. Both are refused before it sees them. It
names blank nodes at random; here they are named by the text and their order in it, so that the same file gives the
same triples every time, and two files never share one.
"""

import hashlib
import re
from pathlib import Path

import pyoxigraph as ox

from bpo_kg.errors import SourceError
from bpo_kg.sources.markup import refuse_doctype
from bpo_kg.store.dataset import format_of

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""What Windows editors put before the text."""
MAX_BYTES = 512 * 1024 * 1024
MAX_JSON_DEPTH = 200
MAX_TERM_DEPTH = 50
MAX_XML_DEPTH = 2_000
"""Lists in RDF/XML may nest a level for each member."""

_READ = frozenset(
    {
        ox.RdfFormat.TURTLE,
        ox.RdfFormat.N_TRIPLES,
        ox.RdfFormat.N_QUADS,
        ox.RdfFormat.TRIG,
        ox.RdfFormat.RDF_XML,
        ox.RdfFormat.JSON_LD,
    }
)
_JSON_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.S)
_TERM_TOKEN = re.compile(rb"<<|>>")
_REMOTE_CONTEXT = re.compile(rb'"@(?:context|import)"\s*:\s*(?:\[[^\[\]{}]*?)?"[^"#@]', re.S)
_PARSER_PREFIX = re.compile(r"^Parser error (?:at|between) [^:]*: ")


def sniff_format(path: Path, content: bytes) -> ox.RdfFormat:
    """Return the RDF format of a file by its extension, and by its first characters where extensions are shared.

    Raises:
        SourceError: it is in no format that is read; the message says which ones are.
    """
    start = content[:4096].removeprefix(BYTE_ORDER_MARK).lstrip()
    if path.suffix.lower() in (".owl", ".rdf", ".xml", ".owx"):
        if start.startswith((b"@prefix", b"@base", b"PREFIX", b"BASE", b"#")):
            return ox.RdfFormat.TURTLE
        if start.startswith((b"Prefix(", b"Ontology(", b"Prefix:", b"Ontology:")):
            raise SourceError(f"{path}: functional and Manchester syntax are not read; save it as Turtle or RDF/XML")
        return ox.RdfFormat.RDF_XML
    found = format_of(path)
    if found not in _READ:
        raise SourceError(f"{path}: {found.name} is not read; use Turtle, N-Triples, N-Quads, TriG, RDF/XML or JSON-LD")
    return found


def parse_rdf(content: bytes, format: ox.RdfFormat, *, name: str, base: str | None = None) -> list[ox.Quad]:
    """Return the quads of an RDF text, in its order.

    Args:
        content: the text as UTF-8 bytes.
        format: one of the six that are read.
        name: what error messages call the text.
        base: IRI that relative IRIs are resolved against.

    Returns:
        Quads with lexical forms as written; blank nodes are named after the text's digest and their first appearance.

    Raises:
        SourceError: the text is not of its format, nests too deep, has a DOCTYPE or a remote context; the message holds
            file:line:column where there is one.
    """
    content = content.removeprefix(BYTE_ORDER_MARK)
    refuse_unsafe(content, format, name)
    try:
        quads = list(ox.parse(content, format=format, base_iri=base))
    except (SyntaxError, ValueError) as error:
        raise SourceError(_message(error, name, content, format)) from error
    return name_blank_nodes(quads, content)


def refuse_unsafe(content: bytes, format: ox.RdfFormat, name: str) -> None:
    """Raise if a text would overflow its parser's stack or declares entities.

    Raises:
        SourceError: it nests too deep, is XML with a DOCTYPE, or is no XML where it should be; the message holds
            file:line:column.
    """
    if format == ox.RdfFormat.RDF_XML:
        refuse_doctype(content, name, MAX_XML_DEPTH)
    elif format == ox.RdfFormat.JSON_LD:
        _check_depth(content, _JSON_TOKEN, (b"[", b"{"), (b"]", b"}"), MAX_JSON_DEPTH, name)
    elif content.count(b"<<") > MAX_TERM_DEPTH:
        _check_depth(content, _TERM_TOKEN, (b"<<",), (b">>",), MAX_TERM_DEPTH, name)


def _check_depth(
    content: bytes,
    token: re.Pattern[bytes],
    opening: tuple[bytes, ...],
    closing: tuple[bytes, ...],
    most: int,
    name: str,
) -> None:
    depth = 0
    for match in token.finditer(content):
        if match[0] in opening:
            depth += 1
            if depth > most:
                raise SourceError(f"{name}:{_line_column(content, match.start())}: nested deeper than {most} levels")
        elif match[0] in closing:
            depth = max(0, depth - 1)


def _line_column(content: bytes, offset: int) -> str:
    start = content.rfind(b"\n", 0, offset) + 1
    line = content.count(b"\n", 0, offset) + 1
    return f"{line}:{len(content[start:offset].decode('utf-8', 'replace')) + 1}"


def _message(error: Exception, name: str, content: bytes, format: ox.RdfFormat) -> str:
    text = str(error.args[0]) if error.args else str(error)
    if format == ox.RdfFormat.JSON_LD and "LoadDocumentCallback" in text:
        found = _REMOTE_CONTEXT.search(content)
        where = f":{_line_column(content, found.start())}" if found else ""
        return f"{name}{where}: a remote JSON-LD context is never fetched; write the context into the file"
    line, column = getattr(error, "lineno", None), getattr(error, "offset", None)
    return f"{name}:{line}:{column}: {_PARSER_PREFIX.sub('', text)}" if line else f"{name}: {text}"


class _Names:
    """Lasting names for the blank nodes of one text."""

    def __init__(self, digest: str) -> None:
        self.digest = digest
        self.known: dict[ox.BlankNode, ox.BlankNode] = {}

    def of(self, node: ox.BlankNode) -> ox.BlankNode:
        name = self.known.get(node)
        if name is None:
            name = self.known[node] = ox.BlankNode(f"b{self.digest}n{len(self.known)}")
        return name


def name_blank_nodes(quads: list[ox.Quad], content: bytes) -> list[ox.Quad]:
    """Rename the blank nodes of quads, in place, after the text that they come from; return the quads."""
    names = _Names(hashlib.sha256(content).hexdigest()[:12])
    for i, quad in enumerate(quads):
        s, o, g = quad.subject, quad.object, quad.graph_name
        if isinstance(s, ox.BlankNode) or isinstance(o, ox.BlankNode) or isinstance(g, ox.BlankNode):
            s = names.of(s) if isinstance(s, ox.BlankNode) else s
            o = names.of(o) if isinstance(o, ox.BlankNode) else o
            g = names.of(g) if isinstance(g, ox.BlankNode) else g
            quads[i] = ox.Quad(s, quad.predicate, o, g)
    return quads
