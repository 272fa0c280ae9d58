"""Say what the query server can be told, once: flags, environment variables, defaults and their help.

The command line, the table in the documentation and the tests all read `FLAGS`; the defaults are safe for
an anonymous public on one small machine.
"""

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """What one run of the server was told.

    Attributes:
        timeout: seconds of wall time that one query, update or page may take.
        memory: megabytes that one request may make a worker grow by.
        max_rows: rows (or triples) that one answer may have; a longer answer is refused, never cut.
        max_bytes: bytes that one answer may have.
        max_query: bytes of query or update text.
        max_body: bytes of a body at `/data`, before and after decompression.
        nesting: brackets that may be open at once in a query, and levels of a document.
        workers: workers kept ready for light queries, 0 for one per processor; others may be busy with heavy ones.
        allow_host: names, besides addresses and localhost, by which the server may be called.
        allow_remote: IRIs that SERVICE and LOAD may reach; none unless the operator says so.
    """

    host: str = "127.0.0.1"
    port: int = 7878
    location: Path | None = None
    data: tuple[Path, ...] = ()
    write_token: str | None = None
    timeout: float = 5.0
    memory: int = 256
    max_rows: int = 1_000_000
    empty: bool = False
    workers: int = 0
    max_connections: int = 1000
    allow_host: tuple[str, ...] = ()
    allow_remote: tuple[str, ...] = ()
    access_log: bool = False
    max_bytes: int = 1024 * MEGABYTE
    max_query: int = MEGABYTE
    max_body: int = 64 * MEGABYTE
    nesting: int = 200


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag of `serve`: how it is spelled, what it is read as, and what it means."""

    name: str
    kind: type
    help: str
    many: bool = False

    @property
    def field(self) -> str:
        """The attribute of `ServerOptions` that the flag sets."""
        return self.name.lstrip("-").replace("-", "_")

    @property
    def environment(self) -> str:
        """The environment variable that stands in where the flag is not given."""
        return "BPO_KG_" + self.field.upper()


FLAGS: tuple[Flag, ...] = (
    Flag("--host", str, "address to listen on"),
    Flag("--port", int, "port to listen on; 0 takes a free one and prints it"),
    Flag(
        "--location", Path, "folder that keeps every acknowledged write; without it writes live as long as the server"
    ),
    Flag("--data", Path, "RDF file or inventory to load, repeatable", many=True),
    Flag("--write-token", str, "secret that updates must carry as 'Authorization: Bearer'; without it updates are off"),
    Flag("--timeout", float, "seconds per request"),
    Flag("--memory", int, "megabytes that one request may use"),
    Flag("--max-rows", int, "rows or triples per answer; more is refused, never cut"),
    Flag("--empty", bool, "a bare dataset: no shipped ontology, no reasoning, plain default graph"),
    Flag("--workers", int, "workers kept ready for light queries; 0 for one per processor"),
    Flag("--max-connections", int, "connections open at once"),
    Flag("--allow-host", str, "name by which the server may be called, besides addresses and localhost", many=True),
    Flag("--allow-remote", str, "IRI that SERVICE and LOAD may reach, repeatable; none by default", many=True),
    Flag("--access-log", bool, "log every request, not only failures and writes"),
)


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `serve` to a command line."""
    defaults = {field.name: field.default for field in fields(ServerOptions)}
    for flag in FLAGS:
        spoken = f"{flag.help} (environment {flag.environment}"
        default = defaults[flag.field]
        spoken += ")" if flag.many or flag.kind is bool or default is None else f", default {default})"
        if flag.kind is bool:
            parser.add_argument(flag.name, action="store_const", const=True, help=spoken)
        elif flag.many:
            parser.add_argument(flag.name, type=flag.kind, action="extend", nargs="+", help=spoken)
        else:
            parser.add_argument(flag.name, type=flag.kind, help=spoken)


def flag_table() -> str:
    """Return the flags, their variables and their defaults as a Markdown table."""
    defaults = {field.name: field.default for field in fields(ServerOptions)}
    lines = ["| flag | environment | default | meaning |", "|---|---|---|---|"]
    for flag in FLAGS:
        default = defaults[flag.field]
        shown = "" if default in {None, ()} else "off" if default is False else f"{default}"
        lines.append(f"| `{flag.name}` | `{flag.environment}` | {shown} | {flag.help} |")
    return "\n".join(lines) + "\n"


def options_from(arguments: argparse.Namespace, environment: Mapping[str, str] = os.environ) -> ServerOptions:
    """Return the options that parsed flags, else environment variables, else defaults give.

    Raises:
        ValueError: an environment variable or a number cannot be used; the message names it.
    """
    given: dict[str, Any] = {}
    for flag in FLAGS:
        value = getattr(arguments, flag.field, None)
        if value is None and flag.environment in environment:
            value = _from_environment(flag, environment[flag.environment])
        if value is not None:
            given[flag.field] = tuple(value) if flag.many else value
    options = ServerOptions(**given)
    if options.workers < 0:
        raise ValueError(f"--workers must not be below 0, and is {options.workers}")
    for name in ("timeout", "memory", "max_rows", "max_connections"):
        if getattr(options, name) <= 0:
            raise ValueError(f"--{name.replace('_', '-')} must be above 0, not {getattr(options, name)}")
    if not 0 <= options.port <= 65535:
        raise ValueError(f"--port must be between 0 and 65535, not {options.port}")
    return options


def _from_environment(flag: Flag, text: str) -> Any:
    try:
        if flag.many:
            return tuple(flag.kind(part) for part in text.split(",") if part)
        if flag.kind is bool:
            return text.strip().lower() in {"1", "true", "yes", "on"} or None
        return flag.kind(text) if text else None
    except ValueError:
        raise ValueError(f"{flag.environment}={text!r} is not a {flag.kind.__name__}") from None
