"""Judge a vector of answers by the decision table: presumptions first, then the grade and what could change it.

A verdict depends only on which criteria are met, failed or open, so each distinct vector is judged once
however many processes share it. Open criteria are listed exactly: a criterion is named if and only if some
answer to it, with what else may still be learnt, leads to another grade. That is computed as a decision
diagram over the open criteria (yes, no, still unknown) and never read off single rules, because a rule that
is open may be beaten anyway, and one that is met may rest on a presumption that falls.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bpo_kg.suitability.rulebook import Rule, Rulebook

UNDETERMINED = "undetermined"
CONTESTED = "contested"


@dataclass(frozen=True, slots=True)
class Presumption:
    """What the default rules make of the criteria that no fact answers.

    `values` gives each presumed criterion its answer and the names of the rules that presume it; a criterion in
    `contested` is left unknown because rules of the same rank disagree about it.
    """

    values: Mapping[str, tuple[bool, tuple[str, ...]]]
    contested: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A grade with its status, the rules that apply (highest rank first), and what is still open."""

    grade: str
    status: str
    winners: tuple[str, ...]
    """Rules of the highest rank among those that apply."""
    rules: tuple[str, ...]
    """All placement rules that apply, highest rank first."""
    open: tuple[str, ...]
    """Criteria that could change the grade, in their fixed order."""
    used: tuple[str, ...]
    """Criteria that the winning rules rest on."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A rule on bit masks; `firm` picks which set of answers counts for it."""

    rule: Rule
    met: int
    failed: int
    firm: int
    target: int = 0
    presumes: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Live:
    """The rules that can still decide, highest rank first; `read` is the mask of all criteria that they read."""

    placements: tuple[_Compiled, ...]
    defaults: tuple[_Compiled, ...]
    read: int = field(init=False)

    def __post_init__(self) -> None:
        read = 0
        for rule in (*self.placements, *self.defaults):
            read |= rule.met | rule.failed | rule.target
        object.__setattr__(self, "read", read)


_Presumed = tuple[int, int, dict[str, tuple[bool, tuple[str, ...]]], dict[str, tuple[str, ...]], int]
"""Masks of met and failed, presumed criteria with value and rules, contested ones, and the mask of the presumed."""


class Judge:
    """Judge answers by one rulebook; results are remembered, so a million rows cost their distinct vectors."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.names = tuple(c.name for c in book.criteria)
        self.bit = {name: 1 << i for i, name in enumerate(self.names)}
        self._placement_mask = sum(self.bit[c.name] for c in book.placement_criteria)
        self._bases = tuple(sorted({r.weakest_basis for r in (*book.placements, *book.defaults) if r.weakest_basis}))
        self._defaults = self._stratify([self._compile(r) for r in book.defaults])
        self._placements = [self._compile(r) for r in book.placements]
        self._verdicts: dict[tuple[object, ...], Verdict] = {}
        self._grades: dict[tuple[int, ...], tuple[str, int]] = {}
        self._nodes: dict[tuple[object, ...], int] = {}
        self._explored: dict[tuple[object, ...], tuple[int, int]] = {}
        self._presumptions: dict[tuple[int, ...], _Presumed] = {}
        self._all = _Live(tuple(self._placements), tuple(r for _, group in self._defaults for r in group))
        self._presuming = _Live((), self._all.defaults).read
        self._lives: dict[tuple[object, ...], _Live] = {}

    def presume(self, values: Mapping[str, bool | None], bases: Mapping[str, str]) -> Presumption:
        """Apply the default rules to the process criteria that no fact answers.

        Args:
            values: criterion name to True (met), False (failed) or None (no fact answers it).
            bases: criterion name to the basis of its answer, for the answered ones.
        """
        state = self.state(values, bases)
        _, _, presumed, contested, _ = self._with_defaults(state)
        return Presumption(
            values={name: (value, rules) for name, (value, rules) in presumed.items()},
            contested=contested,
        )

    def verdict(
        self,
        values: Mapping[str, bool | None],
        bases: Mapping[str, str],
        *,
        settled: Iterable[str] = (),
    ) -> Verdict:
        """Grade one vector of process and placement criteria.

        Args:
            values: criterion name to True, False or None. Presumptions are not passed in: they are made here, so
                that an answer that would unseat one is seen.
            bases: criterion name to the basis of its answer.
            settled: criteria that stay unknown by the nature of the placement (a location class fixes no
                language), which are therefore not open questions.
        """
        state = self.state(values, bases)
        unknown = self.mask(name for name in self.names if values.get(name) is None)
        return self.judge(state, unknown & ~self.mask(settled))

    def mask(self, names: Iterable[str]) -> int:
        """Return the bit mask of some criteria."""
        return sum(self.bit[name] for name in names)

    def judge(self, state: tuple[int, ...], unknown: int) -> Verdict:
        """Grade one vector as bit masks; masks of parts of a vector may be joined with "or".

        Args:
            state: what `state` returns.
            unknown: mask of the criteria that are unknown and not settled.
        """
        # A presumed criterion is answered until a fact says otherwise, so it is no open question.
        ask = unknown & ~self._with_defaults(state)[4]
        key = (state, ask)
        found = self._verdicts.get(key)
        if found is None:
            found = self._verdicts[key] = self._judge(state, ask)
        return found

    def _compile(self, rule: Rule) -> _Compiled:
        return _Compiled(
            rule=rule,
            met=sum(self.bit[name] for name in rule.met),
            failed=sum(self.bit[name] for name in rule.failed),
            firm=1 + self._bases.index(rule.weakest_basis) if rule.weakest_basis else 0,
            target=self.bit[rule.presumes[0]] if rule.presumes else 0,
            presumes=bool(rule.presumes and rule.presumes[1]),
        )

    def _stratify(self, defaults: list[_Compiled]) -> list[tuple[str, list[_Compiled]]]:
        """Group default rules by the criterion they presume, premises before conclusions.

        Criteria that presume each other in a ring are taken in their fixed order, each reading only what was
        presumed before it, so the outcome never depends on the order of rules in a file.
        """
        by_target: dict[str, list[_Compiled]] = {}
        for rule in defaults:
            by_target.setdefault(rule.rule.presumes[0] if rule.rule.presumes else "", []).append(rule)
        needs = {
            t: {c for r in rules for c in r.rule.criteria if c in by_target} - {t} for t, rules in by_target.items()
        }
        order: list[str] = []
        left = [name for name in self.names if name in by_target]
        while left:
            ready = next((t for t in left if needs[t] <= set(order)), left[0])
            order.append(ready)
            left.remove(ready)
        return [(t, by_target[t]) for t in order]

    def state(self, values: Mapping[str, bool | None], bases: Mapping[str, str]) -> tuple[int, ...]:
        """Return (met, failed, then met and failed restricted to each basis that some rule insists on)."""
        met = sum(self.bit[name] for name, value in values.items() if value is True)
        failed = sum(self.bit[name] for name, value in values.items() if value is False)
        state = [met, failed]
        for basis in self._bases:
            limit = self.book.bases[basis]
            firm = self._placement_mask
            for name, value in values.items():
                if value is not None and self.book.bases.get(bases.get(name, ""), 99) <= limit:
                    firm |= self.bit[name]
            state += [met & firm, failed & firm]
        return tuple(state)

    def _with_defaults(self, state: tuple[int, ...]) -> "_Presumed":
        """Return met and failed with the presumptions, these by name, the contested ones, and the mask of presumed."""
        read = self._presuming
        key = tuple(mask & read for mask in state)
        found = self._presumptions.get(key)
        if found is None:
            found = self._presumptions[key] = self._presume(state)
        met, failed, presumed, contested, mask = found
        return state[0] | met, state[1] | failed, presumed, contested, mask

    def _presume(self, state: tuple[int, ...]) -> "_Presumed":
        met, failed = state[0], state[1]
        presumed: dict[str, tuple[bool, tuple[str, ...]]] = {}
        contested: dict[str, tuple[str, ...]] = {}
        for target, rules in self._defaults:
            bit = self.bit[target]
            if (met | failed) & bit:
                continue
            fired = [r for r in rules if self._applies(r, met, failed, state)]
            if not fired:
                continue
            top = [r for r in fired if r.rule.rank == fired[0].rule.rank]
            names = tuple(r.rule.name for r in top)
            if len({r.presumes for r in top}) > 1:
                contested[target] = names
                continue
            presumed[target] = (top[0].presumes, names)
            if top[0].presumes:
                met |= bit
            else:
                failed |= bit
        added = met & ~state[0], failed & ~state[1]
        return *added, presumed, contested, added[0] | added[1]

    @staticmethod
    def _applies(rule: _Compiled, met: int, failed: int, state: tuple[int, ...]) -> bool:
        if rule.firm:
            met, failed = state[2 * rule.firm], state[2 * rule.firm + 1]
        return met & rule.met == rule.met and failed & rule.failed == rule.failed

    def _grade(self, state: tuple[int, ...]) -> tuple[str, int]:
        """Return the grade of a state and how many rules, from the top, tie for it (0 if none applies)."""
        found = self._grades.get(state)
        if found is None:
            met, failed, *_ = self._with_defaults(state)
            top: list[_Compiled] = []
            for rule in self._placements:
                if top and rule.rule.rank < top[0].rule.rank:
                    break
                if self._applies(rule, met, failed, state):
                    top.append(rule)
            grades = {r.rule.gives for r in top}
            grade = UNDETERMINED if not top else CONTESTED if len(grades) > 1 else str(top[0].rule.gives)
            found = self._grades[state] = (grade, len(top))
        return found

    def _judge(self, state: tuple[int, ...], ask: int) -> Verdict:
        grade, ties = self._grade(state)
        met, failed, _, contested, _ = self._with_defaults(state)
        fired = [r for r in self._placements if self._applies(r, met, failed, state)]
        winners = fired[:ties]
        support = self._support(state, ask)
        status = "contested" if grade == CONTESTED else "undetermined" if grade == UNDETERMINED else "decided"
        if support and status == "decided":
            status = "provisional"
        if contested and status in ("decided", "provisional") and self._matters(state, contested):
            status = "contested"
        used = 0
        for rule in winners:
            used |= rule.met | rule.failed
        return Verdict(
            grade=grade,
            status=status,
            winners=tuple(r.rule.name for r in winners),
            rules=tuple(r.rule.name for r in fired),
            open=tuple(name for name in self.names if support & self.bit[name]),
            used=tuple(name for name in self.names if used & self.bit[name]),
        )

    def _matters(self, state: tuple[int, ...], contested: Iterable[str]) -> bool:
        """Tell whether settling a contested presumption either way would move the grade."""
        here = self._grade(state)[0]
        return any(
            self._grade(self._learn(state, self.bit[name], value))[0] != here
            for name in contested
            for value in (True, False)
        )

    @staticmethod
    def _learn(state: tuple[int, ...], bit: int, value: bool) -> tuple[int, ...]:
        # What is still to be learnt will come from the client, so it counts for every basis a rule asks for.
        offset = 0 if value else 1
        return tuple(mask | bit if i % 2 == offset else mask for i, mask in enumerate(state))

    def _support(self, state: tuple[int, ...], ask: int) -> int:
        """Return the mask of open criteria that the grade depends on, by a reduced decision diagram."""
        return self._explore(self._all, state, ask)[1]

    def _explore(self, rules: "_Live", state: tuple[int, ...], ask: int) -> tuple[int, int]:
        """Return a node of the diagram and the criteria below it; equal nodes are equal functions.

        A node is looked up by what can still decide: the rules left, and the answers that those rules read.
        """
        read = rules.read
        asked = (rules, ask & read, *[mask & read for mask in state])
        found = self._explored.get(asked)
        if found is not None:
            return found
        rules = self._left(rules, state)
        read = rules.read
        ask &= read
        key = (rules, ask, *[mask & read for mask in state])
        found = self._explored.get(key)
        if found is not None:
            self._explored[asked] = found
            return found
        if not ask:
            found = (self._node((self._grade(state)[0],)), 0)
        else:
            bit = ask & -ask
            rest = ask & ~bit
            unknown, s0 = self._explore(rules, state, rest)
            yes, s1 = self._explore(rules, self._learn(state, bit, True), rest)
            no, s2 = self._explore(rules, self._learn(state, bit, False), rest)
            if unknown == yes == no:
                found = (unknown, s0 | s1 | s2)
            else:
                found = (self._node((bit, unknown, yes, no)), s0 | s1 | s2 | bit)
        self._explored[key] = self._explored[asked] = found
        return found

    def _node(self, key: tuple[object, ...]) -> int:
        return self._nodes.setdefault(key, len(self._nodes))

    def _left(self, rules: "_Live", state: tuple[int, ...]) -> "_Live":
        """Drop rules that can no longer decide.

        A placement rule is out if a condition is contradicted by a fact, or if a rule above it is met by facts
        alone; a default rule is out if its target is answered by a fact or read by no rule, or a condition is
        contradicted by a fact.
        """
        met, failed = state[0], state[1]
        placements = []
        read = 0
        floor: tuple[int, int] | None = None
        for rule in rules.placements:
            if floor is not None and rule.rule.rank < floor:
                break
            if met & rule.failed or failed & rule.met or self._too_weak(rule, state):
                continue
            placements.append(rule)
            read |= rule.met | rule.failed
            if self._applies(rule, met, failed, state):
                floor = rule.rule.rank
        defaults = []
        for rule in reversed(rules.defaults):
            contradicted = met & rule.failed or failed & rule.met
            if rule.target & read and not (met | failed) & rule.target and not contradicted:
                defaults.append(rule)
                read |= rule.met | rule.failed
        defaults.reverse()
        key = (*map(id, placements), None, *map(id, defaults))
        found = self._lives.get(key)
        if found is None:
            found = self._lives[key] = _Live(tuple(placements), tuple(defaults))
        return found

    @staticmethod
    def _too_weak(rule: _Compiled, state: tuple[int, ...]) -> bool:
        """Tell whether a fact answers a condition of the rule, but on too weak a basis for it to count."""
        if not rule.firm:
            return False
        weak_met = state[0] & ~state[2 * rule.firm]
        weak_failed = state[1] & ~state[2 * rule.firm + 1]
        return bool(rule.met & weak_met or rule.failed & weak_failed)
