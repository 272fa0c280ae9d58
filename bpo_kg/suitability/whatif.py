"""Hold two states of the same processes against each other: which verdicts change, and why each was and is.

A state is a graph with facts changed in thought, or another graph altogether (other rules, other places, another
day's inventory). Nothing is written into either.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bpo_kg.suitability.assessment import CLASSES, Assessment
from bpo_kg.suitability.cases import NONE, Cases, Changes
from bpo_kg.suitability.proof import Step
from bpo_kg.suitability.proof_forms import proof_dict
from bpo_kg.suitability.proving import Proofs
from bpo_kg.suitability.telling import Notes, Teller
from bpo_kg.suitability.triples import STATUSES


@dataclass(frozen=True, slots=True)
class State:
    """One state: processes to assess, what proves and tells their verdicts, and facts changed in thought."""

    proofs: Proofs
    teller: Teller
    changes: Changes = NONE

    @property
    def cases(self) -> Cases:
        return self.proofs.cases

    def assess(self, process: str, places: Sequence[str]) -> Assessment | None:
        """Return the verdicts on a process in this state, or None if it is not there."""
        if process in self.changes.removed or not (process in self.changes.new or self.cases.knows(process)):
            return None
        return self.cases.judge(process, places, self.changes)


@dataclass(frozen=True, slots=True)
class Side:
    """What one state says of a process at a place."""

    grade: str
    status: str
    proof: Step


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """A verdict that is not the same in two states; a side is None where the process does not exist."""

    process: str
    ident: str
    name: str
    place: str
    before: Side | None
    after: Side | None


def family(cases: Cases, changes: Changes) -> list[str]:
    """Return the processes that changes of facts can reach: those changed, their wholes and their parts."""
    reached: dict[str, None] = {}
    for process in (*changes.cells, *sorted(changes.removed)):
        for wholes in (cases.wholes, cases.part_of(changes)):
            above = [whole for level in wholes.above(process) for whole in level]
            reached.update(dict.fromkeys([process, *above, *wholes.parts(process)]))
    return list(reached)


def verdict_changes(
    before: State, after: State, processes: Iterable[str], to: Sequence[str]
) -> tuple[VerdictChange, ...]:
    """Return the verdicts that differ in grade or status, in the order of the processes.

    Args:
        before: one state.
        after: the other.
        processes: IRIs to look at.
        to: countries or sites; the location classes if there are none.
    """
    found = []
    places = tuple(to) or tuple(CLASSES)
    for process in processes:
        was, now = before.assess(process, places), after.assess(process, places)
        one = now or was
        if one is None:
            continue
        for place in places:
            if grade_at(was, place) != grade_at(now, place):
                sides = _side(before, was, place), _side(after, now, place)
                found.append(VerdictChange(process, one.subject.id, one.subject.name, place, *sides))
    return tuple(found)


def grade_at(one: Assessment | None, place: str) -> tuple[str, str] | None:
    """Return the grade and status that an assessment gives for one of its places; None without an assessment."""
    if one is None:
        return None
    verdict = next(p for p in one.places if p.place == place).verdict
    return verdict.grade, verdict.status


def _side(state: State, one: Assessment | None, place: str) -> Side | None:
    if one is None:
        return None
    verdict = next(p for p in one.places if p.place == place).verdict
    return Side(verdict.grade, verdict.status, state.proofs.of(one, place, changes=state.changes)[0])


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What changes if the facts, rules or places were other than they are."""

    name: str
    verdicts: tuple[VerdictChange, ...]
    supposed: tuple[str, ...]
    sentences: tuple[str, ...]
    tellers: tuple[Teller, Teller] = field(compare=False, repr=False)
    """What finds the words before and after."""

    def to_text(self) -> str:
        """Return the sentences, one per line."""
        return "\n".join(self.sentences) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """Return the same as plain JSON values."""
        before, after = self.tellers
        prepare(self.verdicts, before, after, every=True)
        return {
            "name": self.name,
            "supposed": list(self.supposed),
            "verdicts": [change_dict(change, before, after) for change in self.verdicts],
            "text": list(self.sentences),
        }


def told(name: str, supposed: Sequence[str], verdicts: Sequence[VerdictChange], before: State, after: State) -> WhatIf:
    """Tell what changes.

    Args:
        name: of the scenario, or empty.
        supposed: sentences that say what is supposed.
        verdicts: what changes by it.
        before: the state that is.
        after: the state that is supposed.
    """
    say = after.teller.say
    prepare(verdicts, before.teller, after.teller)
    lines = [name] if name else []
    lines += [say("supposed"), *(f"  - {line}" for line in supposed), ""]
    notes = Notes()
    for change in verdicts:
        lines += change_lines(change, before.teller, after.teller, notes)
        lines.append("")
    if not verdicts:
        lines += [say("noChange"), ""]
    footnotes = after.teller.footnotes(notes)
    if footnotes:
        lines += [say("statements"), *(f"  {note}" for note in footnotes)]
    lines = lines[:-1] if not lines[-1] else lines
    return WhatIf(name, tuple(verdicts), tuple(supposed), tuple(lines), (before.teller, after.teller))


def prepare(verdicts: Iterable[VerdictChange], before: Teller, after: Teller, *, every: bool = False) -> None:
    """Look up at once where the facts behind changes of verdict stand."""
    changes = list(verdicts)
    before.prepare((change.before.proof for change in changes if change.before), every=every)
    after.prepare((change.after.proof for change in changes if change.after), every=every)


def headline(change: VerdictChange, teller: Teller) -> str:
    """Return a change of verdict in one line."""
    return teller.say(
        "becomes",
        name=teller.named(change.process, change.name),
        place=teller.place_name(change.place),
        before=_label(change.before, teller),
        after=_label(change.after, teller),
    )


def verdict_label(verdict: tuple[str, str] | None, teller: Teller) -> str:
    """Return a grade with its status as words; where there is no verdict, that there is none."""
    if verdict is None:
        return teller.say("absent")
    grade, status = verdict
    return f"{teller.grade(grade)} ({teller.grade(STATUSES.get(status, status))})"


def _label(side: Side | None, teller: Teller) -> str:
    return verdict_label(None if side is None else (side.grade, side.status), teller)


def change_lines(change: VerdictChange, before: Teller, after: Teller, notes: Notes) -> list[str]:
    """Return a change of verdict with both proofs as lines."""
    lines = [headline(change, after)]
    for key, side, teller in (("before", change.before, before), ("after", change.after, after)):
        if side is not None:
            first, *rest = teller.lines(side.proof, notes)
            lines += [f"  {teller.say(key)} {first}", *(f"  {line}" for line in rest)]
    return lines


def change_dict(change: VerdictChange, before: Teller, after: Teller) -> dict[str, Any]:
    """Return a change of verdict with both proofs as JSON values."""

    def side(found: Side | None, teller: Teller) -> dict[str, Any] | None:
        if found is None:
            return None
        return {"grade": found.grade, "status": found.status, "proof": proof_dict(found.proof, teller)}

    return {
        "process": change.process,
        "id": change.ident,
        "name": change.name,
        "place": change.place,
        "before": side(change.before, before),
        "after": side(change.after, after),
    }
