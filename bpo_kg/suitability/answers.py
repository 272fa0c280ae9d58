"""Answer each process criterion from exactly one place: the firmest that has an answer, or nothing.

Rank: what the client records > what its own wholes and parts record > what its model suggests > published
measures > the catalogue. Presumptions come later, from rules. Where sources of the same rank disagree the answer is
unknown and says so. Silence is never read as "no": the one exception is a list that is complete once it is
recorded (channels), and that a list is complete is stated in the ontology, not here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import pyoxigraph as ox

from bpo_kg.store.view import View
from bpo_kg.suitability.rulebook import Rulebook, bpo
from bpo_kg.suitability.wholes import Clash, Inherited, Values, Wholes
from bpo_kg.vocabulary import BPO, DCTERMS, OWL, PROV, local_name

RECORDED, INHERITED, SUGGESTED, MEASURED, CATALOGUED, PRESUMED = (
    "recorded",
    "inherited",
    "suggested",
    "measured",
    "catalogued",
    "presumed",
)
PLACING: Final = {
    "languages": BPO + "neededLanguage",
    "customer": BPO + "customerCountry",
    "client": BPO + "clientCountry",
}
"""Properties that answers about a placement are worked out from, the least telling first."""
Facts = Mapping[str, Mapping[str, bool | None]]
"""Process to criterion to met (True), failed (False) or contradictory (None)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one criterion about one process."""

    criterion: str
    value: bool | None
    basis: str
    """Empty while nothing answers."""
    via: tuple[str, ...] = ()
    """IRIs of the process, whole, part, kind or rule that the answer comes from."""
    source: str = ""
    """IRI of the statement it rests on, or empty: the client's own record."""
    property: str = ""
    """For recorded and inherited answers: the property whose value answers."""


@dataclass(slots=True)
class Evidence:
    """Everything that facts say about the processes at hand, before any presumption."""

    answers: dict[str, dict[str, Answer]] = field(default_factory=dict)
    kinds: dict[str, tuple[str, ...]] = field(default_factory=dict)
    inherited: dict[str, dict[str, Inherited]] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)
    recorded: dict[str, dict[str, Values]] = field(default_factory=dict)
    entailed: dict[str, dict[str, Values]] = field(default_factory=dict)
    """Cells that no source states of a process but that follow from what is stated: its owner's home country, say."""
    wholes: Wholes = field(default_factory=lambda: Wholes({}))


Consequences = Callable[[list[ox.Triple]], ox.Store]
"""Reason again with further facts added; returns a store with everything that then holds."""


def gather(
    store: ox.Store,
    asserted: View,
    book: Rulebook,
    processes: Iterable[str],
    consequences: Consequences,
    hints: Iterable[ox.Triple] = (),
    *,
    passed: Mapping[str, Mapping[str, Inherited]] | None = None,
) -> Evidence:
    """Answer every process criterion for every process, client's or generic, as far as facts go.

    Args:
        store: asserted and inferred triples.
        asserted: the asserted triples alone; only these pass along whole and part.
        book: criteria and scales.
        processes: IRIs of the processes to answer for.
        consequences: gives the closure with further facts added; called only if there are any.
        hints: facts that the client's model suggests; they count only where nothing firmer answers, and a list of
            them is never complete.
        passed: cells that passed along whole and part, by process and property, where that has been worked out
            already; else it is worked out from the asserted triples.
    """
    wanted = sorted(set(processes))
    view = View(store)
    evidence = Evidence(kinds=nearest_kinds(view))
    generic = {node.value for node in view.members(bpo("GenericProcess"))}
    own = facts_of(store, book)
    evidence.wholes, evidence.recorded = _recorded(asserted, generic)
    evidence.entailed = _entailed(view, evidence.recorded)
    if passed is None:
        evidence.inherited, evidence.clashes = evidence.wholes.inherit(evidence.recorded, passing(view))
    else:
        evidence.inherited = {process: dict(cells) for process, cells in passed.items()}
    inherited = _inherited_facts(evidence, own, book, store, consequences)
    further = list(hints)
    suggested = facts_of(consequences(further), book, complete=False) if further else {}
    measured = claims_of(view, book)
    selection = Selection(book, frozenset(generic), measured, catalogued(book, evidence.kinds, own, measured, view))
    for process in wanted:
        evidence.answers[process] = selection.answers(
            process,
            own.get(process, {}),
            inherited.get(process, {}),
            evidence.inherited.get(process, {}),
            suggested.get(process, {}),
        )
    return evidence


@dataclass(slots=True)
class Selection:
    """Selects the firmest answer to each criterion from what the sources say of one process."""

    book: Rulebook
    generic: frozenset[str]
    """IRIs of the catalogue's own processes."""
    measured: "Claims"
    kinds: "KindAnswers"

    def answers(
        self,
        process: str,
        own: Mapping[str, bool | None],
        inherited: Mapping[str, bool | None],
        cells: Mapping[str, Inherited],
        suggested: Mapping[str, bool | None],
    ) -> dict[str, Answer]:
        """Return the answer to every process criterion, in the fixed order.

        Args:
            process: IRI.
            own: what the process's own facts say, by criterion.
            inherited: what its own and inherited facts together say.
            cells: the inherited cells, by property.
            suggested: what its own and suggested facts together say.
        """
        found: dict[str, Answer] = {}
        for criterion in self.book.process_criteria:
            name, prop = criterion.name, criterion.property or ""
            answer: Answer | None = None
            if process in self.generic:
                answer = self.kinds.answer(process, name)
            elif name in own:
                answer = Answer(name, own[name], RECORDED, (process,), "", prop)
            elif cells and name in inherited:
                answer = Answer(name, inherited[name], INHERITED, (_via(cells, prop),), "", prop)
            elif name in suggested:
                answer = Answer(name, suggested[name], SUGGESTED, (process,), "", prop)
            elif name in self.measured.get(process, {}):
                value, source = self.measured[process][name]
                answer = Answer(name, value, MEASURED, (process,), source)
            else:
                answer = self.kinds.inherited(process, name)
            found[name] = answer or Answer(name, None, "")
        return found


Claims = Mapping[str, Mapping[str, tuple[bool | None, str]]]
"""Process to criterion to the selected claim's answer and its statement."""


def _via(cells: Mapping[str, Inherited], prop: str) -> str:
    """Return the whole or part that an inherited answer comes from; any inherited cell if none is of that property."""
    return cells[prop].via if prop in cells else min(cell.via for cell in cells.values())


def facts_of(
    store: ox.Store, book: Rulebook, *, complete: bool = True, subject: ox.NamedNode | None = None
) -> dict[str, dict[str, bool | None]]:
    """Read met and failed criteria off the triples, closing lists that are complete once recorded.

    Args:
        store: asserted and inferred triples.
        book: criteria, and which lists are complete.
        complete: whether lists are complete; what a model suggests never is.
        subject: read only about this process.
    """
    names = {c.iri: c.name for c in book.criteria}
    names |= {old: names[new] for old, new in book.replaced.items() if new in names}
    facts: dict[str, dict[str, bool | None]] = {}
    for predicate, value in ((bpo("meets"), True), (bpo("fails"), False)):
        for quad in store.quads_for_pattern(subject, predicate, None, None):
            if isinstance(quad.object, ox.NamedNode) and (name := names.get(quad.object.value)):
                known = facts.setdefault(_iri(quad.subject), {})
                known[name] = value if known.get(name, value) is value else None
    for criterion in book.process_criteria if complete else ():
        if criterion.closed_by:
            for quad in store.quads_for_pattern(subject, ox.NamedNode(criterion.closed_by), None, None):
                facts.setdefault(_iri(quad.subject), {}).setdefault(criterion.name, False)
    return facts


def _iri(node: object) -> str:
    return node.value if isinstance(node, ox.NamedNode) else str(node)


def passing(view: View) -> dict[str, str]:
    """Return how each property passes along whole and part, by property IRI."""
    return {
        _iri(quad.subject): local_name(quad.object.value)
        for quad in view.quads(None, bpo("passes"), None)
        if isinstance(quad.object, ox.NamedNode)
    }


def _recorded(asserted: View, generic: set[str]) -> tuple[Wholes, dict[str, dict[str, Values]]]:
    parents: dict[str, list[str]] = {}
    for quad in asserted.quads(None, bpo("directPartOf"), None):
        part, whole = _iri(quad.subject), _iri(quad.object)
        if not (isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode)):
            continue
        if part not in generic and whole not in generic and whole not in parents.setdefault(part, []):
            parents[part].append(whole)
    recorded: dict[str, dict[str, Values]] = {}
    for prop in passing(asserted):
        for quad in asserted.quads(None, ox.NamedNode(prop), None):
            if isinstance(quad.object, ox.NamedNode | ox.Literal):
                cells = recorded.setdefault(_iri(quad.subject), {})
                cells[prop] = cells.get(prop, frozenset()) | {quad.object}
    return Wholes({part: tuple(sorted(wholes)) for part, wholes in parents.items()}), recorded


def _entailed(view: View, recorded: Mapping[str, Mapping[str, Values]]) -> dict[str, dict[str, Values]]:
    found: dict[str, dict[str, Values]] = {}
    for prop in PLACING.values():
        for quad in view.quads(None, ox.NamedNode(prop), None):
            process = _iri(quad.subject)
            if isinstance(quad.object, ox.NamedNode) and prop not in recorded.get(process, {}):
                cells = found.setdefault(process, {})
                cells[prop] = cells.get(prop, frozenset()) | {quad.object}
    return found


def _inherited_facts(
    evidence: Evidence, own: Facts, book: Rulebook, store: ox.Store, consequences: Consequences
) -> Facts:
    """Reason once more with the inherited cells in place; what then holds anew is inherited."""
    criterion_of = {c.property: c.name for c in book.process_criteria if c.property}
    triples = []
    for process, cells in evidence.inherited.items():
        node = ox.NamedNode(process)
        for prop, cell in cells.items():
            # An axiom of the user may already answer what no cell records; a second value would contradict it.
            answered = criterion_of.get(prop) in own.get(process, {})
            predicate = ox.NamedNode(prop)
            if answered or next(store.quads_for_pattern(node, predicate, None, None), None) is not None:
                continue
            triples += [ox.Triple(node, predicate, value) for value in sorted(cell.values, key=str)]
    return facts_of(consequences(triples), book) if triples else {}


def claims_of(view: View, book: Rulebook) -> Claims:
    """Select one claim per process and criterion: the highest precedence; equals that disagree leave it unknown."""
    names = {c.iri: c.name for c in book.criteria}
    standing: dict[tuple[str, str], list[tuple[float, str, bool]]] = {}
    for quad in view.quads(None, ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type"), bpo("MeasureClaim")):
        node = quad.subject
        if isinstance(node, ox.Triple):
            continue
        about, criterion, answer = (
            view.iri(node, bpo("about")),
            view.iri(node, bpo("onCriterion")),
            view.text(node, bpo("answer")),
        )
        if about and criterion in names and answer is not None:
            source = view.iri(node, ox.NamedNode(PROV + "wasDerivedFrom")) or _iri(node)
            entry = (-(view.number(node, bpo("precedence")) or 0.0), source, answer == "true")
            standing.setdefault((about, names[criterion]), []).append(entry)
    selected: dict[str, dict[str, tuple[bool | None, str]]] = {}
    for (about, name), entries in standing.items():
        entries.sort()
        top = [entry for entry in entries if entry[0] == entries[0][0]]
        agree = len({entry[2] for entry in top}) == 1
        selected.setdefault(about, {})[name] = (top[0][2] if agree else None, top[0][1])
    return selected


def _annotations(view: View) -> dict[tuple[str, str], str]:
    """Return the statement that each annotated fact rests on, by subject and property."""
    found: dict[tuple[str, str], str] = {}
    for quad in view.quads(None, ox.NamedNode(OWL + "annotatedSource"), None):
        axiom = quad.subject
        if isinstance(axiom, ox.Triple):
            continue
        prop = view.iri(axiom, ox.NamedNode(OWL + "annotatedProperty"))
        source = view.iri(axiom, ox.NamedNode(DCTERMS + "source"))
        if prop and source:
            found.setdefault((_iri(quad.object), prop), source)
    return found


def nearest_kinds(view: View) -> dict[str, tuple[str, ...]]:
    """Return the nearest kinds of each process: those that no other of its kinds specialises."""
    all_kinds: dict[str, set[str]] = {}
    for quad in view.quads(None, bpo("specialises"), None):
        named = isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode)
        if named and quad.subject != quad.object:
            all_kinds.setdefault(_iri(quad.subject), set()).add(_iri(quad.object))
    return {
        process: tuple(sorted(k for k in kinds if not any(k in all_kinds.get(other, ()) for other in kinds - {k})))
        for process, kinds in all_kinds.items()
    }


def catalogued(
    book: Rulebook, kinds: Mapping[str, tuple[str, ...]], own: Facts, measured: Claims, view: View
) -> "KindAnswers":
    """Return what the catalogue and published measures answer for kinds.

    Args:
        book: the criteria.
        kinds: nearest kinds of each process.
        own: what facts say of each kind.
        measured: selected claims.
        view: where the statements behind the catalogue's facts stand.
    """
    properties = {c.name: c.property for c in book.process_criteria if c.property}
    return KindAnswers(properties, kinds, own, measured, _annotations(view))


@dataclass(slots=True)
class KindAnswers:
    """What the catalogue and published measures say of a generic process, or of the ones it specialises."""

    properties: Mapping[str, str]
    """Criterion to the property that answers it."""
    kinds: Mapping[str, tuple[str, ...]]
    own: Facts
    measured: Claims
    sources: Mapping[tuple[str, str], str]
    _known: dict[tuple[str, str], Answer | None] = field(default_factory=dict)

    def answer(self, kind: str, name: str) -> Answer | None:
        """Answer for a generic process: what is said of it hides what is said of the kinds above it."""
        key = (kind, name)
        if key not in self._known:
            self._known[key] = None  # a ring of kinds ends here
            self._known[key] = self._own(kind, name) or self.inherited(kind, name)
        return self._known[key]

    def inherited(self, process: str, name: str) -> Answer | None:
        """Answer from the nearest kinds; measures outrank the catalogue, kinds that disagree leave it unknown."""
        found = [answer for kind in self.kinds.get(process, ()) if (answer := self.answer(kind, name))]
        for basis in (MEASURED, CATALOGUED):
            of_basis = [answer for answer in found if answer.basis == basis]
            if len({answer.value for answer in of_basis}) > 1:
                via = tuple(sorted({v for answer in of_basis for v in answer.via}))
                return Answer(name, None, basis, via, of_basis[0].source)
            if of_basis:
                return of_basis[0]
        return None

    def _own(self, kind: str, name: str) -> Answer | None:
        if name in self.measured.get(kind, {}):
            value, source = self.measured[kind][name]
            return Answer(name, value, MEASURED, (kind,), source)
        if name in self.own.get(kind, {}):
            prop = self.properties.get(name, "")
            return Answer(name, self.own[kind][name], CATALOGUED, (kind,), self.sources.get((kind, prop), ""), prop)
        return None
