"""The slip of memory on which a direct worker notes what it is doing, for the front to read should it die.

A request goes from the kernel straight onto the slip, so that none is lost with its worker. Only the worker writes
here, but for the call to come back. Nothing is locked: a worker that is late looks at the clock after it has noted
that it sends, and the front ends only those that have not noted it, long after that moment.
"""

import mmap
import struct
import time

FREE, READING, ASKED, SENDING = range(4)
_ROOM = 64 << 10
_STATE, _RECALLED, _FACTS = 0, 1, 8
_NUMBER_LENGTH_SINCE = struct.Struct("<IId")
_TEXT = _FACTS + _NUMBER_LENGTH_SINCE.size
SIZE = _TEXT + _ROOM


class Slip:
    """One worker's slip, seen from either side.

    Attributes:
        room: where the worker lets the kernel write the request.
    """

    def __init__(self, fd: int) -> None:
        self._memory = mmap.mmap(fd, SIZE)
        self.room = memoryview(self._memory)[_TEXT:]
        self._since = 0.0

    # --- the worker's side -----------------------------------------------------------------------
    def read_for(self, number: int) -> None:
        """Note that the next bytes are those of the loan `number`."""
        _NUMBER_LENGTH_SINCE.pack_into(self._memory, _FACTS, number, 0, 0.0)
        self._memory[_STATE] = READING

    def asked(self, number: int, length: int) -> bytes:
        """Note that `length` bytes came, start the clock, and return them."""
        self._since = time.monotonic()
        _NUMBER_LENGTH_SINCE.pack_into(self._memory, _FACTS, number, length, self._since)
        self._memory[_STATE] = ASKED
        return self._memory[_TEXT : _TEXT + length]

    def sends(self) -> float:
        """Note that an answer leaves, and return for how many seconds it has been worked on."""
        self._memory[_STATE] = SENDING
        return time.monotonic() - self._since

    def free(self) -> None:
        """Note that nothing is being done."""
        self._memory[_STATE] = FREE

    @property
    def recalled(self) -> bool:
        """Whether the front wants all loans back."""
        return self._memory[_RECALLED] != 0

    # --- the front's side ------------------------------------------------------------------------
    def recall(self) -> None:
        """Want all loans back."""
        self._memory[_RECALLED] = 1

    def asked_since(self) -> float | None:
        """Return when the request came that is being answered, None if there is none or its answer leaves."""
        before, state, after = self._facts(), self._memory[_STATE], self._facts()
        # The facts are noted before the state, so a state between two equal facts is theirs.
        return after[2] if state == ASKED and before == after else None

    def last_words(self) -> tuple[int, int, bytes]:
        """Return, once the worker is gone, what it was doing, for which loan, and the request if it was answering."""
        number, length, _ = self._facts()
        return self._memory[_STATE], number, self._memory[_TEXT : _TEXT + length]

    def _facts(self) -> tuple[int, int, float]:
        number, length, since = _NUMBER_LENGTH_SINCE.unpack_from(self._memory, _FACTS)
        return number, length, since

    def close(self) -> None:
        """Let go of the memory."""
        self.room.release()
        self._memory.close()
