"""Pass recorded facts along whole and part, cell by cell, and find where a whole and a part contradict.

Only what was recorded passes, never what was itself inherited or inferred; a recorded value always hides an
inherited one. How a property passes is data (`bpo:passes`): *downward* from the nearest whole that records it, or
*yes up, no down* (a whole has what a part has; what a whole lacks, its parts lack). Other properties stay put.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pyoxigraph as ox

DOWNWARD = "downward"
YES_UP_NO_DOWN = "yesUpNoDown"
Values = frozenset[ox.NamedNode | ox.Literal]
_YES: Values = frozenset({ox.Literal(True)})
_NO: Values = frozenset({ox.Literal(False)})


@dataclass(frozen=True, slots=True)
class Inherited:
    """Values that a process inherits for one property, and the whole or part that records them."""

    values: Values
    via: str


@dataclass(frozen=True, slots=True)
class Clash:
    """A whole recorded "no" and a part recorded "yes", or wholes equally near record different values."""

    property: str
    process: str
    other: str


@dataclass(slots=True)
class Wholes:
    """The part-of relation between the client's own processes.

    Args:
        parents: process to the wholes that it is a direct part of.
    """

    parents: Mapping[str, Sequence[str]]
    _children: dict[str, list[str]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for part, wholes in self.parents.items():
            for whole in wholes:
                self._children.setdefault(whole, []).append(part)
        for parts in self._children.values():
            parts.sort()

    def above(self, process: str) -> Iterable[list[str]]:
        """Yield the wholes of a process level by level, the nearest first; a ring of parts ends the walk."""
        return self._levels(process, self.parents)

    def below(self, process: str) -> Iterable[list[str]]:
        """Yield the parts of a process level by level, the nearest first."""
        return self._levels(process, self._children)

    def parts(self, process: str) -> list[str]:
        """Return all parts of a process at any depth, nearest first."""
        return [part for level in self.below(process) for part in level]

    @staticmethod
    def _levels(process: str, edges: Mapping[str, Sequence[str]]) -> Iterable[list[str]]:
        seen = {process}
        level = [process]
        while level:
            level = sorted({other for here in level for other in edges.get(here, ())} - seen)
            seen.update(level)
            if level:
                yield level

    def inherit(
        self, recorded: Mapping[str, Mapping[str, Values]], passes: Mapping[str, str]
    ) -> tuple[dict[str, dict[str, Inherited]], list[Clash]]:
        """Return what each process inherits by property, and the clashes, each in a fixed order.

        Args:
            recorded: process to property to its recorded values.
            passes: property to how it passes (`downward` or `yesUpNoDown`).
        """
        inherited: dict[str, dict[str, Inherited]] = {}
        clashes: dict[tuple[str, str, str], Clash] = {}
        touched = sorted(set(self.parents) | set(self._children))
        for process in touched:
            cells, bad = self.inherit_one(process, recorded, passes)
            if cells:
                inherited[process] = cells
            for clash in bad:
                clashes[clash.property, clash.process, clash.other] = clash
        return inherited, [clashes[key] for key in sorted(clashes)]

    def inherit_one(
        self, process: str, recorded: Mapping[str, Mapping[str, Values]], passes: Mapping[str, str]
    ) -> tuple[dict[str, Inherited], list[Clash]]:
        """Return what one process inherits by property, and the clashes seen from it; arguments as for `inherit`."""
        own = recorded.get(process, {})
        cells: dict[str, Inherited] = {}
        clashes: list[Clash] = []
        for prop, how in passes.items():
            found, bad = self._one(process, prop, how, own.get(prop), recorded)
            clashes += bad
            if found is not None and prop not in own:
                cells[prop] = found
        return cells, clashes

    def _one(
        self, process: str, prop: str, how: str, own: Values | None, recorded: Mapping[str, Mapping[str, Values]]
    ) -> tuple[Inherited | None, list[Clash]]:
        nearest = self._nearest(self.above(process), prop, recorded)
        if how == DOWNWARD:
            if not nearest:
                return None, []
            (first, values), *others = nearest
            clashes = [Clash(prop, first, other) for other, different in others if different != values]
            return (None if clashes else Inherited(values, first)), ([] if own else clashes)
        yes_below = next(
            (p for level in self.below(process) for p in level if recorded.get(p, {}).get(prop) == _YES), None
        )
        no_above = next((whole for whole, values in nearest if values == _NO), None)
        if own == _NO and yes_below:
            return None, [Clash(prop, process, yes_below)]
        if own:
            return None, []
        if yes_below and no_above:
            return None, [Clash(prop, no_above, yes_below)]
        if yes_below:
            return Inherited(_YES, yes_below), []
        return (Inherited(_NO, no_above) if no_above else None), []

    @staticmethod
    def _nearest(
        levels: Iterable[list[str]], prop: str, recorded: Mapping[str, Mapping[str, Values]]
    ) -> list[tuple[str, Values]]:
        """Return the recorders on the nearest level that has any."""
        for level in levels:
            found = [(p, recorded[p][prop]) for p in level if recorded.get(p, {}).get(prop)]
            if found:
                return found
        return []
