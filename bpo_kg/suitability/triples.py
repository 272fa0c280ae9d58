"""Write assessments as triples, so that every SPARQL query, question and export sees answers and verdicts.

IRIs are derived from what is assessed (process, place), so the same input gives the same bytes, and two graphs
can be compared line by line.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping

import pyoxigraph as ox

from bpo_kg.suitability.assessment import CLASSES, Assessment, PlaceVerdict
from bpo_kg.suitability.rows import cell_of
from bpo_kg.suitability.rulebook import Rulebook
from bpo_kg.vocabulary import ASSESSED, ASSESSMENT, BPO, COUNTRY, OWL, PROV, RDF, SCALE

_GRAPH = ox.NamedNode(ASSESSED)
_TYPE = ox.NamedNode(RDF + "type")
_INDIVIDUAL = ox.NamedNode(OWL + "NamedIndividual")
_DERIVED = ox.NamedNode(PROV + "wasDerivedFrom")
OFFICES = {"front": "frontOffice", "back": "backOffice", "mixed": "mixedOffice", "unknown": "unknownOffice"}
STATUSES = {"undetermined": "undeterminedStatus", "contested": "contestedStatus"}
_P = {
    name: ox.NamedNode(BPO + name)
    for name in (
        *("ofProcess", "onCriterion", "value", "basis", "via", "sourceText"),
        *("assesses", "fromCountry", "toCountry", "toSite", "atProximity", "verdict", "status", "firmness"),
        *("openCriterion", "toVerify", "hasReason", "byRule", "onFact"),
        *("assessedOffice", "pinnedBy", "overallStatus", "askNext"),
    )
}
_CLASS = {name: ox.NamedNode(BPO + name) for name in ("Answer", "Assessment", "Reason")}
_VALUES = {True: "yes", False: "no", None: "unknown"}


def _scale(name: str) -> ox.NamedNode:
    return ox.NamedNode(SCALE + name)


def assessment_iri(process: str, place: str) -> str:
    """Return the IRI of the assessment of a process at a place (location class column, alpha-2 code or site IRI)."""
    digest = hashlib.sha256(f"{process}\n{place}".encode()).hexdigest()[:16]
    return ASSESSMENT + digest


def answer_iri(process: str, criterion: str) -> str:
    """Return the IRI of the answer to a criterion about a process."""
    digest = hashlib.sha256(f"{process}\n{criterion}".encode()).hexdigest()[:16]
    return f"{ASSESSMENT}answer/{digest}"


def assessed_quads(
    found: Iterable[Assessment], book: Rulebook, source_places: Mapping[tuple[str, str], str]
) -> Iterator[ox.Quad]:
    """Yield the quads of the assessed graph.

    Args:
        found: assessments.
        book: the decision table.
        source_places: (process, property) to "file:line:column" of the cell that records it.
    """
    criteria = {c.name: ox.NamedNode(c.iri) for c in book.criteria}
    rules = {rule.name: rule for rule in (*book.defaults, *book.placements)}
    for one in found:
        process = ox.NamedNode(one.subject.iri)
        for name, answer in one.answers.items():
            node = ox.NamedNode(answer_iri(one.subject.iri, name))
            yield from _typed(node, "Answer")
            yield ox.Quad(node, _P["ofProcess"], process, _GRAPH)
            yield ox.Quad(node, _P["onCriterion"], criteria[name], _GRAPH)
            yield ox.Quad(node, _P["value"], _scale(_VALUES[answer.value]), _GRAPH)
            if answer.basis:
                yield ox.Quad(node, _P["basis"], _scale(answer.basis), _GRAPH)
            for via in answer.via:
                yield ox.Quad(node, _P["via"], ox.NamedNode(via), _GRAPH)
            if answer.source:
                yield ox.Quad(node, _DERIVED, ox.NamedNode(answer.source), _GRAPH)
            where = cell_of(answer, source_places)
            if where:
                yield ox.Quad(node, _P["sourceText"], ox.Literal(where), _GRAPH)
        yield ox.Quad(process, _P["assessedOffice"], _scale(OFFICES[one.office]), _GRAPH)
        yield ox.Quad(process, _P["overallStatus"], _scale(STATUSES.get(one.status, one.status)), _GRAPH)
        for pin in one.pinned_by:
            yield ox.Quad(process, _P["pinnedBy"], ox.NamedNode(pin), _GRAPH)
        if one.ask_next:
            yield ox.Quad(process, _P["askNext"], ox.Literal(one.ask_next), _GRAPH)
        for place in one.places:
            node = ox.NamedNode(assessment_iri(one.subject.iri, place.place))
            yield from _typed(node, "Assessment")
            yield ox.Quad(node, _P["assesses"], process, _GRAPH)
            if one.subject.client:
                yield ox.Quad(node, _P["fromCountry"], ox.NamedNode(COUNTRY + one.subject.client), _GRAPH)
            yield from _where(node, place)
            yield from _verdict(node, place, criteria)
            for name in place.rules:
                reason = ox.NamedNode(f"{node.value}/{name.rsplit('/', 1)[-1]}")
                rule = rules[name]
                yield from _typed(reason, "Reason")
                yield ox.Quad(node, _P["hasReason"], reason, _GRAPH)
                yield ox.Quad(reason, _P["byRule"], ox.NamedNode(rule.iri), _GRAPH)
                for criterion in sorted(rule.criteria):
                    yield ox.Quad(reason, _P["onFact"], criteria[criterion], _GRAPH)
                yield ox.Quad(reason, _DERIVED, ox.NamedNode(rule.statement), _GRAPH)


def _typed(node: ox.NamedNode, cls: str) -> Iterator[ox.Quad]:
    yield ox.Quad(node, _TYPE, _CLASS[cls], _GRAPH)
    yield ox.Quad(node, _TYPE, _INDIVIDUAL, _GRAPH)


def _where(node: ox.NamedNode, place: PlaceVerdict) -> Iterator[ox.Quad]:
    if place.place not in CLASSES:
        if place.place.startswith("http"):
            yield ox.Quad(node, _P["toSite"], ox.NamedNode(place.place), _GRAPH)
        else:
            yield ox.Quad(node, _P["toCountry"], ox.NamedNode(COUNTRY + place.place), _GRAPH)
    if place.location_class:
        yield ox.Quad(node, _P["atProximity"], _scale(place.location_class), _GRAPH)


def _verdict(node: ox.NamedNode, place: PlaceVerdict, criteria: Mapping[str, ox.NamedNode]) -> Iterator[ox.Quad]:
    verdict = place.verdict
    yield ox.Quad(node, _P["verdict"], _scale(verdict.grade), _GRAPH)
    yield ox.Quad(node, _P["status"], _scale(STATUSES.get(verdict.status, verdict.status)), _GRAPH)
    if place.firmness:
        yield ox.Quad(node, _P["firmness"], _scale(place.firmness), _GRAPH)
    for name in verdict.open:
        yield ox.Quad(node, _P["openCriterion"], criteria[name], _GRAPH)
    for flag in place.to_verify:
        yield ox.Quad(node, _P["toVerify"], ox.Literal(flag.name), _GRAPH)
