"""KnowledgeGraph: the verbs, on one screen. All that the shells and a Python user see.

Each verb does what it needs first: `assess` reasons, `query` and `ask` assess. Reasons and contradictions are
looked for by modules of their own, which are loaded when somebody asks.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from bpo_kg.export import serialise
from bpo_kg.knowledge import Knowledge
from bpo_kg.loading import load_data, load_places, load_rules, load_shipped
from bpo_kg.questions import find_question, typed_values
from bpo_kg.sources.facts import Finding
from bpo_kg.store.dataset import Part
from bpo_kg.suitability.rows import AssessmentTable, renamed
from bpo_kg.vocabulary import ASSESSED, PREFIXES

if TYPE_CHECKING:
    from rdflib import Graph

    from bpo_kg.reasons import Reasons
    from bpo_kg.scenarios import Scenario
    from bpo_kg.store.terms import Rows
    from bpo_kg.suitability.absent import Absence
    from bpo_kg.suitability.cases import Cases
    from bpo_kg.suitability.comparison import Comparison
    from bpo_kg.suitability.difference import Difference
    from bpo_kg.suitability.explanation import Explanation
    from bpo_kg.suitability.flips_told import Flips
    from bpo_kg.suitability.matching import Match
    from bpo_kg.suitability.proof import Step
    from bpo_kg.suitability.proving import Proofs
    from bpo_kg.suitability.telling import Teller
    from bpo_kg.suitability.triple_words import Words
    from bpo_kg.suitability.whatif import State, WhatIf
    from bpo_kg.suitability.whynot import WhyNot

PathLike = str | Path
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


class KnowledgeGraph(Knowledge):
    """Processes, places and rules, and the verbs on them. Make one with `bpo_kg.load`."""

    # --- judge and contradict --------------------------------------------------------------------
    def assess(self, *, to: Sequence[str] | None = None, generic: bool = False) -> AssessmentTable:
        """Answer the criteria of every process, and judge each location class and each place in `to`.

        Args:
            to: countries (alpha-2 or name) or sites, from now on; those given to `load` when left out.
            generic: include the catalogue's generic processes as rows.

        Returns:
            One row per process in input order; queries see the same answers and verdicts as triples.
        """
        if to is not None:
            self.to = tuple(dict.fromkeys(self.names.place(place) for place in to))
        places = self.to
        found = self.judge(places)
        rows = tuple(found[iri] for iri in self.names.processes() if generic or not found[iri].subject.generic)
        return AssessmentTable(
            assessments=rows,
            to=places,
            extra=tuple(dict.fromkeys(c for inventory in self.loaded.inventories for c in inventory.extra_columns)),
            findings=(*self.findings, *renamed(self.loaded.inventories, places)),
            book=self.book,
            source_places=self.source_places,
        )

    def contradictions(self, *, reasoner: str = "rl") -> list[Finding]:
        """Return what contradicts what, as findings with their places.

        Args:
            reasoner: "rl", or "hermit" for the complete OWL 2 DL check, which needs Java.
        """
        from bpo_kg.contradictions import contradictions

        return contradictions(self, reasoner=reasoner)

    def refusals(self) -> list[Finding]:
        """Return the axioms that lie outside OWL 2 RL, and what is lost by each."""
        from bpo_kg.contradictions import refusals

        return refusals(self)

    # --- reasons ---------------------------------------------------------------------------------
    @cached_property
    def reasons(self) -> "Reasons":
        """What finds proofs, counter-proofs and changes in this graph."""
        from bpo_kg.reasons import Reasons

        return Reasons(self)

    @property
    def cases(self) -> "Cases":
        """Single processes, each assessed by itself, as it is or with facts changed."""
        return self.reasons.cases

    @property
    def proofs(self) -> "Proofs":
        """Finds proofs in this graph."""
        return self.reasons.proofs

    def teller(self, lang: str) -> "Teller":
        """Return what tells proofs in a language, "en" or "id"."""
        return self.reasons.teller(lang)

    def state(self, lang: str = "en") -> "State":
        """Return this graph as one of the states that changes are told between."""
        return self.reasons.state(lang)

    def explain(self, process: str, *, to: str | None = None, lang: str = "en", limit: int = 1) -> "Explanation":
        """Return why a process got its answers and verdicts, as sentences, as data and as proofs.

        Args:
            process: IRI, CURIE, id or label.
            to: one country or site; all location classes and places when left out.
            lang: "en" or "id".
            limit: how many proofs of each verdict to look for; the shortest comes first.

        Raises:
            UnknownThing: no such process or place.
        """
        return self.reasons.explain(process, to=to, lang=lang, limit=limit)

    def prove(self, triple: "Words", *, limit: int = 1) -> "tuple[Step, ...]":
        """Return up to `limit` proofs of a triple, asserted, inferred or assessed; the shortest first.

        Args:
            triple: subject, predicate, object: terms, or IRIs, CURIEs, ids and labels as text.

        Returns:
            Minimal proofs down to asserted triples; nothing if the triple does not hold.
        """
        return self.reasons.prove(triple, limit=limit)

    def why_not(self, process: str, *, to: str, wanted: str | None = None, lang: str = "en") -> "WhyNot":
        """Return what keeps a process from a grade at a place, the nearest miss first.

        Args:
            process: IRI, CURIE, id or label.
            to: country, site, or column of a location class.
            wanted: a grade, such as "favoured"; any better one than it has when left out.
            lang: "en" or "id".
        """
        return self.reasons.why_not(process, to=to, wanted=wanted, lang=lang)

    def why_absent(self, triple: "Words", *, lang: str = "en") -> "Absence":
        """Return what would have given a triple that does not follow, the nearest axiom first."""
        return self.reasons.why_absent(triple, lang=lang)

    def flips(
        self, process: str | None = None, *, to: Sequence[str] | None = None, most: int = 2, lang: str = "en"
    ) -> "Flips":
        """Return the smallest changes of facts that turn verdicts, and what to ask next; for all rows if none is named.

        Args:
            process: IRI, CURIE, id or label.
            to: countries or sites; those given to `load`, else the location classes, when left out.
            most: up to how many facts are changed at once, 1 or 2.
            lang: "en" or "id".
        """
        return self.reasons.flips(process, to=to, most=most, lang=lang)

    def what_if(
        self,
        process: str | None = None,
        cells: Mapping[str, str] | None = None,
        *,
        scenario: "Scenario | PathLike | None" = None,
        to: Sequence[str] | None = None,
        lang: str = "en",
    ) -> "WhatIf":
        """Return the verdicts that change if facts, rules or places were other than they are, each with both proofs.

        Args:
            process: IRI, CURIE, id or label of the process whose cells are supposed.
            cells: text by inventory column, as a table would have it; empty text means unknown.
            scenario: a scenario or its file, instead of cells or besides them.
            to: countries or sites; the scenario's, else those given to `load`, else the location classes.
            lang: "en" or "id".
        """
        return self.reasons.what_if(process, cells, scenario=scenario, to=to, lang=lang)

    def compare(
        self, scenarios: "Sequence[Scenario | PathLike]", *, to: Sequence[str] | None = None, lang: str = "en"
    ) -> "Comparison":
        """Return scenarios side by side: the verdicts that are not the same in all, and as things are."""
        return self.reasons.compare(scenarios, to=to, lang=lang)

    def diff(
        self, newer: "KnowledgeGraph", *, names: tuple[str, str] = ("old", "new"), lang: str = "en"
    ) -> "Difference":
        """Return what this graph and a newer one come to differently: verdicts and inferences, each with its causes.

        Args:
            newer: the graph to compare with, loaded for the same places.
            names: what to call the two.
            lang: "en" or "id".
        """
        return self.reasons.diff(newer, names=names, lang=lang)

    # --- query and export ------------------------------------------------------------------------
    def select(self, sparql: str, *, judged: bool = False) -> Any:
        """Run a SPARQL query over everything; return the store's own result.

        Args:
            sparql: the query.
            judged: leave the assessed graph as it is (a question has had its own places judged).
        """
        self.infer()
        if not judged:
            self.publish(self.to)
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
        self.infer()  # what belongs to a class, and so may be a value, may only follow
        values = typed_values(question, parameters, self._find)
        optional = {p.name for p in question.parameters}
        asked = [values[p].value if p in values else p for p in question.assess if p in values or p not in optional]
        if _ALL_SITES in asked:
            self.match_sites(values["process"].value)
        else:
            self.publish(tuple(dict.fromkeys((*self.to, *(self.names.place(p) for p in asked)))))
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

        self.closed()
        iri = self.names.process(process)
        places = self.place_book
        sites = tuple(places.overrides.sites)
        one = self.judge(tuple(dict.fromkeys((*self.to, *sites))))[iri]
        grades = {v.place: grade_of(v, self.book) for v in one.places if v.place in places.overrides.sites}
        found = match(places, need_of(self.view, one, self.evidence), sites, grades=grades)
        self.dataset.add(list(match_triples(iri, found)), ASSESSED)
        return found

    def _find(self, name: str, cls: str | None) -> str:
        return self.names.country(name) if cls == "country" else self.names.thing(name, cls)

    def ask(self, name: str, /, **parameters: str) -> "Rows | bool | Graph":
        """Answer a catalogued question; `bpo_kg.questions.catalogue()` lists them.

        Parameters are texts: an IRI, CURIE, id or label for a thing, a code or name for a country.
        """
        from bpo_kg.store.terms import result_of

        self.infer()
        return result_of(self.dataset.query(self.question(name, parameters), prefixes=PREFIXES))

    def objects(self) -> Any:
        """Return an `owlready2.World` with everything asserted and inferred, as Python classes and individuals."""
        from bpo_kg.reasoning.objects import open_world

        self.infer()
        return open_world([*self.dataset.triples(part="asserted"), *self.dataset.triples(part="inferred")])

    def export(self, part: Part = "all", format: str = "ttl") -> bytes:
        """Return a part of the graph in an RDF format: ttl, nt, nq, trig, jsonld or rdfxml.

        *asserted* is what was given and shipped, *inferred* what follows from it, *assessed* the answers and
        verdicts. The same input gives the same bytes.
        """
        self.infer()
        if part in ("assessed", "all"):
            self.publish(self.to)
        return serialise(self.dataset, part, format)
