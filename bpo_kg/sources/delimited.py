"""CSV and TSV as they come: find encoding and delimiter, then give each record with its line.

The bytes are looked through once before anything is parsed, so that a wrong encoding, a line without end or
a stray NUL is known beforehand and the parser itself can stay the standard library's fast one. Lines are
counted as an editor counts them; a quoted cell may hold line ends, so a record may span several.
"""

import codecs
import csv
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Literal, TextIO

from bpo_kg.errors import SourceError
from bpo_kg.sources import delimited_messages as say
from bpo_kg.sources.facts import Finding, Place
from bpo_kg.sources.messages import Told

MAX_BYTES = 1 << 30
"""Bytes of a delimited file; a larger one is refused."""
MAX_LINE = 16 << 20
"""Bytes between two line ends, and characters of one cell while it is parsed."""
BATCH = 300
"""Records that are parsed at once."""
_MAX_RESTARTS = 20
_CHUNK = 1 << 20
_CONTROL_BYTES = bytes([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
_NONE = ("\ufffe".encode(), "\uffff".encode())
"""The two code points that stand for no character."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LINE_END = re.compile("\r\n|\r|\n")
_DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Batch:
    """Some consecutive records: their cells, the line each starts on, and whether any spans several lines."""

    rows: list[list[str]]
    lines: Sequence[int]
    folded: bool = False


@dataclass(slots=True)
class DelimitedText:
    """A file that can be read as records: its encoding, its delimiter, and what was noticed on the way."""

    path: Path
    encoding: str
    delimiter: str = ","
    has_control: bool = False
    findings: list[Finding] = field(default_factory=list)
    errors: str = "strict"
    """What becomes of bytes that the encoding does not have, as for `open`."""
    told: Told = field(init=False)
    """Takes what is noticed while the records are given; at first the same as `findings`."""

    def __post_init__(self) -> None:
        self.told = Told(self.findings)

    def batches(self, size: int = BATCH) -> Iterator[Batch]:
        """Give the records in batches, each with its 1-based first line; a blank line is an empty record.

        A quote that is never closed would swallow the rows below it. The line where it stands is then
        read with its quotes as plain characters, reading goes on below it, and a finding tells.
        """
        done = 0
        for _ in range(_MAX_RESTARTS):
            broken = yield from self._batches_after(done, size)
            if not broken:
                return
            done = broken
            with self._open() as stream:
                line = next(islice(stream, done - 1, None)).rstrip("\r\n")
            row = next(csv.reader([line], delimiter=self.delimiter, quoting=csv.QUOTE_NONE), [])
            column = next((i for i, cell in enumerate(row, 1) if cell.startswith('"')), 1)
            self.told.add(partial(say.open_quote, Place(str(self.path), done, column)))
            yield Batch([row], [done])
        self.told.add(partial(say.too_many_quotes, Place(str(self.path), done + 1), _MAX_RESTARTS))
        yield from self._batches_after(done, size, csv.QUOTE_NONE)

    def _batches_after(
        self, done: int, size: int, quoting: Literal[0, 3] = csv.QUOTE_MINIMAL
    ) -> Generator[Batch, None, int]:
        """Give the records after line `done`; return the line of a record whose quote stays open, else 0."""
        with self._open() as stream, closing(_Follower(self._open())) as follower:
            for _ in islice(stream, done):
                pass
            reader = csv.reader(stream, delimiter=self.delimiter, strict=True, quoting=quoting)
            while True:
                rows: list[list[str]] = []
                first = done + reader.line_num + 1
                broken = False
                try:
                    rows.extend(islice(reader, size))
                except csv.Error:
                    broken = True
                seen = done + reader.line_num - first + 1
                folded = seen - broken != len(rows)
                lines: Sequence[int] = _unfold(rows, first) if folded else range(first, first + len(rows))
                if rows:
                    yield Batch(rows, lines, folded)
                if broken:
                    start = lines[-1] + 1 + line_ends(rows[-1]) if rows else first
                    loose = self._lenient(follower.line(start)) if start == done + reader.line_num else None
                    if loose is None:
                        return start
                    self.told.add(partial(say.stray_quote, Place(str(self.path), start)))
                    yield Batch([loose], [start])
                elif not rows:
                    return 0

    def _lenient(self, line: str) -> list[str] | None:
        """Read one line with text around a quoted part, as in `"pay" roll`, unless a quote stays open."""
        end_of_line = "\n"
        row = next(csv.reader([line.rstrip("\r\n") + end_of_line, end_of_line], delimiter=self.delimiter))
        return None if any(cell.endswith(end_of_line) for cell in row[-1:]) else row

    def _open(self) -> TextIO:
        return self.path.open(encoding=self.encoding, errors=self.errors, newline="")


class _Follower:
    """Gives single lines of a file, ever further down: `csv.Error` does not say what it was looking at."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._line = 0

    def line(self, number: int) -> str:
        text = next(islice(self._stream, number - self._line - 1, None))
        self._line = number
        return text

    def close(self) -> None:
        self._stream.close()


def line_ends(row: Sequence[str]) -> int:
    """Count the line ends inside the cells of a record: it spans one line more than that."""
    return sum(len(_LINE_END.findall(cell)) for cell in row if "\n" in cell or "\r" in cell)


def _unfold(rows: Sequence[Sequence[str]], first: int) -> list[int]:
    lines = []
    for row in rows:
        lines.append(first)
        first += 1 + line_ends(row)
    return lines


def open_delimited(
    path: Path, recognise: Callable[[str], bool], *, max_bytes: int = MAX_BYTES, within: int | None = None
) -> DelimitedText:
    """Look through a file and say how its records can be read.

    Args:
        path: the file; its suffix decides nothing but a tie between delimiters.
        recognise: tells whether a cell is the header of a known column.
        max_bytes: a larger file is refused; whoever streams it may allow more.
        within: bytes to look at; without it all. Whoever looks at the head alone must notice text that is not
            UTF-8 further down, and then open the file again.

    Raises:
        SourceError: the file is missing, too large, or holds a line without end.
    """
    try:
        size = path.stat().st_size
        if size > max_bytes:
            raise SourceError(f"{path}: {size:,} bytes is more than the {max_bytes:,} that a table may have; split it")
        if not path.is_file():
            raise SourceError(f"{path}: not a file")
        text = _look_through(path, within)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror})") from None
    if csv.field_size_limit() < MAX_LINE:
        csv.field_size_limit(MAX_LINE)
    text.delimiter = _delimiter(text, recognise)
    return text


def _look_through(path: Path, within: int | None = None) -> DelimitedText:
    """Decide on the encoding: a byte order mark, else UTF-8, else UTF-16 by its NULs, else Windows-1252."""
    with path.open("rb") as stream:
        head = stream.read(4096)
        encoding = next((name for mark, name in _BOMS if head.startswith(mark)), "") or _unmarked_utf16(head)
        utf8 = not encoding or encoding == "utf-8-sig"
        decoder = codecs.getincrementaldecoder(encoding or "utf-8")()
        stream.seek(0)
        control, line, since_end, broken_at = False, 1, 0, 0
        while (within is None or stream.tell() < within) and (chunk := stream.read(_CHUNK)):
            first, last = _line_ends(chunk)
            if since_end + (len(chunk) if first < 0 else first) > MAX_LINE:
                raise SourceError(f"{path}:{line}: the line is longer than {MAX_LINE:,} bytes; is this a table?")
            since_end = since_end + len(chunk) if last < 0 else len(chunk) - last - 1
            if not control and utf8:
                control = len(chunk.translate(None, _CONTROL_BYTES)) != len(chunk) or any(
                    map(chunk.__contains__, _NONE)
                )
            if not broken_at:
                held = len(decoder.getstate()[0])
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError as error:
                    broken_at = line + chunk[: max(error.start - held, 0)].count(b"\n")
            line += chunk.count(b"\n")
        if not broken_at:
            try:
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                broken_at = line
    found = DelimitedText(path, encoding or "utf-8", has_control=control or not utf8 or within is not None)
    if broken_at:
        place = Place(str(path), broken_at)
        found.has_control = True
        if encoding:
            found.errors = "replace"
            found.findings.append(say.broken(place, encoding))
        else:
            found.encoding = "cp1252" if _decodes(path, "cp1252") else "latin-1"
            found.findings.append(say.not_utf8(place, found.encoding))
    return found


def _line_ends(chunk: bytes) -> tuple[int, int]:
    first, last = chunk.find(b"\n"), chunk.rfind(b"\n")
    return (first, last) if first >= 0 else (chunk.find(b"\r"), chunk.rfind(b"\r"))


def _unmarked_utf16(head: bytes) -> str:
    even, odd = head[0::2].count(0), head[1::2].count(0)
    most = len(head) // 2 * 0.7
    if len(head) >= 8 and odd > most and not even:
        return "utf-16-le"
    return "utf-16-be" if len(head) >= 8 and even > most and not odd else ""


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as stream:
        try:
            while chunk := stream.read(_CHUNK):
                decoder.decode(chunk)
        except UnicodeDecodeError:
            return False
    return True


def _delimiter(text: DelimitedText, recognise: Callable[[str], bool]) -> str:
    """Choose the delimiter under which most headers are known, then the one that gives most cells."""
    with text.path.open(encoding=text.encoding, errors=text.errors, newline="") as stream:
        head = list(islice(stream, 20))
    best, most = ",", (0, 0)
    for delimiter in ("\t", ",", ";", "|") if text.path.suffix.lower() in (".tsv", ".tab") else _DELIMITERS:
        try:
            rows = list(csv.reader(head, delimiter=delimiter))
        except csv.Error:
            continue
        known = max((sum(map(recognise, row[:2000])) for row in rows), default=0)
        score = (known, len(rows[0]) if rows else 0)
        if score > most:
            best, most = delimiter, score
    return best
