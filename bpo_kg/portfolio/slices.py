"""The slice of each answer: the inventory columns it can depend on, and the axioms that let other rows have a say.

Both are computed from the compiled rules by `reasoning.locality`. Here it is only said what a row of an inventory is:
cells of columns, a link to its whole, a name and an id.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from bpo_kg.reasoning.locality import Answer, Column, Locality, analyse
from bpo_kg.reasoning.rules import Axiom, RuleSet, key_of
from bpo_kg.store.dataset import Dataset
from bpo_kg.store.view import View
from bpo_kg.suitability.rulebook import Rulebook, bpo
from bpo_kg.vocabulary import RDFS, ROW

LINK = "part_of"
TEXTS = ("id", "name", "notes")
_SEVERAL = ("channels", "languages")
_LITERAL = ("yesNo", "number", "text")
_RANGE = ox.NamedNode(RDFS + "range")


@dataclass(frozen=True, slots=True)
class Slices:
    """What decides the answers about a row."""

    criteria: Mapping[str, frozenset[str]]
    """Columns by criterion."""
    known: Mapping[str, frozenset[str]]
    """Columns that decide whether a column is known, for those that rules may fill in."""
    reasons: tuple[Axiom, ...]
    """Axioms by which other rows have a say; none if every answer is a matter of its own row."""
    linked: bool = False
    """Whether only rows that are parts or wholes of others can have such a say."""

    @property
    def columns(self) -> frozenset[str]:
        """All columns that matter."""
        return frozenset[str]().union(*self.criteria.values(), *self.known.values())


def slices_of(
    rules: RuleSet, book: Rulebook, columns: Mapping[str, ox.NamedNode], sorts: Mapping[str, str], dataset: Dataset
) -> Slices:
    """Return the slices of all answers that an assessment needs.

    Args:
        rules: the compiled axioms.
        book: the criteria.
        columns: property by inventory column.
        sorts: what the cells of each column hold.
        dataset: the ontology and the user's rules, without any inventory.
    """
    names = {prop: column for column, prop in columns.items()}
    criteria = {c.name: _answers(c.iri, c.closed_by, book) for c in book.process_criteria}
    asked = {c.column for c in book.criteria if c.column} & columns.keys()
    known: dict[str, list[Answer]] = {column: [(columns[column], None)] for column in asked}
    wanted = [answer for group in (*criteria.values(), *known.values()) for answer in group]
    cells = [_column(column, prop, sorts.get(column, "text"), rules, dataset) for column, prop in columns.items()]
    links = [Column(columns[LINK])] if LINK in columns else []
    cells = [cell for cell in cells if cell.property != columns.get(LINK)]
    shared = {key_of(t): t for t in _facts(dataset)}.values()

    def look(among: list[Column]) -> Locality:
        return analyse(
            rules, cells, among, wanted, universal=[bpo("ClientProcess")], shared=shared,
            is_row=lambda term: isinstance(term, ox.NamedNode) and term.value.startswith(ROW),
        )  # fmt: skip

    found = look(links)

    def reached(answers: Iterable[Answer]) -> frozenset[str]:
        return frozenset(names[p] for answer in answers for p in found.slices[answer].columns)

    by_criterion = {name: reached(answers) for name, answers in criteria.items()}
    # An inherited cell is put in only where the criterion it answers is open and the property has no value, so a
    # slice with a column also holds whatever decides those two.
    property_of = {c.name: names.get(ox.NamedNode(c.property)) for c in book.process_criteria if c.property}
    while True:
        wider = {
            name: columns_.union(*(by_criterion[other] for other, own in property_of.items() if own in columns_))
            for name, columns_ in by_criterion.items()
        }
        if wider == by_criterion:
            break
        by_criterion = wider
    filled = {column: reached(answers) for column, answers in known.items()}
    reasons = found.reasons
    if not reasons and LINK in frozenset[str]().union(*by_criterion.values(), *filled.values()):
        # Whether a row has a whole is a cell of its own, but one that no slice can hold.
        reasons = tuple(axiom for rule in rules.rules for axiom in rule.axioms if _reads(rule.body, columns[LINK]))
    return Slices(
        criteria={name: columns_ - {LINK} for name, columns_ in by_criterion.items()},
        known={column: slice_ - {LINK} for column, slice_ in filled.items() if slice_ != {column}},
        reasons=tuple(dict.fromkeys(reasons)),
        linked=bool(reasons) and look([]).local,
    )


def texts_named(rules: RuleSet) -> set[str]:
    """Return the plain texts that rules name."""
    atoms = [atom for rule in rules.rules for atom in (*rule.body, *rule.head)]
    return {slot.value for atom in atoms for slot in (atom[0], atom[2]) if isinstance(slot, ox.Literal)}


def _reads(body: Iterable[tuple[object, ox.NamedNode, object]], prop: ox.NamedNode) -> bool:
    return any(predicate == prop for _, predicate, _ in body)


def _answers(criterion: str, closed_by: str | None, book: Rulebook) -> list[Answer]:
    iris = [criterion, *(old for old, new in book.replaced.items() if new == criterion)]
    found: list[Answer] = [(bpo(side), ox.NamedNode(iri)) for side in ("meets", "fails") for iri in iris]
    return [*found, (ox.NamedNode(closed_by), None)] if closed_by else found


def _column(name: str, prop: ox.NamedNode, sort: str, rules: RuleSet, dataset: Dataset) -> Column:
    view = View(dataset.store)
    values = view.iri(prop, _RANGE)
    members = set(view.members(ox.NamedNode(values))) if values else set()
    distinct = bool(members) and any(members <= group.members for group in rules.distinct)
    return Column(prop, many=sort in _SEVERAL, literal=sort in _LITERAL, distinct=distinct)


def _facts(dataset: Dataset) -> Iterable[tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode | ox.Literal]]:
    for graph in dataset.asserted_graphs():
        for quad in dataset.store.quads_for_pattern(None, None, None, graph):
            if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode | ox.Literal):
                yield quad.subject, quad.predicate, quad.object
