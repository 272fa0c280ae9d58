"""Read RDF as people and tools write it: Turtle, N-Triples, N-Quads, TriG, RDF/XML, OWL/XML and JSON-LD.

Nothing is fetched: neither `owl:imports` nor a JSON-LD context. A misspelt term is silence to a reasoner, so terms of
this ontology that nothing declares are findings, each with its place.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from bpo_kg.errors import SourceError
from bpo_kg.sources.facts import Finding, Place, Severity
from bpo_kg.sources.markup import read_bytes
from bpo_kg.sources.messages import finding
from bpo_kg.sources.owl_xml import is_owl_xml, parse_owl_xml
from bpo_kg.sources.rdf_text import BYTE_ORDER_MARK, MAX_BYTES, name_blank_nodes, parse_rdf, sniff_format
from bpo_kg.store.dataset import Dataset
from bpo_kg.vocabulary import BASE, BPO, CHAN, CRIT, OWL, PROC, RDF, RULE, SCALE, STMT, shorten

__all__ = ["RdfContent", "declared_in", "load_rdf", "parse_rdf", "read_rdf"]

_TYPE = ox.NamedNode(RDF + "type")
_IMPORTS = ox.NamedNode(OWL + "imports")
_RULES = ("DefaultRule", "PlacementRule")
_OURS = (BPO, PROC, CHAN, CRIT, RULE, SCALE, STMT)
"""Namespaces whose terms the shipped ontology declares; countries and languages are made on demand and not checked."""


@dataclass(slots=True)
class RdfContent:
    """What one RDF file states, in its order, and what was found wrong in it."""

    file: str
    quads: list[ox.Quad]
    findings: list[Finding] = field(default_factory=list)


def declared_in(store: ox.Store) -> Callable[[str], bool]:
    """Return a test of whether a store declares a term: gives it a type in some graph."""
    return lambda iri: next(store.quads_for_pattern(ox.NamedNode(iri), _TYPE, None, None), None) is not None


def read_rdf(path: Path, *, declared: Callable[[str], bool] | None = None) -> RdfContent:
    """Read an RDF file.

    Args:
        path: a file whose extension or beginning tells its format.
        declared: tells whether a term of this ontology is known already; without it terms are not checked.

    Returns:
        The quads, with blank nodes named for this file alone, and findings: an import that is not fetched, a term that
        nothing declares, a triple term, a process or rule without an IRI, or a file that states nothing.

    Raises:
        SourceError: the file cannot be opened, is in no format that is read, or breaks off; with file:line:column.
    """
    content = read_bytes(path, MAX_BYTES)
    quads = _quads(path, content)
    result = RdfContent(str(path), [quad for quad in quads if not isinstance(quad.object, ox.Triple)])
    reports = [*_triple_terms(quads), *_imports(result.quads), *_nameless(result.quads)]
    if declared is not None:
        reports += _undeclared(result.quads, declared)
    if reports:
        places = _places(path, content, [quad for quad, *_ in reports])
        result.findings = sorted(
            (
                finding(place, severity, code, en, id_)
                for place, (_, severity, code, en, id_) in zip(places, reports, strict=True)
            ),
            key=lambda found: (found.place.line, found.place.column),
        )
    if not quads:
        result.findings.append(
            finding(
                Place(str(path)),
                "warning",
                "no-triples",
                "the file states nothing (triples would be right; JSON needs a context to be JSON-LD)",
                "berkas ini tidak menyatakan apa pun (yang benar: berisi triple; JSON perlu konteks agar jadi JSON-LD)",
            )
        )
    return result


def load_rdf(path: Path, dataset: Dataset, graph: str) -> list[Finding]:
    """Load an RDF file into an asserted graph and return what `read_rdf` finds in it, terms of this ontology checked.

    A text that needs no names for blank nodes and has nothing to report goes into the store in one piece, without
    becoming Python objects: several times as fast, and most large files are like that.

    Raises:
        SourceError: as `read_rdf` does.
    """
    if _loaded_whole(path, dataset, graph):
        return []
    content = read_rdf(path, declared=declared_in(dataset.store))
    dataset.add(content.quads, graph)
    return content.findings


def _loaded_whole(path: Path, dataset: Dataset, graph: str) -> bool:
    """Try to load a file in one piece; return False, with nothing loaded, where it has to be looked at closely."""
    content = read_bytes(path, MAX_BYTES).removeprefix(BYTE_ORDER_MARK)
    format, target = sniff_format(path, content), ox.NamedNode(graph)
    fresh = not dataset.store.contains_named_graph(target)
    if not fresh or format not in (ox.RdfFormat.TURTLE, ox.RdfFormat.N_TRIPLES) or b"<<" in content:
        return False
    try:
        dataset.load_bytes(content, format=format, graph=graph, base=path.resolve().as_uri(), name=str(path))
    except SourceError:
        return False  # whoever reads it closely says what is wrong
    maybe_blank = any(sign in content for sign in (b"_:", b"[", b"("))
    if _is_plain(dataset.store, target, maybe_blank=maybe_blank):
        return True
    dataset.clear(target)
    return False


def _is_plain(store: ox.Store, graph: ox.NamedNode, *, maybe_blank: bool) -> bool:
    """Tell whether a graph has triples, no blank nodes, no import, and no term of this ontology that is undeclared."""
    scope: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph] = [graph]
    if maybe_blank and store.query("ASK { ?s ?p ?o FILTER(isBlank(?s) || isBlank(?o)) }", default_graph=scope):
        return False
    ours = f'FILTER(isIRI(?t) && STRSTARTS(STR(?t), "{BASE}"))'
    wanted = ("?s ?t ?o", f"?t ?p ?o {ours}", f"?s ?p ?t {ours}")
    queries = (store.query(f"SELECT DISTINCT ?t {{ {pattern} }}", default_graph=scope) for pattern in wanted)
    terms = {row[0].value for rows in queries for row in rows}  # type: ignore[union-attr]
    declared = declared_in(store)
    named = (term for term in terms if term.startswith(_OURS) and term not in _OURS)
    return bool(terms) and _IMPORTS.value not in terms and all(map(declared, named))


_Report = tuple[ox.Quad, Severity, str, str, str]
"""The quad that is to blame, severity, code, and the sentence in English and Indonesian."""


def _quads(path: Path, content: bytes) -> list[ox.Quad]:
    format, base = sniff_format(path, content), path.resolve().as_uri()
    if format == ox.RdfFormat.RDF_XML and is_owl_xml(content):
        triples = parse_owl_xml(content, name=str(path), base=base)
        return name_blank_nodes([ox.Quad(*triple) for triple in triples], content)
    return parse_rdf(content, format, name=str(path), base=base)


def _triple_terms(quads: Sequence[ox.Quad]) -> Iterator[_Report]:
    for quad in quads:
        if isinstance(quad.object, ox.Triple):
            yield (
                quad,
                "error",
                "triple-term",
                "a triple inside a triple is left out; OWL 2 knows none (an owl:Axiom annotation would be right)",
                "triple di dalam triple tidak dipakai; OWL 2 tidak mengenalnya (yang benar: anotasi owl:Axiom)",
            )


def _imports(quads: Sequence[ox.Quad]) -> Iterator[_Report]:
    for quad in quads:
        if quad.predicate == _IMPORTS and not _value(quad.object).startswith(BASE):
            yield (
                quad,
                "warning",
                "import-not-fetched",
                f"{_value(quad.object)} is imported but never fetched; give its file to bpo-kg as well if it matters",
                f"{_value(quad.object)} diimpor tetapi tidak pernah diunduh; bila perlu, berikan berkasnya ke bpo-kg",
            )


def _nameless(quads: Sequence[ox.Quad]) -> Iterator[_Report]:
    for quad in quads:
        if quad.predicate != _TYPE or not isinstance(quad.subject, ox.BlankNode):
            continue
        name = _value(quad.object).removeprefix(BPO)
        if name in _RULES or (name.endswith("Process") and _value(quad.object).startswith(BPO)):
            yield (
                quad,
                "error",
                "no-iri",
                f"a bpo:{name} without an IRI is left out, because nothing could name it (an IRI would be right)",
                f"bpo:{name} tanpa IRI tidak dipakai, karena tidak ada yang dapat menyebutnya (yang benar: beri IRI)",
            )


def _undeclared(quads: Sequence[ox.Quad], declared: Callable[[str], bool]) -> Iterator[_Report]:
    known = {quad.subject.value for quad in quads if quad.predicate == _TYPE and isinstance(quad.subject, ox.NamedNode)}
    known.update(_OURS)  # a namespace itself is no term
    for quad in quads:
        for term in (quad.predicate, quad.object, quad.subject):
            if not isinstance(term, ox.NamedNode) or term.value in known or not term.value.startswith(_OURS):
                continue
            known.add(term.value)
            if not declared(term.value):
                name = shorten(term.value)
                yield (
                    quad,
                    "warning",
                    "undeclared-term",
                    f"{name} is declared nowhere, so nothing follows from it; is it misspelt?",
                    f"{name} tidak dideklarasikan di mana pun, sehingga tidak berakibat apa pun; apakah salah eja?",
                )


def _value(term: object) -> str:
    return str(getattr(term, "value", term))


def _places(path: Path, content: bytes, quads: Sequence[ox.Quad]) -> list[Place]:
    """Return where the quads stand: exactly where the format allows it, else where their object is first mentioned."""
    from bpo_kg.sources.positions import locate

    triples = [(quad.subject, quad.predicate, quad.object) for quad in quads]
    found = locate(path, triples)
    text = content.decode("utf-8", "replace")
    return [found.get(triple) or _mention(str(path), text, triple) for triple in triples]


def _mention(file: str, text: str, triple: tuple[object, object, object]) -> Place:
    for term in (triple[2], triple[1], triple[0]):
        value = _value(term) if isinstance(term, ox.NamedNode) else ""
        for written in (value, shorten(value)) if value else ():
            at = text.find(written)
            if at >= 0:
                return Place(file, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
    return Place(file)
