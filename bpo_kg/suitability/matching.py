"""Match a process to providers' sites, and say of every site that drops out which fact drops it.

A site fits, may fit, or drops out. It drops out only by a fact: a kind it is recorded without, a language it lacks,
hours it does not keep, or a verdict that excludes or discourages it. What nobody recorded leaves it in, with the
question to ask. Law flags stand beside a match and never decide it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bpo_kg.suitability.countries import normal_tag
from bpo_kg.suitability.hours import DAY, Clock, outside_share, overlap
from bpo_kg.suitability.law import LawFlag, law_flags
from bpo_kg.suitability.places import SHARED_LANGUAGE, PlaceBook
from bpo_kg.suitability.sites import Site
from bpo_kg.suitability.wording import said

BUSINESS: Final = "businessHours"
AFTER_HOURS: Final = "afterHours"
ROUND_THE_CLOCK: Final = "roundTheClock"


@dataclass(frozen=True, slots=True)
class Need:
    """What a process asks of a site; None: not recorded, and so not asked."""

    client: str | None = None
    customer: str | None = None
    kinds: frozenset[str] = frozenset()
    """The kind of the process and whatever that is a form of, as IRIs: a site that offers any of them offers it."""
    languages: frozenset[str] | None = None
    coverage: str | None = None
    """`businessHours`, `afterHours` or `roundTheClock`."""
    personal_data: bool | None = None
    licensed_work: bool | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing a site was looked at for: what, whether it fits (None: open), and why, by language tag."""

    about: str
    """`country`, `kind`, `sharedLanguage`, `coverage` or `verdict`."""
    fits: bool | None
    detail: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Match:
    """A site and how it fits: True, None (nothing against it, something open) or False (dropped)."""

    site: Site
    fits: bool | None
    reasons: tuple[Reason, ...]
    flags: tuple[LawFlag, ...]

    @property
    def against(self) -> tuple[Reason, ...]:
        """The reasons for which the site drops out."""
        return tuple(reason for reason in self.reasons if reason.fits is False)


def match(
    book: PlaceBook,
    need: Need,
    sites: Iterable[str] | None = None,
    *,
    grades: Mapping[str, tuple[str, Mapping[str, str]]] | None = None,
) -> tuple[Match, ...]:
    """Look at every site: those that fit first, then those that may, then those that drop out, each by name.

    Args:
        book: what is known of places.
        need: what the process asks.
        sites: IRIs of the sites to look at; all recorded ones when left out.
        grades: grade and its sentence by site, from the decision table; `excluded` and `discouraged` drop a site.
    """
    wanted = book.overrides.sites if sites is None else sites
    found = [_match(book, need, book.overrides.sites[iri], (grades or {}).get(iri)) for iri in wanted]
    return tuple(sorted(found, key=lambda m: ((True, None, False).index(m.fits), m.site.name["en"], m.site.iri)))


def _match(book: PlaceBook, need: Need, site: Site, grade: tuple[str, Mapping[str, str]] | None) -> Match:
    reasons = [_country(book, site), _kind(need, site), _language(book, need, site), _coverage(book, need, site)]
    if grade is not None:
        dropped = grade[0] in ("excluded", "discouraged")
        reasons.append(Reason("verdict", False if dropped else None if grade[0] == "undetermined" else True, grade[1]))
    asked = tuple(reason for reason in reasons if reason is not None)
    values = {reason.fits for reason in asked}
    fits = False if False in values else None if None in values else True
    flags = law_flags(book, need.client, site.iri, need.personal_data, need.licensed_work)
    return Match(site, fits, asked, flags)


def _country(book: PlaceBook, site: Site) -> Reason:
    if site.country is None:
        return Reason("country", None, said("noCountry"))
    return Reason("country", True, said("inCountry", country=book.names(site.country)))


def _kind(need: Need, site: Site) -> Reason | None:
    if not need.kinds:
        return None
    if site.kinds is None:
        return Reason("kind", None, said("noKinds"))
    offered = bool(need.kinds & site.kinds)
    return Reason("kind", offered, said("kind=yes" if offered else "kind=no"))


def _language(book: PlaceBook, need: Need, site: Site) -> Reason:
    languages = frozenset(map(normal_tag, need.languages)) if need.languages else None
    answer = book.criteria(need.client, site.iri, languages=languages, customer=need.customer)[SHARED_LANGUAGE]
    return Reason(SHARED_LANGUAGE, answer.value, answer.detail)


def _coverage(book: PlaceBook, need: Need, site: Site) -> Reason | None:
    """Compare the hours a process needs, on the clock of the people served, with the hours the site keeps."""
    if need.coverage is None:
        return None
    served = book.known(need.customer) or book.known(need.client)
    clocks = book.clocks(site.iri)
    if served is None or not clocks or not book.clocks(served):
        return Reason("coverage", None, said("noZone"))
    if need.coverage == ROUND_THE_CLOCK:
        whole = all(clock.day.minutes == DAY for clock in clocks)
        recorded = book.hours_recorded(site.iri)
        told = said("neverCloses" if whole else "notAllHours")
        return Reason("coverage", True if whole else False if recorded else None, told)
    # Business hours are to be filled, so their share counts; a night is longer than any shift, so the shift's does.
    business = need.coverage == BUSINESS
    shares = [_share(book, business, a, b) for a in book.clocks(served) for b in clocks]
    least, most = min(s[0] for s in shares), max(s[1] for s in shares)
    wanted = book.thresholds.after_hours_share
    fits = True if least >= wanted else False if most < wanted and book.hours_recorded(site.iri) else None
    low, high = f"{100 * least:.0f}", f"{100 * most:.0f}"
    span = low if low == high else f"{low}-{high}"
    return Reason("coverage", fits, said("openFor" if business else "outsideServed", share=span))


def _share(book: PlaceBook, business: bool, served: Clock, site: Clock) -> tuple[float, float]:
    """Return the share of business hours that the site fills, or of its own day outside them: least and most."""
    if not business:
        return outside_share(served, site, book.year)
    met = overlap(served, site, book.year)
    return met.least / served.day.minutes, met.most / served.day.minutes
