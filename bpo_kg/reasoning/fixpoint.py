"""Close a store under rules: each rule one SPARQL update, in order, and only rings more than once.

Inside a ring the rules run semi-naively: a round joins only what the last round found, so that a chain of n parts
takes as many rounds as it is deep and no fact is found from the same premises twice.
"""

from collections.abc import Iterable

import pyoxigraph as ox

from bpo_kg.reasoning.datatypes import passes
from bpo_kg.reasoning.order import Plan, Step
from bpo_kg.reasoning.rules import Atom, Key, Rule, Slot, fill, key_of, variables
from bpo_kg.reasoning.space import Space
from bpo_kg.store.dataset import Triple
from bpo_kg.vocabulary import BASE

_ROUNDS = tuple(ox.NamedNode(f"{BASE}hidden/round/{i}") for i in range(2))


def pattern_text(atoms: Iterable[Atom]) -> str:
    return " . ".join(f"{s} {p} {o}" for s, p, o in atoms)


def sayable(atoms: Iterable[Atom]) -> bool:
    """Return whether SPARQL can name every term; a blank node in its text is a variable, not a name."""
    return not any(isinstance(slot, ox.BlankNode) for s, _, o in atoms for slot in (s, o))


class Fixpoint:
    """One full run of a plan in a space."""

    def __init__(self, space: Space, plan: Plan) -> None:
        self.space = space
        self.plan = plan
        self._where: dict[tuple[Slot | None, Key, Slot | None], list[ox.NamedNode]] = {}
        self._concluded: set[Key] = set()
        self.updates = 0

    def run(self) -> None:
        """Write into the target graph what follows from the given graphs and is not given itself."""
        space, plan = self.space, self.plan
        if plan.facts:
            space.conclude(plan.facts)  # type: ignore[arg-type]
            self._note(plan.facts)
        for start in plan.starts.values():
            graphs = [g for g in self._graphs(start) if g != space.target]
            if graphs:
                heads = [atom for atom in plan.implications.closure([start]) if atom != start]
                self._apply(Rule((start,), tuple(heads), (), ""), graphs, space.target)
                self._note(heads)
        for step in plan.steps:
            if step.recursive:
                self._ring(step)
            else:
                self._once(step.rules[0], space.target)
        self._subtract_given()

    # --- what is there ---------------------------------------------------------------------------
    def _graphs(self, atom: Atom) -> list[ox.NamedNode]:
        """Return the graphs with a match of an atom; conclusions of this run are counted by predicate or class."""
        key = key_of(atom)
        s, o = (None if isinstance(slot, ox.Variable) else slot for slot in (atom[0], atom[2]))
        found = self._where.get((s, key, o))
        if found is None:
            found = [g for g in self.space.graphs_with(atom) if g != self.space.target]
            self._where[s, key, o] = found
        return [*found, self.space.target] if key in self._concluded else found

    def _note(self, heads: Iterable[Atom]) -> None:
        self._concluded.update(key_of(atom) for atom in heads)

    def _scope(self, body: tuple[Atom, ...]) -> list[ox.NamedNode] | None:
        """Return the graphs to read for a body, or None if an atom of it cannot match anywhere."""
        scope: dict[ox.NamedNode, None] = {}
        for atom in body:
            graphs = self._graphs(atom)
            if not graphs:
                return None
            scope.update(dict.fromkeys(graphs))
        return list(scope)

    # --- running ---------------------------------------------------------------------------------
    def _once(self, rule: Rule, into: ox.NamedNode) -> None:
        scope = self._scope(rule.body)
        if scope is not None:
            self._apply(rule, scope, into)
            self._note(rule.head)

    def _apply(self, rule: Rule, scope: list[ox.NamedNode], into: ox.NamedNode, new: Atom | None = None) -> None:
        """Run one rule; if `new` is given, that atom of its body has to match in the last round's graph."""
        self.updates += 1
        store = self.space.store
        if rule.tests or not sayable(rule.body + rule.head):
            store.bulk_extend(self._found(rule, into))
            return
        last = _ROUNDS[0] if into == _ROUNDS[1] else _ROUNDS[1]
        body = pattern_text(atom for atom in rule.body if atom is not new)
        if new is not None:
            body = f"GRAPH {last} {{ {pattern_text([new])} }} {body}"
        using = " ".join(f"USING {graph}" for graph in scope) + (f" USING NAMED {last}" if new is not None else "")
        store.update(f"INSERT {{ GRAPH {into} {{ {pattern_text(rule.head)} }} }} {using} WHERE {{ {body} }}")

    def _found(self, rule: Rule, into: ox.NamedNode) -> list[ox.Quad]:
        """Return what a rule concludes that SPARQL cannot express exactly: it is matched term by term."""
        quads = []
        for bindings in self.space.solve(rule.body, {}):
            if passes(rule.tests, bindings):
                for atom in rule.head:
                    s, p, o = fill(atom, bindings)
                    if not isinstance(s, ox.Literal):
                        quads.append(ox.Quad(s, p, o, into))  # type: ignore[arg-type]
        return quads

    def _ring(self, step: Step) -> None:
        store, target = self.space.store, self.space.target
        keys = {key_of(atom) for rule in step.rules for atom in rule.head}
        # The first round has to see every rule whose premises the ring itself can supply.
        for graph in _ROUNDS:
            store.remove_graph(graph)
        into = _ROUNDS[0]
        for rule in step.rules:
            self._once(rule, into)
        while self._keep_new(into):
            store.update(f"INSERT {{ GRAPH {target} {{ ?s ?p ?o }} }} WHERE {{ GRAPH {into} {{ ?s ?p ?o }} }}")
            last, into = into, _ROUNDS[1] if into == _ROUNDS[0] else _ROUNDS[0]
            store.remove_graph(into)
            for rule in step.rules:
                for atom in rule.body:
                    if key_of(atom) in keys and self._any(atom, last):
                        scope = self._scope(rule.body)
                        if scope is not None:
                            self._apply(rule, scope, into, atom)
                            self._note(rule.head)
        for graph in _ROUNDS:
            store.remove_graph(graph)

    def _any(self, atom: Atom, graph: ox.NamedNode) -> bool:
        s, p, o = (None if isinstance(slot, ox.Variable) else slot for slot in atom)
        return next(self.space.store.quads_for_pattern(s, p, o, graph), None) is not None  # type: ignore[arg-type]

    def _keep_new(self, graph: ox.NamedNode) -> bool:
        """Take out of a round's graph what was known before; return whether anything is left."""
        every = ox.Variable("s"), ox.Variable("p"), ox.Variable("o")
        for known in (*self.space.given, self.space.target):
            self._take_out(graph, known, every)  # type: ignore[arg-type]
        return next(self.space.store.quads_for_pattern(None, None, None, graph), None) is not None

    def _take_out(self, graph: ox.NamedNode, known: ox.NamedNode, atom: Atom) -> None:
        text = pattern_text([atom])
        self.space.store.update(
            f"DELETE {{ GRAPH {graph} {{ {text} }} }} WHERE {{ GRAPH {graph} {{ {text} }} GRAPH {known} {{ {text} }} }}"
        )

    def _subtract_given(self) -> None:
        """Inferred means closure minus asserted: take back what was concluded although it was given."""
        x, y = ox.Variable("x"), ox.Variable("y")
        for key in self._concluded:
            atom: Atom = (x, key[0], key[1]) if isinstance(key, tuple) else (x, key, y)
            for graph in self.space.graphs_with(atom):
                if graph != self.space.target:
                    self._take_out(self.space.target, graph, atom)


__all__ = ["Fixpoint", "Triple", "pattern_text", "sayable", "variables"]
