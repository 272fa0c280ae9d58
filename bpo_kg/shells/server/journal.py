"""Keep every acknowledged write in a folder: a snapshot and a journal of the steps since.

Each write is one record with its length and checksum, synced before it is acknowledged. After a kill at any
moment the last record is whole, or it is cut off at the next start and was never acknowledged. A full disk
refuses the write and leaves the journal as it was; starting needs no space at all.
"""

import fcntl
import os
import re
import struct
import zlib
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox

from bpo_kg.errors import SourceError
from bpo_kg.shells.server.changes import Step, apply, decode, encode

_RECORD = struct.Struct("<8sQI")
_MAGIC = b"bpo-kg-1"
_NAME = re.compile(r"(snapshot|journal)-(\d{8})\Z")
_COMPACT_ABOVE = 16 << 20


class DiskFull(Exception):
    """A write could not be kept, and nothing of it was."""


class Journal:
    """The folder of one store, locked against a second server as long as this process lives."""

    def __init__(self, folder: Path) -> None:
        """Open and lock a folder, which is created if it is missing.

        Raises:
            SourceError: the folder cannot be used, or another server uses it.
        """
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # A folder can be locked without creating a file in it, so a full disk does not matter here.
            self.lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SourceError(f"{folder}: another server keeps its store here") from None
        except OSError as error:
            raise SourceError(f"{folder}: {error.strerror}") from error
        found: dict[str, list[int]] = {"snapshot": [], "journal": []}
        for path in folder.iterdir():
            name = _NAME.match(path.name)
            if name:
                found[name.group(1)].append(int(name.group(2)))
        self._snapshot = max(found["snapshot"], default=0)
        self._journals = sorted(number for number in found["journal"] if number >= self._snapshot)
        self.restored = bool(found["snapshot"] or found["journal"])
        self._number = max(self._journals, default=self._snapshot)
        self._older = sum(self._path("journal", number).stat().st_size for number in self._journals)
        self._fd = -1
        self._size = 0

    def restore(self, store: ox.Store) -> None:
        """Put into an empty store what was kept.

        Raises:
            SourceError: a record before the last one is damaged; nothing is guessed.
        """
        if self._snapshot:
            steps, _ = self._read(self._path("snapshot", self._snapshot))
            apply(store, steps)
        for number in self._journals:
            path = self._path("journal", number)
            steps, good = self._read(path)
            apply(store, steps)
            if good < path.stat().st_size:
                if number != self._number:
                    raise SourceError(f"{path}: damaged after byte {good}")
                os.truncate(path, good)

    def _path(self, kind: str, number: int) -> Path:
        return self._folder / f"{kind}-{number:08d}"

    def _read(self, path: Path) -> tuple[list[Step], int]:
        """Return the steps of the whole records of a file, and where they end; only the last can be torn."""
        data = path.read_bytes()
        place = 0
        steps: list[Step] = []
        while place + _RECORD.size <= len(data):
            magic, length, check = _RECORD.unpack_from(data, place)
            body = data[place + _RECORD.size : place + _RECORD.size + length]
            if magic != _MAGIC or len(body) < length or zlib.crc32(body) != check:
                if magic == _MAGIC and place + _RECORD.size + length < len(data):
                    raise SourceError(f"{path}: the record at byte {place} is damaged, and others follow it")
                break
            steps += decode(body)
            place += _RECORD.size + length
        return steps, place

    def append(self, steps: bytes) -> None:
        """Keep one write, encoded, and return once it would survive the machine.

        Raises:
            DiskFull: it could not be kept; the journal is as it was.
        """
        record = _RECORD.pack(_MAGIC, len(steps), zlib.crc32(steps)) + steps
        try:
            if self._fd < 0:
                self._open(self._number)
            view = memoryview(record)
            while view:
                view = view[os.write(self._fd, view) :]
            os.fdatasync(self._fd)
        except OSError as error:
            if self._fd >= 0:
                os.ftruncate(self._fd, self._size)
            raise DiskFull(error.strerror or "the disk is full") from error
        self._size += len(record)

    def _open(self, number: int) -> None:
        path = self._path("journal", number)
        fresh = not path.exists()
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._size = os.fstat(self._fd).st_size
        self._older -= self._size if number in self._journals else 0
        if fresh:
            os.fsync(self.lock)  # the name, too, has to survive

    @property
    def bulky(self) -> bool:
        """Whether the journal has grown so much that a snapshot would make the next start faster."""
        snapshot = self._path("snapshot", self._snapshot)
        return self._older + self._size > max(_COMPACT_ABOVE, snapshot.stat().st_size if self._snapshot else 0)

    def turn(self) -> int:
        """Start the next journal file; return its number, which a snapshot of this moment carries."""
        old, size = self._fd, self._size
        self._number += 1
        try:
            self._open(self._number)
        except OSError:
            self._number -= 1
            raise
        if old >= 0:
            os.close(old)
        self._older += size
        return self._number

    def write_snapshot(self, number: int, steps: Iterable[Step]) -> None:
        """Write the snapshot of a moment, and only then remove what it replaces.

        Raises:
            OSError: there is no room; everything older is still there.
        """
        body = encode(steps)
        draft = self._folder / "snapshot.draft"
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(_RECORD.pack(_MAGIC, len(body), zlib.crc32(body)))
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path("snapshot", number))
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        os.fsync(self.lock)
        for path in self._folder.iterdir():
            name = _NAME.match(path.name)
            if name and int(name.group(2)) < number:
                path.unlink(missing_ok=True)

    def snapshot_written(self, number: int) -> None:
        """Note that the snapshot of a moment is there, written by another process."""
        if self._path("snapshot", number).exists():
            self._snapshot = number
            self._older = 0

    def close(self) -> None:
        """Let go of the folder."""
        if self._fd >= 0:
            os.close(self._fd)
        os.close(self.lock)


def picture(store: ox.Store) -> list[Step]:
    """Return the steps that make an empty store equal to `store`, empty graphs included."""
    graphs = [graph.value.encode() for graph in store.named_graphs() if isinstance(graph, ox.NamedNode)]
    return [*(Step("create", graph) for graph in graphs), Step("add", store.dump(format=ox.RdfFormat.N_QUADS) or b"")]
