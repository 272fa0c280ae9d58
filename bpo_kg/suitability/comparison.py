"""Scenarios side by side: for each process and place, the verdict as it is and under each of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bpo_kg.suitability.assessment import CLASSES
from bpo_kg.suitability.whatif import State, grade_at, verdict_changes, verdict_label


@dataclass(frozen=True, slots=True)
class Row:
    """One process at one place: grade and status as they are, then under each scenario; None where it is not there."""

    process: str
    name: str
    place: str
    verdicts: tuple[tuple[str, str] | None, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Several scenarios compared."""

    names: tuple[str, ...]
    """What each column is: the graph as it is, then the scenarios."""
    rows: tuple[Row, ...]
    sentences: tuple[str, ...]

    def to_text(self) -> str:
        """Return the rows as a table."""
        return "\n".join(self.sentences) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """Return the same as plain JSON values."""

        def cell(verdict: tuple[str, str] | None) -> Mapping[str, str] | None:
            return None if verdict is None else {"grade": verdict[0], "status": verdict[1]}

        return {
            "scenarios": list(self.names[1:]),
            "rows": [
                {
                    "process": row.process,
                    "name": row.name,
                    "place": row.place,
                    "verdicts": {name: cell(v) for name, v in zip(self.names, row.verdicts, strict=True)},
                }
                for row in self.rows
            ],
        }


def compare(states: Mapping[str, State], processes: Iterable[str], to: Sequence[str]) -> Comparison:
    """Return the verdicts that are not the same in all states.

    Args:
        states: by name, the graph as it is first.
        processes: IRIs to look at.
        to: countries or sites; the location classes if there are none.
    """
    first, *others = states.values()
    wanted = list(processes)
    changed: dict[tuple[str, str], str] = {}
    for other in others:
        for change in verdict_changes(first, other, wanted, to):
            changed.setdefault((change.process, change.place), change.name)
    rows = []
    for process in wanted:
        for place in tuple(to) or tuple(CLASSES):
            if (process, place) in changed:
                verdicts = tuple(grade_at(state.assess(process, (place,)), place) for state in states.values())
                rows.append(Row(process, changed[process, place], place, verdicts))
    return Comparison(tuple(states), tuple(rows), tuple(_table(states, rows)))


def _table(states: Mapping[str, State], rows: Sequence[Row]) -> list[str]:
    teller = next(iter(states.values())).teller
    say = teller.say
    if not rows:
        return [say("noChange")]
    lines = [[say("process"), say("place"), *states]]
    for row in rows:
        lines.append(
            [
                teller.named(row.process, row.name),
                teller.place_name(row.place),
                *(verdict_label(v, teller) for v in row.verdicts),
            ]
        )
    widths = [max(len(line[n]) for line in lines) for n in range(len(lines[0]))]
    told = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    told.insert(1, "  ".join("-" * width for width in widths))
    return told
