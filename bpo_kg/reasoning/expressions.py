"""Class expressions as rule parts: what makes something a member, and what follows from being one.

The two sides differ, as they do in OWL 2 RL: on the left an expression becomes conditions (`conditions`), on the
right it becomes conclusions (`Conclusions.draw`). What a side cannot express raises `NotExpressible`, and only
that part of the axiom is lost.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pyoxigraph as ox

from bpo_kg.reasoning.axioms import Axioms, owl
from bpo_kg.reasoning.refusals import NotExpressible
from bpo_kg.reasoning.rules import NOTHING, THING, TYPE, Atom, Axiom, Merger, Rule, Slot, Term, Test, fill
from bpo_kg.vocabulary import OWL, RDF, RDFS, XSD

MOST_ALTERNATIVES = 1024
DEEPEST = 60
"""How deep class expressions may be nested."""
_TOP = (owl("topObjectProperty"), owl("topDataProperty"))
_LITERALS = frozenset(ox.NamedNode(n) for n in (RDFS + "Literal", RDF + "PlainLiteral", RDF + "langString"))
_SOME, _ALL, _VALUE = owl("someValuesFrom"), owl("allValuesFrom"), owl("hasValue")
_AND, _OR, _NOT, _ONE_OF = owl("intersectionOf"), owl("unionOf"), owl("complementOf"), owl("oneOf")
_ON, _ON_CLASS, _ON_RANGE, _SELF = owl("onProperty"), owl("onClass"), owl("onDataRange"), owl("hasSelf")
_MIN = (owl("minCardinality"), owl("minQualifiedCardinality"))
_MAX = (owl("maxCardinality"), owl("maxQualifiedCardinality"))
_EXACT = (owl("cardinality"), owl("qualifiedCardinality"))
_INVERSE = owl("inverseOf")
DEFINING = (_AND, _OR, _NOT, _ONE_OF)
"""Predicates that define a class when they stand on its name rather than on a blank node."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One way to be a member: atoms and tests that all have to hold, and variables that must be given individuals."""

    atoms: tuple[Atom, ...] = ()
    tests: tuple[Test, ...] = ()
    fixed: tuple[tuple[ox.Variable, Term], ...] = ()

    def __add__(self, other: "Condition") -> "Condition":
        atoms = self.atoms + tuple(atom for atom in other.atoms if atom not in self.atoms)
        return Condition(atoms, self.tests + other.tests, self.fixed + other.fixed)


@dataclass(slots=True)
class Drawn:
    """The rules and mergers that axioms have given so far."""

    rules: list[Rule] = field(default_factory=list)
    mergers: list[Merger] = field(default_factory=list)

    def rule(self, condition: Condition, head: tuple[Atom, ...], axiom: Axiom, kind: str) -> None:
        given = dict(condition.fixed)
        if any(given[variable] != term for variable, term in condition.fixed):
            return  # it would have to be two named individuals at once
        body = tuple(dict.fromkeys(fill(atom, given) for atom in condition.atoms))
        head = tuple(fill(atom, given) for atom in head)
        if any(isinstance(atom[0], ox.Literal) for atom in head) or (head and set(head) <= set(body)):
            return
        self.rules.append(Rule(body, head, (axiom,), kind, condition.tests))

    def merger(
        self, condition: Condition, key: tuple[ox.Variable, ...], value: ox.Variable, axiom: Axiom, kind: str
    ) -> None:
        given = dict(condition.fixed)
        body = tuple(fill(atom, given) for atom in condition.atoms)
        kept = tuple(variable for variable in key if variable not in given)
        if value not in given:
            self.mergers.append(Merger(body, kept, value, (axiom,), kind, condition.tests))


class Expressions:
    """Reads the class expressions of an ontology."""

    def __init__(self, axioms: Axioms) -> None:
        self.axioms = axioms
        self._fresh = 0
        self._open: list[Term] = []

    def variable(self) -> ox.Variable:
        self._fresh += 1
        return ox.Variable(f"v{self._fresh}")

    def edge(self, x: Slot, prop: Term, y: Slot) -> Atom:
        """Return the atom that says x is related to y by a property or by the inverse of one."""
        if isinstance(prop, ox.BlankNode):
            inner = self.axioms.value(prop, _INVERSE)
            if not isinstance(inner, ox.NamedNode):
                raise NotExpressible("malformed", prop)
            return self.edge(y, inner, x)
        if not isinstance(prop, ox.NamedNode):
            raise NotExpressible("malformed", prop)
        if prop in _TOP:
            raise NotExpressible("top", prop)
        return (x, prop, y)

    def is_data_range(self, node: Term) -> bool:
        if isinstance(node, ox.NamedNode):
            return node.value.startswith(XSD) or node in _LITERALS or node.value in (OWL + "real", OWL + "rational")
        ends = (owl("onDatatype"), owl("datatypeComplementOf"))
        if any(self.axioms.value(node, end) is not None for end in ends):
            return True
        listed = self.axioms.value(node, _AND) or self.axioms.value(node, _OR)
        if listed is not None:
            return any(self.is_data_range(member) for member in self.axioms.members(listed))
        one_of = self.axioms.value(node, _ONE_OF)
        return one_of is not None and any(isinstance(m, ox.Literal) for m in self.axioms.members(one_of))

    def datatypes(self, node: Term) -> list[ox.NamedNode]:
        """Return the named datatypes whose intersection a data range is."""
        if isinstance(node, ox.NamedNode):
            return [] if node.value == RDFS + "Literal" else [node]
        listed = self.axioms.value(node, _AND)
        if listed is None or self.axioms.value(node, owl("onDatatype")) is not None:
            raise NotExpressible("data-range")
        return [name for member in self.axioms.members(listed) for name in self.datatypes(member)]

    # --- left: what makes x a member -------------------------------------------------------------
    def conditions(self, node: Term, x: ox.Variable, *, defined: bool = False) -> list[Condition]:
        """Return the alternative conditions under which x belongs to a class expression.

        Args:
            defined: read what stands on a class name as its definition instead of the name.
        """
        if isinstance(node, ox.NamedNode) and not defined:
            return [Condition()] if node == THING else [Condition(((x, TYPE, node),))]
        with self._reading(node):
            return self._conditions(node, x)

    @contextmanager
    def _reading(self, node: Term) -> Iterator[None]:
        """Refuse an expression that contains itself, or is nested deeper than anybody writes."""
        if (isinstance(node, ox.BlankNode) and node in self._open) or len(self._open) > DEEPEST:
            raise NotExpressible("malformed", node)
        self._open.append(node)
        try:
            yield
        finally:
            self._open.pop()

    def _conditions(self, node: Term, x: ox.Variable) -> list[Condition]:
        axioms = self.axioms
        listed = axioms.value(node, _AND)
        if listed is not None:
            found = [Condition()]
            for member in axioms.members(listed):
                found = [a + b for a in found for b in self.conditions(member, x)]
                if len(found) > MOST_ALTERNATIVES:
                    raise NotExpressible("alternatives", MOST_ALTERNATIVES)
            return found
        listed = axioms.value(node, _OR)
        if listed is not None:
            return [condition for member in axioms.members(listed) for condition in self.conditions(member, x)]
        listed = axioms.value(node, _ONE_OF)
        if listed is not None:
            return [Condition(fixed=((x, member),)) for member in axioms.members(listed)]
        if axioms.value(node, _NOT) is not None:
            raise NotExpressible("not-left")
        return self._restriction(node, x)

    def _restriction(self, node: Term, x: ox.Variable) -> list[Condition]:
        axioms, prop = self.axioms, self.axioms.value(node, _ON)
        if prop is None:
            raise NotExpressible("data-range" if self.is_data_range(node) else "malformed", node)
        value = axioms.value(node, _VALUE)
        if value is not None:
            return [Condition((self.edge(x, prop, value),))]
        filler = axioms.value(node, _SOME)
        if filler is not None:
            return self._with_value(x, prop, filler)
        for predicate in _MIN:
            if (count := axioms.value(node, predicate)) is not None:
                if not isinstance(count, ox.Literal) or count.value != "1":
                    raise NotExpressible("count-left", self._name(prop))
                return self._with_value(
                    x, prop, axioms.value(node, _ON_CLASS) or axioms.value(node, _ON_RANGE) or THING
                )
        if axioms.value(node, _ALL) is not None:
            raise NotExpressible("all-left", self._name(prop))
        if axioms.value(node, _SELF) is not None:
            raise NotExpressible("self", self._name(prop))
        if any(axioms.value(node, predicate) is not None for predicate in _MAX + _EXACT):
            raise NotExpressible("count-left", self._name(prop))
        raise NotExpressible("malformed", node)

    def _with_value(self, x: ox.Variable, prop: Term, filler: Term) -> list[Condition]:
        y = self.variable()
        edge = Condition((self.edge(x, prop, y),))
        if self.is_data_range(filler):
            return [replace(edge, tests=tuple(Test(y, name, True) for name in self.datatypes(filler)))]
        return [edge + condition for condition in self.conditions(filler, y)]

    def _name(self, prop: Term) -> Term:
        """Return the name to call a property by: that of the inner one for an inverse."""
        return prop if isinstance(prop, ox.NamedNode) else self.axioms.value(prop, _INVERSE) or prop

    # --- right: what follows from x being a member -----------------------------------------------
    def conclude(
        self,
        node: Term,
        x: ox.Variable,
        given: Condition,
        axiom: Axiom,
        kind: str,
        out: Drawn,
        *,
        defined: bool = False,
    ) -> Iterator[NotExpressible]:
        """Draw what follows if `given` makes x a member of a class expression; yield what cannot be expressed."""
        try:
            with self._reading(node):
                yield from self._conclude(node, x, given, axiom, kind, out, defined)
        except NotExpressible as problem:
            yield problem

    def _conclude(
        self, node: Term, x: ox.Variable, given: Condition, axiom: Axiom, kind: str, out: Drawn, defined: bool
    ) -> Iterator[NotExpressible]:
        axioms = self.axioms
        if isinstance(node, ox.NamedNode) and not defined:
            if node != THING:
                if not given.atoms and not given.fixed:
                    raise NotExpressible("everything")
                out.rule(given, () if node == NOTHING else ((x, TYPE, node),), axiom, kind)
            return
        listed = axioms.value(node, _AND)
        if listed is not None:
            for member in axioms.members(listed):
                yield from self.conclude(member, x, given, axiom, kind, out)
            return
        inner = axioms.value(node, _NOT)
        if inner is not None:
            for condition in self.conditions(inner, x):
                out.rule(given + condition, (), axiom, "cls-com")
            return
        for predicate, code in ((_OR, "union-right"), (_ONE_OF, "one-of-right")):
            listed = axioms.value(node, predicate)
            if listed is not None:
                members = axioms.members(listed)
                if predicate == _OR and len(members) == 1:
                    yield from self.conclude(members[0], x, given, axiom, kind, out)
                    return
                raise NotExpressible(code)
        yield from self._restrict(node, x, given, axiom, out)

    def _restrict(
        self, node: Term, x: ox.Variable, given: Condition, axiom: Axiom, out: Drawn
    ) -> Iterator[NotExpressible]:
        axioms, prop = self.axioms, self.axioms.value(node, _ON)
        if prop is None:
            raise NotExpressible("malformed", node)
        y = self.variable()
        value, filler = axioms.value(node, _VALUE), axioms.value(node, _ALL)
        if value is not None:
            if not given.atoms and not given.fixed:
                raise NotExpressible("everything")
            out.rule(given, (self.edge(x, prop, value),), axiom, "cls-hv1")
            return
        if filler is not None:
            yield from self.require(filler, y, given + Condition((self.edge(x, prop, y),)), axiom, "cls-avf", out)
            return
        if axioms.value(node, _SOME) is not None:
            raise NotExpressible("some-right", self._name(prop))
        if axioms.value(node, _SELF) is not None:
            raise NotExpressible("self", self._name(prop))
        known = False
        on = axioms.value(node, _ON_CLASS) or axioms.value(node, _ON_RANGE)
        for predicates in (_EXACT, _MAX, _MIN):
            for predicate in predicates:
                count = axioms.value(node, predicate)
                if count is None:
                    continue
                known = True
                number = count.value if isinstance(count, ox.Literal) else "?"
                if predicates is not _MIN:
                    yield from self._at_most(number, prop, on, x, given, axiom, out)
                if predicates is not _MAX and number != "0":
                    yield NotExpressible("min-right", self._name(prop), number)
        if not known:
            raise NotExpressible("malformed", node)

    def _at_most(
        self, number: str, prop: Term, on: Term | None, x: ox.Variable, given: Condition, axiom: Axiom, out: Drawn
    ) -> Iterator[NotExpressible]:
        if number not in ("0", "1"):
            yield NotExpressible("max-right", self._name(prop), number)
            return
        y = self.variable()
        edge = Condition((self.edge(x, prop, y),))
        values = [edge]
        if on is not None and on != THING:
            if self.is_data_range(on):
                values = [replace(edge, tests=tuple(Test(y, name, True) for name in self.datatypes(on)))]
            else:
                values = [edge + condition for condition in self.conditions(on, y)]
        kinds = {
            (False, "0"): "cls-maxc1",
            (False, "1"): "cls-maxc2",
            (True, "0"): "cls-maxqc1",
            (True, "1"): "cls-maxqc3",
        }
        if (
            number == "1" and len(values) > 1
        ):  # one of several kinds of value: two kinds may meet, so no half rule will do
            yield NotExpressible("max-right", self._name(prop), number)
            return
        for condition in values:
            if number == "0":
                out.rule(given + condition, (), axiom, kinds[on is not None, "0"])
            else:
                out.merger(given + condition, (x,), y, axiom, kinds[on is not None, "1"])

    def require(
        self, filler: Term, y: ox.Variable, given: Condition, axiom: Axiom, kind: str, out: Drawn
    ) -> Iterator[NotExpressible]:
        """Draw that y belongs to a class or a data range if `given` holds; for a data range anything else clashes."""
        if not self.is_data_range(filler):
            yield from self.conclude(filler, y, given, axiom, kind, out)
            return
        try:
            for name in self.datatypes(filler):
                out.rule(replace(given, tests=(*given.tests, Test(y, name, False))), (), axiom, "dt-not-type")
        except NotExpressible as problem:
            yield problem
