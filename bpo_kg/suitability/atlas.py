"""What a place is: a country or a site, with its clocks, its labour cost, and how near it lies to another.

A site's own record hides its user's record of the country, which hides the packages' facts. A country with several
time zones stands for a range until a site or an office zone is known.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal, TypeVar

from bpo_kg.errors import UnknownThing
from bpo_kg.suitability.countries import CountryFacts, LanguageFact, clock_changes
from bpo_kg.suitability.hours import Clock, hours_apart, overlap
from bpo_kg.suitability.packages import facts_year
from bpo_kg.suitability.sites import CountryRecord, Overrides, Site, Wage
from bpo_kg.suitability.thresholds import Thresholds
from bpo_kg.suitability.wording import Texts, said
from bpo_kg.vocabulary import COUNTRY

LocationClass = Literal["sameCountry", "nearForeign", "distantForeign"]
_T = TypeVar("_T")
_NO_RECORD: Final = CountryRecord()


@dataclass(frozen=True, slots=True)
class Proximity:
    """How near a place is: its class (None while it hangs on the site or the date) and what decided it."""

    location_class: LocationClass | None
    bordering: bool
    region: str | None
    """The narrowest UN region that both share, as an M49 code."""
    hours: tuple[float, float] | None
    """Hours apart, least and most over zones and dates; None where a zone is unknown."""
    rule: str
    detail: Mapping[str, str]


@dataclass(slots=True, eq=False)
class Atlas:
    """Facts, the user's records and thresholds together; what is asked twice is remembered.

    Args:
        facts: country facts by code, as `load_countries` gives them.
        thresholds: as `read_thresholds` gives them.
        overrides: sites, wages and other records of the user.
        year: the year whose clocks count; the year of the tzdata edition when left out, so that the same packages
            give the same answers on any day.
    """

    facts: Mapping[str, CountryFacts]
    thresholds: Thresholds
    overrides: Overrides = field(default_factory=Overrides)
    year: int = 0
    _memory: dict[tuple[object, ...], object] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.year = self.year or facts_year()

    def site(self, place: str) -> Site | None:
        """Return the site that an IRI names, or None for a country."""
        return self.overrides.sites.get(place)

    def country(self, place: str) -> str | None:
        """Return the country code of a place; None for a site whose country is not recorded.

        Raises:
            UnknownThing: the place is neither an ISO 3166 code nor a recorded site.
        """
        site = self.site(place)
        if site is not None:
            return site.country if site.country in self.facts else None
        code = place.removeprefix(COUNTRY).upper()
        if code not in self.facts:
            raise UnknownThing(f"no country or site {place!r}; a country is an ISO 3166 code such as PH")
        return code

    def known(self, place: str | None) -> str | None:
        """Return a client or customer as it was given, or None if no country or site is called that.

        Data may name a country that does not exist; that makes it unknown, not a reason to judge nothing at all.
        """
        if place is None or self.site(place) is not None:
            return place
        return place if place.removeprefix(COUNTRY).upper() in self.facts else None

    def name(self, place: str, lang: str = "en") -> str:
        """Return the name of a country or site."""
        site = self.site(place)
        if site is not None:
            return site.name.get(lang, site.iri)
        return self.facts[self.code(place)].names.get(lang, place)

    def names(self, place: str) -> Texts:
        """Return the name of a country or site by language tag."""
        return {lang: self.name(place, lang) for lang in ("en", "id")}

    def iri(self, place: str) -> str:
        """Return the IRI of a country or site."""
        return place if self.site(place) else COUNTRY + self.code(place)

    def clocks(self, place: str) -> tuple[Clock, ...]:
        """Return the working days that may be kept at a place: one for a site with a zone, else one per zone.

        Zones whose clocks agree all year count once. Empty where no zone is known.
        """
        return self.once(self._clocks, place)

    def hours_recorded(self, place: str) -> bool:
        """Tell whether somebody recorded the working hours, or the presumed working day stands in for them."""
        site = self.site(place)
        code = self.country(place)
        return bool((site and site.hours) or (code and self._record(code).hours))

    def record_source(self, place: str) -> str:
        """Return what the record of a site, or else of a country, is said to rest on; empty where it is not said."""
        site, code = self.site(place), self.country(place)
        return (site.source if site else "") or (self._record(code).source if code else "")

    def cost_ratio(self, client: str, place: str) -> tuple[float, str] | None:
        """Return labour cost at the place over cost at the client, and its basis: recorded wages or the stand-in."""
        wages = self._wage(place), self._wage(client)
        if wages[0] and wages[1] and wages[0].currency == wages[1].currency:
            return wages[0].amount / wages[1].amount, "recorded"
        codes = self.country(place), self.country(client)
        if codes[0] is None or codes[1] is None:
            return None
        here, there = self.facts[codes[0]].gdp_per_head, self.facts[codes[1]].gdp_per_head
        return (here / there, "presumed") if here and there else None

    def overlap_range(self, client: str, place: str) -> tuple[int, int] | None:
        """Return how far the working days overlap, in minutes a day: least and most over the year and the zones."""
        found = [overlap(a, b, self.year) for a in self.clocks(client) for b in self.clocks(place)]
        return (min(o.least for o in found), max(o.most for o in found)) if found else None

    def proximity(self, client: str, place: str, on: date | None = None) -> Proximity:
        """Say how near a place is to the client, by the rule of the graph, for a year or on a date."""
        return self.once(self._proximity, client, place, on)

    def fact(self, code: str, tag: str) -> tuple[LanguageFact | None, bool]:
        """Return what is known of a language or of the wider one it belongs to, and whether the user recorded it."""
        own = self._record(code).languages
        known = {fact.tag: fact for fact in self.facts[code].languages}
        for one in ladder(tag):
            if one in own:
                published = known.get(one)
                return LanguageFact(one, own[one], bool(published and published.official)), True
            if one in known:
                return known[one], False
        return None, False

    def once(self, how: Callable[..., _T], *args: object) -> _T:
        """Return `how(*args)`, worked out the first time only."""
        key = (how.__name__, *args)
        if key not in self._memory:
            self._memory[key] = how(*args)
        return self._memory[key]  # type: ignore[return-value]  # one key always holds what `how` gave for it

    def code(self, place: str) -> str:
        """Return the country code of a place whose country must be known."""
        code = self.country(place)
        if code is None:
            raise UnknownThing(f"the country of {place} is not recorded")
        return code

    def _record(self, code: str) -> CountryRecord:
        return self.overrides.countries.get(code, _NO_RECORD)

    def _wage(self, place: str) -> Wage | None:
        site, code = self.site(place), self.country(place)
        return (site.wage if site else None) or (self._record(code).wage if code else None)

    def _clocks(self, place: str) -> tuple[Clock, ...]:
        site, code = self.site(place), self.country(place)
        record = self._record(code) if code else _NO_RECORD
        day = (site.hours if site else None) or record.hours or self.thresholds.workday
        zone = (site.zone if site else None) or record.zone
        if zone:
            return (Clock(zone, day),)
        if code is None:
            return ()
        distinct: dict[tuple[tuple[int, int], ...], str] = {}
        for name in self.facts[code].zones:
            distinct.setdefault(clock_changes(name, self.year), name)
        return tuple(Clock(name, day) for name in distinct.values())

    def _proximity(self, client: str, place: str, on: date | None) -> Proximity:
        rule = self.thresholds.proximity
        here, there = self.country(place), self.country(client)
        if here is None or there is None:
            return Proximity(None, False, None, None, rule.iri, said("noCountry"))
        pairs = [
            hours_apart(a.zone, b.zone, on.year if on else self.year, on)
            for a in self.clocks(client)
            for b in self.clocks(place)
        ]
        hours = (min(p[0] for p in pairs), max(p[1] for p in pairs)) if pairs else None
        one, other = self.facts[there].regions, self.facts[here].regions
        shared = [a for a, b in zip(one, other, strict=False) if a == b]
        bordering = here in self.facts[there].neighbours
        region = shared[-1] if shared else None
        depth = {"region": 1, "subregion": max(len(one), len(other))}.get(rule.region, 0)
        span = "" if hours is None else f"{hours[0]:g}" if hours[0] == hours[1] else f"{hours[0]:g}-{hours[1]:g}"
        found: LocationClass | None
        if here == there:
            found, why = "sameCountry", said("near=same")
        elif bordering and rule.bordering:
            found, why = "nearForeign", said("near=border")
        elif here in self._record(there).near or there in self._record(here).near:
            found, why = "nearForeign", said("near=recorded")
        elif len(shared) < depth:
            found, why = "distantForeign", said("far=region")
        elif hours is None:
            found, why = None, said("noZone")
        elif hours[1] <= rule.hours:
            found, why = "nearForeign", said("near=region", hours=span)
        elif hours[0] > rule.hours:
            found, why = "distantForeign", said("far=hours", hours=span)
        else:
            found, why = None, said("near=open", hours=span)
        return Proximity(found, bordering, region, hours, rule.iri, why)


def ladder(tag: str) -> list[str]:
    """Return a tag and the wider ones it falls under, narrowest first.

    >>> ladder("zh-Hant-HK")
    ['zh-Hant-HK', 'zh-Hant', 'zh']
    """
    parts = tag.split("-")
    return ["-".join(parts[:n]) for n in range(len(parts), 0, -1)]
