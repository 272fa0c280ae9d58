"""In which order to run rules: those that others need first, and in rings only those that feed each other.

Rules with one plain condition are never run on inferred facts: what they conclude is put into the heads of the
rules that feed them. So only rules with several conditions, or with a constant to match, can form a ring.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass

import pyoxigraph as ox

from bpo_kg.reasoning.rewrite import Implications
from bpo_kg.reasoning.rules import Atom, Key, Rule, RuleSet, key_of


@dataclass(frozen=True, slots=True)
class Step:
    """One rule to run, or several that feed each other and are run until nothing new comes.

    The heads hold what follows from them too, but nothing that already follows from the rule's own conditions. In a
    ring each rule has one head of its own, the first, and the others follow from that one.
    """

    rules: tuple[Rule, ...]
    recursive: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """How to close a store under a rule set."""

    facts: tuple[Atom, ...]
    """Heads of rules without conditions, and what follows from them."""
    starts: dict[Key, Atom]
    """Plain conditions to run on asserted facts, by what they are filed under."""
    implications: Implications
    steps: tuple[Step, ...]
    clashes: tuple[Rule, ...]


def plan(rules: RuleSet) -> Plan:
    """Return how to run a rule set, saturating heads by what follows from one condition."""
    drawn = [rule for rule in rules.working if rule.head]
    implications = Implications(drawn)
    facts: dict[Atom, None] = {}
    starts: dict[Key, Atom] = {}
    joined: list[Rule] = []
    for rule in drawn:
        if not rule.body:
            facts.update(implications.closure(rule.head))
        elif _plain(rule):
            starts[key_of(rule.body[0])] = rule.body[0]
        else:
            joined.append(rule)
    # Plain rules run by themselves; what follows from a condition with a constant is still to be drawn here.
    plain = Implications([rule for rule in drawn if rule.body and _plain(rule)])
    steps = tuple(_steps(joined, implications, plain))
    clashes = tuple(rule for rule in rules.working if not rule.head)
    return Plan(tuple(facts), starts, implications, steps, clashes)


def _plain(rule: Rule) -> bool:
    """Return whether a rule has one condition that any fact of its predicate or class meets."""
    if len(rule.body) != 1 or rule.tests:
        return False
    s, _, o = rule.body[0]
    return (
        isinstance(s, ox.Variable)
        and s != o
        and (isinstance(o, ox.Variable) or isinstance(key_of(rule.body[0]), tuple))
    )


def _steps(rules: list[Rule], implications: Implications, plain: Implications) -> Iterable[Step]:
    # What plain conditions of a body imply is there already, so it is neither written nor waited for.
    known = [plain.closure(rule.body) for rule in rules]
    saturated = [_without(implications.closure(rule.head), known[i]) for i, rule in enumerate(rules)]
    concluding: dict[Key, set[int]] = {}
    for i, heads in enumerate(saturated):
        for atom in heads:
            concluding.setdefault(key_of(atom), set()).add(i)
    needs = [sorted({j for atom in rule.body for j in concluding.get(key_of(atom), ())}) for rule in rules]
    for group in components(needs):
        recursive = len(group) > 1 or group[0] in needs[group[0]]
        found: list[Rule] = []
        for i in sorted(group):
            rule = rules[i]
            split = [_without(implications.closure([head]), known[i]) for head in rule.head]
            for heads in split if recursive else [saturated[i]]:
                if heads:
                    found.append(Rule(rule.body, heads, rule.axioms, rule.kind, rule.tests))
        if found:
            yield Step(tuple(found), recursive)


def _without(atoms: Iterable[Atom], known: Container[Atom]) -> tuple[Atom, ...]:
    return tuple(atom for atom in atoms if atom not in known)


def components(needs: list[list[int]]) -> Iterable[list[int]]:
    """Yield the strongly connected components of a graph of numbers, each after those it needs (Tarjan)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    open_: set[int] = set()
    for root in range(len(needs)):
        if root in index:
            continue
        index[root] = low[root] = len(index)
        stack.append(root)
        open_.add(root)
        work = [(root, iter(needs[root]))]
        while work:
            node, rest = work[-1]
            step = next((n for n in rest if n not in index or n in open_), None)
            if step is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    group = []
                    while True:
                        member = stack.pop()
                        open_.discard(member)
                        group.append(member)
                        if member == node:
                            break
                    yield group
            elif step in index:
                low[node] = min(low[node], index[step])
            else:
                index[step] = low[step] = len(index)
                stack.append(step)
                open_.add(step)
                work.append((step, iter(needs[step])))
