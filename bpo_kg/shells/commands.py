"""What each verb of the command line does: call the verb of the graph, format its result, count the findings."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from bpo_kg.errors import BpoKgError, QueryError, SourceError
from bpo_kg.graph import KnowledgeGraph, load
from bpo_kg.sources.facts import Finding

_BY_EXTENSION = {
    ".csv": "csv", ".tsv": "tsv", ".json": "json", ".md": "md", ".ttl": "ttl", ".parquet": "parquet", ".xlsx": "xlsx",
    ".nt": "nt", ".nq": "nq", ".trig": "trig", ".jsonld": "jsonld", ".rdf": "rdfxml", ".xml": "xml", ".sarif": "sarif",
    ".txt": "text", ".svg": "svg", ".mmd": "mermaid",
}  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Run the verb that was asked for and return its exit code."""
    verb: Callable[[argparse.Namespace], int] = _VERBS[options.verb]
    return verb(options)


def _graph(options: argparse.Namespace, files: Iterable[str] = (), **more: str | None) -> KnowledgeGraph:
    mapping = dict(_pair(item, "--map HEADER=COLUMN") for item in options.mapping)
    return load(
        *files,
        *getattr(options, "data", ()),
        rules=options.rules,
        places=options.places,
        evidence=options.evidence == "on",
        client=options.client,
        to=[place for place in options.to.split(",") if place],
        mapping=mapping,
        onet=more.get("onet"),
    )


def _pair(item: str, form: str) -> tuple[str, str]:
    key, equals, value = item.partition("=")
    if not equals or not key.strip():
        raise QueryError(f"{item!r} is not of the form {form.split()[-1]}")
    return key.strip(), value.strip()


def _format(options: argparse.Namespace) -> str | None:
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


def _write(options: argparse.Namespace, content: str | bytes) -> None:
    """Write a result to `-o` (aside first, then renamed) or to standard output."""
    data = content.encode() if isinstance(content, str) else content
    if options.output:
        target = Path(options.output)
        aside = target.with_name(target.name + ".part")
        try:
            aside.write_bytes(data)
            aside.replace(target)
        except OSError as error:
            raise SourceError(f"{target}: {error.strerror or error}") from error
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def _report(findings: Iterable[Finding], lang: str, *, strict: bool = False) -> int:
    """Say the findings on stderr; return 1 if they hold an error (with `strict`, any finding)."""
    worst = 0
    for finding in findings:
        print(finding.text(lang), file=sys.stderr)
        if finding.severity == "error" or strict:
            worst = 1
    return worst


def assess(options: argparse.Namespace) -> int:
    """Judge an inventory."""
    if not (options.files or options.data or options.onet):
        raise QueryError("give at least one FILE, or --onet DIR")
    form = _format(options) or "table"
    kg = _graph(options, options.files, onet=options.onet)
    table = kg.assess()
    from bpo_kg import export
    from bpo_kg.shells.words import Words

    words = Words(options.lang, options.terms)
    if form == "csv":
        _write(options, export.table_csv(table))
    elif form == "json":
        _write(options, export.table_json(table, options.lang))
    elif form == "md":
        _write(options, export.table_markdown(table, words))
    elif form == "ttl":
        _write(options, kg.export("assessed", "ttl"))
    else:
        _write(options, export.table_text(table, words))
    left_out = sum(inventory.left_out for inventory in kg.loaded.inventories)
    code = _report(kg.findings, options.lang, strict=options.strict)
    print(words.sentence("summary", rows=len(table), left_out=left_out), file=sys.stderr)
    return code


def explain(options: argparse.Namespace) -> int:
    """Explain one process."""
    kg = _graph(options)
    places = [place for place in options.to.split(",") if place]
    found = kg.explain(options.process, to=places[0] if len(places) == 1 else None, lang=options.lang)
    as_json = json.dumps(found.to_dict(), ensure_ascii=False, indent=1) + "\n"
    _write(options, as_json if _format(options) == "json" else found.to_text())
    return _report((), options.lang)


def query(options: argparse.Namespace) -> int:
    """Run a SPARQL query."""
    raise BpoKgError("not yet")


def export_graph(options: argparse.Namespace) -> int:
    """Write the graph."""
    kg = _graph(options)
    _write(options, kg.export(options.part, _format(options) or "ttl"))
    return _report(kg.findings, options.lang)


_VERBS: dict[str, Callable[[argparse.Namespace], int]] = {
    "assess": assess,
    "explain": explain,
    "query": query,
    "export": export_graph,
}
