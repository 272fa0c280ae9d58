"""Nine mistakes that data about outsourcing makes, each caught with the triples that make it."""

from functools import cache

import pyoxigraph as ox
import pytest

from bpo_kg.reasoning import Clash, Closure, RuleSet, rules_of
from bpo_kg.reasoning.hermit import Hermit
from bpo_kg.resources import data_folder
from bpo_kg.store.dataset import Dataset, Triple
from bpo_kg.vocabulary import ASSERTED, PREFIXES

HEAD = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())
HEAD += "@prefix desk: <https://example.org/desk/> .\n"

MISTAKES = {
    "contact both ways": "desk:intake a bpo:ClientProcess ; bpo:publicContact true , false .",
    "met and failed": "desk:intake a bpo:ClientProcess ; bpo:meets crit:afterHours ; bpo:fails crit:afterHours .",
    "country as process": "country:GB a bpo:Country . country:GB a bpo:Process .",
    "own neighbour": "country:GB bpo:bordersOn country:GB .",
    "on site and off site": "desk:guards a bpo:OffSiteProcess . desk:guards bpo:onSiteNeed true .",
    "two ISO codes": 'country:GB bpo:iso3166Alpha2 "GB" , "UK" .',
    "text for yes or no": 'desk:intake bpo:core "yes" .',
    "country as channel": "desk:intake bpo:usesChannel country:GB . country:GB a bpo:Country .",
    "two distinct owners": (
        "desk:intake bpo:ownedBy desk:acme , desk:borel . desk:acme owl:differentFrom desk:borel ."
    ),
}


@cache
def ontology() -> tuple[bytes, RuleSet]:
    dataset = Dataset()
    dataset.load_file(data_folder("ontology") / "bpo.ttl")
    return (data_folder("ontology") / "bpo.ttl").read_bytes(), rules_of(dataset)


def triples(turtle: str) -> set[Triple]:
    quads = ox.parse((HEAD + turtle).encode(), format=ox.RdfFormat.TURTLE)
    return {(q.subject, q.predicate, q.object) for q in quads}  # type: ignore[misc]


def with_mistake(turtle: str) -> Closure:
    content, rules = ontology()
    dataset = Dataset()
    dataset.load_bytes(content, graph=f"{ASSERTED}/bpo")
    dataset.load_bytes((HEAD + turtle).encode(), graph=f"{ASSERTED}/data")
    closure = Closure(dataset, rules)
    closure.run()
    return closure


def exact(closure: Closure, mistake: set[Triple]) -> list[Clash]:
    """Return the clashes that rest on the mistake's triples and on no others."""
    return [clash for clash in closure.clashes if set(clash.support) == mistake]


@pytest.mark.parametrize("name", MISTAKES)
def test_each_mistake_is_caught_with_its_triples(name: str) -> None:
    """Some clash rests on exactly the mistaken triples, and its message names each of them and an axiom."""
    mistake = {t for t in triples(MISTAKES[name]) if not (name == "met and failed" and t[1].value.endswith("#type"))}
    mistake = {t for t in mistake if not (name == "contact both ways" and t[1].value.endswith("#type"))}
    closure = with_mistake(MISTAKES[name])
    found = exact(closure, mistake)
    assert found, [clash.text() for clash in closure.clashes]
    for clash in found:
        assert clash.axioms
        for lang in ("en", "id"):
            for triple in mistake:
                for term in triple:
                    shown = term.value.rsplit("/", 1)[-1].rsplit("#", 1)[-1]
                    assert shown in clash.text(lang)


def test_the_ontology_alone_contradicts_nothing() -> None:
    """Without a mistake there is no clash."""
    assert with_mistake("").consistent


def test_mending_a_mistake_takes_its_clash_away() -> None:
    """The findings follow single edits: the clash comes with the wrong fact and goes with it."""
    closure = with_mistake("desk:intake a bpo:ClientProcess ; bpo:publicContact true .")
    wrong = triples("desk:intake bpo:publicContact false .")
    assert closure.consistent
    closure.add(wrong, f"{ASSERTED}/data")
    assert not closure.consistent
    closure.remove(wrong, f"{ASSERTED}/data")
    assert closure.consistent


def test_hermit_sees_every_mistake_too() -> None:
    """A complete reasoner finds the same nine inconsistent, and the ontology alone consistent."""
    base = list(with_mistake("").dataset.triples())
    answers = Hermit(timeout=240).classify_all([base, *([*base, *triples(text)] for text in MISTAKES.values())])
    assert [answer.consistent for answer in answers] == [True] + [False] * len(MISTAKES)


def test_contradictions_are_looked_for_when_asked_for() -> None:
    """A graph that is only exported or judged is not searched; whoever asks later is told the same."""
    closure = with_mistake("desk:intake a bpo:ClientProcess ; bpo:publicContact true , false .")
    eager = [clash.text() for clash in closure.run()]
    closure.infer()
    closure.add(triples("desk:intake bpo:core true ."), f"{ASSERTED}/data")
    assert eager
    assert [clash.text() for clash in closure.clashes] == eager
