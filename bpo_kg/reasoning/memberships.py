"""Who belongs to which class by plain conditions, turned round: for each class all its sources.

A process has a dozen properties whose domain says that it is a process. Followed rule by rule, the same membership
would be written a dozen times; followed class by class, it is written once.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import pyoxigraph as ox

from bpo_kg.reasoning.rewrite import Implications
from bpo_kg.reasoning.rules import TYPE, Atom, Term

Source = tuple[Atom, ox.Variable]
"""A plain condition, and which of its variables becomes a member."""

_MEMBER = ox.Variable("x0")


@dataclass(frozen=True, slots=True)
class Membership:
    """Classes that have exactly the same sources."""

    classes: tuple[Term, ...]
    sources: tuple[Source, ...]


def memberships(
    starts: Iterable[Atom], implications: Implications
) -> tuple[list[tuple[Atom, list[Atom]]], list[Membership]]:
    """Return what plain conditions conclude besides memberships, by condition, and the memberships by class.

    The memberships are in order: one whose source is another class comes after that class.
    """
    edges: list[tuple[Atom, list[Atom]]] = []
    by_class: dict[Term, dict[Source, None]] = {}
    above: dict[Term, set[Term]] = {}
    for start in starts:
        others: list[Atom] = []
        for atom in implications.closure([start]):
            s, p, o = atom
            if atom == start:
                continue
            if p == TYPE and isinstance(s, ox.Variable) and not isinstance(o, ox.Variable):
                by_class.setdefault(o, {})[start, s] = None
                if start[1] == TYPE and s == start[0]:
                    above.setdefault(start[2], set()).add(o)  # type: ignore[arg-type]
            else:
                others.append(atom)
        if others:
            edges.append((start, others))
    groups: dict[frozenset[Source], list[Term]] = {}
    for name, sources in by_class.items():
        groups.setdefault(frozenset(sources), []).append(name)
    found: list[Membership] = []
    done: list[tuple[frozenset[Source], Term]] = []
    for sources_of_group, classes in sorted(groups.items(), key=lambda item: len(item[0])):
        ordered = dict.fromkeys(by_class[classes[0]])
        lower = _lower(sources_of_group, classes, done, above, implications)
        covered = {source for smaller, _ in lower for source in smaller}
        kept = [source for source in ordered if source not in covered]
        kept += [((_MEMBER, TYPE, name), _MEMBER) for _, name in lower]
        found.append(Membership(tuple(classes), tuple(dict.fromkeys(kept))))
        done.append((sources_of_group, classes[0]))
    return edges, found


def _lower(
    sources: frozenset[Source],
    classes: list[Term],
    done: list[tuple[frozenset[Source], Term]],
    above: dict[Term, set[Term]],
    implications: Implications,
) -> list[tuple[frozenset[Source], Term]]:
    """Return classes that are filled already and lie below all of some classes: they stand for their own sources."""
    found: list[tuple[frozenset[Source], Term]] = []
    covered: set[Source] = set()
    for smaller, name in reversed(done):
        if len(smaller) < 2 or not smaller < sources or smaller <= covered:
            continue
        if name not in above:
            start: Atom = (_MEMBER, TYPE, name)
            above[name] = {o for s, p, o in implications.closure([start]) if p == TYPE and s == _MEMBER}  # type: ignore[misc]
        if all(upper in above[name] for upper in classes):
            found.append((smaller, name))
            covered |= smaller
    return found
