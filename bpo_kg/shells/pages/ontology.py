"""The ontology at one address: a page to browse it, and the file itself as Turtle, JSON-LD, RDF/XML or N-Triples."""

from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from bpo_kg.shells.pages.markup import Content, Markup, tag
from bpo_kg.shells.pages.operation import HTML, Operation, Visit
from bpo_kg.shells.pages.page import badge, here, more, page, table
from bpo_kg.shells.pages.parameters import Parameter
from bpo_kg.shells.pages.served import Served, address, brief, label
from bpo_kg.shells.pages.terms import OFFERS, written
from bpo_kg.shells.pages.texts import say
from bpo_kg.shells.server import Response
from bpo_kg.store.view import View
from bpo_kg.suitability.rows import text
from bpo_kg.suitability.rulebook import bpo
from bpo_kg.vocabulary import ASSERTED, BPO, OWL, RDFS, SCALE, SKOS

_SUBCLASS = ox.NamedNode(RDFS + "subClassOf")
_DEFINITION = ox.NamedNode(SKOS + "definition")
_DEPRECATED = ox.NamedNode(OWL + "deprecated")
_PARTS = ("bpo", "statements", "catalogue", "rules", "places", "evidence")
_PART = Parameter("part", {"en": "which shipped file", "id": "berkas mana"}, choices=_PARTS, default="bpo")


def operations(served: Served) -> list[Operation]:
    """Return the operation at `/ontology`."""
    return [
        Operation(
            "/ontology",
            "ontology",
            "graph",
            {"en": "The ontology, to read or to load", "id": "Ontologi, untuk dibaca atau dimuat"},
            lambda visit: _ontology(served, visit),
            parameters=(_PART,),
            offers=OFFERS,
            lang=served.lang,
        )
    ]


def _ontology(served: Served, visit: Visit) -> Response:
    if visit.offer is HTML:
        return _page(served, visit)
    graph = ox.NamedNode(f"{ASSERTED}/bpo-kg/{visit.one('part')}")
    quads = served.kg.dataset.store.quads_for_pattern(None, None, None, graph)
    return visit.answer(written(sorted((q.triple for q in quads), key=str), visit))


def _page(served: Served, visit: Visit) -> Response:
    lang, view = visit.lang, served.view
    find = tag(
        "form",
        tag("p", tag("label", say("ontology.find", lang), for_="text"),
            tag("input", name="text", id_="text", required=True), class_="field"),
        tag("input", type_="hidden", name="lang", value=lang),
        tag("button", say("ontology.find.go", lang)),
        method="get",
        action="/questions/find-term",
        class_="panel inline",
    )  # fmt: skip
    content = [
        find,
        more(say("ontology.classes", lang), tag("ul", _tree(served, view, lang), class_="tree"), open=True),
        more(say("ontology.criteria", lang), _criteria(view, lang)),
        more(say("ontology.rules", lang), _rules(view, lang)),
        more(say("ontology.kinds", lang), _listed(view, view.members(bpo("GenericProcess")), lang)),
        more(say("ontology.channels", lang), _listed(view, view.members(bpo("Channel")), lang)),
        more(say("ontology.scales", lang), _scales(view, lang)),
        more(say("ontology.properties", lang), _properties(view, lang)),
        more(say("ontology.statements", lang), _listed(view, view.members(bpo("SourceStatement")), lang)),
    ]
    return page(
        visit, say("ontology.title", lang), content, section="ontology", formats=["ttl", "jsonld", "rdfxml", "nt"]
    )


def _own(view: View, kind: str) -> list[ox.NamedNode]:
    nodes = view.members(ox.NamedNode(OWL + kind))
    return [n for n in nodes if n.value.startswith(BPO) and view.value(n, _DEPRECATED) is None]


def _tree(served: Served, view: View, lang: str) -> list[Markup]:
    """Return the classes as a tree of what is asserted; a class with two parents stands below both."""
    classes = set(_own(view, "Class"))
    asserted = View(served.kg.dataset.store, (ox.NamedNode(f"{ASSERTED}/bpo-kg/bpo"),))
    below: dict[ox.NamedNode | None, list[ox.NamedNode]] = {}
    for cls in classes:
        stated = asserted.objects(cls, _SUBCLASS)
        parents = [p for p in stated if isinstance(p, ox.NamedNode) and p in classes and p != cls]
        for parent in parents:
            below.setdefault(parent, []).append(cls)
        if not parents:
            below.setdefault(None, []).append(cls)

    def branch(parent: ox.NamedNode | None, above: frozenset[ox.NamedNode]) -> Iterator[Markup]:
        for cls in sorted(below.get(parent, ()), key=lambda c: label(view, c.value, lang).casefold()):
            if cls in above:
                continue
            inner = list(branch(cls, above | {cls}))
            yield tag("li", _entry(view, cls, lang), tag("ul", inner) if inner else None)

    return list(branch(None, frozenset()))


def _entry(view: View, node: ox.NamedNode, lang: str) -> Content:
    defined = text(view.texts(node, _DEFINITION), lang)
    return [_link(view, node.value, lang), tag("span", f" – {defined}", class_="quiet") if defined else None]


def _link(view: View, iri: str, lang: str) -> Markup:
    return tag("a", label(view, iri, lang), href=here(address(iri), lang), title=brief(iri))


def _listed(view: View, nodes: Iterable[ox.NamedNode], lang: str) -> Markup:
    return tag("ul", [tag("li", _entry(view, node, lang)) for node in nodes], class_="tree")


def _criteria(view: View, lang: str) -> Markup:
    nodes = [*view.members(bpo("ProcessCriterion")), *view.members(bpo("PlacementCriterion"))]
    kept = [n for n in nodes if view.value(n, _DEPRECATED) is None]
    kept.sort(key=lambda n: view.number(n, bpo("position")) or 99)
    rows = [[_link(view, n.value, lang), text(view.texts(n, bpo("question")), lang)] for n in kept]
    return table([say("criterion", lang), "?"], rows)


def _rules(view: View, lang: str) -> Markup:
    nodes = sorted({*view.members(bpo("PlacementRule")), *view.members(bpo("DefaultRule"))}, key=lambda n: n.value)
    rows = []
    for node in nodes:
        grade = view.iri(node, bpo("gives"))
        shown: Content = badge(grade.removeprefix(SCALE), label(view, grade, lang)) if grade else None
        strength = view.iri(node, bpo("strength"))
        rests = [[_link(view, r.value, lang), " "] for r in view.objects(node, bpo("restsOn"))]
        rows.append([
            tag("a", tag("code", brief(node.value)), href=here(address(node.value), lang)),
            text(view.texts(node, bpo("sentence")), lang),
            shown,
            label(view, strength, lang) if strength else None,
            rests,
        ])  # fmt: skip
    return table(["", say("ontology.rules", lang), "", "", say("question.source", lang)], rows)


def _scales(view: View, lang: str) -> list[Markup]:
    names = ("Grade", "Status", "Basis", "Strength", "OfficeCategory", "Proximity", "AnswerValue", "Coverage")
    return [
        tag("div", tag("h3", label(view, BPO + name, lang)), _listed(view, view.members(bpo(name)), lang))
        for name in names
    ]


def _properties(view: View, lang: str) -> Markup:
    nodes = sorted({*_own(view, "ObjectProperty"), *_own(view, "DatatypeProperty")}, key=lambda n: n.value)
    rows = []
    for node in nodes:
        column = view.text(node, bpo("column"))
        said = [
            _entry(view, node, lang),
            [" ", tag("code", f"{say('ontology.column', lang)} {column}")] if column else None,
        ]
        rows.append(tag("li", said))
    return tag("ul", rows, class_="tree")
