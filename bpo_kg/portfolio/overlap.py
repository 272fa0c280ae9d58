"""Read ahead and write behind: scanning, answering and writing overlap, two batches at most in between.

The scan and the writer leave the interpreter free while they work, so on two cores a run takes little longer than
its longest part.
"""

from collections.abc import Callable, Generator, Iterable
from queue import Empty, Full, Queue
from threading import Event, Thread
from types import TracebackType
from typing import Any, TypeVar

_T = TypeVar("_T")
_BATCHES = 1
_PATIENCE = 0.1
"""Seconds after which a waiting thread looks whether the other side is still there."""


def ahead(items: Iterable[_T]) -> Generator[_T, None, None]:
    """Yield the items, the next ones being made meanwhile; an exception arises where its item would have come."""
    queue: Queue[tuple[_T | None, BaseException | None, bool]] = Queue(_BATCHES)
    stopped = Event()

    def give(item: _T | None, error: BaseException | None, last: bool) -> None:
        while not stopped.is_set():
            try:
                queue.put((item, error, last), timeout=_PATIENCE)
                return
            except Full:
                continue

    def make() -> None:
        try:
            for item in items:
                give(item, None, False)
                if stopped.is_set():
                    return
        except BaseException as error:  # handed over, not swallowed
            give(None, error, True)
            return
        finally:
            # What makes the items may have a thread of its own, which is not to wait for the collector.
            if isinstance(items, Generator):
                items.close()
        give(None, None, True)

    thread = Thread(target=make, daemon=True)
    thread.start()
    try:
        while True:
            item, error, last = queue.get()
            if error is not None:
                raise error
            if last:
                return
            yield item  # type: ignore[misc]
    finally:
        stopped.set()
        thread.join()


class Behind:
    """Call a function with each batch in its turn, in a thread of its own; use it as a context."""

    def __init__(self, work: Callable[..., None]) -> None:
        self._work = work
        self._queue: Queue[tuple[Any, ...] | None] = Queue(_BATCHES)
        self._error: BaseException | None = None
        self._thread = Thread(target=self._run, daemon=True)

    def __call__(self, *batch: Any) -> None:
        """Hand over a batch; raises what went wrong with one before."""
        while self._error is None:
            try:
                self._queue.put(batch, timeout=_PATIENCE)
                return
            except Full:
                continue
        raise self._error

    def _run(self) -> None:
        while (batch := self._queue.get()) is not None:
            try:
                self._work(*batch)
            except BaseException as error:  # raised where the next batch is handed over
                self._error = error
                return

    def __enter__(self) -> "Behind":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is not None:
            # What is still waiting is of no use any more.
            while not self._queue.empty():
                try:
                    self._queue.get_nowait()
                except Empty:
                    break
        while self._thread.is_alive():
            try:
                self._queue.put(None, timeout=_PATIENCE)
                break
            except Full:
                continue
        self._thread.join()
        if kind is None and self._error is not None:
            raise self._error
