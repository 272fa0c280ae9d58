"""Pass requests and answers between the front, the workers and the keeper of the store.

One message is one packet of a Unix socket, so nothing has to be reassembled; what is too large for a packet
travels as an open file beside it. The layouts are private to one run of the server.
"""

import array
import os
import socket
import struct
from collections.abc import Iterable, Sequence

PACKET = 160 << 10
INLINE = 96 << 10
_REQUEST = struct.Struct("<II")
_ANSWER = struct.Struct("<cBQ")
CACHEABLE, IN_FILE = 1, 2
ANSWER, UPDATE, WRITTEN, SPLIT = b"R", b"M", b"U", b"S"


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


def pack_requests(kind: bytes, requests: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return one packet for requests, each a head and a body; a body sent as a file is empty here."""
    return kind + b"".join(_REQUEST.pack(len(head), len(body)) + head + body for head, body in requests)


def unpack_requests(packet: bytes) -> list[tuple[bytes, bytes]]:
    """Return the heads and bodies that `pack_requests` put together."""
    place, requests = 1, []
    while place < len(packet):
        head_length, body_length = _REQUEST.unpack_from(packet, place)
        place += _REQUEST.size
        middle, end = place + head_length, place + head_length + body_length
        requests.append((packet[place:middle], packet[middle:end]))
        place = end
    return requests


def pack_answer(kind: bytes, flags: int, size: int) -> bytes:
    """Return the frame of an answer; `size` counts the body in the file beside it."""
    return _ANSWER.pack(kind, flags, size)


def unpack_answer(packet: bytes) -> tuple[bytes, int, int, bytes]:
    """Return the kind, the flags, the size of the file beside it, and the rest of an answer."""
    kind, flags, size = _ANSWER.unpack_from(packet)
    return kind, flags, size, packet[_ANSWER.size :]


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
