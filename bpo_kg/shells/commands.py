"""What each verb of the command line does: call the verb of the graph, write its result, say the findings."""

import argparse
from collections.abc import Callable, Sequence

from bpo_kg.errors import MissingExtra
from bpo_kg.graph import KnowledgeGraph, load
from bpo_kg.portfolio import should_export
from bpo_kg.shells import asking, assessing, checking
from bpo_kg.shells.results import chosen_format, common, report, write


def run(options: argparse.Namespace) -> int:
    """Run the verb that was asked for and return its exit code."""
    verb: Callable[[argparse.Namespace], int] = _VERBS[options.verb]
    return verb(options)


def open_graph(options: argparse.Namespace, files: Sequence[str] = ()) -> KnowledgeGraph:
    """Load what the common options name."""
    return load(
        *files,
        *getattr(options, "data", ()),
        **common(options),
        onet=getattr(options, "onet", None),
    )


def export_graph(options: argparse.Namespace) -> int:
    """Write the graph."""
    whole = options.output and chosen_format(options) == "nt" and options.part == "all"
    if whole and should_export(options.data, options.rules):
        try:
            return assessing.export_large(options, open_graph)
        except MissingExtra as missing:
            assessing.say_instead(missing)
    kg = open_graph(options)
    write(options, kg.export(options.part, chosen_format(options) or "ttl"))
    return report(kg.findings, options.lang)


def serve(options: argparse.Namespace) -> int:
    """Answer over HTTP."""
    from bpo_kg.shells.serving import run as run_server

    return run_server(options)


def _reasons(verb: str, options: argparse.Namespace) -> int:
    """Run a verb that gives reasons; what draws pictures and tells proofs is loaded for these alone."""
    from bpo_kg.shells import explaining

    run_verb: Callable[..., int] = getattr(explaining, verb)
    return run_verb(options, open_graph)


def diff(options: argparse.Namespace) -> int:
    """Compare two states of ontology, rules or inventory."""
    from bpo_kg.shells import explaining

    return explaining.diff(options)


_VERBS: dict[str, Callable[[argparse.Namespace], int]] = {
    "assess": lambda options: assessing.assess(options, open_graph),
    "ask": lambda options: asking.ask(options, open_graph),
    "questions": asking.questions,
    "query": lambda options: asking.query(options, open_graph),
    "explain": lambda options: _reasons("explain", options),
    "why-not": lambda options: _reasons("why_not", options),
    "flips": lambda options: _reasons("flips", options),
    "what-if": lambda options: _reasons("what_if", options),
    "diff": diff,
    "reason": lambda options: checking.reason(options, open_graph),
    "check": checking.check,
    "template": checking.template,
    "export": export_graph,
    "serve": serve,
}
