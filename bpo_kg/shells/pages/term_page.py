"""The page of one thing: its name and definition, what is said of it and whence, and where it is used."""

from collections.abc import Iterable
from itertools import islice

import pyoxigraph as ox

from bpo_kg.shells.pages.markup import Content, Markup, tag
from bpo_kg.shells.pages.operation import Visit
from bpo_kg.shells.pages.page import MARKS, badge, here, page, table
from bpo_kg.shells.pages.served import Served, address, brief, label
from bpo_kg.shells.pages.texts import say
from bpo_kg.shells.server import Response
from bpo_kg.store.view import View
from bpo_kg.suitability.rows import text
from bpo_kg.suitability.rulebook import bpo
from bpo_kg.vocabulary import ASSESSED, DCTERMS, INFERRED, OWL, PROV, RDF, RDFS, SCALE, SKOS

_LABEL, _TYPE = ox.NamedNode(RDFS + "label"), ox.NamedNode(RDF + "type")
_DEFINITION = ox.NamedNode(SKOS + "definition")
_HIDDEN = frozenset((RDFS + "label", SKOS + "definition"))
_DULL = frozenset((OWL + "NamedIndividual", OWL + "Thing"))
_STANDARD = {
    RDF + "type": {"en": "is a", "id": "adalah"},
    RDFS + "isDefinedBy": {"en": "defined in", "id": "ditetapkan dalam"},
    RDFS + "subClassOf": {"en": "kind of", "id": "termasuk jenis"},
    RDFS + "domain": {"en": "said of", "id": "dikatakan tentang"},
    RDFS + "range": {"en": "has values of", "id": "bernilai"},
    SKOS + "altLabel": {"en": "also called", "id": "disebut juga"},
    PROV + "wasDerivedFrom": {"en": "derived from", "id": "berasal dari"},
    DCTERMS + "source": {"en": "source", "id": "sumber"},
    OWL + "equivalentClass": {"en": "same as the class", "id": "sama dengan kelas"},
}
"""Names of standard terms, whose own vocabularies are not loaded."""
_USES, _VALUES, _LOOKED_AT = 60, 40, 3000


def show(visit: Visit, served: Served, node: ox.NamedNode) -> Response:
    """Return the page of a thing that the graph knows."""
    lang, view = visit.lang, served.view
    title = label(view, node.value, lang)
    defined = text(view.texts(node, _DEFINITION), lang)
    rows = list(_said(view, node, lang))
    found = islice(_used(view, node), _LOOKED_AT)
    # What has a name comes first: verdicts and answers have none, and there are many.
    listed = sorted(found, key=lambda use: (brief(use[0]).startswith("assessment:"), use))[: _USES + 1]
    uses = [[_link(view, subject, lang), _link(view, predicate, lang)] for subject, predicate in listed]
    process = any(t.value == bpo("Process").value for t in view.objects(node, _TYPE) if isinstance(t, ox.NamedNode))
    content = [
        tag("p", tag("code", brief(node.value)), " ", tag("span", node.value, class_="quiet iri")),
        tag("p", defined, class_="lead") if defined else None,
        tag("p", tag("a", say("thing.explain", lang), href=here("/explain", lang, process=node.value), class_="button"))
        if process
        else None,
        [tag("h2", say("thing.what", lang)), tag("dl", rows, class_="said")] if rows else None,
        [tag("h2", say("thing.used", lang)), table(["", ""], uses[:_USES]),
         tag("p", "… ", say("thing.more", lang), class_="quiet") if len(uses) > _USES else None]
        if uses
        else None,
    ]  # fmt: skip
    return page(visit, title, content, section="ontology", formats=["ttl", "jsonld", "nt", "rdfxml"])


def _said(view: View, node: ox.NamedNode, lang: str) -> Iterable[Content]:
    values: dict[str, dict[object, set[str]]] = {}
    for quad in view.quads(node, None, None):
        if quad.predicate.value in _HIDDEN or (isinstance(quad.object, ox.NamedNode) and quad.object.value in _DULL):
            continue
        graph = quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else ""
        values.setdefault(quad.predicate.value, {}).setdefault(quad.object, set()).add(graph)
    for predicate, found in sorted(values.items(), key=lambda item: (item[0] != _TYPE.value, item[0])):
        shown = _in_language(found, lang)
        listed = [tag("dd", term(view, value, lang), _origin(found[value], lang)) for value in shown[:_VALUES]]
        if len(shown) > _VALUES:
            listed.append(tag("dd", f"… (+{len(shown) - _VALUES})", class_="quiet"))
        yield [tag("dt", _link(view, predicate, lang)), listed]


def _in_language(values: Iterable[object], lang: str) -> list[object]:
    """Return values in a fixed order; of texts in several languages those that the reader speaks."""
    listed = sorted(values, key=str)
    spoken = {v.language for v in listed if isinstance(v, ox.Literal) and v.language}
    if lang not in spoken:
        return listed
    return [v for v in listed if not isinstance(v, ox.Literal) or v.language in (None, lang)]


def _origin(graphs: set[str], lang: str) -> Content:
    """Say of a triple that nobody asserted where it comes from."""
    for graph, key in ((INFERRED, "thing.inferred"), (ASSESSED, "thing.assessed")):
        if graphs == {graph}:
            return [" ", tag("small", say(key, lang), class_="origin")]
    return None


def term(view: View, value: object, lang: str, depth: int = 0) -> Content:
    """Return a term as a reader sees it: a link, a text, or the parts of a blank node."""
    if isinstance(value, ox.NamedNode):
        grade = value.value.removeprefix(SCALE)
        return badge(grade, label(view, value.value, lang)) if grade in MARKS else _link(view, value.value, lang)
    if isinstance(value, ox.Literal):
        tongue = value.language
        return tag("span", value.value, lang=tongue) if tongue else value.value
    if isinstance(value, ox.BlankNode) and depth < 4:
        parts = [
            tag("li", _link(view, quad.predicate.value, lang), " ", term(view, quad.object, lang, depth + 1))
            for quad in islice(view.quads(value, None, None), 20)
            if quad.predicate != _TYPE
        ]
        return tag("ul", parts, class_="blank") if parts else "[]"
    return "…"


def _used(view: View, node: ox.NamedNode) -> Iterable[tuple[str, str]]:
    seen: set[tuple[str, str]] = set()
    for quad in view.quads(None, None, node):
        subject, predicate = quad.subject, quad.predicate.value
        if not isinstance(subject, ox.NamedNode) or (subject.value, predicate) in seen:
            continue
        seen.add((subject.value, predicate))
        yield subject.value, predicate


def _link(view: View, iri: str, lang: str) -> Markup:
    name = _STANDARD.get(iri, {}).get(lang) or label(view, iri, lang)
    return tag("a", name, href=here(address(iri), lang), title=brief(iri))
