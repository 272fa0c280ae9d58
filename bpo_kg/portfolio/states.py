"""What rules can tell apart: states of answers, profiles of places, and a verdict for each pair that occurs.

A verdict hangs on which criteria are met, failed or open, and on the firmness that some rule insists on; where an
answer comes from beyond that only names the firmness of the result. So few states decide many vectors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bpo_kg.portfolio.codes import Flags, Ints
from bpo_kg.suitability.answers import PRESUMED, Answer
from bpo_kg.suitability.assessment import STATUSES, Assessor, Placing
from bpo_kg.suitability.law import PERSONAL_DATA, law_flags
from bpo_kg.suitability.rulebook import Rulebook


@dataclass(slots=True)
class Growing:
    """Columns of whole numbers that rows are added to, seen as arrays."""

    names: Sequence[str]
    _rows: list[tuple[int, ...]] = field(default_factory=list)
    _table: Ints | None = None

    def add(self, *row: int) -> int:
        self._rows.append(row)
        self._table = None
        return len(self._rows) - 1

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, name: str) -> Ints:
        if self._table is None:
            self._table = np.array(self._rows, dtype=np.int64).reshape(len(self._rows), len(self.names))
        column: Ints = self._table[:, self.names.index(name)]
        return column


@dataclass(slots=True)
class Pool:
    """Texts, each once."""

    texts: list[str] = field(default_factory=list)
    _codes: dict[str, int] = field(default_factory=dict)

    def code(self, text: str) -> int:
        found = self._codes.get(text)
        if found is None:
            found = self._codes[text] = len(self.texts)
            self.texts.append(text)
        return found


class States:
    """Distinct states of process criteria.

    Args:
        book: the decision table.
        assessor: presumes where no fact answers.
    """

    def __init__(self, book: Rulebook, assessor: Assessor) -> None:
        self._book = book
        self._assessor = assessor
        self.names = tuple(c.name for c in book.process_criteria)
        rules = (*book.defaults, *book.placements)
        self.read = [
            n for n in self.names if any(n in r.criteria or (r.presumes and r.presumes[0] == n) for r in rules)
        ]
        """The criteria that any rule reads or presumes."""
        self._insisted = {
            n: sorted({r.weakest_basis for r in rules if r.weakest_basis and n in r.criteria}) for n in self.names
        }
        self._known: dict[tuple[int, ...], int] = {}
        self._classes: dict[str, dict[tuple[object, ...], int]] = {name: {} for name in self.names}
        self.facts: list[dict[str, Answer]] = []
        self.answers: list[dict[str, Answer]] = []
        """With presumptions, by state."""

    def __len__(self) -> int:
        return len(self.facts)

    def classes(self, name: str, answers: Sequence[Answer]) -> Ints:
        """Return for each answer the class of those that no rule tells apart."""
        known, ranks = self._classes[name], self._book.bases
        classes = []
        for answer in answers:
            firm = tuple(
                answer.value is not None and ranks.get(answer.basis, 99) <= ranks[basis]
                for basis in self._insisted[name]
            )
            classes.append(known.setdefault((answer.value, firm), len(known)))
        return np.array(classes, dtype=np.int64)

    def number(self, key: tuple[int, ...], answers: Mapping[str, Answer]) -> int:
        """Return the number of the state with these classes; `answers` are any that fall into them."""
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = len(self.facts)
            facts = {n: answers[n] if n in self.read else Answer(n, None, "") for n in self.names}
            values, bases = self.inputs(facts)
            self.facts.append(facts)
            self.answers.append(self._assessor.presumed(facts, values, bases))
        return found

    def inputs(self, facts: Mapping[str, Answer]) -> tuple[dict[str, bool | None], dict[str, str]]:
        """Return values and bases as the judge takes them."""
        return {n: facts[n].value for n in self.names}, {n: facts[n].basis for n in self.names if facts[n].basis}

    def presumed(self, name: str) -> Ints:
        """Return by state: 0 not presumed, 1 presumed to be met, 2 presumed to fail, 3 contested."""
        code = {True: 1, False: 2, None: 3}
        return np.array([code[a[name].value] if a[name].basis == PRESUMED else 0 for a in self.answers], dtype=np.int64)


class Profiles:
    """Distinct combinations of client, customer and languages, with what they come to at each place."""

    def __init__(self, book: Rulebook, assessor: Assessor) -> None:
        self._assessor = assessor
        self._names = tuple(c.name for c in book.placement_criteria)
        self._known: dict[tuple[int, ...], int] = {}
        self._numbers: dict[tuple[object, ...], int] = {}
        self.placings: list[Placing] = []
        """One for every set of placement answers."""
        self._at: list[list[int]] = []
        self._flagged: list[list[bool]] = []

    def number(
        self, key: tuple[int, ...], client: str | None, languages: frozenset[str] | None, customer: str | None
    ) -> int:
        """Return the number of a profile; `key` stands for the other arguments."""
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = len(self._at)
            placings = self._assessor.placings(client, languages, customer)
            self._at.append([self._placing(at) for at in placings])
            self._flagged.append([not at.settled and self._is_flagged(client, at.place) for at in placings])
        return found

    def _placing(self, at: Placing) -> int:
        answers = tuple((at.criteria[n].value, at.criteria[n].basis) for n in self._names if n in at.criteria)
        key = (at.settled, tuple(n for n in self._names if n in at.criteria), answers)
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = len(self.placings)
            self.placings.append(at)
        return found

    def _is_flagged(self, client: str | None, place: str) -> bool:
        """Tell whether personal data would be something to verify at a place."""
        places = self._assessor.places
        return any(f.name == PERSONAL_DATA for f in places.once(law_flags, places, client, place, True, None))

    def at(self) -> Ints:
        """Return the number of the placing by profile and place."""
        return np.array(self._at, dtype=np.int64)

    def flagged(self) -> Flags:
        """Return by profile and place whether personal data would be flagged."""
        return np.array(self._flagged, dtype=bool)


class Pairs:
    """A verdict for every pair of state and placing that occurs."""

    def __init__(self, book: Rulebook, assessor: Assessor, states: States, profiles: Profiles) -> None:
        self._assessor, self._states, self._profiles = assessor, states, profiles
        self._process = [c.name for c in book.process_criteria]
        self._placement = [c.name for c in book.placement_criteria]
        self.firmness = ["", *sorted(book.bases, key=lambda basis: (book.bases[basis], basis))]
        """Bases from the firmest to the weakest, after none."""
        self._known: dict[tuple[int, int], int] = {}
        self.grades, self.rules = Pool(), Pool()
        self.table = Growing(("grade", "rules", "status", "open", "open_there", "used", "firmness_there", "excluded"))
        """Codes into the pools, numbers into `STATUSES` and `firmness`, masks of criteria."""

    def __len__(self) -> int:
        return len(self._known)

    def number(self, state: int, placing: int) -> int:
        """Return the number of the verdict."""
        key = (state, placing)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._judge(state, self._profiles.placings[placing])
        return found

    def _judge(self, state: int, at: Placing) -> int:
        values, bases = self._states.inputs(self._states.facts[state])
        judged = self._assessor.verdict(at, values, bases, self._states.answers[state])
        verdict = judged.verdict
        there = (at.criteria[n].basis for n in verdict.used if n in at.criteria)
        return self.table.add(
            self.grades.code(verdict.grade),
            self.rules.code("+".join(judged.rules)),
            STATUSES.index(verdict.status),
            _mask(self._process, verdict.open),
            _mask(self._placement, verdict.open),
            _mask(self._process, [n for n in verdict.used if n not in at.criteria]),
            max((self.firmness.index(basis) for basis in there if basis), default=0),
            verdict.grade == "excluded",
        )


def _mask(names: Sequence[str], marked: Sequence[str]) -> int:
    return sum(1 << i for i, name in enumerate(names) if name in marked)
