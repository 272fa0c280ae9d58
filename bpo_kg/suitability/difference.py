"""Tell two graphs apart by what they come to: verdicts and inferences that appear and disappear, and by what.

Two files may differ in a hundred lines and come to the same; one changed word may turn a verdict. So the states are
compared by their conclusions, and each difference is traced to the facts, axioms and rules that one side has and the
other has not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyoxigraph as ox

from bpo_kg.store.dataset import Dataset, Triple
from bpo_kg.store.view import View
from bpo_kg.suitability.proof import Step
from bpo_kg.suitability.proof_forms import proof_dict
from bpo_kg.suitability.rulebook import Rule, Rulebook
from bpo_kg.suitability.telling import Teller
from bpo_kg.suitability.whatif import State, VerdictChange, change_dict, headline, prepare, verdict_changes
from bpo_kg.vocabulary import shorten

EXPLAINED = 200
"""How many inferences on each side are explained; beyond that they are only counted and listed."""
_TOLD = 20


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that one side states and the other does not: a fact, an axiom, or a rule of the decision table."""

    told: str
    new: bool


@dataclass(frozen=True, slots=True)
class Inference:
    """A triple that follows on one side only."""

    triple: Triple
    proof: Step | None
    """None beyond the number that is explained."""
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What two states come to differently."""

    old: str
    new: str
    verdicts: tuple[tuple[VerdictChange, tuple[Cause, ...]], ...]
    gained: tuple[Inference, ...]
    lost: tuple[Inference, ...]
    tellers: tuple[Teller, Teller] = field(compare=False, repr=False)

    @property
    def same(self) -> bool:
        """Whether no verdict and no inference differs."""
        return not (self.verdicts or self.gained or self.lost)

    def to_text(self) -> str:
        """Return the differences as lines."""
        teller = self.tellers[1]
        lines = [self.headline()]
        for change, causes in self.verdicts:
            lines += ["", headline(change, teller), *(f"  {cause.told}" for cause in causes)]
        for key, found, side in self._sides():
            if found:
                lines += ["", f"{teller.say(key)}:"]
                for inference in found[:_TOLD]:
                    lines.append(f"  {side.triple(inference.triple)}")
                    lines += [f"    {cause.told}" for cause in inference.causes]
                if len(found) > _TOLD:
                    lines.append(f"  {teller.say('diffMore', n=len(found) - _TOLD)}")
        return "\n".join(lines) + "\n"

    def to_markdown(self) -> str:
        """Return the differences as Markdown, short enough for a comment on a pull request."""
        teller = self.tellers[1]
        lines = [f"**{_escaped(self.headline())}**"]
        if self.verdicts:
            lines += ["", f"### {teller.say('diffVerdicts')}", ""]
            for change, causes in self.verdicts:
                lines.append(f"- {_escaped(headline(change, teller))}")
                lines += [f"  - {_escaped(cause.told)}" for cause in causes]
        for key, found, side in self._sides():
            if found:
                lines += ["", f"<details><summary>{teller.say(key)} ({len(found)})</summary>", ""]
                for inference in found[:EXPLAINED]:
                    lines.append(f"- {_escaped(side.triple(inference.triple))}")
                    lines += [f"  - {_escaped(cause.told)}" for cause in inference.causes]
                if len(found) > EXPLAINED:
                    lines.append(f"- {teller.say('diffMore', n=len(found) - EXPLAINED)}")
                lines += ["", "</details>"]
        return "\n".join(lines) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """Return the differences as plain JSON values, each with its proofs."""
        self.look_up()
        before, after = self.tellers
        return {
            "old": self.old,
            "new": self.new,
            "verdicts": [
                {**change_dict(change, before, after), "causes": [_cause(cause) for cause in causes]}
                for change, causes in self.verdicts
            ],
            "gained": [_inference(inference, after) for inference in self.gained],
            "lost": [_inference(inference, before) for inference in self.lost],
        }

    def look_up(self) -> None:
        """Look up where everything told stands, for files that will not be there any more when it is told."""
        before, after = self.tellers
        prepare([change for change, _ in self.verdicts], before, after, every=True)
        for found, teller in ((self.gained, after), (self.lost, before)):
            teller.prepare((i.proof for i in found if i.proof), every=True)

    def headline(self) -> str:
        """Return in one sentence how much differs."""
        say = self.tellers[1].say
        if self.same:
            return say("diffSame", old=self.old, new=self.new)
        counts = {"verdicts": len(self.verdicts), "gained": len(self.gained), "lost": len(self.lost)}
        return say("diffHead", old=self.old, new=self.new, **counts)

    def _sides(self) -> tuple[tuple[str, tuple[Inference, ...], Teller], ...]:
        before, after = self.tellers
        return (("diffGained", self.gained, after), ("diffLost", self.lost, before))


def difference(
    before: State, after: State, names: tuple[str, str], processes: Iterable[str], to: Sequence[str]
) -> Difference:
    """Return what differs between two closed graphs.

    Args:
        before: the old state.
        after: the new one.
        names: what to call them.
        processes: IRIs to judge in both.
        to: countries or sites; the location classes if there are none.
    """
    changes = verdict_changes(before, after, processes, to)
    prepare(changes, before.teller, after.teller)
    verdicts = tuple((change, tuple(_causes_of(change, before, after))) for change in changes)
    old, new = (_inferred(state.cases.setting.dataset) for state in (before, after))
    gained = _inferences(sorted(new - old, key=_order), after, before, new=True)
    lost = _inferences(sorted(old - new, key=_order), before, after, new=False)
    return Difference(*names, verdicts, gained, lost, (before.teller, after.teller))


def _inferred(dataset: Dataset) -> set[Triple]:
    """Return the inferred triples that can be told: those about named things."""
    return {t for t in dataset.triples(part="inferred") if not any(isinstance(term, ox.BlankNode) for term in t)}


def _order(triple: Triple) -> tuple[bool, str]:
    # What follows about processes is what a reader looks for first.
    return "/row/" not in str(triple[0]), str(triple)


def _inferences(triples: Sequence[Triple], here: State, there: State, *, new: bool) -> tuple[Inference, ...]:
    proofs = [next(iter(here.proofs.triple(triple)), None) for triple in triples[:EXPLAINED]]
    here.teller.prepare(proof for proof in proofs[:_TOLD] if proof)
    found = [
        Inference(triple, proof, tuple(_causes(proof, here, there, new=new)) if proof else ())
        for triple, proof in zip(triples, proofs, strict=False)
    ]
    return (*found, *(Inference(triple, None, ()) for triple in triples[EXPLAINED:]))


# --- causes ------------------------------------------------------------------------------------------
def _causes_of(change: VerdictChange, before: State, after: State) -> Iterable[Cause]:
    causes: dict[Cause, None] = {}
    if change.after:
        causes.update(dict.fromkeys(_causes(change.after.proof, after, before, new=True)))
    if change.before:
        causes.update(dict.fromkeys(_causes(change.before.proof, before, after, new=False)))
    return causes


def _causes(proof: Step, here: State, there: State, *, new: bool) -> Iterable[Cause]:
    """Yield what a proof rests on that the other side does not have."""
    say, teller = here.teller.say, here.teller
    other = there.cases.setting.dataset
    key = "diffNew" if new else "diffOld"
    told: dict[str, None] = {}
    for leaf in proof.leaves():
        if leaf.kind == "asserted" and not other.sources_of(leaf.triple):
            where = teller.where(leaf.triple)
            told[f"{teller.fact(replace(leaf, process=''))} ({where})"] = None
    for axiom in dict.fromkeys(axiom for step in proof.steps() for axiom in step.axioms):
        if not _states(other, axiom.triple, here.cases.view):
            told[teller.axiom(axiom.triple)] = None
    for iri in proof.rules():
        mine, theirs = _rule(here.cases.book, iri), _rule(there.cases.book, iri)
        if mine is not None and (theirs is None or _meaning(mine) != _meaning(theirs)):
            told[say("diffRule", rule=f"{shorten(iri)}: {teller.rule_sentence(iri)}")] = None
    return (Cause(say(key, fact=fact), new) for fact in told)


def _states(dataset: Dataset, axiom: Triple, view: View) -> bool:
    """Tell whether a dataset states an axiom; class expressions, which have no names, are compared by their shape."""
    subject, predicate, value = axiom
    nameless = [isinstance(term, ox.BlankNode) for term in (subject, value)]
    if not any(nameless):
        return bool(dataset.sources_of(axiom))
    wanted, other = (_shape(view, subject), _shape(view, value)), View(dataset.store)
    pattern = (None if nameless[0] else subject, predicate, None if nameless[1] else value)
    found = other.quads(*pattern)  # type: ignore[arg-type]
    return any((_shape(other, quad.subject), _shape(other, quad.object)) == wanted for quad in found)


def _shape(view: View, term: object, deep: int = 12) -> str:
    if not isinstance(term, ox.BlankNode) or deep == 0:
        return str(term)
    parts = sorted(f"{q.predicate} {_shape(view, q.object, deep - 1)}" for q in view.quads(term, None, None))
    return f"[{'; '.join(parts)}]"


def _rule(book: Rulebook, iri: str) -> Rule | None:
    return next((rule for rule in (*book.placements, *book.defaults) if rule.iri == iri), None)


def _meaning(rule: Rule) -> tuple[object, ...]:
    return (rule.met, rule.failed, rule.rank, rule.gives, rule.presumes, rule.weakest_basis, rule.statement)


def _cause(cause: Cause) -> dict[str, Any]:
    return {"new": cause.new, "text": cause.told}


def _inference(inference: Inference, teller: Teller) -> dict[str, Any]:
    return {
        "triple": [shorten(term.value) for term in inference.triple],
        "text": teller.triple(inference.triple),
        "causes": [_cause(cause) for cause in inference.causes],
        "proof": proof_dict(inference.proof, teller) if inference.proof else None,
    }


def _escaped(text: str) -> str:
    """Return text that Markdown shows as it is."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#" else c for c in text)
