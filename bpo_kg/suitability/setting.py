"""What single processes are judged in: the graph, the table of rules, the places, and who is who."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from bpo_kg.reasoning import Closure
from bpo_kg.sources.facts import Inventory
from bpo_kg.sources.recording import column_properties, hint_triples
from bpo_kg.store.dataset import Dataset
from bpo_kg.store.view import View
from bpo_kg.suitability.answers import facts_of
from bpo_kg.suitability.naming import Names
from bpo_kg.suitability.places import PlaceBook
from bpo_kg.suitability.rulebook import Rulebook, bpo
from bpo_kg.suitability.workbench import Fact


@dataclass(frozen=True, slots=True)
class Setting:
    """What cases are judged by and in: the graph, the table of rules, the places, and who is who."""

    dataset: Dataset
    book: Rulebook
    places: PlaceBook
    columns: Mapping[str, str]
    """Inventory column by property IRI."""
    hints: Mapping[str, frozenset[Fact]]
    """What models suggest, by process."""
    generic: frozenset[str]
    default_client: str | None
    who: Callable[[str], tuple[str, str]]
    """Id and name of a process."""
    facts: Callable[[str], Mapping[str, bool | None]] | None = None
    """What the closed graph itself says of a process, to hold a stand-in against; None: the graph is not closed."""


def setting_of(
    dataset: Dataset,
    book: Rulebook,
    places: PlaceBook,
    inventories: Sequence[Inventory],
    *,
    client: str | None,
    closed: Callable[[], Closure] | None,
) -> Setting:
    """Return the setting that a loaded graph gives.

    Args:
        dataset: asserted triples, at least.
        book: the decision table.
        places: what is known of places.
        inventories: the tables and models that were read.
        client: alpha-2 code of the client's country, for processes that name none.
        closed: gives the reasoner over the closed graph, if facts other than a process's own may decide about it.
    """
    view = View(dataset.store)
    columns = column_properties(view)
    names = Names(view, inventories)
    rows = {record.iri: (record.id, record.name) for inventory in inventories for record in inventory.records}

    def who(process: str) -> tuple[str, str]:
        return rows.get(process) or (names.ident(process), names.label(process))

    def facts(process: str) -> Mapping[str, bool | None]:
        assert closed is not None
        store = closed().dataset.store
        return facts_of(store, book, subject=ox.NamedNode(process)).get(process, {})

    return Setting(
        dataset=dataset,
        book=book,
        places=places,
        columns={prop.value: column for column, prop in columns.items()},
        hints=_by_process(hint_triples(inventories, columns)),
        generic=frozenset(node.value for node in view.members(bpo("GenericProcess"))),
        default_client=client,
        who=who,
        facts=None if closed is None else facts,
    )


def _by_process(triples: Iterable[ox.Triple]) -> Mapping[str, frozenset[Fact]]:
    found: dict[str, set[Fact]] = {}
    for triple in triples:
        if isinstance(triple.subject, ox.NamedNode) and not isinstance(triple.object, ox.Triple):
            found.setdefault(triple.subject.value, set()).add((triple.predicate, triple.object))
    return {process: frozenset(facts) for process, facts in found.items()}
