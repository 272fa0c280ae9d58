"""Reason about one process at a time, on a small copy of what all processes share.

What facts answer about a process depends on its *slice*: the values of the properties that some rule reads. So a
question about one process, or about one with a fact changed, is put to a stand-in that has just that slice, in a
store that holds the axioms, the catalogue and whatever else is no table row. It costs the same however large the
inventory is, nothing is ever written to the graph itself, and slices that many processes share are reasoned over
once. Proofs are found on the stand-in too, cut down to what they need, and told with the process's own name.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

import pyoxigraph as ox

from bpo_kg.reasoning import Closure, Proof, RuleSet
from bpo_kg.reasoning.maintenance import Change, Maintenance, RuleIndex
from bpo_kg.reasoning.proofs import Prover
from bpo_kg.reasoning.rules import SAME, Key, Rule, key_of
from bpo_kg.reasoning.space import Space
from bpo_kg.sources.recording import column_properties
from bpo_kg.store.dataset import INFERRED_GRAPH, Dataset, Object, Triple
from bpo_kg.store.view import View
from bpo_kg.suitability.answers import PLACING, claims_of, facts_of, nearest_kinds
from bpo_kg.suitability.minimal import Entailment, leaves_of, minimal
from bpo_kg.suitability.rulebook import Rulebook, bpo
from bpo_kg.suitability.wholes import Values
from bpo_kg.vocabulary import ASSERTED, BASE

Fact = tuple[ox.NamedNode, Object]
Slice = frozenset[Fact]
"""Property and value pairs of one process."""

STAND_IN = ox.NamedNode(f"{BASE}hidden/stand-in")
_GRAPH = ox.NamedNode(f"{ASSERTED}/stand-in")
_PLACING = frozenset(PLACING.values())
_MOST = 50_000
"""Slices remembered before the memory is emptied."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the facts of one slice say."""

    values: Mapping[str, bool | None]
    """Criterion to met, failed or contradictory; lists that are complete once recorded count as complete."""
    hinted: Mapping[str, bool | None]
    """The same with no list taken for complete."""
    properties: frozenset[str]
    """Properties that have a value, stated or inferred."""
    kinds: tuple[str, ...]
    """The nearest kinds."""
    placing: Mapping[str, Values] = field(default_factory=dict)
    """Values, stated or inferred, of the properties that placements hang on."""


class Workbench:
    """Answers and proofs for slices.

    Args:
        dataset: the graph at hand; only read.
        without: asserted graphs to leave out, because they hold nothing but rows of tables.
        rules: the compiled axioms.
        book: the decision table.
    """

    def __init__(self, dataset: Dataset, without: Collection[ox.NamedNode], rules: RuleSet, book: Rulebook) -> None:
        self._shared = Dataset()
        for graph in dataset.asserted_graphs():
            if graph not in without:
                self._shared.store.extend(dataset.store.quads_for_pattern(None, None, None, graph))
        self.rules = rules
        self.book = book
        self.closure = Closure(self._shared, rules)
        self.closure.infer()
        view = View(self._shared.store)
        self.all_kinds = nearest_kinds(view)
        self.facts = facts_of(self._shared.store, book)
        self.claims = claims_of(view, book)
        self.entailment = Entailment(rules)
        self.equals = next(self.closure.triples(None, SAME, None), None) is not None
        """Whether any individuals are equal."""
        self.space = Space(self._shared.store, [*self._shared.asserted_graphs(), _GRAPH], INFERRED_GRAPH)
        telling = _telling(rules, {bpo("meets"), bpo("fails"), bpo("specialises"), *column_properties(view).values()})
        self.index = RuleIndex(telling)
        """The rules that can end in an answer, a kind or a cell; the others are left to the reasoner."""
        self._read = frozenset(key_of(atom) for rule in telling.working for atom in rule.body)
        self._joined = _joined(telling)
        self._single = {atom[1] for merger in telling.mergers for atom in merger.body}
        """Properties that may have one value only: two are for the reasoner to make one."""
        self._readings: dict[Slice, Reading] = {}
        self._proofs: dict[tuple[Slice, Triple, int], tuple[Proof, ...]] = {}

    @property
    def view(self) -> View:
        """Everything shared, stated and inferred."""
        return View(self._shared.store)

    def slice_of(self, facts: Iterable[Fact]) -> Slice:
        """Return the facts that some rule reads; labels, notes and the like decide nothing."""
        return frozenset(fact for fact in facts if fact[0] in self._read or fact in self._read)

    def read(self, facts: Slice) -> Reading:
        """Return what a slice says."""
        found = self._readings.get(facts)
        if found is None:
            if len(self._readings) > _MOST:
                self._readings.clear()
                self._proofs.clear()
            groups = self._groups(facts)
            found = self._readings[facts] = self._look(facts) if len(groups) < 2 else self._together(groups)
        return found

    def _groups(self, facts: Slice) -> list[Slice]:
        """Return facts in groups that no rule joins, so that together they say just what each group says."""
        properties = [prop for prop, _ in facts]
        if any(properties.count(prop) > 1 for prop in self._single.intersection(properties)):
            return [facts]  # two values where there can be one: that is for the reasoner
        joined = frozenset(fact for fact in facts if fact[0] in self._joined or fact in self._joined)
        return [group for group in (joined, *(frozenset({fact}) for fact in facts - joined)) if group]

    def _together(self, groups: Iterable[Slice]) -> Reading:
        """Return what groups of facts say together; what counts as a complete list is told at the end."""
        each = [self.read(group) for group in groups]
        hinted: dict[str, bool | None] = {}
        for reading in each:
            for name, value in reading.hinted.items():
                hinted[name] = value if hinted.get(name, value) is value else None
        properties = frozenset().union(*(reading.properties for reading in each))
        closed = {c.name: False for c in self.book.process_criteria if c.closed_by in properties}
        kinds = {kind for reading in each for kind in reading.kinds}
        placing: dict[str, Values] = {}
        for reading in each:
            for prop, found in reading.placing.items():
                placing[prop] = placing.get(prop, frozenset()) | found
        return Reading({**closed, **hinted}, hinted, properties, self._nearest(kinds), placing)

    def _nearest(self, kinds: set[str]) -> tuple[str, ...]:
        return tuple(sorted(k for k in kinds if not any(k in self._above(other) for other in kinds - {k})))

    def _look(self, facts: Slice) -> Reading:
        with _Standing(self, facts, self.index):
            store = self._shared.store
            about = list(store.quads_for_pattern(STAND_IN, None, None, None))
            values = facts_of(store, self.book, subject=STAND_IN).get(STAND_IN.value, {})
            hinted = facts_of(store, self.book, complete=False, subject=STAND_IN).get(STAND_IN.value, {})
        kinds = {
            q.object.value for q in about if q.predicate == bpo("specialises") and isinstance(q.object, ox.NamedNode)
        }
        placing: dict[str, Values] = {}
        for q in about:
            if q.predicate.value in _PLACING and isinstance(q.object, ox.NamedNode):
                placing[q.predicate.value] = placing.get(q.predicate.value, frozenset()) | {q.object}
        return Reading(values, hinted, frozenset(q.predicate.value for q in about), self._nearest(kinds), placing)

    def _above(self, kind: str) -> set[str]:
        pattern = (ox.NamedNode(kind), bpo("specialises"), None, None)
        return {str(q.object.value) for q in self._shared.store.quads_for_pattern(*pattern)} - {kind}  # type: ignore[union-attr]

    def prove(self, facts: Slice, triple: Triple, limit: int = 1) -> tuple[Proof, ...]:
        """Return up to `limit` proofs of a triple about the stand-in (or about something shared), each minimal.

        The shortest comes first; a proof is *minimal* if no leaf can go and the rest still give the triple.
        """
        key = (facts, triple, limit)
        found = self._proofs.get(key)
        if found is None and limit == 1 and len(facts) > 1:
            # One fact is nearly always enough, and what it proves it proves for every process that has it.
            alone = (self.prove(frozenset({fact}), triple) for fact in sorted(facts, key=str))
            found = next(filter(None, alone), None)
        if found is None:
            with _Standing(self, facts, self.entailment.index) as standing:
                proofs = standing.proofs(triple, 1 if limit == 1 else 4 * limit)
            cut = [minimal(proof, self.entailment) for proof in proofs]
            distinct = {frozenset(leaves_of(proof)): proof for proof in reversed(cut)}
            ordered = sorted(distinct.values(), key=lambda p: (len(p.leaves()), p.depth(), str(p.leaves())))
            found = self._proofs[key] = tuple(ordered[:limit])
        return found


def renamed(proof: Proof, name: ox.NamedNode) -> Proof:
    """Return a proof about the stand-in as one about the process that it stood for."""
    s, p, o = proof.triple
    triple = (name if s == STAND_IN else s, p, name if o == STAND_IN else o)
    return replace(proof, triple=triple, premises=tuple(renamed(premise, name) for premise in proof.premises))


class _Standing:
    """While it lasts, the stand-in has the facts of a slice, with all that follows.

    Facts only come, so taking back exactly what came leaves the store as it was; that costs a third of letting the
    reasoner find out what no longer follows. Where individuals are equal, or become so, the reasoner does it all.
    """

    def __init__(self, bench: "Workbench", facts: Slice, index: RuleIndex) -> None:
        self._bench = bench
        self._index = index
        self._triples: list[Triple] = [(STAND_IN, prop, value) for prop, value in sorted(facts, key=str)]
        self._change: Change | None = None

    def __enter__(self) -> "_Standing":
        if not self._triples:
            return self
        if not self._bench.equals:
            change = Change()
            _give(self._bench.space, self._triples)
            Maintenance(self._bench.space, self._index).spread(self._triples, change)
            self._change = change
            if not change.groups:
                return self
            self._take_back(change)
            self._change = None
        self._bench.closure.add(self._triples, _GRAPH.value)
        return self

    def __exit__(self, *error: object) -> None:
        if self._change is not None:
            self._take_back(self._change)
        elif self._triples:
            self._bench.closure.remove(self._triples, _GRAPH.value)

    def _take_back(self, change: Change) -> None:
        store = self._bench.space.store
        for s, p, o in change.added:
            graph = _GRAPH if s == STAND_IN and (s, p, o) in self._triples else self._bench.space.target
            store.remove(ox.Quad(s, p, o, graph))  # type: ignore[arg-type]

    def proofs(self, triple: Triple, limit: int) -> list[Proof]:
        """Return proofs of a triple, the shallowest first."""
        if self._bench.equals or (self._change is None and self._triples):
            return self._bench.closure.proofs(triple, limit)
        prover = Prover(self._bench.space, self._bench.rules)
        if limit > 1:
            return prover.proofs(triple, limit)
        proof = prover.prove(triple)
        return [] if proof is None else [proof]


def _give(space: Space, triples: Iterable[Triple]) -> None:
    for s, p, o in triples:
        space.store.add(ox.Quad(s, p, o, _GRAPH))  # type: ignore[arg-type]


def _telling(rules: RuleSet, goals: set[ox.NamedNode]) -> RuleSet:
    """Return the rules from which a triple of one of these properties can follow, at however many removes."""
    wanted: set[Key] = set(goals)
    kept: list[Rule] = []
    left = [rule for rule in rules.working if not rule.clash]
    while True:
        found = [rule for rule in left if any(_gives(key_of(atom), wanted) for atom in rule.head)]
        if not found:
            return replace(rules, working=tuple(kept))
        kept += found
        left = [rule for rule in left if rule not in found]
        wanted |= {key_of(atom) for rule in found for atom in rule.body}


def _gives(head: Key, wanted: set[Key]) -> bool:
    return head in wanted or (isinstance(head, tuple) and head[0] in wanted)


def _joined(rules: RuleSet) -> frozenset[Key]:
    """Return what a fact is filed under that may reach a rule which joins two facts about one process.

    A rule that has one condition about the thing it concludes of, and otherwise looks at other things, keeps facts
    apart: what it gives for several facts is what it gives for each.
    """
    reached: set[Key] = {key_of(atom) for rule in rules.working if not _apart(rule) for atom in rule.body}
    while True:
        further = {
            key_of(atom)
            for rule in rules.working
            if any(_gives(key_of(head), reached) or _covers(key_of(head), reached) for head in rule.head)
            for atom in rule.body
        }
        if further <= reached:
            return frozenset(reached)
        reached |= further


def _covers(head: Key, wanted: set[Key]) -> bool:
    """Tell whether a head that leaves the class open may give one that is wanted."""
    return not isinstance(head, tuple) and any(isinstance(key, tuple) and key[0] == head for key in wanted)


def _apart(rule: Rule) -> bool:
    subjects = {atom[0] for atom in rule.head}
    if len(subjects) != 1:
        return False
    (subject,) = subjects
    about = [atom for atom in rule.body if atom[0] == subject]
    named = any(subject == atom[2] for atom in (*rule.body, *rule.head))
    return isinstance(subject, ox.Variable) and len(about) == 1 and not named and not rule.tests
