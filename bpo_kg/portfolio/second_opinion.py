"""Ask HermiT about slices: a complete OWL 2 DL reasoner is affordable where a few individuals stand for a million rows.

It reads the ontology with the axioms that only DL can express, the user's axioms and the individuals. What it finds
them to be is put beside what is asserted of them before the rules run, so that its conclusions count wherever those of
the rules do. Where it finds a contradiction, no answer is given: the message holds the triples that cannot all be true.
"""

from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from bpo_kg.errors import ReasoningError
from bpo_kg.reasoning.axioms import axiom_quads
from bpo_kg.reasoning.hermit import Hermit
from bpo_kg.reasoning.rules import TYPE
from bpo_kg.resources import data_folder
from bpo_kg.store.dataset import Dataset, Triple
from bpo_kg.vocabulary import ASSERTED, OWL, RDF, shorten

_SHIPPED = f"{ASSERTED}/bpo-kg/"
_PATIENCE = 600.0
"""Seconds that HermiT may take for the slices at hand."""
_IMPORTS = OWL + "imports"


def types_by_hermit(world: Dataset, individuals: Iterable[str]) -> list[ox.Triple]:
    """Return the classes that HermiT finds some individuals to be members of.

    Args:
        world: the asserted triples, the individuals' among them.
        individuals: IRIs.

    Raises:
        ReasoningError: HermiT finds a contradiction, or does not finish.
        MissingExtra: there is no Java.
    """
    wanted = set(individuals)
    found = Hermit(timeout=_PATIENCE).classify(_given(world))
    if not found.consistent:
        clash = "; ".join(" ".join(_readable(term) for term in triple) for triple in found.conflict[:12])
        raise ReasoningError(f"by OWL 2 DL these triples cannot all hold, so HermiT answers nothing: {clash}")
    return [
        ox.Triple(ox.NamedNode(individual), TYPE, ox.NamedNode(cls))
        for individual, cls in sorted(found.types)
        if individual in wanted
    ]


def _given(world: Dataset) -> Iterator[Triple]:
    """Yield the axioms of the ontology, the DL module, and everything that is not shipped: rules and individuals."""
    graphs = world.asserted_graphs()
    own = [graph for graph in graphs if not graph.value.startswith(_SHIPPED)]
    module = ox.parse(path=data_folder("ontology") / "bpo-dl.ttl", format=ox.RdfFormat.TURTLE)
    declared = world.quads(None, ox.NamedNode(RDF + "type"), ox.NamedNode(OWL + "Class"))
    terms = [ox.NamedNode(f"{_SHIPPED}bpo"), *own]
    quads = [*axiom_quads(world.store, terms), *declared, *module]
    quads += [quad for graph in own for quad in world.store.quads_for_pattern(None, None, None, graph)]
    for quad in quads:
        if quad.predicate.value != _IMPORTS:
            yield quad.subject, quad.predicate, quad.object


def _readable(term: object) -> str:
    return shorten(term.value) if isinstance(term, ox.NamedNode) else str(term)
