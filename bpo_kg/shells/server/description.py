"""Describe the service in RDF (SPARQL 1.1 Service Description): what it can do, and where its limits are."""

import pyoxigraph as ox

from bpo_kg.shells.server.answers import Sink
from bpo_kg.shells.server.content import Content
from bpo_kg.shells.server.http import Request
from bpo_kg.shells.server.negotiation import GRAPHS, choose
from bpo_kg.shells.server.options import ServerOptions
from bpo_kg.shells.server.responses import Response
from bpo_kg.vocabulary import BASE, RDF, RDFS

_SD = "http://www.w3.org/ns/sparql-service-description#"
_FORMATS = "http://www.w3.org/ns/formats/"
LIMITS = BASE + "service#"
_RESULTS = ("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV")
_GRAPHS = ("Turtle", "N-Triples", "RDF_XML", "JSON-LD")


def describe(request: Request, content: Content, options: ServerOptions) -> Response:
    """Return the description in the format that the request likes best.

    Raises:
        Problem: 406 without an acceptable format.
    """
    offer = choose(request.header("accept"), GRAPHS)
    service, dataset, default = (ox.BlankNode(name) for name in ("service", "dataset", "default"))
    endpoint = ox.NamedNode(request.origin + "/sparql")
    triples = [
        _triple(service, RDF + "type", ox.NamedNode(_SD + "Service")),
        _triple(service, _SD + "endpoint", endpoint),
        _triple(service, _SD + "supportedLanguage", ox.NamedNode(_SD + "SPARQL11Query")),
        _triple(service, _SD + "defaultDataset", dataset),
        _triple(service, _SD + "defaultEntailmentRegime", ox.NamedNode(content.entailment)),
        _triple(dataset, RDF + "type", ox.NamedNode(_SD + "Dataset")),
        _triple(dataset, _SD + "defaultGraph", default),
        _triple(default, RDF + "type", ox.NamedNode(_SD + "Graph")),
        *_comments(service, _LIMITED),
        *_comments(service, _FOLLOWS if content.layout.derived else _STORED),
        _triple(service, LIMITS + "timeoutSeconds", ox.Literal(f"{options.timeout:g}", datatype=_DECIMAL)),
        _triple(service, LIMITS + "memoryMegabytes", ox.Literal(options.memory)),
        _triple(service, LIMITS + "maxRows", ox.Literal(options.max_rows)),
        _triple(service, LIMITS + "maxQueryBytes", ox.Literal(options.max_query)),
        _triple(service, LIMITS + "maxNesting", ox.Literal(options.nesting)),
    ]
    if options.write_token:
        triples.append(_triple(service, _SD + "supportedLanguage", ox.NamedNode(_SD + "SPARQL11Update")))
    if content.profile:
        triples.append(_triple(service, _SD + "defaultSupportedEntailmentProfile", ox.NamedNode(content.profile)))
    for number, iri in enumerate(sorted(content.layout.derived)):
        graph = ox.BlankNode(f"derived{number}")
        triples.append(_triple(dataset, _SD + "namedGraph", graph))
        triples.append(_triple(graph, RDF + "type", ox.NamedNode(_SD + "NamedGraph")))
        triples.append(_triple(graph, _SD + "name", ox.NamedNode(iri)))
        triples += _comments(graph, _DERIVED)
    if content.layout.union:
        triples.append(_triple(service, _SD + "feature", ox.NamedNode(_SD + "UnionDefaultGraph")))
    triples += [_triple(service, _SD + "resultFormat", ox.NamedNode(_FORMATS + name)) for name in _RESULTS + _GRAPHS]
    triples += [_triple(service, _SD + "inputFormat", ox.NamedNode(_FORMATS + name)) for name in _GRAPHS]
    sink = Sink(offer, max_rows=options.max_rows, max_bytes=options.max_bytes)
    prefixes = {"sd": _SD, "rdfs": RDFS, "formats": _FORMATS, "limits": LIMITS}
    ox.serialize(triples, sink.file, format=offer.rdf, prefixes=prefixes)
    return Response(sink.body(), offer.content_type, cache=True)


_DECIMAL = ox.NamedNode("http://www.w3.org/2001/XMLSchema#decimal")
_LIMITED = {
    "en": "Every answer is complete or refused, never cut. SERVICE and LOAD stay on this machine unless the operator "
    "allows an IRI; graph IRIs are never fetched. Over a limit the answer is 413 or 503.",
    "id": "Setiap jawaban lengkap atau ditolak, tidak pernah dipotong. SERVICE dan LOAD tetap di mesin ini kecuali "
    "operator mengizinkan suatu IRI; IRI graf tidak pernah diambil. Di atas batas, jawabannya 413 atau 503.",
}
_STORED = {
    "en": "Answers follow by simple entailment from the triples as stored; nothing is inferred.",
    "id": "Jawaban mengikuti simple entailment dari tripel sebagaimana disimpan; tidak ada yang disimpulkan.",
}
_FOLLOWS = {
    "en": "Answers follow by simple entailment from the triples as stored. What follows from the asserted ones is "
    "worked out when they are written, and stored in graphs of its own; no query draws further conclusions.",
    "id": "Jawaban mengikuti simple entailment dari tripel sebagaimana disimpan. Apa yang mengikuti dari tripel yang "
    "dinyatakan dihitung saat ditulis dan disimpan dalam graf tersendiri; kueri tidak menarik simpulan lebih lanjut.",
}
_DERIVED = {
    "en": "Follows from the asserted triples, and cannot be written.",
    "id": "Mengikuti dari tripel yang dinyatakan, dan tidak dapat ditulis.",
}


def _comments(subject: ox.BlankNode, text: dict[str, str]) -> list[ox.Triple]:
    return [
        ox.Triple(subject, ox.NamedNode(RDFS + "comment"), ox.Literal(t, language=lang)) for lang, t in text.items()
    ]


def _triple(subject: ox.BlankNode, predicate: str, term: ox.NamedNode | ox.BlankNode | ox.Literal) -> ox.Triple:
    return ox.Triple(subject, ox.NamedNode(predicate), term)
