"""Trace a fact about a process to where it comes from: its own cell, a whole's or part's, a model, an option.

Also says which cells an answer about a placement hangs on: the client's country, the languages, the customers.
"""

from collections.abc import Callable, Mapping

import pyoxigraph as ox

from bpo_kg.reasoning import Proof
from bpo_kg.store.dataset import Triple
from bpo_kg.suitability.answers import PLACING
from bpo_kg.suitability.assessment import CLASSES, PlaceVerdict, Subject
from bpo_kg.suitability.cases import Cases, Changes, Situation
from bpo_kg.suitability.place_records import Asked, recorded_facts
from bpo_kg.suitability.places import PlacementAnswer
from bpo_kg.suitability.proof import ASSERTED, CHANGED, HINT, OPTION, PASSED, Step
from bpo_kg.suitability.rulebook import bpo
from bpo_kg.suitability.wholes import Wholes
from bpo_kg.suitability.workbench import STAND_IN, renamed
from bpo_kg.vocabulary import COUNTRY

_PART_OF = bpo("directPartOf")


class CellSteps:
    """Steps for the facts of one process in one situation."""

    def __init__(self, cases: Cases, situation: Situation, changes: Changes, wholes: Wholes) -> None:
        self._cases = cases
        self._situation = situation
        self._changes = changes
        self._wholes = wholes

    def leaf(self, triple: Triple, graph: ox.NamedNode | None) -> Step:
        """Return the step for a fact that a proof takes as given."""
        subject, prop, value = triple
        process = self._situation.process
        if not isinstance(subject, ox.NamedNode) or subject.value != process or isinstance(value, ox.BlankNode):
            return self.stated(triple, graph)
        if value in self._situation.cells.get(prop.value, ()):
            return self.stated(triple, graph)
        if (prop, value) in self._situation.passed:
            return self._passed(prop, value)
        return Step(HINT, triple, process=process)

    def stated(self, triple: Triple, graph: ox.NamedNode | None = None) -> Step:
        """Return the leaf for a triple that a source states, or that is supposed."""
        subject, prop, value = triple
        if isinstance(subject, ox.NamedNode):
            changed = self._changes.cells.get(subject.value, {}).get(prop.value, frozenset())
            if value in changed and value not in self._cases.cells(subject.value).get(prop.value, ()):
                return Step(CHANGED, triple, process=subject.value)
        graphs = self._cases.setting.dataset.sources_of(triple)
        return Step(ASSERTED, triple, graph=graphs[0] if graphs else graph)

    def _passed(self, prop: ox.NamedNode, value: ox.NamedNode | ox.Literal) -> Step:
        """Return the step by which a fact passed from a whole or part."""
        process = self._situation.process
        via = self._situation.inherited[prop.value].via
        chain = _path(process, via, self._wholes.parents)
        if chain is None:
            chain = _path(via, process, self._wholes.parents) or []
        links = [self.stated((ox.NamedNode(part), _PART_OF, ox.NamedNode(whole))) for part, whole in chain]
        cell = self.stated((ox.NamedNode(via), prop, value))
        return Step(PASSED, (ox.NamedNode(process), prop, value), (*links, cell), process=process)

    # --- placements ------------------------------------------------------------------------------
    def placing(self, subject: Subject, verdict: PlaceVerdict, name: str) -> tuple[Step, ...]:
        """Return the cells that an answer about a placement hangs on, and no others."""
        known = {"languages": subject.languages, "customer": subject.customer, "client": subject.client}
        wanted = verdict.placement[name]
        for cell in PLACING:
            if known[cell] is not None:
                without = self._answer({**known, cell: None}, verdict.place, name)
                if (without.value, without.basis) == (wanted.value, wanted.basis):
                    known[cell] = None
        steps: list[Step] = []
        for cell in reversed(PLACING):
            if known[cell] is not None:
                steps += self._inputs(cell, subject)
        place = verdict.place if verdict.place not in CLASSES else subject.client
        if place is not None and (verdict.place not in CLASSES or CLASSES[verdict.place] == "sameCountry"):
            asked = Asked(name, subject.client, place, subject.languages, subject.customer)
            books = self._cases.setting.places
            steps += [self.stated(triple) for triple in books.once(recorded_facts, books, self._cases.view, asked)]
        return tuple(steps)

    def _answer(self, known: Mapping[str, object], place: str, name: str) -> PlacementAnswer:
        places = self._cases.setting.places
        given = {"languages": known["languages"], "customer": known["customer"]}
        if place in CLASSES:
            return places.class_criteria(CLASSES[place], client=known["client"], **given)[name]  # type: ignore[arg-type]
        return places.criteria(known["client"], place, **given)[name]  # type: ignore[arg-type]

    def _inputs(self, cell: str, subject: Subject) -> list[Step]:
        prop = ox.NamedNode(PLACING[cell])
        own = self._situation.cells.get(prop.value)
        node = ox.NamedNode(subject.iri)
        if own:
            return [self.stated((node, prop, value)) for value in sorted(own, key=str)]
        entailed = self._situation.entailed.get(prop.value)
        if entailed:
            return [self._entailed((node, prop, value)) for value in sorted(entailed, key=str)]
        inherited = self._situation.inherited.get(prop.value)
        if inherited:
            return [self._passed(prop, value) for value in sorted(inherited.values, key=str)]
        return [Step(OPTION, (node, prop, ox.NamedNode(f"{COUNTRY}{subject.client}")), process=subject.iri)]

    def _entailed(self, triple: Triple) -> Step:
        """Return the step by which a value follows from the facts of the process, or from others' facts."""
        node, prop, value = triple
        proofs = self._cases.bench.prove(self._situation.own, (STAND_IN, prop, value))
        return owl_step(renamed(proofs[0], node), self.leaf) if proofs else self.stated(triple)  # type: ignore[arg-type]


def owl_step(proof: Proof, leaf: Callable[[Triple, ox.NamedNode | None], Step] | None = None) -> Step:
    """Return a reasoner's proof as steps; `leaf` says what an asserted triple comes from."""
    if proof.asserted:
        return Step(ASSERTED, proof.triple, graph=proof.graph) if leaf is None else leaf(proof.triple, proof.graph)
    return Step(
        proof.kind, proof.triple, tuple(owl_step(premise, leaf) for premise in proof.premises), axioms=proof.axioms
    )


def _path(start: str, end: str, parents: Mapping[str, object]) -> list[tuple[str, str]] | None:
    """Return the part-of links from a part up to one of its wholes, the shortest way, or None if there is none."""
    came: dict[str, str] = {start: ""}
    level = [start]
    while level and end not in came:
        upper = []
        for part in level:
            for whole in parents.get(part, ()):  # type: ignore[attr-defined]
                if whole not in came:
                    came[whole] = part
                    upper.append(whole)
        level = upper
    if end not in came or start == end:
        return None
    links = []
    here = end
    while here != start:
        links.append((came[here], here))
        here = came[here]
    return links[::-1]
