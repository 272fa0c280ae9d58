"""Pause the garbage collector while a large table becomes objects.

Left alone it walks the growing heap over and over and doubles the time; nothing that is made meanwhile is
garbage. It runs again as soon as the table is read.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Switch automatic collection off inside the block, if it was on."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            if not gc.get_freeze_count():
                # Moves what was made straight to the oldest generation; the youngest would be walked at once.
                gc.freeze()
                gc.unfreeze()
            gc.enable()
