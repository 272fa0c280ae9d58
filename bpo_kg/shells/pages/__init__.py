"""Pages and operations over HTTP beside `/sparql`: verdicts, reasons, questions, linked data, in two languages.

They call the verbs of the knowledge graph and decide nothing. Each runs in a worker of the server, which may be killed
at any moment, and changes nothing there that the next visitor would see.
"""

from bpo_kg.shells.pages import (
    emptiness,
    inventories,
    ontology,
    openapi,
    question_pages,
    reasons,
    start_pages,
    terms,
    void,
)
from bpo_kg.shells.pages.operation import Operation
from bpo_kg.shells.pages.routing import routes_of
from bpo_kg.shells.pages.served import LoadFiles, Served
from bpo_kg.shells.server import Route

__all__ = ["LoadFiles", "Served", "operations", "routes", "warm"]


def operations(served: Served) -> tuple[Operation, ...]:
    """Return every operation, in the order of the description."""
    found: list[Operation] = []
    for room in (start_pages, inventories, reasons, question_pages, emptiness, terms, ontology, void):
        found += room.operations(served)
    found += openapi.operations(lambda: found, served.lang)
    return tuple(found)


def routes(served: Served) -> tuple[Route, ...]:
    """Return the routes of all operations, and of the style sheet and script of the pages."""
    return (*routes_of(operations(served)), *start_pages.assets())


def warm(served: Served) -> None:
    """Load once what every worker would otherwise load for itself: parsers of queries and tables, proofs."""
    import bpo_kg.sources.table
    import bpo_kg.sources.workbook  # noqa: F401
    from bpo_kg.doctor import why_empty

    why_empty(served.kg.dataset, "SELECT ?s WHERE { ?s a bpo:Process ; a bpo:Nothing }")
    for one in served.kg.assess(generic=True).assessments[:1]:
        served.kg.explain(one.subject.iri)
