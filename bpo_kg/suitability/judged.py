"""Tell what a triple of the assessed graph is about: which process, and which place or criterion."""

from dataclasses import dataclass

import pyoxigraph as ox

from bpo_kg.store.dataset import Triple
from bpo_kg.store.view import View
from bpo_kg.suitability.assessment import CLASSES
from bpo_kg.suitability.rulebook import bpo
from bpo_kg.vocabulary import COUNTRY, SCALE, local_name


@dataclass(frozen=True, slots=True)
class Judged:
    """What an assessed triple is about: a process, and either a place or a criterion."""

    process: str
    place: str = ""
    criterion: str = ""


def judged_by(view: View, triple: Triple) -> Judged | None:
    """Return what a triple of the assessed graph is about, or None if it gives neither a verdict nor an answer."""
    subject, predicate, _ = triple
    if not isinstance(subject, ox.NamedNode):
        return None
    if predicate == bpo("verdict") and (process := view.iri(subject, bpo("assesses"))):
        country, near = view.iri(subject, bpo("toCountry")), view.iri(subject, bpo("atProximity"))
        column = next((column for column, name in CLASSES.items() if near == SCALE + name), "")
        site = view.iri(subject, bpo("toSite"))
        return Judged(process, site or (country.removeprefix(COUNTRY) if country else column))
    if predicate == bpo("value") and (process := view.iri(subject, bpo("ofProcess"))):
        return Judged(process, criterion=local_name(view.iri(subject, bpo("onCriterion")) or ""))
    return None
