"""Find what a person means: a process by IRI, CURIE, id or label, a place by code, name or IRI.

A name that fits several things is refused with the candidates; one that fits nothing with the nearest there is.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

import pyoxigraph as ox

from bpo_kg.errors import UnknownThing
from bpo_kg.sources.facts import Inventory
from bpo_kg.store.view import View
from bpo_kg.suitability.rows import short, text
from bpo_kg.suitability.rulebook import bpo
from bpo_kg.vocabulary import ASSERTED, COUNTRY, DCTERMS, RDF, expand, local_name, shorten

_TYPE = ox.NamedNode(RDF + "type")
_ID = ox.NamedNode(DCTERMS + "identifier")


class Names:
    """Look things up by the names people use."""

    def __init__(self, view: View, inventories: Sequence[Inventory] = ()) -> None:
        self._view = view
        self._inventories = inventories

    def processes(self) -> list[str]:
        """Return the IRIs of all processes: table rows in file order, then the others by IRI, generic ones last."""
        rows = [record.iri for inventory in self._inventories for record in inventory.records]
        generic = [node.value for node in self._view.members(bpo("GenericProcess"))]
        client = {node.value for node in self._view.members(bpo("ClientProcess"))}
        among = client.union(generic)
        client |= {n.value for n in self._view.members(bpo("Process")) if n.value not in among and self._described(n)}
        return list(dict.fromkeys([*rows, *sorted(client), *generic]))

    def _described(self, process: ox.NamedNode) -> bool:
        """Tell whether data state something of a process, beyond naming it as a kind or a whole of others.

        Whoever writes no more than that work is back-office work, say, means work of theirs; a name that stands only
        at the far end of a property may be a slip of the pen.
        """
        if next(self._view.quads(None, bpo("specialises"), process), None) is not None:
            return False
        graphs = (quad.graph_name for quad in self._view.quads(process, None, None))
        return any(isinstance(graph, ox.NamedNode) and graph.value.startswith(ASSERTED) for graph in graphs)

    def process(self, name: str) -> str:
        """Return the IRI of the process that `name` stands for.

        Raises:
            UnknownThing: nothing, or more than one thing, is called that.
        """
        iri = expand(name) or name
        if self._is_process(iri):
            return iri
        # IRIs and ids are looked up; only a label, whose case does not matter, takes a walk through all of them.
        quads = self._view.quads(None, _ID, ox.Literal(name))
        matches = {q.subject.value for q in quads if isinstance(q.subject, ox.NamedNode)}
        matches = {process for process in matches if self._is_process(process)}
        known = [] if matches else self.processes()
        wanted = name.casefold()
        matches = matches or {
            process
            for process in known
            if any(label.casefold() == wanted for label in self._view.names(ox.NamedNode(process)))
        }
        # A client's own process is meant before the catalogue's kind of the same name.
        rows = {record.iri for inventory in self._inventories for record in inventory.records}
        matches = (matches & rows) or matches
        if len(matches) == 1:
            return matches.pop()
        if matches:
            listed = ", ".join(f"{short(m)} <{m}>" for m in sorted(matches))
            raise UnknownThing(f"{name!r} names several processes: {listed}; give the IRI")
        labels = {label.casefold(): label for process in known for label in self._view.names(ox.NamedNode(process))}
        raise UnknownThing(f"no process {name!r}{_nearest(name, labels)}")

    def _is_process(self, iri: str) -> bool:
        try:
            node = ox.NamedNode(iri)
        except ValueError:
            return False
        if any(self._is(node, cls) for cls in ("ClientProcess", "GenericProcess")):
            return True
        return self._is(node, "Process") and self._described(node)

    def _is(self, node: ox.NamedNode, cls: str) -> bool:
        return next(self._view.quads(node, _TYPE, bpo(cls)), None) is not None

    def country(self, name: str) -> str:
        """Return the alpha-2 code of the country that `name` stands for: a code or a name in English or Indonesian.

        Raises:
            UnknownThing: no country is called that.
        """
        from bpo_kg.suitability.countries import country_names

        wanted = name.removeprefix("country:").removeprefix(COUNTRY)
        known = {key.casefold(): code for key, code in country_names().items()}
        found = known.get(wanted.strip().casefold())
        if found is None:
            raise UnknownThing(
                f"no country {name!r}{_nearest(wanted, {k: k for k in known})}; use an ISO 3166 code such as PH"
            )
        return found.removeprefix(COUNTRY)

    def place(self, name: str) -> str:
        """Return the code of a country, or the IRI of a site given by IRI, CURIE or label.

        Commas do not matter: "Prima Layanan, Manila" is what the site is called, "Prima Layanan Manila" what can stand
        in a list of places.
        """
        iri = expand(name) or name
        if iri.startswith(COUNTRY):
            return self.country(iri)
        for site in self._view.members(bpo("DeliverySite")):
            if iri == site.value or _bare(name) in map(_bare, self._view.names(site)):
                return site.value
        return self.country(name)

    def thing(self, name: str, cls: str | None) -> str:
        """Return the IRI of the instance of a class that `name` stands for: IRI, CURIE, id, label or local name.

        Raises:
            UnknownThing: no instance, or several, are called that.
        """
        if cls is None:
            return expand(name) or name
        if local_name(cls) in ("Process", "ClientProcess", "GenericProcess"):
            return self.process(name)
        if local_name(cls) == "Country":
            return COUNTRY + self.country(name)
        labels: dict[str, set[str]] = {}
        for node in self._view.members(ox.NamedNode(cls)):
            for word in (local_name(node.value), *self._view.names(node)):
                labels.setdefault(word.casefold(), set()).add(node.value)
            if name in (node.value, shorten(node.value)):
                return node.value
        found = labels.get(name.casefold(), set())
        if len(found) == 1:
            return next(iter(found))
        if found:
            raise UnknownThing(f"{name!r} names several things: {', '.join(sorted(shorten(f) for f in found))}")
        raise UnknownThing(f"no {shorten(cls)} {name!r}{_nearest(name, {k: k for k in labels})}")

    def ident(self, iri: str) -> str:
        """Return the id that a process states, or its short IRI."""
        stated = self._view.value(ox.NamedNode(iri), _ID)
        return stated.value if isinstance(stated, ox.Literal) else short(iri)

    def label(self, iri: str, lang: str = "en") -> str:
        """Return the label of a thing, or its short IRI."""
        return text(self._view.labels(ox.NamedNode(iri)), lang) or short(iri)


def _bare(label: str) -> str:
    return " ".join(label.replace(",", " ").casefold().split())


def _nearest(name: str, labels: dict[str, str]) -> str:
    close: Iterable[str] = get_close_matches(name.casefold(), labels, n=1, cutoff=0.6)
    return "".join(f"; did you mean {labels[key]!r}?" for key in close)
