"""Facts of all 249 countries: names, languages, cost, zones, regions, borders, as plain values and as triples.

Reading the packages costs some hundred milliseconds; a copy is therefore kept in the user's cache folder. The copy is
named after the packages' versions and the sizes and dates of the very files read, so it cannot outlive an upgrade.

What a package does not say is None or absent, never "no": CLDR gives no share of English speakers for Vietnam.
"""

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import pyoxigraph as ox

from bpo_kg.suitability.packages import LANGS, facts_year, fingerprint, offsets, read_packages
from bpo_kg.vocabulary import BPO, COUNTRY, DCTERMS, LANG, RDF, RDFS, XSD

SCHEMA: Final = 2
"""Raised whenever what is kept in the cache changes."""


class LanguageFact(NamedTuple):
    """A language in a country: BCP 47 tag, share of the people who speak it (0..1), official nationwide."""

    tag: str
    share: float | None
    official: bool


@dataclass(frozen=True, slots=True)
class CountryFacts:
    """One country as the packages describe it.

    `gdp_per_head` is in international dollars at purchasing power. CLDR dates its edition, not each figure, so
    `gdp_year` is the edition's year. `regions` are UN M49 codes from the widest to the narrowest, `zones` IANA
    names, `neighbours` the countries that share a land border.
    """

    code: str
    names: Mapping[str, str]
    languages: tuple[LanguageFact, ...]
    gdp_per_head: float | None
    gdp_year: int | None
    regions: tuple[str, ...]
    zones: tuple[str, ...]
    neighbours: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Book:
    countries: Mapping[str, CountryFacts]
    country_names: Mapping[str, str]
    language_names: Mapping[str, str]
    language_labels: Mapping[str, Mapping[str, str]]
    aliases: Mapping[str, str]
    clocks: Mapping[str, tuple[tuple[int, int], ...]]
    source: str


def load_countries() -> Mapping[str, CountryFacts]:
    """Return the facts of every country with an ISO 3166-1 code, by that code, in code order."""
    return _book().countries


def country_names() -> Mapping[str, str]:
    """Return code by name: codes, CLDR's English and Indonesian names and everyday names, all case-folded.

    >>> country_names()["inggris"], country_names()["uk"], country_names()["amerika serikat"]
    ('GB', 'GB', 'US')
    """
    return _book().country_names


def language_names() -> Mapping[str, str]:
    """Return BCP 47 tag by name: tags, and names in English and Indonesian, all case-folded.

    >>> language_names()["bahasa inggris"], language_names()["tagalog"], language_names()["zh-hant"]
    ('en', 'fil', 'zh-Hant')
    """
    return _book().language_names


def language_label(tag: str, lang: str = "en") -> str:
    """Return the name of a language, in English or Indonesian, or its tag where CLDR has no name."""
    names = _book().language_labels.get(tag, {})
    return names.get(lang) or names.get("en") or tag


def normal_tag(tag: str) -> str:
    """Return a language tag in the usual spelling, with a retired one replaced.

    >>> normal_tag("EN_gb"), normal_tag("tl")
    ('en-GB', 'fil')
    """
    parts = tag.replace("_", "-").split("-")
    head = _book().aliases.get(parts[0].lower(), parts[0].lower())
    return "-".join([head, *(p.upper() if len(p) == 2 else p.title() if len(p) == 4 else p.lower() for p in parts[1:])])


def clock_changes(zone: str, year: int) -> tuple[tuple[int, int], ...]:
    """Return a zone's distance from UTC through a year, as `packages.offsets` does.

    The zones of all countries in the year of the tzdata edition come from the cache: finding a zone's changes takes
    half a millisecond, and the United States alone have twenty-nine zones.

    Raises:
        UnknownThing: tzdata has no such zone.
    """
    known = _book().clocks.get(zone) if year == facts_year() else None
    return offsets(zone, year) if known is None else known


def facts_source() -> str:
    """Return which packages, in which versions, the facts come from."""
    return _book().source


def country_triples(codes: Iterable[str] | None = None) -> list[ox.Triple]:
    """Return the facts of countries as triples, in a fixed order, the languages they name included.

    Args:
        codes: ISO 3166 codes; every country when left out. A code that does not exist is passed over.
    """
    facts = load_countries()
    wanted = sorted(facts) if codes is None else sorted(set(codes) & set(facts))
    found: list[ox.Triple] = []
    tags: set[str] = set()

    def tell(subject: ox.NamedNode, name: str, *values: ox.NamedNode | ox.Literal) -> None:
        predicate = ox.NamedNode(name if ":" in name else BPO + name)
        found.extend(ox.Triple(subject, predicate, value) for value in values)

    for code in wanted:
        fact = facts[code]
        node = ox.NamedNode(COUNTRY + code)
        tell(node, RDF + "type", ox.NamedNode(BPO + "Country"))
        tell(node, RDFS + "label", *(ox.Literal(fact.names[lang], language=lang) for lang in LANGS))
        tell(node, "iso3166Alpha2", ox.Literal(code))
        if fact.gdp_per_head is not None:
            tell(node, "gdpPerHead", _decimal(fact.gdp_per_head))
        if fact.gdp_per_head is not None and fact.gdp_year is not None:
            tell(node, "gdpYear", ox.Literal(fact.gdp_year))
        if fact.regions:
            tell(node, "region", ox.Literal(fact.regions[0]))
            tell(node, "subregion", ox.Literal(fact.regions[-1]))
        tell(node, "zone", *(ox.Literal(zone) for zone in fact.zones))
        tell(node, "bordersOn", *(ox.NamedNode(COUNTRY + other) for other in sorted(fact.neighbours)))
        tell(node, DCTERMS + "source", ox.Literal(facts_source()))
        for tag, share, official in fact.languages:
            tags.add(tag)
            link = ox.NamedNode(f"{COUNTRY}{code}/language/{tag}")
            tell(node, "languageShare", link)
            tell(link, RDF + "type", ox.NamedNode(BPO + "LanguageShare"))
            tell(link, "ofLanguage", ox.NamedNode(LANG + tag))
            tell(link, "official", ox.Literal(official))
            if share is not None:
                tell(link, "share", _decimal(share))
    for tag in sorted(tags):
        node = ox.NamedNode(LANG + tag)
        tell(node, RDF + "type", ox.NamedNode(BPO + "Language"))
        tell(node, "bcp47", ox.Literal(tag))
        tell(node, RDFS + "label", *(ox.Literal(language_label(tag, lang), language=lang) for lang in LANGS))
    return found


def workforce_triples(
    codes: Iterable[str] | None = None, *, official_share: float, spoken_share: float
) -> list[ox.Triple]:
    """Return which languages the workforce of countries can work in, as far as published shares tell.

    Args:
        codes: as for `country_triples`.
        official_share: share of speakers from which an official language counts.
        spoken_share: share from which any other language counts.
    """
    facts = load_countries()
    wanted = sorted(facts) if codes is None else sorted(set(codes) & set(facts))
    return [
        ox.Triple(ox.NamedNode(COUNTRY + code), ox.NamedNode(BPO + "workforceLanguage"), ox.NamedNode(LANG + one.tag))
        for code in wanted
        for one in facts[code].languages
        if one.share is not None and one.share >= (official_share if one.official else spoken_share)
    ]


def _decimal(value: float) -> ox.Literal:
    return ox.Literal(f"{value:.8f}".rstrip("0").rstrip("."), datatype=ox.NamedNode(XSD + "decimal"))


@cache
def _book() -> _Book:
    mark, source = fingerprint()
    mark = f"{SCHEMA}-{mark}"
    raw = _read_cache(mark)
    if raw is not None:
        # A copy cut short or written by hand must not stop anybody: the packages are read again.
        with suppress(KeyError, TypeError, ValueError, AttributeError):
            return _unpack(raw, source)
    raw = read_packages()
    _write_cache(mark, raw)
    return _unpack(raw, source)


def _unpack(raw: Mapping[str, Any], source: str) -> _Book:
    countries = {
        code: CountryFacts(
            code,
            MappingProxyType(dict(zip(LANGS, names, strict=True))),
            tuple(LanguageFact(*fact) for fact in languages),
            gdp,
            raw["year"],
            tuple(regions),
            tuple(zones),
            frozenset(neighbours),
        )
        for code, (names, languages, gdp, regions, zones, neighbours) in raw["countries"].items()
    }
    return _Book(
        MappingProxyType(countries),
        MappingProxyType(raw["country_names"]),
        MappingProxyType(raw["language_names"]),
        MappingProxyType(raw["language_labels"]),
        MappingProxyType(raw["aliases"]),
        MappingProxyType(
            {zone: tuple((start, away) for start, away in table) for zone, table in raw["clocks"].items()}
        ),
        source,
    )


def _cache_folder() -> Path | None:
    if os.name == "nt":
        base = os.environ.get("LOCALAPPDATA")
    else:
        home = os.environ.get("HOME")
        base = os.environ.get("XDG_CACHE_HOME") or (f"{home}/.cache" if home else None)
    return Path(base) / "bpo-kg" if base else None


def _cache_file(mark: str) -> Path | None:
    folder = _cache_folder()
    return folder / f"countries-{mark}.json" if folder else None


def _read_cache(mark: str) -> dict[str, Any] | None:
    file = _cache_file(mark)
    if file is None:
        return None
    try:
        raw = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    return raw if isinstance(raw, dict) and raw.get("mark") == mark and raw.get("countries") else None


def _write_cache(mark: str, raw: dict[str, Any]) -> None:
    """Keep a copy; a folder that cannot be written is no reason to fail. Readers see all of it or nothing."""
    import tempfile

    file = _cache_file(mark)
    if file is None:
        return
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=".countries-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                json.dump({"mark": mark, **raw}, out, ensure_ascii=False, separators=(",", ":"))
            Path(name).replace(file)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
