"""Open a graph as Python objects, classes and individuals, with owlready2: ontology-oriented programming.

The triples given are all there is: imports are not followed, no reasoner runs, and nothing done to the objects comes
back into the graph.
"""

import io
from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox

from bpo_kg.store.dataset import Triple
from bpo_kg.vocabulary import BASE, OWL

_IMPORTS = ox.NamedNode(OWL + "imports")


def open_world(statements: Iterable[Triple]) -> Any:
    """Return an `owlready2.World` that holds the given triples.

    Args:
        statements: asserted triples, or asserted and inferred ones together.

    Returns:
        A world in memory; `world[iri]` is a class or individual, `world.sparql(...)` queries it.
    """
    # Imported here: it takes a quarter of a second, and opens a database for its default world.
    import owlready2

    triples = [ox.Triple(s, p, o) for s, p, o in statements if p != _IMPORTS]  # type: ignore[arg-type]
    content = ox.serialize(sorted(triples, key=str), format=ox.RdfFormat.N_TRIPLES)
    world = owlready2.World()
    world.get_ontology(BASE + "ontology#").load(fileobj=io.BytesIO(content or b""), format="ntriples")
    return world
