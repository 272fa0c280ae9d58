"""From axioms to rules: every OWL 2 RL axiom as rules over facts, everything else as a refusal.

The W3C's rule set joins facts with axioms again and again while it runs. Axioms do not change while facts are
reasoned over, so the joins with them are done once, here, and what is left are rules over facts alone.
"""

from collections.abc import Callable, Iterable
from itertools import combinations

import pyoxigraph as ox

from bpo_kg.reasoning.axioms import Axioms, owl, rdfs
from bpo_kg.reasoning.expressions import DEFINING, Condition, Drawn, Expressions
from bpo_kg.reasoning.refusals import NotExpressible, lost
from bpo_kg.reasoning.rewrite import rewrite
from bpo_kg.reasoning.rules import NOTHING, TYPE, Axiom, Distinct, Refusal, RuleSet, Term
from bpo_kg.store.dataset import Triple

X, Y, Z = ox.Variable("x"), ox.Variable("y"), ox.Variable("z")


def compile_rules(tbox: Iterable[ox.Quad | ox.Triple | Triple]) -> RuleSet:
    """Return the rules that the axioms among some triples come to; triples that are no axioms are passed over.

    Annotation properties are left out of reasoning, as OWL's direct semantics has it: a sub-property, domain or
    range of an annotation property infers nothing and is not refused.
    """
    return _Compiler(Axioms(tbox)).compile()


class _Compiler:
    def __init__(self, axioms: Axioms) -> None:
        self.axioms = axioms
        self.expressions = Expressions(axioms)
        self.out = Drawn()
        self.refusals: dict[tuple[Axiom, str], Refusal] = {}

    def compile(self) -> RuleSet:
        self._classes()
        self._disjointness()
        self._property_hierarchy()
        self._characteristics()
        self._assertions()
        # What is said to belong to nothing at all contradicts itself, whoever says so.
        nothing = Axiom((NOTHING, rdfs("subClassOf"), NOTHING))
        self.out.rule(Condition(((X, TYPE, NOTHING),)), (), nothing, "cls-nothing2")
        distinct = tuple(self._distinct())
        rules, mergers = tuple(dict.fromkeys(self.out.rules)), tuple(dict.fromkeys(self.out.mergers))
        return RuleSet(rules, mergers, distinct, tuple(self.refusals.values()), rewrite(rules))

    def _refuse(self, axiom: Axiom, problem: NotExpressible) -> None:
        said = lost(problem)
        self.refusals.setdefault((axiom, said["en"]), Refusal(axiom, said))

    def _try(self, axiom: Axiom, draw: Callable[[], None]) -> None:
        try:
            draw()
        except NotExpressible as problem:
            self._refuse(axiom, problem)

    # --- classes ---------------------------------------------------------------------------------
    def _implies(
        self, left: Term, right: Term, axiom: Axiom, kind: str, *, defined: tuple[bool, bool] = (False, False)
    ) -> None:
        def draw() -> None:
            for condition in self.expressions.conditions(left, X, defined=defined[0]):
                for problem in self.expressions.conclude(
                    right, X, condition, axiom, kind, self.out, defined=defined[1]
                ):
                    self._refuse(axiom, problem)

        if left != NOTHING:
            self._try(axiom, draw)

    def _classes(self) -> None:
        axioms = self.axioms
        for left, right in axioms.pairs(rdfs("subClassOf")):
            self._implies(left, right, axioms.axiom(left, rdfs("subClassOf"), right), "cax-sco")
        for left, right in axioms.pairs(owl("equivalentClass")):
            axiom = axioms.axiom(left, owl("equivalentClass"), right)
            if self.expressions.is_data_range(right):
                self._refuse(axiom, NotExpressible("data-range"))
                continue
            self._implies(left, right, axiom, "cax-eqc1")
            self._implies(right, left, axiom, "cax-eqc2")
        for predicate in DEFINING:
            for name, listed in axioms.pairs(predicate):
                if isinstance(name, ox.NamedNode):
                    axiom = axioms.axiom(name, predicate, listed)
                    self._implies(name, name, axiom, "cls-int2", defined=(False, True))
                    self._implies(name, name, axiom, "cls-int1", defined=(True, False))
        for whole, listed in axioms.pairs(owl("disjointUnionOf")):
            axiom = axioms.axiom(whole, owl("disjointUnionOf"), listed)
            members = axioms.members(listed)
            for member in members:
                self._implies(member, whole, axiom, "cax-sco")
            self._disjoint(members, axiom, "cax-adc")
            self._refuse(axiom, NotExpressible("covering", whole))

    def _disjoint(self, members: list[Term], axiom: Axiom, kind: str) -> None:
        def draw(left: Term, right: Term) -> Callable[[], None]:
            def both() -> None:
                for a in self.expressions.conditions(left, X):
                    for b in self.expressions.conditions(right, X):
                        self.out.rule(a + b, (), axiom, kind)

            return both

        for left, right in combinations(members, 2):
            self._try(axiom, draw(left, right))

    def _disjointness(self) -> None:
        axioms = self.axioms
        for left, right in axioms.pairs(owl("disjointWith")):
            self._disjoint([left, right], axioms.axiom(left, owl("disjointWith"), right), "cax-dw")
        for node in axioms.instances(owl("AllDisjointClasses")):
            listed = axioms.value(node, owl("members"))
            self._disjoint(axioms.members(listed), axioms.axiom(node, TYPE, owl("AllDisjointClasses")), "cax-adc")

    # --- properties ------------------------------------------------------------------------------
    def _is_annotation(self, prop: Term) -> bool:
        axioms = self.axioms
        return axioms.is_a(prop, owl("AnnotationProperty")) and not (
            axioms.is_a(prop, owl("ObjectProperty")) or axioms.is_a(prop, owl("DatatypeProperty"))
        )

    def _edges(
        self, axiom: Axiom, kind: str, body: list[tuple[ox.Variable, Term, ox.Variable]], *head: Term | ox.Variable
    ) -> None:
        """Draw a rule whose body and head are edges; without a head it is a clash."""

        def draw() -> None:
            condition = Condition(tuple(self.expressions.edge(*edge) for edge in body))
            atoms = (self.expressions.edge(*head),) if head else ()  # type: ignore[arg-type]
            self.out.rule(condition, atoms, axiom, kind)

        self._try(axiom, draw)

    def _property_hierarchy(self) -> None:
        axioms = self.axioms
        sub, same, inverse = rdfs("subPropertyOf"), owl("equivalentProperty"), owl("inverseOf")
        bottom = (owl("bottomObjectProperty"), owl("bottomDataProperty"))
        for p, q in axioms.pairs(sub):
            if not self._is_annotation(p) and q not in (owl("topObjectProperty"), owl("topDataProperty")):
                self._edges(axioms.axiom(p, sub, q), "prp-spo1", [(X, p, Y)], *(() if q in bottom else (X, q, Y)))
        for p, q in axioms.pairs(same):
            if not self._is_annotation(p):
                self._edges(axioms.axiom(p, same, q), "prp-eqp1", [(X, p, Y)], X, q, Y)
                self._edges(axioms.axiom(p, same, q), "prp-eqp2", [(X, q, Y)], X, p, Y)
        for p, q in axioms.pairs(inverse):
            if isinstance(p, ox.NamedNode):  # on a blank node it is an expression, not an axiom
                self._edges(axioms.axiom(p, inverse, q), "prp-inv1", [(X, p, Y)], Y, q, X)
                self._edges(axioms.axiom(p, inverse, q), "prp-inv2", [(X, q, Y)], Y, p, X)
        for p, listed in axioms.pairs(owl("propertyChainAxiom")):
            steps = axioms.members(listed)
            if not steps:
                self._refuse(axioms.axiom(p, owl("propertyChainAxiom"), listed), NotExpressible("malformed", listed))
                continue
            knots = [X, *(self.expressions.variable() for _ in steps[1:]), Y]
            body = [(knots[i], step, knots[i + 1]) for i, step in enumerate(steps)]
            self._edges(axioms.axiom(p, owl("propertyChainAxiom"), listed), "prp-spo2", body, X, p, Y)
        for predicate, kind, x in ((rdfs("domain"), "prp-dom", X), (rdfs("range"), "prp-rng", Y)):
            for p, node in axioms.pairs(predicate):
                if not self._is_annotation(p):
                    self._typed(p, node, axioms.axiom(p, predicate, node), kind, x)

    def _typed(self, prop: Term, node: Term, axiom: Axiom, kind: str, x: ox.Variable) -> None:
        def draw() -> None:
            given = Condition((self.expressions.edge(X, prop, Y),))
            for problem in self.expressions.require(node, x, given, axiom, kind, self.out):
                self._refuse(axiom, problem)

        self._try(axiom, draw)

    def _characteristics(self) -> None:
        axioms = self.axioms
        rules: list[tuple[str, str, list[tuple[ox.Variable, ox.Variable]], tuple[ox.Variable, ox.Variable] | None]] = [
            ("TransitiveProperty", "prp-trp", [(X, Y), (Y, Z)], (X, Z)),
            ("SymmetricProperty", "prp-symp", [(X, Y)], (Y, X)),
            ("AsymmetricProperty", "prp-asyp", [(X, Y), (Y, X)], None),
            ("IrreflexiveProperty", "prp-irp", [(X, X)], None),
        ]
        for name, kind, body, head in rules:
            for p in axioms.instances(owl(name)):
                axiom = axioms.axiom(p, TYPE, owl(name))
                self._edges(axiom, kind, [(a, p, b) for a, b in body], *((head[0], p, head[1]) if head else ()))
        for p in axioms.instances(owl("ReflexiveProperty")):
            self._refuse(axioms.axiom(p, TYPE, owl("ReflexiveProperty")), NotExpressible("reflexive", p))
        for name, kind, key, value in (
            ("FunctionalProperty", "prp-fp", X, Y),
            ("InverseFunctionalProperty", "prp-ifp", Y, X),
        ):
            for p in axioms.instances(owl(name)):
                axiom = axioms.axiom(p, TYPE, owl(name))
                self._try(axiom, lambda p=p, a=axiom, k=key, v=value, n=kind: self._unique(p, a, k, v, n))  # type: ignore[misc]
        for p, q in axioms.pairs(owl("propertyDisjointWith")):
            self._edges(axioms.axiom(p, owl("propertyDisjointWith"), q), "prp-pdw", [(X, p, Y), (X, q, Y)])
        for node in axioms.instances(owl("AllDisjointProperties")):
            axiom = axioms.axiom(node, TYPE, owl("AllDisjointProperties"))
            for one, other in combinations(axioms.members(axioms.value(node, owl("members"))), 2):
                self._edges(axiom, "prp-adp", [(X, one, Y), (X, other, Y)])
        for keyed, keys in axioms.pairs(owl("hasKey")):
            axiom = axioms.axiom(keyed, owl("hasKey"), keys)
            self._try(axiom, lambda c=keyed, m=keys, a=axiom: self._key(c, axioms.members(m), a))  # type: ignore[misc]

    def _unique(self, prop: Term, axiom: Axiom, key: ox.Variable, value: ox.Variable, kind: str) -> None:
        self.out.merger(Condition((self.expressions.edge(X, prop, Y),)), (key,), value, axiom, kind)

    def _key(self, node: Term, props: list[Term], axiom: Axiom) -> None:
        if not props:
            raise NotExpressible("malformed", node)
        keys = tuple(self.expressions.variable() for _ in props)
        parts = Condition(tuple(self.expressions.edge(X, p, k) for p, k in zip(props, keys, strict=True)))
        for condition in self.expressions.conditions(node, X):
            self.out.merger(condition + parts, keys, X, axiom, "prp-key")

    # --- single facts ----------------------------------------------------------------------------
    def _assertions(self) -> None:
        axioms = self.axioms
        for node in axioms.instances(owl("NegativePropertyAssertion")) or [
            node for node, _ in axioms.pairs(owl("assertionProperty"))
        ]:
            s, p = axioms.value(node, owl("sourceIndividual")), axioms.value(node, owl("assertionProperty"))
            target = axioms.value(node, owl("targetIndividual"))
            o = axioms.value(node, owl("targetValue")) if target is None else target
            if s is not None and p is not None and o is not None:
                kind = "prp-npa1" if target is not None else "prp-npa2"
                axiom = axioms.axiom(node, owl("assertionProperty"), p)
                self._try(
                    axiom,
                    lambda s=s, p=p, o=o, a=axiom, k=kind: self.out.rule(  # type: ignore[misc]
                        Condition((self.expressions.edge(s, p, o),)), (), a, k
                    ),
                )

    def _distinct(self) -> Iterable[Distinct]:
        axioms = self.axioms
        for node in axioms.instances(owl("AllDifferent")):
            listed = axioms.value(node, owl("members")) or axioms.value(node, owl("distinctMembers"))
            yield Distinct(frozenset(axioms.members(listed)), axioms.axiom(node, TYPE, owl("AllDifferent")))
