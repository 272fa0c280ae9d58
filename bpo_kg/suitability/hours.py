"""Clock arithmetic over a whole year: how working days overlap, and which of them together never close.

Between two clock changes every zone is a fixed distance from UTC, so a year falls into a few stretches in which
each day repeats the last. A stretch is counted exactly, to the minute, without walking through its days: India's
half hour, Nepal's three quarters and both hemispheres' daylight saving come out right, and a year costs
microseconds. Every day is a working day here: weekends and holidays differ by contract, not by clock.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from itertools import combinations
from typing import Final

from bpo_kg.errors import BpoKgError
from bpo_kg.suitability.countries import clock_changes

DAY: Final = 1440
"""Minutes in a day."""
_WHOLE_DAY: Final = (1 << DAY) - 1


@dataclass(frozen=True, slots=True, order=True)
class WorkingDay:
    """Local opening and closing time in minutes after midnight; one that closes before it opens runs past midnight.

    Opening and closing at the same time means open round the clock.
    """

    opens: int
    closes: int

    @classmethod
    def parse(cls, text: str) -> "WorkingDay":
        """Read `09:00-17:30`.

        >>> WorkingDay.parse("22:00-06:00").minutes
        480

        Raises:
            BpoKgError: the text is not two times of day.
        """
        first, dash, second = text.replace("–", "-").replace(" ", "").partition("-")
        times = []
        for part in (first, second):
            hour, colon, minute = part.partition(":")
            if not (dash and colon and hour.isascii() and hour.isdigit() and minute.isascii() and minute.isdigit()):
                raise BpoKgError(f"{text!r} is not a working day such as 09:00-17:00")
            if len(minute) != 2 or int(minute) > 59 or int(hour) * 60 + int(minute) > DAY:
                raise BpoKgError(f"{text!r} is not a working day such as 09:00-17:00")
            times.append(int(hour) * 60 + int(minute))
        return cls(times[0] % DAY, times[1] % DAY)

    @property
    def minutes(self) -> int:
        """Length in minutes, 1 to 1440."""
        return (self.closes - self.opens) % DAY or DAY

    def __str__(self) -> str:
        return "-".join(f"{t // 60:02d}:{t % 60:02d}" for t in (self.opens, self.closes))


@dataclass(frozen=True, slots=True)
class Clock:
    """A working day kept in one IANA time zone."""

    zone: str
    day: WorkingDay


@dataclass(frozen=True, slots=True)
class Overlap:
    """How two working days overlap: minutes in the whole year, and per day at the least and at the most."""

    total: int
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Cover:
    """What a team of sites leaves uncovered: minutes in the year, per day at the worst, and where in the worst day.

    `gaps` are (from, to) in minutes of the UTC day, `to` exclusive, of the stretch with the most uncovered minutes.
    """

    uncovered: int
    worst: int
    gaps: tuple[tuple[int, int], ...]

    @property
    def full(self) -> bool:
        return self.uncovered == 0


@cache
def year_minutes(year: int) -> int:
    """Return the number of minutes in a year."""
    return (date(year + 1, 1, 1) - date(year, 1, 1)).days * DAY


@cache
def _working(opens: int, minutes: int, offset: int) -> int:
    """Return the working minutes of a UTC day as bits, for a zone `offset` minutes east of UTC."""
    mask = (1 << minutes) - 1
    shift = (opens - offset) % DAY
    mask <<= shift
    return (mask & _WHOLE_DAY) | (mask >> DAY)


@cache
def stretches(clocks: tuple[Clock, ...], year: int) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Cut a year where any clock changes.

    Returns:
        (start, working minutes of a UTC day for each clock as bits) in time order; `start` counts minutes from the
        beginning of the year in UTC, and the first is 0. Each stretch ends where the next begins.
    """
    tables = [clock_changes(clock.zone, year) for clock in clocks]
    length = year_minutes(year)
    cuts = sorted({0} | {start for table in tables for start, _ in table if 0 < start < length})
    found: list[tuple[int, tuple[int, ...]]] = []
    for cut in cuts:
        days = tuple(
            _working(clock.day.opens, clock.day.minutes, _at(table, cut))
            for clock, table in zip(clocks, tables, strict=True)
        )
        if not found or found[-1][1] != days:
            found.append((cut, days))
    return tuple(found)


def _at(table: Sequence[tuple[int, int]], minute: int) -> int:
    return next(offset for start, offset in reversed(table) if start <= minute)


def _count(mask: int, begin: int, end: int) -> int:
    """Count the minutes from `begin` to `end` whose minute of the UTC day is set in `mask`."""

    def before(minute: int) -> int:
        days, rest = divmod(minute, DAY)
        return days * mask.bit_count() + (mask & ((1 << rest) - 1)).bit_count()

    return before(end) - before(begin)


def _spans(clocks: tuple[Clock, ...], year: int) -> list[tuple[int, int, tuple[int, ...]]]:
    cut = stretches(clocks, year)
    ends = [start for start, _ in cut[1:]] + [year_minutes(year)]
    return [(start, end, days) for (start, days), end in zip(cut, ends, strict=True)]


@cache
def overlap(client: Clock, site: Clock, year: int) -> Overlap:
    """Return how the working days of a client and a site overlap in a year, in minutes."""
    total, per_day = 0, []
    for start, end, (one, other) in _spans((client, site), year):
        both = one & other
        total += _count(both, start, end)
        per_day.append(both.bit_count())
    return Overlap(total, min(per_day), max(per_day))


@cache
def outside_share(client: Clock, site: Clock, year: int) -> tuple[float, float]:
    """Return the share of the site's own working day outside the client's hours: least and most over the year."""
    met = overlap(client, site, year)
    return 1 - met.most / site.day.minutes, 1 - met.least / site.day.minutes


@cache
def hours_apart(one: str, other: str, year: int, on: date | None = None) -> tuple[float, float]:
    """Return how far two zones' clocks are apart, least and most over a year, or on a date at noon UTC; in hours.

    The distance goes the shorter way round the clock: Apia and Pago Pago are a date apart, not a working day.
    """
    tables = clock_changes(one, year), clock_changes(other, year)
    if on is not None:
        moments = [(on - date(year, 1, 1)).days * DAY + DAY // 2]
    else:
        moments = [0] + [start for table in tables for start, _ in table if 0 < start < year_minutes(year)]
    apart = []
    for moment in moments:
        gap = (_at(tables[0], moment) - _at(tables[1], moment)) % DAY
        apart.append(min(gap, DAY - gap) / 60)
    return min(apart), max(apart)


def cover(team: Iterable[Clock], year: int) -> Cover:
    """Return what a team leaves uncovered when every site works only within its own day."""
    clocks = tuple(team)
    if not clocks:
        return Cover(year_minutes(year), DAY, ((0, DAY),))
    uncovered, worst, gaps = 0, 0, 0
    for start, end, days in _spans(clocks, year):
        open_ = 0
        for mask in days:
            open_ |= mask
        closed = _WHOLE_DAY & ~open_
        uncovered += _count(closed, start, end)
        if closed.bit_count() > worst:
            worst, gaps = closed.bit_count(), closed
    return Cover(uncovered, worst, _ranges(gaps))


def _ranges(mask: int) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for minute in range(DAY):
        if mask >> minute & 1:
            if found and found[-1][1] == minute:
                found[-1] = (found[-1][0], minute + 1)
            else:
                found.append((minute, minute + 1))
    return tuple(found)


class Rota:
    """Find teams of one, two or three sites that are never closed.

    Sites whose clocks and days agree all year are interchangeable, so only their distinct patterns are combined.
    """

    def __init__(self, sites: Mapping[str, Clock], year: int) -> None:
        self.sites = sites
        self.year = year

    @cached_property
    def _patterns(self) -> tuple[list[tuple[int, ...]], list[list[str]]]:
        names = sorted(self.sites)
        cut = stretches(tuple(self.sites[name] for name in names), self.year)
        groups: dict[tuple[int, ...], list[str]] = {}
        for column, name in enumerate(names):
            groups.setdefault(tuple(days[column] for _, days in cut), []).append(name)
        return list(groups), list(groups.values())

    def teams(self, most: int = 3) -> list[tuple[str, ...]]:
        """Return every smallest team, by size and then by name; no team contains another that covers the day.

        Args:
            most: the largest team to look for.
        """
        patterns, names = self._patterns
        found: list[tuple[int, ...]] = []
        for size in range(1, most + 1):
            for team in combinations(range(len(patterns)), size):
                if any(set(smaller) <= set(team) for smaller in found):
                    continue
                if all(self._never_closed(days) for days in zip(*(patterns[i] for i in team), strict=True)):
                    found.append(team)
        teams: list[tuple[str, ...]] = []
        for team in found:
            teams += _choices([names[i] for i in team])
        return sorted(teams, key=lambda t: (len(t), t))

    @staticmethod
    def _never_closed(days: tuple[int, ...]) -> bool:
        open_ = 0
        for mask in days:
            open_ |= mask
        return open_ == _WHOLE_DAY


def _choices(groups: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    teams: list[tuple[str, ...]] = [()]
    for group in groups:
        teams = [(*team, name) for team in teams for name in group]
    return [tuple(sorted(team)) for team in teams]
