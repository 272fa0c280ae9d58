"""Make rules say less: drop conditions that the others imply, and merge rules with the same conditions.

OWL writers guard definitions ("a process with public contact") although a property's domain already says what the
guard says. Without the guard the rule has one condition, and rules with one condition never need a join.
"""

from collections.abc import Iterable

import pyoxigraph as ox

from bpo_kg.reasoning.rules import Atom, Axiom, Key, Rule, Slot, bind, fill, key_of


class Implications:
    """What follows from one atom alone, by rules with one condition."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._from: dict[Key, list[tuple[Atom, tuple[Atom, ...]]]] = {}
        for rule in rules:
            if len(rule.body) == 1 and rule.head and not rule.tests:
                self._from.setdefault(key_of(rule.body[0]), []).append((rule.body[0], rule.head))

    def closure(self, atoms: Iterable[Atom]) -> dict[Atom, None]:
        """Return the atoms and all that follows from each of them, in order of discovery.

        A ring of n classes is walked once: n atoms, whatever the length of the ring.
        """
        found: dict[Atom, None] = dict.fromkeys(atoms)
        queue = list(found)
        for atom in queue:
            for pattern, heads in self._from.get(key_of(atom), ()):
                bindings = bind(pattern, atom, {})  # type: ignore[arg-type]  # terms may be variables here
                if bindings is None:
                    continue
                for head in heads:
                    new = fill(head, bindings)
                    if new not in found and not isinstance(new[0], ox.Literal):
                        found[new] = None
                        queue.append(new)
        return found


def rewrite(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Return rules with the same closure and the same clashes, but fewer conditions and no two equal bodies."""
    drawn = [rule for rule in rules if rule.head]
    implications = Implications(drawn)
    simpler = [_without_implied(rule, implications) for rule in drawn]
    # A definition that lost its guard has one condition now, and may make the guards of others superfluous.
    implications = Implications(simpler)
    simpler = [_without_implied(rule, implications) for rule in simpler]
    clashes = [_without_implied(rule, implications) for rule in rules if not rule.head]
    return (*_merged(simpler), *dict.fromkeys(clashes))


def _without_implied(rule: Rule, implications: Implications) -> Rule:
    body = list(rule.body)
    if len(body) < 2:
        return rule
    for atom in rule.body:
        rest = [other for other in body if other != atom]
        if rest and atom in implications.closure(rest):
            body = rest
    return rule if len(body) == len(rule.body) else Rule(tuple(body), rule.head, rule.axioms, rule.kind, rule.tests)


def _merged(rules: Iterable[Rule]) -> Iterable[Rule]:
    by_body: dict[tuple[object, ...], tuple[Rule, dict[Atom, None], dict[Axiom, None]]] = {}
    for rule in rules:
        named = _canonical(rule)
        _, heads, axioms = by_body.setdefault((named.body, named.tests), (named, {}, {}))
        heads.update(dict.fromkeys(atom for atom in named.head if atom not in named.body))
        axioms.update(dict.fromkeys(named.axioms))
    for rule, heads, axioms in by_body.values():
        if heads:
            yield Rule(rule.body, tuple(heads), tuple(axioms), rule.kind, rule.tests)


_NAMES = tuple(ox.Variable(f"x{i}") for i in range(64))


def _canonical(rule: Rule) -> Rule:
    """Return a rule with its variables named in order of appearance."""
    names: dict[ox.Variable, Slot] = {}
    for atom in rule.body:
        for slot in (atom[0], atom[2]):
            if isinstance(slot, ox.Variable) and slot not in names:
                names[slot] = _NAMES[len(names)] if len(names) < len(_NAMES) else ox.Variable(f"x{len(names)}")
    body = tuple(fill(atom, names) for atom in rule.body)  # type: ignore[arg-type]
    head = tuple(fill(atom, names) for atom in rule.head)  # type: ignore[arg-type]
    tests = tuple(type(test)(names[test.variable], test.datatype, test.belongs) for test in rule.tests)  # type: ignore[arg-type]
    return Rule(body, head, rule.axioms, rule.kind, tests)
