"""Open the packages that know countries, languages and clocks: babel, language_data, tzdata. The one room that does.

They are read as plain data, so country facts are refreshed by upgrading a package and by nothing else. What no
package has in a usable form, land borders and everyday names, stands in `ontology/countries.ttl`.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from bpo_kg.errors import SourceError, UnknownThing
from bpo_kg.resources import data_folder

LANGS: Final = ("en", "id")
"""Languages that names are given in, in this order."""
_NATIONAL: Final = ("official", "de_facto_official")
_FILES: Final = {
    "babel": ("global.dat", "locale-data/en.dat", "locale-data/id.dat"),
    "language_data": ("data/supplementalData.xml",),
    "tzdata": ("zoneinfo/iso3166.tab", "zoneinfo/zone1970.tab", "zoneinfo/tzdata.zi"),
}


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise SourceError(f"the package {name} is not installed; country facts come from it")
    return Path(spec.submodule_search_locations[0])


def fingerprint() -> tuple[str, str]:
    """Return a key that changes with any upgrade, and the sentence that names the sources.

    Versions are read off the folders beside the package: importlib.metadata alone costs 60 ms to import.
    """
    parts: list[str] = []
    named = []
    for package, files in _FILES.items():
        folder = _package(package)
        found = sorted(p.name for p in folder.parent.glob(f"{package}-*.dist-info"))
        version = found[0].removeprefix(f"{package}-").removesuffix(".dist-info") if found else "?"
        named.append(f"{package} {version}")
        parts += [str(folder), *found]
        for file in files:
            stat = (folder / file).stat()
            parts += [file, str(stat.st_size), str(stat.st_mtime_ns)]
    parts.append(hashlib.sha256(_extra_file().read_bytes()).hexdigest())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32], ", ".join(named)


def _extra_file() -> Path:
    return data_folder("ontology") / "countries.ttl"


def read_packages() -> dict[str, Any]:
    """Return everything that the packages say of countries and languages, as plain JSON values."""
    from babel import Locale
    from babel.core import get_global

    tz = _package("tzdata") / "zoneinfo"
    codes = [row[0] for row in _tab(tz / "iso3166.tab")]
    zones: dict[str, list[str]] = {code: [] for code in codes}
    for row in _tab(tz / "zone1970.tab"):
        for code in row[0].split(","):
            zones[code].append(row[2])
    locales = [Locale(lang) for lang in LANGS]
    aliases = {old: new.replace("_", "-") for old, new in get_global("language_aliases").items() if "_" not in old}
    people, year = _cldr()
    borders, everyday = _extra(set(codes))
    countries = {}
    names: dict[str, str] = {}
    for code in sorted(codes):
        own = [str(locale.territories.get(code, code)) for locale in locales]
        gdp, languages, regions = people.get(code, (None, [], []))
        countries[code] = (own, languages, gdp, regions, zones[code], sorted(borders.get(code, ())))
        for name in (*own, *everyday.get(code, ())):
            names.setdefault(name.casefold(), code)
    names.update((code.casefold(), code) for code in codes)
    labels: dict[str, dict[str, str]] = {}
    spoken: dict[str, str] = {}
    for lang, locale in zip(LANGS, locales, strict=True):
        for tag, name in locale.languages.items():
            bcp = aliases.get(tag, tag.replace("_", "-"))
            labels.setdefault(bcp, {}).setdefault(lang, str(name))
            spoken.setdefault(str(name).casefold(), bcp)
            if lang == "id":
                spoken.setdefault(f"bahasa {name}".casefold(), bcp)
    spoken.update((old.casefold(), new) for old, new in aliases.items())
    spoken.update((tag.casefold(), tag) for tag in labels)
    spoken.update((f[0].casefold(), f[0]) for c in countries.values() for f in c[1])
    return {
        "countries": countries,
        "country_names": names,
        "language_names": spoken,
        "language_labels": labels,
        "aliases": aliases,
        "year": year,
        "clocks": {zone: offsets(zone, facts_year()) for zone in sorted({z for own in zones.values() for z in own})},
    }


def _tab(file: Path) -> Iterator[list[str]]:
    for line in file.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


def _cldr() -> tuple[dict[str, tuple[float | None, list[tuple[str, float | None, bool]], list[str]]], int | None]:
    """Read CLDR's supplemental data: cost stand-in, languages and UN regions by country, and the edition's year."""
    import re
    from xml.etree import ElementTree

    text = (_package("language_data") / "data/supplementalData.xml").read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)
    edition = re.search(r"Copyright © \d{4}-(\d{4})", text)
    holder = {
        part: group.get("type", "")
        for group in root.iterfind("territoryContainment/group")
        # Groupings such as the European Union or Latin America cut across the UN's tree of regions.
        if not group.get("status") and not group.get("grouping")
        for part in group.get("contains", "").split()
    }
    people = {}
    for territory in root.iterfind("territoryInfo/territory"):
        code = territory.get("type", "")
        gdp, heads = float(territory.get("gdp") or 0), float(territory.get("population") or 0)
        languages = []
        for item in territory.iterfind("languagePopulation"):
            share = item.get("populationPercent") or 0
            official = item.get("officialStatus") in _NATIONAL
            tag = item.get("type", "").replace("_", "-")
            # CLDR writes 0 where it lists a language without a figure.
            languages.append((tag, round(float(share) / 100, 8) if float(share) > 0 else None, official))
        regions: list[str] = []
        above = holder.get(code)
        while above and above != "001":
            regions.insert(0, above)
            above = holder.get(above)
        people[code] = (round(gdp / heads, 1) if gdp and heads else None, languages, regions)
    return people, int(edition[1]) if edition else None


def _extra(codes: set[str]) -> tuple[dict[str, set[str]], dict[str, list[str]]]:
    """Read what no package has in a usable form: land borders and everyday names."""
    from pyoxigraph import Literal, NamedNode, RdfFormat, parse

    from bpo_kg.vocabulary import BPO, COUNTRY

    borders: dict[str, set[str]] = {}
    everyday: dict[str, list[str]] = {}
    for quad in parse(_extra_file().read_bytes(), format=RdfFormat.TURTLE):
        if not isinstance(quad.subject, NamedNode) or not quad.subject.value.startswith(COUNTRY):
            continue
        code = quad.subject.value.removeprefix(COUNTRY)
        if isinstance(quad.object, Literal):
            everyday.setdefault(code, []).append(quad.object.value)
        elif quad.predicate.value == BPO + "bordersOn" and isinstance(quad.object, NamedNode):
            other = quad.object.value.removeprefix(COUNTRY)
            if code in codes and other in codes:
                borders.setdefault(code, set()).add(other)
                borders.setdefault(other, set()).add(code)
    return borders, everyday


@cache
def facts_year() -> int:
    """Return the year of the tzdata edition: the year whose clocks count when nobody names another.

    Tying it to the package keeps the same answers on any day, until an upgrade.
    """
    with (_package("tzdata") / "zoneinfo" / "tzdata.zi").open(encoding="utf-8") as file:
        return int(file.readline().split()[-1][:4])


def known_zone(name: str) -> bool:
    """Tell whether tzdata has a time zone of this name.

    >>> known_zone("Asia/Manila"), known_zone("Manila")
    (True, False)
    """
    try:
        return bool(offsets(name, facts_year()))
    except UnknownThing:
        return False


@cache
def offsets(zone: str, year: int) -> tuple[tuple[int, int], ...]:
    """Return the zone's distance from UTC through a year and a day on either side.

    Returns:
        (start, minutes east of UTC) pairs in time order; `start` is in minutes from the beginning of the year in
        UTC, the first one before it. Transitions are found to the minute.

    Raises:
        UnknownThing: tzdata has no such zone.
    """
    from zoneinfo import ZoneInfo

    file = _package("tzdata") / "zoneinfo" / zone
    if not zone or ".." in zone or zone.startswith("/") or not file.is_file():
        raise UnknownThing(f"no time zone {zone!r}; tzdata knows names such as Asia/Manila")
    with file.open("rb") as handle:
        try:
            info = ZoneInfo.from_file(handle, key=zone)
        except ValueError as error:
            raise UnknownThing(f"no time zone {zone!r}; tzdata knows names such as Asia/Manila") from error
    begin = datetime(year, 1, 1, tzinfo=UTC)
    days = (date(year + 1, 1, 1) - date(year, 1, 1)).days

    def at(minute: int) -> int:
        away = (begin + timedelta(minutes=minute)).astimezone(info).utcoffset()
        assert away is not None
        return round(away.total_seconds() / 60)

    found = [(-2 * 1440, at(-2 * 1440))]
    # No zone of the world changes its clocks twice within a week, so a look at every week finds each change.
    for day in range(-2, days + 2, 7):
        low, high = day * 1440, (day + 7) * 1440
        if at(high) != found[-1][1]:
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if at(middle) == found[-1][1] else (low, middle)
            found.append((high, at(high)))
    return tuple(found)
