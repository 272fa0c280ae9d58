"""Serve a small graph with one rule and a few pages: what the server does for any content, without the ontology.

The rule: a process with public contact is a front-office process. Started by tests as a program of its own.
"""

import argparse
import os
import sys
import time

import pyoxigraph as ox

from bpo_kg.errors import BpoKgError, SourceError, UnknownThing
from bpo_kg.shells.server import (
    Content,
    Layout,
    Problem,
    Request,
    Response,
    Route,
    add_flags,
    options_from,
    serve,
)
from bpo_kg.vocabulary import ASSERTED, ASSESSED, BPO, INFERRED, PROC, RDF

CONTACT = ox.NamedNode(BPO + "publicContact")
FRONT = ox.NamedNode(BPO + "FrontOfficeProcess")
FAULTY = ox.NamedNode(BPO + "faultyToReason")
SLOW = ox.NamedNode(BPO + "slowToReason")
TYPE = ox.NamedNode(RDF + "type")


def build(store: ox.Store, restored: bool) -> Content:
    """Put in two processes of the catalogue, and reason."""
    if "OFFICE_UNREADABLE" in os.environ:
        raise SourceError("offices.csv: no such file")
    if "OFFICE_FAULTY" in os.environ:
        raise ZeroDivisionError("a mistake in the program")
    if not restored:
        for name, contact in (("callCenter", True), ("payroll", False)):
            graph = ox.NamedNode(f"{ASSERTED}/catalogue")
            store.add(ox.Quad(ox.NamedNode(PROC + name), CONTACT, ox.Literal(contact), graph))
    reason(store)
    layout = Layout(ox.NamedNode(ASSERTED), ASSERTED, frozenset({INFERRED, ASSESSED}), union=True)
    routes = (
        Route("/processes/{name}", lambda request: process_page(store, request)),
        Route("/files/{path:rest}", lambda request: Response(request.variables["path"].encode())),
        Route("/inventory", lambda request: Response(str(len(request.body)).encode()), ("POST",), max_body=200_000),
        Route("/endless", endless, timeout=0.3),
        Route("/broken", broken),
    )
    return Content(store, layout, refresh=lambda steps: reason(store), routes=routes, as_restored=restored)


def reason(store: ox.Store) -> None:
    """Recompute the inferred graph."""
    graph = ox.NamedNode(INFERRED)
    store.clear_graph(graph)
    for quad in list(store.quads_for_pattern(None, CONTACT, ox.Literal(True))):
        store.add(ox.Quad(quad.subject, TYPE, FRONT, graph))
    if not any(store.quads_for_pattern(None, CONTACT, None)):
        store.add(ox.Quad(FRONT, TYPE, FRONT, graph))  # half of something
        raise BpoKgError("no process says whether it has public contact")
    if any(store.quads_for_pattern(None, FAULTY, None)):
        raise ZeroDivisionError("a rule with a mistake")
    if any(store.quads_for_pattern(None, SLOW, None)):
        os.kill(os.getpid(), 9)  # as the kernel would for taking too long


def process_page(store: ox.Store, request: Request) -> Response:
    """Say what a process is."""
    node = ox.NamedNode(PROC + request.variables["name"])
    if not any(store.quads_for_pattern(node, None, None)):
        raise UnknownThing(f"no process {request.variables['name']!r}")
    if request.value("lang") not in {None, "en", "id"}:
        raise Problem(400, "lang must be en or id")
    front = any(store.quads_for_pattern(node, TYPE, FRONT))
    text = f"<!DOCTYPE html><title>{'front' if front else 'back'} office</title>"
    return Response(text.encode(), "text/html; charset=utf-8", cache=True, page=True)


def endless(request: Request) -> Response:
    """Take longer than the route may."""
    time.sleep(30)
    return Response()


def broken(request: Request) -> Response:
    """Fail as a program fails."""
    raise ZeroDivisionError("a secret of /home/office")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    add_flags(parser)
    sys.exit(serve(options_from(parser.parse_args()), build))
