"""The words a reader sees for columns and values, in English or Indonesian, in the trade's or the article's terms."""

from functools import lru_cache

import pyoxigraph as ox

from bpo_kg.resources import data_folder
from bpo_kg.vocabulary import RDFS, SKOS


@lru_cache(maxsize=1)
def _texts() -> dict[str, dict[str, str]]:
    notations: dict[str, str] = {}
    labels: dict[str, dict[str, str]] = {}
    for quad in ox.parse(path=data_folder("ontology") / "outcome.ttl", format=ox.RdfFormat.TURTLE):
        if isinstance(quad.object, ox.Literal):
            if quad.predicate.value == SKOS + "notation":
                notations[str(quad.subject)] = quad.object.value
            elif quad.predicate.value == RDFS + "label":
                labels.setdefault(str(quad.subject), {})[quad.object.language or ""] = quad.object.value
    return {notation: labels.get(subject, {}) for subject, notation in notations.items()}


class Words:
    """Words for one reader: language "en" or "id", terms "trade" or "article"."""

    def __init__(self, lang: str, terms: str) -> None:
        self._lang = lang
        self._terms = terms

    def heading(self, column: str) -> str:
        """Return the reader's heading for a column; a foreign column or a country keeps its own."""
        return self._first((f"{self._terms}:{column}", column), column)

    def value(self, column: str, value: str) -> str:
        """Return the reader's word for a value in a column; what is no word of a scale stays as it is."""
        return value if column in ("id", "name") else self._first((f"{column}={value}", f"={value}"), value)

    def _first(self, keys: tuple[str, ...], otherwise: str) -> str:
        texts = _texts()
        return next((texts[key].get(self._lang, otherwise) for key in keys if key in texts), otherwise)

    def sentence(self, key: str, **values: object) -> str:
        """Return a sentence with its blanks filled in."""
        return _texts()[f"sentence:{key}"][self._lang].format(**values)
