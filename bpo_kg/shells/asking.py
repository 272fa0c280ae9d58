"""The verbs that ask: `query`, `ask`, `questions`, here or at a remote endpoint."""

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from bpo_kg.errors import QueryError, SourceError
from bpo_kg.graph import KnowledgeGraph
from bpo_kg.questions import catalogue, find_question, remote_values
from bpo_kg.shells.results import chosen_format, pairs, places_of, report, write
from bpo_kg.store.dataset import unanswered
from bpo_kg.vocabulary import PREFIXES, shorten

_RESULTS = {
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
}
_GRAPHS = {"ttl": ox.RdfFormat.TURTLE, "nt": ox.RdfFormat.N_TRIPLES, "jsonld": ox.RdfFormat.JSON_LD}


def query(options: argparse.Namespace, open_graph: Any) -> int:
    """Run a SPARQL query."""
    text = _query_text(options)
    if options.endpoint:
        from bpo_kg.store.remote import Endpoint

        _answer(options, Endpoint(options.endpoint).query(text))
        return 0
    kg: KnowledgeGraph = open_graph(options)
    result = kg.select(text)
    empty = _answer(options, result)
    if empty:
        _say_why_empty(kg, text, options.lang)
    return report(kg.findings, options.lang)


def ask(options: argparse.Namespace, open_graph: Any) -> int:
    """Answer a catalogued question."""
    parameters = pairs(options.parameters, "key=value")
    question = find_question(options.name)
    if "lang" in (parameter.name for parameter in question.parameters):
        parameters.setdefault("lang", options.lang)
    places = places_of(options)
    needed = [
        p.name for p in question.parameters if p.type == "country" and not p.optional and p.name not in parameters
    ]
    if len(places) == len(needed) == 1:
        parameters[needed[0]] = places[0]
    if options.endpoint:
        from bpo_kg.store.remote import Endpoint

        _answer(options, Endpoint(options.endpoint).query(question.bind(remote_values(question, parameters))))
        return 0
    kg: KnowledgeGraph = open_graph(options)
    text = kg.question(options.name, parameters)
    empty = _answer(options, kg.select(text, judged=True))
    if empty:
        _say_why_empty(kg, text, options.lang, catalogued=True)
    return report(kg.findings, options.lang)


def questions(options: argparse.Namespace) -> int:
    """List the catalogued questions."""
    found = catalogue()
    if chosen_format(options) == "json":
        data = [
            {
                "name": q.name,
                "question": dict(q.text),
                "parameters": [
                    {"name": p.name, "type": p.type, "class": shorten(p.cls or ""), "optional": p.optional, **p.label}
                    for p in q.parameters
                ],
                "source": list(q.source),
            }
            for q in found.values()
        ]
        write(options, json.dumps(data, ensure_ascii=False, indent=1) + "\n")
        return 0
    width = max(len(name) for name in found)
    lines = []
    for question in found.values():
        wanted = " ".join(
            f"[{p.name}=…]" if p.optional else f"{p.name}=…" for p in question.parameters if p.name != "lang"
        )
        lines.append(f"{question.name.ljust(width)}  {question.text[options.lang]}")
        if wanted:
            lines.append(f"{' ' * width}    {wanted}")
    write(options, "\n".join(lines) + "\n")
    return 0


def _query_text(options: argparse.Namespace) -> str:
    if (options.sparql is None) == (options.file is None):
        raise QueryError("give either a query text or -f FILE")
    if options.file is None:
        return str(options.sparql)
    if options.file == "-":
        return sys.stdin.read()
    try:
        return Path(options.file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{options.file}: {getattr(error, 'strerror', None) or error}") from error


def _answer(options: argparse.Namespace, result: Any) -> bool:
    """Write a result in the format asked for; tell whether it is an empty list of rows."""
    form = chosen_format(options)
    if isinstance(result, ox.QueryBoolean):
        if form in (None, "table"):
            write(options, f"{str(bool(result)).lower()}\n")
        elif form in ("json", "xml"):
            write(options, result.serialize(format=_RESULTS[form]) or b"")
        else:
            raise QueryError(f"an ASK query gives true or false; use --format json or xml, not {form}")
        return False
    if isinstance(result, ox.QuerySolutions):
        if form in (None, "table"):
            rows = [[_shown(term) for term in solution] for solution in _solutions(result)]
            write(options, _table([v.value for v in result.variables], rows))
            return not rows
        if form not in _RESULTS:
            raise QueryError(f"a SELECT query gives rows; use --format {', '.join(_RESULTS)}, not {form}")
        solutions = _solutions(result)
        write(options, _rows(result.variables, solutions, form))
        return not solutions
    form = "ttl" if form in (None, "table") else form
    if form not in _GRAPHS:
        raise QueryError(f"this query gives triples; use --format {', '.join(_GRAPHS)}, not {form}")
    triples = sorted(_named_anew(result), key=str)
    content = ox.serialize(triples, format=_GRAPHS[form], prefixes=None if form == "nt" else PREFIXES)
    write(options, content or b"")
    return not triples


def _solutions(result: ox.QuerySolutions) -> list[list[Any]]:
    """Read all solutions; blank nodes are named by where they first stand, because their own names change every run."""
    names: dict[ox.BlankNode, ox.BlankNode] = {}

    def named(term: Any) -> Any:
        return names.setdefault(term, ox.BlankNode(f"b{len(names)}")) if isinstance(term, ox.BlankNode) else term

    try:
        return [[named(solution[v]) for v in result.variables] for solution in result]
    except OSError as error:
        raise unanswered(error) from error


def _named_anew(result: Iterable[ox.Triple]) -> Iterable[ox.Triple]:
    """Return triples, each once, with blank nodes named by what is said of them."""
    try:
        triples = set(result)
    except OSError as error:
        raise unanswered(error) from error
    if not any(isinstance(term, ox.BlankNode) for t in triples for term in (t.subject, t.object)):
        return triples
    found = ox.Dataset(ox.Quad(t.subject, t.predicate, t.object) for t in triples)
    found.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return (quad.triple for quad in found)


def _rows(variables: list[ox.Variable], solutions: list[list[Any]], form: str) -> bytes:
    """Serialize solutions that have been read already, by handing them back as SPARQL JSON."""
    names = [v.value for v in variables]
    bound = [{n: _json(t) for n, t in zip(names, s, strict=True) if t is not None} for s in solutions]
    data = {"head": {"vars": names}, "results": {"bindings": bound}}
    text = json.dumps(data, ensure_ascii=False)
    if form == "json":
        return text.encode() + b"\n"
    parsed = ox.parse_query_results(text, format=ox.QueryResultsFormat.JSON)
    content = parsed.serialize(format=_RESULTS[form])
    return content or b""


def _json(term: Any) -> dict[str, str]:
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    found = {"type": "literal", "value": term.value}
    if term.language:
        found["xml:lang"] = term.language
    elif term.datatype.value != "http://www.w3.org/2001/XMLSchema#string":
        found["datatype"] = term.datatype.value
    return found


def _shown(term: Any) -> str:
    if term is None:
        return ""
    return shorten(term.value) if isinstance(term, ox.NamedNode) else str(term.value)


def _table(names: list[str], rows: Iterable[list[str]]) -> str:
    lines = [names, *([cell.replace("\n", " ") for cell in row] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(names))]
    out = ["  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in lines]
    out.insert(1, "  ".join("-" * w for w in widths))
    return "\n".join(out) + "\n"


def _say_why_empty(kg: KnowledgeGraph, text: str, lang: str, *, catalogued: bool = False) -> None:
    from bpo_kg.doctor import why_empty

    for line in why_empty(kg.dataset, text, lang, catalogued=catalogued):
        print(line, file=sys.stderr)
