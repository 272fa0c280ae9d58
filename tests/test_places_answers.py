"""Placement criteria: met, failed or open, on which basis, and never "no" for want of a figure."""

from dataclasses import replace
from datetime import date

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpo_kg.errors import BpoKgError, UnknownThing
from bpo_kg.resources import data_folder
from bpo_kg.suitability.countries import load_countries
from bpo_kg.suitability.law import law_flags
from bpo_kg.suitability.places import PLACEMENT_CRITERIA, PlaceBook
from bpo_kg.suitability.sites import Overrides, read_overrides
from bpo_kg.suitability.thresholds import Thresholds, read_thresholds

YES, NO, OPEN = True, False, None
CODES = sorted(load_countries())
RECORDS = """
@prefix bpo: <https://w3id.org/bpo-kg/ontology#> . @prefix country: <https://w3id.org/bpo-kg/country/> .
@prefix lang: <https://w3id.org/bpo-kg/language/> . @prefix ex: <https://example.org/> .
@prefix dcterms: <http://purl.org/dc/terms/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
ex:prima a bpo:Provider ; bpo:operatesSite ex:manila , ex:jayapura , ex:nowhere .
ex:manila a bpo:DeliverySite ; rdfs:label "Prima Manila"@en ; bpo:siteCountry country:PH ; bpo:zone "Asia/Manila" ;
    bpo:offersLanguage lang:fil , lang:ja ; bpo:opensAt "08:00" ; bpo:closesAt "20:00" ;
    bpo:hourlyWage 30 ; bpo:wageCurrency "USD" ; bpo:recordSource "rate card" ; bpo:recordDate "2026-06-30" .
ex:jayapura a bpo:DeliverySite ; bpo:siteCountry country:ID ; bpo:zone "Asia/Jayapura" .
ex:nowhere a bpo:DeliverySite ; bpo:offersLanguage lang:en .
country:GB bpo:hourlyWage 25 ; bpo:wageCurrency "USD" .
country:VN bpo:offersLanguage lang:en ; bpo:hourlyWage 5 ; bpo:wageCurrency "EUR" .
country:UA bpo:recordedShare [ bpo:ofLanguage lang:en ; bpo:share 0.02 ] .
country:US bpo:officeZone "America/New_York" .
country:DE bpo:opensAt "09:00" ; bpo:closesAt "18:00" .
ex:ok a bpo:TransferSafeguard ; bpo:safeguardFrom country:GB ; bpo:safeguardTo country:PH ; dcterms:date "2026-06-30" .
ex:bar a bpo:ResidencyBar ; bpo:barFrom country:ID ; bpo:barTo country:PH ; dcterms:source "ministry circular 7" .
"""
MANILA, JAYAPURA, NOWHERE = (f"https://example.org/{name}" for name in ("manila", "jayapura", "nowhere"))


def shipped() -> ox.Store:
    store = ox.Store()
    store.load(path=data_folder("ontology") / "places.ttl", format=ox.RdfFormat.TURTLE)
    return store


@pytest.fixture(scope="module")
def limits() -> Thresholds:
    return read_thresholds(shipped())


@pytest.fixture(scope="module")
def book(limits: Thresholds) -> PlaceBook:
    """Country facts alone, with the year fixed so that the expectations stay put."""
    return PlaceBook(load_countries(), limits, year=2026)


@pytest.fixture(scope="module")
def recorded(limits: Thresholds) -> PlaceBook:
    """The same with what a user records about sites and countries."""
    store = ox.Store()
    store.load(RECORDS, format=ox.RdfFormat.TURTLE)
    return PlaceBook(load_countries(), limits, read_overrides(store), year=2026)


def value(book: PlaceBook, client: str | None, place: str, name: str, **asked: object) -> tuple[bool | None, str]:
    answer = book.criteria(client, place, **asked)[name]  # type: ignore[arg-type]  # the test tables hold mixed values
    return answer.value, answer.basis


@pytest.mark.parametrize(
    ("client", "place", "expected"),
    [
        # English for GB: official at 64 % and at 19 % is offered; 33 % and 21 % unofficial, or no figure, is open.
        ("GB", "PH", YES), ("GB", "IN", YES), ("GB", "PL", OPEN), ("GB", "MY", OPEN), ("GB", "VN", OPEN),
        ("GB", "CO", OPEN),
        # German for DE: 0.21 % in Romania is known and hardly anybody; no figure for the Philippines is not.
        ("DE", "RO", NO), ("DE", "PH", OPEN), ("DE", "AT", YES),
        # Canada: English is official for 87 %, French for 29 %. One that serves half is enough, the other is not.
        ("CA", "PH", YES), ("CA", "SN", OPEN),
        # Belgium: Dutch reaches 55 %, French 38 %.
        ("BE", "NL", YES), ("BE", "FR", OPEN),
        # Switzerland: German 76 %; Italy is listed with Italian (official for 15 %) and a little German.
        ("CH", "DE", YES), ("CH", "IT", OPEN),
        # India: no official language reaches half, so the largest, Hindi, is what is needed.
        ("IN", "PH", OPEN), ("IN", "IN", YES),
    ],
)  # fmt: skip
def test_the_language_of_the_people_served_is_presumed_from_their_country(
    book: PlaceBook, client: str, place: str, expected: bool | None
) -> None:
    """Every answer was looked up by hand in CLDR's table."""
    assert value(book, client, place, "sharedLanguage") == (expected, "" if expected is None else "presumed")


def test_recorded_languages_must_all_be_offered(book: PlaceBook) -> None:
    """English and Filipino are offered in the Philippines; one open language leaves it open, one absent fails it."""
    assert value(book, "GB", "PH", "sharedLanguage", languages=frozenset({"en", "fil"})) == (YES, "computed")
    assert value(book, "GB", "PH", "sharedLanguage", languages=frozenset({"en", "de"})) == (OPEN, "")
    assert value(book, "GB", "RO", "sharedLanguage", languages=frozenset({"en", "de"})) == (NO, "computed")


def test_a_tag_with_a_region_is_looked_up_under_its_language(book: PlaceBook) -> None:
    """British English is English; a retired tag is the one that replaced it."""
    assert value(book, "GB", "PH", "sharedLanguage", languages=frozenset({"en-GB", "tl"})) == (YES, "computed")


def test_the_people_served_may_sit_in_another_country_than_the_client(book: PlaceBook) -> None:
    """A German client whose customers are British needs English."""
    assert value(book, "DE", "PH", "sharedLanguage") == (OPEN, "")
    assert value(book, "DE", "PH", "sharedLanguage", customer="GB") == (YES, "presumed")
    assert value(book, None, "PH", "sharedLanguage", customer="GB") == (YES, "presumed")
    assert value(book, None, "PH", "sharedLanguage") == (OPEN, "")


@pytest.mark.parametrize(
    ("client", "place", "expected", "ratio"),
    [("GB", "PH", YES, 0.18), ("US", "PL", YES, 0.58), ("GB", "PL", OPEN, 0.77), ("GB", "MY", OPEN, 0.62),
     ("ID", "ZA", NO, 1.03), ("ID", "PL", NO, 3.01)],
)  # fmt: skip
def test_income_per_head_stands_in_for_cost_and_is_presumed(
    book: PlaceBook, client: str, place: str, expected: bool | None, ratio: float
) -> None:
    """Below 0.6 is cheaper, from 1.0 on is not, and between the two nothing is said."""
    assert value(book, client, place, "lowerLabourCost") == (expected, "" if expected is None else "presumed")
    found = book.cost_ratio(client, place)
    assert found is not None
    assert round(found[0], 2) == ratio


def test_recorded_wages_on_both_sides_beat_the_stand_in(recorded: PlaceBook) -> None:
    """A site that pays more than the client is not cheaper, whatever its country's income."""
    assert value(recorded, "GB", MANILA, "lowerLabourCost") == (NO, "recorded")
    assert recorded.criteria("GB", MANILA)["lowerLabourCost"].source == "rate card, 2026-06-30"
    assert value(recorded, "GB", "PH", "lowerLabourCost") == (YES, "presumed"), "the country has no wage of its own"


def test_wages_in_different_currencies_are_not_compared(recorded: PlaceBook) -> None:
    """Five euros an hour against 25 dollars says nothing, so the stand-in answers."""
    assert value(recorded, "GB", "VN", "lowerLabourCost") == (YES, "presumed")


def test_a_sites_language_list_is_complete_and_a_countrys_is_not(recorded: PlaceBook) -> None:
    """Manila's site speaks Filipino and Japanese; Vietnam gains English and loses nothing."""
    assert value(recorded, "GB", MANILA, "sharedLanguage") == (NO, "presumed")
    assert value(recorded, "JP", MANILA, "sharedLanguage") == (YES, "presumed")
    assert value(recorded, "GB", "VN", "sharedLanguage") == (YES, "presumed")
    assert value(recorded, "VN", "VN", "sharedLanguage") == (YES, "presumed")
    assert value(recorded, "GB", "UA", "sharedLanguage") == (NO, "presumed")


def test_a_site_without_a_country_is_open_and_not_foreign(recorded: PlaceBook) -> None:
    """What is not recorded is unknown: not the same country, not another one."""
    assert value(recorded, "GB", NOWHERE, "sameCountry") == (OPEN, "")
    assert recorded.location_class("GB", NOWHERE) is None
    assert value(recorded, "GB", NOWHERE, "sharedLanguage") == (YES, "presumed")


@pytest.mark.parametrize(
    ("client", "place", "expected"),
    [
        ("GB", "PH", YES), ("GB", "PL", NO), ("US", "IN", YES), ("DE", "IN", OPEN), ("US", "MX", OPEN),
        ("AU", "PH", NO), ("GB", "IN", YES), ("GB", "HM", OPEN),
    ],
)  # fmt: skip
def test_a_place_covers_after_hours_when_half_its_own_day_lies_outside_the_clients(
    book: PlaceBook, client: str, place: str, expected: bool | None
) -> None:
    """All year and in every zone of both; where that differs, or no zone is known, it is open."""
    assert value(book, client, place, "afterHoursCover") == (expected, "" if expected is None else "presumed")


def test_recorded_hours_on_both_sides_make_after_hours_cover_computed(recorded: PlaceBook) -> None:
    """With a presumed working day on either side the answer is presumed."""
    assert value(recorded, "DE", MANILA, "afterHoursCover") == (YES, "computed")
    assert value(recorded, "GB", MANILA, "afterHoursCover") == (YES, "presumed")


@pytest.mark.parametrize(
    ("client", "place", "expected", "reason"),
    [
        ("US", "US", "sameCountry", "the same country"),
        ("US", "MX", "nearForeign", "the countries share a border"),
        ("US", "PH", "distantForeign", "another part of the world"),
        ("GB", "PL", "nearForeign", "the same region, 1 hours apart"),
        ("GB", "IE", "nearForeign", "the countries share a border"),
        ("ID", "IN", None, "1.5-3.5 hours apart: it depends on the site's zone or the date"),
        ("US", "CO", None, "0-5 hours apart: it depends on the site's zone or the date"),
        ("GB", "HM", "distantForeign", "another part of the world"),
    ],
)
def test_proximity_says_which_limb_of_the_rule_decided(
    book: PlaceBook, client: str, place: str, expected: str | None, reason: str
) -> None:
    """Mexico is near the United States by its border, Poland near Britain by the clock and not by a border."""
    found = book.proximity(client, place)
    assert (found.location_class, found.detail["en"]) == (expected, reason)
    assert found.rule.endswith("nearByBorderOrTime")
    assert book.location_class(client, place) == expected


def test_a_sites_zone_narrows_a_country_of_many_zones(recorded: PlaceBook) -> None:
    """Indonesia spans three zones; from Jayapura it is 3.5 hours to India."""
    assert recorded.location_class("IN", "ID") is None
    assert recorded.location_class("IN", JAYAPURA) == "distantForeign"
    assert recorded.location_class("US", "CO") == "nearForeign", "the office in New York is at most one hour away"


def test_nearness_may_depend_on_the_date(book: PlaceBook, limits: Thresholds) -> None:
    """London is two or three hours from Minsk: with a limit of two it is near in summer alone."""
    strict = PlaceBook(book.facts, replace(limits, proximity=replace(limits.proximity, hours=2.0)), year=2026)
    assert strict.proximity("GB", "BY").location_class is None
    assert strict.proximity("GB", "BY", date(2026, 1, 15)).location_class == "distantForeign"
    assert strict.proximity("GB", "BY", date(2026, 7, 15)).location_class == "nearForeign"


@pytest.mark.parametrize(
    ("change", "client", "place", "before", "after"),
    [
        ({"bordering": False}, "GB", "IE", "nearForeign", "nearForeign"),
        ({"bordering": False}, "MA", "ES", "nearForeign", "distantForeign"),
        ({"region": "subregion"}, "GB", "PL", "nearForeign", "distantForeign"),
        ({"region": "none"}, "GB", "MA", "distantForeign", "nearForeign"),
        ({"hours": 0.5}, "GB", "PL", "nearForeign", "distantForeign"),
    ],
)
def test_each_parameter_of_the_proximity_rule_changes_a_class(
    book: PlaceBook, limits: Thresholds, change: dict[str, object], client: str, place: str, before: str, after: str
) -> None:
    """The rule is data: every number and switch of it is used."""
    changed = replace(limits, proximity=replace(limits.proximity, **change))  # type: ignore[arg-type]
    assert book.location_class(client, place) == before
    assert PlaceBook(book.facts, changed, year=2026).location_class(client, place) == after


@pytest.mark.parametrize(
    ("change", "client", "place", "name", "before", "after"),
    [
        ({"official_share": 0.2}, "GB", "IN", "sharedLanguage", YES, OPEN),
        ({"spoken_share": 0.3}, "GB", "PL", "sharedLanguage", OPEN, YES),
        ({"absent_share": 0.001}, "DE", "RO", "sharedLanguage", NO, OPEN),
        ({"cheaper_below": 0.5}, "US", "PL", "lowerLabourCost", YES, OPEN),
        ({"dear_from": 1.1}, "ID", "ZA", "lowerLabourCost", NO, OPEN),
        ({"after_hours_share": 0.9}, "GB", "PH", "afterHoursCover", YES, OPEN),
    ],
)
def test_each_threshold_changes_an_answer(
    book: PlaceBook, limits: Thresholds, change: dict[str, float], client: str, place: str, name: str,
    before: bool | None, after: bool | None,
) -> None:  # fmt: skip
    """No threshold is read and then ignored."""
    assert value(book, client, place, name)[0] is before
    changed = PlaceBook(book.facts, replace(limits, **change), year=2026)  # type: ignore[arg-type]
    assert value(changed, client, place, name)[0] is after


def test_a_graph_without_a_threshold_or_with_two_is_refused() -> None:
    """A number nobody wrote down must not be made up, and of two nobody may pick one silently."""
    store = shipped()
    share = ox.NamedNode("https://w3id.org/bpo-kg/ontology#spokenLanguageShare")
    (quad,) = store.quads_for_pattern(None, share, None)
    store.add(ox.Quad(quad.subject, share, ox.Literal("0.4", datatype=quad.object.datatype)))  # type: ignore[union-attr]
    with pytest.raises(BpoKgError, match="spokenLanguageShare exactly once"):
        read_thresholds(store)
    for found in list(store.quads_for_pattern(None, share, None)):
        store.remove(found)
    with pytest.raises(BpoKgError, match="spokenLanguageShare exactly once"):
        read_thresholds(store)


def test_what_a_location_class_settles_by_itself(book: PlaceBook) -> None:
    """Abroad is abroad; the client's own country speaks its language and is no cheaper; the rest hangs on the place."""
    for name in ("nearForeign", "distantForeign"):
        found = book.class_criteria(name, client="GB")  # type: ignore[arg-type]
        assert [found[c].value for c in PLACEMENT_CRITERIA] == [NO, OPEN, OPEN, OPEN]
    home = book.class_criteria("sameCountry")
    assert [home[c].value for c in PLACEMENT_CRITERIA] == [YES, YES, NO, OPEN]
    assert book.class_criteria("sameCountry", languages=frozenset({"de"}))["sharedLanguage"].value is OPEN
    assert book.class_criteria("sameCountry", client="RO", languages=frozenset({"de"}))["sharedLanguage"].value is NO
    assert book.class_criteria("sameCountry", customer="GB")["sharedLanguage"].value is OPEN


@pytest.mark.parametrize("place", ["ZZ", "Atlantis", "", "https://example.org/unknown", "PH; DROP"])
def test_a_place_that_is_neither_country_nor_site_is_named_in_the_error(book: PlaceBook, place: str) -> None:
    """The message says what would be right."""
    with pytest.raises(UnknownThing, match="ISO 3166 code such as PH"):
        book.criteria("GB", place)


def test_data_that_names_no_country_or_zone_makes_things_unknown_and_stops_nothing(limits: Thresholds) -> None:
    """A slip in a user's Turtle costs that fact: country:XX, a zone that does not exist, a wage that is no number."""
    store = ox.Store()
    store.load(
        """@prefix bpo: <https://w3id.org/bpo-kg/ontology#> . @prefix country: <https://w3id.org/bpo-kg/country/> .
        <https://example.org/moon> a bpo:DeliverySite ; bpo:siteCountry country:XX ; bpo:zone "Moon/Tycho" ;
            bpo:hourlyWage "plenty" ; bpo:opensAt "dawn" ; bpo:closesAt "dusk" .
        country:PH bpo:officeZone "Manila" ; bpo:hourlyWage -3 .""",
        format=ox.RdfFormat.TURTLE,
    )
    book = PlaceBook(load_countries(), limits, read_overrides(store), year=2026)
    for place in ("https://example.org/moon", "PH"):
        assert set(book.criteria("GB", place)) == set(PLACEMENT_CRITERIA)
    assert [a.value for a in book.criteria("GB", "https://example.org/moon").values()] == [OPEN] * 4
    assert book.clocks("PH")[0].zone == "Asia/Manila"
    assert [a.value for a in book.criteria("XX", "PH", customer="YY").values()] == [OPEN] * 4
    assert (book.location_class("XX", "PH"), book.class_criteria("sameCountry", client="XX")["sameCountry"].value) == (
        None,
        YES,
    )
    assert [flag.name for flag in law_flags(book, "XX", "PH", True)] == ["personalData"]


def test_every_reason_stands_in_both_languages_with_names_filled_in(recorded: PlaceBook) -> None:
    """No sentence is missing, and none shows a placeholder."""
    for client in ("GB", "ID", None):
        for place in ("PH", "GB", MANILA, NOWHERE, "VN", "HM"):
            for answer in recorded.criteria(client, place).values():
                assert set(answer.detail) == {"en", "id"}
                assert all(text and "{" not in text for text in answer.detail.values())
                assert (
                    answer.basis in ("recorded", "computed", "presumed")
                    if answer.value is not None
                    else not answer.basis
                )


def test_the_same_question_is_worked_out_once(book: PlaceBook) -> None:
    """A million rows ask the same few questions; the answers are the very same objects."""
    assert book.criteria("GB", "PH", languages=frozenset({"en"})) is book.criteria(
        "GB", "PH", languages=frozenset({"en"})
    )


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(CODES), st.sampled_from(CODES))
def test_nearness_holds_both_ways_and_only_home_is_the_same_country(client: str, place: str) -> None:
    """For any two countries: symmetric, and the criterion agrees with the class."""
    book = whole_world()
    assert book.location_class(client, place) == book.location_class(place, client)
    same = book.criteria(client, place)["sameCountry"].value
    assert same is (client == place)
    assert (book.location_class(client, place) == "sameCountry") is same


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(CODES), st.sampled_from(CODES), st.none() | st.sampled_from(["en", "de", "fil", "zh-Hant", "xx"])
)
def test_every_answer_between_any_two_countries_is_reasoned(client: str, place: str, tag: str | None) -> None:
    """Nothing fails anywhere in the world, and a failed language always has a figure behind it."""
    found = whole_world().criteria(client, place, languages=frozenset({tag}) if tag else None)
    assert tuple(found) == PLACEMENT_CRITERIA
    if found["sharedLanguage"].value is False:
        assert "%" in found["sharedLanguage"].detail["en"]


_WORLD: list[PlaceBook] = []


def whole_world() -> PlaceBook:
    if not _WORLD:
        _WORLD.append(PlaceBook(load_countries(), read_thresholds(shipped()), Overrides(), year=2026))
    return _WORLD[0]


@pytest.mark.parametrize(
    ("client", "place", "personal", "licensed", "expected"),
    [
        ("GB", "IN", True, None, ["personalData"]),
        ("GB", "IN", None, None, ["personalData"]),
        ("GB", "IN", False, None, []),
        ("GB", "PH", True, None, []),
        ("GB", MANILA, True, None, []),
        ("ID", "PH", True, None, ["personalData"]),
        ("GB", "GB", True, True, []),
        ("GB", "IN", False, True, ["licensedWork"]),
        (None, "IN", True, None, ["personalData"]),
        ("GB", NOWHERE, True, None, ["personalData"]),
    ],
)
def test_law_flags_fail_closed(
    recorded: PlaceBook,
    client: str | None,
    place: str,
    personal: bool | None,
    licensed: bool | None,
    expected: list[str],
) -> None:
    """Personal data abroad is to be verified unless a safeguard is recorded; a bar beats it; home needs none."""
    found = law_flags(recorded, client, place, personal, licensed)
    assert [flag.name for flag in found] == expected
    assert all(set(flag.detail) == {"en", "id"} for flag in found)


def test_a_recorded_bar_is_cited_with_its_source(recorded: PlaceBook) -> None:
    """Whoever reads the flag can look the bar up."""
    (flag,) = law_flags(recorded, "ID", "PH", True)
    assert "ministry circular 7" in flag.detail["en"]
    assert "ministry circular 7" in flag.detail["id"]


def test_no_country_is_adequate_out_of_the_box(book: PlaceBook) -> None:
    """No list of adequate countries is shipped, not even between members of one union."""
    assert law_flags(book, "DE", "FR", True)
