"""The decision table as the Turtle files state it: criteria, default rules, placement rules, scales.

Nothing about outsourcing is decided here. A criterion, a rule, the order of bases and of strengths can be
added, replaced or switched off in a file; this module only reads them into a shape that can be judged fast.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

import pyoxigraph as ox

from bpo_kg.sources.facts import Finding, Place
from bpo_kg.store.view import View
from bpo_kg.vocabulary import BPO, DCTERMS, RULE, local_name, shorten

Texts = Mapping[str, str]


def bpo(name: str) -> ox.NamedNode:
    """Return the term `name` of the ontology as a node."""
    return ox.NamedNode(BPO + name)


@dataclass(frozen=True, slots=True)
class Criterion:
    """A yes, no or unknown question about a process, or about a placement of it."""

    name: str
    iri: str
    position: int
    of_placement: bool
    labels: Texts
    question: Texts
    """The question to ask the client while the criterion is unknown."""
    property: str | None
    """The property whose recorded value answers it."""
    column: str | None
    """The inventory column of that property."""
    closed_by: str | None
    """A property whose recorded values are complete: the criterion fails if it has values and none meets it."""
    place_question: Texts = field(default_factory=dict)
    """Of a criterion of a placement: what to find out of the places once the client has answered its part."""

    def asked(self, filled: Collection[str]) -> Texts:
        """Return the question that is left while the criterion is unknown; `filled` are the columns filled in."""
        return self.place_question if self.place_question and self.column in filled else self.question


@dataclass(frozen=True, slots=True)
class Rule:
    """A default rule (`presumes`) or a placement rule (`gives`), with the statement it rests on."""

    name: str
    iri: str
    labels: Texts
    sentence: Texts
    met: frozenset[str]
    failed: frozenset[str]
    strength: str
    priority: int
    rank: tuple[int, int]
    """Strength before priority: a requirement beats a tendency whatever the numbers."""
    statement: str
    weakest_basis: str | None
    gives: str | None = None
    presumes: tuple[str, bool] | None = None

    @property
    def criteria(self) -> frozenset[str]:
        """All criteria that the rule has conditions on."""
        return self.met | self.failed


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Criteria in their fixed order, rules from the highest rank down, and the scales they speak of."""

    criteria: tuple[Criterion, ...]
    defaults: tuple[Rule, ...]
    placements: tuple[Rule, ...]
    bases: Mapping[str, int]
    """Firmness of each basis, 1 the firmest."""
    grades: Mapping[str, int]
    statements: Mapping[str, Texts]
    replaced: Mapping[str, str]
    """Deprecated criteria, old IRI to the IRI that replaces it."""
    findings: tuple[Finding, ...] = ()

    @property
    def process_criteria(self) -> tuple[Criterion, ...]:
        return tuple(c for c in self.criteria if not c.of_placement)

    @property
    def placement_criteria(self) -> tuple[Criterion, ...]:
        return tuple(c for c in self.criteria if c.of_placement)

    def criterion(self, name: str) -> Criterion:
        """Return the criterion of that local name (KeyError if there is none)."""
        return next(c for c in self.criteria if c.name == name)

    def rule(self, name: str) -> Rule:
        """Return the rule of that local name (StopIteration if there is none)."""
        return next(r for r in (*self.placements, *self.defaults) if r.name == name)


def read_rulebook(view: View) -> Rulebook:
    """Read the decision table out of the asserted triples.

    A rule that lacks a strength, a priority, a statement, a conclusion or any condition is left out and
    named in `findings`: judged on half a rule, a verdict would be wrong without a trace.
    """
    criteria = tuple(sorted(_criteria(view), key=lambda c: (c.of_placement, c.position, c.name)))
    names = {c.iri: c.name for c in criteria}
    replaced: dict[str, str] = {}
    for quad in view.quads(None, ox.NamedNode(DCTERMS + "isReplacedBy"), None):
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode):
            replaced[quad.subject.value] = quad.object.value
    names |= {old: names[new] for old, new in replaced.items() if new in names}
    scales = {cls: _ranks(view, cls) for cls in ("Strength", "Grade", "Basis")}
    findings: list[Finding] = []
    disabled = {q.object.value for q in view.quads(None, bpo("disables"), None) if isinstance(q.object, ox.NamedNode)}
    taken: set[str] = set()
    rules: list[Rule] = []
    for cls in ("DefaultRule", "PlacementRule"):
        for node in view.members(bpo(cls)):
            if node.value in disabled:
                continue
            rule = _rule(view, node, names, scales, taken, findings)
            if rule is not None:
                rules.append(rule)
    rules.sort(key=lambda r: (-r.rank[0], -r.rank[1], r.name))
    statements = {
        node.value: view.texts(node, ox.NamedNode("http://www.w3.org/2004/02/skos/core#definition"))
        or view.texts(node, ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#comment"))
        for node in view.members(bpo("SourceStatement"))
    }
    return Rulebook(
        criteria=criteria,
        defaults=tuple(r for r in rules if r.presumes),
        placements=tuple(r for r in rules if r.gives),
        bases=scales["Basis"],
        grades=scales["Grade"],
        statements=statements,
        replaced=replaced,
        findings=tuple(findings),
    )


def _criteria(view: View) -> list[Criterion]:
    found = []
    for cls, of_placement in (("ProcessCriterion", False), ("PlacementCriterion", True)):
        for node in view.members(bpo(cls)):
            if view.value(node, ox.NamedNode(DCTERMS + "isReplacedBy")) is not None:
                continue
            answered_by = view.iri(node, bpo("answeredBy"))
            found.append(
                Criterion(
                    name=local_name(node.value),
                    iri=node.value,
                    position=int(view.number(node, bpo("position")) or 99),
                    of_placement=of_placement,
                    labels=view.labels(node),
                    question=view.texts(node, bpo("question")),
                    place_question=view.texts(node, bpo("placeQuestion")),
                    property=answered_by,
                    column=view.text(ox.NamedNode(answered_by), bpo("column")) if answered_by else None,
                    closed_by=view.iri(node, bpo("closedBy")),
                )
            )
    return found


def _ranks(view: View, cls: str) -> dict[str, int]:
    ranks = {local_name(n.value): int(view.number(n, bpo("rank")) or 0) for n in view.members(bpo(cls))}
    return dict(sorted(ranks.items(), key=lambda item: (item[1], item[0])))


def _rule(
    view: View,
    node: ox.NamedNode,
    names: Mapping[str, str],
    scales: Mapping[str, Mapping[str, int]],
    taken: set[str],
    findings: list[Finding],
) -> Rule | None:
    sides = {side: [t.value for t in view.objects(node, bpo(side))] for side in _SIDES}
    strengths, grades, bases = scales["Strength"], scales["Grade"], scales["Basis"]
    strength = local_name(view.iri(node, bpo("strength")) or "")
    priority = view.number(node, bpo("priority"))
    statement = view.iri(node, bpo("restsOn"))
    gives = view.iri(node, bpo("gives"))
    weakest = view.iri(node, bpo("weakestBasis"))
    presumes = [(iri, True) for iri in sides["presumesMet"]] + [(iri, False) for iri in sides["presumesFailed"]]
    lacking = [
        what
        for what, there in (
            ("strength", strength in strengths),
            ("priority", priority is not None),
            ("statement", statement is not None),
            ("conclusion", (gives is not None) + len(presumes) == 1),
            ("grade", gives is None or grades.get(local_name(gives), 0) > 0),
            ("basis", weakest is None or local_name(weakest) in bases),
            ("condition", bool(sides["whenMet"] or sides["whenFailed"])),
        )
        if not there
    ]
    unknown = [iri for side in sides.values() for iri in side if iri not in names]
    place = Place(shorten(node.value))
    if lacking:
        en, local = (", ".join(_PIECES[what][n] for what in lacking) for n in (0, 1))
        findings.append(
            Finding(place, "error", "incomplete-rule", {
                "en": f"this rule lacks {en}; it is not applied until it has all of them",
                "id": f"aturan ini belum memiliki {local}; aturan tidak diterapkan sampai lengkap",
            })
        )  # fmt: skip
    for iri in unknown:
        findings.append(
            Finding(place, "error", "unknown-criterion", {
                "en": f"this rule speaks of {shorten(iri)}, which is no criterion; it is not applied",
                "id": f"aturan ini menyebut {shorten(iri)}, yang bukan kriteria; aturan tidak diterapkan",
            })
        )  # fmt: skip
    if lacking or unknown or priority is None:
        return None
    name = local_name(node.value)
    if name in taken and not node.value.startswith(RULE):
        name = node.value
    taken.add(name)
    return Rule(
        name=name,
        iri=node.value,
        labels=view.labels(node),
        sentence=view.texts(node, bpo("sentence")) or view.labels(node),
        met=frozenset(names[iri] for iri in sides["whenMet"]),
        failed=frozenset(names[iri] for iri in sides["whenFailed"]),
        strength=strength,
        priority=int(priority),
        rank=(strengths[strength], int(priority)),
        statement=statement or "",
        weakest_basis=local_name(weakest) if weakest else None,
        gives=local_name(gives) if gives else None,
        presumes=(names[presumes[0][0]], presumes[0][1]) if presumes else None,
    )


_PIECES: Final = {
    "strength": ("a strength (bpo:strength)", "kekuatan (bpo:strength)"),
    "priority": ("a priority (bpo:priority)", "prioritas (bpo:priority)"),
    "statement": ("a statement (bpo:restsOn)", "pernyataan sandaran (bpo:restsOn)"),
    "conclusion": (
        "one conclusion (bpo:gives, bpo:presumesMet or bpo:presumesFailed)",
        "satu kesimpulan (bpo:gives, bpo:presumesMet, atau bpo:presumesFailed)",
    ),
    "grade": ("a grade that places can have (bpo:gives)", "nilai yang dapat dimiliki tempat (bpo:gives)"),
    "basis": ("a basis that answers can have (bpo:weakestBasis)", "dasar jawaban yang dikenal (bpo:weakestBasis)"),
    "condition": ("a condition (bpo:whenMet or bpo:whenFailed)", "syarat (bpo:whenMet atau bpo:whenFailed)"),
}
"""What a rule must have, in both languages."""
_SIDES = ("whenMet", "whenFailed", "presumesMet", "presumesFailed")
