"""Start a query server as a user would, on a free port of this machine, and end it with everything it started.

Shared by the tests and the tools beside them.
"""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

TOKEN = "a-token-for-tests"
JSON = "application/sparql-results+json"

TIMEOUT = 1.5
"""Seconds per request of the server that the tests share."""
MEMORY = 128
"""Megabytes per request of the server that the tests share."""


@dataclass(frozen=True)
class Reply:
    """A whole answer: status, headers in lower case, body."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def rows(self) -> list[dict[str, str]]:
        """The solutions of a SELECT, values only."""
        return [{name: term["value"] for name, term in row.items()} for row in self.json()["results"]["bindings"]]


class RunningServer:
    """A server in processes of its own; use it as a context."""

    def __init__(
        self, *flags: str, command: list[str] | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        start = command or [sys.executable, "-m", "bpo_kg.shells.server", "--empty"]
        self.log: list[dict[str, Any]] = []
        self.noise: list[str] = []
        self.process = subprocess.Popen(
            [*start, "--port", "0", "--write-token", TOKEN, *flags],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
            text=True,
        )
        self._listening = threading.Event()
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        if not self._listening.wait(60) or self.port == 0:
            self.close()
            raise RuntimeError(f"the server did not start: {self.log} {self.noise}")

    port = 0

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            try:
                entry = json.loads(line)
            except ValueError:
                self.noise.append(line)
                continue
            self.log.append(entry)
            if entry["event"] == "listening":
                self.port = int(entry["url"].rsplit(":", 1)[1].strip("/"))
                self._listening.set()
        self._listening.set()

    def __enter__(self) -> "RunningServer":
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """`http://127.0.0.1:port`."""
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Kill the server and wait until its pipe is closed, which is when all of its processes are gone."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        self._reader.join(10)
        if self.process.stderr is not None:
            self.process.stderr.close()

    def members(self) -> list[int]:
        """The process ids of the server and everything below it."""
        found = [self.process.pid]
        for parent in found:
            for task in _children(parent):
                found.append(task)
        return found

    # --- asking ----------------------------------------------------------------------------------
    def request(
        self,
        method: str,
        path: str,
        body: bytes | str | None = None,
        *,
        token: bool = False,
        timeout: float = 30,
        **headers: str,
    ) -> Reply:
        """Send one request on a connection of its own."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent["authorization"] = f"Bearer {TOKEN}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body.encode() if isinstance(body, str) else body, sent)
            answer = connection.getresponse()
            return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def query(self, text: str, **more: Any) -> Reply:
        """Ask by POST, in JSON unless told otherwise."""
        more = {"content_type": "application/sparql-query", "accept": JSON, **more}
        return self.request("POST", "/sparql", text, **more)

    def get(self, text: str, **more: Any) -> Reply:
        """Ask by GET."""
        return self.request("GET", "/sparql?" + urlencode({"query": text}), **more)

    def update(self, text: str, **more: Any) -> Reply:
        """Write, with the token unless told otherwise."""
        more = {"token": True, "content_type": "application/sparql-update", **more}
        return self.request("POST", "/sparql", text, **more)

    def put(self, graph: str | None, turtle: str | bytes, **more: Any) -> Reply:
        """Put a Turtle document, into the default graph if no graph is named."""
        more = {"token": True, "content_type": "text/turtle", **more}
        return self.request("PUT", "/data?" + (urlencode({"graph": graph}) if graph else "default"), turtle, **more)

    def ask(self, text: str) -> bool:
        """Ask an ASK."""
        reply = self.query(text)
        assert reply.status == 200, reply
        return bool(reply.json()["boolean"])

    def count(self, pattern: str = "?s ?p ?o") -> int:
        """Count solutions of a pattern."""
        reply = self.query(f"SELECT (COUNT(*) AS ?n) WHERE {{ {pattern} }}")
        assert reply.status == 200, reply
        return int(reply.rows[0]["n"])

    def raw(self, data: bytes, *, timeout: float = 10) -> bytes:
        """Send bytes as they are and return all that comes back until the server closes or pauses."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as sock:
            sock.sendall(data)
            sock.settimeout(timeout)
            parts = []
            with contextlib.suppress(TimeoutError, ConnectionResetError):
                while part := sock.recv(65536):
                    parts.append(part)
            return b"".join(parts)

    def settled(self, condition: Any, seconds: float = 10) -> bool:
        """Wait until a condition holds; return whether it ever did."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition():
                return True
            time.sleep(0.02)
        return bool(condition())


def _children(parent: int) -> Iterator[int]:
    with contextlib.suppress(OSError):
        yield from map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())
