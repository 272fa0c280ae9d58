"""A table of providers, sites and countries says the same as Turtle would, and reports every slip with its place."""

from pathlib import Path

import pyoxigraph as ox
import pytest
from openpyxl import Workbook

from bpo_kg.errors import SourceError
from bpo_kg.graph import load
from bpo_kg.resources import data_folder
from bpo_kg.sources.lexicon import Lexicon
from bpo_kg.sources.place_facts import site_iri
from bpo_kg.sources.places_table import (
    PlacesTable,
    is_places_header,
    is_places_table,
    place_columns,
    read_places,
)
from bpo_kg.suitability.countries import country_names, language_names, load_countries
from bpo_kg.suitability.hours import WorkingDay
from bpo_kg.suitability.matching import Match, Need, match
from bpo_kg.suitability.packages import known_zone
from bpo_kg.suitability.places import PlaceBook
from bpo_kg.suitability.sites import Overrides, Wage, read_overrides
from bpo_kg.suitability.thresholds import read_thresholds
from bpo_kg.vocabulary import BPO, PROC

EXAMPLES = Path(__file__).parent.parent / "examples"
MANILA = site_iri("Luzon Contact", "Manila")


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    store = ox.Store()
    for stem in ("bpo", "catalogue"):
        store.load(path=data_folder("ontology") / f"{stem}.ttl", format=ox.RdfFormat.TURTLE)
    return Lexicon.from_store(store, countries=country_names, languages=language_names)


def written(tmp_path: Path, text: str, lexicon: Lexicon) -> PlacesTable:
    file = tmp_path / "sites.csv"
    file.write_text(text, encoding="utf-8")
    return read_places(file, lexicon, known_zone)


def records(*tables: PlacesTable) -> Overrides:
    store = ox.Store()
    for table in tables:
        store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in table.triples)
    return read_overrides(store)


@pytest.fixture(scope="module")
def examples(lexicon: Lexicon) -> Overrides:
    tables = [read_places(EXAMPLES / name, lexicon, known_zone) for name in ("providers.csv", "places.csv")]
    assert all(table.triples and not table.findings and not table.left_out for table in tables)
    return records(*tables)


@pytest.fixture(scope="module")
def book(examples: Overrides) -> PlaceBook:
    store = ox.Store()
    store.load(path=data_folder("ontology") / "places.ttl", format=ox.RdfFormat.TURTLE)
    return PlaceBook(load_countries(), read_thresholds(store), examples, year=2026)


def test_a_row_with_a_site_gives_the_site_with_all_that_it_records(examples: Overrides) -> None:
    """Zone, languages, hours, wage, kinds, provider and source arrive as they stand in the file."""
    site = examples.sites[MANILA]
    assert site.name == {"en": "Luzon Contact, Manila", "id": "Luzon Contact, Manila"}
    assert (site.country, site.zone, site.languages) == ("PH", "Asia/Manila", frozenset({"en", "fil"}))
    assert (site.hours, site.wage) == (WorkingDay.parse("00:00-24:00"), Wage(6.2, "USD"))
    assert site.kinds == {PROC + kind for kind in ("callCenter", "technicalSupport", "chatSupport")}
    assert site.source == "rate card, 2026-06-30"
    assert site.providers == ("https://w3id.org/bpo-kg/provider/Luzon%20Contact",)
    assert len(examples.sites) == 10


def test_an_empty_cell_stays_unknown(examples: Overrides) -> None:
    """Protea Voice gave no hours and Nile Answers no kinds: neither is made up."""
    assert examples.sites[site_iri("Protea Voice", "Cape Town")].hours is None
    assert examples.sites[site_iri("Nile Answers", "Cairo")].kinds is None


def test_a_row_without_a_site_is_about_the_country(examples: Overrides) -> None:
    """Wages, an office zone, a language and law records of countries, each with its source."""
    assert examples.countries["GB"].wage == Wage(26.0, "USD")
    assert (examples.countries["US"].zone, examples.countries["ID"].languages) == ("America/New_York", {"en": None})
    (safeguard,), (bar,) = examples.safeguards, examples.bars
    assert (safeguard.client, safeguard.place, safeguard.date) == ("GB", "PH", "2026-06-30")
    assert (bar.client, bar.place) == ("ID", "IN")
    assert "health records" in bar.source


def test_one_provider_serves_many_clients_from_many_sites(lexicon: Lexicon) -> None:
    """Each client at each site is an engagement of its own."""
    table = read_places(EXAMPLES / "providers.csv", lexicon, known_zone)
    store = ox.Store()
    store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in table.triples)
    ask = f"""SELECT (COUNT(DISTINCT ?client) AS ?clients) (COUNT(DISTINCT ?site) AS ?sites) WHERE {{
        ?e <{BPO}engagesProvider> <https://w3id.org/bpo-kg/provider/Luzon%20Contact> ;
           <{BPO}engagesClient> ?client ; <{BPO}deliveredFrom> ?site }}"""
    (row,) = list(store.query(ask))  # type: ignore[arg-type]
    assert (row["clients"].value, row["sites"].value) == ("2", "2")


def test_a_table_and_turtle_say_the_same(lexicon: Lexicon, tmp_path: Path) -> None:
    """Whatever reads the graph cannot tell which file a record came from."""
    table = written(tmp_path, "country,wage,currency,hours\nPH,6.5,usd,8:00-17:00\n", lexicon)
    store = ox.Store()
    store.load(
        """@prefix bpo: <https://w3id.org/bpo-kg/ontology#> .
        <https://w3id.org/bpo-kg/country/PH> a bpo:Country ; bpo:hourlyWage 6.5 ; bpo:wageCurrency "USD" ;
            bpo:opensAt "08:00" ; bpo:closesAt "17:00" .""",
        format=ox.RdfFormat.TURTLE,
    )
    assert records(table) == read_overrides(store)


def test_headers_and_cells_may_be_indonesian(lexicon: Lexicon, tmp_path: Path) -> None:
    """The same columns under their Indonesian names, a title above them, semicolons between them."""
    table = written(
        tmp_path,
        "Daftar lokasi\nNegara;Penyedia;Lokasi;Bahasa;Zona waktu\nFilipina;Prima;Cebu;Inggris;Asia/Manila\n",
        lexicon,
    )
    site = records(table).sites[site_iri("Prima", "Cebu")]
    assert (site.country, site.languages, site.zone) == ("PH", frozenset({"en"}), "Asia/Manila")


@pytest.mark.parametrize(
    ("row", "code", "words"),
    [
        ("Atlantis,Prima,Manila,,,,,", "unknown-country", "Atlantis"),
        (",Prima,Manila,,,,,", "no-country", "ISO 3166"),
        ("PH,Prima,Manila,Manila/Asia,,,,", "bad-cell", "Asia/Manila"),
        ("PH,Prima,Manila,../../etc/passwd,,,,", "bad-cell", "Asia/Manila"),
        ("PH,Prima,Manila,,klingonish,,,", "unknown-language", "klingonish"),
        ("PH,Prima,Manila,,,9 to 5,,", "bad-cell", "09:00-17:00"),
        ("PH,Prima,Manila,,,09:00-26:00,,", "bad-cell", "09:00-17:00"),
        ("PH,Prima,Manila,,,,cheap,", "bad-cell", "number"),
        ("PH,Prima,Manila,,,,-3,", "bad-cell", "number"),
        ("PH,Prima,Manila,,,,,call centre; time travel", "bad-cell", "catalogue"),
        ('PH,Prima,Manila,"Asia/Manila\" } ; DROP ALL",,,,', "bad-cell", "Asia/Manila"),
    ],
)  # fmt: skip
def test_a_slip_costs_its_cell_and_is_reported_with_line_and_column(
    lexicon: Lexicon, tmp_path: Path, row: str, code: str, words: str
) -> None:
    """Each message says what would be right, in both languages, and the site stays unless its country is missing."""
    head = "country,provider,site,zone,languages,hours,wage,kinds\n"
    table = written(tmp_path, head + row + "\n", lexicon)
    found = next(f for f in table.findings if f.code == code)
    assert found.place.line == 2
    assert words in found.message["en"]
    assert set(found.message) == {"en", "id"}
    sites = records(table).sites
    if "country" in code:
        assert (sites, table.left_out) == ({}, 1)
    else:
        (site,) = sites.values()
        assert (site.zone, site.languages, site.hours, site.wage, site.kinds) == (None, None, None, None, None)


def test_the_second_row_of_a_site_is_left_out_and_names_the_first(lexicon: Lexicon, tmp_path: Path) -> None:
    """Two rows for one site would give it two working days."""
    table = written(
        tmp_path, "country,provider,site,hours\nPH,Prima,Manila,08:00-17:00\nPH,Prima,Manila,22:00-06:00\n", lexicon
    )
    assert [(f.code, f.place.line) for f in table.findings] == [("duplicate-site", 3)]
    assert "line 2" in table.findings[0].message["en"]
    assert records(table).sites[site_iri("Prima", "Manila")].hours == WorkingDay.parse("08:00-17:00")


def test_columns_that_are_not_read_are_named(lexicon: Lexicon, tmp_path: Path) -> None:
    """A foreign column is a warning, a second one for the same thing an error."""
    table = written(tmp_path, "country,wage,Seats,hourly wage\nPH,5,40,6\n", lexicon)
    assert [(f.code, f.severity) for f in table.findings] == [
        ("unknown-column", "warning"),
        ("duplicate-column", "error"),
    ]


@pytest.mark.parametrize("text", ["", "name,core\nPayroll,no\n", "country\nPH\n", "\n\n\n"])
def test_a_file_that_is_no_table_of_places_is_an_error_and_gives_nothing(
    lexicon: Lexicon, tmp_path: Path, text: str
) -> None:
    """An inventory of processes, or a country column alone, is not taken for places."""
    table = written(tmp_path, text, lexicon)
    assert [f.code for f in table.findings] == ["no-country-column"]
    assert not table.triples


def test_a_workbook_gives_the_sites_of_every_sheet_that_lists_places(lexicon: Lexicon, tmp_path: Path) -> None:
    """Sheets with another content are passed over, and a slip is placed by sheet and cell."""
    book = Workbook()
    book.remove(book.active)
    for title, rows in {
        "Notes": [["These are invented"]],
        "Asia": [["Country", "Provider", "Site", "Wage"], ["Philippines", "Prima", "Manila", 6.5]],
        "Europe": [["Country", "Provider", "Site", "Time zone"], ["PL", "Prima", "Krakow", "Poland time"]],
    }.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    file = tmp_path / "sites.xlsx"
    book.save(file)
    table = read_places(file, lexicon, known_zone)
    sites = records(table).sites
    assert sites[site_iri("Prima", "Manila")].wage == Wage(6.5)
    assert sites[site_iri("Prima", "Krakow")].zone is None
    assert [str(finding.place) for finding in table.findings] == [f"{file}:2:4 (Europe!D2)"]


def test_a_missing_file_is_an_exception(lexicon: Lexicon, tmp_path: Path) -> None:
    """What cannot be read at all is not a finding."""
    with pytest.raises(SourceError, match=r"nowhere\.csv"):
        read_places(tmp_path / "nowhere.csv", lexicon, known_zone)


def test_every_column_of_the_examples_is_one_of_ours_and_an_inventory_is_told_apart() -> None:
    """The headers of the shipped examples are known, and those of an inventory do not pass for places."""
    for name in ("providers.csv", "places.csv"):
        header = (EXAMPLES / name).read_text(encoding="utf-8").splitlines()[0].split(",")
        assert is_places_header(header)
        assert all(place_columns().match(column) for column in header)
    assert not is_places_header((EXAMPLES / "inventory.csv").read_text(encoding="utf-8").splitlines()[0].split(","))


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("country,site,zone\nPH,Manila,Asia/Manila\n", True),
        ("Daftar lokasi\n\nNegara;Penyedia;Lokasi\nPH;Prima;Manila\n", True),
        ("name,country,languages\nPayroll,GB,en\n", False),
        ("name,core\nPayroll,no\n", False),
        ("", False),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_of_places_given_among_the_data_is_recognised(
    tmp_path: Path, text: str, places: bool, encoding: str
) -> None:
    """A table that names processes stays an inventory, even with a column for countries."""
    file = tmp_path / "table.csv"
    file.write_text(text, encoding=encoding)
    assert is_places_table(file) is places


def test_providers_load_with_the_data_like_processes_do() -> None:
    """One list of files holds the processes, the sites and the wages."""
    kg = load(*(EXAMPLES / name for name in ("ten-cases.csv", "providers.csv", "places.csv")), to=[MANILA])
    row = kg.assess().assessments[0]
    assert row.places[-1].place == MANILA
    assert kg.assess().findings == ()


def test_every_column_is_explained_in_both_languages() -> None:
    """Label, definition and example of each column, for templates and documentation."""
    columns = place_columns().columns
    assert len(columns) == 14
    for column in columns.values():
        assert set(column.labels) == set(column.definitions) == {"en", "id"}
        assert column.example


# --- matching ----------------------------------------------------------------------------------------------------


def by_name(found: tuple[Match, ...]) -> dict[str, Match]:
    return {one.site.name["en"].split(",")[0]: one for one in found}


def test_a_call_centre_around_the_clock_finds_the_one_site_that_never_closes(book: PlaceBook) -> None:
    """Manila fits; Cape Town recorded no hours and stays open; each other site drops out for a named reason."""
    need = Need(client="GB", kinds=frozenset({PROC + "callCenter"}), coverage="roundTheClock", personal_data=True)
    found = match(book, need)
    assert [one.site.iri for one in found if one.fits] == [MANILA]
    assert [one.site.name["en"] for one in found if one.fits is None] == ["Protea Voice, Cape Town"]
    dropped = {
        name: [reason.about for reason in one.against] for name, one in by_name(found).items() if one.fits is False
    }
    assert dropped["Northgate Services"] == ["coverage"]
    assert dropped["Vistula Services"] == ["kind", "coverage"]
    assert all(reasons for reasons in dropped.values())
    assert len(dropped) == 8


def test_sites_that_fit_stand_first_and_dropped_ones_last(book: PlaceBook) -> None:
    """The order is fixed: fit, then open, then dropped, each by name."""
    order = [one.fits for one in match(book, Need(client="GB", kinds=frozenset({PROC + "dataEntry"})))]
    assert order == sorted(order, key=(True, None, False).index)
    assert set(order) == {True, None, False}


def test_a_language_drops_the_sites_recorded_without_it(book: PlaceBook) -> None:
    """Payroll in Polish fits Krakow alone; Pune and Yogyakarta are recorded without Polish."""
    found = by_name(match(book, Need(client="GB", kinds=frozenset({PROC + "payroll"}), languages=frozenset({"pl"}))))
    assert found["Vistula Services"].fits is True
    assert [r.about for r in found["Deccan Desk"].against] == ["sharedLanguage"]
    assert "Polish" in found["Merapi Layanan"].against[0].detail["en"]
    assert "Polski" in found["Merapi Layanan"].against[0].detail["id"]


@pytest.mark.parametrize(("coverage", "fits"), [("businessHours", True), ("afterHours", False)])
def test_hours_are_compared_on_the_clock_of_the_people_served(book: PlaceBook, coverage: str, fits: bool) -> None:
    """Krakow works while London works; it does not work London's nights."""
    found = by_name(match(book, Need(client="GB", coverage=coverage)))["Vistula Services"]
    assert next(reason.fits for reason in found.reasons if reason.about == "coverage") is fits


def test_a_verdict_that_excludes_drops_the_site_with_its_sentence(book: PlaceBook) -> None:
    """The decision table has the last word, and its sentence is the reason."""
    sentence = {"en": "core work stays", "id": "pekerjaan inti tetap"}
    (found,) = match(book, Need(client="GB"), [MANILA], grades={MANILA: ("excluded", sentence)})
    assert (found.fits, found.against[0].detail) == (False, sentence)
    (found,) = match(book, Need(client="GB"), [MANILA], grades={MANILA: ("undetermined", sentence)})
    assert found.fits is None


def test_law_stands_beside_a_match_and_does_not_decide_it(book: PlaceBook) -> None:
    """Pune fits a payroll with personal data, and says what to verify; Manila has a safeguard on record."""
    need = Need(client="GB", kinds=frozenset({PROC + "payroll"}), personal_data=True)
    found = by_name(match(book, need))["Deccan Desk"]
    assert (found.fits, [flag.name for flag in found.flags]) == (True, ["personalData"])
    (manila,) = match(book, need, [MANILA])
    assert manila.flags == ()


def test_what_is_not_asked_drops_nothing(book: PlaceBook) -> None:
    """Without a kind or coverage no site is measured by them."""
    for one in match(book, Need(client="GB", languages=frozenset({"en"}))):
        assert {reason.about for reason in one.reasons} == {"country", "sharedLanguage"}
        assert one.fits is True
