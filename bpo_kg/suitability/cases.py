"""Assess one process by itself, as it is or with facts changed in thought, without assessing the rest.

The result is the one that `assess` gives for that process in the whole inventory: same selection of answers, same
judge. Only what the process can see is looked at: its own cells, those of its wholes and parts, and what is shared.
Nothing is written anywhere, so any number of "what if" can be asked of the same graph.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyoxigraph as ox

from bpo_kg.store.view import View
from bpo_kg.suitability.answers import PLACING, RECORDED, Answer, Evidence, KindAnswers, Selection, catalogued, passing
from bpo_kg.suitability.assessment import CLASSES, Assessment, Assessor, Placing, Subject, subjects_of
from bpo_kg.suitability.places import PlacementAnswer
from bpo_kg.suitability.rulebook import bpo
from bpo_kg.suitability.setting import Setting
from bpo_kg.suitability.wholes import Inherited, Values, Wholes
from bpo_kg.suitability.workbench import Fact, Reading, Slice, Workbench
from bpo_kg.vocabulary import ASSERTED, RDF

_PART_OF = bpo("directPartOf").value
_TYPE = ox.NamedNode(RDF + "type")


@dataclass(frozen=True, slots=True)
class Changes:
    """Facts changed in thought: new values by process and property, none meaning unknown; processes gone or new."""

    cells: Mapping[str, Mapping[str, Values]] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()
    new: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Id and name of processes that are not in the inventory, by IRI."""

    @property
    def moves(self) -> bool:
        """Whether they change what is part of what."""
        return bool(self.removed or any(_PART_OF in cells for cells in self.cells.values()))


NONE = Changes()


@dataclass(frozen=True, slots=True)
class Situation:
    """What facts say of one process: its cells, the inherited and suggested ones, and the answers they give."""

    process: str
    cells: Mapping[str, Values]
    inherited: Mapping[str, Inherited]
    passed: Slice
    """The inherited facts that count: no cell, and nothing inferred from cells, hides them."""
    hints: Slice
    own: Slice
    answers: Mapping[str, Answer]
    """Before any presumption."""
    entailed: Mapping[str, Values] = field(default_factory=dict)
    """Values of the properties that placements hang on, where they follow and no cell records any."""
    local: bool = True
    """False where facts about other things decide as well, so that a stand-in cannot speak for the process."""


class _Recorded(Mapping[str, Mapping[str, Values]]):
    """Cells by process, looked up when they are needed."""

    def __init__(self, cells: Callable[[str], Mapping[str, Values]]) -> None:
        self._cells = cells

    def __getitem__(self, process: str) -> Mapping[str, Values]:
        return self._cells(process)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class Cases:
    """Single processes, assessed one by one."""

    def __init__(self, setting: Setting, bench: Workbench) -> None:
        self.setting = setting
        self.bench = bench
        self.book = setting.book
        self._passes = passing(bench.view)
        self._kinds: dict[str, tuple[str, ...]] = dict(bench.all_kinds)
        answers: KindAnswers = catalogued(self.book, self._kinds, bench.facts, bench.claims, bench.view)
        self._selection = Selection(self.book, setting.generic, bench.claims, answers)
        self.wholes = self._whole_and_part(NONE)
        self.view = View(setting.dataset.store)
        self._properties = {c.property: c.name for c in self.book.process_criteria if c.property}
        self._base: dict[str, Situation] = {}
        self._cells: dict[str, Mapping[str, Values]] = {}
        self._beyond: dict[str, Mapping[str, bool | None]] = {}
        self._assessors: dict[tuple[str, ...], Assessor] = {}

    def knows(self, process: str) -> bool:
        """Tell whether anything is stated of a process."""
        return (
            next(self.setting.dataset.store.quads_for_pattern(ox.NamedNode(process), None, None, None), None)
            is not None
        )

    # --- cells -----------------------------------------------------------------------------------
    def cells(self, process: str, changes: Changes = NONE) -> Mapping[str, Values]:
        """Return the recorded values of a process by property, with the changes made."""
        if process in changes.removed:
            return {}
        found = self._cells.get(process)
        if found is None:
            found = self._cells[process] = self._stated(process)
        changed = changes.cells.get(process)
        if not changed:
            return found
        return {prop: values for prop, values in {**found, **changed}.items() if values}

    def _stated(self, process: str) -> Mapping[str, Values]:
        found: dict[str, set[ox.NamedNode | ox.Literal]] = {}
        for quad in self.setting.dataset.store.quads_for_pattern(ox.NamedNode(process), None, None, None):
            graph = quad.graph_name
            if (
                isinstance(graph, ox.NamedNode)
                and graph.value.startswith(ASSERTED)
                and not isinstance(quad.object, ox.BlankNode | ox.Triple)
            ):
                found.setdefault(quad.predicate.value, set()).add(quad.object)
        if not found:
            found[_TYPE.value] = {bpo("ClientProcess")}
        return {prop: frozenset(values) for prop, values in found.items()}

    def part_of(self, changes: Changes) -> Wholes:
        """Return what is part of what, with the changes made."""
        return self._whole_and_part(changes) if changes.moves else self.wholes

    def _whole_and_part(self, changes: Changes) -> Wholes:
        generic = self.setting.generic
        parents: dict[str, set[str]] = {}
        for quad in self.setting.dataset.quads(None, bpo("directPartOf"), None):
            if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode):
                parents.setdefault(quad.subject.value, set()).add(quad.object.value)
        for process, cells in changes.cells.items():
            if _PART_OF in cells:
                parents[process] = {v.value for v in cells[_PART_OF]}
        gone = generic | changes.removed
        kept = {part: tuple(sorted(wholes - gone)) for part, wholes in sorted(parents.items()) if part not in gone}
        return Wholes({part: wholes for part, wholes in kept.items() if wholes})

    # --- answers ---------------------------------------------------------------------------------
    def situation(self, process: str, changes: Changes = NONE, wholes: Wholes | None = None) -> Situation:
        """Return what facts say of a process, with the changes made."""
        if changes is NONE:
            found = self._base.get(process)
            if found is None:
                found = self._base[process] = self._situation(process, NONE, self.wholes)
            return found
        return self._situation(process, changes, wholes or self.wholes)

    def _situation(self, process: str, changes: Changes, wholes: Wholes) -> Situation:
        cells = self.cells(process, changes)
        own = self.bench.slice_of(_facts(cells))
        reading = self.bench.read(own)
        outside = self._outside(process)
        values: Mapping[str, bool | None] = reading.values
        if outside:
            # An answer from outside stands beside the process's own, and where the two differ there is none.
            agreed = {name: value for name, value in outside.items() if reading.values.get(name, value) is value}
            values = {**reading.values, **dict.fromkeys(outside), **agreed}
        recorded = _Recorded(lambda other: self._passing(self.cells(other, changes)))
        inherited, _ = wholes.inherit_one(process, recorded, self._passes)
        passed = self._counting(inherited, values, reading)
        hints = self.bench.slice_of(self.setting.hints.get(process, ()))
        hints = frozenset(hint for hint in hints if hint[0].value not in changes.cells.get(process, {}))
        self._kinds[process] = reading.kinds
        answers = self._selection.answers(
            process,
            values,
            self.bench.read(own | passed).values if passed else {},
            inherited,
            self.bench.read(own | hints).hinted if hints else {},
        )
        if process in self.setting.generic and (supposed := changes.cells.get(process)):
            answers |= self._of_kind(process, supposed)
        entailed = {prop: values for prop, values in reading.placing.items() if prop not in cells}
        entailed = {**self._outside_placing(process, cells), **entailed}
        return Situation(process, cells, inherited, passed, hints, own, answers, entailed, not outside)

    def _of_kind(self, process: str, supposed: Mapping[str, Values]) -> Mapping[str, Answer]:
        """Return the answers that facts supposed of a kind give: it stands for a client's process of that kind."""
        facts = self.bench.slice_of(_facts({prop: values for prop, values in supposed.items() if values}))
        known = self.bench.read(facts).values
        found = {}
        for criterion in self.book.process_criteria:
            name, prop = criterion.name, criterion.property or ""
            if name in known:
                found[name] = Answer(name, known[name], RECORDED, (process,), "", prop)
            elif prop in supposed:
                found[name] = Answer(name, None, "")
        return found

    def _outside(self, process: str) -> Mapping[str, bool | None]:
        """Return the answers that the graph gives a process beyond what its own facts give it.

        They come from facts about other things (whoever handles this process deals with the public, say), and are
        taken to stay as they are when the process's own facts are changed in thought.
        """
        if self.setting.facts is None:
            return {}
        found = self._beyond.get(process)
        if found is None:
            own = self.bench.read(self.bench.slice_of(_facts(self.cells(process)))).values
            told = self.setting.facts(process)
            found = {name: value for name, value in told.items() if own.get(name, ...) is not value}
            self._beyond[process] = found
        return found

    def _outside_placing(self, process: str, cells: Mapping[str, Values]) -> Mapping[str, Values]:
        """Return what the graph says of where a process is placed, whatever it follows from, unless a cell does."""
        if self.setting.facts is None:
            return {}
        self._outside(process)  # closes the graph
        node = ox.NamedNode(process)
        found = {prop: self.view.objects(node, ox.NamedNode(prop)) for prop in PLACING.values() if prop not in cells}
        stated = self.cells(process)
        return {
            prop: frozenset(value for value in values if isinstance(value, ox.NamedNode))
            for prop, values in found.items()
            if values and prop not in stated
        }

    def _passing(self, cells: Mapping[str, Values]) -> Mapping[str, Values]:
        return {prop: values for prop, values in cells.items() if prop in self._passes}

    def _counting(
        self, inherited: Mapping[str, Inherited], values: Mapping[str, bool | None], reading: Reading
    ) -> Slice:
        facts: set[Fact] = set()
        for prop, cell in inherited.items():
            if self._properties.get(prop) not in values and prop not in reading.properties:
                facts |= {(ox.NamedNode(prop), value) for value in cell.values}
        return self.bench.slice_of(facts)

    # --- assessments -----------------------------------------------------------------------------
    def assessor(self, to: Sequence[str]) -> Assessor:
        """Return the assessor for these places (alpha-2 codes or site IRIs), made once."""
        places = tuple(to)
        if places not in self._assessors:
            made = Assessor(self.book, self.setting.places, places)
            if self._assessors:
                # One judge for all: it remembers what it has judged, and places make no difference to it.
                made.judge = next(iter(self._assessors.values())).judge
            self._assessors[places] = made
        return self._assessors[places]

    def assess(self, process: str, to: Sequence[str], changes: Changes = NONE) -> Assessment:
        """Return the assessment of one process for the location classes and the places in `to`."""
        wholes = self.part_of(changes)
        family = [process, *(part for part in wholes.parts(process))]
        found = {member: self.situation(member, changes, wholes) for member in family}
        evidence = Evidence(answers={member: dict(found[member].answers) for member in family}, wholes=wholes)
        subject = self._subject(found[process], evidence, changes)
        return self.assessor(to).assess([subject], evidence)[0]

    def judge(self, process: str, places: Sequence[str], changes: Changes = NONE) -> Assessment:
        """Return an assessment for these places only: location classes by column, countries by code, sites by IRI.

        Leaves out what takes a look at other processes or other places: the office category, flags of law, and
        what is unknown in sum.
        """
        found = self.situation(process, changes, self.part_of(changes))
        subject = self._subject(found, Evidence(), changes)
        assessor = self.assessor(())
        values = {name: answer.value for name, answer in found.answers.items()}
        bases = {name: answer.basis for name, answer in found.answers.items() if answer.basis}
        answers = assessor.presumed(found.answers, values, bases)
        verdicts = tuple(assessor.verdict(self._placing(subject, place), values, bases, answers) for place in places)
        return Assessment(subject, answers, "unknown", (), verdicts, "", "", (), "")

    def placements(
        self, process: str, places: Sequence[str], changes: Changes = NONE
    ) -> tuple[Mapping[str, PlacementAnswer], ...]:
        """Return the answers to the placement criteria at each place, without judging anything by them."""
        subject = self._subject(self.situation(process, changes, self.part_of(changes)), Evidence(), changes)
        return tuple(self._placing(subject, place).criteria for place in places)

    def _placing(self, subject: Subject, place: str) -> Placing:
        served = {"languages": subject.languages, "customer": subject.customer}
        books = self.setting.places
        if place in CLASSES:
            name = CLASSES[place]
            return Placing(place, name, books.class_criteria(name, client=subject.client, **served), True)  # type: ignore[arg-type]
        criteria = books.criteria(subject.client, place, **served)  # type: ignore[arg-type]
        return Placing(place, books.location_class(subject.client, place), criteria, False)

    def _subject(self, found: Situation, evidence: Evidence, changes: Changes) -> Subject:
        process = found.process
        evidence.recorded = {process: dict(self._passing(found.cells))}
        evidence.entailed = {process: dict(found.entailed)}
        evidence.inherited = {process: dict(found.inherited)}
        ident, name = changes.new.get(process) or self.setting.who(process)
        licensed = found.cells.get(bpo("licensedWork").value)
        return subjects_of(
            [(process, ident, name)],
            evidence,
            default_client=self.setting.default_client,
            extras={},
            filled={process: self._filled(found)},
            generic=self.setting.generic & {process},
            licensed={process: any(v.value == "true" for v in licensed)} if licensed else {},
        )[0]

    def _filled(self, found: Situation) -> frozenset[str]:
        properties = {*found.cells, *found.inherited, *self.bench.read(found.own).properties}
        if not found.local:
            quads = self.setting.dataset.store.quads_for_pattern(ox.NamedNode(found.process), None, None, None)
            properties |= {quad.predicate.value for quad in quads}
        filled = {column for prop, column in self.setting.columns.items() if prop in properties}
        return frozenset(filled | ({"client_country"} if self.setting.default_client else set()))


def _facts(cells: Mapping[str, Values]) -> Iterator[Fact]:
    for prop, values in cells.items():
        for value in values:
            yield ox.NamedNode(prop), value
