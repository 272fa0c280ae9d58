"""Serve a dataset over SPARQL 1.1 to an anonymous public that may send anything.

Three kinds of processes share the work. The *front* faces visitors and only frames requests. The *keeper* owns
the store and is the only one to change it. *Workers*, forks of the keeper, do everything that a visitor's text
can influence, and can be killed at any moment. To some of them the front lends whole connections for as long as only
light queries come. Nothing survives the front: the kernel ends the keeper with it, and the workers with the keeper.
"""

import asyncio
import contextlib
import os
import socket
import sys

from bpo_kg.shells.server.changes import Layout
from bpo_kg.shells.server.content import Content, Route, bare
from bpo_kg.shells.server.http import Problem, Request
from bpo_kg.shells.server.keeper import Build, start_keeper
from bpo_kg.shells.server.log import Log
from bpo_kg.shells.server.options import FLAGS, ServerOptions, add_flags, flag_table, options_from
from bpo_kg.shells.server.responses import Response

__all__ = [
    "FLAGS",
    "Build",
    "Content",
    "Layout",
    "Problem",
    "Request",
    "Response",
    "Route",
    "ServerOptions",
    "add_flags",
    "bare",
    "flag_table",
    "options_from",
    "serve",
]


def serve(options: ServerOptions, build: Build = bare) -> int:
    """Serve what `build` makes until the process is told to stop (SIGTERM, SIGINT); return its exit code.

    Args:
        build: called once, in a process of its own, with the store (filled from `options.location` if that holds
            one) and whether it was restored; returns the content. Must not start threads.

    Returns:
        0 after a graceful stop, 1 if the store was lost, 2 if the server could not start; the log says why.
    """
    if not sys.platform.startswith("linux"):
        Log().write("failed", detail="the server needs Linux: its limits are those of the Linux kernel")
        return 2
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        # Bound at once, to fail early; nobody can connect before the front listens.
        listening.bind((options.host, options.port))
    except OSError as error:
        Log().write("failed", detail=f"cannot listen on {options.host} port {options.port}: {error.strerror}")
        listening.close()
        return 2
    keeper, control = start_keeper(options, build, [listening])
    try:
        return _front(listening, control, options)
    finally:
        listening.close()
        control.close()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(keeper, 0)


def _front(listening: socket.socket, control: socket.socket, options: ServerOptions) -> int:
    from bpo_kg.shells.server.front import Front

    async def run() -> int:
        return await Front(listening, control, options).run()

    try:
        import uvloop
    except ImportError:
        return asyncio.run(run())
    return uvloop.run(run())
