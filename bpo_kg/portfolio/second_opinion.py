"""Ask HermiT about slices: a complete OWL 2 DL reasoner is affordable where a few individuals stand for a million rows.

It reads the ontology with the axioms that only DL can express, the user's axioms and the individuals. What it finds
them to be is put beside what is asserted of them before the rules run, so that its conclusions count wherever those of
the rules do. Where it finds a contradiction, no answer is given: the message holds the triples that cannot all be true.
"""

from collections.abc import Iterable

import pyoxigraph as ox

from bpo_kg.errors import ReasoningError
from bpo_kg.reasoning.axioms import axiom_quads
from bpo_kg.reasoning.hermit import Hermit
from bpo_kg.reasoning.rules import TYPE, Refusal
from bpo_kg.resources import data_folder
from bpo_kg.store.dataset import Dataset, Triple
from bpo_kg.vocabulary import ASSERTED, OWL, RDF, ROW, shorten

_SHIPPED = f"{ASSERTED}/bpo-kg/"
_TOGETHER = 3
"""Individuals of one ontology: HermiT's time grows much faster than their number."""
_SHOWN = 12
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
    shared, own = _given(world)
    wanted = list(individuals)
    groups = [wanted[start : start + _TOGETHER] for start in range(0, len(wanted), _TOGETHER)]
    ontologies = [[*shared, *(triple for one in group for triple in own.get(one, ()))] for group in groups]
    hermit = Hermit(timeout=_PATIENCE)
    found: list[ox.Triple] = []
    for group, ontology, result in zip(groups, ontologies, hermit.classify_all(ontologies), strict=True):
        if not result.consistent:
            conflict = hermit.classify(ontology).conflict
            clash = "; ".join(" ".join(_readable(term) for term in triple) for triple in conflict[:_SHOWN])
            raise ReasoningError(f"by OWL 2 DL these triples cannot all hold, so HermiT answers nothing: {clash}")
        types = sorted((one, cls) for one, cls in result.types if one in group)
        found += [ox.Triple(ox.NamedNode(one), TYPE, ox.NamedNode(cls)) for one, cls in types]
    return found


def refuse_unsliced(refusals: Iterable[Refusal]) -> None:
    """Refuse a user's axioms that rules cannot express: which cells they read is not known, so no slice is either.

    Raises:
        ReasoningError: there is one; the message names it.
    """
    for refusal in refusals:
        if not str(getattr(refusal.axiom.graph, "value", "")).startswith(_SHIPPED):
            raise ReasoningError(
                "HermiT cannot answer by slices, because it is not known which cells this axiom reads: "
                f"{refusal.axiom}; leave --reasoner hermit out, or take the axiom out"
            )


def _given(world: Dataset) -> tuple[list[Triple], dict[str, list[Triple]]]:
    """Return what holds whichever slices there are (ontology, DL module, rules), and the triples of each individual."""
    graphs = [graph for graph in world.asserted_graphs() if not graph.value.startswith(_SHIPPED)]
    module = ox.parse(path=data_folder("ontology") / "bpo-dl.ttl", format=ox.RdfFormat.TURTLE)
    declared = world.quads(None, ox.NamedNode(RDF + "type"), ox.NamedNode(OWL + "Class"))
    terms = [ox.NamedNode(f"{_SHIPPED}bpo"), *graphs]
    quads = [*axiom_quads(world.store, terms), *declared, *module]
    quads += [quad for graph in graphs for quad in world.store.quads_for_pattern(None, None, None, graph)]
    shared: list[Triple] = []
    own: dict[str, list[Triple]] = {}
    for quad in quads:
        triple: Triple = (quad.subject, quad.predicate, quad.object)
        if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(ROW):
            own.setdefault(quad.subject.value, []).append(triple)
        elif quad.predicate.value != _IMPORTS:
            shared.append(triple)
    return shared, own


def _readable(term: object) -> str:
    return shorten(term.value) if isinstance(term, ox.NamedNode) else str(term)
