"""OWL reasoning, and nothing of outsourcing: axioms become rules, rules close a dataset, proofs walk back.

`compile_rules` turns axioms into a `RuleSet`, `Closure` keeps the inferred graph of a `Dataset` right, and
`Clash`, `Refusal` and `Proof` are what a reader sees of it.
"""

from bpo_kg.reasoning.axioms import axiom_quads
from bpo_kg.reasoning.clashes import Clash
from bpo_kg.reasoning.closure import Closure, rules_of
from bpo_kg.reasoning.compiler import compile_rules
from bpo_kg.reasoning.proofs import Proof
from bpo_kg.reasoning.rules import Axiom, Merger, Refusal, Rule, RuleSet

__all__ = [
    "Axiom",
    "Clash",
    "Closure",
    "Merger",
    "Proof",
    "Refusal",
    "Rule",
    "RuleSet",
    "axiom_quads",
    "compile_rules",
    "rules_of",
]
