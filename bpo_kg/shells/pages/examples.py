"""The catalogued questions as SPARQL examples in RDF, in the form that query editors collect them in (SHACL).

They also stand in the served graph, below the asserted sources, because editors ask the endpoint itself for them.
"""

import ast
from collections.abc import Iterator

import pyoxigraph as ox

from bpo_kg.questions import Question, catalogue
from bpo_kg.vocabulary import ASSERTED, BASE, PREFIXES, RDF, RDFS, SH, XSD

SCHEMA = "https://schema.org/"
GRAPH = f"{ASSERTED}/bpo-kg/questions"
_EXAMPLES = BASE + "sparql-examples/"
_ANY_URI = ox.NamedNode(XSD + "anyURI")


def example_triples(endpoint: str | None = None) -> list[ox.Triple]:
    """Return one executable example per question, with its prefixes.

    Args:
        endpoint: IRI of the endpoint that they are for.
    """
    return [triple for question in catalogue().values() for triple in _example(question, endpoint)] + list(_prefixes())


def iri_of(question: Question) -> ox.NamedNode:
    """Return the IRI of a question as an example."""
    return ox.NamedNode(_EXAMPLES + question.name)


def runnable(question: Question) -> str:
    """Return the query of a question, bound to its first example so that it runs as it stands."""
    for case in question.expects:
        values = {}
        for parameter in question.parameters:
            given = case.get(parameter.name)
            if isinstance(given, list | dict) or (given is None and parameter.name != "lang"):
                continue
            term = _term(parameter.type, given)
            if term is not None:
                values[parameter.name] = term
        needed = {p.name for p in question.parameters if not p.optional}
        if needed <= set(values):
            return question.bind(values)
    return question.sparql


def _term(kind: str, value: object) -> ox.NamedNode | ox.Literal | None:
    from bpo_kg.vocabulary import COUNTRY, expand

    if value is None:
        return None
    text = str(value)
    if kind == "country":
        return ox.NamedNode(COUNTRY + text.removeprefix("country:"))
    if kind == "iri":
        iri = expand(text)
        return ox.NamedNode(iri) if iri else None
    if kind == "boolean":
        return ox.Literal(text.lower() == "true")
    if kind in ("integer", "decimal"):
        return ox.Literal(ast.literal_eval(text))
    return ox.Literal(text)


def _example(question: Question, endpoint: str | None) -> Iterator[ox.Triple]:
    node = iri_of(question)
    for name in ("SPARQLExecutable", "SPARQLSelectExecutable"):
        yield ox.Triple(node, ox.NamedNode(RDF + "type"), ox.NamedNode(SH + name))
    for lang, text in sorted(question.text.items()):
        yield ox.Triple(node, ox.NamedNode(RDFS + "comment"), ox.Literal(text, language=lang))
    yield ox.Triple(node, ox.NamedNode(SH + "select"), ox.Literal(runnable(question).strip()))
    yield ox.Triple(node, ox.NamedNode(SH + "prefixes"), ox.NamedNode(_EXAMPLES + "prefixes"))
    if endpoint is not None:
        yield ox.Triple(node, ox.NamedNode(SCHEMA + "target"), ox.NamedNode(endpoint))


def _prefixes() -> Iterator[ox.Triple]:
    node = ox.NamedNode(_EXAMPLES + "prefixes")
    for prefix, namespace in PREFIXES.items():
        declaration = ox.NamedNode(f"{_EXAMPLES}prefix-{prefix}")
        yield ox.Triple(node, ox.NamedNode(SH + "declare"), declaration)
        yield ox.Triple(declaration, ox.NamedNode(SH + "prefix"), ox.Literal(prefix))
        yield ox.Triple(declaration, ox.NamedNode(SH + "namespace"), ox.Literal(namespace, datatype=_ANY_URI))
