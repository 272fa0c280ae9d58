"""Find the smallest changes of facts that turn a verdict, and the questions that would settle most.

Every candidate is a value that an inventory column may hold, or the cell emptied; values that answer the same way are
tried once. Each change found has been verified by assessing the process anew with it, and none smaller has been
passed over: single facts are all tried, then all pairs that hold no single one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import pyoxigraph as ox

from bpo_kg.suitability.answers import INHERITED, PRESUMED, RECORDED, SUGGESTED, Answer
from bpo_kg.suitability.assessment import Assessment, PlaceVerdict
from bpo_kg.suitability.cases import Cases, Changes
from bpo_kg.suitability.wholes import Values
from bpo_kg.vocabulary import BPO, RDF, RDFS, XSD

_TYPE = ox.NamedNode(RDF + "type")
_RANGE = ox.NamedNode(RDFS + "range")
_BOOLEAN = ox.NamedNode(XSD + "boolean")
_FUNCTIONAL = ox.NamedNode("http://www.w3.org/2002/07/owl#FunctionalProperty")
_KIND = BPO + "specialises"
_COUNTRY = BPO + "clientCountry"
_NOTHING: Values = frozenset()


@dataclass(frozen=True, slots=True)
class FactChange:
    """One cell with another value."""

    prop: str
    """IRI of the property."""
    column: str
    values: Values
    """The new values; none means that the cell is emptied."""
    now: Values
    """What is recorded now; none if nobody recorded it for this process."""
    basis: str
    """What answers it now: `recorded`, `inherited`, `measured` ...; empty if anything about it is unknown."""

    @property
    def firm(self) -> bool:
        """Whether a record, a measure or the catalogue answers it now, rather than a presumption or nobody."""
        return self.basis not in ("", PRESUMED, SUGGESTED)


@dataclass(frozen=True, slots=True)
class Flip:
    """Facts that together change the grade at a place, and what it becomes."""

    changes: tuple[FactChange, ...]
    place: str
    before: str
    after: str
    status: str


@dataclass(frozen=True, slots=True)
class Question:
    """A fact that is unknown or presumed, and what an answer could do."""

    column: str
    criteria: tuple[str, ...]
    moves: tuple[str, ...]
    """Places where at least one answer gives another grade."""
    settles: float
    """Open verdicts that become decided, on average over the answers."""


@dataclass(frozen=True, slots=True)
class PlaceFlips:
    """What changes the grade at one place."""

    place: str
    grade: str
    status: str
    flips: tuple[Flip, ...]
    """The smallest sets: single facts first, then pairs that hold none of those."""
    tried: int
    """Up to how many facts at once were tried."""

    @property
    def any(self) -> int | None:
        """How many facts away from another grade the verdict is; None: more than were tried."""
        return min((len(flip.changes) for flip in self.flips), default=None)

    @property
    def soft(self) -> int | None:
        """The same, counting only facts that are unknown or presumed."""
        soft = (flip for flip in self.flips if not any(change.firm for change in flip.changes))
        return min((len(flip.changes) for flip in soft), default=None)


@dataclass(frozen=True, slots=True)
class ProcessFlips:
    """What changes the verdicts on one process, and what to ask about it, the most telling first."""

    process: str
    name: str
    places: tuple[PlaceFlips, ...]
    questions: tuple[Question, ...]
    one: Assessment = field(compare=False)

    @property
    def stability(self) -> tuple[float, float]:
        """Return what processes are sorted by, the shakiest first: facts away from a flip, soft ones first."""
        soft = [float("inf") if p.soft is None else p.soft for p in self.places]
        any_ = [float("inf") if p.any is None else p.any for p in self.places]
        return min(soft, default=float("inf")), min(any_, default=float("inf"))


class Flipper:
    """Tries changes on the processes of one graph."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases
        self._book = cases.book
        view = cases.bench.view
        used = {n for rule in (*self._book.defaults, *self._book.placements) for n in rule.criteria}
        self._criteria: dict[str, tuple[str, ...]] = {}
        for criterion in self._book.criteria:
            if criterion.property and criterion.column and criterion.name in used:
                known = self._criteria.get(criterion.property, ())
                self._criteria[criterion.property] = (*known, criterion.name)
        self._columns = dict(cases.setting.columns)
        self._ranges = {prop: view.iri(ox.NamedNode(prop), _RANGE) for prop in (*self._criteria, _KIND)}
        self._lists = {
            prop: not any(True for _ in view.quads(ox.NamedNode(prop), _TYPE, _FUNCTIONAL)) for prop in self._criteria
        }
        self._domains: dict[str, tuple[Values, ...]] = {}

    # --- candidates ------------------------------------------------------------------------------
    def candidates(self, process: str, to: Sequence[str]) -> list[FactChange]:
        """Return every single change worth trying: one for each different answer that a column can give."""
        situation = self._cases.situation(process)
        answers = self._cases.judge(process, ()).answers
        found = []
        for prop in sorted({*self._criteria, _KIND}, key=lambda p: self._order(p)):
            now = situation.cells.get(prop, _NOTHING)
            passed = prop in situation.inherited
            if prop in (_KIND, _COUNTRY) and (
                now or passed or (prop == _COUNTRY and self._cases.setting.default_client)
            ):
                continue  # what a process is, and who its client is, are not facts to be mistaken about
            if prop == _KIND and process in self._cases.setting.generic:
                continue  # a kind is what it is
            basis = RECORDED if now else INHERITED if passed else self._basis(prop, answers)
            column = self._columns.get(prop, "")
            values = [v for v in self._telling(process, prop, to) if v != now] + ([_NOTHING] if now else [])
            found += [FactChange(prop, column, v, now, basis) for v in values]
        return found

    def _basis(self, prop: str, answers: Mapping[str, Answer]) -> str:
        """Return what answers a column that nobody filled in: the weakest basis among its criteria."""
        of_process = [answers[name] for name in self._criteria.get(prop, ()) if name in answers]
        if not of_process or any(answer.value is None for answer in of_process):
            return ""
        return max((answer.basis for answer in of_process), key=lambda basis: self._book.bases.get(basis, 0))

    def _order(self, prop: str) -> tuple[int, str]:
        names = [c.name for c in self._book.criteria]
        positions = [names.index(name) for name in self._criteria.get(prop, ())]
        return (min(positions, default=len(names)), prop)

    def _telling(self, process: str, prop: str, to: Sequence[str]) -> list[Values]:
        """Return values of a column that lead to different answers; of those that answer alike, the first."""
        seen: dict[object, Values] = {}
        for values in self._domain(prop):
            if prop in self._criteria and self._ranges[prop] == _BOOLEAN.value:
                seen[values] = values
                continue
            seen.setdefault(self._signature(process, prop, values, to), values)
        return list(seen.values())

    def _signature(self, process: str, prop: str, values: Values, to: Sequence[str]) -> object:
        """Return what a value of a column answers: about the process, and about each place."""
        changed = Changes({process: {prop: values}})
        situation = self._cases.situation(process, changed)
        answers = tuple((a.value, a.basis) for a in situation.answers.values())
        if all(not self._book.criterion(name).of_placement for name in self._criteria.get(prop, ())):
            return answers
        placed = self._cases.placements(process, to, changed)
        return answers, tuple(tuple((a.value, a.basis) for a in there.values()) for there in placed)

    def _domain(self, prop: str) -> tuple[Values, ...]:
        """Return what a column may hold: yes and no, the members of its class, or sets of one or two of them."""
        found = self._domains.get(prop)
        if found is None:
            if self._ranges[prop] == _BOOLEAN.value:
                found = (frozenset({ox.Literal(True)}), frozenset({ox.Literal(False)}))
            else:
                members = self._members(prop)
                found = tuple(frozenset({m}) for m in members)
                if self._lists.get(prop) and prop in {c.closed_by for c in self._book.criteria}:
                    found += tuple(frozenset(pair) for pair in combinations(members, 2))
            self._domains[prop] = found
        return found

    def _members(self, prop: str) -> list[ox.NamedNode]:
        view = self._cases.bench.view
        if prop == _KIND:
            return [ox.NamedNode(iri) for iri in sorted(self._cases.setting.generic)]
        cls = self._ranges[prop]
        return view.members(ox.NamedNode(cls)) if cls else []

    # --- flips -----------------------------------------------------------------------------------
    def flips(self, process: str, to: Sequence[str], *, places: Sequence[str] = (), most: int = 2) -> ProcessFlips:
        """Return what changes the verdicts on a process.

        Args:
            process: IRI.
            to: countries and sites to judge.
            places: report only these of its places; all of them if left out.
            most: up to how many facts are changed at once, 1 or 2.
        """
        base = self._cases.assess(process, to)
        wanted = [p for p in base.places if not places or p.place in places]
        changes = self.candidates(process, to)
        judged = [p.place for p in wanted]
        single = {change: self._after(process, judged, (change,)) for change in changes}
        found: dict[str, list[Flip]] = {p.place: [] for p in wanted}
        for change, after in single.items():
            _note(found, wanted, (change,), after)
        if most > 1:
            self._pairs(process, wanted, changes, found)
        reported = tuple(
            PlaceFlips(p.place, p.verdict.grade, p.verdict.status, tuple(found[p.place]), most) for p in wanted
        )
        return ProcessFlips(process, base.subject.name, reported, self._questions(wanted, single), base)

    def _pairs(
        self,
        process: str,
        wanted: Sequence[PlaceVerdict],
        changes: Sequence[FactChange],
        found: dict[str, list[Flip]],
    ) -> None:
        alone = {place: {flip.changes[0] for flip in flips} for place, flips in found.items()}
        for pair in combinations(changes, 2):
            if pair[0].prop == pair[1].prop:
                continue
            open_ = [p for p in wanted if not alone[p.place].intersection(pair)]
            if open_:
                _note(found, open_, pair, self._after(process, [p.place for p in open_], pair))

    def _after(self, process: str, places: Sequence[str], changes: Iterable[FactChange]) -> Assessment:
        return self._cases.judge(process, places, Changes({process: {c.prop: c.values for c in changes}}))

    # --- questions -------------------------------------------------------------------------------
    def _questions(
        self, wanted: Sequence[PlaceVerdict], single: Mapping[FactChange, Assessment]
    ) -> tuple[Question, ...]:
        """Return what is unknown or presumed and would tell, by how many verdicts an answer moves, then settles."""
        asked: dict[str, list[Assessment]] = {}
        for change, after in single.items():
            if not change.firm and change.values:
                asked.setdefault(change.prop, []).append(after)
        found = []
        for prop, outcomes in asked.items():
            moves = [p.place for p in wanted if any(_at(o, p.place).verdict.grade != p.verdict.grade for o in outcomes)]
            open_ = [p.place for p in wanted if p.verdict.status != "decided"]
            settled = sum(_at(o, place).verdict.status == "decided" for o in outcomes for place in open_)
            question = Question(
                self._columns.get(prop, ""), self._criteria.get(prop, ()), tuple(moves), settled / len(outcomes)
            )
            if question.moves or question.settles:
                found.append((self._order(prop), question))
        found.sort(key=lambda entry: (-len(entry[1].moves), -entry[1].settles, entry[0]))
        return tuple(question for _, question in found)


def _note(
    found: dict[str, list[Flip]], wanted: Iterable[PlaceVerdict], changes: tuple[FactChange, ...], after: Assessment
) -> None:
    for place in wanted:
        there = _at(after, place.place).verdict
        if there.grade != place.verdict.grade:
            found[place.place].append(Flip(changes, place.place, place.verdict.grade, there.grade, there.status))


def _at(one: Assessment, place: str) -> PlaceVerdict:
    return next(p for p in one.places if p.place == place)
