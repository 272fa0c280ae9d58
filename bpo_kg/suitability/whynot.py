"""Say why a verdict is not another: each rule that could have given it, and which of its conditions are wanting.

A condition is *met*, *failed* (a fact stands against it), *unknown* (nobody has said) or *weak* (answered, but on a
weaker basis than the rule asks for). The rule with least in its way comes first: that is the nearest miss.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from bpo_kg.errors import QueryError
from bpo_kg.suitability.answers import PRESUMED
from bpo_kg.suitability.assessment import Assessment, PlaceVerdict
from bpo_kg.suitability.judging import CONTESTED, UNDETERMINED
from bpo_kg.suitability.proof import Step
from bpo_kg.suitability.proof_forms import proof_dict
from bpo_kg.suitability.proving import Proofs
from bpo_kg.suitability.rows import text
from bpo_kg.suitability.rulebook import Rule
from bpo_kg.suitability.sentences import sentence
from bpo_kg.suitability.telling import Notes, Teller
from bpo_kg.suitability.triples import STATUSES
from bpo_kg.vocabulary import shorten

MET, FAILED, UNKNOWN, WEAK = "met", "failed", "unknown", "weak"
_STATES = {FAILED: "against", WEAK: "weak"}
_WORDS = {True: "yes", False: "no", None: "unknown"}


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a rule, and how it stands."""

    criterion: str
    wanted: bool
    """Whether the rule wants the criterion met or failed."""
    state: str
    value: bool | None
    proof: Step | None
    """Why the criterion is answered as it is; None while it is unknown."""
    detail: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Of a criterion of the placement: what the facts about the place say, by language."""
    presumers: tuple["Miss", ...] = ()
    """Default rules that would presume the answer wanted, nearest first."""
    question: Mapping[str, str] = field(default_factory=dict, compare=False)
    """What to ask while it is unknown, by language."""


@dataclass(frozen=True, slots=True)
class Miss:
    """A rule that does not apply, or applies and is outweighed."""

    rule: Rule
    conditions: tuple[Condition, ...]
    outweighed: tuple[Rule, ...] = ()
    """Rules of higher rank that apply, and would even if this one's conditions held."""

    @property
    def wanting(self) -> tuple[Condition, ...]:
        """Return the conditions that are not met."""
        return tuple(condition for condition in self.conditions if condition.state != MET)

    @property
    def distance(self) -> tuple[int, int, tuple[int, int]]:
        """Return what misses are ordered by: how much is in the way, how much of it is known to be, then rank."""
        failed = sum(condition.state in (FAILED, WEAK) for condition in self.conditions)
        rank = (-self.rule.rank[0], -self.rule.rank[1])
        return len(self.wanting) + len(self.outweighed), failed + len(self.outweighed), rank


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why a process at a place did not get a grade: the wanted one, or any better than its own."""

    process: str
    name: str
    place: str
    grade: str
    status: str
    wanted: str | None
    misses: tuple[Miss, ...]
    sentences: tuple[str, ...]
    refuter: "Refuter" = field(compare=False, repr=False)

    @property
    def nearest(self) -> Miss | None:
        """The rule with least in its way, if any could give the grade."""
        return self.misses[0] if self.misses else None

    def to_text(self) -> str:
        """Return the sentences, one per line."""
        return "\n".join(self.sentences) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """Return the same as plain JSON values."""
        return self.refuter.data(self)


class Refuter:
    """Finds and tells misses.

    Args:
        proofs: finds why conditions stand as they do.
        teller: finds the words.
    """

    def __init__(self, proofs: Proofs, teller: Teller) -> None:
        self._proofs = proofs
        self._book = proofs.book
        self._teller = teller
        self._say = teller.say

    def why_not(self, one: Assessment, place: str, wanted: str | None = None) -> WhyNot:
        """Return what keeps a process from a grade at a place.

        Args:
            one: its assessment.
            place: one of the assessment's places.
            wanted: local name of the grade; any better one than it has when left out.

        Raises:
            QueryError: there is no such grade.
        """
        if wanted is not None and wanted not in self._book.grades:
            close = get_close_matches(wanted.casefold(), self._book.grades, n=1, cutoff=0.6)
            meant = f"; did you mean {close[0]!r}?" if close else ""
            raise QueryError(f"no grade {wanted!r}{meant or '; grades are ' + ', '.join(self._book.grades)}")
        verdict = next(p for p in one.places if p.place == place)
        misses = self.misses(one, verdict, wanted)
        found = WhyNot(
            process=one.subject.iri, name=one.subject.name, place=place, grade=verdict.verdict.grade,
            status=verdict.verdict.status, wanted=wanted, misses=misses, sentences=(), refuter=self,
        )  # fmt: skip
        return replace(found, sentences=tuple(self._lines(found)))

    # --- finding ---------------------------------------------------------------------------------
    def misses(self, one: Assessment, verdict: PlaceVerdict, wanted: str | None) -> tuple[Miss, ...]:
        """Return the rules that could give the grade and do not, nearest first."""
        grade = verdict.verdict.grade
        if wanted == grade:
            return ()
        ranks = self._book.grades
        floor = 0 if grade in (UNDETERMINED, CONTESTED) else ranks.get(grade, 0)
        rules = [
            rule
            for rule in self._book.placements
            if (rule.gives == wanted if wanted else ranks.get(rule.gives or "", 0) > floor)
        ]
        found = [Miss(rule, self._conditions(one, verdict, rule), self._outweighing(verdict, rule)) for rule in rules]
        return tuple(sorted(found, key=lambda miss: (miss.distance, miss.rule.name)))

    def _conditions(
        self, one: Assessment, verdict: PlaceVerdict, rule: Rule, seen: frozenset[str] = frozenset()
    ) -> tuple[Condition, ...]:
        found = []
        for criterion in self._book.criteria:
            if criterion.name in rule.criteria:
                wanted = criterion.name in rule.met
                found.append(self._condition(one, verdict, rule, criterion.name, wanted, seen))
        return tuple(found)

    def _condition(
        self, one: Assessment, verdict: PlaceVerdict, rule: Rule, name: str, wanted: bool, seen: frozenset[str]
    ) -> Condition:
        answer = verdict.placement.get(name) or one.answers[name]
        basis, value = answer.basis, answer.value
        state = MET if value is wanted else UNKNOWN if value is None else FAILED
        of_process = name in one.answers
        if state == MET and rule.weakest_basis and of_process:
            limit = self._book.bases[rule.weakest_basis]
            state = MET if self._book.bases.get(basis, 99) <= limit else WEAK
        proof = self._proofs.condition(one, verdict.place, name) if value is not None else None
        presumers: tuple[Miss, ...] = ()
        if of_process and name not in seen and (value is None or (state == FAILED and basis == PRESUMED)):
            rules = [r for r in self._book.defaults if r.presumes == (name, wanted)]
            tried = [Miss(r, self._conditions(one, verdict, r, seen | {name})) for r in rules]
            presumers = tuple(sorted(tried, key=lambda miss: (miss.distance, miss.rule.name)))
        detail = {} if of_process else verdict.placement[name].detail
        question = self._book.criterion(name).asked(one.subject.filled)
        return Condition(name, wanted, state, value, proof, detail, presumers, question)

    def _outweighing(self, verdict: PlaceVerdict, rule: Rule) -> tuple[Rule, ...]:
        stronger = [self._book.rule(name) for name in verdict.verdict.rules]
        return tuple(
            other
            for other in stronger
            if other.rank > rule.rank
            and other.gives != rule.gives
            and not (other.met & rule.failed or other.failed & rule.met)
        )

    # --- telling ---------------------------------------------------------------------------------
    def _lines(self, found: WhyNot) -> list[str]:
        self._teller.prepare(_proofs(found.misses))
        notes = Notes()
        lines = [self._headline(found)]
        explained: set[str] = set()
        for miss in found.misses:
            lines.append("")
            mark = notes.mark(miss.rule.statement)
            said = text(miss.rule.sentence, self._teller.lang)
            lines.append(self._say("would", grade=self._teller.grade(miss.rule.gives or ""), sentence=said) + mark)
            for condition in miss.wanting:
                lines += self._condition_lines(condition, notes, explained, "  - ")
            for other in miss.outweighed:
                grade = self._teller.grade(other.gives or "")
                said = text(other.sentence, self._teller.lang)
                mark = notes.mark(other.statement)
                lines.append(f"  - {self._say('outranked', grade=grade, sentence=said)}{mark}")
            fine = [self._clause(condition) for condition in miss.conditions if condition.state == MET]
            if fine:
                lines.append(f"  - {self._say('fine', sentence=sentence('; '.join(fine)))}")
        if not found.misses and found.wanted != found.grade:
            lines.append(self._say("noRuleGives" if found.wanted else "best"))
        footnotes = self._teller.footnotes(notes)
        if footnotes:
            lines += ["", self._say("statements"), *(f"  {note}" for note in footnotes)]
        return lines

    def _headline(self, found: WhyNot) -> str:
        key = "already" if found.wanted == found.grade else "whyNot"
        if found.wanted is None:
            key = "whyNotBetter" if self._book.grades.get(found.grade, 0) > 0 else "whyNone"
        return self._say(
            key,
            name=self._teller.named(found.process, found.name),
            place=self._teller.place_name(found.place),
            grade=self._teller.grade(found.grade),
            status=self._teller.grade(STATUSES.get(found.status, found.status)),
            wanted=self._teller.grade(found.wanted) if found.wanted else "",
        )

    def _clause(self, condition: Condition, value: bool | None = None) -> str:
        """Return how a criterion is answered, or how it would be."""
        wanted = condition.value if value is None else value
        return self._say.criterion(self._book, condition.criterion, _WORDS[wanted])

    def _condition_lines(self, condition: Condition, notes: Notes, explained: set[str], indent: str) -> list[str]:
        """Return how a condition stands, why, and what would answer it; each answer is explained once."""
        below = " " * len(indent)
        name = condition.criterion
        if condition.state == UNKNOWN:
            detail = text(condition.detail, self._teller.lang)
            said = f"{self._clause(condition)}: {detail}" if detail else self._clause(condition)
            lines = [indent + self._say("missing", sentence=sentence(said))]
            question = text(condition.question, self._teller.lang)
            if question and name not in explained:
                lines.append(f"{below}{self._say('ask', question=question)}")
        else:
            key = FAILED if condition.state == FAILED else WEAK
            told = self._teller.lines(condition.proof, notes) if condition.proof is not None else [""]
            if name in explained:
                told = [sentence(self._clause(condition))]
            lines = [indent + self._say(_STATES[key], sentence=told[0]), *(below + line for line in told[1:])]
        if name in explained:
            return lines
        explained.add(name)
        for miss in condition.presumers:
            wants = [self._clause(c, c.wanted) for c in miss.wanting]
            if wants and all(c.state == UNKNOWN for c in miss.wanting):
                mark = notes.mark(miss.rule.statement)
                lines.append(f"{below}{self._say('wouldPresume', conditions='; '.join(wants))}{mark}")
        return lines

    def data(self, found: WhyNot) -> dict[str, Any]:
        """Return what was found as plain JSON values."""
        self._teller.prepare(_proofs(found.misses), every=True)
        return {
            "process": found.process,
            "name": found.name,
            "place": found.place,
            "grade": found.grade,
            "status": found.status,
            "wanted": found.wanted,
            "misses": [self._miss(miss) for miss in found.misses],
            "text": list(found.sentences),
        }

    def _miss(self, miss: Miss) -> dict[str, Any]:
        lang = self._teller.lang
        return {
            "rule": miss.rule.name,
            "gives": miss.rule.gives or "",
            "strength": miss.rule.strength,
            "statement": shorten(miss.rule.statement),
            "sentence": text(miss.rule.sentence, lang),
            "outweighed_by": [other.name for other in miss.outweighed],
            "conditions": [
                {
                    "criterion": condition.criterion,
                    "wanted": _WORDS[condition.wanted],
                    "value": _WORDS[condition.value],
                    "state": condition.state,
                    "proof": proof_dict(condition.proof, self._teller) if condition.proof else None,
                    "presumed_by": [self._miss(presumer) for presumer in condition.presumers],
                }
                for condition in miss.conditions
            ],
        }


def _proofs(misses: Iterable[Miss]) -> Iterator[Step]:
    for miss in misses:
        yield from (condition.proof for condition in miss.conditions if condition.proof is not None)
