"""Every verdict and every inferred triple has a proof that ends at what somebody wrote, and needs all of it."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest
from example_files import EXAMPLES, write_csv
from proof_worlds import claimed, judged

import bpo_kg
from bpo_kg.reasoning import RuleSet
from bpo_kg.suitability.minimal import Entailment
from bpo_kg.suitability.proof import Step
from bpo_kg.suitability.rulebook import bpo

PREFIXES = """@prefix bpo: <https://w3id.org/bpo-kg/ontology#> . @prefix crit: <https://w3id.org/bpo-kg/criterion/> .
@prefix rule: <https://w3id.org/bpo-kg/rule/> . @prefix scale: <https://w3id.org/bpo-kg/scale/> .
@prefix stmt: <https://w3id.org/bpo-kg/statement/> .
"""


@pytest.fixture(scope="module")
def kg() -> bpo_kg.KnowledgeGraph:
    return bpo_kg.load(EXAMPLES / "inventory.csv", EXAMPLES / "ten-cases.csv", to=["PH"])


@pytest.fixture(scope="module")
def verdicts(kg: bpo_kg.KnowledgeGraph) -> list[Step]:
    """The first proof of each verdict on the example inventories, location classes included."""
    return [kg.proofs.of(one, place.place)[0] for one in kg.assess().assessments for place in one.places]


def inferred(kg: bpo_kg.KnowledgeGraph) -> Iterator[tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode | ox.Literal]]:
    kg.closed()
    yield from kg.dataset.triples(part="inferred")  # type: ignore[misc]


def steps_above(step: Step, above: tuple[Step, ...] = ()) -> Iterator[tuple[Step, tuple[Step, ...]]]:
    yield step, above
    for premise in step.premises:
        yield from steps_above(premise, (*above, step))


def only(rules: RuleSet, step: Step) -> RuleSet:
    """Return the rules that the axioms of one proof give, and no others."""
    axioms = {axiom for one in step.steps() for axiom in one.axioms}
    kept = tuple(rule for rule in rules.rules if rule.axioms and set(rule.axioms) <= axioms)
    return replace(rules, rules=kept, working=kept, mergers=(), distinct=(), _by_head={})


# --- inferred triples --------------------------------------------------------------------------------
def test_every_inferred_triple_has_a_minimal_proof_that_replays(kg: bpo_kg.KnowledgeGraph) -> None:
    """The leaves and axioms of each proof give the triple from nothing else, and no leaf can be left out."""
    triples = list(inferred(kg))
    assert len(triples) > 1000
    replayed = 0
    for triple in triples:
        (proof,) = kg.prove(triple)
        entailment = Entailment(only(kg.ruleset, proof))
        assert proof.triple == triple
        assert entailment.holds(proof.facts(), triple), triple
        for leaf in proof.facts():
            assert not entailment.holds([other for other in proof.facts() if other != leaf], triple), (triple, leaf)
        replayed += 1
    assert replayed == len(triples)


def test_nothing_is_proved_that_does_not_hold(kg: bpo_kg.KnowledgeGraph) -> None:
    """A triple that does not follow has no proof."""
    assert kg.prove(("C6", "a", "bpo:BackOfficeProcess")) == ()
    assert kg.prove(("C6", "bpo:meets", "crit:onSiteNeed")) == ()


def test_an_asserted_triple_is_its_own_proof(kg: bpo_kg.KnowledgeGraph) -> None:
    """What the client wrote needs no reason but its cell."""
    (proof,) = kg.prove(("C6", "bpo:core", "false"))
    assert proof.leaf
    assert kg.teller("en").where(proof.triple).endswith("ten-cases.csv:16:6")


# --- verdicts ----------------------------------------------------------------------------------------
def test_every_verdict_replays_from_its_leaves_alone(verdicts: list[Step]) -> None:
    """In a world that holds nothing but the leaves of its proof, the grade and the answers behind it are the same."""
    assert len(verdicts) == 82 * 4
    assert judged([(step, step.facts()) for step in verdicts], ["PH"]) == [claimed(step) for step in verdicts]


def test_no_leaf_of_a_verdict_can_be_left_out(verdicts: list[Step]) -> None:
    """Take any one fact away from the leaves of a proof, and the grade or an answer that it rests on is another.

    The grade alone may stand: without the measure that a call centre needs nobody on site, its phone lets one presume
    as much. But then it rests on a presumption, and the proof says it rests on a measure.
    """
    worlds = [
        (step, [other for other in step.facts() if other != leaf])
        for step in verdicts
        for leaf in step.facts()
        if not _of_shipped_ontology(step, leaf)
    ]
    assert len(worlds) > 700
    given = judged(worlds, ["PH"])
    assert [step for (step, _), found in zip(worlds, given, strict=True) if found == claimed(step)] == []


def _of_shipped_ontology(step: Step, fact: object) -> bool:
    """What the ontology states of channels and hours is there in every world, so it cannot be taken away."""
    return any(leaf.triple == fact and str(leaf.graph).endswith("/bpo-kg/bpo>") for leaf in step.leaves())


def test_no_proof_supports_itself(verdicts: list[Step]) -> None:
    """No step is among the premises of its own conclusion."""
    for verdict in verdicts:
        for step, above in steps_above(verdict):
            assert step.triple not in [one.triple for one in above if one.kind == step.kind], step


def test_every_leaf_says_where_it_is_written(kg: bpo_kg.KnowledgeGraph, verdicts: list[Step]) -> None:
    """A leaf stands in a file, at a line; a cell at a column too."""
    teller = kg.teller("en")
    teller.prepare(verdicts, every=True)
    leaves = {leaf for step in verdicts for leaf in step.leaves()}
    assert len(leaves) > 200
    for leaf in leaves:
        assert leaf.kind == "asserted"
        where = teller.where(leaf.triple)
        parts = where.split(":")
        assert parts[0].endswith((".csv", ".ttl")), where
        assert all(part.isdigit() for part in parts[1:]), where
        assert len(parts) == 3 or "type" in str(leaf.triple[1]), where


def test_every_rule_in_a_proof_names_its_statement(verdicts: list[Step]) -> None:
    """A verdict is traced to the statement behind each rule it applies."""
    for verdict in verdicts:
        for step in verdict.steps():
            if step.rule:
                assert step.statement.startswith("https://w3id.org/bpo-kg/statement/")


def test_a_process_is_assessed_alone_as_it_is_among_all(kg: bpo_kg.KnowledgeGraph) -> None:
    """What explains one process gives exactly the row that `assess` gives for it."""
    for one in kg.assess(generic=True).assessments:
        alone = kg.cases.assess(one.subject.iri, kg.to)
        assert replace(alone, subject=replace(alone.subject, extra=one.subject.extra)) == one


def test_several_proofs_come_shortest_first(kg: bpo_kg.KnowledgeGraph) -> None:
    """The help desk can be shown in several ways; no two rest on the same facts."""
    found = kg.explain("C10", to="PH", limit=4).proofs["PH"]
    assert len(found) > 1
    assert [len(step.facts()) for step in found] == sorted(len(step.facts()) for step in found)
    assert len({frozenset(step.facts()) for step in found}) == len(found)
    assert {step.value for step in found} == {"favoured"}


def test_verdicts_and_answers_in_the_graph_can_be_proved(kg: bpo_kg.KnowledgeGraph) -> None:
    """Whatever SPARQL finds in the assessed graph, `prove` explains."""
    rows = kg.query(
        "SELECT ?s ?p ?o WHERE { { ?s bpo:assesses [ a bpo:ClientProcess ] ; bpo:verdict ?o . "
        "BIND(bpo:verdict AS ?p) } UNION { ?s bpo:ofProcess [ a bpo:ClientProcess ] ; bpo:value ?o . "
        "BIND(bpo:value AS ?p) FILTER(?o != scale:unknown) } }"
    )
    found = 0
    for row in rows:  # type: ignore[union-attr]
        proofs = kg.prove(tuple(str(row[name]) for name in "spo"))  # type: ignore[index, arg-type]
        assert proofs, row
        found += 1
    assert found > 700


# --- rules of a house --------------------------------------------------------------------------------
def test_what_keeps_a_stronger_rule_from_applying_is_part_of_the_proof(tmp_path: Path) -> None:
    """Not core is enough for "possible" only because the client says that nobody is needed on site."""
    rules = tmp_path / "house.ttl"
    rules.write_text(
        PREFIXES + "rule:hd a bpo:DefaultRule ; bpo:whenFailed crit:coreFunction ; bpo:presumesMet crit:onSiteNeed ; "
        "bpo:strength scale:tendency ; bpo:priority 90 ; bpo:restsOn stmt:s12 .\n"
        "rule:hp a bpo:PlacementRule ; bpo:whenMet crit:onSiteNeed ; bpo:gives scale:excluded ; "
        "bpo:strength scale:requirement ; bpo:priority 200 ; bpo:restsOn stmt:s12 .\n",
        encoding="utf-8",
    )
    row = {"id": "F", "name": "Filing", "core": "no", "on_site_need": "no"}
    kg = bpo_kg.load(write_csv(tmp_path / "one.csv", [row]), rules=[rules], to=["PH"])
    (proof,) = kg.explain("F", to="PH").proofs["PH"]
    assert (proof.value, proof.rule.rsplit("/", 1)[-1]) == ("possible", "p2")
    assert [step.criterion for step in proof.premises if step.guard] == ["onSiteNeed"]
    assert "No stronger rule applies, because:" in kg.explain("F", to="PH").to_text()


def test_a_contested_verdict_is_proved_by_the_rules_that_contest_it(tmp_path: Path) -> None:
    """Two rules of one rank that give different grades are both shown, each with what it rests on."""
    rules = tmp_path / "house.ttl"
    sides = ((1, "Failed crit:coreFunction", "favoured"), (2, "Met crit:personalData", "excluded"))
    told = [
        f"rule:h{n} a bpo:PlacementRule ; bpo:when{side} ; bpo:gives scale:{grade} ; bpo:priority 500 ; "
        'bpo:strength scale:requirement ; bpo:restsOn stmt:s12 ; bpo:sentence "House rule."@en .'
        for n, side, grade in sides
    ]
    rules.write_text(PREFIXES + "\n".join(told), encoding="utf-8")
    row = {"id": "F", "name": "Filing", "core": "no", "personal_data": "yes"}
    kg = bpo_kg.load(write_csv(tmp_path / "one.csv", [row]), rules=[rules], to=["PH"])
    (proof,) = kg.explain("F", to="PH").proofs["PH"]
    assert proof.value == "contested"
    assert {step.value for step in proof.premises} == {"favoured", "excluded"}
    assert all(step.kind == "applies" and step.premises for step in proof.premises)
    assert "Rules of the same rank give different grades" in kg.explain("F", to="PH").to_text()


def test_a_verdict_without_a_rule_says_so(tmp_path: Path) -> None:
    """With nothing recorded no rule applies, and that is all there is to prove."""
    kg = bpo_kg.load(write_csv(tmp_path / "one.csv", [{"id": "F", "name": "Filing"}]), to=["PH"])
    (proof,) = kg.explain("F", to="PH").proofs["PH"]
    assert (proof.kind, proof.premises) == ("undetermined", ())
    assert "No rule applies yet." in kg.explain("F", to="PH").to_text()


def test_the_client_country_given_as_an_option_is_a_leaf(tmp_path: Path) -> None:
    """What was said once for all rows is told apart from what a cell says."""
    row = {"id": "F", "name": "Filing", "core": "no", "on_site_need": "yes"}
    kg = bpo_kg.load(write_csv(tmp_path / "one.csv", [row]), to=["PH"], client="GB")
    (proof,) = kg.explain("F", to="PH").proofs["PH"]
    assert [leaf.kind for leaf in proof.leaves()] == ["asserted", "option"]
    assert "client country: United Kingdom (given as an option)" in kg.explain("F", to="PH").to_text()


# --- models ------------------------------------------------------------------------------------------
def test_what_a_model_suggests_is_proved_by_its_element(tmp_path: Path) -> None:
    """A pool named after customers suggests public contact; the proof says that a model suggests it, and where."""
    model = tmp_path / "claims.bpmn"
    model.write_text(
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:m">'
        '<collaboration id="c"><participant id="us" name="Claims desk" processRef="p"/>'
        '<participant id="them" name="Customer"/>'
        '<messageFlow id="m" sourceRef="them" targetRef="t"/></collaboration>'
        '<process id="p" name="Claims desk"><task id="t" name="Take the call"/></process></definitions>',
        encoding="utf-8",
    )
    kg = bpo_kg.load(model, to=["PH"])
    (iri,) = [one.subject.iri for one in kg.assess().assessments]
    assert kg.assess().assessments[0].answers["publicContact"].basis == "suggested"
    (proof,) = kg.proofs.answer(iri, "publicContact")
    assert {leaf.kind for leaf in proof.leaves()} == {"hint"}
    told = kg.explain(iri, to="PH").to_text() + "\n".join(kg.teller("en").tree(proof))
    assert "Suggested by the model: public contact: yes. (" in told
    assert str(model) in told


# --- HermiT ------------------------------------------------------------------------------------------
def test_hermit_draws_the_same_conclusions_from_the_same_leaves(kg: bpo_kg.KnowledgeGraph) -> None:
    """A complete OWL 2 DL reasoner, given only the leaves and axioms of a proof, entails what the proof concludes."""
    from bpo_kg.reasoning.hermit import Hermit

    shapes: dict[object, Step] = {}
    for triple in inferred(kg):
        if isinstance(triple[2], ox.NamedNode):
            (proof,) = kg.prove(triple)
            shapes.setdefault(frozenset(axiom for step in proof.steps() for axiom in step.axioms), proof)
    proofs = list(shapes.values())
    assert len(proofs) > 40
    told = Hermit().classify_all([_ontology(kg, proof) for proof in proofs], values=True)
    missed = []
    for proof, found in zip(proofs, told, strict=True):
        s, p, o = (term.value for term in proof.triple)
        entailed = (s, o) in found.types if p.endswith("#type") else (s, p, o) in found.values
        missed += [] if entailed and found.consistent else [(s, p, o)]
    assert missed == []


def _ontology(kg: bpo_kg.KnowledgeGraph, proof: Step) -> list[ox.Triple]:
    """Return the leaves and axioms of a proof, class expressions in full, and the declarations they need."""
    store = kg.dataset.store
    found = {ox.Triple(*fact) for fact in proof.facts()}
    queue = [axiom.triple for step in proof.steps() for axiom in step.axioms]
    for triple in queue:
        found.add(ox.Triple(*triple))
        for node in (triple[0], triple[2]):
            if isinstance(node, ox.BlankNode):
                inner = [(q.subject, q.predicate, q.object) for q in store.quads_for_pattern(node, None, None)]
                queue += [t for t in inner if t not in queue]
    kinds = ("Class", "ObjectProperty", "DatatypeProperty", "NamedIndividual")
    types = [ox.NamedNode(f"http://www.w3.org/2002/07/owl#{kind}") for kind in kinds]
    nodes = {n for t in found for n in (t.subject, t.predicate, t.object) if isinstance(n, ox.NamedNode)}
    a = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    for node in (*nodes, *(t for t in proof.triple if isinstance(t, ox.NamedNode))):
        found |= {ox.Triple(node, a, cls) for cls in types if any(True for _ in kg.dataset.triples(node, a, cls))}
    return sorted(found, key=str)


# --- facts about other things ------------------------------------------------------------------------
OUTSIDE = """@prefix bpo: <https://w3id.org/bpo-kg/ontology#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix ex: <https://example.org/> .
ex:answersFor a owl:ObjectProperty ; rdfs:range bpo:FrontOfficeProcess .
ex:team ex:answersFor <https://w3id.org/bpo-kg/row/one/F> .
"""


@pytest.fixture
def outside(tmp_path: Path) -> bpo_kg.KnowledgeGraph:
    """A process that deals with the public because of what is said of a team, not of the process."""
    (tmp_path / "team.ttl").write_text(OUTSIDE, encoding="utf-8")
    rows = [{"id": "F", "name": "Forum", "client_country": "GB", "core": "no", "channels": "phone"}]
    return bpo_kg.load(write_csv(tmp_path / "one.csv", rows), tmp_path / "team.ttl", to=["PH"])


def test_what_others_say_of_a_process_decides_and_is_proved(outside: bpo_kg.KnowledgeGraph) -> None:
    """Assessed alone or among all the row is the same, and the proof ends at the team's own triple."""
    (one,) = outside.assess().assessments
    assert outside.cases.assess(one.subject.iri, ("PH",)) == one
    assert one.answers["publicContact"].value is True
    (proof,) = outside.proofs.answer(one.subject.iri, "publicContact")
    assert any("example.org/team" in str(leaf.triple[0]) for leaf in proof.leaves())
    assert "team.ttl:4:" in outside.explain("F", to="PH").to_text()


def test_what_others_say_stays_while_the_process_is_supposed_otherwise(outside: bpo_kg.KnowledgeGraph) -> None:
    """The team still answers for the process when its channel is another; a record to the contrary is a conflict."""
    (change,) = outside.what_if("F", {"channels": "inPerson"}).verdicts
    assert change.after is not None
    assert change.after.grade == "discouraged"
    said = outside.what_if("F", {"public_contact": "no"})
    assert [c.after.grade for c in said.verdicts if c.after] == ["possible"]


# --- slices ------------------------------------------------------------------------------------------
JOINED = (
    PREFIXES
    + """@prefix chan: <https://w3id.org/bpo-kg/channel/> . @prefix ex: <https://example.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
ex:NightPhone owl:equivalentClass [ a owl:Class ; owl:intersectionOf (
    [ a owl:Restriction ; owl:onProperty bpo:usesChannel ; owl:hasValue chan:phone ]
    [ a owl:Restriction ; owl:onProperty bpo:neededCoverage ; owl:hasValue scale:afterHours ] ) ] ;
  rdfs:subClassOf [ a owl:Restriction ; owl:onProperty bpo:fails ; owl:hasValue crit:onSiteNeed ] .
"""
)


@pytest.mark.parametrize("axioms", ["", JOINED], ids=["shipped", "joining"])
def test_facts_say_together_what_they_say_group_by_group(tmp_path: Path, axioms: str) -> None:
    """Facts that no rule joins are reasoned over one by one; the answers are those of reasoning over all at once."""
    house = tmp_path / "house.ttl"
    house.write_text(axioms or PREFIXES, encoding="utf-8")
    bench = bpo_kg.load(house).cases.bench
    view, chance = bench.view, random.Random(11)
    booleans = [bpo(name) for name in ("core", "publicContact", "onSiteNeed", "workforceContact", "personalData")]
    kinds, channels = view.members(bpo("GenericProcess")), view.members(bpo("Channel"))
    coverage = view.objects(ox.NamedNode("https://w3id.org/bpo-kg/process/afterHoursCallCenter"), bpo("neededCoverage"))
    met = 0
    for _ in range(250):
        facts = {(prop, ox.Literal(chance.random() < 0.5)) for prop in booleans if chance.random() < 0.5}
        facts |= {(bpo("specialises"), kind) for kind in chance.sample(kinds, chance.randrange(3))}
        facts |= {(bpo("usesChannel"), channel) for channel in chance.sample(channels, chance.randrange(4))}
        facts |= {(bpo("neededCoverage"), coverage[0])} if chance.random() < 0.5 else set()
        one = bench.slice_of(facts)
        assert bench.read(one) == bench._look(one), facts
        met += len(bench.read(one).values)
    assert met > 800


# --- recorded places ---------------------------------------------------------------------------------
def test_what_is_recorded_about_places_is_in_the_proof_and_enough(tmp_path: Path) -> None:
    """From the place records of a proof alone, a site answers the same; without any one of them, it does not."""
    cases = EXAMPLES / "ten-cases.csv"
    kg = bpo_kg.load(cases, places=[EXAMPLES / "providers.csv", EXAMPLES / "places.csv"])
    site = next(iri for iri in kg.cases.setting.places.overrides.sites if "deccan" in iri.lower())
    (proof,) = kg.explain("C1a", to=site).proofs[site]
    about = "https://w3id.org/bpo-kg/country/"
    records = [t for t in proof.facts() if str(t[0]) == f"<{site}>" or str(t[0]).startswith(f"<{about}")]
    placed = [step for step in proof.premises if step.kind == "placed"]
    names = {str(t[1]).split("#")[1][:-1] for t in records}
    assert names == {"siteCountry", "offersLanguage", "hourlyWage", "wageCurrency"}

    def answers(kept: list[tuple[object, ...]]) -> dict[str, tuple[bool | None, str, str]]:
        label = '<http://www.w3.org/2000/01/rdf-schema#label> "Deccan Desk, Pune"'
        named = f"<{site}> a <https://w3id.org/bpo-kg/ontology#DeliverySite> ; {label} .\n"
        path = tmp_path / "records.ttl"
        path.write_text(named + "".join(f"{s} {p} {o} .\n" for s, p, o in kept), encoding="utf-8")
        one = bpo_kg.load(cases, places=[path])
        iri = next(record.iri for record in one.loaded.inventories[0].records if record.id == "C1a")
        if site not in one.cases.setting.places.overrides.sites:
            return {}
        found = one.cases.judge(iri, (site,)).places[0].placement
        wanted = {step.criterion for step in placed}
        return {name: (a.value, a.basis, a.detail["en"]) for name, a in found.items() if name in wanted}

    whole = answers(list(records))
    assert whole == {step.criterion: (step.value == "yes", step.basis, step.told["en"]) for step in placed}
    currencies = [t for t in records if "wageCurrency" in str(t[1])]
    for left_out in records:
        if left_out not in currencies:  # two wages without a currency are still compared
            assert answers([t for t in records if t != left_out]) != whole, left_out
