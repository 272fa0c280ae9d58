"""The verb `serve`: put the knowledge graph behind the query server.

The server knows HTTP and processes; what it serves, and what follows a write, is said here.
"""

import argparse
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyoxigraph as ox

from bpo_kg import __version__
from bpo_kg.errors import BpoKgError, QueryError
from bpo_kg.graph import KnowledgeGraph, load
from bpo_kg.loading import Loaded
from bpo_kg.shells.pages import LoadFiles, Served, routes, warm
from bpo_kg.shells.pages.emptiness import headers_when_empty
from bpo_kg.shells.pages.examples import GRAPH as EXAMPLES
from bpo_kg.shells.pages.examples import example_triples
from bpo_kg.shells.results import common, pairs, places_of
from bpo_kg.shells.server import Build, Content, Layout, bare, options_from, serve
from bpo_kg.shells.server.changes import Step
from bpo_kg.store.dataset import Dataset
from bpo_kg.vocabulary import ASSERTED, ASSESSED, COUNTRIES_GRAPH, DCTERMS, INFERRED

_STATE = ox.NamedNode(f"{ASSERTED}/bpo-kg/state")
_IDENTIFIER = ox.NamedNode(DCTERMS + "identifier")


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
        mark = _mark(options, data)
        if restored and _marked(store) in (mark, None):
            # What was deleted from the shipped files, acknowledged, stays deleted.
            kg = KnowledgeGraph(Loaded(Dataset(store)), client=options.client, to=places_of(options))
        else:
            kg = load(
                *data,
                **common(options),
                store=store,
            )
            kg.dataset.add(example_triples(), EXAMPLES)  # where query editors look for them
            kg.dataset.clear(_STATE)
            kg.dataset.add([ox.Triple(_STATE, _IDENTIFIER, ox.Literal(mark))], _STATE)
        served = Served(kg, _beside(options), lang=options.lang, terms=options.terms)
        try:
            kg.publish()
            warm(served)
        except BpoKgError:
            if not restored:
                raise
            # Somebody took away what verdicts are made from; the rest is still there to be served.
            for derived in (INFERRED, ASSESSED, COUNTRIES_GRAPH):
                kg.dataset.clear(derived)

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
            routes=routes(served),
            when_empty=headers_when_empty(served),
        )

    return build


def _mark(options: argparse.Namespace, data: Sequence[Path]) -> str:
    """Return what tells one state of the loaded files from another: version, options, and each file's size and time."""
    files = [*data, *map(Path, options.rules), *map(Path, options.places)]
    stats = [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in files if path.is_file()]
    given = repr((__version__, options.evidence, sorted(options.mapping), stats))
    return hashlib.sha256(given.encode()).hexdigest()[:16]


def _marked(store: ox.Store) -> str | None:
    """Return the mark of what a restored store was loaded from; None if everything was dropped from it."""
    quad = next(store.quads_for_pattern(_STATE, _IDENTIFIER, None, _STATE), None)
    return str(quad.object.value) if quad is not None and isinstance(quad.object, ox.Literal) else None


def _beside(options: argparse.Namespace) -> LoadFiles:
    """Return what loads a visitor's files with the server's own rules and places, beside the served graph."""
    # A visitor's files are read in a folder of their own, so the server's are named from the root.
    rules, places = ([Path(path).resolve() for path in paths] for paths in (options.rules, options.places))

    def load_files(
        files: Sequence[Path], client: str | None, to: Sequence[str], evidence: bool | None, mapping: Mapping[str, str]
    ) -> KnowledgeGraph:
        return load(
            *files,
            rules=rules,
            places=places,
            evidence=options.evidence == "on" if evidence is None else evidence,
            client=client or options.client,
            to=to or places_of(options),
            mapping={**pairs(options.mapping, "HEADER=COLUMN"), **mapping},
        )

    return load_files
