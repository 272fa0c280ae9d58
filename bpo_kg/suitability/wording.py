"""What is said of places, points of law and sites, in both languages at once: read from Turtle when first needed.

A reason travels with the answer that it explains, long before anybody knows which language its reader speaks; so it is
made in both.
"""

from collections.abc import Mapping
from functools import lru_cache

import pyoxigraph as ox

from bpo_kg.resources import data_folder
from bpo_kg.vocabulary import RDFS, SKOS

Texts = Mapping[str, str]
"""A sentence or a name by language tag, `en` and `id`."""
_LANGS = ("en", "id")


def said(key: str, /, **blanks: str | Texts) -> Texts:
    """Return a sentence by language tag, its blanks filled in.

    Args:
        key: its notation in `place-sentences.ttl`.
        blanks: text for both languages, or text by language.

    Raises:
        KeyError: there is no such sentence, or a blank of it is not filled in.
    """
    texts = labels_by_notation("place-sentences")[key]
    if not blanks:
        return texts
    return {lang: texts[lang].format(**{name: _in(value, lang) for name, value in blanks.items()}) for lang in _LANGS}


def _in(value: str | Texts, lang: str) -> str:
    return value if isinstance(value, str) else value[lang]


@lru_cache(maxsize=8)
def labels_by_notation(stem: str) -> Mapping[str, Texts]:
    """Return the labels of an ontology file's things by notation, then language tag."""
    names: dict[object, str] = {}
    labels: dict[object, dict[str, str]] = {}
    for quad in ox.parse(path=data_folder("ontology") / f"{stem}.ttl", format=ox.RdfFormat.TURTLE):
        if isinstance(quad.object, ox.Literal):
            if quad.predicate.value == SKOS + "notation":
                names[quad.subject] = quad.object.value
            elif quad.predicate.value == RDFS + "label":
                labels.setdefault(quad.subject, {})[quad.object.language or ""] = quad.object.value
    return {name: labels.get(subject, {}) for subject, name in names.items()}
