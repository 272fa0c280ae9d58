"""Check RDF data against the SHACL shapes of `ontology/shapes.ttl`: the one room that knows pySHACL.

Shapes are checked against everything that is asserted, so that a rule may rest on a shipped statement; only
things that the checked graphs themselves describe are reported. Of what is inferred only the classes of those
things count: were the classes of values inferred too, the range of a property would make any value right.
Nothing is fetched: neither imports nor remote contexts are followed.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pyoxigraph as ox

from bpo_kg.errors import SourceError
from bpo_kg.resources import data_folder
from bpo_kg.sources.facts import Finding, Place, Severity
from bpo_kg.sources.messages import finding
from bpo_kg.store.dataset import INFERRED_GRAPH, Dataset, Triple
from bpo_kg.vocabulary import RDF, SH, local_name, shorten

if TYPE_CHECKING:
    from rdflib import Graph

MAX_THINGS = 1_000
"""Things that are checked at once; the time grows with their number, and table rows are checked cell by cell."""
_SEVERITIES: dict[str, Severity] = {"Violation": "error", "Warning": "warning", "Info": "suggestion"}


class Locates(Protocol):
    """Whatever can tell where asserted triples stand."""

    def places(self, triples: Iterable[Triple]) -> list[Place]: ...


def validate(dataset: Dataset, graphs: Sequence[str], locator: Locates, *, shapes: Path | None = None) -> list[Finding]:
    """Return what is wrong with the things that some graphs describe, by the shipped shapes.

    Args:
        dataset: everything asserted and inferred.
        graphs: IRIs of the asserted graphs to check.
        locator: tells the place of a triple.
        shapes: another shapes file, instead of the shipped one.

    Returns:
        One finding for each thing, path and shape that fails, with the shape's message in both languages.
    """
    own = [ox.NamedNode(graph) for graph in graphs]
    subjects = dict.fromkeys(
        quad.subject for graph in own for quad in dataset.store.quads_for_pattern(None, None, None, graph)
    )
    # pyshacl takes no blank node as a starting point; those are reached from the things that point at them.
    named = [subject for subject in subjects if isinstance(subject, ox.NamedNode)]
    if not named:
        return []
    checked = named[:MAX_THINGS]
    found = _run(dataset, checked, shapes or data_folder("ontology") / "shapes.ttl")
    triples = [_triple(dataset, own, *one[:3]) for one in found]
    places = locator.places(triples)
    findings = [
        _told(place, triple, messages, severity)
        for place, triple, (_, _, _, messages, severity) in zip(places, triples, found, strict=True)
    ]
    if len(named) > len(checked):
        findings.append(_not_all(len(checked), len(named)))
    return findings


_Found = tuple[ox.NamedNode | ox.BlankNode, ox.NamedNode | None, Any, dict[str, str], str]


def _run(dataset: Dataset, subjects: Sequence[Any], shapes: Path) -> list[_Found]:
    """Run pySHACL on some things; return focus, path, value, messages and severity of each result."""
    from bpo_kg.store.terms import to_rdflib

    graph, focus = _graph(dataset, subjects), [to_rdflib(subject) for subject in subjects]
    return sorted(_results(graph, focus, _shapes(shapes)), key=str)


def _results(graph: "Graph", focus: Sequence[Any], shapes: "Graph") -> list[_Found]:
    """Return the results for some things; one that pySHACL cannot look at is told, and costs the others nothing."""
    from pyshacl import validate as run
    from pyshacl.errors import ReportableRuntimeError, ValidationFailure

    from bpo_kg.store.terms import from_rdflib

    try:
        _, report, _ = run(
            graph,
            shacl_graph=shapes,
            inference="none",
            focus_nodes=list(focus),
            do_owl_imports=False,
            meta_shacl=False,
            advanced=False,
            js=False,
        )
    except (ReportableRuntimeError, ValidationFailure) as error:
        report = error
    if isinstance(report, Exception):
        if len(focus) > 1:
            half = len(focus) // 2
            return _results(graph, focus[:half], shapes) + _results(graph, focus[half:], shapes)
        messages = {lang: text.format(error=report) for lang, text in _UNCHECKED.items()}
        return [(from_rdflib(focus[0]), None, None, messages, "Violation")]  # type: ignore[list-item]
    return _read(report, shapes)


_UNCHECKED: dict[str, str] = {
    "en": "a value is of a kind that cannot be compared with what would be right ({error})",
    "id": "ada nilai yang jenisnya tidak dapat dibandingkan dengan yang seharusnya ({error})",
}


def _read(report: Any, shapes: "Graph") -> list[_Found]:
    """Return what a validation report says."""
    from rdflib import BNode, Literal, Namespace, URIRef

    from bpo_kg.store.terms import from_rdflib

    sh = Namespace(SH)
    # pySHACL drops the language of messages that belong to a SPARQL constraint; the shape itself still has it.
    said = shapes.objects(None, sh.message)
    languages = {str(m): m.language for m in said if isinstance(m, Literal) and m.language}
    found: list[_Found] = []
    for result in report.subjects(sh.resultSeverity):
        focus, path, value = (report.value(result, sh[name]) for name in ("focusNode", "resultPath", "value"))
        if not isinstance(focus, URIRef | BNode):
            continue
        messages = {
            m.language or languages.get(str(m), "en"): str(m)
            for m in report.objects(result, sh.resultMessage)
            if isinstance(m, Literal)
        }
        found.append(
            (
                from_rdflib(focus),  # type: ignore[arg-type]
                ox.NamedNode(str(path)) if isinstance(path, URIRef) else None,
                from_rdflib(value) if value is not None else None,
                messages,
                local_name(str(report.value(result, sh.resultSeverity))),
            )
        )
    return found


def _graph(dataset: Dataset, subjects: Sequence[Any]) -> "Graph":
    from rdflib import Graph

    from bpo_kg.store.terms import to_rdflib

    store = dataset.store
    quads = [q for name in dataset.asserted_graphs() for q in store.quads_for_pattern(None, None, None, name)]
    rdf_type = ox.NamedNode(RDF + "type")
    quads += [q for one in subjects for q in store.quads_for_pattern(one, rdf_type, None, INFERRED_GRAPH)]
    graph = Graph()
    for quad in quads:
        graph.add((to_rdflib(quad.subject), to_rdflib(quad.predicate), to_rdflib(quad.object)))  # type: ignore[arg-type]
    return graph


@lru_cache(maxsize=2)
def _shapes(path: Path) -> "Graph":
    from rdflib import Graph

    try:
        return Graph().parse(path, format="turtle")
    except (OSError, SyntaxError) as error:
        raise SourceError(f"{path}: the shapes cannot be read ({error})") from None


def _triple(
    dataset: Dataset, graphs: Sequence[ox.NamedNode], focus: Any, path: ox.NamedNode | None, value: Any
) -> Triple:
    """Return the asserted triple that shows best where a result belongs: the value, the path, the thing's type."""
    patterns = [(path, value), (path, None), (ox.NamedNode(RDF + "type"), None), (None, None)]
    for predicate, wanted in patterns:
        for graph in graphs:
            for quad in dataset.store.quads_for_pattern(focus, predicate, wanted, graph):
                return focus, quad.predicate, quad.object  # type: ignore[return-value]
    return focus, path or ox.NamedNode(RDF + "type"), focus


def _told(place: Place, triple: Triple, messages: dict[str, str], severity: str) -> Finding:
    focus = triple[0]
    name = shorten(focus.value) if isinstance(focus, ox.NamedNode) else ""
    english = messages.get("en") or next(iter(messages.values()), "the shape does not hold")
    prefix = f"{name}: " if name else ""
    return finding(
        place,
        _SEVERITIES.get(severity, "error"),
        "shape",
        prefix + english,
        prefix + messages.get("id", english),
    )


def _not_all(checked: int, count: int) -> Finding:
    return finding(
        Place(""),
        "warning",
        "shapes-not-checked",
        f"shapes were checked for the first {checked:,} things only, of {count:,} (smaller files are checked whole)",
        f"bentuk data hanya diperiksa untuk {checked:,} hal yang pertama dari {count:,} "
        "(berkas yang lebih kecil diperiksa seluruhnya)",
    )
