"""Parse cells that stand side by side together, because their combinations repeat.

A table of a hundred thousand rows holds some hundred combinations of six yes/no and word cells, so nearly
every row costs one look-up for all of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from bpo_kg.sources.cells import CellReader, Problem
from bpo_kg.sources.facts import Value
from bpo_kg.sources.headers import ColumnTable

_TOGETHER = 6
_MOST = 20_000


class Combinations(dict[Any, dict[str, Value]]):
    """Values of some columns by the raw texts that stand in them; `pick` takes those texts from a row.

    A combination with a problem is not kept, because each of its places is reported.
    """

    def __init__(self, reader: CellReader, columns: Sequence[tuple[str, int]]) -> None:
        self._reader = reader
        self._columns = columns
        self.pick = itemgetter(*(position for _, position in columns))
        self.missed = False
        """Whether a combination with a problem was looked up."""

    def __missing__(self, key: Any) -> dict[str, Value]:
        values: dict[str, Value] = {}
        good = True
        for (column, _), raw in zip(self._columns, self._raws(key), strict=True):
            value, problems = self._reader.parse(column, raw)
            good = good and not problems
            if value is not None:
                values[column] = value
        if good:
            if len(self) >= _MOST:
                self.clear()
            self[key] = values
        else:
            self.missed = True
        return values

    def problems(self, key: Any) -> Iterator[tuple[int, Problem]]:
        """Give what is wrong with a combination, each with the position of its cell."""
        for (column, position), raw in zip(self._columns, self._raws(key), strict=True):
            for problem in self._reader.parse(column, raw)[1]:
                yield position, problem

    def _raws(self, key: Any) -> Sequence[str]:
        return (key,) if isinstance(key, str) else key


def bundle(ours: Mapping[str, int], columns: ColumnTable, reader: CellReader) -> list[Combinations]:
    """Bundle the columns that have few different cells; a number has too many to share a look-up.

    Args:
        ours: 0-based position by inventory column.
    """
    few = [(c, p) for c, p in ours.items() if columns.columns[c].sort not in ("text", "whole", "number")]
    bundles = [few[i : i + _TOGETHER] for i in range(0, len(few), _TOGETHER)]
    bundles += [[(c, p)] for c, p in ours.items() if columns.columns[c].sort == "number"]
    return [Combinations(reader, some) for some in bundles]


def parse_together(
    bundles: Sequence[Combinations], rows: Sequence[Sequence[str]]
) -> tuple[list[list[dict[str, Value]]], list[tuple[int, int, Problem]]]:
    """Return for each bundle the values of every row, and every problem with its row index and position.

    The dictionaries are shared between rows and must not be changed.
    """
    values: list[list[dict[str, Value]]] = []
    problems: list[tuple[int, int, Problem]] = []
    for combinations in bundles:
        keys = list(map(combinations.pick, rows))
        combinations.missed = False
        values.append(list(map(combinations.__getitem__, keys)))
        if combinations.missed:
            for index, key in enumerate(keys):
                if key not in combinations:
                    problems += [(index, position, problem) for position, problem in combinations.problems(key)]
    return values, problems
