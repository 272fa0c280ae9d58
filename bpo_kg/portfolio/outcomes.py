"""What a state of answers comes to under a profile: grades, reasons, what is open and what to ask, place by place.

Many rows of different cells share state and profile. Whatever those two decide is worked out once for each pair, so
that a row costs a look-up and not a walk over all places.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bpo_kg.portfolio.codes import Flags, Ints, combine, distinct
from bpo_kg.portfolio.states import Pairs, Profiles, States
from bpo_kg.suitability.answers import PRESUMED
from bpo_kg.suitability.law import PERSONAL_DATA
from bpo_kg.suitability.rulebook import Rulebook

NEVER = 1 << 40
"""Score of a column that nobody needs to ask about."""
_CORE = "coreFunction"


@dataclass(slots=True)
class Column:
    """An output column: its words, and which of them each row of distinct cells has."""

    words: pa.Array
    codes: Ints

    @classmethod
    def of(cls, words: Sequence[str], codes: Ints) -> "Column":
        return cls(pa.array(words, pa.string()), codes)

    def at(self, rows: Ints) -> "Column":
        """Return the column of other rows, given for each the row here that it is like."""
        return Column(self.words, self.codes[rows])


@dataclass(slots=True)
class Outcomes:
    """What the pairs of state and profile that occur come to; everything is by pair."""

    row: Ints
    """For each row the pair it has."""
    grades: Sequence[Column]
    """By place."""
    status: Ints
    """Numbers into `STATUSES`."""
    weakest: Ints
    """Rank of the weakest basis among what is used and not recorded by the row: placements and presumptions."""
    uses: Mapping[str, Flags]
    """By process criterion, whether the row's own answer to it is used."""
    reasons: Column
    unknown: tuple[Column, Column]
    """What is open in rows without personal data, and in rows with it."""
    scores: Mapping[str, Ints]
    """By inventory column, how much there is to be said for asking for it; the lowest is best."""


class Outcome:
    """Works out outcomes.

    Args:
        book: the decision table.
        at: location classes and places, in output order.
        states: distinct states.
        profiles: distinct profiles.
        pairs: verdicts by state and placing.
    """

    def __init__(self, book: Rulebook, at: Sequence[str], states: States, profiles: Profiles, pairs: Pairs) -> None:
        self._at, self._states, self._profiles, self._pairs = at, states, profiles, pairs
        self._process = [c.name for c in book.process_criteria]
        self._placement = [c.name for c in book.placement_criteria]
        self._column = {c.name: c.column for c in book.criteria if c.column}

    def of(self, state: Ints, profile: Ints) -> Outcomes:
        """Return the outcomes of some rows, given state and profile of each."""
        profiles = len(self._profiles)
        keys, row = distinct(state * profiles + profile, len(self._states) * profiles)
        state, profile = np.divmod(keys, profiles)
        placing = self._profiles.at()[profile].T
        pair = self._pairs.numbers(np.broadcast_to(state, placing.shape), placing)
        table = self._pairs.table
        grades = pa.array(self._pairs.grades.texts, pa.string())
        presumed = {name: self._states.presumed(name)[state] != 0 for name in self._process}
        used = np.bitwise_or.reduce(table["used"][pair], axis=0)
        uses = {name: (used >> bit & 1).astype(bool) for bit, name in enumerate(self._process)}
        by_presumption = np.logical_or.reduce([uses[name] & presumed[name] for name in self._process])
        weakest = table["firmness_there"][pair].max(axis=0)
        return Outcomes(
            row=row,
            grades=[Column(grades, table["grade"][there]) for there in pair],
            status=table["status"][pair].max(axis=0),
            weakest=np.maximum(weakest, np.where(by_presumption, self._pairs.firmness.index(PRESUMED), 0)),
            uses={name: flags & ~presumed[name] for name, flags in uses.items()},
            reasons=self._reasons(pair, len(keys)),
            unknown=(self._unknown(pair, profile, personal=False), self._unknown(pair, profile, personal=True)),
            scores=self._scores(pair),
        )

    def _reasons(self, pair: Ints, count: int) -> Column:
        rules = self._pairs.rules.texts
        codes = self._pairs.table["rules"][pair]
        words = [[f"{at}={text};" if text else "" for text in rules] for at in self._at]
        return joined(list(codes), words, count)

    def _unknown(self, pair: Ints, profile: Ints, *, personal: bool) -> Column:
        table = self._pairs.table
        process, there = 1 << len(self._process), 1 << len(self._placement)
        open_process = np.bitwise_or.reduce(table["open"][pair], axis=0)
        digits = [open_process]
        words = [["".join(f"{n};" for i, n in enumerate(self._process) if mask >> i & 1) for mask in range(process)]]
        flagged = self._profiles.flagged()
        for number, at in enumerate(self._at):
            codes = table["open_there"][pair[number]]
            texts = ["".join(f"{at}:{n};" for i, n in enumerate(self._placement) if m >> i & 1) for m in range(there)]
            if personal:
                codes = codes + there * (flagged[profile, number] & (table["excluded"][pair[number]] == 0))
                texts += [f"{text}{at}:{PERSONAL_DATA};" for text in texts]
            digits.append(codes)
            words.append(texts)
        return joined(digits, words, len(profile))

    def _scores(self, pair: Ints) -> dict[str, Ints]:
        """Score the columns as the assessor does: core first, then what could move most places."""
        table = self._pairs.table
        open_process, open_there = table["open"][pair], table["open_there"][pair]
        columns = list(dict.fromkeys(self._column.values()))
        count = pair.shape[1]
        moved = {column: np.zeros(count, dtype=np.int64) for column in columns}
        first = {column: np.full(count, -2, dtype=np.int64) for column in columns}
        for order, name in enumerate((*self._process, *self._placement)):
            column = self._column.get(name)
            if column is None:
                continue
            process = name in self._process
            bit = (self._process if process else self._placement).index(name)
            here = ((open_process if process else open_there) >> bit & 1).sum(axis=0)
            moved[column] += here
            new = (first[column] == -2) & (here > 0)
            first[column][new] = -1 if name == _CORE else order
        most = len(self._at) * (len(self._column) + 1)
        scores = {}
        for column in columns:
            score = ((first[column] >= 0) * most + most - moved[column]) * 64 + first[column] + 1
            scores[column] = np.where(first[column] == -2, NEVER, score)
        return scores


def joined(digits: Sequence[Ints], words: Sequence[Sequence[str]], count: int) -> Column:
    """Write the words of several codes one after the other, once per distinct combination; words end with ";"."""
    first, inverse = combine(digits, count)
    pieces = [
        pa.array(texts, pa.string()).take(pa.array(codes[first])) for codes, texts in zip(digits, words, strict=True)
    ]
    texts = pc.binary_join_element_wise(*pieces, "") if pieces else pa.array([""] * len(first), pa.string())
    return Column(pc.utf8_rtrim(texts, ";"), inverse)
