"""Country facts come from the packages, stay unknown where those are silent, and never outlive an upgrade."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pyoxigraph as ox
import pytest

from bpo_kg.suitability import countries, packages
from bpo_kg.suitability.countries import (
    country_names,
    country_triples,
    facts_source,
    language_label,
    language_names,
    load_countries,
    normal_tag,
)
from bpo_kg.vocabulary import BPO, COUNTRY, LANG, RDF, RDFS


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache folder of the test's own; what this process has in memory is forgotten before and after."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    countries._book.cache_clear()
    yield tmp_path / "bpo-kg"
    countries._book.cache_clear()


def language(code: str, tag: str) -> tuple[float | None, bool] | None:
    return next(((f.share, f.official) for f in load_countries()[code].languages if f.tag == tag), None)


def test_every_country_of_iso_3166_is_there_with_both_names_a_region_and_a_cost_figure() -> None:
    """The list is tzdata's own; only two uninhabited islands have no time zone."""
    text = files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text(encoding="utf-8")
    codes = [line.split("\t")[0] for line in text.splitlines() if not line.startswith("#")]
    facts = load_countries()
    assert len(codes) == 249
    assert sorted(facts) == sorted(codes)
    assert all(fact.names["en"] and fact.names["id"] and fact.regions and fact.gdp_per_head for fact in facts.values())
    assert {code for code, fact in facts.items() if not fact.zones} == {"BV", "HM"}


@pytest.mark.parametrize(
    ("code", "tag", "share", "official"),
    [("PH", "en", 0.64, True), ("IN", "en", 0.19, True), ("PL", "en", 0.33, False), ("US", "en", 0.96, True)],
)
def test_language_shares_are_those_of_cldr(code: str, tag: str, share: float, official: bool) -> None:
    """Checked by hand against the supplemental data that language_data 1.4 ships; de facto official counts."""
    assert language(code, tag) == (share, official)


@pytest.mark.parametrize("code", ["CO", "CR", "JP", "VN", "ID", "UA"])
def test_a_language_that_cldr_does_not_list_is_absent_and_not_zero(code: str) -> None:
    """Six countries without a figure for English: nothing may read that as nobody."""
    assert language(code, "en") is None


def test_a_figure_of_zero_in_cldr_means_no_figure() -> None:
    """CLDR lists Kawi for Indonesia with 0 per cent, to say that it exists."""
    assert language("ID", "kaw") == (None, False)


def test_regions_follow_the_tree_of_the_united_nations_from_the_widest_down() -> None:
    """Groupings such as Latin America or the European Union cut across that tree and are left out."""
    facts = load_countries()
    assert facts["GB"].regions == ("150", "154")
    assert facts["PL"].regions == ("150", "151")
    assert facts["CO"].regions == ("019", "005")
    assert facts["ZA"].regions == ("002", "018")


def test_borders_hold_both_ways_and_an_island_has_none() -> None:
    """Every border is known from either side."""
    facts = load_countries()
    assert {"US"} < facts["MX"].neighbours
    assert facts["PH"].neighbours == frozenset()
    assert facts["GB"].neighbours == {"IE"}
    pairs = [(code, other) for code, fact in facts.items() for other in fact.neighbours]
    assert len(pairs) > 600
    assert all(code in facts[other].neighbours and code != other for code, other in pairs)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("UK", "GB"), ("USA", "US"), ("Inggris", "GB"), ("Amerika Serikat", "US"), ("Jerman", "DE"), ("gb", "GB"),
        ("Filipina", "PH"), ("Türkiye", "TR"), ("Turkey", "TR"), ("Korea Selatan", "KR"), ("UEA", "AE"), ("Cina", "CN"),
    ],
)  # fmt: skip
def test_a_country_is_found_by_code_and_by_the_names_people_write(name: str, code: str) -> None:
    """English and Indonesian, official and everyday."""
    assert country_names()[name.casefold()] == code


def test_no_everyday_name_points_at_another_countrys_own_name() -> None:
    """An added name never takes a name or a code away from the country that CLDR gives it to."""
    names = country_names()
    for code, fact in load_countries().items():
        assert names[code.casefold()] == code
        for name in fact.names.values():
            assert names[name.casefold()] == code, name


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("English", "en"),
        ("bahasa Inggris", "en"),
        ("Jerman", "de"),
        ("zh-Hant", "zh-Hant"),
        ("Tagalog", "fil"),
        ("id", "id"),
    ],
)
def test_a_language_is_found_by_tag_and_by_its_english_or_indonesian_name(name: str, tag: str) -> None:
    """A retired tag leads to the one in use."""
    assert language_names()[name.casefold()] == tag


def test_tags_are_brought_into_the_usual_spelling() -> None:
    """Case and separators as BCP 47 writes them, and retired tags replaced."""
    assert [normal_tag(t) for t in ("EN_gb", "zh_hant_TW", "tl", "in")] == ["en-GB", "zh-Hant-TW", "fil", "id"]
    assert (language_label("de", "id"), language_label("x-none")) == ("Jerman", "x-none")


def test_the_second_reading_comes_from_the_cache_and_says_the_same(cache: Path) -> None:
    """A copy holds every fact, and the packages are not opened again."""
    first = load_countries()
    (copy,) = cache.glob("countries-*.json")
    countries._book.cache_clear()
    reads: list[int] = []
    original = packages.read_packages

    def counted() -> dict[str, object]:
        reads.append(1)
        return original()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(countries, "read_packages", counted)
        assert load_countries() == first
        assert not reads
        copy.unlink()
        countries._book.cache_clear()
        assert load_countries() == first
        assert reads, "without the copy the packages must be read"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"mark": "other"}', "null"])
def test_a_broken_copy_is_read_past(cache: Path, content: str) -> None:
    """A copy cut short, or written by something else, costs a reading and nothing more."""
    load_countries()
    (copy,) = cache.glob("countries-*.json")
    copy.write_text(content, encoding="utf-8")
    countries._book.cache_clear()
    assert len(load_countries()) == 249


def test_a_copy_whose_rows_are_broken_is_read_past(cache: Path) -> None:
    """The right mark with rows of the wrong shape is no copy."""
    load_countries()
    (copy,) = cache.glob("countries-*.json")
    raw = json.loads(copy.read_text(encoding="utf-8"))
    raw["countries"]["PH"] = ["half a row"]
    copy.write_text(json.dumps(raw), encoding="utf-8")
    countries._book.cache_clear()
    assert load_countries()["PH"].names["en"] == "Philippines"


@pytest.mark.parametrize("where", ["/dev/null/nowhere", ""])
def test_no_cache_folder_is_no_reason_to_fail(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """A folder that cannot be made, or no home at all: the facts still load."""
    monkeypatch.setenv("XDG_CACHE_HOME", where)
    monkeypatch.delenv("HOME", raising=False)
    countries._book.cache_clear()
    assert len(load_countries()) == 249
    countries._book.cache_clear()


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site folder with the three packages as small as the fingerprint looks at them."""
    for package, names in packages._FILES.items():
        for name in names:
            file = tmp_path / package / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("facts", encoding="utf-8")
        (tmp_path / f"{package}-1.0.dist-info").mkdir()
    monkeypatch.setattr(packages, "_package", lambda name: tmp_path / name)
    return tmp_path


def test_an_upgrade_of_any_package_makes_the_copy_stale(installed: Path) -> None:
    """A new version, another size and a newer file each change the name under which a copy would be found."""
    before, source = packages.fingerprint()
    assert source == "babel 1.0, language_data 1.0, tzdata 1.0"
    assert packages.fingerprint()[0] == before, "nothing changed"
    seen = {before}
    for package, names in packages._FILES.items():
        (installed / f"{package}-1.0.dist-info").rename(installed / f"{package}-1.1.dist-info")
        seen.add(packages.fingerprint()[0])
        for name in names:
            file = installed / package / name
            stat = file.stat()
            file.write_text("other facts", encoding="utf-8")
            os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
            seen.add(packages.fingerprint()[0])
            os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
            seen.add(packages.fingerprint()[0])
    assert len(seen) == 1 + len(packages._FILES) + 2 * sum(map(len, packages._FILES.values()))


def test_a_changed_border_file_makes_the_copy_stale(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Borders and everyday names are ours, and part of what a copy holds."""
    before = packages.fingerprint()[0]
    file = tmp_path / "countries.ttl"
    file.write_text("# a border moved", encoding="utf-8")
    monkeypatch.setattr(packages, "_extra_file", lambda: file)
    assert packages.fingerprint()[0] != before


def test_all_countries_load_offline_within_a_second_and_from_the_cache_within_a_tenth(tmp_path: Path) -> None:
    """Measured in fresh processes, imports of the packages counted; the best of three, as the machine may be busy."""
    program = (
        "import time; from bpo_kg.suitability.countries import load_countries; t = time.perf_counter();"
        "assert len(load_countries()) == 249; print(time.perf_counter() - t)"
    )
    cold, warm = [], []
    for n in range(3):
        environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / str(n))}
        for found in (cold, warm):
            done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True)
            found.append(float(done.stdout))
    assert min(cold) <= 1.0
    assert min(warm) <= 0.1


def test_clocks_of_the_edition_year_come_from_the_cache_and_others_are_worked_out(cache: Path) -> None:
    """Both ways give the same table, and a zone that no country lists first is found all the same."""
    year = packages.facts_year()
    for zone in ("Europe/London", "Asia/Kolkata", "Europe/Amsterdam"):
        assert countries.clock_changes(zone, year) == packages.offsets(zone, year)
        assert countries.clock_changes(zone, year - 1) == packages.offsets(zone, year - 1)


def test_triples_say_what_the_facts_say() -> None:
    """Labels in both languages, shares as nodes, and nothing for what is unknown."""
    store = ox.Store()
    store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in country_triples(["PH", "VN"]))
    named = ox.NamedNode

    def values(subject: str, predicate: str) -> set[str]:
        return {str(q.object.value) for q in store.quads_for_pattern(named(subject), named(predicate), None)}  # type: ignore[union-attr]

    assert values(COUNTRY + "PH", RDFS + "label") == {"Philippines", "Filipina"}
    assert values(COUNTRY + "PH", BPO + "zone") == {"Asia/Manila"}
    assert values(COUNTRY + "PH/language/en", BPO + "share") == {"0.64"}
    assert values(COUNTRY + "PH/language/en", BPO + "official") == {"true"}
    assert values(COUNTRY + "VN", BPO + "bordersOn") == {COUNTRY + c for c in ("CN", "KH", "LA")}
    assert not values(COUNTRY + "VN/language/en", RDF + "type")
    assert values(LANG + "vi", RDFS + "label") == {"Vietnamese", "Vietnam"}
    assert values(COUNTRY + "GB", RDF + "type") == set()


def test_triples_of_the_whole_world_are_the_same_each_time_and_pass_over_unknown_codes() -> None:
    """Same packages, same triples, in the same order."""
    everything = country_triples()
    assert everything == country_triples(sorted(load_countries(), reverse=True))
    assert sum(t.predicate.value == BPO + "iso3166Alpha2" for t in everything) == 249
    assert country_triples(["ZZ", "../PH"]) == []


def test_the_source_names_the_packages_and_their_versions() -> None:
    """An answer can say where its figure comes from."""
    assert all(name in facts_source() for name in ("babel ", "language_data ", "tzdata "))
