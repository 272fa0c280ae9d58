"""Answer whether a place has the language that work needs: offered, hardly spoken there, or unknown.

Which language do the people served need when nobody recorded it? An official language of their country that at
least half of them speak is enough; where none is spoken by half, the largest official one. So English alone serves
Canada, French alone leaves it open, and in Belgium Dutch is enough where French is not. The criterion fails only
when a place is known to offer none of their official languages.

What the figures do not list stays open: CLDR has no English speakers for Vietnam, which is not the same as none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bpo_kg.suitability.atlas import Atlas, ladder
from bpo_kg.suitability.countries import facts_source, language_label
from bpo_kg.suitability.wording import Texts, said


@dataclass(frozen=True, slots=True)
class PlacementAnswer:
    """The answer to one placement criterion: met (True), failed (False) or open (None), and why."""

    value: bool | None
    basis: str
    """`recorded`, `computed` or `presumed`; empty while nothing answers."""
    via: str
    """IRI of the place whose facts answer."""
    source: str
    detail: Mapping[str, str]
    """The reason in a sentence, by language tag, `en` and `id`."""


def say(atlas: Atlas, value: bool | None, basis: str, place: str, detail: Texts) -> PlacementAnswer:
    """Return an answer on a place's own facts, with the reason for it."""
    source = atlas.record_source(place) if basis == "recorded" else facts_source()
    return PlacementAnswer(value, basis, atlas.iri(place), source, detail)


def left_open(atlas: Atlas, place: str, detail: Mapping[str, str]) -> PlacementAnswer:
    """Return an open answer with what is missing."""
    return PlacementAnswer(None, "", atlas.iri(place), "", detail)


def shared_language(
    atlas: Atlas, client: str | None, place: str, languages: frozenset[str] | None, customer: str | None
) -> PlacementAnswer:
    """Answer `sharedLanguage`: recorded languages must all be offered; else presume from the people served."""
    if languages:
        each = [offered(atlas, place, tag) for tag in sorted(languages)]
        value = False if any(a.value is False for a in each) else True if all(a.value for a in each) else None
        telling = [answer for answer in each if answer.value is value]
        return PlacementAnswer(value, "computed" if value is not None else "", atlas.iri(place), *_reason(telling))
    served = customer or client
    code = atlas.country(served) if served else None
    if code is None:
        return left_open(atlas, place, said("noLanguage"))
    if atlas.country(place) == code and _site_languages(atlas, place) is None:
        return PlacementAnswer(True, "presumed", atlas.iri(place), "", said("ownLanguage"))
    enough, official = atlas.once(_official, atlas, code)
    if not official:
        return left_open(atlas, place, said("noLanguage"))
    each = [offered(atlas, place, tag) for tag in official]
    met = [answer for tag, answer in zip(official, each, strict=True) if answer.value and tag in enough]
    if met:
        return PlacementAnswer(True, "presumed", atlas.iri(place), *_reason(met))
    if all(answer.value is False for answer in each):
        return PlacementAnswer(False, "presumed", atlas.iri(place), *_reason(each))
    return PlacementAnswer(None, "", atlas.iri(place), *_reason([a for a in each if a.value is not False]))


def offered(atlas: Atlas, place: str, tag: str) -> PlacementAnswer:
    """Tell whether people can be found at a place who work in a language."""
    return atlas.once(_offered, atlas, place, tag)


def _official(atlas: Atlas, country: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the official languages of which one is enough for the people of a country, and all official ones."""
    known = [f for f in atlas.facts[country].languages if f.official and f.share is not None]
    known.sort(key=lambda f: (-(f.share or 0), f.tag))
    enough = [f for f in known if (f.share or 0) >= atlas.thresholds.spoken_share] or known[:1]
    return tuple(f.tag for f in enough), tuple(f.tag for f in known)


def _site_languages(atlas: Atlas, place: str) -> frozenset[str] | None:
    site = atlas.site(place)
    return site.languages if site else None


def _offered(atlas: Atlas, place: str, tag: str) -> PlacementAnswer:
    listed = _site_languages(atlas, place)
    blanks = {"language": {lang: language_label(tag, lang) for lang in ("en", "id")}, "place": atlas.names(place)}
    if listed is not None:
        met = any(one in listed for one in ladder(tag))
        return say(atlas, met, "recorded", place, said("offers" if met else "lacks", **blanks))
    code = atlas.country(place)
    if code is None:
        return left_open(atlas, place, said("noCountry"))
    fact, recorded = atlas.fact(code, tag)
    if fact is None or (fact.share is None and not recorded):
        return say(atlas, None, "", place, said("noShare", **blanks))
    if fact.share is None:
        return say(atlas, True, "recorded", place, said("offeredThere", **blanks))
    limits = atlas.thresholds
    needed = limits.official_share if fact.official else limits.spoken_share
    value = True if fact.share >= needed else False if fact.share < limits.absent_share else None
    told = said("spokenOfficially" if fact.official else "spoken", share=f"{100 * fact.share:.3g}", **blanks)
    basis = "recorded" if recorded else "computed"
    return say(atlas, value, basis if value is not None else "", place, told)


def _reason(answers: Sequence[PlacementAnswer]) -> tuple[str, dict[str, str]]:
    """Return the sources and the sentences of several answers as one."""
    return (
        "; ".join(sorted({a.source for a in answers if a.source})),
        {lang: "; ".join(dict.fromkeys(a.detail[lang] for a in answers)) for lang in ("en", "id")},
    )
