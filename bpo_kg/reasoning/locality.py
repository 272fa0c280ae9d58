"""Which columns of a table decide an answer, and whether other rows can have a say in it.

A table of a million rows has few different combinations of the cells that matter to one answer, so it can be
reasoned over once per combination, but only if an answer is a function of the row's own cells. That is computed
here from the rules, never listed by hand: the rules run over one row, any other row, and the things that rows share.
A conclusion about the row is tainted if a cell of the other row took part in it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import pyoxigraph as ox

from bpo_kg.reasoning.rewrite import Implications
from bpo_kg.reasoning.rules import SAME, TYPE, Atom, Axiom, Key, Merger, Rule, RuleSet, Slot, Term, key_of
from bpo_kg.store.dataset import Triple

Answer = tuple[ox.NamedNode, Term | None]
"""A property and, if only one value of it matters, that value; for `rdf:type` a class."""
Sort = tuple[str, object]
"""What a variable stands for: a row, the value in one of its columns, a named thing, or something shared."""

THIS: Sort = ("row", "this")
OTHER: Sort = ("row", "other")
SHARED: Sort = ("shared", None)


@dataclass(frozen=True, slots=True)
class Column:
    """One property that a table's column answers to."""

    property: ox.NamedNode
    many: bool = False
    """Whether a cell may hold several values."""
    literal: bool = False
    distinct: bool = False
    """Whether its values are known to be pairwise different, so that two of them contradict and never merge."""


@dataclass(frozen=True, slots=True)
class Slice:
    """What decides one answer."""

    columns: frozenset[ox.NamedNode]
    """The properties whose cells in the row itself the rules can reach back to."""
    reasons: tuple[Axiom, ...] = ()
    """Axioms through which another row can have a say; none if the answer is local to its row."""

    @property
    def local(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, slots=True)
class Locality:
    """The slices of the answers that were asked for."""

    slices: dict[Answer, Slice]

    @property
    def local(self) -> bool:
        return all(one.local for one in self.slices.values())

    @property
    def reasons(self) -> tuple[Axiom, ...]:
        """Return the axioms that make any answer depend on other rows, each once."""
        return tuple(dict.fromkeys(axiom for one in self.slices.values() for axiom in one.reasons))

    @property
    def columns(self) -> frozenset[ox.NamedNode]:
        """Return the columns that any answer depends on."""
        return frozenset(column for one in self.slices.values() for column in one.columns)


@dataclass(frozen=True, slots=True)
class _Fact:
    """An abstract triple: who is related to what, and whether the other row's cells took part."""

    key: Key
    subject: Sort
    object: Sort
    tainted: bool


@dataclass(slots=True)
class _Ground:
    """How an abstract fact came about: the row's own columns that took part, and the first derivation."""

    columns: set[ox.NamedNode] = field(default_factory=set)
    rule: Rule | None = None
    premises: tuple[_Fact, ...] = ()


def analyse(
    rules: RuleSet,
    columns: Iterable[Column],
    links: Iterable[Column],
    answers: Iterable[Answer],
    *,
    universal: Iterable[ox.NamedNode] = (),
    shared: Iterable[Triple] = (),
    is_row: Callable[[Term], bool] = lambda term: False,
) -> Locality:
    """Return, for each answer about a row, which of the row's columns decide it, and whether other rows may.

    Args:
        rules: the compiled axioms.
        columns: properties whose cells hold literals or things that rows share.
        links: properties whose cells name other rows.
        answers: what is asked of a row.
        universal: classes that every row belongs to.
        shared: the facts about things that rows share: catalogue, countries, scales.
        is_row: tells whether a term that an axiom names is a row.
    """
    run = _Run(rules, tuple(columns), tuple(links), frozenset(universal), is_row)
    run.begin(shared)
    run.close()
    return run.result(tuple(answers))


class _Run:
    def __init__(
        self,
        rules: RuleSet,
        columns: tuple[Column, ...],
        links: tuple[Column, ...],
        universal: frozenset[ox.NamedNode],
        is_row: Callable[[Term], bool],
    ) -> None:
        self.rules = rules
        self.columns = {column.property: column for column in (*columns, *links)}
        self._cells, self._links = columns, links
        self.is_row = is_row
        self.grounds: dict[_Fact, _Ground] = {}
        self._by_key: dict[Key, list[_Fact]] = {}
        self._waiting: dict[int, None] = {}
        self._drawn = [rule for rule in rules.working if rule.head and not _equates(rule)]
        self._readers: dict[Key, list[int]] = {}
        for i, rule in enumerate(self._drawn):
            for atom in rule.body:
                self._readers.setdefault(key_of(atom), []).append(i)
        x = ox.Variable("x0")
        every: list[Atom] = [(x, TYPE, name) for name in universal]
        implied = Implications(rule for rule in rules.working if rule.head).closure(every)
        self._universal = {key_of(atom) for atom in implied if atom[0] == x and atom[1] == TYPE}

    # --- what is there to begin with -------------------------------------------------------------
    def begin(self, shared: Iterable[Triple]) -> None:
        for key in self._universal:
            self._add(_Fact(key, THIS, SHARED, False), set())
            self._add(_Fact(key, OTHER, SHARED, False), set())
        for column in self._cells:
            p = column.property
            self._add(_Fact(p, THIS, ("cell", p), False), {p})
            self._add(_Fact(p, OTHER, ("other cell", p), True), set())
        for column in self._links:
            p = column.property
            for whom in (THIS, OTHER):
                self._add(_Fact(p, THIS, whom, False), {p})
                self._add(_Fact(p, OTHER, whom, True), set())
        for key in dict.fromkeys(map(key_of, shared)):
            self._add(_Fact(key, SHARED, SHARED, False), set())
        for i, rule in enumerate(self._drawn):
            if not rule.body:
                self._waiting[i] = None

    def _add(
        self, fact: _Fact, columns: set[ox.NamedNode], rule: Rule | None = None, premises: tuple[_Fact, ...] = ()
    ) -> None:
        if rule is not None and fact.subject in (THIS, OTHER) and fact.key in self._universal:
            return  # true of every row, whoever else says so
        ground = self.grounds.get(fact)
        if ground is None:
            self.grounds[fact] = _Ground(set(columns), rule, premises)
            self._by_key.setdefault(fact.key, []).append(fact)
        elif columns <= ground.columns:
            return
        else:
            ground.columns |= columns
        for i in self._readers.get(fact.key, ()):
            self._waiting[i] = None

    # --- running the rules -----------------------------------------------------------------------
    def close(self) -> None:
        while self._waiting:
            i = next(iter(self._waiting))
            del self._waiting[i]
            rule = self._drawn[i]
            for bound, premises, named in list(self._matches(rule.body)):
                tainted = named or any(premise.tainted for premise in premises)
                cells = {column for premise in premises for column in self.grounds[premise].columns}
                for head in rule.head:
                    subject, object_ = self._sort(head[0], bound), self._sort(head[2], bound)
                    for whom in (THIS, OTHER) if subject[0] == "named row" else (subject,):
                        mine = tainted or subject[0] == "named row"
                        value = SHARED if whom != THIS and object_[0] == "thing" else object_
                        if isinstance(key_of(head), tuple):
                            value = SHARED
                        self._add(_Fact(key_of(head), _shared(whom), value, mine), cells, rule, premises)

    def _sort(self, slot: Slot, bound: dict[ox.Variable, Sort]) -> Sort:
        if isinstance(slot, ox.Variable):
            return bound.get(slot, SHARED)
        return ("named row", slot) if self.is_row(slot) else ("thing", slot)

    def _matches(self, body: tuple[Atom, ...]) -> Iterator[tuple[dict[ox.Variable, Sort], tuple[_Fact, ...], bool]]:
        """Yield the ways that abstract facts satisfy a body; the last part tells whether a row was named."""

        def extend(
            rest: tuple[Atom, ...], bound: dict[ox.Variable, Sort], used: tuple[_Fact, ...], named: bool
        ) -> Iterator[tuple[dict[ox.Variable, Sort], tuple[_Fact, ...], bool]]:
            if not rest:
                yield bound, used, named
                return
            atom = rest[0]
            ends = (atom[0],) if isinstance(key_of(atom), tuple) else (atom[0], atom[2])
            for fact in self._by_key.get(key_of(atom), ()):
                new, by_name = dict(bound), named
                for slot, sort in zip(ends, (fact.subject, fact.object), strict=False):
                    met = _meet(new.get(slot) if isinstance(slot, ox.Variable) else self._sort(slot, {}), sort)
                    if met is None:
                        break
                    by_name = by_name or (sort == THIS and not isinstance(slot, ox.Variable))
                    if isinstance(slot, ox.Variable):
                        new[slot] = met
                else:
                    yield from extend(rest[1:], new, (*used, fact), by_name)

        return extend(body, {}, (), False)

    # --- what may be merged ----------------------------------------------------------------------
    def merging(self) -> list[Axiom]:
        """Return the axioms by which rows, or things that rows share, may turn out to be the same because of rows."""
        found: dict[Axiom, None] = {}
        for merger in self.rules.mergers:
            if self._merges(merger):
                found.update(dict.fromkeys(merger.axioms))
        for rule in self.rules.working:
            if rule.head and _equates(rule):
                found.update(dict.fromkeys(rule.axioms))
        return list(found)

    def _merges(self, merger: Merger) -> bool:
        """Return whether rows can give a merger two values that would become one."""
        for bound, premises, named in self._matches(merger.body):
            if named:
                return True
            ends = {end for premise in premises for end in (premise.subject, premise.object)}
            if THIS not in ends or OTHER in (bound[name] for name in merger.key):
                continue  # decided by what is shared, or the mirror image of what this row does
            if not any(
                self._cannot_merge(merger, bound, atom, fact) for atom, fact in zip(merger.body, premises, strict=True)
            ):
                return True
        return False

    def _cannot_merge(self, merger: Merger, bound: dict[ox.Variable, Sort], atom: Atom, fact: _Fact) -> bool:
        """Return whether a fact gives a row's value in a way that leaves nothing to merge."""
        column = self.columns.get(atom[1])
        if column is None or atom[2] != merger.value or fact.subject not in (THIS, OTHER):
            return False
        if column.literal or column.distinct:
            return True
        # A cell of one value, and no other source of the property for this row.
        alone = not fact.tainted and self.grounds[fact].columns == {column.property} and fact.object[0] != "thing"
        return alone and not column.many and all(bound[name] == THIS for name in merger.key)

    # --- what came of it -------------------------------------------------------------------------
    def result(self, answers: tuple[Answer, ...]) -> Locality:
        merging = tuple(self.merging())
        slices = {}
        for answer in answers:
            cells: set[ox.NamedNode] = set()
            reasons: dict[Axiom, None] = {}
            for fact in self._about(answer):
                if fact.tainted:
                    reasons.update(dict.fromkeys(self._entry(fact)))
                else:
                    cells |= self.grounds[fact].columns
            reasons.update(dict.fromkeys(merging))
            slices[answer] = Slice(frozenset(cells), tuple(reasons))
        return Locality(slices)

    def _about(self, answer: Answer) -> Iterator[_Fact]:
        prop, value = answer
        key: Key = (prop, value) if prop == TYPE and value is not None else prop
        for fact in self._by_key.get(key, ()):
            thing = fact.object[0] == "thing" and value is not None and not isinstance(key, tuple)
            if fact.subject == THIS and not (thing and fact.object[1] != value):
                yield fact

    def _entry(self, fact: _Fact) -> Iterator[Axiom]:
        """Yield the axioms of the step at which the other row's say first reaches this row, then those below it."""
        current, seen = fact, set()
        while current not in seen:
            seen.add(current)
            ground = self.grounds[current]
            if ground.rule is None:
                return
            tainted = [premise for premise in ground.premises if premise.tainted]
            about_row = [premise for premise in tainted if premise.subject == THIS]
            if not about_row or not tainted:
                yield from ground.rule.axioms
                return
            current = about_row[0]


def _equates(rule: Rule) -> bool:
    return any(atom[1] == SAME for atom in rule.head)


def _shared(sort: Sort) -> Sort:
    return SHARED if sort[0] == "thing" else sort


def _meet(known: Sort | None, sort: Sort) -> Sort | None:
    """Return what is known of something that is both, or None if nothing can be both.

    Shared things may always be one another: the value of this row's cell, of the other row's, one that an axiom names.
    """
    if known is None or known == sort:
        return sort
    if known[0] == "named row" and sort[0] == "row":
        return sort
    if "row" in (known[0], sort[0]) or "named row" in (known[0], sort[0]):
        return None
    order = ("cell", "other cell", "thing", "shared")
    return min(known, sort, key=lambda one: order.index(one[0]))
