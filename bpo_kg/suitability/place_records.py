"""Say which records about places an answer about a placement rests on: a site's languages, a country's wages.

Each thing that the user recorded about the place and about the client's country is left out in turn; what makes no
difference to the answer is no part of its proof. Facts of the packages are not triples of a file and are not touched:
the answer names their source.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pyoxigraph as ox

from bpo_kg.store.dataset import Triple
from bpo_kg.store.view import View
from bpo_kg.suitability.places import PlaceBook
from bpo_kg.suitability.rulebook import bpo
from bpo_kg.suitability.sites import CountryRecord, Overrides, Site
from bpo_kg.vocabulary import COUNTRY, LANG

_PROPERTIES: Mapping[str, tuple[str, ...]] = {
    "country": ("siteCountry",),
    "zone": ("zone", "officeZone"),
    "hours": ("opensAt", "closesAt"),
    "wage": ("hourlyWage", "wageCurrency", "labourCostIndex"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One answer about a placement: which criterion, for whom, where."""

    criterion: str
    client: str | None
    place: str
    languages: frozenset[str] | None
    customer: str | None


@dataclass(frozen=True, slots=True)
class _Entry:
    """One thing recorded about a site or country."""

    place: str
    field: str
    language: str = ""


def recorded_facts(books: PlaceBook, view: View, asked: Asked) -> tuple[Triple, ...]:
    """Return the recorded triples that an answer rests on, each of which it needs."""
    records = books.overrides
    if not records.sites and not records.countries:
        return ()
    wanted = _answer(books, records, asked)
    kept = []
    for entry in _entries(books, asked):
        without = _left_out(records, entry)
        # The reason has to stay as well: a country's figures may give the answer that a site's own list gave.
        if _answer(books, without, asked) == wanted:
            records = without
        else:
            kept.append(entry)
    return tuple(triple for entry in kept for triple in _triples(view, entry))


def _answer(books: PlaceBook, records: Overrides, asked: Asked) -> tuple[object, ...]:
    """Return the answer that the records give, on what basis, and the reason told."""
    trial = PlaceBook(books.facts, books.thresholds, records, books.year)
    given = trial.criteria(asked.client, asked.place, languages=asked.languages, customer=asked.customer)
    found = given[asked.criterion]
    return found.value, found.basis, found.detail


def _entries(books: PlaceBook, asked: Asked) -> Iterator[_Entry]:
    """Yield what is recorded about the place, its country, and the client's country."""
    named = [asked.place, books.country(asked.place), asked.client, asked.client and books.country(asked.client)]
    for place in dict.fromkeys(filter(None, named)):
        record: Site | CountryRecord | None = books.overrides.sites.get(place) or books.overrides.countries.get(place)
        if record is None:
            continue
        for language in sorted(record.languages or ()):
            yield _Entry(place, "languages", language)
        for name in _PROPERTIES:
            if getattr(record, name, None):
                yield _Entry(place, name)


def _left_out(records: Overrides, entry: _Entry) -> Overrides:
    """Return the records without one thing; a list of languages that loses its last one is no list."""
    if entry.place in records.sites:
        site = records.sites[entry.place]
        if entry.field == "languages":
            rest = (site.languages or frozenset()) - {entry.language}
            changed = replace(site, languages=rest or None)
        else:
            changed = replace(site, **{entry.field: None})  # type: ignore[arg-type]
        return replace(records, sites={**records.sites, entry.place: changed})
    country = records.countries[entry.place]
    if entry.field == "languages":
        left = {tag: share for tag, share in country.languages.items() if tag != entry.language}
        other = replace(country, languages=left)
    else:
        other = replace(country, **{entry.field: None})  # type: ignore[arg-type]
    return replace(records, countries={**records.countries, entry.place: other})


def _triples(view: View, entry: _Entry) -> Iterator[Triple]:
    node = ox.NamedNode(entry.place if entry.place.startswith("http") else COUNTRY + entry.place)
    if entry.field == "languages":
        language = ox.NamedNode(LANG + entry.language)
        for name in ("offersLanguage", "workforceLanguage"):
            if next(view.quads(node, bpo(name), language), None) is not None:
                yield (node, bpo(name), language)
        for share in view.objects(node, bpo("recordedShare")):
            if not isinstance(share, ox.Literal) and view.iri(share, bpo("ofLanguage")) == language.value:
                yield (node, bpo("recordedShare"), share)
        return
    for name in _PROPERTIES[entry.field]:
        for value in view.objects(node, bpo(name)):
            yield (node, bpo(name), value)
