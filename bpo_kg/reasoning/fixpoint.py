"""Close a store under rules: each rule one SPARQL update, in order, and only rings more than once.

Writing a triple costs more than finding it, so no triple is written twice if that can be known before: a class is
filled from all its sources at once, what is asserted already is filtered out, and a conclusion without a variable
is written once. Inside a ring the rules run semi-naively: a round joins only what the last round found.
"""

from collections.abc import Iterable

import pyoxigraph as ox

from bpo_kg.reasoning.datatypes import passes
from bpo_kg.reasoning.memberships import Membership, memberships
from bpo_kg.reasoning.order import Plan, Step
from bpo_kg.reasoning.rules import TYPE, Atom, Key, Rule, fill, key_of
from bpo_kg.reasoning.space import Space
from bpo_kg.store.dataset import Triple
from bpo_kg.vocabulary import BASE

_ROUNDS = tuple(ox.NamedNode(f"{BASE}hidden/round/{i}") for i in range(2))
_PATHS = ox.NamedNode(f"{BASE}hidden/paths")
_X = ox.Variable("x")


def pattern_text(atoms: Iterable[Atom]) -> str:
    """Return atoms as a SPARQL graph pattern."""
    return " . ".join(f"{s} {p} {o}" for s, p, o in atoms)


def sayable(atoms: Iterable[Atom]) -> bool:
    """Return whether SPARQL can name every term; a blank node in its text is a variable, not a name."""
    return not any(isinstance(slot, ox.BlankNode) for s, _, o in atoms for slot in (s, o))


class Fixpoint:
    """One full run of a plan in a space."""

    def __init__(self, space: Space, plan: Plan) -> None:
        self.space = space
        self.plan = plan
        self._concluded: set[Key] = set()
        self.updates = 0

    def run(self) -> None:
        """Write into the target graph what follows from the given graphs and is not given itself."""
        self._facts(self.plan.facts)  # type: ignore[arg-type]
        active = {}
        for start in self.plan.starts.values():
            graphs = self.space.given_with(start)
            if graphs:
                active[start] = graphs
        edges, found = memberships(active, self.plan.implications)
        for start, heads in edges:
            self._insert(heads, (start,), active[start])
        for membership in found:
            self._fill_class(membership, active)
        for step in self.plan.steps:
            if step.recursive:
                self._ring(step)
            else:
                rule = step.rules[0]
                scope = self._scope(rule.body)
                if scope is not None:
                    self._apply(rule, scope)

    # --- what is there ---------------------------------------------------------------------------
    def _graphs(self, atom: Atom) -> list[ox.NamedNode]:
        """Return the graphs with a match of an atom; conclusions of this run are counted by predicate or class."""
        found = self.space.given_with(atom)
        return [*found, self.space.target] if key_of(atom) in self._concluded else found

    def _scope(self, body: Iterable[Atom]) -> list[ox.NamedNode] | None:
        """Return the graphs to read for a body, or None if an atom of it cannot match anywhere."""
        scope: dict[ox.NamedNode, None] = {}
        for atom in body:
            graphs = self._graphs(atom)
            if not graphs:
                return None
            scope.update(dict.fromkeys(graphs))
        return list(scope)

    # --- writing ---------------------------------------------------------------------------------
    def _facts(self, triples: Iterable[Triple]) -> None:
        new = [triple for triple in triples if not self.space.holds(triple)]
        self.space.conclude(new)
        self._concluded.update(map(key_of, new))

    def _update(self, text: str) -> None:
        self.updates += 1
        self.space.store.update(text)

    def _insert(self, heads: Iterable[Atom], body: tuple[Atom, ...], scope: list[ox.NamedNode]) -> None:
        """Write heads for every match of a body; those that may be given already are filtered one by one."""
        text, using = pattern_text(self.space.rarest_first(body)), _using(scope)
        free: list[Atom] = []
        constant: list[Atom] = []
        for head in heads:
            if not (isinstance(head[0], ox.Variable) or isinstance(head[2], ox.Variable)):
                constant.append(head)
            elif self.space.given_with(_open(head)):
                self._update(self._unless_given(head, text, using))
            else:
                free.append(head)
            self._concluded.add(key_of(head))
        if free:
            self._update(f"INSERT {{ {self._into(free)} }} {using} WHERE {{ {text} }}")
        if constant and (len(body) == 1 or self._matches(body, scope)):
            self._facts(constant)  # type: ignore[arg-type]

    def _matches(self, body: tuple[Atom, ...], scope: list[ox.NamedNode]) -> bool:
        return bool(self.space.store.query(f"ASK {{ {pattern_text(body)} }}", default_graph=list(scope)))

    def _into(self, heads: Iterable[Atom]) -> str:
        return f"GRAPH {self.space.target} {{ {pattern_text(heads)} }}"

    def _unless_given(self, head: Atom, body: str, using: str) -> str:
        graphs = self.space.given_with(_open(head))
        # MINUS reads what is given once; FILTER NOT EXISTS was measured to read it again for every match.
        given = " ".join(f"MINUS {{ GRAPH {graph} {{ {pattern_text([head])} }} }}" for graph in graphs)
        return f"INSERT {{ {self._into([head])} }} {using} {_named(graphs)} WHERE {{ {body} {given} }}"

    def _fill_class(self, membership: Membership, active: dict[Atom, list[ox.NamedNode]]) -> None:
        """Write the members of classes that have the same sources, each member once."""
        scope: dict[ox.NamedNode, None] = {}
        for atom, _ in membership.sources:
            # A class that was filled before stands for its sources too, so its inferred members are read as well.
            scope.update(dict.fromkeys(self._graphs(atom) if atom[1] == TYPE else active[atom]))
        blocks = []
        for i, ((s, p, o), variable) in enumerate(membership.sources):
            names = {name: _X if name == variable else ox.Variable(f"y{i}") for name in (s, o) if name != variable}
            names[variable] = _X
            blocks.append(f"{{ {pattern_text([fill((s, p, o), names)])} }}")  # type: ignore[arg-type]
        body = f"SELECT DISTINCT ?x WHERE {{ {' UNION '.join(blocks)} }}" if len(blocks) > 1 else blocks[0]
        using = _using(scope)
        free: list[Atom] = []
        for name in membership.classes:
            head: Atom = (_X, TYPE, name)
            if self.space.given_with(head):
                self._update(self._unless_given(head, f"{{ {body} }}", using))
            else:
                free.append(head)
            self._concluded.add(key_of(head))
        if free:
            self._update(f"INSERT {{ {self._into(free)} }} {using} WHERE {{ {body} }}")

    def _apply(self, rule: Rule, scope: list[ox.NamedNode]) -> None:
        if rule.tests or not sayable(rule.body + rule.head):
            self._facts(self._found(rule))
        else:
            self._insert(rule.head, rule.body, scope)

    def _found(self, rule: Rule) -> list[Triple]:
        """Return what a rule concludes that SPARQL cannot express exactly: it is matched term by term."""
        found: dict[Triple, None] = {}
        for bindings in self.space.solve(rule.body, {}):
            if passes(rule.tests, bindings):
                for atom in rule.head:
                    triple = fill(atom, bindings)
                    if not isinstance(triple[0], ox.Literal):
                        found[triple] = None  # type: ignore[index]
        return list(found)

    # --- rings -----------------------------------------------------------------------------------
    def _ring(self, step: Step) -> None:
        store, target = self.space.store, self.space.target
        keys = {key_of(atom) for rule in step.rules for atom in rule.head}
        for graph in (*_ROUNDS, _PATHS):
            store.remove_graph(graph)
        into, last = _ROUNDS
        transitive = [rule for rule in step.rules if _is_transitive(rule)]
        others = [rule for rule in step.rules if rule not in transitive]
        # Where nothing else reads what lies on paths while the ring runs, it is written once, where it belongs.
        paths = _PATHS if others else target
        for rule in step.rules:
            scope = self._scope(rule.body)
            if scope is not None and rule in transitive:
                self._paths(rule, scope, paths)
            elif scope is not None:
                self._round(rule, scope, into, None, last)
        # What lies on paths is closed already: only what other rules found can make the paths longer.
        news = [(into, step.rules), (_PATHS, tuple(others))]
        while any(next(store.quads_for_pattern(None, None, None, graph), None) is not None for graph, _ in news):
            for graph, _ in news:
                self._update(f"INSERT {{ GRAPH {target} {{ ?s ?p ?o }} }} WHERE {{ GRAPH {graph} {{ ?s ?p ?o }} }}")
            into, last = last, into
            store.remove_graph(into)
            for graph, rules in news:
                for rule in rules:
                    for atom in dict.fromkeys(rule.body):
                        scope = self._scope(rule.body)
                        if scope is not None and key_of(atom) in keys and self._any(atom, graph):
                            self._round(rule, scope, into, atom, graph)
            news = [(into, step.rules)]
        for graph in (*_ROUNDS, _PATHS):
            store.remove_graph(graph)
        # What a ring's own head brings with it may have been given, unlike the head, which was checked.
        for head in dict.fromkeys(_open(atom) for rule in step.rules for atom in rule.head[1:]):
            for graph in self.space.given_with(head):
                self._take_out(graph, head)

    def _paths(self, rule: Rule, scope: list[ox.NamedNode], into: ox.NamedNode) -> None:
        """Close a transitive property over what is there: joining its edges with paths, never paths with paths."""
        self._concluded.update(map(key_of, rule.head))
        s, p, o = rule.head[0]
        read = dict.fromkeys([*scope, *self._graphs(_open(rule.head[0]))])
        self._update(
            f"INSERT {{ GRAPH {into} {{ {pattern_text(rule.head)} }} }} {_using(read)} "
            f"WHERE {{ {s} {p}+ {o} FILTER NOT EXISTS {{ {s} {p} {o} }} }}"
        )

    def _round(
        self, rule: Rule, scope: list[ox.NamedNode], into: ox.NamedNode, new: Atom | None, last: ox.NamedNode
    ) -> None:
        """Run one rule of a ring; if `new` is given, that atom of its body has to match in the last round's graph."""
        self._concluded.update(map(key_of, rule.head))
        if rule.tests or not sayable(rule.body + rule.head):
            found = [triple for triple in self._found(rule) if not self.space.holds(triple)]
            self.space.store.extend(ox.Quad(s, p, o, into) for s, p, o in found)  # type: ignore[arg-type]
            return
        body = pattern_text(atom for atom in rule.body if atom is not new)
        if new is not None:
            body = f"GRAPH {last} {{ {pattern_text([new])} }} {body}"
        read = dict.fromkeys([*scope, *self._graphs(_open(rule.head[0]))])
        self._update(
            f"INSERT {{ GRAPH {into} {{ {pattern_text(rule.head)} }} }} {_using(read)} "
            f"{_named([last]) if new is not None else ''} "
            f"WHERE {{ {body} FILTER NOT EXISTS {{ {pattern_text(rule.head[:1])} }} }}"
        )

    def _any(self, atom: Atom, graph: ox.NamedNode) -> bool:
        return next(self.space.find(atom, graph), None) is not None

    def _take_out(self, given: ox.NamedNode, atom: Atom) -> None:
        text = pattern_text([atom])
        both = " ".join(f"GRAPH {graph} {{ {text} }}" for graph in (self.space.target, given))
        self._update(f"DELETE {{ GRAPH {self.space.target} {{ {text} }} }} WHERE {{ {both} }}")


def _is_transitive(rule: Rule) -> bool:
    """Return whether a rule says that a property is transitive."""
    if len(rule.body) != 2 or rule.tests:
        return False
    (x, p, y), (y_again, q, z) = rule.body
    return p == q and y == y_again and len({x, y, z}) == 3 and rule.head[0] == (x, p, z)


def _open(atom: Atom) -> Atom:
    """Return an atom that matches every triple filed under the same key."""
    key = key_of(atom)
    return (_X, key[0], key[1]) if isinstance(key, tuple) else (_X, key, ox.Variable("y"))


def _using(graphs: Iterable[ox.NamedNode]) -> str:
    return " ".join(f"USING {graph}" for graph in graphs)


def _named(graphs: Iterable[ox.NamedNode]) -> str:
    return " ".join(f"USING NAMED {graph}" for graph in graphs)
