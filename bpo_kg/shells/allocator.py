"""Start the server's program anew with an allocator that keeps at hand what queries free.

A query allocates and frees hundreds of small pieces of the same few sizes. glibc keeps only seven of each size at hand
and puts the rest where finding them again takes a fifth of the time of a light query. How many it keeps can only be
said in the environment, before a program starts.
"""

import contextlib
import os
import sys

_VARIABLE = "GLIBC_TUNABLES"
_AT_HAND = "glibc.malloc.tcache_count=120"
_SERVERS = {"serve", "bpo_kg.shells.server"}


def start_anew() -> None:
    """Replace this process by the same program with that allocator, unless it has one or the operator chose his own.

    Does nothing where this process was not started as a server, or where its C library is another.
    """
    if not sys.platform.startswith("linux") or not sys.executable:
        return
    if _VARIABLE in os.environ or _SERVERS.isdisjoint(sys.orig_argv):
        return
    with contextlib.suppress(OSError, ValueError):
        if (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc"):
            sys.stdout.flush()
            sys.stderr.flush()
            environment = {**os.environ, _VARIABLE: _AT_HAND}
            os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)
