"""The numbers that turn facts about places into answers: read from the graph, where their owner can change them.

None has a default here. A number that code fell back on would be knowledge hidden from whoever edits the ontology.
"""

from dataclasses import dataclass

import pyoxigraph as ox

from bpo_kg.errors import BpoKgError
from bpo_kg.store.view import View
from bpo_kg.suitability.hours import WorkingDay
from bpo_kg.vocabulary import BPO


@dataclass(frozen=True, slots=True)
class ProximityRule:
    """What counts as near: a border, or the same UN region within so many hours. Data, named by its IRI."""

    iri: str
    bordering: bool
    region: str
    """`region`, `subregion` or `none`: how much of the UN's tree two countries must share."""
    hours: float


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The numbers that turn facts into answers; they stand in the ontology, not here."""

    official_share: float
    spoken_share: float
    absent_share: float
    cheaper_below: float
    dear_from: float
    after_hours_share: float
    workday: WorkingDay
    proximity: ProximityRule


def read_thresholds(store: ox.Store) -> Thresholds:
    """Read the thresholds and the proximity rule out of the graph.

    Raises:
        BpoKgError: one of them is missing, or is given twice with different values.
    """
    view = View(store)

    def one(name: str, subject: ox.NamedNode | None = None) -> str:
        quads = view.quads(subject, ox.NamedNode(BPO + name), None)
        found = {quad.object.value for quad in quads if isinstance(quad.object, (ox.NamedNode, ox.Literal))}
        if len(found) != 1:
            raise BpoKgError(f"the graph must give bpo:{name} exactly once; it gives {sorted(found) or 'none'}")
        return str(found.pop())

    def number(name: str, subject: ox.NamedNode | None = None) -> float:
        text = one(name, subject)
        try:
            return float(text)
        except ValueError:
            raise BpoKgError(f"bpo:{name} is {text!r}, which is no number") from None

    rule = ox.NamedNode(one("proximityRule"))
    return Thresholds(
        official_share=number("officialLanguageShare"),
        spoken_share=number("spokenLanguageShare"),
        absent_share=number("absentLanguageShare"),
        cheaper_below=number("cheaperBelow"),
        dear_from=number("notCheaperFrom"),
        after_hours_share=number("afterHoursShare"),
        workday=WorkingDay.parse(f"{one('workdayStart')}-{one('workdayEnd')}"),
        proximity=ProximityRule(
            iri=rule.value,
            bordering=one("nearWhenBordering", rule) == "true",
            region=one("nearRegionLevel", rule),
            hours=number("nearMaxHours", rule),
        ),
    )
