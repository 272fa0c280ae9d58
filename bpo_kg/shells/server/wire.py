"""Pass requests and answers between the front, the workers and the keeper of the store.

One message is one packet of a Unix socket, so nothing has to be reassembled; what is too large for a packet
travels as an open file beside it. All ends are forks of one process, which is what makes marshalling safe.
"""

import array
import marshal
import os
import socket
import struct
from collections.abc import Sequence

PACKET = 160 << 10
INLINE = 96 << 10
_ANSWER = struct.Struct("<cBQ")
CACHEABLE, IN_FILE, LIGHT, LEAVING = 1, 2, 4, 8
"""Flags of an answer: it may be remembered, its body is in a file, it was little work, its worker ends after it."""
ANSWER, UPDATE, WRITTEN, SPLIT = b"R", b"M", b"U", b"S"
_LOAN = struct.Struct("<cI")
_BACK = struct.Struct("<cIBI")
LEND, RECALL, BACK, COUNTS = b"L", b"r", b"B", b"C"


def channel() -> tuple[socket.socket, socket.socket]:
    """Return both ends of a socket that keeps packets apart."""
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in ends:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * PACKET)
    return ends


def send(sock: socket.socket, parts: Sequence[bytes], fds: Sequence[int] = ()) -> None:
    """Send one packet, with open files beside it; the caller keeps its own descriptors."""
    extra = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    sock.sendmsg(parts, extra)


def receive(sock: socket.socket) -> tuple[bytes, list[int]]:
    """Return the next packet and the files that came with it; empty once the other end is gone."""
    data, extra, _, _ = sock.recvmsg(PACKET, 64)
    if not extra:
        return data, []
    fds = array.array("i")
    for level, kind, content in extra:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(content[: len(content) - len(content) % fds.itemsize])
    return data, list(fds)


Framed = tuple[str, bytes, int, dict[bytes, bytes], bytes]
"""A request as the front framed it: method, target, minor version, headers, body."""


def pack_requests(kind: bytes, requests: list[Framed]) -> bytes:
    """Return one packet for requests; a body that is sent as a file is empty here."""
    return kind + marshal.dumps(requests)


def unpack_requests(packet: bytes) -> list[Framed]:
    """Return the requests that `pack_requests` put together."""
    requests: list[Framed] = marshal.loads(memoryview(packet)[1:])
    return requests


def pack_answers(answers: list[bytes]) -> bytes:
    """Return whole responses as one piece."""
    return marshal.dumps(answers)


def unpack_answers(piece: bytes) -> list[bytes]:
    """Return the responses that `pack_answers` put together."""
    answers: list[bytes] = marshal.loads(piece)
    return answers


def pack_answer(kind: bytes, flags: int, size: int) -> bytes:
    """Return the frame of an answer; `size` counts the body in the file beside it."""
    return _ANSWER.pack(kind, flags, size)


def unpack_answer(packet: bytes) -> tuple[bytes, int, int, bytes]:
    """Return the kind, the flags, the size of the file beside it, and the rest of an answer."""
    kind, flags, size = _ANSWER.unpack_from(packet)
    return kind, flags, size, packet[_ANSWER.size :]


def leaves(packet: bytes) -> bool:
    """Return whether the worker ends that sent this answer."""
    return bool(packet[1] & LEAVING)


def pack_loan(number: int, ending: bytes) -> bytes:
    """Return what a direct worker needs to know of a connection: its number, and how its requests end."""
    return _LOAN.pack(LEND, number) + ending


def unpack_loan(packet: bytes) -> tuple[int, bytes]:
    """Return the number and the ending that `pack_loan` put together."""
    return _LOAN.unpack_from(packet)[1], packet[_LOAN.size :]


def pack_back(number: int, *, unsent: bytes = b"", unread: bytes = b"", gone: bool = False) -> bytes:
    """Return what the front needs to know of a connection that comes back: what to send, and what came."""
    return _BACK.pack(BACK, number, gone, len(unsent)) + unsent + unread


def unpack_back(packet: bytes) -> tuple[int, bool, bytes, bytes]:
    """Return the number, whether the visitor is gone, what to send, and what came."""
    _, number, gone, length = _BACK.unpack_from(packet)
    place = _BACK.size + length
    return number, bool(gone), packet[_BACK.size : place], packet[place:]


def pack_counts(seconds: list[float]) -> bytes:
    """Return how long answers took."""
    return COUNTS + array.array("d", seconds).tobytes()


def unpack_counts(packet: bytes) -> list[float]:
    """Return how long answers took."""
    seconds = array.array("d")
    seconds.frombytes(packet[1:])
    return seconds.tolist()


def whole_file(fd: int) -> bytes:
    """Return all that an open file holds, and close it."""
    with open(fd, "rb", buffering=0) as file:
        file.seek(0)
        return file.read()


def shared_file(data: bytes) -> int:
    """Return a descriptor of a nameless file in memory that holds `data`."""
    fd = os.memfd_create("bpo-kg-steps")
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
    return fd
