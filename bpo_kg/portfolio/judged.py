"""Judge each distinct vector of answers and placements once, and hand out the results by integer code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bpo_kg.portfolio.codes import Codes, Ints, combine
from bpo_kg.portfolio.meaning import Cells, Meaning
from bpo_kg.suitability.answers import Answer
from bpo_kg.suitability.assessment import Assessor, Subject
from bpo_kg.suitability.places import PlaceBook
from bpo_kg.suitability.rows import flat
from bpo_kg.vocabulary import COUNTRY, LANG

_COLUMNS = {"client": "client_country", "customer": "customer_country", "languages": "languages"}


@dataclass(slots=True)
class Pool:
    """Texts of one output column, each once."""

    texts: list[str] = field(default_factory=list)
    _codes: dict[str, int] = field(default_factory=dict)

    def code(self, text: str) -> int:
        found = self._codes.get(text)
        if found is None:
            found = self._codes[text] = len(self.texts)
            self.texts.append(text)
        return found


class Verdicts:
    """Output columns for rows of codes.

    Args:
        meaning: gives the answers.
        places: countries and sites.
        to: places to judge.
        client: alpha-2 code for rows that name no client country.
    """

    def __init__(self, meaning: Meaning, places: PlaceBook, to: Sequence[str], client: str | None) -> None:
        self._meaning = meaning
        self._codes: Mapping[str, Codes] = meaning.codes
        self._client = client
        self._assessor = Assessor(meaning.book, places, to)
        self._asked = sorted({c.column for c in meaning.book.criteria if c.column})
        self._known: dict[tuple[int, ...], int] = {}
        self._table: dict[str, list[int]] = {}
        self.pools: dict[str, Pool] = {}

    @property
    def judged(self) -> int:
        """How many distinct vectors were judged."""
        return len(self._known)

    def columns(self, cells: Cells) -> dict[str, Ints]:
        """Return, for each output column that the answers decide, its code in `pools` for every row."""
        answers = self._meaning.answer(cells)
        names = list(answers)
        digits = [(answers[name], len(self._meaning.answers)) for name in names]
        digits += [(cells.codes[c], len(self._codes[c])) for c in _COLUMNS.values() if c in cells.codes]
        filled = {column: cells.codes[column] != 0 for column in self._asked if column in cells.codes}
        digits += [(own.astype(np.int64), 2) for own in filled.values()]
        first, inverse = combine(digits, cells.count)
        keys = np.stack([codes[first] for codes, _ in digits], axis=1).tolist() if digits else [[] for _ in first]
        rows = np.empty(len(first), dtype=np.int64)
        for n, (row, key) in enumerate(zip(first.tolist(), map(tuple, keys), strict=True)):
            found = self._known.get(key)
            if found is None:
                facts = {name: self._answer(name, int(answers[name][row])) for name in names}
                there = {column for column, known in filled.items() if known[row]}
                found = self._judge(
                    cells, row, facts, frozenset(there | ({"client_country"} if self._client else set()))
                )
                self._known[key] = found
            rows[n] = found
        return {c: np.array(codes, dtype=np.int64)[rows][inverse] for c, codes in self._table.items()}

    def _answer(self, name: str, code: int) -> Answer:
        answer = self._meaning.answers[code]
        return Answer(name, answer.value, answer.basis)

    def _judge(self, cells: Cells, row: int, facts: Mapping[str, Answer], filled: frozenset[str]) -> int:
        values = {
            key: self._codes[column].values[cells.codes[column][row]] if column in cells.codes else None
            for key, column in _COLUMNS.items()
        }
        client, customer, languages = values["client"], values["customer"], values["languages"]
        subject = Subject(
            iri="",
            id="",
            name="",
            client=client.removeprefix(COUNTRY) if isinstance(client, str) else self._client,
            customer=customer.removeprefix(COUNTRY) if isinstance(customer, str) else None,
            languages=frozenset(t.removeprefix(LANG) for t in languages) if isinstance(languages, tuple) else None,
            filled=filled,
        )
        office = self._assessor._office(facts)
        texts = flat(self._assessor.one(subject, facts, office, ()))
        number = len(self._known)
        for column, text in texts.items():
            if column not in ("id", "name"):
                pool = self.pools.setdefault(column, Pool())
                self._table.setdefault(column, []).append(pool.code(text))
        return number
