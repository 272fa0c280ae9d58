"""Read a triple that a person wrote: IRIs, CURIEs, ids and labels, `true` and `false`, `a` for `rdf:type`."""

from collections.abc import Callable

import pyoxigraph as ox

from bpo_kg.errors import QueryError, UnknownThing
from bpo_kg.store.dataset import Object, Triple
from bpo_kg.vocabulary import RDF, XSD, expand

Words = tuple[Object | str, ox.NamedNode | str, Object | str]
"""Subject, predicate, object: terms, or what a person calls them."""
_LITERALS = {"true": True, "false": False, "yes": True, "no": False, "ya": True, "tidak": False}


def read_triple(words: Words, find: Callable[[str], str]) -> Triple:
    """Return the triple that words stand for.

    Args:
        words: subject, predicate and object.
        find: gives the IRI of a process by its id or label.

    Raises:
        QueryError: the predicate is no IRI, CURIE or `a`.
        UnknownThing: the subject is neither an IRI nor a process.
    """
    subject, predicate, value = words
    if isinstance(predicate, str):
        iri = RDF + "type" if predicate == "a" else _iri(predicate)
        if iri is None:
            raise QueryError(
                f"{predicate!r} is no property; give an IRI, a CURIE such as bpo:meets, or a for the class"
            )
        predicate = ox.NamedNode(iri)
    if isinstance(subject, str):
        subject = ox.NamedNode(_iri(subject) or find(subject))
    return subject, predicate, _value(value, find) if isinstance(value, str) else value


def split_triple(text: str) -> tuple[str, str]:
    """Return the predicate and the object of "PREDICATE OBJECT".

    Raises:
        QueryError: it is not of that form.
    """
    predicate, _, value = text.strip().partition(" ")
    if not value.strip():
        raise QueryError(f'{text!r} is not of the form "PREDICATE OBJECT", such as "a bpo:FrontOfficeProcess"')
    return predicate, value.strip()


def _value(word: str, find: Callable[[str], str]) -> Object:
    iri = _iri(word)
    if iri is not None:
        return ox.NamedNode(iri)
    if word.casefold() in _LITERALS:
        return ox.Literal(_LITERALS[word.casefold()])
    if word.replace(".", "", 1).isdigit():
        return ox.Literal(word, datatype=ox.NamedNode(XSD + ("decimal" if "." in word else "integer")))
    try:
        return ox.NamedNode(find(word))
    except UnknownThing:
        return ox.Literal(word)


def _iri(word: str) -> str | None:
    return expand(word) or (word if word.startswith(("http://", "https://", "urn:")) else None)
