"""Lay the answers of many rows out as output columns, on codes: nothing is worked out row by row.

Rows of equal cells are one row here. Their answers make a state, their countries and languages a profile; each pair
of state and placing has a verdict. What remains is to write verdicts next to each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bpo_kg.portfolio.codes import Codes, Flags, Ints, combine
from bpo_kg.portfolio.meaning import KNOWN, Cells, Meaning
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
class Column:
    """An output column: its words, and which of them each row of distinct cells has."""

    words: pa.Array
    codes: Ints

    @classmethod
    def of(cls, words: Sequence[str], codes: Ints) -> "Column":
        return cls(pa.array(words, pa.string()), codes)


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
        self._process = [c.name for c in book.process_criteria]
        self._placement = [c.name for c in book.placement_criteria]
        self._asked = [(c.name, c.column) for c in book.criteria if c.column]

    @property
    def judged(self) -> int:
        """How many distinct pairs of state and placing were judged."""
        return len(self._pairs)

    def answer(self, cells: Cells) -> Answered:
        """Return the columns that the answers decide, for every row."""
        digits = [(codes, len(self._codes[column])) for column, codes in cells.codes.items()]
        digits += [(flags.astype(np.int64), 2) for flags in cells.inherited.values()]
        if cells.mixed is not None:
            digits.append((cells.mixed.astype(np.int64), 2))
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
        profile = self._profile(cells)
        pair = self._pair(state, profile)
        table = self._pairs.table
        grades = Column.of(self._pairs.grades.texts, np.empty(0, dtype=np.int64)).words
        value = np.array([{True: 0, False: 1, None: 2}[a.value] for a in answers], dtype=np.int64)
        office = value[ids["publicContact"]]
        if cells.mixed is not None:
            office = np.where(cells.mixed, _OFFICES.index(MIXED), office)
        return {
            "office_category": Column.of(_OFFICES, office),
            "outsourcing": Column.of(_OUTSOURCING, self._with_presumed(_CORE, value[ids[_CORE]], state)),
            "location_bound": Column.of(_WORDS, self._with_presumed("onSiteNeed", value[ids["onSiteNeed"]], state)),
            **{at: Column(grades, table["grade"][pair[n]]) for n, at in enumerate(self._at)},
            "status": Column.of(STATUSES, table["status"][pair].max(axis=0)),
            "firmness": Column.of(self._pairs.firmness, self._firmness(ids, state, pair)),
            "basis": self._basis(ids, state, cells.count),
            "reasons": self._reasons(pair, cells.count),
            "unknown": self._unknown(pair, profile, value[ids[PERSONAL_DATA]] == 0, cells.count),
            "ask_next": self._ask(pair, filled, cells.count),
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
            digits.append((codes, int(classes[name].max()) + 1))
        first, inverse = combine(digits, count)
        keys = np.stack([codes[first] for codes, _ in digits], axis=1).tolist() if digits else [[]]
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
        first, inverse = combine([(cells.codes[c], len(self._codes[c])) for c in columns], cells.count)
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

    def _pair(self, state: Ints, profile: Ints) -> Ints:
        """Return the number of the verdict for every place (first axis) and row."""
        placing = self._profiles.at()[profile].T
        return self._pairs.numbers(np.broadcast_to(state, placing.shape), placing)

    def _firmness(self, ids: Mapping[str, Ints], state: Ints, pair: Ints) -> Ints:
        table, firmness = self._pairs.table, self._pairs.firmness
        ranks = {basis: rank for rank, basis in enumerate(firmness)}
        by_answer = np.array([ranks.get(a.basis, 0) for a in self._meaning.answers], dtype=np.int64)
        weakest: Ints = table["firmness_there"][pair].max(axis=0)
        used = np.bitwise_or.reduce(table["used"][pair], axis=0)
        for bit, name in enumerate(self._process):
            own = np.where(self._states.presumed(name)[state] == 0, by_answer[ids[name]], ranks["presumed"])
            weakest = np.maximum(weakest, np.where(used >> bit & 1, own, 0))
        return weakest

    def _basis(self, ids: Mapping[str, Ints], state: Ints, count: int) -> Column:
        answers = self._meaning.answers
        digits, words = [], []
        for name in self._process:
            texts = [f"{name}={a.basis};" if a.value is not None else "" for a in answers]
            presumed = self._states.presumed(name)[state]
            codes = np.where((presumed == 1) | (presumed == 2), len(texts), ids[name])
            digits.append((codes, len(texts) + 1))
            words.append([*texts, f"{name}=presumed;"])
        return _joined(digits, words, count)

    def _reasons(self, pair: Ints, count: int) -> Column:
        rules = self._pairs.rules.texts
        codes = self._pairs.table["rules"][pair]
        words = [[f"{at}={text};" if text else "" for text in rules] for at in self._at]
        return _joined([(codes[n], len(rules)) for n in range(len(self._at))], words, count)

    def _unknown(self, pair: Ints, profile: Ints, personal: Flags, count: int) -> Column:
        table = self._pairs.table
        process, there = 1 << len(self._process), 1 << len(self._placement)
        open_process = np.bitwise_or.reduce(table["open"][pair], axis=0)
        digits = [(open_process, process)]
        words = [["".join(f"{n};" for i, n in enumerate(self._process) if mask >> i & 1) for mask in range(process)]]
        flagged = self._profiles.flagged()
        for number, at in enumerate(self._at):
            flag = personal & flagged[profile, number] & (table["excluded"][pair[number]] == 0)
            digits.append((table["open_there"][pair[number]] + there * flag, 2 * there))
            texts = ["".join(f"{at}:{n};" for i, n in enumerate(self._placement) if m >> i & 1) for m in range(there)]
            words.append([*texts, *(f"{text}{at}:{PERSONAL_DATA};" for text in texts)])
        return _joined(digits, words, count)

    def _ask(self, pair: Ints, known: Mapping[str, Flags], count: int) -> Column:
        """Choose the column to ask for as the assessor does: core first, then what could move most places."""
        table = self._pairs.table
        open_process, open_there = table["open"][pair], table["open_there"][pair]
        columns = list(dict.fromkeys(column for _, column in self._asked))
        moved = {column: np.zeros(count, dtype=np.int64) for column in columns}
        first = {column: np.full(count, -2, dtype=np.int64) for column in columns}
        for order, name in enumerate((*self._process, *self._placement)):
            column = dict(self._asked).get(name)
            if column is None:
                continue
            masks, bit = (
                (open_process, self._process.index(name))
                if name in self._process
                else (open_there, self._placement.index(name))
            )
            here = (masks >> bit & 1).sum(axis=0)
            moved[column] += here
            new = (first[column] == -2) & (here > 0)
            first[column][new] = -1 if name == _CORE else order
        worst = 1 << 40
        best, chosen = np.full(count, worst, dtype=np.int64), np.zeros(count, dtype=np.int64)
        most = len(self._at) * (len(self._asked) + 1)
        for number, column in enumerate(columns, 1):
            filled = known[column] if column in known else np.zeros(count, dtype=bool)
            if column == _CLIENT and self._client:
                filled = np.ones(count, dtype=bool)
            score = ((first[column] >= 0) * most + most - moved[column]) * 64 + first[column] + 1
            score = np.where(filled | (first[column] == -2), worst, score)
            better = score < best
            best, chosen = np.where(better, score, best), np.where(better, number, chosen)
        return Column.of(["", *columns], chosen)


def _joined(digits: list[tuple[Ints, int]], words: Sequence[Sequence[str]], count: int) -> Column:
    """Write the words of several codes one after the other, once per distinct combination; words end with ";"."""
    first, inverse = combine(digits, count)
    pieces = [
        pa.array(texts, pa.string()).take(pa.array(codes[first]))
        for (codes, _), texts in zip(digits, words, strict=True)
    ]
    texts = pc.binary_join_element_wise(*pieces, "") if pieces else pa.array([""] * len(first), pa.string())
    return Column(pc.utf8_rtrim(texts, ";"), inverse)
