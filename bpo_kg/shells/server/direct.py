"""Answer light queries straight to visitors: a worker to whom the front lends whole connections.

What the front and a worker do for each other costs more than a light query itself. So a connection that has asked
one light query after the other is lent to a direct worker, which reads its requests and writes its answers until
one is not like those before: another head, a repeated text, a refusal, a large or late answer. Then the connection
goes back with that request, and the front treats it as if it had never been lent. So there is nothing here to
enforce: a direct worker that is not done at once is killed, and what it was asked is asked again elsewhere.
"""

import os
import re
import select
import socket
import time
from email.utils import formatdate
from typing import NoReturn

from bpo_kg.shells.server import limits, wire
from bpo_kg.shells.server.http import decoded, parse_head
from bpo_kg.shells.server.options import ServerOptions
from bpo_kg.shells.server.protocol import Manner, Operation, sized
from bpo_kg.shells.server.responses import Spool, head_bytes
from bpo_kg.shells.server.slip import Slip
from bpo_kg.shells.server.worker import Worker

LATE = 0.01
"""Seconds after which an answer goes through the front, which may be about to end this worker."""
_TERM = 2.0  # seconds after which a loan ends, so that the front can share connections out anew
_TICK = 1.0
_SEEN = 20_000
_COUNTS = 500
_START = b"/sparql?query="
_TARGET = re.compile(rb"/sparql\?query=[\x21-\x25\x27-\x7e]+")  # no other parameter
_OK = b"HTTP/1.1 200 OK\r\n"


class Loan:
    """A connection that was lent.

    Attributes:
        ending: the bytes that follow the target in every request of this visitor.
    """

    __slots__ = ("ending", "headers", "manner", "number", "since", "sock")

    def __init__(self, number: int, sock: socket.socket, ending: bytes, since: float) -> None:
        self.number, self.sock, self.ending, self.since = number, sock, ending, since
        self.headers = parse_head(b"GET /" + ending).headers
        self.manner = Manner.of(self.headers)


class Direct:
    """Serves lent connections until the front closes its socket or wants them back."""

    def __init__(self, sock: socket.socket, slip: Slip, worker: Worker, options: ServerOptions) -> None:
        self._sock, self._slip, self._worker = sock, slip, worker
        self._max_query = options.max_query
        self._fattest = limits.resident() + (options.memory << 19)
        self._poll = select.epoll()
        self._poll.register(sock, select.EPOLLIN)
        self._loans: dict[int, Loan] = {}
        self._seen: set[int] = set()
        self._seconds: list[float] = []
        self._date = b""

    def run(self) -> NoReturn:
        """Serve; return everything before this process ends by itself."""
        told, tick = self._sock.fileno(), 0.0
        while not self._slip.recalled:
            for fd, _ in self._poll.poll(_TICK if self._loans or self._seconds else None):
                if fd == told:
                    self._told()
                elif fd in self._loans:
                    self._serve(self._loans[fd])
            now = time.monotonic()
            if now >= tick or len(self._seconds) >= _COUNTS:
                tick = now + _TICK
                self._ticked(now)
        for loan in list(self._loans.values()):
            self._give_back(loan)
        self._report()
        os._exit(0)

    def _told(self) -> None:
        packet, fds = wire.receive(self._sock)
        if not packet:
            os._exit(0)
        if packet[:1] == wire.LEND:
            number, ending = wire.unpack_loan(packet)
            sock = socket.socket(fileno=fds[0])
            self._loans[sock.fileno()] = Loan(number, sock, ending, time.monotonic())
            self._poll.register(sock, select.EPOLLIN)

    def _ticked(self, now: float) -> None:
        self._date = f"date: {formatdate(usegmt=True)}\r\n".encode()
        for loan in [loan for loan in self._loans.values() if now - loan.since > _TERM]:
            self._give_back(loan)
        self._report()
        if limits.resident() > self._fattest:
            self._slip.recall()  # by itself: a fresh fork has its whole allowance again

    def _report(self) -> None:
        if self._seconds:
            wire.send(self._sock, [wire.pack_counts(self._seconds)])
            self._seconds = []

    def _give_back(self, loan: Loan, *, unsent: bytes = b"", unread: bytes = b"", gone: bool = False) -> None:
        del self._loans[loan.sock.fileno()]
        self._poll.unregister(loan.sock)
        loan.sock.close()
        wire.send(self._sock, [wire.pack_back(loan.number, unsent=unsent, unread=unread, gone=gone)])

    # --- one request -----------------------------------------------------------------------------
    def _serve(self, loan: Loan) -> None:
        slip = self._slip
        slip.read_for(loan.number)
        try:
            length = loan.sock.recv_into(slip.room)
        except BlockingIOError:
            slip.free()
            return
        except OSError:
            length = 0
        raw = slip.asked(loan.number, length)
        # Asked after the request was read: one sent after a write was acknowledged always meets the recall.
        answer = b"" if slip.recalled else self._answer(loan, raw)
        if answer:
            seconds = slip.sends()
            self._seconds.append(seconds)
            self._send(loan, answer, late=seconds > LATE)
        else:
            self._give_back(loan, unread=raw, gone=not raw)
        slip.free()

    def _send(self, loan: Loan, answer: bytes, *, late: bool) -> None:
        sent = 0
        try:
            if not late:
                sent = loan.sock.send(answer)
        except BlockingIOError:
            pass  # the visitor does not read; the front has the patience for that
        except OSError:
            self._give_back(loan, gone=True)
            return
        if sent < len(answer):
            self._give_back(loan, unsent=answer[sent:])

    def _answer(self, loan: Loan, raw: bytes) -> bytes:
        """Return the whole answer, nothing if the front has to see to the request."""
        target = raw[4 : -len(loan.ending)]
        if not (raw.startswith(b"GET ") and raw.endswith(loan.ending) and _TARGET.fullmatch(target)):
            return b""
        key = hash(target)
        if key in self._seen:  # what comes again is for the front's memory
            return b""
        if len(self._seen) >= _SEEN:
            self._seen.clear()
        self._seen.add(key)
        try:
            text = decoded(target[len(_START) :].replace(b"+", b" "))
            response = self._worker.told(sized(Operation(text, False, [], []), self._max_query), loan.manner)
        except Exception:  # whatever it is, the ordinary way has the words for it
            return b""
        body = response.body
        if isinstance(body, Spool) or response.status != 200:
            return b""
        if response.cache:
            response.tag = self._worker.tag(target, loan.headers)
        head = head_bytes(response, length=len(body))
        return b"".join((_OK, self._date, head[len(_OK) :], body))
