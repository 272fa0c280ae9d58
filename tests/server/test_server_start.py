"""A server starts with the allocator that suits queries, unless its operator chose another."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from running_server import RunningServer

TUNABLES = "GLIBC_TUNABLES"


def told(server: RunningServer) -> str:
    """What the allocator of a running server was told."""
    entries = Path(f"/proc/{server.process.pid}/environ").read_bytes().decode().split("\0")
    return "".join(entry.partition("=")[2] for entry in entries if entry.startswith(f"{TUNABLES}="))


def test_a_server_keeps_what_queries_free_at_hand(
    start: Callable[..., RunningServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program starts itself anew with it, under the same process id; under another C library it does not."""
    monkeypatch.delenv(TUNABLES, raising=False)
    try:
        glibc = (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc")
    except ValueError:
        glibc = False
    assert told(start()) == ("glibc.malloc.tcache_count=120" if glibc else "")


def test_the_operator_has_the_last_word_on_the_allocator(start: Callable[..., RunningServer]) -> None:
    """What stands in the environment already is left alone."""
    assert told(start(environment={TUNABLES: "glibc.malloc.tcache_count=30"})) == "glibc.malloc.tcache_count=30"


def test_nothing_but_a_server_is_started_anew() -> None:
    """A program that calls the function without being a server goes on where it was."""
    text = "import os; from bpo_kg.shells.allocator import start_anew; start_anew()"
    text += "; print(os.environ.get('GLIBC_TUNABLES'))"
    environment = {name: value for name, value in os.environ.items() if name != TUNABLES}
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout == "None\n"
