"""Turn a row of a table of places into triples: a site with its provider and clients, or facts about a country.

The same terms serve a Turtle file, so nothing that reads the graph can tell which of the two a fact came from. A
provider is known by its name, a site by its own and its provider's, a client by its name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

import pyoxigraph as ox

from bpo_kg.sources.facts import Value
from bpo_kg.vocabulary import BASE, BPO, COUNTRY, DCTERMS, OWL, RDF, RDFS, XSD

Cells = Mapping[str, Value]
"""Parsed cells of one row by column, the country apart."""
_TYPE: Final = ox.NamedNode(RDF + "type")
_LABEL: Final = ox.NamedNode(RDFS + "label")
_LAW: Final = (
    ("safeguard_for", "TransferSafeguard", "safeguardFrom", "safeguardTo"),
    ("barred_for", "ResidencyBar", "barFrom", "barTo"),
)


def site_iri(provider: str, site: str) -> str:
    """Return the IRI of a site by its own name and its provider's.

    >>> site_iri("Prima Layanan", "Manila")
    'https://w3id.org/bpo-kg/site/Prima%20Layanan/Manila'
    """
    return f"{BASE}site/{quote(provider or '-', safe='')}/{quote(site or '-', safe='')}"


@dataclass(slots=True)
class PlaceFacts:
    """Collects triples in the order they are told, each once."""

    triples: list[ox.Triple] = field(default_factory=list)
    told: set[ox.Triple] = field(default_factory=set)

    def _tell(self, subject: ox.NamedNode, predicate: ox.NamedNode, value: ox.NamedNode | ox.Literal) -> None:
        triple = ox.Triple(subject, predicate, value)
        if triple not in self.told:
            self.told.add(triple)
            self.triples.append(triple)

    def _kind_of(self, subject: ox.NamedNode, cls: str, label: str = "") -> None:
        self._tell(subject, _TYPE, _bpo(cls))
        self._tell(subject, _TYPE, ox.NamedNode(OWL + "NamedIndividual"))
        if label:
            self._tell(subject, _LABEL, ox.Literal(label))

    def site(self, iri: str, country: str, found: Cells) -> None:
        """Tell a site, its provider and the provider's clients."""
        node, provider, site = ox.NamedNode(iri), str(found.get("provider", "")), str(found.get("site", ""))
        self._kind_of(node, "DeliverySite", ", ".join(part for part in (provider, site) if part))
        self._tell(node, _bpo("siteCountry"), ox.NamedNode(country))
        if "zone" in found:
            self._tell(node, _bpo("zone"), ox.Literal(str(found["zone"])))
        for kind in _texts(found, "kinds"):
            self._tell(node, _bpo("offersKind"), ox.NamedNode(kind))
        self._common(node, found)
        self._law(country, found)
        if not provider:
            return
        owner = ox.NamedNode(f"{BASE}provider/{quote(provider, safe='')}")
        self._kind_of(owner, "Provider", provider)
        self._tell(owner, _bpo("operatesSite"), node)
        for client in _texts(found, "clients"):
            organisation = ox.NamedNode(f"{BASE}organisation/{quote(client, safe='')}")
            self._kind_of(organisation, "ClientOrganisation", client)
            tail = "/".join(quote(part, safe="") for part in (provider, site or country.removeprefix(COUNTRY), client))
            engagement = ox.NamedNode(f"{BASE}engagement/{tail}")
            self._kind_of(engagement, "Engagement")
            self._tell(engagement, _bpo("engagesClient"), organisation)
            self._tell(engagement, _bpo("engagesProvider"), owner)
            self._tell(engagement, _bpo("deliveredFrom"), node)

    def country(self, country: str, found: Cells) -> None:
        """Tell what is recorded about a country."""
        node = ox.NamedNode(country)
        self._tell(node, _TYPE, _bpo("Country"))
        if "zone" in found:
            self._tell(node, _bpo("officeZone"), ox.Literal(str(found["zone"])))
        self._common(node, found)
        self._law(country, found)

    def _common(self, node: ox.NamedNode, found: Cells) -> None:
        for language in _texts(found, "languages"):
            self._tell(node, _bpo("offersLanguage"), ox.NamedNode(language))
        if "hours" in found:
            opens, _, closes = str(found["hours"]).partition("-")
            self._tell(node, _bpo("opensAt"), ox.Literal(opens))
            self._tell(node, _bpo("closesAt"), ox.Literal(closes))
        wage = found.get("wage")
        if isinstance(wage, float) and wage > 0:
            amount = f"{wage:.4f}".rstrip("0").rstrip(".")
            self._tell(node, _bpo("hourlyWage"), ox.Literal(amount, datatype=ox.NamedNode(XSD + "decimal")))
            if "currency" in found:
                self._tell(node, _bpo("wageCurrency"), ox.Literal(str(found["currency"]).upper()))

        for name in ("date", "source"):
            if name in found:
                self._tell(node, _bpo(f"record{name.title()}"), ox.Literal(str(found[name])))

    def _law(self, country: str, found: Cells) -> None:
        for column, cls, start, end in _LAW:
            for client in _texts(found, column):
                code, here = client.removeprefix(COUNTRY), country.removeprefix(COUNTRY)
                node = ox.NamedNode(f"{BASE}law/{cls}/{code}/{here}")
                self._kind_of(node, cls)
                self._tell(node, _bpo(start), ox.NamedNode(client))
                self._tell(node, _bpo(end), ox.NamedNode(country))
                for name in ("date", "source"):
                    if name in found:
                        self._tell(node, ox.NamedNode(DCTERMS + name), ox.Literal(str(found[name])))


def _bpo(name: str) -> ox.NamedNode:
    return ox.NamedNode(BPO + name)


def _texts(found: Cells, column: str) -> tuple[str, ...]:
    value = found.get(column)
    return value if isinstance(value, tuple) else ()
