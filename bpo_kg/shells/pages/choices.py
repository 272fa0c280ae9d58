"""What a form offers for a parameter: the things of the graph it can name, labelled in the reader's language."""

from dataclasses import dataclass

import pyoxigraph as ox

from bpo_kg.questions import Parameter
from bpo_kg.shells.pages.served import Served, brief, label
from bpo_kg.suitability.naming import Names
from bpo_kg.suitability.rows import short
from bpo_kg.suitability.rulebook import bpo
from bpo_kg.vocabulary import COUNTRY, local_name

_MOST = 500
"""Longer lists are no help; whoever knows a name types it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that a parameter can have, and what a reader sees."""

    value: str
    label: str


def choices(served: Served, parameter: Parameter, lang: str) -> tuple[Choice, ...]:
    """Return the values to choose from; none where any text or IRI will do, or where there are too many."""
    view = served.view
    if parameter.type == "boolean":
        words = {"en": ("yes", "no"), "id": ("ya", "tidak")}[lang]
        return (Choice("true", words[0]), Choice("false", words[1]))
    if parameter.type == "country":
        nodes = view.members(bpo("Country"))
        found = [Choice(node.value.removeprefix(COUNTRY), label(view, node.value, lang)) for node in nodes]
        return tuple(sorted(found, key=lambda choice: choice.label.casefold()))
    if parameter.type != "iri" or parameter.cls is None:
        return ()
    if local_name(parameter.cls) == "Process":
        # Table rows first, in the order of their file, then the catalogue's kinds.
        listed = Names(view, served.kg.loaded.inventories).processes()
        return tuple(_process(served, iri, lang) for iri in listed) if len(listed) <= _MOST else ()
    members = view.members(ox.NamedNode(parameter.cls))
    if len(members) > _MOST:
        return ()
    found = [Choice(brief(node.value), label(view, node.value, lang)) for node in members]
    return tuple(sorted(found, key=lambda choice: choice.label.casefold()))


def _process(served: Served, iri: str, lang: str) -> Choice:
    name, ident = label(served.view, iri, lang), short(iri)
    return Choice(brief(iri), name if ":" in ident else f"{ident} · {name}")
