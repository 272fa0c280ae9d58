"""The verbs that explain: `explain`, `why-not`, `flips`, `what-if`, `diff`."""

import argparse
import json
from collections.abc import Iterable
from typing import Any, Protocol

import pyoxigraph as ox

from bpo_kg.errors import QueryError
from bpo_kg.graph import KnowledgeGraph
from bpo_kg.shells.results import chosen_format, pairs, places_of, report, write
from bpo_kg.suitability.pictures import mermaid, svg
from bpo_kg.suitability.proof import Step
from bpo_kg.suitability.proof_forms import proof_dict, proof_triples
from bpo_kg.suitability.triple_words import split_triple
from bpo_kg.vocabulary import PREFIXES


class Told(Protocol):
    """A result that can be told: as lines of text, and as JSON values."""

    def to_text(self) -> str: ...
    def to_dict(self) -> dict[str, Any]: ...


def explain(options: argparse.Namespace, open_graph: Any) -> int:
    """Say why a process got its verdicts, or why a triple holds."""
    kg: KnowledgeGraph = open_graph(options)
    places, form, limit = places_of(options), chosen_format(options) or "text", max(1, options.all)
    if options.that:
        predicate, value = split_triple(options.that)
        proofs = kg.prove((options.process, predicate, value), limit=limit)
        if not proofs:
            raise QueryError(f"{options.process} {predicate} {value} does not hold; why-not says what is missing")
        _write_proofs(options, kg, proofs, form)
        return report(kg.findings, options.lang)
    found = kg.explain(options.process, to=places[0] if len(places) == 1 else None, lang=options.lang, limit=limit)
    if form in ("text", "json"):
        _write(options, found)
    else:
        _write_proofs(options, kg, [step for steps in found.proofs.values() for step in steps], form)
    return report(kg.findings, options.lang)


def why_not(options: argparse.Namespace, open_graph: Any) -> int:
    """Say what keeps a process from a better verdict, or a triple from following."""
    kg: KnowledgeGraph = open_graph(options)
    if options.that:
        predicate, value = split_triple(options.that)
        _write(options, kg.why_absent((options.process, predicate, value), lang=options.lang))
        return report(kg.findings, options.lang)
    places = places_of(options)
    if not places:
        raise QueryError("say where the work would be done: --to CC")
    _write_all(
        options, [kg.why_not(options.process, to=place, wanted=options.grade, lang=options.lang) for place in places]
    )
    return report(kg.findings, options.lang)


def flips(options: argparse.Namespace, open_graph: Any) -> int:
    """List the smallest changes that would turn a verdict, and what to ask next."""
    kg: KnowledgeGraph = open_graph(options)
    _write(options, kg.flips(options.process, to=places_of(options) or None, most=options.most, lang=options.lang))
    return report(kg.findings, options.lang)


def what_if(options: argparse.Namespace, open_graph: Any) -> int:
    """Judge with facts, rules or places supposed."""
    kg: KnowledgeGraph = open_graph(options)
    cells, to = pairs(options.changes, "column=value"), places_of(options) or None
    if len(options.scenario) > 1:
        if cells:
            raise QueryError("--set goes with one scenario; several are compared as they are")
        _write(options, kg.compare(options.scenario, to=to, lang=options.lang))
    else:
        scenario = next(iter(options.scenario), None)
        _write(options, kg.what_if(options.process, cells, scenario=scenario, to=to, lang=options.lang))
    return report(kg.findings, options.lang)


def diff(options: argparse.Namespace) -> int:
    """Say what changed between two states of ontology, rules or inventory."""
    from bpo_kg.comparing import Loading
    from bpo_kg.comparing import diff as compare

    how = Loading(
        data=tuple(options.data), rules=tuple(options.rules), places=tuple(options.places),
        evidence=options.evidence == "on", client=options.client, to=tuple(places_of(options)),
        mapping=pairs(options.mapping, "HEADER=COLUMN"),
    )  # fmt: skip
    found = compare(options.old, options.new, how, lang=options.lang)
    form = chosen_format(options) or "text"
    write(
        options, found.to_markdown() if form == "md" else _json(found.to_dict()) if form == "json" else found.to_text()
    )
    return 0


def _write(options: argparse.Namespace, found: Told) -> None:
    write(options, _json(found.to_dict()) if chosen_format(options) == "json" else found.to_text())


def _write_all(options: argparse.Namespace, found: list[Told]) -> None:
    """Write one result as it is, several as a list or one below the other."""
    if len(found) == 1:
        _write(options, found[0])
    elif chosen_format(options) == "json":
        write(options, _json([one.to_dict() for one in found]))
    else:
        write(options, "\n".join(one.to_text() for one in found))


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _write_proofs(options: argparse.Namespace, kg: KnowledgeGraph, proofs: Iterable[Step], form: str) -> None:
    """Write proofs as data or as a picture; a picture shows the first, which is the shortest."""
    steps, teller = list(proofs), kg.teller(options.lang)
    teller.prepare(steps, every=True)
    if form == "json":
        write(options, _json([proof_dict(step, teller) for step in steps]))
    elif form == "ttl":
        tellers = [teller, kg.teller("id" if options.lang == "en" else "en")]
        write(
            options, ox.serialize(proof_triples(steps, tellers), format=ox.RdfFormat.TURTLE, prefixes=PREFIXES) or b""
        )
    elif form == "text":
        write(options, "\n".join("\n".join(teller.tree(step)) + "\n" for step in steps))
    elif not steps:
        raise QueryError("there is no proof to draw: no verdict was asked for")
    else:
        write(options, svg(steps[0], teller) if form == "svg" else mermaid(steps[0], teller))
