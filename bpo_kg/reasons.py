"""Why, why not, what would flip it, what if, what changed: the verbs that give reasons, over one body of knowledge."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import pyoxigraph as ox

from bpo_kg.knowledge import Knowledge
from bpo_kg.scenarios import Scenario, changes_of, sentences_of, supposition, variant
from bpo_kg.suitability.absent import Absence, why_absent
from bpo_kg.suitability.assessment import CLASSES
from bpo_kg.suitability.cases import Cases
from bpo_kg.suitability.comparison import Comparison, compare
from bpo_kg.suitability.difference import Difference, difference
from bpo_kg.suitability.explanation import Explainer, Explanation
from bpo_kg.suitability.flips import Flipper
from bpo_kg.suitability.flips_told import Flips, FlipTeller
from bpo_kg.suitability.judged import judged_by
from bpo_kg.suitability.naming import Names
from bpo_kg.suitability.proof import Step
from bpo_kg.suitability.proving import Proofs
from bpo_kg.suitability.setting import setting_of
from bpo_kg.suitability.telling import Teller
from bpo_kg.suitability.triple_words import Words, read_triple
from bpo_kg.suitability.whatif import State, WhatIf, family, told, verdict_changes
from bpo_kg.suitability.whynot import Refuter, WhyNot
from bpo_kg.suitability.workbench import Workbench
from bpo_kg.vocabulary import ASSERTED, ASSESSMENT

PathLike = str | Path


class Reasons:
    """Proofs and what is built on them; the verbs are documented where users see them, on `KnowledgeGraph`."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._tables = {inventory.file for inventory in knowledge.loaded.inventories}
        self._rows = {ox.NamedNode(graph) for graph, file in knowledge.loaded.files.items() if file in self._tables}

    @property
    def _beyond_tables(self) -> bool:
        """Whether there may be more than table rows, which say by themselves that they are processes.

        Only RDF of the user's can also make one row's facts decide about another.
        """
        own = (graph for graph in self._knowledge.loaded.files if not graph.startswith(f"{ASSERTED}/bpo-kg/"))
        return not self._tables or any(ox.NamedNode(graph) not in self._rows for graph in own)

    @property
    def _names(self) -> Names:
        """What finds processes by name; what is a process may only follow from what is stated."""
        if self._beyond_tables:
            self._knowledge.closed()
        return self._knowledge.names

    @cached_property
    def cases(self) -> Cases:
        """Single processes, each assessed by itself, as it is or with facts changed."""
        closed = self._knowledge.closed if self._beyond_tables else None
        places, inventories = self._knowledge.place_book, self._knowledge.loaded.inventories
        setting = setting_of(
            self._knowledge.dataset,
            self._knowledge.book,
            places,
            inventories,
            client=self._knowledge.client,
            closed=closed,
        )
        return Cases(
            setting, Workbench(self._knowledge.dataset, self._rows, self._knowledge.ruleset, self._knowledge.book)
        )

    @cached_property
    def proofs(self) -> Proofs:
        """Finds proofs in this graph."""
        return Proofs(self.cases, self._knowledge.closed)

    def teller(self, lang: str) -> Teller:
        """Return what tells proofs in a language, "en" or "id"."""
        return Teller(
            self._knowledge.book,
            self._knowledge.view,
            self._knowledge.locator.places,
            self._knowledge.columns,
            lang,
            self._knowledge.shown,
        )

    def explain(self, process: str, *, to: str | None = None, lang: str = "en", limit: int = 1) -> Explanation:
        iri, places = (
            self._names.process(process),
            (self._knowledge.names.place(to),) if to else self._knowledge.to,
        )
        one = self.cases.assess(iri, places)
        shown = places if to else (*CLASSES, *places)
        proofs = {place: self.proofs.of(one, place, limit=limit) for place in shown}
        parts = [self.cases.assess(part, places) for part in self.cases.wholes.parts(iri)]
        return Explainer(self.teller(lang), self._knowledge.source_places).explain(one, proofs, parts)

    def prove(self, triple: Words, *, limit: int = 1) -> tuple[Step, ...]:
        found = read_triple(triple, self._names.process)
        if isinstance(found[0], ox.NamedNode) and found[0].value.startswith(ASSESSMENT):
            self._knowledge.publish(self._knowledge.judged)
        judged = judged_by(self._knowledge.view, found)
        return self.proofs.triple(found, limit) if judged is None else self.proofs.judged(found, judged, limit)

    def why_not(self, process: str, *, to: str, wanted: str | None = None, lang: str = "en") -> WhyNot:
        iri, place = self._names.process(process), to if to in CLASSES else self._knowledge.names.place(to)
        one = self.cases.assess(iri, () if place in CLASSES else (place,))
        return Refuter(self.proofs, self.teller(lang)).why_not(one, place, wanted)

    def why_absent(self, triple: Words, *, lang: str = "en") -> Absence:
        return why_absent(read_triple(triple, self._names.process), self._knowledge.closed(), self.teller(lang))

    def flips(
        self, process: str | None = None, *, to: Sequence[str] | None = None, most: int = 2, lang: str = "en"
    ) -> Flips:
        places = self._knowledge.to if to is None else tuple(self._knowledge.names.place(place) for place in to)
        flipper, told = Flipper(self.cases), FlipTeller(self.teller(lang))
        if process is not None:
            return told.one(flipper.flips(self._names.process(process), places, places=places, most=most))
        return told.many(flipper.flips(iri, places, places=places, most=most) for iri in self._own())

    def what_if(
        self,
        process: str | None = None,
        cells: Mapping[str, str] | None = None,
        *,
        scenario: Scenario | PathLike | None = None,
        to: Sequence[str] | None = None,
        lang: str = "en",
    ) -> WhatIf:
        supposed = supposition(process, cells, scenario)
        places = self._places_of(supposed, to)
        before, after = self.state(lang), self._supposed(supposed, lang)
        reach = family(self.cases, after.changes) if supposed.facts_only else self._own()
        reach = list(dict.fromkeys((*reach, *after.changes.new)))
        verdicts = verdict_changes(before, after, reach, places)
        return told(supposed.name, sentences_of(supposed, before, after), verdicts, before, after)

    def compare(
        self, scenarios: Sequence[Scenario | PathLike], *, to: Sequence[str] | None = None, lang: str = "en"
    ) -> Comparison:
        supposed = [supposition(None, None, scenario) for scenario in scenarios]
        places = self._places_of(supposed[0], to)
        base = self.state(lang)
        states = {base.teller.say("asItIs"): base, **{s.name: self._supposed(s, lang) for s in supposed}}
        new = [iri for state in states.values() for iri in state.changes.new]
        return compare(states, dict.fromkeys((*self._own(), *new)), places)

    def diff(self, newer: Knowledge, *, names: tuple[str, str] = ("old", "new"), lang: str = "en") -> Difference:
        self._knowledge.infer()
        newer.infer()
        other = Reasons(newer)
        processes = dict.fromkeys((*other._own(), *self._own()))
        return difference(self.state(lang), other.state(lang), names, processes, newer.to)

    def state(self, lang: str = "en") -> State:
        """Return this graph as one of the states that changes are told between."""
        return State(self.proofs, self.teller(lang))

    def _supposed(self, supposed: Scenario, lang: str) -> State:
        """Return this graph with a scenario laid over it; nothing is written here."""
        changes = changes_of(supposed, self._knowledge.loaded, self._names.process)
        graph = (
            self
            if supposed.facts_only
            else Reasons(Knowledge(variant(self._knowledge.loaded, supposed), client=self._knowledge.client))
        )
        return State(graph.proofs, graph.teller(lang), changes)

    def _own(self) -> list[str]:
        """Return the IRIs of the client's own processes, in input order."""
        return [iri for iri in self._names.processes() if iri not in self.cases.setting.generic]

    def _places_of(self, supposed: Scenario, to: Sequence[str] | None) -> tuple[str, ...]:
        return (
            self._knowledge.to
            if not (to or supposed.to)
            else tuple(self._knowledge.names.place(p) for p in (to or supposed.to))
        )
