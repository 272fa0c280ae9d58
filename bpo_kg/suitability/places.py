"""Answer the placement criteria: same country, shared language, cheaper labour, cover after hours.

A place is a country or a site. Each answer says whether it was recorded, computed from facts of both sides, or
presumed from a stand-in, and gives its reason in a sentence. What the facts do not say stays open, never "no".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bpo_kg.suitability.atlas import Atlas, LocationClass, Proximity
from bpo_kg.suitability.countries import normal_tag
from bpo_kg.suitability.hours import outside_share
from bpo_kg.suitability.spoken import PlacementAnswer, left_open, offered, say, shared_language
from bpo_kg.suitability.wording import said
from bpo_kg.vocabulary import SCALE

__all__ = ["PLACEMENT_CRITERIA", "LocationClass", "PlaceBook", "PlacementAnswer", "Proximity"]

SAME_COUNTRY: Final = "sameCountry"
SHARED_LANGUAGE: Final = "sharedLanguage"
LOWER_COST: Final = "lowerLabourCost"
AFTER_HOURS_COVER: Final = "afterHoursCover"
PLACEMENT_CRITERIA: Final = (SAME_COUNTRY, SHARED_LANGUAGE, LOWER_COST, AFTER_HOURS_COVER)


@dataclass(slots=True, eq=False)
class PlaceBook(Atlas):
    """The atlas with the placement criteria answered on it; see `Atlas` for the arguments."""

    def criteria(
        self, client: str | None, place: str, *, languages: frozenset[str] | None = None, customer: str | None = None
    ) -> Mapping[str, PlacementAnswer]:
        """Answer every placement criterion for work of a client done at a place.

        Args:
            client: country code, or the IRI of a recorded site that stands for the client's own office; None, or the
                name of no country: unknown.
            place: country code or site IRI.
            languages: BCP 47 tags that the work needs, where recorded; all of them must be offered.
            customer: country of the people served, where recorded; else they are in the client's.

        Returns:
            Criterion local name to answer, in the fixed order of `PLACEMENT_CRITERIA`. The mapping is shared: do not
            change it.

        Raises:
            UnknownThing: the place is neither an ISO 3166 code nor a recorded site.
        """
        return self.once(self._criteria, self.known(client), place, languages or None, self.known(customer))

    def location_class(self, client: str | None, place: str) -> LocationClass | None:
        """Return the neutral location class; None: no client country, or it hangs on which zone the site is in."""
        known = self.known(client)
        return None if known is None else self.proximity(known, place).location_class

    def class_criteria(
        self,
        location_class: LocationClass,
        *,
        client: str | None = None,
        languages: frozenset[str] | None = None,
        customer: str | None = None,
    ) -> Mapping[str, PlacementAnswer]:
        """Answer what a location class alone settles; the rest hangs on the place.

        The client's own country is a definite place once it is known, so its own facts answer. Without it, a country
        is still no cheaper than itself and speaks its own language.
        """
        home = self.known(client)
        if location_class == "sameCountry" and home is not None:
            return self.criteria(home, self.country(home) or home, languages=languages, customer=customer)
        via = SCALE + location_class
        found = dict.fromkeys(PLACEMENT_CRITERIA, PlacementAnswer(None, "", via, "", said("hangsOnPlace")))
        here = location_class == "sameCountry"
        found[SAME_COUNTRY] = PlacementAnswer(here, "computed", via, "", said("here" if here else "abroad"))
        if here:
            found[LOWER_COST] = PlacementAnswer(False, "computed", via, "", said("ownCost"))
            if not languages and customer is None:
                found[SHARED_LANGUAGE] = PlacementAnswer(True, "presumed", via, "", said("ownLanguage"))
        return found

    def offered(self, place: str, tag: str) -> PlacementAnswer:
        """Tell whether people can be found at a place who work in a language."""
        return offered(self, place, normal_tag(tag))

    def _criteria(
        self, client: str | None, place: str, languages: frozenset[str] | None, customer: str | None
    ) -> Mapping[str, PlacementAnswer]:
        tags = frozenset(normal_tag(tag) for tag in languages) if languages else None
        return {
            # Only one of the four hangs on languages, of which many are tried when changes are looked for.
            SAME_COUNTRY: self.once(self._same_country, client, place),
            SHARED_LANGUAGE: shared_language(self, client, place, tags, customer),
            LOWER_COST: self.once(self._lower_cost, client, place),
            AFTER_HOURS_COVER: self.once(self._after_hours, client, place),
        }

    def _same_country(self, client: str | None, place: str) -> PlacementAnswer:
        here, there = self.country(place), self.country(client) if client else None
        if here is None or there is None:
            return left_open(self, place, said("noCountry" if here is None else "noClient"))
        if here == there:
            return say(self, True, "computed", place, said("here"))
        told = said("elsewhere", client=self.names(there), place=self.names(here))
        return say(self, False, "computed", place, told)

    def _lower_cost(self, client: str | None, place: str) -> PlacementAnswer:
        found = self.cost_ratio(client, place) if client else None
        if client is None or found is None:
            return left_open(self, place, said("noClient" if client is None else "noCost"))
        ratio, basis = found
        if basis == "presumed" and self.country(place) == self.country(client):
            return PlacementAnswer(False, "computed", self.iri(place), "", said("ownCost"))
        limits = self.thresholds
        value = True if ratio < limits.cheaper_below else False if ratio >= limits.dear_from else None
        told = said(f"cost={basis}", place=self.names(place), ratio=f"{ratio:.2f}")
        return say(self, value, basis if value is not None else "", place, told)

    def _after_hours(self, client: str | None, place: str) -> PlacementAnswer:
        if client is None:
            return left_open(self, place, said("noClient"))
        shares = [outside_share(a, b, self.year) for a in self.clocks(client) for b in self.clocks(place)]
        if not shares:
            return left_open(self, place, said("noZone"))
        least, most = min(s[0] for s in shares), max(s[1] for s in shares)
        needed = self.thresholds.after_hours_share
        value = True if least >= needed else False if most < needed else None
        firm = self.hours_recorded(client) and self.hours_recorded(place)
        low, high = f"{100 * least:.0f}", f"{100 * most:.0f}"
        span = low if low == high else f"{low}-{high}"
        told = said("outsideHours", share=span, place=self.names(place))
        return say(self, value, ("computed" if firm else "presumed") if value is not None else "", place, told)
