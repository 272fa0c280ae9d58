"""Take an inventory out of a request, whatever way it came: a body of a known type, a form, a pasted table.

Files are read by their path, so they stand in a folder of their own for as long as one request takes. A worker can be
killed at any moment; what it left behind is swept away by the next upload.
"""

import base64
import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bpo_kg.shells.pages.json_rows import inventory_of
from bpo_kg.shells.server import Problem, Request
from bpo_kg.shells.server.http import form_pairs

SUFFIXES = {
    "text/csv": ".csv",
    "text/plain": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/xml": ".bpmn",
    "text/xml": ".bpmn",
    "application/bpmn+xml": ".bpmn",
    "text/turtle": ".ttl",
    "application/n-triples": ".nt",
    "application/rdf+xml": ".rdf",
    "application/ld+json": ".jsonld",
    "application/trig": ".trig",
    "application/n-quads": ".nq",
}
"""File name extension by media type of a body."""
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
ROWS = "application/json"
MEDIA = (*SUFFIXES, ROWS, MULTIPART, FORM)
MAX_BODY = 8 << 20
_KNOWN = frozenset((*SUFFIXES.values(), ".xlsm", ".xls", ".txt", ".xml", ".owl", ".bpmn20"))
_FOLDER = "bpo-kg-upload-"
_PARTS = 20
_HEAD = 4096
"""Bytes of the lines above a part of a form."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One file as a visitor sent it; its name is made safe."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """What a request carries: files, and the form's other fields as parameters."""

    files: tuple[Upload, ...]
    fields: tuple[tuple[str, str], ...] = ()


def sent(request: Request) -> Sent:
    """Return the files and fields of a request.

    Raises:
        Problem: 400 for a broken or an empty one, 415 for a type that holds no inventory.
    """
    media = request.media
    if media == MULTIPART:
        found = _multipart(request)
    elif media == FORM:
        found = _from_fields(form_pairs(request.body))
    elif media in SUFFIXES:
        found = Sent((Upload("inventory" + SUFFIXES[media], request.body),))
    elif media == ROWS:
        suffix, content = inventory_of(request.body)
        found = Sent((Upload("inventory" + suffix, content),))
    else:
        raise Problem(415, f"{media or 'no content-type'} is no inventory; send {', '.join(MEDIA)}")
    if not any(upload.content.strip() for upload in found.files):
        raise Problem(400, "the request holds no inventory")
    return found


def _from_fields(pairs: list[tuple[str, str]]) -> Sent:
    own: dict[str, str] = {}
    rest: list[tuple[str, str]] = []
    for name, value in pairs:
        if name not in ("inventory", "inventory64", "filename"):
            rest.append((name, value))
        elif name in own:
            raise Problem(400, f"{name} is given twice")
        elif value.strip():
            own[name] = value
    files = [Upload("inventory.csv", own["inventory"].encode())] if "inventory" in own else []
    if "inventory64" in own:
        try:
            content = base64.b64decode(own["inventory64"], validate=True)
        except ValueError:
            raise Problem(400, "inventory64 is not base64") from None
        files.append(Upload(_safe(own.get("filename", ""), ""), content))
    return Sent(tuple(files), tuple(rest))


def _multipart(request: Request) -> Sent:
    found = re.search(r'boundary=(?:"([^"\r\n]{1,70})"|([^\s;,"]{1,70}))', request.header("content-type"))
    if found is None:
        raise Problem(400, "the form has no boundary")
    mark = b"--" + (found.group(1) or found.group(2)).encode("latin-1")
    pieces = (b"\r\n" + request.body).split(b"\r\n" + mark)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise Problem(400, "the form does not end")
    if len(pieces) > _PARTS:
        raise Problem(400, f"the form has more than {_PARTS} parts")
    files: list[Upload] = []
    pairs: list[tuple[str, str]] = []
    for piece in pieces[1:-1]:
        head, gap, content = piece.partition(b"\r\n\r\n")
        name, filename, media = _disposition(head) if len(head) <= _HEAD else (None, None, "")
        if not gap or name is None:
            raise Problem(400, "a part of the form has no name")
        if filename is not None:
            if content:  # an empty file field of a browser
                files.append(Upload(_safe(filename, media), content))
            continue
        try:
            pairs.append((name, content.decode()))
        except UnicodeDecodeError:
            raise Problem(400, f"field {name[:40]!r} is not UTF-8") from None
    typed = _from_fields(pairs)
    return Sent((*files, *typed.files), typed.fields)


def _disposition(head: bytes) -> tuple[str | None, str | None, str]:
    text = head.decode("utf-8", "replace")
    name = re.search(r'(?i)content-disposition:[^\r\n]*;\s*name="((?:[^"\\]|\\.)*)"', text)
    file = re.search(r'(?i)content-disposition:[^\r\n]*;\s*filename="((?:[^"\\]|\\.)*)"', text)
    media = re.search(r"(?i)\r\ncontent-type:\s*([^\s;]+)", text)
    return (name and name.group(1)) or None, file.group(1) if file else None, media.group(1).lower() if media else ""


def _safe(filename: str, media: str) -> str:
    """Return a plain file name: the last part of the path, letters and a few signs, an extension that is known.

    >>> _safe("../../etc/Daftar proses.xlsx", "")
    'Daftar proses.xlsx'
    """
    last = re.split(r"[\\/]", filename)[-1]
    stem, dot, extension = last.rpartition(".")
    suffix = f".{extension.lower()}" if dot else ""
    if suffix not in _KNOWN:
        stem, suffix = last, SUFFIXES.get(media, ".csv")
    clean = re.sub(r"[^\w .()+-]", "_", stem).strip(" .")[:60]
    return (clean or "inventory") + suffix


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """Make a folder for the files of one request, and take it away again."""
    sweep()
    try:
        path = Path(tempfile.mkdtemp(prefix=f"{_FOLDER}{os.getpid()}-"))
    except OSError:
        raise Problem(503, "there is no room for an upload just now") from None
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def lay_out(uploads: tuple[Upload, ...], place: Path) -> list[Path]:
    """Write uploads into a folder and make it the current one; return their bare names, which findings then show."""
    os.chdir(place)
    names: list[Path] = []
    for upload in uploads:
        name = Path(upload.name)
        number = 1
        while name in names:
            number += 1
            name = Path(f"{Path(upload.name).stem}-{number}{Path(upload.name).suffix}")
        name.write_bytes(upload.content)
        names.append(name)
    return names


def sweep() -> None:
    """Take away folders of workers that are gone."""
    with contextlib.suppress(OSError):
        for path in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
            owner = path.name.removeprefix(_FOLDER).partition("-")[0]
            if owner.isdigit() and not Path(f"/proc/{owner}").exists():
                shutil.rmtree(path, ignore_errors=True)
