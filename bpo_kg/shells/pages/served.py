"""What the pages show: one knowledge graph, and how another one is loaded from what a visitor sends.

Look-ups that every page needs stand here: the label of a thing in the reader's language, its short name, its address.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pyoxigraph as ox

from bpo_kg.graph import KnowledgeGraph
from bpo_kg.shells.words import Words
from bpo_kg.store.view import View
from bpo_kg.suitability.countries import load_countries
from bpo_kg.suitability.rows import text
from bpo_kg.vocabulary import BASE, BPO, PREFIXES

LoadFiles = Callable[[Sequence[Path], str | None, Sequence[str], bool | None, Mapping[str, str]], KnowledgeGraph]
"""Files, client country, places to judge, whether evidence counts (None: as the server was told), header to column."""


@dataclass(frozen=True, slots=True)
class Served:
    """The graph behind the pages.

    Attributes:
        kg: the graph that was loaded when the server started.
        load: loads the files of one visitor with the server's rules and places, beside the served graph.
        lang: language for readers who name none.
        terms: "trade" or "article", for readers who name none.
    """

    kg: KnowledgeGraph
    load: LoadFiles
    lang: str = "en"
    terms: str = "trade"

    @property
    def view(self) -> View:
        """Look-ups over the graph as it is now."""
        return View(self.kg.dataset.store)


def brief(iri: str) -> str:
    """Return the CURIE of an IRI in a known namespace, rows of tables included, else the IRI itself.

    >>> brief("https://w3id.org/bpo-kg/row/ten-cases/C3")
    'row:ten-cases/C3'
    """
    fitting = [(len(space), prefix) for prefix, space in PREFIXES.items() if iri.startswith(space)]
    if not fitting:
        return iri
    length, prefix = max(fitting)
    return f"{prefix}:{iri[length:]}"


def address(iri: str) -> str:
    """Return the path of the page about a thing on this server.

    >>> address("https://w3id.org/bpo-kg/process/payroll"), address("https://w3id.org/bpo-kg/ontology#Process")
    ('/id/process/payroll', '/id/ontology/Process')
    """
    if iri.startswith(BPO):
        return "/id/ontology/" + quote(iri.removeprefix(BPO), safe="%")
    if iri.startswith(BASE) and "?" not in iri and "#" not in iri:
        return "/id/" + quote(iri.removeprefix(BASE), safe="/%")
    return "/id?iri=" + quote(iri, safe="")


def label(view: View, iri: str, lang: str) -> str:
    """Return a thing's label in a language, else in any, else its short name."""
    return text(view.labels(ox.NamedNode(iri)), lang) or brief(iri)


def place_name(place: str, words: Words, lang: str) -> str:
    """Return the name of a country, else the heading of a location class, else the place as it is given."""
    facts = load_countries().get(place)
    return f"{text(facts.names, lang)} ({place})" if facts else words.heading(place)
