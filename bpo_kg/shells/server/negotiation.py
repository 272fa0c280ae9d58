"""Choose the format of an answer from what the visitor accepts, and say what can be had when nothing fits.

A browser that sends `*/*` gets JSON or Turtle; a named type always beats a wildcard of the same weight.
"""

from dataclasses import dataclass
from functools import lru_cache

import pyoxigraph as ox

from bpo_kg.shells.server.http import Problem


@dataclass(frozen=True, slots=True, eq=False)  # compared, and hashed on every request, by identity
class Offer:
    """A format that an answer can be written in, under every media type it is asked by."""

    media: str
    aliases: tuple[str, ...]
    results: ox.QueryResultsFormat | None = None
    rdf: ox.RdfFormat | None = None

    @property
    def content_type(self) -> str:
        """The media type as the answer names it."""
        return self.media + "; charset=utf-8" if self.media.startswith("text/") else self.media


_XML = ("application/xml", "text/xml")
TABLES = (
    Offer("application/sparql-results+json", ("application/json", "text/json", "json"), ox.QueryResultsFormat.JSON),
    Offer("application/sparql-results+xml", (*_XML, "xml"), ox.QueryResultsFormat.XML),
    Offer("text/csv", ("csv",), ox.QueryResultsFormat.CSV),
    Offer("text/tab-separated-values", ("tsv",), ox.QueryResultsFormat.TSV),
)
"""What SELECT and ASK can be answered in, the favourite first."""

GRAPHS = (
    Offer("text/turtle", ("application/turtle", "application/x-turtle", "ttl", "turtle"), rdf=ox.RdfFormat.TURTLE),
    Offer("application/n-triples", ("text/plain", "nt"), rdf=ox.RdfFormat.N_TRIPLES),
    Offer("application/rdf+xml", (*_XML, "rdf", "rdfxml"), rdf=ox.RdfFormat.RDF_XML),
    Offer("application/ld+json", ("application/json", "jsonld"), rdf=ox.RdfFormat.JSON_LD),
)
"""What CONSTRUCT, DESCRIBE and stored graphs can be answered in, the favourite first."""

DATASETS = (
    Offer("application/trig", ("trig",), rdf=ox.RdfFormat.TRIG),
    Offer("application/n-quads", ("nq",), rdf=ox.RdfFormat.N_QUADS),
    GRAPHS[3],
)
"""What a whole dataset can be written in."""


@lru_cache(maxsize=512)
def choose(accept: str, offers: tuple[Offer, ...]) -> Offer:
    """Return the offer that an Accept header likes best; an empty header likes the first.

    Raises:
        Problem: 406 naming every offer.
    """
    if not accept or accept == "*/*":
        return offers[0]
    best: tuple[float, int, int] | None = None
    chosen = offers[0]
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
    for place, offer in enumerate(offers):
        weight, exactness = _weight(offer, ranges)
        rank = (weight, exactness, -place)
        if weight > 0 and (best is None or rank > best):
            best, chosen = rank, offer
    if best is None:
        raise Problem(406, "nothing acceptable can be had; available: " + ", ".join(offer.media for offer in offers))
    return chosen


def _weight(offer: Offer, ranges: list[tuple[str, float]]) -> tuple[float, int]:
    """Return the weight that the most exact fitting range gives an offer, and how exact that range is."""
    found = (0.0, -1)
    for media, weight in ranges:
        if media == offer.media:
            exactness = 3
        elif media in offer.aliases:
            exactness = 2
        elif media == offer.media.partition("/")[0] + "/*":
            exactness = 1
        elif media == "*/*":
            exactness = 0
        else:
            continue
        if exactness > found[1] or (exactness == found[1] and weight > found[0]):
            found = (weight, exactness)
    return found


def _range(part: str) -> tuple[str, float]:
    media, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return media, min(1.0, max(0.0, float(value)))
            except ValueError:
                return media, 0.0
    return media, 1.0


def media_names(offers: tuple[Offer, ...]) -> str:
    """Return the media types of offers for an `Accept-Post` header or a message."""
    return ", ".join(offer.media for offer in offers)
