"""Look into a spreadsheet's zip archive before any engine opens it.

A spreadsheet of a few kilobytes can unfold to gigabytes. The sizes are counted as the bytes come out and
not as the archive declares them, because a hostile archive lies, and parts that declare entities are refused.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from bpo_kg.errors import SourceError

MAX_ARCHIVE = 64 << 20
"""Bytes of the file itself."""
MAX_UNFOLDED = 256 << 20
"""Bytes of all parts together once decompressed."""
MAX_RATIO = 200
"""Decompressed by compressed size of a part larger than `_RATIO_COUNTS_FROM`; real sheets reach about 30."""
_RATIO_COUNTS_FROM = 16 << 20
_MAX_LIST = 4 << 20
"""Bytes of the parts that list the sheets."""
_PROLOG = 4 << 20
"""Bytes at the head of a part in which declarations are looked for."""
_MAX_PARTS = 2_000
_CHUNK = 1 << 20


class Parts:
    """The parts of a checked archive, decompressed one at a time."""

    def __init__(self, path: Path) -> None:
        """Raises: SourceError: the archive is broken, encrypted, or unfolds to more than a table can need."""
        self.path = path
        size = path.stat().st_size
        if size > MAX_ARCHIVE:
            raise SourceError(f"{path}: {size:,} bytes is more than the {MAX_ARCHIVE:,} of a workbook; save it as CSV")
        try:
            with zipfile.ZipFile(path) as archive:
                infos = archive.infolist()
        except (zipfile.BadZipFile, ValueError, struct.error, OSError, NotImplementedError) as error:
            raise SourceError(f"{path}: the archive is damaged ({error})") from None
        self._infos = {info.filename: info for info in infos}
        if len(infos) > _MAX_PARTS or len(self._infos) != len(infos):
            raise SourceError(f"{path}: the archive has {len(infos):,} parts or repeated ones; this is no spreadsheet")
        total = sum(info.file_size for info in infos)
        if total > MAX_UNFOLDED:
            raise self._bomb(total)
        for info in infos:
            if info.flag_bits & 1:
                raise SourceError(f"{path}: the workbook is encrypted; save it without a password")
            if info.file_size > _RATIO_COUNTS_FROM and info.file_size > MAX_RATIO * max(info.compress_size, 1):
                raise self._bomb(info.file_size)

    def __contains__(self, name: str) -> bool:
        return name in self._infos

    def names(self) -> Iterator[str]:
        return iter(self._infos)

    def read(self, name: str, limit: int = MAX_UNFOLDED) -> bytearray:
        """Return a part's bytes, counted as they come out and not as the archive declares them.

        Raises:
            SourceError: the part is missing, damaged, larger than declared or than `limit`, or not plain XML in UTF-8.
        """
        info = self._infos.get(name)
        if info is None:
            raise SourceError(f"{self.path}: the workbook has no part {name}")
        if info.file_size > limit:
            raise self._bomb(info.file_size)
        # Filled in place: joining chunks would need the part's size twice.
        data = bytearray(info.file_size)
        at = 0
        for plain in self._inflate(info):
            data[at : at + len(plain)] = plain
            at += len(plain)
        if at != info.file_size:
            raise SourceError(f"{self.path}: part {name} is shorter than the archive declares")
        head = bytes(data[:2])
        if head in (b"\xff\xfe", b"\xfe\xff") or head in (b"<\0", b"\0<"):
            raise SourceError(f"{self.path}: part {name} is not in UTF-8; save the workbook anew")
        # Declarations stand before the first element; the engine itself never follows them.
        prolog = data[:_PROLOG]
        if b"<!DOCTYPE" in prolog or b"<!ENTITY" in prolog:
            raise SourceError(f"{self.path}: part {name} declares entities, which no spreadsheet program writes")
        return data

    def _inflate(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise SourceError(f"{self.path}: part {info.filename} is compressed in an unknown way")
        inflater = zlib.decompressobj(-15) if info.compress_type == zipfile.ZIP_DEFLATED else None
        seen = 0
        try:
            with self.path.open("rb") as stream:
                stream.seek(info.header_offset)
                name_length, extra_length = struct.unpack("<HH", stream.read(30)[26:30])
                stream.seek(name_length + extra_length, 1)
                left = info.compress_size
                while left > 0 and (packed := stream.read(min(_CHUNK, left))):
                    left -= len(packed)
                    while packed:
                        plain = inflater.decompress(packed, _CHUNK) if inflater else packed
                        packed = inflater.unconsumed_tail if inflater else b""
                        seen += len(plain)
                        if seen > info.file_size:
                            raise SourceError(f"{self.path}: part {info.filename} is larger than the archive declares")
                        yield plain
        except (zlib.error, struct.error, OSError) as error:
            raise SourceError(f"{self.path}: part {info.filename} is damaged ({error})") from None

    def _bomb(self, size: int) -> SourceError:
        return SourceError(
            f"{self.path}: the archive would unfold to {size:,} bytes, more than a table can need "
            f"(at most {MAX_UNFOLDED:,}, {MAX_RATIO} times its own size); it is not opened"
        )


def refuse_broken_xml(path: Path, name: str, data: bytearray) -> None:
    """Refuse a part that is not well-formed: the engine reads on for ever where an ODS table is cut off.

    Raises:
        SourceError: with the line and column in the part.
    """
    from xml.parsers.expat import ErrorString, ExpatError, ParserCreate

    try:
        ParserCreate().Parse(data, True)
    except ExpatError as error:
        reason = f"line {error.lineno}, column {error.offset + 1}: {ErrorString(error.code)}"
        raise SourceError(f"{path}: the workbook is damaged (part {name}, {reason})") from None


def sheet_parts(parts: Parts) -> Mapping[str, str]:
    """Return the part of each XLSX sheet by its name."""
    from xml.parsers.expat import ExpatError

    try:
        related = _elements(parts.read("xl/_rels/workbook.xml.rels", _MAX_LIST))
        relations = {a.get("Id", ""): a.get("Target", "") for tag, a in related if tag == "Relationship"}
        sheets = {}
        for tag, attributes in _elements(parts.read("xl/workbook.xml", _MAX_LIST)):
            if tag == "sheet":
                relation = next((v for k, v in attributes.items() if k.rsplit(":", 1)[-1] == "id"), "")
                target = relations.get(relation, "")
                sheets[attributes.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    except ExpatError as error:
        raise SourceError(f"{parts.path}: the workbook's list of sheets is damaged ({error})") from None
    return sheets


def _elements(data: bytearray) -> list[tuple[str, dict[str, str]]]:
    from xml.parsers.expat import ParserCreate

    found: list[tuple[str, dict[str, str]]] = []
    parser = ParserCreate()
    parser.StartElementHandler = lambda tag, attributes: found.append((tag.rsplit(":", 1)[-1], attributes))
    parser.Parse(bytes(data), True)
    return found
