"""Write what is computed about places as triples, so that SPARQL questions see clocks, costs and answers.

SPARQL has no time zones: how far two places are apart, how their days overlap and which sites together never close
is worked out once and stated. IRIs are made from what is compared, so the same input gives the same bytes.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping

import pyoxigraph as ox

from bpo_kg.suitability.assessment import Assessment
from bpo_kg.suitability.atlas import Atlas
from bpo_kg.suitability.hours import Clock, Rota
from bpo_kg.suitability.matching import Match
from bpo_kg.suitability.places import PlaceBook
from bpo_kg.suitability.spoken import PlacementAnswer
from bpo_kg.suitability.triples import assessment_iri
from bpo_kg.vocabulary import ASSESSED, ASSESSMENT, BASE, BPO, COUNTRY, CRIT, OWL, RDF, RDFS, SCALE, XSD

_GRAPH = ox.NamedNode(ASSESSED)
_TYPE = ox.NamedNode(RDF + "type")
_INDIVIDUAL = ox.NamedNode(OWL + "NamedIndividual")
_LABEL = ox.NamedNode(RDFS + "label")
_COMMENT = ox.NamedNode(RDFS + "comment")
_DECIMAL = ox.NamedNode(XSD + "decimal")
_VALUES: Mapping[bool | None, str] = {True: "yes", False: "no", None: "unknown"}


def place_quads(book: PlaceBook, found: Iterable[Assessment], to: Iterable[str]) -> Iterator[ox.Quad]:
    """Yield what the assessed graph says about places: answers behind each verdict, comparisons, and teams.

    Args:
        book: what is known of places.
        found: assessments; their verdicts are linked to the placement answers they rest on (`bpo:usesAnswer`).
        to: the places that were asked for; recorded sites are compared as well.
    """
    found = list(found)
    clients = sorted({one.subject.client or "" for one in found if book.known(one.subject.client)})
    places = [*to, *book.overrides.sites]
    yield from (ox.Quad(t.subject, t.predicate, t.object, _GRAPH) for t in answer_triples(found))
    yield from (ox.Quad(t.subject, t.predicate, t.object, _GRAPH) for t in comparison_triples(book, clients, places))
    yield from (ox.Quad(t.subject, t.predicate, t.object, _GRAPH) for t in team_triples(book, places))


def answer_triples(found: Iterable[Assessment]) -> Iterator[ox.Triple]:
    """Yield the placement answers that verdicts rest on: criterion, value, basis, via, source, reason.

    An answer hangs on the client, the place and the people served, not on the process: processes that ask the same
    share it, so it is stated once.
    """
    told: set[str] = set()
    for one in found:
        served = (one.subject.client or "", ";".join(sorted(one.subject.languages or ())), one.subject.customer or "")
        for place in one.places:
            assessment = ox.NamedNode(assessment_iri(one.subject.iri, place.place))
            for name, answer in place.placement.items():
                node = ox.NamedNode(f"{ASSESSMENT}placement/{_digest(*served, place.place, name)}")
                yield ox.Triple(assessment, _bpo("usesAnswer"), node)
                if node.value not in told:
                    told.add(node.value)
                    yield from _typed(node, "PlacementAnswer")
                    yield ox.Triple(node, _bpo("onCriterion"), ox.NamedNode(CRIT + name))
                    yield from _answer(node, answer)


def match_triples(process: str, matches: Iterable[Match]) -> Iterator[ox.Triple]:
    """Yield how sites fit a process: one match per site, with a reason for each thing that was looked at."""
    for one in matches:
        node = ox.NamedNode(f"{BASE}match/{_digest(process, one.site.iri)}")
        yield from _typed(node, "SiteMatch")
        yield ox.Triple(node, _bpo("matchesProcess"), ox.NamedNode(process))
        yield ox.Triple(node, _bpo("matchesSite"), ox.NamedNode(one.site.iri))
        yield ox.Triple(node, _bpo("fits"), ox.NamedNode(SCALE + _VALUES[one.fits]))
        looked_at = [(reason.about, _VALUES[reason.fits], reason.detail) for reason in one.reasons]
        looked_at += [(flag.name, _VALUES[None], flag.detail) for flag in one.flags]
        for about, fits, detail in looked_at:
            reason = ox.NamedNode(f"{node.value}/{about}")
            yield from _typed(reason, "MatchReason")
            yield ox.Triple(node, _bpo("matchReason"), reason)
            yield ox.Triple(reason, _bpo("aspect"), ox.Literal(about))
            yield ox.Triple(reason, _bpo("fits"), ox.NamedNode(SCALE + fits))
            for lang, sentence in detail.items():
                yield ox.Triple(reason, _COMMENT, ox.Literal(sentence, language=lang))


def comparison_iri(book: Atlas, client: str, place: str) -> str:
    """Return the IRI of the comparison of a place with a client's country."""
    site = book.site(place)
    tail = f"site/{_digest(place)}" if site else book.code(place)
    return f"{BASE}comparison/{book.code(client)}/{tail}"


def comparison_triples(book: PlaceBook, clients: Iterable[str], places: Iterable[str]) -> Iterator[ox.Triple]:
    """Yield, for every client country and place, how near, how much cheaper and how far the working days overlap.

    Overlap is in minutes a day, the least and the most over the year and over the zones either may be in. A site
    whose country is not recorded is passed over: nothing can be said of it.
    """
    wanted = [place for place in dict.fromkeys(places) if book.country(place) is not None]
    for client in dict.fromkeys(clients):
        for place in wanted:
            node = ox.NamedNode(comparison_iri(book, client, place))
            yield from _typed(node, "PlaceComparison")
            yield ox.Triple(node, _bpo("comparesClient"), ox.NamedNode(COUNTRY + book.code(client)))
            yield ox.Triple(node, _bpo("comparesPlace"), ox.NamedNode(book.iri(place)))
            yield from _nearness(node, book, client, place)
            ratio = book.cost_ratio(client, place)
            if ratio is not None:
                yield ox.Triple(node, _bpo("costRatio"), _decimal(ratio[0]))
                yield ox.Triple(node, _bpo("costBasis"), ox.NamedNode(SCALE + ratio[1]))


def team_triples(book: Atlas, places: Iterable[str], *, most: int = 3) -> Iterator[ox.Triple]:
    """Yield the smallest teams of places that between them never close, each place working within its own day.

    Only places with one known clock take part: a country of many zones is no place to send an evening shift to.
    """
    clocks: dict[str, Clock] = {}
    names: dict[str, str] = {}
    for place in dict.fromkeys(places):
        found = book.clocks(place)
        if len(found) == 1:
            clocks[book.iri(place)] = found[0]
            names[book.iri(place)] = place
    for team in Rota(clocks, book.year).teams(most):
        node = ox.NamedNode(f"{BASE}team/{_digest(*team)}")
        yield from _typed(node, "CoverTeam")
        yield ox.Triple(node, _bpo("teamSize"), ox.Literal(len(team)))
        for lang in ("en", "id"):
            label = " + ".join(book.name(names[member], lang) for member in team)
            yield ox.Triple(node, _LABEL, ox.Literal(label, language=lang))
        for member in team:
            yield ox.Triple(node, _bpo("teamMember"), ox.NamedNode(member))


def _nearness(node: ox.NamedNode, book: PlaceBook, client: str, place: str) -> Iterator[ox.Triple]:
    near = book.proximity(client, place)
    if near.location_class is not None:
        yield ox.Triple(node, _bpo("locationClass"), ox.NamedNode(SCALE + near.location_class))
    yield ox.Triple(node, _bpo("byProximityRule"), ox.NamedNode(near.rule))
    for lang, sentence in near.detail.items():
        yield ox.Triple(node, _COMMENT, ox.Literal(sentence, language=lang))
    if near.hours is not None:
        yield ox.Triple(node, _bpo("leastHoursApart"), _decimal(near.hours[0]))
        yield ox.Triple(node, _bpo("mostHoursApart"), _decimal(near.hours[1]))
    overlap = book.overlap_range(client, place)
    if overlap is not None:
        yield ox.Triple(node, _bpo("leastOverlap"), ox.Literal(overlap[0]))
        yield ox.Triple(node, _bpo("mostOverlap"), ox.Literal(overlap[1]))


def _answer(node: ox.NamedNode, answer: PlacementAnswer) -> Iterator[ox.Triple]:
    yield ox.Triple(node, _bpo("value"), ox.NamedNode(SCALE + _VALUES[answer.value]))
    if answer.basis:
        yield ox.Triple(node, _bpo("basis"), ox.NamedNode(SCALE + answer.basis))
    yield ox.Triple(node, _bpo("via"), ox.NamedNode(answer.via))
    if answer.source:
        yield ox.Triple(node, _bpo("sourceText"), ox.Literal(answer.source))
    for lang, sentence in answer.detail.items():
        yield ox.Triple(node, _COMMENT, ox.Literal(sentence, language=lang))


def _typed(node: ox.NamedNode, cls: str) -> Iterator[ox.Triple]:
    yield ox.Triple(node, _TYPE, _bpo(cls))
    yield ox.Triple(node, _TYPE, _INDIVIDUAL)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _bpo(name: str) -> ox.NamedNode:
    return ox.NamedNode(BPO + name)


def _decimal(value: float) -> ox.Literal:
    return ox.Literal(f"{value:.4f}".rstrip("0").rstrip("."), datatype=_DECIMAL)
