"""Lend connections that ask one light query after the other to direct workers, and get them back.

The front keeps each lent connection open beside its worker and takes it back whole: with what was read and not
answered, or written and not sent. A direct worker that is not done in a moment is ended; its request is asked again
in the ordinary way, with every limit of that way, and that connection is not lent again for long.
"""

import asyncio
import contextlib
import os
import signal
import socket
import time
from typing import TYPE_CHECKING

from bpo_kg.shells.server import keeper, slip, wire
from bpo_kg.shells.server.direct import LATE
from bpo_kg.shells.server.metrics import Metrics

if TYPE_CHECKING:
    from bpo_kg.shells.server.connection import Connection

_MOST_LENT = 64
_STUCK_AFTER = 3 * LATE
_SWEEP = 0.01
_PENANCE = 1000  # light queries before a connection whose query was heavy may be lent again
_CALM = 0.5  # seconds without a write before connections are lent: each write makes the direct workers stale


class DirectHand:
    """One direct worker, as the front holds it."""

    __slots__ = ("handle", "lent", "recalled", "slip", "sock")

    def __init__(self, sock: socket.socket, handle: int, page: slip.Slip) -> None:
        self.sock, self.handle, self.slip = sock, handle, page
        self.lent: dict[int, Connection] = {}
        self.recalled = False


class Loans:
    """The direct workers of one server, and what is lent to them."""

    def __init__(self, control: socket.socket, *, most: int, metrics: Metrics) -> None:
        self._control, self._most, self._metrics = control, most, metrics
        self._loop = asyncio.get_running_loop()
        self._hands: list[DirectHand] = []
        self._number = 0
        self._spawning = self._sweeping = self._closed = False
        self._calm_from = 0.0
        self._version = ""

    @property
    def count(self) -> int:
        """How many connections are lent."""
        return sum(len(hand.lent) for hand in self._hands)

    def lend(self, connection: "Connection", ending: bytes) -> bool:
        """Lend a connection whose requests end in `ending`; return whether it could be lent now."""
        if self._closed or self._spawning or time.monotonic() < self._calm_from:
            return False
        hands = [hand for hand in self._hands if not hand.recalled]
        if len(hands) < self._most and all(hand.lent for hand in hands):
            self._spawning = True
            self._control.send(keeper.FORK_DIRECT)
            return False
        hand = min(hands, key=_load, default=None)
        if hand is None or len(hand.lent) >= _MOST_LENT:
            return False
        self._number = (self._number + 1) & 0xFFFFFFFF
        try:
            wire.send(hand.sock, [wire.pack_loan(self._number, ending)], [connection.fileno()])
        except OSError:  # it is busy, or died and its end-of-file is on its way
            return False
        hand.lent[self._number] = connection
        self._metrics.loans += 1
        if not self._sweeping:
            self._sweeping = True
            self._loop.call_later(_SWEEP, self._sweep)
        return True

    def joined(self, sock: socket.socket, handle: int, fd: int, version: str) -> None:
        """Take in a direct worker that the keeper has forked."""
        self._spawning = False
        hand = DirectHand(sock, handle, slip.Slip(fd))
        os.close(fd)
        sock.setblocking(False)
        self._hands.append(hand)
        self._loop.add_reader(sock.fileno(), self._told, hand)
        if version != self._version or self._closed:
            self._recall(hand)

    def left(self, connection: "Connection") -> None:
        """Forget a connection that its visitor has closed; its worker notices by itself."""
        for hand in self._hands:
            for number in [number for number, lent in hand.lent.items() if lent is connection]:
                del hand.lent[number]

    def advance(self, version: str) -> None:
        """Want everything back: no request that comes from now on is answered from older data."""
        self._version = version
        self._calm_from = time.monotonic() + _CALM
        for hand in self._hands:
            self._recall(hand)

    def close(self) -> None:
        """End every direct worker, once what is lent has come back."""
        self._closed = True
        for hand in self._hands:
            self._recall(hand)

    def _recall(self, hand: DirectHand) -> None:
        hand.recalled = True
        hand.slip.recall()
        with contextlib.suppress(OSError):  # it has something to wake it already
            hand.sock.send(wire.RECALL)

    # --- one worker ------------------------------------------------------------------------------
    def _told(self, hand: DirectHand) -> None:
        try:
            packet, _ = wire.receive(hand.sock)
        except BlockingIOError:
            return
        except OSError:
            packet = b""
        if not packet:
            self._gone(hand)
        elif packet[:1] == wire.COUNTS:
            for seconds in wire.unpack_counts(packet):
                self._metrics.observe("/sparql", 200, seconds)
        else:
            number, gone, unsent, unread = wire.unpack_back(packet)
            connection = hand.lent.pop(number, None)
            if connection is not None:
                connection.take_back(unsent=unsent, unread=unread, gone=gone)

    def _gone(self, hand: DirectHand) -> None:
        self._loop.remove_reader(hand.sock.fileno())
        self._hands.remove(hand)
        state, served, text = hand.slip.last_words()
        for number, connection in hand.lent.items():
            if number != served or state == slip.FREE:
                connection.take_back()
            elif state == slip.ASKED:
                connection.light = -_PENANCE
                connection.take_back(unread=text)
            else:  # nobody knows how much was read or sent
                connection.take_back(gone=True)
        hand.sock.close()
        hand.slip.close()
        os.close(hand.handle)

    def _sweep(self) -> None:
        now = time.monotonic()
        for hand in self._hands:
            since = hand.slip.asked_since()
            if hand.lent and since is not None and now - since > _STUCK_AFTER:
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(hand.handle, signal.SIGKILL)
        self._sweeping = any(hand.lent for hand in self._hands)
        if self._sweeping:
            self._loop.call_later(_SWEEP, self._sweep)


def _load(hand: DirectHand) -> int:
    return len(hand.lent)
