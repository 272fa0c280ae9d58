"""What contradicts what, and what no rule can say: findings with their places, by our reasoner and by HermiT."""

from collections.abc import Iterable, Sequence
from typing import Any

import pyoxigraph as ox

from bpo_kg.knowledge import Knowledge
from bpo_kg.reasoning import axiom_quads
from bpo_kg.resources import data_folder
from bpo_kg.sources.facts import Finding, Place
from bpo_kg.store.dataset import Triple
from bpo_kg.vocabulary import ASSERTED, COUNTRIES_GRAPH, OWL, RDF, shorten

_SHOWN = 12
"""How many triples of a contradiction are named in one finding."""


def contradictions(knowledge: Knowledge, *, reasoner: str = "rl") -> list[Finding]:
    """Return what contradicts what, as findings with their places.

    Args:
        reasoner: "rl", or "hermit" for the complete OWL 2 DL check, which needs Java.
    """
    clashes = knowledge.reason()
    found = [
        Finding(
            _where(knowledge, clash.support or clash.triples), "error", f"contradiction-{clash.kind}", clash.message
        )
        for clash in clashes
    ]
    return found + _second_opinion(knowledge) if reasoner == "hermit" else found


def refusals(knowledge: Knowledge) -> list[Finding]:
    """Return the axioms that lie outside OWL 2 RL, and what is lost by each."""
    places = knowledge.locator.places(refusal.axiom.triple for refusal in knowledge.ruleset.refusals)
    return [
        Finding(place, "warning", "outside-owl-rl", refusal.lost)
        for place, refusal in zip(places, knowledge.ruleset.refusals, strict=True)
    ]


def _second_opinion(knowledge: Knowledge) -> list[Finding]:
    """Ask HermiT, the DL module included, which also sees what OWL 2 RL cannot."""
    from bpo_kg.reasoning.hermit import Hermit
    from bpo_kg.reasoning.hermit_text import tell

    module = list(ox.parse(path=data_folder("ontology") / "bpo-dl.ttl", format=ox.RdfFormat.TURTLE))
    graphs = knowledge.dataset.asserted_graphs()
    declared = knowledge.dataset.quads(None, ox.NamedNode(RDF + "type"), ox.NamedNode(OWL + "Class"))
    own = [g for g in graphs if not g.value.startswith(f"{ASSERTED}/bpo-kg/")]
    # The other shipped files describe individuals; their long lists of differences only slow classification down.
    terms = [ox.NamedNode(f"{ASSERTED}/bpo-kg/bpo"), *own]
    axioms = [*axiom_quads(knowledge.dataset.store, terms), *declared, *module]
    given = [*axioms, *(q for g in own for q in knowledge.dataset.store.quads_for_pattern(None, None, None, g))]
    # Facts that packages state of 249 countries hold no axiom that they could break.
    told_graphs = [g for g in graphs if g.value != COUNTRIES_GRAPH]
    everything = [
        q for g in told_graphs for q in knowledge.dataset.store.quads_for_pattern(None, None, None, g)
    ] + module
    hermit = Hermit()
    # Consistency is asked of everything, which is quick. Classes are classified without the individuals, which is
    # not; and a contradiction is looked for where it probably is, between the axioms and what the user gave.
    first = hermit.first_inconsistent([tell(_triples(given)).triples(), tell(_triples(everything)).triples()])
    told = hermit.classify(_triples((given, everything)[first] if first is not None else axioms))
    found = []
    if not told.consistent:
        listed = _listed(knowledge, told.conflict)
        found.append(
            Finding(_where(knowledge, told.conflict), "error", "contradiction-dl", {
                "en": f"these triples cannot all hold: {listed}",
                "id": f"tripel-tripel ini tidak mungkin semuanya benar: {listed}",
            })
        )  # fmt: skip
    for cls in told.unsatisfiable:
        found.append(
            Finding(Place(shorten(cls)), "error", "unsatisfiable-class", {
                "en": f"{shorten(cls)} can have no member",
                "id": f"{shorten(cls)} tidak mungkin memiliki anggota",
            })
        )  # fmt: skip
    return found


def _listed(knowledge: Knowledge, triples: Sequence[Triple]) -> str:
    """Return triples as text, the user's own first; a search that was cut short leaves more than anyone reads."""
    shipped = {ox.NamedNode(g) for g in knowledge.loaded.files if g.startswith(f"{ASSERTED}/bpo-kg/")}
    ordered = sorted(triples, key=lambda t: bool(shipped & set(knowledge.dataset.sources_of(t))))
    shown = "; ".join(" ".join(_readable(term) for term in triple) for triple in ordered[:_SHOWN])
    return shown if len(ordered) <= _SHOWN else f"{shown}; … (+{len(ordered) - _SHOWN})"


def _where(knowledge: Knowledge, triples: Iterable[Triple]) -> Place:
    """Return the place of the first of some triples that stands in a user's file, else of the first."""
    places = knowledge.locator.places(triples)
    shipped = str(data_folder("ontology"))
    own = [place for place in places if not place.file.startswith(shipped)]
    return min(own or places, default=Place(""))


def _readable(term: object) -> str:
    if isinstance(term, ox.BlankNode):
        return "[]"  # its name is another in every run
    return shorten(term.value) if isinstance(term, ox.NamedNode) else str(term)


def _triples(quads: Iterable[ox.Quad]) -> list[Any]:
    """Return quads as triples, without imports: everything that is imported is there already."""
    imports = "http://www.w3.org/2002/07/owl#imports"
    return [(q.subject, q.predicate, q.object) for q in quads if q.predicate.value != imports]
