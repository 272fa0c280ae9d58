"""One page for every thing of the graph, at the address that its IRI ends in; as HTML, Turtle or JSON-LD.

`https://w3id.org/bpo-kg/process/payroll` is described at `/id/process/payroll`, a term of the ontology at
`/id/ontology/Process`, anything else at `/id?iri=...`. What is said of a thing includes the blank nodes it reaches.
"""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

import pyoxigraph as ox

from bpo_kg.shells.pages import term_page
from bpo_kg.shells.pages.operation import HTML, Operation, Visit
from bpo_kg.shells.pages.parameters import IRI, Parameter
from bpo_kg.shells.pages.served import Served
from bpo_kg.shells.server import Problem, Response
from bpo_kg.shells.server.negotiation import GRAPHS
from bpo_kg.vocabulary import BASE, BPO, PREFIXES, expand

OFFERS = (*GRAPHS, HTML)
_SPOKEN = Parameter(
    "iri", {"en": "IRI or CURIE of a thing", "id": "IRI atau CURIE"}, "iri", required=True, example="proc:payroll"
)
_PATH = Parameter(
    "path",
    {"en": "what follows https://w3id.org/bpo-kg/ in its IRI", "id": "bagian IRI setelah https://w3id.org/bpo-kg/"},
    required=True,
    where="path",
    example="process/payroll",
)
_DEPTH = 12


def operations(served: Served) -> list[Operation]:
    """Return the operations that describe one thing."""
    return [
        Operation(
            "/id/{path:rest}",
            "describe",
            "graph",
            {"en": "Describe a thing of this namespace", "id": "Uraikan suatu hal di ruang nama ini"},
            lambda visit: _described(served, visit, candidates(visit.request.raw_path)),
            parameters=(_PATH,),
            offers=OFFERS,
            lang=served.lang,
        ),
        Operation(
            "/id",
            "describeIri",
            "graph",
            {"en": "Describe any thing by its IRI", "id": "Uraikan suatu hal menurut IRI-nya"},
            lambda visit: _described(served, visit, [_expanded(visit.one("iri") or "")]),
            parameters=(_SPOKEN,),
            offers=OFFERS,
            lang=served.lang,
        ),
    ]


def _expanded(text: str) -> str:
    return expand(text) or text


def candidates(raw_path: bytes) -> list[str]:
    """Return the IRIs that a path may mean: as it was sent, and percent-decoded.

    >>> candidates(b"/id/ontology/Process")[0]
    'https://w3id.org/bpo-kg/ontology#Process'
    """
    sent = raw_path.decode("ascii").removeprefix("/id/")
    found = []
    for rest in dict.fromkeys((sent, unquote(sent))):
        if rest.startswith("ontology/") and "/" not in rest.removeprefix("ontology/"):
            found.append(BPO + rest.removeprefix("ontology/"))
        found.append(BASE + rest)
    return [iri for iri in found if re.fullmatch(IRI, iri)]


def _described(served: Served, visit: Visit, iris: Iterable[str]) -> Response:
    store = served.kg.dataset.store
    node = next((n for n in map(_node, iris) if n is not None and known(store, n)), None)
    if node is None:
        raise Problem(404, "the graph says nothing of this")
    if visit.offer is HTML:
        return term_page.show(visit, served, node)
    triples = sorted(described(store, node), key=str)
    return visit.answer(written(triples, visit))


def written(triples: Iterable[ox.Triple], visit: Visit) -> bytes:
    """Return triples in the format of a visit; the same triples give the same bytes."""
    rdf = visit.offer.rdf
    assert rdf is not None
    plain = rdf == ox.RdfFormat.N_TRIPLES
    return ox.serialize(triples, format=rdf, prefixes=None if plain else dict(PREFIXES)) or b""


def _node(iri: str) -> ox.NamedNode | None:
    try:
        return ox.NamedNode(iri)
    except ValueError:
        return None


def known(store: ox.Store, node: ox.NamedNode) -> bool:
    """Tell whether any triple has the thing as subject, object or predicate."""
    patterns = ((node, None, None), (None, None, node), (None, node, None))
    return any(next(store.quads_for_pattern(*p), None) is not None for p in patterns)


def described(store: ox.Store, node: ox.NamedNode) -> set[ox.Triple]:
    """Return what is said of a thing, with the blank nodes that it reaches."""
    found: set[ox.Triple] = set()
    seen: set[ox.NamedNode | ox.BlankNode] = set()

    def walk(subject: ox.NamedNode | ox.BlankNode, depth: int) -> Iterator[ox.Triple]:
        if subject in seen or depth > _DEPTH:
            return
        seen.add(subject)
        for quad in store.quads_for_pattern(subject, None, None):
            yield quad.triple
            if isinstance(quad.object, ox.BlankNode):
                yield from walk(quad.object, depth + 1)

    found.update(walk(node, 0))
    return found
