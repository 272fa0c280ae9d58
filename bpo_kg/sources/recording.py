"""Turn process records, whatever file they come from, into the triples that the ontology gives their columns.

Which property a column stands for is stated in Turtle (`bpo:column`), so a column that a user's ontology adds
needs no code. Published measures of an occupation do not become facts: they stand as claims beside them.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping

import pyoxigraph as ox

from bpo_kg.sources.facts import Inventory, ProcessRecord, Value
from bpo_kg.store.view import View
from bpo_kg.vocabulary import BPO, CLAIM, CRIT, DCTERMS, OWL, PROV, RDF, RDFS

_TYPE = ox.NamedNode(RDF + "type")
_LABEL = ox.NamedNode(RDFS + "label")
_ID = ox.NamedNode(DCTERMS + "identifier")
_INDIVIDUAL = ox.NamedNode(OWL + "NamedIndividual")


def column_properties(view: View) -> dict[str, ox.NamedNode]:
    """Return the property of each inventory column that the ontology names (`bpo:column`)."""
    return {
        quad.object.value: quad.subject
        for quad in view.quads(None, ox.NamedNode(BPO + "column"), None)
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.Literal)
    }


def keep_apart(inventories: Iterable[Inventory]) -> None:
    """Give the records of a file an IRI folder of their own where another file has the same stem."""
    taken: set[str] = set()
    for inventory in inventories:
        folders = {record.iri.rpartition("/")[0] for record in inventory.records}
        for folder in sorted(folders & taken):
            n = 2
            while f"{folder}~{n}" in taken:
                n += 1
            for record in inventory.records:
                if record.iri.rpartition("/")[0] == folder:
                    record.iri = f"{folder}~{n}/{record.iri.rpartition('/')[2]}"
            folders.add(f"{folder}~{n}")
        taken |= folders


def inventory_triples(
    inventory: Inventory, wholes: Mapping[str, str], columns: Mapping[str, ox.NamedNode]
) -> Iterator[ox.Triple]:
    """Yield the triples of one inventory.

    Args:
        inventory: records with their IRIs.
        wholes: IRI of the whole by IRI of the part.
        columns: property by inventory column.
    """
    for record in inventory.records:
        yield from _record(record, wholes.get(record.iri), columns)


def _record(record: ProcessRecord, whole: str | None, columns: Mapping[str, ox.NamedNode]) -> Iterator[ox.Triple]:
    node = ox.NamedNode(record.iri)
    yield ox.Triple(node, _TYPE, ox.NamedNode(BPO + "ClientProcess"))
    yield ox.Triple(node, _TYPE, _INDIVIDUAL)
    yield ox.Triple(node, _ID, ox.Literal(record.id))
    yield ox.Triple(node, _LABEL, ox.Literal(record.name))
    for column, value in record.cells.items():
        prop = columns.get(column)
        if column == "part_of":
            if prop is not None and whole is not None:
                yield ox.Triple(node, prop, ox.NamedNode(whole))
        elif prop is not None and column not in ("id", "name"):
            for term in (ox.Literal(str(value)),) if column == "notes" else _terms(value):
                yield ox.Triple(node, prop, term)
    for criterion, answer in record.measures.items():
        yield from _claim(record, criterion, answer)


def hint_triples(inventories: Iterable[Inventory], columns: Mapping[str, ox.NamedNode]) -> Iterator[ox.Triple]:
    """Yield what models suggest, as the facts it would be if the client confirmed it."""
    for inventory in inventories:
        for record in inventory.records:
            for column, value in record.suggestions.items():
                if column in columns and column not in record.cells:
                    for term in _terms(value):
                        yield ox.Triple(ox.NamedNode(record.iri), columns[column], term)


def _claim(record: ProcessRecord, criterion: str, answer: bool) -> Iterator[ox.Triple]:
    digest = hashlib.sha256(f"{record.iri}\n{criterion}".encode()).hexdigest()[:16]
    node = ox.NamedNode(CLAIM + digest)
    yield ox.Triple(node, _TYPE, ox.NamedNode(BPO + "MeasureClaim"))
    yield ox.Triple(node, _TYPE, _INDIVIDUAL)
    yield ox.Triple(node, ox.NamedNode(BPO + "about"), ox.NamedNode(record.iri))
    yield ox.Triple(node, ox.NamedNode(BPO + "onCriterion"), ox.NamedNode(CRIT + criterion))
    yield ox.Triple(node, ox.NamedNode(BPO + "answer"), ox.Literal(answer))
    if criterion in record.measure_sources:
        yield ox.Triple(node, ox.NamedNode(PROV + "wasDerivedFrom"), ox.NamedNode(record.measure_sources[criterion]))
    if criterion in record.places:
        yield ox.Triple(node, ox.NamedNode(BPO + "sourceText"), ox.Literal(str(record.places[criterion])))


def _terms(value: Value) -> Iterator[ox.NamedNode | ox.Literal]:
    if isinstance(value, bool):
        yield ox.Literal(value)
    elif isinstance(value, float | int):
        yield ox.Literal(
            f"{value:f}".rstrip("0").rstrip("."), datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#decimal")
        )
    else:
        for item in (value,) if isinstance(value, str) else value:
            yield ox.NamedNode(item) if item.startswith("https://w3id.org/bpo-kg/") else ox.Literal(item)
