"""Read XML that may come from anybody into a plain tree in which every element knows its line and column.

The standard library's tree builders keep no positions, and entities are how small files exhaust memory or read other
files: a DOCTYPE is refused outright, before anything it declares is used. Nothing is ever fetched.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from bpo_kg.errors import SourceError

MAX_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 200
MAX_ELEMENTS = 2_000_000
_XML = "http://www.w3.org/XML/1998/namespace "


@dataclass(slots=True)
class Element:
    """An XML element: namespace and local name, attributes, text, children and place.

    Of the attributes in a namespace only those of XML itself are kept, as `xml:lang` and `xml:base`.
    """

    namespace: str
    name: str
    line: int
    column: int
    attributes: dict[str, str] = field(default_factory=dict)
    content: list["Element | str"] = field(default_factory=list)
    """Text and child elements, in document order."""

    @property
    def children(self) -> list["Element"]:
        return [part for part in self.content if isinstance(part, Element)]

    def get(self, attribute: str) -> str:
        """Return an attribute with runs of white space made one blank, or "" if it is absent."""
        return " ".join(self.attributes.get(attribute, "").split())

    def descendants(self) -> Iterator["Element"]:
        """Yield every element below this one, in document order."""
        return (part for part in self._parts() if isinstance(part, Element))

    def text(self) -> str:
        """Return the text of this element and of those inside it, white space made one blank."""
        return " ".join("".join(part if isinstance(part, str) else " " for part in self._parts()).split())

    def _parts(self) -> Iterator["Element | str"]:
        stack = self.content[::-1]
        while stack:
            part = stack.pop()
            yield part
            if isinstance(part, Element):
                stack.extend(reversed(part.content))


class _Refused(Exception):
    """Raised inside an expat callback: the reason, without its place."""


def read_bytes(path: Path, limit: int = MAX_BYTES) -> bytes:
    """Return a file's content.

    Raises:
        SourceError: it cannot be opened or is larger than `limit` bytes.
    """
    try:
        with path.open("rb") as file:
            # A buffer for the limit itself would be more than a worker of the server may have.
            size = os.fstat(file.fileno()).st_size
            content = file.read(min(limit, size) + 1 if size else limit + 1)
    except (OSError, ValueError) as error:
        raise SourceError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    if len(content) > limit:
        raise SourceError(f"{path}: larger than {limit // (1024 * 1024)} MB; split it into smaller files")
    return content


def read_markup(path: Path) -> Element:
    """Return the root element of an XML file.

    Raises:
        SourceError: the file cannot be opened, is not well-formed, has a DOCTYPE, or passes a limit (64 MB, 200 levels,
            two million elements); the message holds file:line:column.
    """
    return parse_markup(read_bytes(path), str(path))


def parse_markup(content: bytes, name: str) -> Element:
    """Return the root element of an XML text; `name` is what messages call it. Raises as `read_markup` does."""
    builder = _Builder()
    _run(content, name, builder)
    assert builder.root is not None  # expat reports a document without a root element as an error
    return builder.root


def refuse_doctype(content: bytes, name: str, max_depth: int = MAX_DEPTH) -> None:
    """Raise unless `content` is well-formed XML without a DOCTYPE, nested at most `max_depth` levels.

    Raises:
        SourceError: it is not; the message holds file:line:column.
    """
    _run(content, name, _Checker(max_depth))


def _run(content: bytes, name: str, handler: "_Checker") -> None:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    handler.connect(parser)
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        reason = expat.errors.messages.get(error.code, "") or str(error)
        raise SourceError(f"{name}:{error.lineno}:{error.offset + 1}: not well-formed XML: {reason}") from error
    except _Refused as error:
        raise SourceError(f"{name}:{parser.CurrentLineNumber}:{parser.CurrentColumnNumber + 1}: {error}") from None
    except (LookupError, ValueError) as error:  # an encoding that Python does not know or cannot map
        raise SourceError(f"{name}: cannot be decoded: {error}") from error


class _Checker:
    """Follows the depth of elements and refuses what must not be there."""

    def __init__(self, max_depth: int = MAX_DEPTH) -> None:
        self.depth = 0
        self.max_depth = max_depth

    def connect(self, parser: expat.XMLParserType) -> None:
        self.parser = parser
        parser.StartDoctypeDeclHandler = self.doctype
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end

    def doctype(self, *_: object) -> None:
        raise _Refused("a DOCTYPE is not read, because its entities can reach other files; save the file without it")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > self.max_depth:
            raise _Refused(f"elements are nested deeper than {self.max_depth} levels")

    def end(self, tag: str) -> None:
        self.depth -= 1


class _Builder(_Checker):
    """Builds the tree besides."""

    def __init__(self) -> None:
        super().__init__()
        self.root: Element | None = None
        self.open: list[Element] = []
        self.count = 0

    def connect(self, parser: expat.XMLParserType) -> None:
        super().connect(parser)
        parser.CharacterDataHandler = self.data

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        super().start(tag, attributes)
        self.count += 1
        if self.count > MAX_ELEMENTS:
            raise _Refused(f"more than {MAX_ELEMENTS:,} elements")
        namespace, _, name = tag.rpartition(" ")
        attributes = {key.replace(_XML, "xml:"): value for key, value in attributes.items()}
        own = {key: value for key, value in attributes.items() if " " not in key}
        place = (self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1)
        element = Element(namespace, name, *place, attributes=own)
        if self.open:
            self.open[-1].content.append(element)
        else:
            self.root = element
        self.open.append(element)

    def end(self, tag: str) -> None:
        super().end(tag)
        self.open.pop()

    def data(self, text: str) -> None:
        self.open[-1].content.append(text)
