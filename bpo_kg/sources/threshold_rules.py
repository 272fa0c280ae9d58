"""Threshold rules: how published figures answer criteria, read from Turtle and applied to one occupation.

The rules stand in `ontology/onet.ttl` (element, scale, limit, criterion, answer, statement), so that a reader can
dispute a limit without reading Python. A figure that a rule asks for and that is missing leaves that rule unmet: a
missing rating never becomes "no".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from bpo_kg.errors import SourceError
from bpo_kg.vocabulary import BPO, DCTERMS, PROV, RDF, SKOS, local_name

_Node = ox.NamedNode | ox.BlankNode


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

    def margin(self, figure: float) -> float:
        """Return how far a figure is on the right side of the limit; negative if it is on the wrong one."""
        return figure - self.limit if self.at_least else self.limit - figure

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
    """IRI of the statement that the limits are argued from."""

    def fires(self, figures: Mapping[str, float]) -> bool:
        """Tell whether all conditions hold; `figures` is 0-100 by element IRI, an absent one fails its condition."""
        return all(c.element.iri in figures and c.holds(figures[c.element.iri]) for c in self.conditions)

    def narrowest(self, figures: Mapping[str, float]) -> Condition:
        """Return the condition that `figures` meet by the smallest margin: the one that decided."""
        return min(self.conditions, key=lambda c: (c.margin(figures[c.element.iri]), c.element.element_id))


def judge(figures: Mapping[str, float], rules: Sequence[ThresholdRule]) -> dict[str, ThresholdRule]:
    """Return the rule that decides each criterion (local name) for figures from 0 to 100 by element IRI.

    Of the rules that fire for a criterion the highest precedence decides, and among those the one met by the widest
    margin speaks. If they disagree, or none fires, the criterion is absent from the result, which means unknown.
    """
    fired: dict[str, list[ThresholdRule]] = {}
    for rule in rules:
        if rule.fires(figures):
            fired.setdefault(rule.criterion, []).append(rule)
    decided = {}
    for criterion, several in fired.items():
        top = max(rule.precedence for rule in several)
        deciding = [rule for rule in several if rule.precedence == top]
        if len({rule.answer for rule in deciding}) == 1:
            decided[criterion] = max(deciding, key=lambda rule: (_margin(rule, figures), rule.iri))
    return decided


def _margin(rule: ThresholdRule, figures: Mapping[str, float]) -> float:
    narrowest = rule.narrowest(figures)
    return narrowest.margin(figures[narrowest.element.iri])


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
    return _Rules(path, store).read()


@dataclass(frozen=True, slots=True)
class _Rules:
    path: Path
    store: ox.Store

    def read(self) -> tuple[ThresholdRule, ...]:
        kind, cls = ox.NamedNode(RDF + "type"), ox.NamedNode(BPO + "ThresholdRule")
        subjects = (quad.subject for quad in self.store.quads_for_pattern(None, kind, cls, None))
        return tuple(sorted(map(self._rule, subjects), key=lambda rule: rule.iri))

    def _rule(self, node: object) -> ThresholdRule:
        conditions = [self._condition(part) for part in self._values(node, "whenFigure")]
        if not conditions:
            raise SourceError(f"{self.path}: {node} has no whenFigure")
        return ThresholdRule(
            iri=str(getattr(node, "value", node)),
            conditions=tuple(sorted(conditions, key=lambda c: c.element.element_id)),
            criterion=local_name(self._text(node, "thresholdCriterion")),
            answer=self._text(node, "thresholdAnswer") in ("true", "1"),
            precedence=int(self._number(node, "thresholdPrecedence")),
            statement=self._text(node, "wasDerivedFrom", PROV),
        )

    def _condition(self, node: object) -> Condition:
        comparison = local_name(self._text(node, "comparison"))
        if comparison not in ("atLeast", "below"):
            raise SourceError(f"{self.path}: the comparison {comparison!r} is neither atLeast nor below")
        element = self._value(node, "onElement")
        scale = self._value(element, "elementScale")
        measured = MeasuredElement(
            iri=str(getattr(element, "value", element)),
            element_id=self._text(element, "identifier", DCTERMS),
            export_name=self._text(element, "exportName"),
            scale_id=self._text(scale, "notation", SKOS),
            column=self._text(scale, "exportName"),
            minimum=self._number(scale, "scaleMinimum"),
            maximum=self._number(scale, "scaleMaximum"),
        )
        if measured.minimum >= measured.maximum:
            raise SourceError(f"{self.path}: the scale {scale} has no range")
        return Condition(measured, comparison == "atLeast", self._number(node, "limit"))

    def _values(self, node: object, name: str, namespace: str = BPO) -> list[object]:
        if not isinstance(node, _Node):
            return []
        return [quad.object for quad in self.store.quads_for_pattern(node, ox.NamedNode(namespace + name), None, None)]

    def _value(self, node: object, name: str, namespace: str = BPO) -> object:
        values = self._values(node, name, namespace)
        if len(values) != 1:
            raise SourceError(f"{self.path}: {node} has {len(values)} values of {name} where one would be right")
        return values[0]

    def _text(self, node: object, name: str, namespace: str = BPO) -> str:
        return str(getattr(self._value(node, name, namespace), "value", ""))

    def _number(self, node: object, name: str) -> float:
        text = self._text(node, name)
        try:
            return float(text)
        except ValueError as error:
            raise SourceError(f"{self.path}: {node} has {text!r} for {name} where a number would be right") from error
