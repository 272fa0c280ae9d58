"""Say where a triple was written: file, line, column. Looked up only when a finding or a proof asks for it.

Loading keeps no positions, because parsing with them costs several times as much; files are read a second time,
and only those that a question is about.
"""

from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox

from bpo_kg.loading import TABLES, Loaded
from bpo_kg.resources import data_folder
from bpo_kg.sources.facts import Place
from bpo_kg.sources.recording import column_properties
from bpo_kg.store.dataset import Triple
from bpo_kg.vocabulary import shorten


class Locator:
    """Find the places of asserted triples, remembering what was found."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._records = {r.iri: r for inventory in loaded.inventories for r in inventory.records}
        self._columns = {prop.value: column for column, prop in column_properties(loaded.view()).items()}
        self._known: dict[tuple[str, Triple], Place] = {}
        self._shipped = str(data_folder("ontology"))

    def place(self, triple: Triple) -> Place:
        """Return where an asserted triple stands; without a file, the subject's name."""
        return self.places([triple])[0]

    def places(self, triples: Iterable[Triple]) -> list[Place]:
        """Return where asserted triples stand, in the order given."""
        wanted = list(triples)
        files = [self._file(triple) for triple in wanted]
        self._look_up({(file, t) for file, t in zip(files, wanted, strict=True) if file})
        return [self._found(file, t) for file, t in zip(files, wanted, strict=True)]

    def _file(self, triple: Triple) -> str:
        subject = triple[0]
        if isinstance(subject, ox.NamedNode) and subject.value in self._records:
            return ""
        graphs = self._loaded.dataset.sources_of(triple)
        return next((self._loaded.files[g.value] for g in graphs if g.value in self._loaded.files), "")

    def _found(self, file: str, triple: Triple) -> Place:
        subject = triple[0]
        if isinstance(subject, ox.NamedNode) and subject.value in self._records:
            record = self._records[subject.value]
            return record.places.get(self._columns.get(triple[1].value, ""), record.place)
        if not file:
            return Place(shorten(subject.value) if isinstance(subject, ox.NamedNode) else str(subject))
        return self._known.get((file, triple), Place(file))

    def _look_up(self, pairs: set[tuple[str, Triple]]) -> None:
        from bpo_kg.sources.positions import locate

        by_file: dict[str, set[Triple]] = {}
        for file, triple in pairs:
            if (file, triple) not in self._known:
                by_file.setdefault(file, set()).add(triple)
        for file, triples in by_file.items():
            if Path(file).suffix.lower() in TABLES or not Path(file).is_file():
                continue  # a table of places: its findings carry their cells, its triples only their file
            # Reading the file costs the same for one triple as for all, and shipped files are asked about again.
            wanted = triples | self._all_of(file) if file.startswith(self._shipped) else triples
            found = locate(Path(file), wanted)
            self._known |= {(file, triple): found.get(triple, Place(file)) for triple in wanted}

    def _all_of(self, file: str) -> set[Triple]:
        graphs = [ox.NamedNode(graph) for graph, name in self._loaded.files.items() if name == file]
        store = self._loaded.dataset.store
        quads = (quad for graph in graphs for quad in store.quads_for_pattern(None, None, None, graph))
        return {(q.subject, q.predicate, q.object) for q in quads if isinstance(q.subject, ox.NamedNode)}  # type: ignore[misc]
