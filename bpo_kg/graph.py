"""KnowledgeGraph: the verbs, on one screen. All that the shells and a Python user see.

Each verb does what it needs first: `assess` reasons, `query` and `ask` assess. Nothing is done twice, and
nothing that was not asked for is loaded, so a small inventory is answered in a fraction of a second.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from bpo_kg.export import serialise
from bpo_kg.loading import (
    COUNTRIES_GRAPH,
    Loaded,
    load_countries,
    load_data,
    load_places,
    load_rules,
    load_shipped,
    mentioned_countries,
)
from bpo_kg.locating import Locator
from bpo_kg.questions import find_question, typed_values
from bpo_kg.reasoning import Clash, Closure, RuleSet, axiom_quads, rules_of
from bpo_kg.resources import data_folder
from bpo_kg.scenarios import Scenario, changes_of, sentences_of, supposition, variant
from bpo_kg.sources.facts import Finding, Place
from bpo_kg.sources.recording import column_properties, hint_triples
from bpo_kg.store.dataset import Dataset, Part, Triple
from bpo_kg.store.view import View
from bpo_kg.suitability.absent import Absence, why_absent
from bpo_kg.suitability.answers import Evidence, gather
from bpo_kg.suitability.assessment import CLASSES, Assessment, Assessor, subjects_of
from bpo_kg.suitability.cases import Cases
from bpo_kg.suitability.comparison import Comparison, compare
from bpo_kg.suitability.difference import Difference, difference
from bpo_kg.suitability.explanation import Explainer, Explanation
from bpo_kg.suitability.flips import Flipper
from bpo_kg.suitability.flips_told import Flips, FlipTeller
from bpo_kg.suitability.naming import Names
from bpo_kg.suitability.proof import Step
from bpo_kg.suitability.proving import Proofs, judged_by
from bpo_kg.suitability.rows import AssessmentTable, short
from bpo_kg.suitability.rulebook import Rulebook, bpo, read_rulebook
from bpo_kg.suitability.setting import setting_of
from bpo_kg.suitability.telling import Teller
from bpo_kg.suitability.triple_words import Words, read_triple
from bpo_kg.suitability.triples import assessed_quads
from bpo_kg.suitability.whatif import State, WhatIf, family, told, verdict_changes
from bpo_kg.suitability.wholes import Clash as WholeClash
from bpo_kg.suitability.whynot import Refuter, WhyNot
from bpo_kg.suitability.workbench import Workbench
from bpo_kg.vocabulary import ASSERTED, ASSESSED, ASSESSMENT, OWL, PREFIXES, RDF, shorten

if TYPE_CHECKING:
    from rdflib import Graph

    from bpo_kg.store.terms import Rows
    from bpo_kg.suitability.matching import Match
    from bpo_kg.suitability.places import PlaceBook

PathLike = str | Path
_SHOWN = 12
"""How many triples of a contradiction are named in one finding."""
_ALL_SITES = "sites"
"""In a question's list of places to judge: every recorded site, matched to the question's process."""


def load(
    *data: PathLike,
    rules: Sequence[PathLike] = (),
    places: Sequence[PathLike] = (),
    onet: PathLike | None = None,
    evidence: bool = True,
    client: str | None = None,
    to: Sequence[str] = (),
    mapping: Mapping[str, str] | None = None,
    store: ox.Store | None = None,
) -> "KnowledgeGraph":
    """Load the shipped ontology and the given files.

    Args:
        data: inventories (CSV, XLSX, ODS), BPMN models, RDF; by extension.
        rules: RDF files with rules that add to, replace or disable the shipped ones.
        places: tables of places (wages, sites, adequacy) that override the packages' country facts.
        onet: folder of published O*NET tables to assess occupations from.
        evidence: False leaves out published measures and whatever rests on the editors' judgement.
        client: alpha-2 code of the client's country, for processes that name none.
        to: countries (alpha-2) or sites to judge delivery from.
        mapping: table header to inventory column, for tables with other headers.
        store: load into this store, besides what it holds already.

    Raises:
        SourceError: a file cannot be read at all.
        UnknownThing: `client` or `to` names no country.
    """
    loaded = load_shipped(evidence=evidence, store=store)
    load_rules(loaded, rules)
    load_places(loaded, places)
    load_data(loaded, data, mapping=mapping, onet=onet)
    return KnowledgeGraph(loaded, client=client, to=to)


class KnowledgeGraph:
    """Processes, places and rules, and the verbs on them. Make one with `bpo_kg.load`."""

    def __init__(self, loaded: Loaded, *, client: str | None = None, to: Sequence[str] = ()) -> None:
        self.loaded = loaded
        self.dataset: Dataset = loaded.dataset
        self.findings: list[Finding] = loaded.findings
        self._view = View(self.dataset.store)
        self._names = Names(self._view, loaded.inventories)
        self._places: PlaceBook | None = None
        self.client = self._names.country(client) if client else None
        self.to = tuple(dict.fromkeys(self._names.place(place) for place in to))
        self.shown = ("", "")
        """What paths begin with, and what a reader is shown instead: a revision is unpacked somewhere."""
        self._ruleset: RuleSet | None = None
        self._clashes: list[Clash] = []
        self._closed = self._all_countries = self._published = False
        self._book: Rulebook | None = None
        self._evidence: Evidence | None = None
        self._assessor: Assessor | None = None
        self._assessed: dict[str, Assessment] = {}

    def follow(self) -> None:
        """Bring inferred and assessed triples in step with asserted ones that were changed from outside."""
        self.forget()
        self._closed = self._all_countries = self._published = False
        self.publish()

    def forget(self, store: ox.Store | None = None) -> None:
        """Forget what was remembered of a store whose triples have changed from outside.

        Args:
            store: the store to use from now on, if it is another one.
        """
        if store is not None:
            self.dataset.store = store
        self.loaded.inventories.clear()  # from now on the triples are the record
        for remembered in ("source_places", "locator", "_columns", "closure", "cases", "proofs"):
            self.__dict__.pop(remembered, None)
        self._view = View(self.dataset.store)
        self._names = Names(self._view)
        self._ruleset = self._book = self._evidence = self._assessor = self._places = None

    # --- reason ----------------------------------------------------------------------------------
    @property
    def ruleset(self) -> RuleSet:
        """The OWL axioms at hand, compiled."""
        if self._ruleset is None:
            self._ruleset = rules_of(self.dataset)
        return self._ruleset

    @property
    def book(self) -> Rulebook:
        """The decision table."""
        if self._book is None:
            self._book = read_rulebook(self._view)
            self.findings += self._book.findings
        return self._book

    def reason(self) -> list[Clash]:
        """Materialise what follows from everything asserted, all countries included; return the contradictions."""
        self._materialise(all_countries=True)
        return self._clashes

    def _materialise(self, *, all_countries: bool) -> None:
        """Assert the facts of the countries that matter and close the graph, unless that has been done.

        Judging an inventory needs only the countries it names; queries may ask about any.
        """
        if self._closed and (self._all_countries or not all_countries):
            return
        named = None if all_countries else mentioned_countries(self.loaded) | {p for p in self.to if len(p) == 2}
        load_countries(
            self.loaded, None if named is None else sorted(named | ({self.client} if self.client else set()))
        )
        self._closed, self._all_countries = True, all_countries
        self._clashes = self.closure.run()

    @cached_property
    def closure(self) -> Closure:
        """The reasoner over this graph."""
        return Closure(self.dataset, self.ruleset)

    def closed(self) -> Closure:
        """Return the reasoner over this graph, closed as far as judging its processes needs."""
        self._materialise(all_countries=False)
        return self.closure

    @cached_property
    def locator(self) -> Locator:
        """Says where asserted triples stand in their files."""
        return Locator(self.loaded)

    def contradictions(self, *, reasoner: str = "rl") -> list[Finding]:
        """Return what contradicts what, as findings with their places.

        Args:
            reasoner: "rl", or "hermit" for the complete OWL 2 DL check, which needs Java.
        """
        clashes = self.reason()
        found = [
            Finding(self._where(clash.support or clash.triples), "error", f"contradiction-{clash.kind}", clash.message)
            for clash in clashes
        ]
        return found + self._second_opinion() if reasoner == "hermit" else found

    def _second_opinion(self) -> list[Finding]:
        """Ask HermiT, the DL module included, which also sees what OWL 2 RL cannot."""
        from bpo_kg.reasoning.hermit import Hermit
        from bpo_kg.reasoning.hermit_text import tell

        module = list(ox.parse(path=data_folder("ontology") / "bpo-dl.ttl", format=ox.RdfFormat.TURTLE))
        graphs = self.dataset.asserted_graphs()
        declared = self.dataset.quads(None, ox.NamedNode(RDF + "type"), ox.NamedNode(OWL + "Class"))
        own = [g for g in graphs if not g.value.startswith(f"{ASSERTED}/bpo-kg/")]
        # The other shipped files describe individuals; their long lists of differences only slow classification down.
        terms = [ox.NamedNode(f"{ASSERTED}/bpo-kg/bpo"), *own]
        axioms = [*axiom_quads(self.dataset.store, terms), *declared, *module]
        given = [*axioms, *(q for g in own for q in self.dataset.store.quads_for_pattern(None, None, None, g))]
        # Facts that packages state of 249 countries hold no axiom that they could break.
        told_graphs = [g for g in graphs if g.value != COUNTRIES_GRAPH]
        everything = [
            q for g in told_graphs for q in self.dataset.store.quads_for_pattern(None, None, None, g)
        ] + module
        hermit = Hermit()
        # Consistency is asked of everything, which is quick. Classes are classified without the individuals, which is
        # not; and a contradiction is looked for where it probably is, between the axioms and what the user gave.
        first = hermit.first_inconsistent([tell(_triples(given)).triples(), tell(_triples(everything)).triples()])
        told = hermit.classify(_triples((given, everything)[first] if first is not None else axioms))
        found = []
        if not told.consistent:
            listed = self._listed(told.conflict)
            found.append(
                Finding(self._where(told.conflict), "error", "contradiction-dl", {
                    "en": f"these triples cannot all hold: {listed}",
                    "id": f"tripel-tripel ini tidak mungkin semuanya benar: {listed}",
                })
            )  # fmt: skip
        for cls in told.unsatisfiable:
            found.append(
                Finding(Place(shorten(cls)), "error", "unsatisfiable-class", {
                    "en": f"{shorten(cls)} can have no member",
                    "id": f"{shorten(cls)} tidak mungkin memiliki anggota",
                })
            )  # fmt: skip
        return found

    def _listed(self, triples: Sequence[Triple]) -> str:
        """Return triples as text, the user's own first; a search that was cut short leaves more than anyone reads."""
        shipped = {ox.NamedNode(g) for g in self.loaded.files if g.startswith(f"{ASSERTED}/bpo-kg/")}
        ordered = sorted(triples, key=lambda t: bool(shipped & set(self.dataset.sources_of(t))))
        shown = "; ".join(" ".join(_readable(term) for term in triple) for triple in ordered[:_SHOWN])
        return shown if len(ordered) <= _SHOWN else f"{shown}; … (+{len(ordered) - _SHOWN})"

    def _where(self, triples: Iterable[Triple]) -> Place:
        """Return the place of the first of some triples that stands in a user's file, else of the first."""
        places = self.locator.places(triples)
        shipped = str(data_folder("ontology"))
        own = [place for place in places if not place.file.startswith(shipped)]
        return min(own or places, default=Place(""))

    def refusals(self) -> list[Finding]:
        """Return the axioms that lie outside OWL 2 RL, and what is lost by each."""
        places = self.locator.places(refusal.axiom.triple for refusal in self.ruleset.refusals)
        return [
            Finding(place, "warning", "outside-owl-rl", refusal.lost)
            for place, refusal in zip(places, self.ruleset.refusals, strict=True)
        ]

    def _asserted(self) -> list[ox.Quad]:
        return [
            q for g in self.dataset.asserted_graphs() for q in self.dataset.store.quads_for_pattern(None, None, None, g)
        ]

    def _consequences(self, further: Iterable[ox.Triple]) -> ox.Store:
        """Return a store with everything that holds once `further` facts are added, leaving this graph as it is."""
        scratch = Dataset()
        scratch.add(self._asserted())
        scratch.add(further, f"{ASSERTED}/further")
        Closure(scratch, self.ruleset).run()
        return scratch.store

    def publish(self) -> None:
        """Put everything that queries see into the graph: what follows, and the verdicts for the places in `to`."""
        self.reason()
        self._publish(self.to)

    # --- assess ----------------------------------------------------------------------------------
    def assess(self, *, to: Sequence[str] | None = None, generic: bool = False) -> AssessmentTable:
        """Answer the criteria of every process, and judge each location class and each place in `to`.

        Args:
            to: countries (alpha-2 or name) or sites, from now on; those given to `load` when left out.
            generic: include the catalogue's generic processes as rows.

        Returns:
            One row per process in input order; queries see the same answers and verdicts as triples.
        """
        if to is not None:
            self.to = tuple(dict.fromkeys(self._names.place(place) for place in to))
        places = self.to
        found = self._judge(places)
        rows = tuple(found[iri] for iri in self._names.processes() if generic or not found[iri].subject.generic)
        return AssessmentTable(
            assessments=rows,
            to=places,
            extra=tuple(dict.fromkeys(c for inventory in self.loaded.inventories for c in inventory.extra_columns)),
            findings=tuple(self.findings),
            book=self.book,
            source_places=self.source_places,
        )

    @cached_property
    def source_places(self) -> dict[tuple[str, str], str]:
        """Where each recorded or suggested cell stands: (process IRI, property IRI) to "file:line:column"."""
        columns = column_properties(View(self.dataset.store))
        return {
            (record.iri, columns[column].value): str(place)
            for inventory in self.loaded.inventories
            for record in inventory.records
            for column, place in record.places.items()
            if column in columns
        }

    def _judge(self, places: tuple[str, ...]) -> dict[str, Assessment]:
        """Return assessments by IRI for these places."""
        if self._assessor is None or places != self._assessor.to:
            self._assessor = Assessor(self.book, self._place_book(), places)
            self._assessed = self._run(self._assessor)
            self._published = False
        return self._assessed

    def _publish(self, places: tuple[str, ...]) -> None:
        """Bring the assessed graph in step with the verdicts for these places.

        A table of verdicts does not need it, so it waits until somebody queries or exports.
        """
        from bpo_kg.suitability.place_triples import place_quads

        found = self._judge(places).values()
        if not self._published:
            self.dataset.clear(ASSESSED)
            self.dataset.add(list(assessed_quads(found, self.book, self.source_places)))
            self.dataset.add(list(place_quads(self._place_book(), found, places)))
            self._published = True

    def _run(self, assessor: Assessor) -> dict[str, Assessment]:
        order = self._names.processes()
        records = {record.iri: record for inventory in self.loaded.inventories for record in inventory.records}
        evidence = self.evidence
        subjects = subjects_of(
            [
                (iri, records[iri].id, records[iri].name)
                if iri in records
                else (iri, short(iri), self._names.label(iri))
                for iri in order
            ],
            evidence,
            default_client=self.client,
            extras={iri: record.extra for iri, record in records.items()},
            filled={iri: self._filled(iri, evidence) for iri in order},
            generic=frozenset(node.value for node in self._view.members(bpo("GenericProcess"))),
            licensed={
                quad.subject.value: quad.object.value == "true"
                for quad in self._view.quads(None, bpo("licensedWork"), None)
                if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.Literal)
            },
        )
        return {one.subject.iri: one for one in assessor.assess(subjects, evidence)}

    def _filled(self, iri: str, evidence: Evidence) -> frozenset[str]:
        """Return the inventory columns that need not be asked for: recorded for the process, or inherited by it."""
        props = {*evidence.recorded.get(iri, ()), *evidence.inherited.get(iri, ())}
        own = {self._columns[prop] for prop in props if prop in self._columns}
        own |= {column for prop, column in self._columns.items() if self._has(iri, prop)}
        return frozenset(own | ({"client_country"} if self.client else set()))

    def _has(self, iri: str, prop: str) -> bool:
        return next(self._view.quads(ox.NamedNode(iri), ox.NamedNode(prop), None), None) is not None

    @cached_property
    def _columns(self) -> dict[str, str]:
        """Inventory column by property IRI."""
        return {prop.value: column for column, prop in column_properties(self._view).items()}

    @property
    def evidence(self) -> Evidence:
        """What facts, models, measures and the catalogue say of every process."""
        if self._evidence is None:
            self._materialise(all_countries=False)
            hints = hint_triples(self.loaded.inventories, column_properties(self._view))
            asserted = View(self.dataset.store, tuple(self.dataset.asserted_graphs()))
            self._evidence = gather(
                self.dataset.store, asserted, self.book, self._names.processes(), self._consequences, hints
            )
            self.findings += [self._clash_finding(clash) for clash in self._evidence.clashes]
        return self._evidence

    def _clash_finding(self, clash: WholeClash) -> Finding:
        column = self._view.text(ox.NamedNode(clash.property), bpo("column")) or shorten(clash.property)
        whole, part = self._names.label(clash.process), self._names.label(clash.other)
        place = self._place_of_cell(clash.other, clash.property)
        return Finding(place, "warning", "whole-part-clash", {
            "en": f"{column}: “{part}” and the whole or sibling “{whole}” record values that cannot both hold; "
                  "what would be inherited counts as unknown",
            "id": f"{column}: “{part}” dan “{whole}” mencatat nilai yang tidak mungkin keduanya benar; "
                  "nilai yang diwariskan dianggap belum diketahui",
        })  # fmt: skip

    def _place_of_cell(self, process: str, prop: str) -> Place:
        column = self._view.text(ox.NamedNode(prop), bpo("column")) or ""
        for inventory in self.loaded.inventories:
            for record in inventory.records:
                if record.iri == process:
                    return record.places.get(column, record.place)
        return Place(short(process))

    def _place_book(self) -> "PlaceBook":
        if self._places is None:
            from bpo_kg.suitability.countries import load_countries as facts
            from bpo_kg.suitability.places import PlaceBook
            from bpo_kg.suitability.sites import read_overrides
            from bpo_kg.suitability.thresholds import read_thresholds

            store = self.dataset.store
            self._places = PlaceBook(facts(), read_thresholds(store), read_overrides(store))
        return self._places

    # --- explain ---------------------------------------------------------------------------------
    def explain(self, process: str, *, to: str | None = None, lang: str = "en", limit: int = 1) -> Explanation:
        """Return why a process got its answers and verdicts, as sentences, as data and as proofs.

        Args:
            process: IRI, CURIE, id or label.
            to: one country or site; all location classes and places when left out.
            lang: "en" or "id".
            limit: how many proofs of each verdict to look for; the shortest comes first.

        Raises:
            UnknownThing: no such process or place.
        """
        iri, places = self._names.process(process), (self._names.place(to),) if to else self.to
        one = self.cases.assess(iri, places)
        shown = places if to else (*CLASSES, *places)
        proofs = {place: self.proofs.of(one, place, limit=limit) for place in shown}
        parts = [self.cases.assess(part, places) for part in self.cases.wholes.parts(iri)]
        return Explainer(self.teller(lang), self.source_places).explain(one, proofs, parts)

    @cached_property
    def cases(self) -> Cases:
        """Single processes, each assessed by itself, as it is or with facts changed."""
        tables = {inventory.file for inventory in self.loaded.inventories}
        rows = {ox.NamedNode(graph) for graph, file in self.loaded.files.items() if file in tables}
        own = [g for g in self.loaded.files if not g.startswith(f"{ASSERTED}/bpo-kg/") and ox.NamedNode(g) not in rows]
        # Tables cannot hold anything that makes one row's facts decide about another; the user's RDF can.
        closed = self.closed if own or not tables else None
        places, inventories = self._place_book(), self.loaded.inventories
        setting = setting_of(self.dataset, self.book, places, inventories, client=self.client, closed=closed)
        return Cases(setting, Workbench(self.dataset, rows, self.ruleset, self.book))

    @cached_property
    def proofs(self) -> Proofs:
        """Finds proofs in this graph."""
        return Proofs(self.cases, self.closed)

    def teller(self, lang: str) -> Teller:
        """Return what tells proofs in a language, "en" or "id"."""
        return Teller(self.book, self._view, self.locator.places, self._columns, lang, self.shown)

    def prove(self, triple: Words, *, limit: int = 1) -> tuple[Step, ...]:
        """Return up to `limit` proofs of a triple, asserted, inferred or assessed; the shortest first.

        Args:
            triple: subject, predicate, object: terms, or IRIs, CURIEs, ids and labels as text.

        Returns:
            Minimal proofs down to asserted triples; nothing if the triple does not hold.
        """
        found = read_triple(triple, self._names.process)
        if isinstance(found[0], ox.NamedNode) and found[0].value.startswith(ASSESSMENT):
            self._publish(self.to if self._assessor is None else self._assessor.to)
        judged = judged_by(self._view, found)
        return self.proofs.triple(found, limit) if judged is None else self.proofs.judged(found, judged, self.to, limit)

    def why_not(self, process: str, *, to: str, wanted: str | None = None, lang: str = "en") -> WhyNot:
        """Return what keeps a process from a grade at a place, the nearest miss first.

        Args:
            process: IRI, CURIE, id or label.
            to: country, site, or column of a location class.
            wanted: a grade, such as "favoured"; any better one than it has when left out.
            lang: "en" or "id".
        """
        iri, place = self._names.process(process), to if to in CLASSES else self._names.place(to)
        one = self.cases.assess(iri, () if place in CLASSES else (place,))
        return Refuter(self.proofs, self.teller(lang)).why_not(one, place, wanted)

    def why_absent(self, triple: Words, *, lang: str = "en") -> Absence:
        """Return what would have given a triple that does not follow, the nearest axiom first."""
        return why_absent(read_triple(triple, self._names.process), self.closed(), self.teller(lang))

    def flips(
        self, process: str | None = None, *, to: Sequence[str] | None = None, most: int = 2, lang: str = "en"
    ) -> Flips:
        """Return the smallest changes of facts that turn verdicts, and what to ask next; for all rows if none is named.

        Args:
            process: IRI, CURIE, id or label.
            to: countries or sites; those given to `load`, else the location classes, when left out.
            most: up to how many facts are changed at once, 1 or 2.
            lang: "en" or "id".
        """
        places = self.to if to is None else tuple(self._names.place(place) for place in to)
        flipper, told = Flipper(self.cases), FlipTeller(self.teller(lang))
        if process is not None:
            return told.one(flipper.flips(self._names.process(process), places, places=places, most=most))
        return told.many(flipper.flips(iri, places, places=places, most=most) for iri in self._rows())

    def what_if(
        self,
        process: str | None = None,
        cells: Mapping[str, str] | None = None,
        *,
        scenario: Scenario | PathLike | None = None,
        to: Sequence[str] | None = None,
        lang: str = "en",
    ) -> WhatIf:
        """Return the verdicts that change if facts, rules or places were other than they are, each with both proofs.

        Args:
            process: IRI, CURIE, id or label of the process whose cells are supposed.
            cells: text by inventory column, as a table would have it; empty text means unknown.
            scenario: a scenario or its file, instead of cells or besides them.
            to: countries or sites; the scenario's, else those given to `load`, else the location classes.
            lang: "en" or "id".
        """
        supposed = supposition(process, cells, scenario)
        places = self._places_of(supposed, to)
        before, after = self.state(lang), self._supposed(supposed, lang)
        reach = family(self.cases, after.changes) if supposed.facts_only else self._rows()
        reach = list(dict.fromkeys((*reach, *after.changes.new)))
        verdicts = verdict_changes(before, after, reach, places)
        return told(supposed.name, sentences_of(supposed, before, after), verdicts, before, after)

    def compare(
        self, scenarios: Sequence[Scenario | PathLike], *, to: Sequence[str] | None = None, lang: str = "en"
    ) -> Comparison:
        """Return scenarios side by side: the verdicts that are not the same in all, and as things are."""
        supposed = [supposition(None, None, scenario) for scenario in scenarios]
        places = self._places_of(supposed[0], to)
        base = self.state(lang)
        states = {base.teller.say("asItIs"): base, **{s.name: self._supposed(s, lang) for s in supposed}}
        new = [iri for state in states.values() for iri in state.changes.new]
        return compare(states, dict.fromkeys((*self._rows(), *new)), places)

    def diff(self, newer: "KnowledgeGraph", *, names: tuple[str, str] = ("old", "new"), lang: str = "en") -> Difference:
        """Return what this graph and a newer one come to differently: verdicts and inferences, each with its causes.

        Args:
            newer: the graph to compare with, loaded for the same places.
            names: what to call the two.
            lang: "en" or "id".
        """
        self.reason()
        newer.reason()
        processes = dict.fromkeys((*newer._rows(), *self._rows()))
        return difference(self.state(lang), newer.state(lang), names, processes, newer.to)

    def state(self, lang: str = "en") -> State:
        """Return this graph as one of the states that changes are told between."""
        return State(self.proofs, self.teller(lang))

    def _supposed(self, supposed: Scenario, lang: str) -> State:
        """Return this graph with a scenario laid over it; nothing is written here."""
        changes = changes_of(supposed, self.loaded, self._names.process)
        graph = self if supposed.facts_only else KnowledgeGraph(variant(self.loaded, supposed), client=self.client)
        return State(graph.proofs, graph.teller(lang), changes)

    def _rows(self) -> list[str]:
        """Return the IRIs of the client's own processes, in input order."""
        return [iri for iri in self._names.processes() if iri not in self.cases.setting.generic]

    def _places_of(self, supposed: Scenario, to: Sequence[str] | None) -> tuple[str, ...]:
        return self.to if not (to or supposed.to) else tuple(self._names.place(p) for p in (to or supposed.to))

    # --- query and export ------------------------------------------------------------------------
    def select(self, sparql: str, *, judged: bool = False) -> Any:
        """Run a SPARQL query over everything; return the store's own result.

        Args:
            sparql: the query.
            judged: leave the assessed graph as it is (a question has had its own places judged).
        """
        self.reason()
        if not judged:
            self._publish(self.to)
        return self.dataset.query(sparql, prefixes=PREFIXES)

    def query(self, sparql: str) -> "Rows | bool | Graph":
        """Run a SPARQL 1.1 query over asserted, inferred and assessed triples merged.

        Prefixes of this ontology and the usual ones need no declaration.

        Returns:
            SELECT: rows of rdflib terms by variable name; ASK: bool; CONSTRUCT and DESCRIBE: an rdflib Graph.

        Raises:
            QueryError: not SPARQL; the message says where.
        """
        from bpo_kg.store.terms import result_of

        return result_of(self.select(sparql))

    def question(self, name: str, parameters: Mapping[str, str]) -> str:
        """Return the SPARQL of a catalogued question with its parameters bound, its places judged.

        Raises:
            QueryError: no such question or parameter, or a value of the wrong type.
            UnknownThing: a value names nothing.
        """
        question = find_question(name)
        values = typed_values(question, parameters, self._find)
        optional = {p.name for p in question.parameters}
        asked = [values[p].value if p in values else p for p in question.assess if p in values or p not in optional]
        if _ALL_SITES in asked:
            self.match_sites(values["process"].value)
        else:
            self._publish(tuple(dict.fromkeys((*self.to, *(self._names.place(p) for p in asked)))))
        return question.bind(values)

    def match_sites(self, process: str) -> "tuple[Match, ...]":
        """Say which of the recorded sites fit a process, and why each other one drops out.

        Args:
            process: IRI, CURIE, id or label.

        Returns:
            Sites that fit, then those with something open, then those that drop out; the same stands in the assessed
            graph until other places are judged.
        """
        from bpo_kg.suitability.matching import match
        from bpo_kg.suitability.needs import grade_of, need_of
        from bpo_kg.suitability.place_triples import match_triples

        iri = self._names.process(process)
        places = self._place_book()
        sites = tuple(places.overrides.sites)
        one = self._judge(tuple(dict.fromkeys((*self.to, *sites))))[iri]
        grades = {v.place: grade_of(v, self.book) for v in one.places if v.place in places.overrides.sites}
        found = match(places, need_of(self._view, one, self.evidence), sites, grades=grades)
        self.dataset.add(list(match_triples(iri, found)), ASSESSED)
        return found

    def _find(self, name: str, cls: str | None) -> str:
        return self._names.country(name) if cls == "country" else self._names.thing(name, cls)

    def ask(self, name: str, /, **parameters: str) -> "Rows | bool | Graph":
        """Answer a catalogued question; `bpo_kg.questions.catalogue()` lists them.

        Parameters are texts: an IRI, CURIE, id or label for a thing, a code or name for a country.
        """
        from bpo_kg.store.terms import result_of

        self.reason()
        return result_of(self.dataset.query(self.question(name, parameters), prefixes=PREFIXES))

    def objects(self) -> Any:
        """Return an `owlready2.World` with everything asserted and inferred, as Python classes and individuals."""
        from bpo_kg.reasoning.objects import open_world

        self.reason()
        return open_world([*self.dataset.triples(part="asserted"), *self.dataset.triples(part="inferred")])

    def export(self, part: Part = "all", format: str = "ttl") -> bytes:
        """Return a part of the graph in an RDF format: ttl, nt, nq, trig, jsonld or rdfxml.

        *asserted* is what was given and shipped, *inferred* what follows from it, *assessed* the answers and
        verdicts. The same input gives the same bytes.
        """
        self.reason()
        if part in ("assessed", "all"):
            self._publish(self.to)
        return serialise(self.dataset, part, format)


def _readable(term: object) -> str:
    return shorten(term.value) if isinstance(term, ox.NamedNode) else str(term)


def _triples(quads: Iterable[ox.Quad]) -> list[Any]:
    """Return quads as triples, without imports: everything that is imported is there already."""
    imports = "http://www.w3.org/2002/07/owl#imports"
    return [(q.subject, q.predicate, q.object) for q in quads if q.predicate.value != imports]
