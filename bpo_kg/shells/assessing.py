"""The verb `assess`: choose the engine, write the result, say the findings.

Small inventories go through the graph, which can write every format; large ones through the table engine, which gives
the same bytes. Which one ran is said on standard error when the user could wonder.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bpo_kg.errors import MissingExtra, QueryError
from bpo_kg.graph import KnowledgeGraph
from bpo_kg.portfolio import require, should_use
from bpo_kg.shells.results import chosen_format, common, report, write
from bpo_kg.shells.words import Words
from bpo_kg.sources.facts import Finding
from bpo_kg.suitability.rulebook import bpo
from bpo_kg.vocabulary import ASSERTED

if TYPE_CHECKING:
    from bpo_kg.portfolio.options import PortfolioOptions
    from bpo_kg.suitability.rows import AssessmentTable

_PLAIN = (".csv", ".tsv", ".txt", ".tab")
_LISTED = 200
"""Findings said on standard error; the rest stands in the file beside the output."""


def assess(options: argparse.Namespace, open_graph: Callable[..., KnowledgeGraph]) -> int:
    """Judge an inventory."""
    files = [*options.files, *options.data]
    if not (files or options.onet):
        raise QueryError("give at least one FILE, or --onet DIR")
    form = chosen_format(options) or "table"
    if form == "parquet" and not options.output:
        raise QueryError("Parquet is no text: name a file with -o")
    other = "--onet" if options.onet else next((file for file in files if not _is_plain(file)), None)
    tabular = form in ("csv", "parquet") and other is None
    if options.engine in ("duckdb", "spark") and not tabular:
        what = f"{other} is none" if other else f"not {form}"
        raise QueryError(f"--engine {options.engine} reads CSV and Parquet tables and writes csv or parquet; {what}")
    if options.summary and other:
        raise QueryError(f"--summary reads CSV and Parquet tables; {other} is none")
    if options.summary or options.engine in ("duckdb", "spark"):
        return _portfolio(options, open_graph, files, form if tabular else "csv")
    if tabular and options.engine == "auto" and (form == "parquet" or _by_slices(options) or should_use(files)):
        try:
            return _portfolio(options, open_graph, files, form)
        except MissingExtra as missing:
            if form == "parquet":
                raise
            say_instead(missing)
    return _graph(options, open_graph, form)


def _is_plain(file: str) -> bool:
    """Tell whether the table engine reads a file: delimited text, Parquet, folders and globs of them."""
    path = Path(file)
    many = path.is_dir() or (not path.exists() and any(sign in file for sign in "*?["))
    return many or path.suffix.lower() in (*_PLAIN, ".parquet")


def _by_slices(options: argparse.Namespace) -> bool:
    """Tell whether HermiT is asked: about slices it has far less to do than about every row."""
    return options.reasoner == "hermit" and not options.rules


def say_instead(missing: MissingExtra) -> None:
    """Say that the graph engine runs because the table engine is not there."""
    print(f"bpo-kg: {missing}; the graph engine is used instead", file=sys.stderr)


def _graph(options: argparse.Namespace, open_graph: Callable[..., KnowledgeGraph], form: str) -> int:
    from bpo_kg import export

    if form == "parquet":
        require()
    kg = open_graph(options, options.files)
    if options.reasoner == "hermit":
        _ask_hermit(kg)
    table = kg.assess()
    words = Words(options.lang, options.terms)
    writers: dict[str, Callable[[], str | bytes]] = {
        "csv": lambda: export.table_csv(table),
        "json": lambda: export.table_json(table, options.lang),
        "md": lambda: export.table_markdown(table, words),
        "ttl": lambda: kg.export("assessed", "ttl"),
        "table": lambda: export.table_text(table, words),
        "xlsx": lambda: export.table_workbook(table, options.lang),
        "parquet": lambda: _parquet(table),
    }
    write(options, writers[form]())
    code = report(table.findings, options.lang, strict=options.strict)
    left_out = sum(inventory.left_out for inventory in kg.loaded.inventories)
    print(words.sentence("summary", rows=len(table), left_out=left_out), file=sys.stderr)
    return code


def _ask_hermit(kg: KnowledgeGraph) -> None:
    """Put beside what is asserted of each process what a complete OWL 2 DL reasoner finds it to be."""
    from bpo_kg.portfolio.second_opinion import types_by_hermit

    closure = kg.closed()
    generic = {node.value for node in kg.view.members(bpo("GenericProcess"))}
    own = [process for process in kg.names.processes() if process not in generic]
    closure.add(types_by_hermit(kg.dataset, own), f"{ASSERTED}/data/hermit")


def _parquet(table: "AssessmentTable") -> bytes:
    from bpo_kg.portfolio.rows_out import parquet_of

    return parquet_of(table.header, list(table))


def portfolio_options(options: argparse.Namespace) -> "PortfolioOptions":
    """Return what the common options say, for the table engine."""
    from bpo_kg.portfolio.options import PortfolioOptions

    return PortfolioOptions(
        **common(options),
        engine="spark" if getattr(options, "engine", "") == "spark" else "duckdb",
        master=getattr(options, "master", None),
        reasoner=getattr(options, "reasoner", "rl"),
        summary=getattr(options, "summary", False),
    )


def without_files(options: argparse.Namespace) -> argparse.Namespace:
    """Return the same options without their files, to load others under them."""
    return argparse.Namespace(**{**vars(options), "files": [], "data": [], "onet": None})


def _portfolio(
    options: argparse.Namespace, open_graph: Callable[..., KnowledgeGraph], files: Sequence[str], form: str
) -> int:
    require("spark" if options.engine == "spark" else "duckdb")
    from bpo_kg.portfolio.assess import assess_file

    output = Path(options.output) if options.output else sys.stdout.buffer
    result = assess_file(
        files,
        options=portfolio_options(options),
        output=None if options.summary else output,
        format="parquet" if form == "parquet" else "csv",
        progress=_Progress() if sys.stderr.isatty() else None,
        graph_engine=lambda paths: list(open_graph(without_files(options), [str(path) for path in paths]).assess()),
    )
    if options.summary and result.summary is not None:
        write(options, json.dumps(result.summary.to_dict(), ensure_ascii=False, indent=1) + "\n")
    elif options.output:
        _findings_beside(Path(options.output), result.findings, options.lang)
    code = report(result.findings[:_LISTED], options.lang, strict=options.strict)
    if len(result.findings) > _LISTED:
        print(f"… (+{len(result.findings) - _LISTED})", file=sys.stderr)
        code = code or report_code(result.findings, strict=options.strict)
    words = Words(options.lang, options.terms)
    print(words.sentence("summary", rows=result.rows, left_out=result.left_out), file=sys.stderr)
    return code


def export_large(options: argparse.Namespace, open_graph: Callable[..., KnowledgeGraph]) -> int:
    """Write asserted, inferred and assessed triples of a large table as N-Triples, without holding them in memory."""
    require()
    from bpo_kg.portfolio.triples import export_triples

    def graph(paths: Sequence[Path]) -> bytes:
        return open_graph(without_files(options), [str(path) for path in paths]).export("all", "nt")

    result = export_triples(options.data, options=portfolio_options(options), output=Path(options.output), graph=graph)
    return report(result.findings[:_LISTED], options.lang) or report_code(result.findings, strict=False)


def report_code(findings: Sequence[Finding], *, strict: bool) -> int:
    """Return the exit code that findings come to."""
    return int(any(strict or finding.severity == "error" for finding in findings))


def _findings_beside(output: Path, findings: Sequence[Finding], lang: str) -> None:
    """Write the findings of a large run beside its output; without any, no file is left from an earlier run."""
    from bpo_kg.sources.findings_out import as_text

    beside = output.with_name(output.name + ".findings.txt")
    if findings:
        beside.write_text(as_text(findings, lang), encoding="utf-8")
    else:
        beside.unlink(missing_ok=True)


class _Progress:
    """A line on a terminal: rows done, share and time left."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    def __call__(self, done: int, total: int | None) -> None:
        spent = time.monotonic() - self._begun
        line = f"\r{done:,} rows"
        if total:
            left = spent / done * (total - done) if done else 0.0
            line += f" of {total:,} ({100 * done // total} %), {left:.0f} s left"
        end = "\n" if total and done >= total else ""
        print(line.ljust(60), end=end, file=sys.stderr, flush=True)
