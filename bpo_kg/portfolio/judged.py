"""Lay the answers of many rows out as output columns, on codes: nothing is worked out row by row.

Rows of equal cells are one row here. Their answers make a state, their countries and languages a profile; each pair
of state and placing has a verdict. What remains is to write verdicts next to each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from bpo_kg.portfolio.codes import Codes, Flags, Ints, combine
from bpo_kg.portfolio.meaning import KNOWN, Cells, Meaning
from bpo_kg.portfolio.outcomes import NEVER, Column, Outcome, Outcomes, joined
from bpo_kg.portfolio.states import Pairs, Profiles, States
from bpo_kg.suitability.answers import Answer
from bpo_kg.suitability.assessment import BACK, CLASSES, FRONT, MIXED, STATUSES, UNKNOWN, Assessor
from bpo_kg.suitability.law import PERSONAL_DATA
from bpo_kg.suitability.places import PlaceBook
from bpo_kg.vocabulary import COUNTRY, LANG

_CLIENT, _CUSTOMER, _LANGUAGES = "client_country", "customer_country", "languages"
_OFFICES, _WORDS, _OUTSOURCING = (FRONT, BACK, UNKNOWN, MIXED), ("yes", "no", "unknown"), ("core", "candidate", UNKNOWN)
_CORE = "coreFunction"


@dataclass(slots=True)
class Answered:
    """The output columns of some rows: by rows of distinct cells, and which of those each row is."""

    columns: Mapping[str, Column]
    row: Ints


class Verdicts:
    """Output columns for rows of codes.

    Args:
        meaning: gives the answers.
        places: countries and sites.
        to: places to judge.
        client: alpha-2 code for rows that name no client country.
    """

    def __init__(self, meaning: Meaning, places: PlaceBook, to: Sequence[str], client: str | None) -> None:
        book = meaning.book
        self._meaning = meaning
        self._codes: Mapping[str, Codes] = meaning.codes
        self._client = client
        self._assessor = Assessor(book, places, to)
        self._at = (*CLASSES, *to)
        self._states = States(book, self._assessor)
        self._profiles = Profiles(book, self._assessor)
        self._pairs = Pairs(book, self._assessor, self._states, self._profiles)
        self._outcome = Outcome(book, self._at, self._states, self._profiles, self._pairs)
        self._process = [c.name for c in book.process_criteria]
        self._asked = [(c.name, c.column) for c in book.criteria if c.column]

    @property
    def judged(self) -> int:
        """How many distinct pairs of state and placing were judged."""
        return len(self._pairs)

    def answer(self, cells: Cells) -> Answered:
        """Return the columns that the answers decide, for every row."""
        digits: list[Ints | Flags] = [*cells.codes.values(), *cells.inherited.values()]
        if cells.mixed is not None:
            digits.append(cells.mixed)
        first, row = combine(digits, cells.count)
        return Answered(self._columns(cells.take(first)), row)

    def _columns(self, cells: Cells) -> dict[str, Column]:
        ids = self._meaning.answer(cells)
        filled = {column: cells.codes[column] != 0 for _, column in self._asked if column in cells.codes}
        for name in [name for name in ids if name.startswith("?")]:
            known = np.array([answer.basis == KNOWN for answer in self._meaning.answers])[ids.pop(name)]
            filled[name[1:]] = filled.get(name[1:], False) | known
        answers = self._meaning.answers
        state = self._state(ids, cells.count)
        outcomes = self._outcome.of(state, self._profile(cells))
        value = np.array([{True: 0, False: 1, None: 2}[a.value] for a in answers], dtype=np.int64)
        office = value[ids["publicContact"]]
        if cells.mixed is not None:
            office = np.where(cells.mixed, _OFFICES.index(MIXED), office)
        return {
            "office_category": Column.of(_OFFICES, office),
            "outsourcing": Column.of(_OUTSOURCING, self._with_presumed(_CORE, value[ids[_CORE]], state)),
            "location_bound": Column.of(_WORDS, self._with_presumed("onSiteNeed", value[ids["onSiteNeed"]], state)),
            **{at: grade.at(outcomes.row) for at, grade in zip(self._at, outcomes.grades, strict=True)},
            "status": Column.of(STATUSES, outcomes.status[outcomes.row]),
            "firmness": Column.of(self._pairs.firmness, self._firmness(ids, outcomes)),
            "basis": self._basis(ids, state, cells.count),
            "reasons": outcomes.reasons.at(outcomes.row),
            "unknown": self._unknown(outcomes, value[ids[PERSONAL_DATA]] == 0),
            "ask_next": self._ask(outcomes, filled),
        }

    def _with_presumed(self, name: str, value: Ints, state: Ints) -> Ints:
        # Presumed codes are met 1, failed 2, contested 3; words are in the order met, failed, unknown.
        presumed = self._states.presumed(name)[state]
        codes: Ints = np.where(presumed == 0, value, presumed - 1)
        return codes

    def _state(self, ids: Mapping[str, Ints], count: int) -> Ints:
        answers = self._meaning.answers
        read = self._states.read
        classes = {name: self._states.classes(name, answers) for name in read}
        unanswered = np.array([answer.value is None for answer in answers])
        digits = []
        for name in read:
            codes = classes[name][ids[name]]
            if (targets := self._states.only_presuming.get(name)) is not None:
                matters = np.logical_or.reduce([unanswered[ids[target]] for target in targets])
                # Class 0 is that of no answer.
                codes = np.where(matters, codes, 0)
            digits.append(codes)
        first, inverse = combine(digits, count)
        keys = np.stack([codes[first] for codes in digits], axis=1).tolist() if digits else [[]]
        numbers = []
        for row, key in zip(first.tolist(), keys, strict=True):
            # A criterion of class 0 has no answer here, whatever the first row with this key says of it.
            facts = {
                n: self._named(n, answers[ids[n][row]] if code else answers[0])
                for n, code in zip(read, key, strict=True)
            }
            numbers.append(self._states.number(tuple(key), facts))
        return np.array(numbers, dtype=np.int64)[inverse]

    @staticmethod
    def _named(name: str, answer: Answer) -> Answer:
        return Answer(name, answer.value, answer.basis)

    def _profile(self, cells: Cells) -> Ints:
        columns = [c for c in (_CLIENT, _CUSTOMER, _LANGUAGES) if c in cells.codes]
        first, inverse = combine([cells.codes[c] for c in columns], cells.count)
        numbers = []
        for row in first.tolist():
            codes = {c: int(cells.codes[c][row]) for c in columns}
            values = {c: self._codes[c].values[code] for c, code in codes.items()}
            client, customer, languages = values.get(_CLIENT), values.get(_CUSTOMER), values.get(_LANGUAGES)
            numbers.append(
                self._profiles.number(
                    tuple(codes.get(c, 0) for c in (_CLIENT, _CUSTOMER, _LANGUAGES)),
                    client.removeprefix(COUNTRY) if isinstance(client, str) else self._client,
                    frozenset(t.removeprefix(LANG) for t in languages) if isinstance(languages, tuple) else None,
                    customer.removeprefix(COUNTRY) if isinstance(customer, str) else None,
                )
            )
        return np.array(numbers, dtype=np.int64)[inverse]

    def _firmness(self, ids: Mapping[str, Ints], outcomes: Outcomes) -> Ints:
        ranks = {basis: rank for rank, basis in enumerate(self._pairs.firmness)}
        by_answer = np.array([ranks.get(a.basis, 0) for a in self._meaning.answers], dtype=np.int64)
        weakest: Ints = outcomes.weakest[outcomes.row]
        for name, used in outcomes.uses.items():
            if used.any():
                weakest = np.maximum(weakest, by_answer[ids[name]] * used[outcomes.row])
        return weakest

    def _basis(self, ids: Mapping[str, Ints], state: Ints, count: int) -> Column:
        answers = self._meaning.answers
        digits, words = [], []
        for name in self._process:
            texts = [f"{name}={a.basis};" if a.value is not None else "" for a in answers]
            presumed = self._states.presumed(name)[state]
            codes = np.where((presumed == 1) | (presumed == 2), len(texts), ids[name])
            digits.append(codes)
            words.append([*texts, f"{name}=presumed;"])
        return joined(digits, words, count)

    @staticmethod
    def _unknown(outcomes: Outcomes, personal: Flags) -> Column:
        without, flagged = outcomes.unknown
        codes = np.where(personal, flagged.codes[outcomes.row] + len(without.words), without.codes[outcomes.row])
        return Column(pa.concat_arrays([without.words, flagged.words]), codes)

    def _ask(self, outcomes: Outcomes, filled: Mapping[str, Flags]) -> Column:
        """Choose the column to ask for as the assessor does: the best of those that the row leaves empty."""
        count = len(outcomes.row)
        best, chosen = np.full(count, NEVER, dtype=np.int64), np.zeros(count, dtype=np.int64)
        for number, (column, scores) in enumerate(outcomes.scores.items(), 1):
            if (scores == NEVER).all() or (column == _CLIENT and self._client):
                continue
            score = scores[outcomes.row]
            if column in filled:
                score[filled[column]] = NEVER
            better = score < best
            best, chosen = np.where(better, score, best), np.where(better, number, chosen)
        return Column.of(["", *outcomes.scores], chosen)
