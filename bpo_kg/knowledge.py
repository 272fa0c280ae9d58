"""What is known, and how it comes to verdicts: facts, what follows from them, answers, and judgements, each made once.

The verbs of `KnowledgeGraph` stand on this; nothing here formats or explains. Each step does what it needs first and
remembers it, so a small inventory is judged in a fraction of a second, and nothing that was not asked for is loaded.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

import pyoxigraph as ox

from bpo_kg.loading import Loaded, load_countries, mentioned_countries
from bpo_kg.locating import Locator
from bpo_kg.reasoning import Clash, Closure, RuleSet, rules_of
from bpo_kg.sources.facts import Finding, Place, ProcessRecord
from bpo_kg.sources.messages import Told
from bpo_kg.sources.recording import column_properties, hint_triples
from bpo_kg.store.dataset import Dataset
from bpo_kg.store.view import View
from bpo_kg.suitability.answers import Evidence, gather
from bpo_kg.suitability.assessment import Assessment, Assessor, subjects_of
from bpo_kg.suitability.judging import Judge
from bpo_kg.suitability.naming import Names
from bpo_kg.suitability.rows import short
from bpo_kg.suitability.rulebook import Rulebook, bpo, read_rulebook
from bpo_kg.suitability.triples import assessed_quads
from bpo_kg.suitability.wholes import Clash as WholeClash
from bpo_kg.vocabulary import ASSERTED, ASSESSED, RDF, expand, shorten

if TYPE_CHECKING:
    from bpo_kg.suitability.places import PlaceBook

_TYPE = ox.NamedNode(RDF + "type")
_REMEMBERED = ("source_places", "locator", "columns", "closure", "place_book", "reasons")


class Knowledge:
    """Facts, inferences and verdicts over one dataset.

    Args:
        loaded: everything asserted.
        client: country of the clients whose processes name none, by code or name.
        to: countries or sites to judge delivery from.

    Raises:
        UnknownThing: `client` or `to` names no country.
    """

    def __init__(self, loaded: Loaded, *, client: str | None = None, to: Sequence[str] = ()) -> None:
        self.loaded = loaded
        self.dataset: Dataset = loaded.dataset
        self.findings: list[Finding] = loaded.findings
        self.view = View(self.dataset.store)
        self.names = Names(self.view, loaded.inventories)
        self.client = self.names.country(client) if client else None
        self.to = tuple(dict.fromkeys(self.names.place(place) for place in to))
        self.shown = ("", "")
        """What paths begin with, and what a reader is shown instead: a revision is unpacked somewhere."""
        self._ruleset: RuleSet | None = None
        self._closed = self._all_countries = self._published = False
        self._book: Rulebook | None = None
        self._evidence: Evidence | None = None
        self._assessor: Assessor | None = None
        self._judge: Judge | None = None
        """Kept whatever else is forgotten: the same answers get the same verdict as long as the rules are the same."""
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
        for remembered in _REMEMBERED:
            self.__dict__.pop(remembered, None)
        self.view = View(self.dataset.store)
        self.names = Names(self.view)
        self._ruleset = self._book = self._evidence = self._assessor = None

    # --- what follows ----------------------------------------------------------------------------
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
            self._book = read_rulebook(self.view)
            self.findings += [self._where(found) for found in self._book.findings]
        return self._book

    def _where(self, about_rule: Finding) -> Finding:
        """Return a finding about a rule with the place where the rule begins."""
        name = about_rule.place.file
        rule = ox.NamedNode(expand(name) or name)
        quads = (quad for cls in ("DefaultRule", "PlacementRule") for quad in self.view.quads(rule, _TYPE, bpo(cls)))
        place = next((self.locator.place((rule, _TYPE, quad.object)) for quad in quads), about_rule.place)  # type: ignore[arg-type]
        named = {lang: f"{name}: {text}" for lang, text in about_rule.message.items()}
        return about_rule if place.file == name else replace(about_rule, place=place, message=named)

    def reason(self) -> list[Clash]:
        """Materialise what follows from everything asserted, all countries included; return the contradictions."""
        self.infer()
        return self.closure.clashes

    def infer(self) -> None:
        """Materialise what follows from everything asserted, all countries included."""
        self._materialise(all_countries=True)

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
        self.closure.infer()

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

    def _consequences(self, further: Iterable[ox.Triple]) -> ox.Store:
        """Return a store with everything that holds once `further` facts are added, leaving this graph as it is."""
        scratch = Dataset()
        scratch.add(self.dataset.quads(part="asserted"))
        scratch.add(further, f"{ASSERTED}/further")
        Closure(scratch, self.ruleset).infer()
        return scratch.store

    # --- what is answered and judged ---------------------------------------------------------------
    @property
    def evidence(self) -> Evidence:
        """What facts, models, measures and the catalogue say of every process."""
        if self._evidence is None:
            self._materialise(all_countries=False)
            hints = hint_triples(self.loaded.inventories, column_properties(self.view))
            asserted = View(self.dataset.store, tuple(self.dataset.asserted_graphs()))
            self._evidence = gather(
                self.dataset.store, asserted, self.book, self.names.processes(), self._consequences, hints
            )
            self.findings += self._clash_findings(self._evidence.clashes)
        return self._evidence

    def _clash_findings(self, clashes: Sequence[WholeClash]) -> list[Finding]:
        inventories = self.loaded.inventories
        records = {record.iri: record for inventory in inventories for record in inventory.records} if clashes else {}
        told = Told([])
        for clash in clashes:
            told.add(partial(self._clash_finding, clash, records))
        told.close(inventories[0].file if inventories else "")
        return told.findings

    def _clash_finding(self, clash: WholeClash, records: Mapping[str, ProcessRecord]) -> Finding:
        from bpo_kg.sources.part_of import parts_disagree

        column = self.view.text(ox.NamedNode(clash.property), bpo("column")) or shorten(clash.property)
        whole, part = self.names.label(clash.process), self.names.label(clash.other)
        record = records.get(clash.other)
        place = record.places.get(column, record.place) if record else Place(short(clash.other))
        return parts_disagree(place, column, whole, part)

    @cached_property
    def place_book(self) -> "PlaceBook":
        """What is known of countries and sites."""
        from bpo_kg.suitability.countries import load_countries as facts
        from bpo_kg.suitability.places import PlaceBook
        from bpo_kg.suitability.sites import read_overrides
        from bpo_kg.suitability.thresholds import read_thresholds

        store = self.dataset.store
        return PlaceBook(facts(), read_thresholds(store), read_overrides(store))

    @cached_property
    def source_places(self) -> dict[tuple[str, str], str]:
        """Where each recorded or suggested cell stands: (process IRI, property IRI) to "file:line:column"."""
        columns = column_properties(self.view)
        return {
            (record.iri, columns[column].value): str(place)
            for inventory in self.loaded.inventories
            for record in inventory.records
            for column, place in record.places.items()
            if column in columns
        }

    @cached_property
    def columns(self) -> dict[str, str]:
        """Inventory column by property IRI."""
        return {prop.value: column for column, prop in column_properties(self.view).items()}

    def judge(self, places: tuple[str, ...]) -> dict[str, Assessment]:
        """Return assessments by IRI for these places."""
        if self._assessor is None or places != self._assessor.to:
            self._assessor = Assessor(self.book, self.place_book, places, judge=self._judge)
            self._judge = self._assessor.judge
            self._assessed = self._run(self._assessor)
            self._published = False
        return self._assessed

    def _run(self, assessor: Assessor) -> dict[str, Assessment]:
        records = {record.iri: record for inventory in self.loaded.inventories for record in inventory.records}
        evidence = self.evidence  # what is a process may only follow, so facts come before the list of rows
        order = self.names.processes()
        subjects = subjects_of(
            [
                (iri, records[iri].id, records[iri].name)
                if iri in records
                else (iri, self.names.ident(iri), self.names.label(iri))
                for iri in order
            ],
            evidence,
            default_client=self.client,
            extras={iri: record.extra for iri, record in records.items()},
            filled={iri: self._filled(iri, evidence) for iri in order},
            generic=frozenset(node.value for node in self.view.members(bpo("GenericProcess"))),
            licensed={
                quad.subject.value: quad.object.value == "true"
                for quad in self.view.quads(None, bpo("licensedWork"), None)
                if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.Literal)
            },
        )
        return {one.subject.iri: one for one in assessor.assess(subjects, evidence)}

    def _filled(self, iri: str, evidence: Evidence) -> frozenset[str]:
        """Return the inventory columns that need not be asked for: recorded for the process, or inherited by it."""
        props = {*evidence.recorded.get(iri, ()), *evidence.inherited.get(iri, ())}
        own = {self.columns[prop] for prop in props if prop in self.columns}
        own |= {column for prop, column in self.columns.items() if self._has(iri, prop)}
        return frozenset(own | ({"client_country"} if self.client else set()))

    def _has(self, iri: str, prop: str) -> bool:
        return next(self.view.quads(ox.NamedNode(iri), ox.NamedNode(prop), None), None) is not None

    @property
    def judged(self) -> tuple[str, ...]:
        """The places that were judged last; those of `to` before anything was."""
        return self.to if self._assessor is None else self._assessor.to

    def publish(self, places: tuple[str, ...] | None = None) -> None:
        """Bring inferred and assessed graphs in step with what is asserted, and with verdicts for some places.

        Args:
            places: those of `to` when left out. A table of verdicts needs no triples, so this waits until somebody
                queries or exports.
        """
        places = self.to if places is None else places
        self.infer()
        from bpo_kg.suitability.place_triples import place_quads

        found = self.judge(places).values()
        if not self._published:
            self.dataset.clear(ASSESSED)
            self.dataset.add(list(assessed_quads(found, self.book, self.source_places)))
            self.dataset.add(list(place_quads(self.place_book, found, places)))
            self._published = True
