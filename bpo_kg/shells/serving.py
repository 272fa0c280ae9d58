"""The verb `serve`: put the knowledge graph behind the query server.

The server knows HTTP and processes; what it serves, and what follows a write, is said here.
"""

import argparse
from pathlib import Path

import pyoxigraph as ox

from bpo_kg.errors import QueryError
from bpo_kg.graph import load
from bpo_kg.shells.results import pairs, places_of
from bpo_kg.shells.server import Build, Content, Layout, bare, options_from, serve
from bpo_kg.shells.server.changes import Step
from bpo_kg.vocabulary import ASSERTED, ASSESSED, INFERRED


def run(options: argparse.Namespace) -> int:
    """Serve until told to stop; return the exit code."""
    try:
        chosen = options_from(options)
    except ValueError as error:
        raise QueryError(str(error)) from error
    return serve(chosen, bare if chosen.empty else knowledge(options, chosen.data))


def knowledge(options: argparse.Namespace, data: tuple[Path, ...]) -> Build:
    """Return what builds the served graph: ontology, the given data, inferences and verdicts."""

    def build(store: ox.Store, restored: bool) -> Content:
        del restored  # the shipped files may be newer than what a folder holds, so they are loaded either way
        kg = load(
            *data,
            rules=options.rules,
            places=options.places,
            evidence=options.evidence == "on",
            client=options.client,
            to=places_of(options),
            mapping=pairs(options.mapping, "HEADER=COLUMN"),
            store=store,
        )
        kg.publish()

        def refresh(steps: list[Step]) -> None:
            del steps  # verdicts hang on anything, so they follow from the whole graph
            kg.follow()

        return Content(
            store,
            layout=Layout(
                home=ox.NamedNode(ASSERTED),
                asserted=ASSERTED,
                derived=frozenset({INFERRED, ASSESSED}),
                union=True,
            ),
            refresh=refresh,
            adopt=kg.forget,
            settled=kg.forget,
        )

    return build
