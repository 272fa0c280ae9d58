"""Worlds made of nothing but the leaves of proofs: many in one graph, kept apart by renaming what they are about."""

from collections.abc import Iterable, Sequence

import pyoxigraph as ox

from bpo_kg.graph import KnowledgeGraph
from bpo_kg.loading import Loaded, load_shipped
from bpo_kg.store.dataset import Triple
from bpo_kg.suitability.proof import Step
from bpo_kg.suitability.rulebook import bpo
from bpo_kg.vocabulary import ASSERTED, CLAIM, PROC, RDF, ROW

TYPE = ox.NamedNode(RDF + "type")
_ABOUT_PROCESSES = (ROW, PROC, CLAIM)


def bare() -> Loaded:
    """Return the shipped ontology and rules without a single fact about a process: no catalogue, no measures."""
    loaded = load_shipped()
    store = loaded.dataset.store
    silent = [
        q.subject for cls in ("GenericProcess", "MeasureClaim") for q in store.quads_for_pattern(None, TYPE, bpo(cls))
    ]
    for subject in silent:
        for quad in list(store.quads_for_pattern(subject, None, None, None)):
            store.remove(quad)
    return loaded


def renamed(term: object, world: int) -> object:
    """Return a term as it is called in a world: processes, kinds and claims are its own, the rest is shared."""
    if isinstance(term, ox.NamedNode) and (term.value.startswith(_ABOUT_PROCESSES) or "example.org" in term.value):
        return ox.NamedNode(f"{term.value}/world-{world}")
    return term


def world(triples: Iterable[Triple], n: int) -> list[ox.Triple]:
    """Return the triples of one world, with what makes its processes processes."""
    found = [ox.Triple(*(renamed(term, n) for term in triple)) for triple in triples]  # type: ignore[arg-type]
    nodes = {t for triple in found for t in (triple.subject, triple.object) if isinstance(t, ox.NamedNode)}
    for node in nodes:
        if node.value.endswith(f"/world-{n}") and not node.value.startswith(CLAIM):
            kind = "GenericProcess" if node.value.startswith(PROC) else "ClientProcess"
            found.append(ox.Triple(node, TYPE, bpo(kind)))
    return found


Judged = tuple[str, frozenset[tuple[str, str, str]]]
"""A grade, and the answers that it rests on: criterion, value and basis."""


def claimed(step: Step) -> Judged:
    """Return the grade that a proof concludes, and the answers that it says the grade rests on."""
    answers = {(s.criterion, s.value, s.basis) for s in step.steps() if s.criterion and s.basis}
    return step.value, frozenset(answers)


def judged(worlds: Sequence[tuple[Step, Sequence[Triple]]], places: Sequence[str]) -> list[Judged]:
    """Return what each world makes of a proof: the grade there, and the answers to the same criteria there.

    Args:
        worlds: a proof of a verdict, and the facts that its world holds.
        places: every country that a verdict is about.
    """
    loaded = bare()
    for n, (step, triples) in enumerate(worlds):
        about = ox.Triple(renamed(ox.NamedNode(step.process), n), TYPE, bpo("ClientProcess"))  # type: ignore[arg-type]
        loaded.dataset.add([about, *world(triples, n)], f"{ASSERTED}/worlds")
    kg = KnowledgeGraph(loaded, to=places)
    found = {one.subject.iri: one for one in kg.assess().assessments}
    given = []
    for n, (step, _) in enumerate(worlds):
        one = found[f"{step.process}/world-{n}"]
        place = next(p for p in one.places if p.place == step.place)
        names = {s.criterion for s in step.steps() if s.criterion and s.basis}
        answers = {name: place.placement.get(name) or one.answers[name] for name in names}
        words = {True: "yes", False: "no", None: "unknown"}
        given.append((place.verdict.grade, frozenset((n, words[a.value], a.basis) for n, a in answers.items())))
    return given
