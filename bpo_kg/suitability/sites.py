"""Providers, their sites, and what the user records about countries: read from the graph, whatever file it came from.

A site's own zone, languages, hours and wages hide its country's. A language list on a site is complete once it is
recorded, as channels are; on a country it adds to the published shares and closes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import pyoxigraph as ox

from bpo_kg.errors import BpoKgError
from bpo_kg.store.view import View
from bpo_kg.suitability.hours import WorkingDay
from bpo_kg.suitability.packages import known_zone
from bpo_kg.vocabulary import BPO, COUNTRIES_GRAPH, COUNTRY, DCTERMS, LANG, RDFS


@dataclass(frozen=True, slots=True)
class Wage:
    """Pay for an hour of office work, in a currency or unit that both sides of a comparison must share."""

    amount: float
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """A place that work is delivered from; None and empty mean: as in its country, or unknown."""

    iri: str
    name: Mapping[str, str]
    country: str | None = None
    providers: tuple[str, ...] = ()
    zone: str | None = None
    languages: frozenset[str] | None = None
    hours: WorkingDay | None = None
    wage: Wage | None = None
    kinds: frozenset[str] | None = None
    source: str = ""
    """What its owner says the record rests on, with the date."""


@dataclass(frozen=True, slots=True)
class CountryRecord:
    """What the user records about a country, over and above the packages' facts."""

    zone: str | None = None
    languages: Mapping[str, float | None] = field(default_factory=dict)
    """Tag to share of speakers; None where only the fact that it is offered is recorded."""
    hours: WorkingDay | None = None
    wage: Wage | None = None
    near: frozenset[str] = frozenset()
    """Codes of countries that count as near, whatever borders and hours say."""
    source: str = ""


_NOTHING: Final = CountryRecord()


@dataclass(frozen=True, slots=True)
class LawRecord:
    """A recorded safeguard or bar between two countries, with the date and source its owner gave."""

    client: str
    place: str
    date: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Overrides:
    """Everything the user's own files say about places."""

    sites: Mapping[str, Site] = field(default_factory=dict)
    countries: Mapping[str, CountryRecord] = field(default_factory=dict)
    safeguards: tuple[LawRecord, ...] = ()
    bars: tuple[LawRecord, ...] = ()


def read_overrides(store: ox.Store) -> Overrides:
    """Read sites, providers, wages, languages and law records out of a graph.

    A value that cannot be used (hours that are no hours, a zone that tzdata lacks) is left out here; whoever imports a
    table reports it with its place, and the shapes report it in Turtle.
    """
    view = View(store)
    return Overrides(
        sites=dict(sorted(_sites(view).items())),
        countries=dict(sorted(_countries(view).items())),
        safeguards=_law(view, "safeguardFrom", "safeguardTo"),
        bars=_law(view, "barFrom", "barTo"),
    )


def _bpo(name: str) -> ox.NamedNode:
    return ox.NamedNode(BPO + name)


def _subjects(view: View, *properties: str) -> list[ox.NamedNode]:
    found = {quad.subject for name in properties for quad in view.quads(None, _bpo(name), None)}
    return sorted((s for s in found if isinstance(s, ox.NamedNode)), key=str)


def _sites(view: View) -> dict[str, Site]:
    providers: dict[str, set[str]] = {}
    for quad in view.quads(None, _bpo("operatesSite"), None):
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode):
            providers.setdefault(quad.object.value, set()).add(quad.subject.value)
    found = {}
    for node in _subjects(view, "siteCountry", "offersLanguage", "offersKind"):
        if node.value.startswith(COUNTRY):
            continue
        country = view.iri(node, _bpo("siteCountry"))
        languages = _tags(view, node)
        kinds = [t.value for t in view.objects(node, _bpo("offersKind")) if isinstance(t, ox.NamedNode)]
        found[node.value] = Site(
            iri=node.value,
            name=_names(view, node),
            country=country.removeprefix(COUNTRY) if country and country.startswith(COUNTRY) else None,
            providers=tuple(sorted(providers.get(node.value, ()))),
            zone=_zone(view, node, "zone"),
            languages=frozenset(languages) if languages else None,
            hours=_hours(view, node),
            wage=_wage(view, node),
            kinds=frozenset(kinds) if kinds else None,
            source=_source(view, node),
        )
    return found


def _countries(view: View) -> dict[str, CountryRecord]:
    found = {}
    named = ("hourlyWage", "labourCostIndex", "opensAt", "offersLanguage", "workforceLanguage", "recordedShare")
    for node in _subjects(view, *named, "officeZone", "neighbourOf"):
        if not node.value.startswith(COUNTRY):
            continue
        languages: dict[str, float | None] = dict.fromkeys([*_tags(view, node), *_spoken(view, node)])
        for share in view.objects(node, _bpo("recordedShare")):
            if isinstance(share, ox.Literal):
                continue
            language, amount = view.iri(share, _bpo("ofLanguage")), view.number(share, _bpo("share"))
            if language and language.startswith(LANG) and amount is not None:
                languages[language.removeprefix(LANG)] = amount
        found[node.value.removeprefix(COUNTRY)] = CountryRecord(
            zone=_zone(view, node, "officeZone"),
            languages=languages,
            hours=_hours(view, node),
            wage=_wage(view, node) or _index(view, node),
            near=frozenset(_neighbours(view, node)),
            source=_source(view, node),
        )
    return {code: record for code, record in found.items() if record != _NOTHING}


def _spoken(view: View, node: ox.NamedNode) -> list[str]:
    """Return the languages that somebody states of a country's workforce; what published shares give is computed."""
    published = ox.NamedNode(COUNTRIES_GRAPH)
    stated = (quad for quad in view.quads(node, _bpo("workforceLanguage"), None) if quad.graph_name != published)
    tags = (q.object.value for q in stated if isinstance(q.object, ox.NamedNode) and q.object.value.startswith(LANG))
    return sorted(tag.removeprefix(LANG) for tag in tags)


def _index(view: View, node: ox.NamedNode) -> Wage | None:
    """Return the labour cost of a country in the retired way, relative to a base that all such figures share."""
    amount = view.number(node, _bpo("labourCostIndex"))
    return Wage(amount, "index") if amount and amount > 0 else None


def _neighbours(view: View, node: ox.NamedNode) -> set[str]:
    """Return the countries that somebody counts as near to one, whichever of the two says so."""
    either = (*view.quads(node, _bpo("neighbourOf"), None), *view.quads(None, _bpo("neighbourOf"), node))
    ends = {end.value for quad in either for end in (quad.subject, quad.object) if isinstance(end, ox.NamedNode)}
    return {end.removeprefix(COUNTRY) for end in ends - {node.value} if end.startswith(COUNTRY)}


def _zone(view: View, node: ox.NamedNode, name: str) -> str | None:
    zone = view.text(node, _bpo(name))
    return zone if zone is not None and known_zone(zone) else None


def _source(view: View, node: ox.NamedNode) -> str:
    parts = (view.text(node, _bpo("recordSource")), view.text(node, _bpo("recordDate")))
    return ", ".join(part for part in parts if part)


def _tags(view: View, node: ox.NamedNode) -> list[str]:
    return [
        term.value.removeprefix(LANG)
        for term in view.objects(node, _bpo("offersLanguage"))
        if isinstance(term, ox.NamedNode) and term.value.startswith(LANG)
    ]


def _names(view: View, node: ox.NamedNode) -> dict[str, str]:
    names: dict[str, str] = {}
    for term in view.objects(node, ox.NamedNode(RDFS + "label")):
        if isinstance(term, ox.Literal):
            names.setdefault(term.language or "", term.value)
    plain = names.pop("", None) or names.get("en") or next(iter(names.values()), node.value.rsplit("/", 1)[-1])
    return {"en": names.get("en", plain), "id": names.get("id", plain)}


def _hours(view: View, node: ox.NamedNode) -> WorkingDay | None:
    opens, closes = view.text(node, _bpo("opensAt")), view.text(node, _bpo("closesAt"))
    if opens is None or closes is None:
        return None
    try:
        return WorkingDay.parse(f"{opens}-{closes}")
    except BpoKgError:
        return None


def _wage(view: View, node: ox.NamedNode) -> Wage | None:
    amount = view.number(node, _bpo("hourlyWage"))
    return Wage(amount, view.text(node, _bpo("wageCurrency")) or "") if amount and amount > 0 else None


def _law(view: View, start: str, end: str) -> tuple[LawRecord, ...]:
    found = set()
    for quad in view.quads(None, _bpo(start), None):
        node = quad.subject
        if not isinstance(node, (ox.NamedNode, ox.BlankNode)) or not isinstance(quad.object, ox.NamedNode):
            continue
        for place in view.objects(node, _bpo(end)):
            found.add(
                LawRecord(
                    quad.object.value.removeprefix(COUNTRY),
                    place.value.removeprefix(COUNTRY),
                    view.text(node, ox.NamedNode(DCTERMS + "date")) or "",
                    view.text(node, ox.NamedNode(DCTERMS + "source")) or "",
                )
            )
    return tuple(sorted(found, key=lambda r: (r.client, r.place, r.date, r.source)))
