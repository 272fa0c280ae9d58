"""What each verb of the command line does: call the verb of the graph, write its result, say the findings."""

import argparse
import json
from collections.abc import Callable, Sequence

from bpo_kg.graph import KnowledgeGraph, load
from bpo_kg.shells import asking, assessing, checking
from bpo_kg.shells.results import chosen_format, pairs, places_of, report, write


def run(options: argparse.Namespace) -> int:
    """Run the verb that was asked for and return its exit code."""
    verb: Callable[[argparse.Namespace], int] = _VERBS[options.verb]
    return verb(options)


def open_graph(options: argparse.Namespace, files: Sequence[str] = ()) -> KnowledgeGraph:
    """Load what the common options name."""
    return load(
        *files,
        *getattr(options, "data", ()),
        rules=options.rules,
        places=options.places,
        evidence=options.evidence == "on",
        client=options.client,
        to=places_of(options),
        mapping=pairs(options.mapping, "HEADER=COLUMN"),
        onet=getattr(options, "onet", None),
    )


def explain(options: argparse.Namespace) -> int:
    """Explain one process."""
    places = places_of(options)
    kg = open_graph(options)
    found = kg.explain(options.process, to=places[0] if len(places) == 1 else None, lang=options.lang)
    as_json = chosen_format(options) == "json"
    text = json.dumps(found.to_dict(), ensure_ascii=False, indent=1) + "\n" if as_json else found.to_text()
    write(options, text)
    return report(kg.findings, options.lang)


def export_graph(options: argparse.Namespace) -> int:
    """Write the graph."""
    kg = open_graph(options)
    write(options, kg.export(options.part, chosen_format(options) or "ttl"))
    return report(kg.findings, options.lang)


def serve(options: argparse.Namespace) -> int:
    """Answer over HTTP."""
    from bpo_kg.shells.serving import run as run_server

    return run_server(options)


_VERBS: dict[str, Callable[[argparse.Namespace], int]] = {
    "assess": lambda options: assessing.assess(options, open_graph),
    "ask": lambda options: asking.ask(options, open_graph),
    "questions": asking.questions,
    "query": lambda options: asking.query(options, open_graph),
    "explain": explain,
    "reason": lambda options: checking.reason(options, open_graph),
    "check": checking.check,
    "template": checking.template,
    "export": export_graph,
    "serve": serve,
}
