"""A proof: the tree from a verdict, an answer or an inferred triple down to what somebody asserted.

Every step concludes a triple that stands in the graph (or would, if a change were made), names the rule or axiom it
applies and the statement that rests on, and has its premises below it. The tree is finite and never supports a
conclusion by itself. It holds no sentences: how it reads is another room's business, in whichever language.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox

from bpo_kg.reasoning import Axiom
from bpo_kg.store.dataset import Triple

VERDICT = "verdict"
UNDETERMINED = "undetermined"
APPLIES = "applies"
ANSWER = "answer"
PLACED = "placed"
COMPLETE = "complete"
PASSED = "passed"
ASSERTED = "asserted"
HINT = "hint"
OPTION = "option"
CHANGED = "changed"
LEAVES = frozenset({ASSERTED, HINT, OPTION, CHANGED})
WRITTEN = frozenset({ASSERTED, HINT})
"""Leaves that stand in a file."""


@dataclass(frozen=True, slots=True)
class Step:
    """One conclusion with the premises that give it.

    `kind` is one of
    `verdict` (a placement rule gives a grade), `undetermined` (no rule applies), `applies` (one of several rules that
    contest a grade), `answer` (a criterion of the process), `placed` (a criterion of the placement, on facts about
    places), `complete` (a recorded list is complete, and holds nothing that meets the criterion), `passed` (a fact
    passed along whole and part), a rule of OWL 2 RL by its W3C name (`cax-sco` ...); or, for a leaf, `asserted` (stands
    in a source), `hint` (a model suggests it), `option` (given when the graph was opened), `changed` (supposed).
    """

    kind: str
    triple: Triple
    premises: tuple["Step", ...] = ()
    process: str = ""
    criterion: str = ""
    place: str = ""
    value: str = ""
    """Grade of a verdict; `yes` or `no` of an answer."""
    basis: str = ""
    rule: str = ""
    """IRI of the rule of the decision table."""
    axioms: tuple[Axiom, ...] = ()
    statement: str = ""
    """IRI of the statement that the rule or fact rests on."""
    graph: ox.NamedNode | None = None
    """Of an asserted triple: the source that states it."""
    told: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Of a `placed` step: what the facts about the place say, by language."""
    source: str = ""
    """Of a `placed` step: where those facts come from."""
    guard: bool = False
    """The rule does not ask for it: it keeps a stronger rule from applying."""

    @property
    def leaf(self) -> bool:
        """Whether somebody asserted it."""
        return self.kind in LEAVES

    def steps(self) -> Iterator["Step"]:
        """Yield this step and all below it, each as often as it occurs, conclusions before premises."""
        yield self
        for premise in self.premises:
            yield from premise.steps()

    def leaves(self) -> tuple["Step", ...]:
        """Return what was asserted, each once, in order of use."""
        return tuple(dict.fromkeys(step for step in self.steps() if step.leaf))

    def facts(self) -> tuple[Triple, ...]:
        """Return the triples of the leaves, each once, in order of use."""
        return tuple(dict.fromkeys(step.triple for step in self.leaves()))

    def depth(self) -> int:
        """Return how many steps lie between the conclusion and its deepest leaf."""
        return 1 + max((premise.depth() for premise in self.premises), default=-1)

    def rules(self) -> tuple[str, ...]:
        """Return the IRIs of the rules of the decision table that it applies, each once, in order of use."""
        return tuple(dict.fromkeys(step.rule for step in self.steps() if step.rule))

    def statements(self) -> tuple[str, ...]:
        """Return the IRIs of the statements that it rests on, each once, in order of use."""
        return tuple(dict.fromkeys(step.statement for step in self.steps() if step.statement))

    def size(self) -> tuple[int, int]:
        """Return what the shortest of several proofs is told by: leaves, then steps."""
        return len(self.facts()), sum(1 for _ in self.steps())
