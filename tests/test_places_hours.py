"""Working hours over a year equal a count minute by minute, whatever the clocks do."""

from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import combinations, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpo_kg.errors import BpoKgError, UnknownThing
from bpo_kg.suitability.countries import load_countries
from bpo_kg.suitability.hours import (
    DAY,
    Clock,
    Rota,
    WorkingDay,
    cover,
    hours_apart,
    outside_share,
    overlap,
    year_minutes,
)
from bpo_kg.suitability.packages import offsets

YEAR = 2026
OFFICE = WorkingDay.parse("09:00-17:00")
ZONES = (
    "Europe/London",
    "America/New_York",
    "Australia/Sydney",
    "America/Santiago",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Manila",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Chatham",
)
"""Both hemispheres' daylight saving, half and quarter hours, a half-hour change, and a change for Ramadan."""


@cache
def packaged(zone: str) -> ZoneInfo:
    """A zone of the tzdata package: the system's own table may be of another edition, with other rules."""
    with files("tzdata").joinpath("zoneinfo", *zone.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=zone)


@cache
def local_minutes(zone: str) -> list[int]:
    """Local minute of the day at every minute of the year, asked of zoneinfo one by one."""
    info, start = packaged(zone), datetime(YEAR, 1, 1, tzinfo=UTC)
    found = []
    for minute in range(year_minutes(YEAR)):
        local = (start + timedelta(minutes=minute)).astimezone(info)
        found.append(local.hour * 60 + local.minute)
    return found


@cache
def working_minutes(clock: Clock) -> int:
    """The minutes of the year in which a clock's working day runs, as one bit each."""
    opens, closes = clock.day.opens, clock.day.closes
    if opens < closes:
        flags = bytes(opens <= m < closes for m in local_minutes(clock.zone))
    else:
        flags = bytes(m >= opens or m < closes for m in local_minutes(clock.zone))
    return int("".join("1" if f else "0" for f in reversed(flags)), 2)


@pytest.mark.parametrize("year", [2024, 2026])
@pytest.mark.parametrize("zone", ["Europe/London", "Australia/Lord_Howe", "Africa/Casablanca", "America/Santiago"])
def test_clock_changes_are_found_to_the_minute(zone: str, year: int) -> None:
    """Just before each change zoneinfo gives the old offset, and at it the new one."""
    info, start = packaged(zone), datetime(year, 1, 1, tzinfo=UTC)
    table = offsets(zone, year)
    assert len(table) >= 3
    for (_, old), (moment, new) in pairwise(table):
        for minute, expected in ((moment - 1, old), (moment, new)):
            away = (start + timedelta(minutes=minute)).astimezone(info).utcoffset()
            assert away == timedelta(minutes=expected)


def test_no_change_of_any_zone_is_missed() -> None:
    """Every zone of every country, looked at day by day: the same number of changes in the year."""
    start = datetime(YEAR, 1, 1, tzinfo=UTC)
    zones = sorted({zone for fact in load_countries().values() for zone in fact.zones})
    assert len(zones) > 300
    for zone in zones:
        info = packaged(zone)
        daily = [(start + timedelta(days=n)).astimezone(info).utcoffset() for n in range(366)]
        changes = sum(one != other for one, other in pairwise(daily))
        assert changes == sum(0 < moment <= 365 * DAY for moment, _ in offsets(zone, YEAR)[1:]), zone


@pytest.mark.parametrize(("one", "other"), list(combinations(ZONES, 2)))
def test_overlap_equals_a_count_of_every_minute_of_the_year(one: str, other: str) -> None:
    """The closed form and the count agree for every pair of zones."""
    client, site = Clock(one, OFFICE), Clock(other, WorkingDay.parse("08:15-17:45"))
    found = overlap(client, site, YEAR)
    assert found.total == (working_minutes(client) & working_minutes(site)).bit_count()
    assert found.least * 365 <= found.total <= found.most * 365


@pytest.mark.parametrize(
    ("day", "minutes"), [("22:00-06:00", 480), ("00:00-24:00", DAY), ("00:00-00:00", DAY), ("09:30-17:15", 465)]
)
def test_a_working_day_may_run_past_midnight_or_never_end(day: str, minutes: int) -> None:
    """A night shift counts its minutes on both days, and its year equals the count minute by minute."""
    shift = WorkingDay.parse(day)
    assert shift.minutes == minutes
    if minutes < DAY:
        clock = Clock("Australia/Sydney", shift)
        assert overlap(clock, clock, YEAR).total == working_minutes(clock).bit_count()


@pytest.mark.parametrize("text", ["", "9-17", "09:00", "09:00-25:00", "09:60-17:00", "nine to five", "09:00-17:00; x"])
def test_hours_that_are_no_hours_are_refused_with_an_example(text: str) -> None:
    """The message shows what would be right."""
    with pytest.raises(BpoKgError, match="09:00-17:00"):
        WorkingDay.parse(text)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd", "/etc/passwd", "zone1970.tab", "Europe"])
def test_a_zone_that_tzdata_lacks_is_named_in_the_error(zone: str) -> None:
    """Neither a path nor another file of the package passes for a zone."""
    with pytest.raises(UnknownThing, match="Asia/Manila"):
        offsets(zone, YEAR)


def test_india_and_nepal_keep_their_half_and_quarter_hours() -> None:
    """London's winter day ends 210 minutes into Kolkata's evening: minutes matter, not whole hours."""
    london, kolkata = Clock("Europe/London", OFFICE), Clock("Asia/Kolkata", OFFICE)
    assert (overlap(london, kolkata, YEAR).least, overlap(london, kolkata, YEAR).most) == (150, 210)
    kathmandu = Clock("Asia/Kathmandu", OFFICE)
    assert (overlap(london, kathmandu, YEAR).least, overlap(london, kathmandu, YEAR).most) == (135, 195)
    assert hours_apart("Asia/Kolkata", "Asia/Kathmandu", YEAR) == (0.25, 0.25)


def test_hours_apart_go_the_shorter_way_round_the_clock() -> None:
    """Apia and Pago Pago keep the same hours on different dates."""
    assert hours_apart("Pacific/Apia", "Pacific/Pago_Pago", YEAR) == (0, 0)
    assert hours_apart("Europe/London", "Australia/Sydney", YEAR) == (9, 11)


def test_the_share_outside_the_clients_hours_and_the_overlap_make_a_whole_day() -> None:
    """Manila's day touches London's for an hour in summer and not at all in winter."""
    london, manila = Clock("Europe/London", OFFICE), Clock("Asia/Manila", OFFICE)
    assert outside_share(london, manila, YEAR) == (0.875, 1.0)


@pytest.mark.parametrize(
    ("team", "day"),
    [
        (("Europe/London", "America/New_York", "Asia/Manila"), "09:00-17:00"),
        (("Europe/London", "Australia/Sydney"), "08:00-20:00"),
        (("Asia/Kolkata", "America/Santiago", "Pacific/Chatham"), "08:00-18:15"),
        (("Asia/Kathmandu",), "00:00-24:00"),
    ],
)
def test_what_a_team_leaves_uncovered_equals_a_count_of_every_minute(team: tuple[str, ...], day: str) -> None:
    """Gaps are counted over the whole year, clock changes included."""
    clocks = [Clock(zone, WorkingDay.parse(day)) for zone in team]
    open_ = 0
    for clock in clocks:
        open_ |= working_minutes(clock) if clock.day.minutes < DAY else (1 << year_minutes(YEAR)) - 1
    found = cover(clocks, YEAR)
    assert found.uncovered == year_minutes(YEAR) - open_.bit_count()
    assert found.full == (found.uncovered == 0)
    assert sum(end - start for start, end in found.gaps) == found.worst


def test_the_rota_finds_exactly_the_smallest_teams_that_never_close() -> None:
    """Every team of up to three is checked minute by minute; no found team contains a smaller one."""
    day = WorkingDay.parse("08:00-19:00")
    sites = {zone: Clock(zone, day) for zone in ZONES}
    found = Rota(sites, YEAR).teams()
    full = (1 << year_minutes(YEAR)) - 1
    expected: list[tuple[str, ...]] = []
    for size in (1, 2, 3):
        for team in combinations(sorted(ZONES), size):
            open_ = 0
            for zone in team:
                open_ |= working_minutes(sites[zone])
            if open_ == full and not any(set(smaller) <= set(team) for smaller in expected):
                expected.append(team)
    assert expected, "the example must hold at least one team"
    assert found == expected


def test_three_day_shifts_eight_hours_apart_cover_the_clock_only_without_daylight_saving() -> None:
    """09-17 in zones eight hours apart tile the day; one clock change opens a gap of an hour."""
    fixed = {z: Clock(z, OFFICE) for z in ("Africa/Abidjan", "Asia/Singapore", "Pacific/Pitcairn")}
    assert Rota(fixed, YEAR).teams() == [("Africa/Abidjan", "Asia/Singapore", "Pacific/Pitcairn")]
    moving = {"London": Clock("Europe/London", OFFICE), **{z: c for z, c in fixed.items() if z != "Africa/Abidjan"}}
    assert Rota(moving, YEAR).teams() == []
    assert cover(moving.values(), YEAR).worst == 60


def test_interchangeable_sites_appear_in_every_team_they_can_serve() -> None:
    """Singapore and Manila keep the same clock, so either completes the team."""
    zones = ("Africa/Abidjan", "Asia/Singapore", "Asia/Manila", "Pacific/Pitcairn")
    assert Rota({z: Clock(z, OFFICE) for z in zones}, YEAR).teams() == [
        ("Africa/Abidjan", "Asia/Manila", "Pacific/Pitcairn"),
        ("Africa/Abidjan", "Asia/Singapore", "Pacific/Pitcairn"),
    ]


def test_nobody_covers_nothing() -> None:
    """An empty team leaves the whole year open."""
    assert cover([], YEAR).uncovered == year_minutes(YEAR)


_DAYS = st.builds(WorkingDay, st.integers(0, DAY - 1), st.integers(0, DAY - 1))
_CLOCKS = st.builds(Clock, st.sampled_from(ZONES), _DAYS)


@settings(max_examples=60, deadline=None)
@given(_CLOCKS, _CLOCKS)
def test_overlap_is_the_same_from_both_sides_and_never_longer_than_a_day(one: Clock, other: Clock) -> None:
    """Whatever the hours and zones, overlap is symmetric and bounded by the shorter working day."""
    found = overlap(one, other, YEAR)
    assert found == overlap(other, one, YEAR)
    assert 0 <= found.least <= found.most <= min(one.day.minutes, other.day.minutes)
    least, most = outside_share(one, other, YEAR)
    assert 0 <= least <= most <= 1


@settings(max_examples=8, deadline=None)
@given(_CLOCKS, _CLOCKS)
def test_any_hours_at_all_overlap_as_a_count_of_every_minute_says(one: Clock, other: Clock) -> None:
    """Hours nobody would keep are counted right too, past midnight included."""
    if DAY not in (one.day.minutes, other.day.minutes):
        assert overlap(one, other, YEAR).total == (working_minutes(one) & working_minutes(other)).bit_count()


@settings(max_examples=30, deadline=None)
@given(st.lists(_CLOCKS, min_size=1, max_size=3))
def test_adding_a_site_never_opens_a_gap(team: list[Clock]) -> None:
    """Cover only grows with the team."""
    uncovered = [cover(team[:n], YEAR).uncovered for n in range(len(team) + 1)]
    assert uncovered == sorted(uncovered, reverse=True)
