"""Read published O*NET figures as an inventory: each occupation a process, its figures as answers to criteria.

What a figure answers is not said here. `ontology/onet.ttl` holds the threshold rules as data (element, scale, limit,
criterion, answer, statement), so that a reader can dispute a limit without reading Python. An occupation that lacks a
figure which a rule asks for is left open by that rule: a missing rating never becomes "no".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from bpo_kg.errors import SourceError
from bpo_kg.vocabulary import BPO, DCTERMS, PROV, SKOS, local_name


@dataclass(frozen=True, slots=True)
class MeasuredElement:
    """A feature of work that O*NET rates: how its files name it, and the scale whose figures are read."""

    iri: str
    element_id: str
    """For example `4.A.3.a.2`, as the published tables name it."""
    export_name: str
    """File name without extension of its per-element export."""
    scale_id: str
    """`IM` or `CX`, as the published tables name the scale."""
    column: str
    """`Importance` or `Context`, as the per-element export names it."""
    minimum: float
    maximum: float

    def percent(self, published: float) -> float:
        """Return a figure of the published scale on the 0-100 scale of the exports and the limits."""
        return (published - self.minimum) / (self.maximum - self.minimum) * 100.0


@dataclass(frozen=True, slots=True)
class Condition:
    """The figure of one element is at least, or is below, a limit on the 0-100 scale."""

    element: MeasuredElement
    at_least: bool
    limit: float

    def holds(self, figure: float) -> bool:
        return figure >= self.limit if self.at_least else figure < self.limit


@dataclass(frozen=True, slots=True)
class ThresholdRule:
    """If every condition holds, `criterion` is answered with `answer`; the higher precedence decides."""

    iri: str
    conditions: tuple[Condition, ...]
    criterion: str
    """Local name, for example `onSiteNeed`."""
    answer: bool
    precedence: int
    statement: str
    """IRI of the statement that the limit is argued from."""

    def fires(self, figures: Mapping[str, float]) -> bool:
        """Tell whether all conditions hold; `figures` is 0-100 by element IRI, and an absent one fails its condition."""
        return all(c.element.iri in figures and c.holds(figures[c.element.iri]) for c in self.conditions)


def read_thresholds(path: Path) -> tuple[ThresholdRule, ...]:
    """Return the threshold rules of a Turtle file, in order of IRI.

    Raises:
        SourceError: the file is missing, not Turtle, or a rule lacks a part; the message names it.
    """
    store = ox.Store()
    try:
        store.load(path=str(path), format=ox.RdfFormat.TURTLE)
    except (OSError, SyntaxError) as error:
        raise SourceError(f"{path}: {error}") from error

    def value(subject: ox.NamedNode | ox.BlankNode, predicate: str) -> str:
        for quad in store.quads_for_pattern(subject, ox.NamedNode(predicate), None, None):
            return quad.object.value  # type: ignore[union-attr]
        raise SourceError(f"{path}: {subject} has no {local_name(predicate)}")

    def element(iri: str) -> MeasuredElement:
        node = ox.NamedNode(iri)
        scale = ox.NamedNode(value(node, BPO + "elementScale"))
        return MeasuredElement(
            iri=iri,
            element_id=value(node, DCTERMS + "identifier"),
            export_name=value(node, BPO + "exportName"),
            scale_id=value(scale, SKOS + "notation"),
            column=value(scale, BPO + "exportName"),
            minimum=float(value(scale, BPO + "scaleMinimum")),
            maximum=float(value(scale, BPO + "scaleMaximum")),
        )

    rules = []
    kind = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    for quad in store.quads_for_pattern(None, kind, ox.NamedNode(BPO + "ThresholdRule"), None):
        rule = quad.subject
        conditions = []
        for part in store.quads_for_pattern(rule, ox.NamedNode(BPO + "whenFigure"), None, None):
            conditions.append(
                Condition(
                    element=element(value(part.object, BPO + "onElement")),
                    at_least=local_name(value(part.object, BPO + "comparison")) == "atLeast",
                    limit=float(value(part.object, BPO + "limit")),
                )
            )
        if not conditions:
            raise SourceError(f"{path}: {rule} has no whenFigure")
        rules.append(
            ThresholdRule(
                iri=rule.value,
                conditions=tuple(sorted(conditions, key=lambda c: c.element.element_id)),
                criterion=local_name(value(rule, BPO + "thresholdCriterion")),
                answer=value(rule, BPO + "thresholdAnswer") == "true",
                precedence=int(value(rule, BPO + "thresholdPrecedence")),
                statement=value(rule, PROV + "wasDerivedFrom"),
            )
        )
    return tuple(sorted(rules, key=lambda r: r.iri))


def judge(figures: Mapping[str, float], rules: Sequence[ThresholdRule]) -> dict[str, bool]:
    """Return the answers that figures (0-100, by element IRI) give, by criterion local name.

    Of the rules that fire for a criterion the highest precedence decides; if those of equal precedence disagree, or
    none fires, the criterion is absent from the result, which means unknown.
    """
    best: dict[str, tuple[int, set[bool]]] = {}
    for rule in rules:
        if rule.fires(figures):
            precedence, said = best.get(rule.criterion, (rule.precedence, set()))
            if rule.precedence > precedence:
                precedence, said = rule.precedence, set()
            if rule.precedence == precedence:
                best[rule.criterion] = (precedence, said | {rule.answer})
    return {criterion: next(iter(said)) for criterion, (_, said) in best.items() if len(said) == 1}
