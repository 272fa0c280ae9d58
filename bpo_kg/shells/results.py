"""Write what a verb returns: choose the format, write aside and rename, say the findings."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TypedDict

from bpo_kg.errors import QueryError, SourceError
from bpo_kg.sources.facts import Finding

_BY_EXTENSION = {
    ".csv": "csv", ".tsv": "tsv", ".json": "json", ".md": "md", ".ttl": "ttl", ".parquet": "parquet", ".xlsx": "xlsx",
    ".nt": "nt", ".nq": "nq", ".trig": "trig", ".jsonld": "jsonld", ".rdf": "rdfxml", ".xml": "xml", ".sarif": "sarif",
    ".txt": "text", ".svg": "svg", ".mmd": "mermaid",
}  # fmt: skip


def chosen_format(options: argparse.Namespace) -> str | None:
    """Return the format asked for, else the one of `-o`'s extension, else the verb's own default."""
    if options.format:
        return str(options.format)
    if options.output:
        found = _BY_EXTENSION.get(Path(options.output).suffix.lower())
        if found == "xml" and "rdfxml" in options.formats:
            found = "rdfxml"
        if found not in options.formats:
            raise QueryError(f"{options.output}: give --format, one of {', '.join(options.formats)}")
        return found
    default: str | None = options.default_format
    return default


def write(options: argparse.Namespace, content: str | bytes) -> None:
    """Write a result to `-o`, aside first and then renamed, or to standard output."""
    data = content.encode() if isinstance(content, str) else content
    if not options.output:
        try:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise SourceError(f"standard output cannot be written: {error.strerror or error}") from error
        return
    target = Path(options.output)
    aside = target.with_name(target.name + ".part")
    try:
        aside.write_bytes(data)
        aside.replace(target)
    except OSError as error:
        raise SourceError(f"{target}: {error.strerror or error}") from error


def report(findings: Iterable[Finding], lang: str, *, strict: bool = False) -> int:
    """Say the findings on standard error; return 1 if they hold an error (with `strict`, any finding)."""
    worst = 0
    for finding in findings:
        print(finding.text(lang), file=sys.stderr)
        if finding.severity == "error" or strict:
            worst = 1
    return worst


class Common(TypedDict):
    """What the options that most verbs share say, by the names that `load` has for them."""

    rules: list[str]
    places: list[str]
    evidence: bool
    client: str | None
    to: list[str]
    mapping: dict[str, str]


def common(options: argparse.Namespace) -> Common:
    """Return what the common options say."""
    return Common(
        rules=options.rules,
        places=options.places,
        evidence=options.evidence == "on",
        client=options.client,
        to=places_of(options),
        mapping=pairs(options.mapping, "HEADER=COLUMN"),
    )


def pairs(items: Iterable[str], form: str) -> dict[str, str]:
    """Split `key=value` arguments.

    Raises:
        QueryError: an item is not of that form, or a key comes twice.
    """
    found: dict[str, str] = {}
    for item in items:
        key, equals, value = item.partition("=")
        if not equals or not key.strip():
            raise QueryError(f"{item!r} is not of the form {form}")
        if key.strip() in found:
            raise QueryError(f"{key.strip()!r} is given twice")
        found[key.strip()] = value.strip()
    return found


def places_of(options: argparse.Namespace) -> list[str]:
    """Return the places that `--to` names."""
    return [place.strip() for place in options.to.split(",") if place.strip()]
