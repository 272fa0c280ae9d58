"""The verbs that look for mistakes: `check`, `reason`; and `template`, which keeps them from being made."""

import argparse
import json
from collections.abc import Callable, Iterable
from pathlib import Path

from bpo_kg.errors import QueryError
from bpo_kg.graph import KnowledgeGraph
from bpo_kg.shells.results import chosen_format, common, report, write
from bpo_kg.sources import findings_out
from bpo_kg.sources.facts import Finding

OpenGraph = Callable[[argparse.Namespace], KnowledgeGraph]


def reason(options: argparse.Namespace, open_graph: OpenGraph) -> int:
    """List what follows, and what contradicts what."""
    kg = open_graph(options)
    findings = kg.contradictions(reasoner=options.reasoner) + kg.refusals()
    inferred = sorted({f"{q.subject} {q.predicate} {q.object} ." for q in kg.dataset.quads(part="inferred")})
    if chosen_format(options) == "json":
        data = {"inferred": inferred, "findings": [findings_out.plain(f, options.lang) for f in findings]}
        write(options, json.dumps(data, ensure_ascii=False, indent=1) + "\n")
    else:
        write(options, "".join(line + "\n" for line in inferred))
    return report([*kg.findings, *findings], options.lang)


def check(options: argparse.Namespace) -> int:
    """Find what is wrong in files."""
    from bpo_kg.validation import check_files

    found = check_files(
        [*options.files, *options.data],
        **common(options),
        reasoner=options.reasoner,
    )
    writers: dict[str, Callable[[Iterable[Finding], str], str]] = {
        "text": findings_out.as_text,
        "json": findings_out.as_json,
        "sarif": findings_out.as_sarif,
    }
    write(options, writers[chosen_format(options) or "text"](found, options.lang))
    return int(any(f.severity == "error" or options.strict for f in found))


def template(options: argparse.Namespace) -> int:
    """Write an empty inventory to fill in."""
    from bpo_kg.loading import inventory_lexicon, load_shipped
    from bpo_kg.sources.template import write_template

    if Path(options.file).suffix.lower() != ".xlsx":
        raise QueryError(f"{options.file}: a template is a workbook; give it the extension .xlsx")
    write_template(Path(options.file), inventory_lexicon(load_shipped()))
    return 0
