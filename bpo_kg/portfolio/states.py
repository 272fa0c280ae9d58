"""What rules can tell apart: states of answers, profiles of places, and a verdict for each pair that occurs.

A verdict hangs on which criteria are met, failed or open, and on the firmness that some rule insists on; where an
answer comes from beyond that only names the firmness of the result. So few states decide many vectors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import or_

import numpy as np

from bpo_kg.portfolio.codes import Flags, Ints, distinct
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
        ruling = {name for rule in book.placements for name in rule.criteria}
        targets = {rule.presumes[0] for rule in book.defaults if rule.presumes}
        self.only_presuming: dict[str, list[str]] = {
            name: sorted({rule.presumes[0] for rule in book.defaults if rule.presumes and name in rule.criteria})
            for name in self.read
            if name not in ruling and name not in targets
        }
        """Criteria that matter only while one of some others is unanswered, because only default rules read them."""
        self._insisted = {
            n: sorted({r.weakest_basis for r in rules if r.weakest_basis and n in r.criteria}) for n in self.names
        }
        self._known: dict[tuple[int, ...], int] = {}
        self._classes: dict[str, dict[tuple[object, ...], int]] = {name: {} for name in self.names}
        self.facts: list[dict[str, Answer]] = []
        self.answers: list[dict[str, Answer]] = []
        """With presumptions, by state."""
        self.masks: list[tuple[tuple[int, ...], int]] = []
        """What the judge takes: the state as masks, and the mask of what is unknown."""
        self.presumptions: list[tuple[object, ...]] = []
        """What is presumed and by which rules; equal for states that presume the same."""

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
            values = {n: facts[n].value for n in self.names}
            bases = {n: facts[n].basis for n in self.names if facts[n].basis}
            judge = self._assessor.judge
            presumed = self._assessor.presumed(facts, values, bases)
            self.facts.append(facts)
            self.answers.append(presumed)
            self.masks.append((judge.state(values, bases), judge.mask(n for n, v in values.items() if v is None)))
            self.presumptions.append(tuple((n, a.via) for n, a in presumed.items() if a.basis == PRESUMED))
        return found

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
        self.masks: list[tuple[tuple[int, ...], int]] = []
        """By placing, what the judge takes: the state as masks, and the mask of what is unknown and not settled."""
        self._at: list[list[int]] = []
        self._flagged: list[list[bool]] = []

    def __len__(self) -> int:
        return len(self._at)

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
            values = {n: at.criteria[n].value if n in at.criteria else None for n in self._names}
            bases = {n: a.basis for n, a in at.criteria.items() if a.value is not None}
            judge = self._assessor.judge
            unknown = () if at.settled else (n for n, v in values.items() if v is None)
            self.masks.append((judge.state(values, bases), judge.mask(unknown)))
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
        names = (*self._process, *(c.name for c in book.placement_criteria))
        self._bits = {name: 1 << bit for bit, name in enumerate(names)}
        self._all_process = (1 << len(self._process)) - 1
        self.firmness = ["", *sorted(book.bases, key=lambda basis: (book.bases[basis], basis))]
        """Bases from the firmest to the weakest, after none."""
        self._ranks = {basis: rank for rank, basis in enumerate(self.firmness)}
        self._rules: dict[tuple[object, ...], int] = {}
        self._numbers: Ints = np.empty((0, 0), dtype=np.int64)
        self.grades, self.rules = Pool(), Pool()
        self.table = Growing(("grade", "rules", "status", "open", "open_there", "used", "firmness_there", "excluded"))
        """Codes into the pools, numbers into `STATUSES` and `firmness`, masks of criteria."""

    def __len__(self) -> int:
        return len(self.table)

    def numbers(self, states: Ints, placings: Ints) -> Ints:
        """Return the numbers of the verdicts of pairs, given as two arrays of one shape."""
        have = self._numbers.shape
        need = (max(have[0], len(self._states)), max(have[1], len(self._profiles.placings)))
        if need != have:
            wider = np.full(need, -1, dtype=np.int64)
            wider[: have[0], : have[1]] = self._numbers
            self._numbers = wider
        found: Ints = self._numbers[states, placings]
        missing = found < 0
        if missing.any():
            keys, _ = distinct(states[missing] * need[1] + placings[missing], need[0] * need[1])
            for state, placing in zip(*(part.tolist() for part in divmod(keys, need[1])), strict=True):
                self._numbers[state, placing] = self._judge(state, placing)
            found = self._numbers[states, placings]
        return found

    def _judge(self, state: int, placing: int) -> int:
        (facts, unknown), (placed, unknown_there) = self._states.masks[state], self._profiles.masks[placing]
        verdict = self._assessor.judge.judge(tuple(map(or_, facts, placed)), unknown | unknown_there)
        at = self._profiles.placings[placing]
        rules = (verdict.rules, self._states.presumptions[state])
        if rules not in self._rules:
            presumed = self._assessor.presumptions(verdict.rules, self._states.answers[state])
            self._rules[rules] = self.rules.code("+".join((*verdict.rules, *presumed)))
        weakest = used = 0
        for name in verdict.used:
            if name in at.criteria:
                weakest = max(weakest, self._ranks.get(at.criteria[name].basis, 0))
            else:
                used |= self._bits[name]
        opened = sum([self._bits[name] for name in verdict.open])
        return self.table.add(
            self.grades.code(verdict.grade),
            self._rules[rules],
            STATUSES.index(verdict.status),
            opened & self._all_process,
            opened >> len(self._process),
            used,
            weakest,
            verdict.grade == "excluded",
        )
