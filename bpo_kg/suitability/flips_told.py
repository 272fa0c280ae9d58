"""Tell flips: what would change a verdict, how far it is from changing, what to ask next; for one process or many."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bpo_kg.suitability.flips import FactChange, Flip, PlaceFlips, ProcessFlips, Question
from bpo_kg.suitability.rows import text
from bpo_kg.suitability.sentences import column_label
from bpo_kg.suitability.telling import Teller
from bpo_kg.suitability.triples import STATUSES
from bpo_kg.suitability.wholes import Values

_SHOWN = 12
"""How many pairs are told at a place; all are in the data."""


@dataclass(frozen=True, slots=True)
class Flips:
    """What changes the verdicts on the processes asked about, told in one language."""

    processes: tuple[ProcessFlips, ...]
    """The shakiest first, if there are several."""
    sentences: tuple[str, ...]
    data: Mapping[str, Any]

    def to_text(self) -> str:
        """Return the sentences, one per line."""
        return "\n".join(self.sentences) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """Return the same as plain JSON values."""
        return dict(self.data)


class FlipTeller:
    """Finds the words for flips."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self._say = teller.say
        self._lang = teller.lang

    def one(self, found: ProcessFlips) -> Flips:
        """Tell what changes the verdicts on one process."""
        lines: list[str] = []
        for place in found.places:
            lines += self._place(found, place)
            lines.append("")
        if found.questions:
            lines.append(self._say("questions"))
            lines += [f"  - {self._question(question)}" for question in found.questions]
        return Flips((found,), tuple(_trimmed(lines)), self._data(found))

    def many(self, found: Iterable[ProcessFlips]) -> Flips:
        """Tell which processes are shakiest, and which questions settle most across all of them."""
        ordered = sorted(found, key=lambda f: (f.stability, f.process))
        lines = []
        for one in ordered:
            soft = [p.soft for p in one.places if p.soft is not None]
            any_ = [p.any for p in one.places if p.any is not None]
            tried = max((p.tried for p in one.places), default=0)
            stable = self._say(
                "stable",
                any=self._count(min(any_, default=None), tried),
                soft=self._count(min(soft, default=None), tried),
            )
            lines.append(f"{self._teller.named(one.process, one.name)}: {stable}")
        ranked = ranking(ordered)
        if ranked:
            lines += ["", self._say("questions")]
            for column, verdicts, processes, criteria in ranked:
                question = self._asked(criteria)
                name = column_label(column, self._lang)
                blanks = {"verdicts": verdicts, "processes": processes, "question": question}
                lines.append(f"  - {self._say('settlesMany', column=name, **blanks).rstrip()}")
        data = {
            "processes": [self._data(one) for one in ordered],
            "questions": [
                {"column": column, "verdicts": verdicts, "processes": processes, "question": self._asked(criteria)}
                for column, verdicts, processes, criteria in ranked
            ],
            "text": lines,
        }
        return Flips(tuple(ordered), tuple(lines), data)

    # --- one place -------------------------------------------------------------------------------
    def _place(self, found: ProcessFlips, place: PlaceFlips) -> list[str]:
        status = STATUSES.get(place.status, place.status)
        lines = [
            self._say(
                "flips",
                name=self._teller.named(found.process, found.name),
                place=self._teller.place_name(place.place),
                grade=self._teller.grade(place.grade),
                status=self._teller.grade(status),
            ),
            "  "
            + self._say("stable", any=self._count(place.any, place.tried), soft=self._count(place.soft, place.tried)),
        ]
        by_size: dict[int, list[Flip]] = {}
        for flip in place.flips:
            by_size.setdefault(len(flip.changes), []).append(flip)
        for size, flips in sorted(by_size.items()):
            lines.append("  " + (self._say("byOne") if size == 1 else self._say("byMany", n=size)))
            lines += [f"    - {self._flip(found, flip)}" for flip in flips[:_SHOWN]]
            if len(flips) > _SHOWN:
                lines.append(f"    {self._say('diffMore', n=len(flips) - _SHOWN)}")
        if not place.flips:
            lines.append("  " + self._say("noFlip", n=place.tried))
        return lines

    def _flip(self, found: ProcessFlips, flip: Flip) -> str:
        changes = "; ".join(self._change(found, change) for change in flip.changes)
        return self._say("flip", changes=changes, grade=self._teller.grade(flip.after))

    def _change(self, found: ProcessFlips, change: FactChange) -> str:
        return self._say(
            "change",
            column=column_label(change.column, self._lang),
            value=self.values(change.values),
            now=self._now(found, change),
        )

    def values(self, values: Values) -> str:
        """Return the values of a cell as words; an empty cell is not known."""
        return ", ".join(sorted(self._teller.term(v) for v in values)) or self._say("=unknown")

    def _now(self, found: ProcessFlips, change: FactChange) -> str:
        """Return what holds now: the recorded values, else the answer there is and what it rests on."""
        if change.now:
            return self.values(change.now)
        book = self._teller.book
        named = [c.name for c in book.process_criteria if c.property == change.prop]
        answers = [found.one.answers[name] for name in named]
        if len(answers) != 1 or answers[0].value is None:
            return self._say("=unrecorded")
        value = self._say("=yes" if answers[0].value else "=no")
        return self._say("now", value=value, basis=self._teller.grade(answers[0].basis))

    def _count(self, count: int | None, tried: int) -> str:
        return self._say("moreThan", n=tried) if count is None else str(count)

    # --- questions and data ----------------------------------------------------------------------
    def _question(self, question: Question) -> str:
        places = ", ".join(self._teller.place_name(place) for place in question.moves) or "…"
        name = column_label(question.column, self._lang)
        return self._say("settles", column=name, places=places, question=self._asked(question.criteria)).rstrip()

    def _asked(self, criteria: Sequence[str]) -> str:
        return text(self._teller.book.criterion(criteria[0]).question, self._lang) if criteria else ""

    def _data(self, found: ProcessFlips) -> dict[str, Any]:
        return {
            "process": found.process,
            "name": found.name,
            "places": [
                {
                    "place": place.place,
                    "grade": place.grade,
                    "status": place.status,
                    "tried": place.tried,
                    "facts_to_flip": place.any,
                    "soft_facts_to_flip": place.soft,
                    "flips": [
                        {
                            "after": flip.after,
                            "status": flip.status,
                            "changes": [
                                {
                                    "column": change.column,
                                    "value": self.values(change.values),
                                    "now": self._now(found, change),
                                    "basis": change.basis,
                                }
                                for change in flip.changes
                            ],
                        }
                        for flip in place.flips
                    ],
                }
                for place in found.places
            ],
            "questions": [
                {
                    "column": question.column,
                    "criteria": list(question.criteria),
                    "question": self._asked(question.criteria),
                    "could_change": list(question.moves),
                    "settles": round(question.settles, 3),
                }
                for question in found.questions
            ],
        }


def ranking(found: Iterable[ProcessFlips]) -> list[tuple[str, int, int, tuple[str, ...]]]:
    """Return the questions of many processes, the most telling first: column, verdicts, processes, criteria."""
    verdicts: dict[str, int] = {}
    processes: dict[str, int] = {}
    criteria: dict[str, tuple[str, ...]] = {}
    for one in found:
        for question in one.questions:
            verdicts[question.column] = verdicts.get(question.column, 0) + len(question.moves)
            processes[question.column] = processes.get(question.column, 0) + 1
            criteria.setdefault(question.column, question.criteria)
    ordered = sorted(verdicts, key=lambda column: (-verdicts[column], -processes[column], column))
    return [(column, verdicts[column], processes[column], criteria[column]) for column in ordered if verdicts[column]]


def _trimmed(lines: Sequence[str]) -> Sequence[str]:
    return lines[:-1] if lines and not lines[-1] else lines
