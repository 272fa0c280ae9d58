"""Remember whole answers until the data changes.

An answer is found by the very bytes of the request, which costs one look-up before anything is parsed, or by
what the answer depends on, so that visitors with different headers share it. A new data version forgets all.
"""

import os
from collections import OrderedDict
from dataclasses import dataclass

from bpo_kg.shells.server.http import Head

_BYTES = 64 << 20
_FILE_BYTES = 512 << 20
_COUNT = 20_000
_FILES = 200
_SLOW = 0.003  # seconds

Key = tuple[str, bytes, bytes, bytes, bytes, bytes, bytes, bytes]


@dataclass(slots=True, eq=False)
class Answer:
    """A finished response: its head and body in memory, or its head and a file with the body."""

    head: bytes
    fd: int = -1
    size: int = 0

    @property
    def weight(self) -> int:
        """Bytes in memory."""
        return len(self.head)

    def duplicate(self) -> "Answer":
        """Return the same answer with a descriptor of its own."""
        return self if self.fd < 0 else Answer(self.head, os.dup(self.fd), self.size)

    def close(self) -> None:
        """Let go of the file."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


def key_of(head: Head, body: bytes) -> Key:
    """Return what an answer depends on, as far as any route looks."""
    get = head.headers.get
    accepted = get(b"accept", b""), get(b"accept-language", b""), get(b"if-none-match", b"")
    return (head.method, head.target, *accepted, get(b"host", b""), get(b"content-type", b""), body)


class Cache:
    """Answers of one data version, the least recently used dropped first."""

    def __init__(self) -> None:
        self._answers: OrderedDict[bytes | Key, Answer] = OrderedDict()
        self._bytes = self._file_bytes = self._files = 0
        self._seen: set[Key] = set()
        self.hits = 0

    def find(self, key: bytes | Key) -> Answer | None:
        """Return the answer to a request, None if it is not known."""
        found = self._answers.get(key)
        if found is not None:
            self._answers.move_to_end(key)
            self.hits += 1
        return found

    def offer(self, key: Key, answer: Answer, seconds: float) -> None:
        """Remember an answer that was slow, or is given for the second time; most light queries never come back."""
        if seconds < _SLOW and key not in self._seen:
            if len(self._seen) >= _COUNT:
                self._seen.clear()
            self._seen.add(key)
            return
        self.keep(key, answer.duplicate())

    def keep(self, key: bytes | Key, answer: Answer) -> None:
        """Remember an answer; the cache owns the descriptor from here on."""
        if key in self._answers or answer.weight > _BYTES // 8 or answer.size > _FILE_BYTES // 4:
            answer.close()
            return
        self._answers[key] = answer
        self._bytes += answer.weight + (len(key) if isinstance(key, bytes) else sum(map(len, key)))
        self._file_bytes += answer.size
        self._files += answer.fd >= 0
        while (
            self._bytes > _BYTES
            or self._file_bytes > _FILE_BYTES
            or len(self._answers) > _COUNT
            or self._files > _FILES
        ):
            self._drop(*self._answers.popitem(last=False))

    def forget(self) -> None:
        """Drop everything."""
        self._seen.clear()
        while self._answers:
            self._drop(*self._answers.popitem())

    def _drop(self, key: bytes | Key, answer: Answer) -> None:
        self._bytes -= answer.weight + (len(key) if isinstance(key, bytes) else sum(map(len, key)))
        self._file_bytes -= answer.size
        self._files -= answer.fd >= 0
        answer.close()
