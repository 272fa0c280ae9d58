"""Counts over a whole portfolio: offices, grades, reasons, and which facts to ask for first.

Counted on codes while rows pass by. Where the inventory gives staff (`fte`), every count has a weight beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bpo_kg.portfolio.judged import Answered
from bpo_kg.suitability.law import PERSONAL_DATA

Weights = npt.NDArray[np.float64]
MOST_ASKED = 10


@dataclass(slots=True)
class Count:
    """Rows, and their staff where recorded."""

    rows: int = 0
    fte: float = 0.0


@dataclass(slots=True)
class Summary:
    """Counts by column and value; for `ask_next` also how many rows the answer would settle."""

    rows: Count = field(default_factory=Count)
    counts: dict[str, dict[str, Count]] = field(default_factory=dict)
    """Column to value to count: offices, statuses, each place's grades."""
    reasons: dict[str, dict[str, Count]] = field(default_factory=dict)
    """Place to rule to count."""
    asked: dict[str, Count] = field(default_factory=dict)
    """Inventory column to the rows for which it is the fact to ask first."""
    settled: dict[str, Count] = field(default_factory=dict)
    """Inventory column to the rows of which nothing else is open, so that the answer settles them."""
    columns: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Inventory column by criterion, for those that an inventory can answer."""
    _open: dict[str, frozenset[str]] = field(default_factory=dict, repr=False)

    def first_asked(self) -> list[tuple[str, Count, Count]]:
        """Return up to ten columns to ask for, with the rows that ask and those that the answer settles."""
        ranked = sorted(self.asked, key=lambda c: (-self.settled.get(c, Count()).rows, -self.asked[c].rows, c))
        return [(c, self.asked[c], self.settled.get(c, Count())) for c in ranked[:MOST_ASKED]]

    def to_dict(self) -> dict[str, object]:
        """Return the summary as JSON values."""

        def plain(table: Mapping[str, Count]) -> dict[str, dict[str, float]]:
            ranked = sorted(table.items(), key=lambda item: (-item[1].rows, item[0]))
            return {key: {"rows": one.rows, "fte": round(one.fte, 6)} for key, one in ranked}

        return {
            "rows": self.rows.rows,
            "fte": round(self.rows.fte, 6),
            **{column: plain(table) for column, table in self.counts.items()},
            "reasons": {place: plain(table) for place, table in self.reasons.items()},
            "ask_first": [
                {"column": column, "rows": ask.rows, "fte": round(ask.fte, 6), "settles": done.rows}
                for column, ask, done in self.first_asked()
            ],
        }

    def add(self, answered: Answered, fte: Weights | None) -> None:
        """Count a batch; `fte` is the staff of each row, 0 where not recorded."""
        distinct = int(answered.row.max()) + 1 if len(answered.row) else 0
        weight = np.zeros(len(answered.row)) if fte is None else fte
        rows = np.bincount(answered.row, minlength=distinct)
        staff = np.bincount(answered.row, weights=weight, minlength=distinct)
        self.rows.rows += int(rows.sum())
        self.rows.fte += float(staff.sum())
        for name, column in answered.columns.items():
            if name in ("basis", "unknown", "ask_next"):
                continue
            words = column.words.to_pylist()
            by_word = np.bincount(column.codes, weights=rows, minlength=len(words))
            by_staff = np.bincount(column.codes, weights=staff, minlength=len(words))
            for word, some, people in zip(words, by_word.tolist(), by_staff.tolist(), strict=True):
                if some:
                    self._count(name, word, int(some), people)
        self._ask(answered, rows.astype(np.float64), staff.astype(np.float64))

    def _count(self, name: str, word: str, rows: int, fte: float) -> None:
        if name != "reasons":
            _more(self.counts.setdefault(name, {}), word, rows, fte)
            return
        for reason in filter(None, word.split(";")):
            place, _, rules = reason.partition("=")
            for rule in rules.split("+"):
                _more(self.reasons.setdefault(place, {}), rule, rows, fte)

    def _ask(self, answered: Answered, rows: Weights, staff: Weights) -> None:
        ask, unknown = answered.columns["ask_next"], answered.columns["unknown"]
        asked, opened = ask.words.to_pylist(), unknown.words.to_pylist()
        pair = ask.codes * len(opened) + unknown.codes
        used, at = np.unique(pair, return_inverse=True)
        some, people = np.bincount(at, weights=rows), np.bincount(at, weights=staff)
        for key, count, fte in zip(used.tolist(), some.tolist(), people.tolist(), strict=True):
            column = asked[key // len(opened)]
            if not column:
                continue
            _more(self.asked, column, int(count), fte)
            if self._open_columns(opened[key % len(opened)]) == {column}:
                _more(self.settled, column, int(count), fte)

    def _open_columns(self, unknown: str) -> frozenset[str]:
        """Return the columns that could answer what is open; an empty one stands for what no inventory answers."""
        found = self._open.get(unknown)
        if found is None:
            names = [item.rpartition(":")[::2] for item in unknown.split(";") if item]
            # Personal data at a place is to be verified by law; it changes no grade, so it is no open question.
            asked = {self.columns.get(name, "") for place, name in names if not (place and name == PERSONAL_DATA)}
            found = self._open[unknown] = frozenset(asked)
        return found


def _more(table: dict[str, Count], key: str, rows: int, fte: float) -> None:
    one = table.setdefault(key, Count())
    one.rows += rows
    one.fte += fte
