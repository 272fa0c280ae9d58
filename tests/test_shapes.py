"""What the shapes refuse in Turtle, and how they tell its owner."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from bpo_kg.loading import load_shipped
from bpo_kg.resources import data_folder
from bpo_kg.sources.facts import Place
from bpo_kg.sources.shapes import validate
from bpo_kg.vocabulary import ASSERTED, PREFIXES

TURTLE = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in {**PREFIXES, "ex": "https://example.org/"}.items())
DATA = f"{ASSERTED}/test-data"

MISTAKES = [
    (
        "ex:r a bpo:PlacementRule ; bpo:whenMet crit:publicContact ; bpo:gives scale:possible ;"
        " bpo:priority 1 ; bpo:restsOn stmt:s03 .",
        "error",
        "bpo:strength",
        "tepat satu bpo:strength",
    ),
    (
        "ex:r a bpo:PlacementRule ; bpo:gives scale:possible ; bpo:priority 1 ; bpo:strength scale:tendency ;"
        " bpo:restsOn stmt:s03 .",
        "error",
        "without one it would always apply",
        "selalu berlaku",
    ),
    (
        "rule:p4 bpo:whenFailed crit:sameCountry .",
        "error",
        "both met and failed",
        "sekaligus terpenuhi",
    ),
    (
        "rule:p4 bpo:whenMet crit:nearby .",
        "error",
        "is a bpo:Criterion",
        "adalah bpo:Criterion",
    ),
    (
        "rule:d3 bpo:whenMet crit:sameCountry .",
        "error",
        "never of a place",
        "bukan tempat",
    ),
    (
        "rule:p4 bpo:gives scale:undetermined .",
        "error",
        "exactly one grade",
        "tepat satu nilai",
    ),
    (
        "rule:p4 bpo:restsOn ex:hearsay .",
        "error",
        "bpo:SourceStatement",
        "bpo:SourceStatement",
    ),
    (
        "ex:switch bpo:disables rule:p77 .",
        "warning",
        "switches nothing off",
        "tidak menonaktifkan apa pun",
    ),
    (
        "ex:p a bpo:ClientProcess ; rdfs:label 'desk' ; bpo:publicContact 'yes' .",
        "error",
        "true or false",
        "true atau false",
    ),
    (
        "ex:p a bpo:ClientProcess ; rdfs:label 'desk' ; bpo:usesChannel chan:telefax .",
        "error",
        "chan:phone",
        "menyebut saluran",
    ),
    (
        "ex:p a bpo:ClientProcess ; rdfs:label 'desk' ; bpo:clientCountry 'GB' .",
        "error",
        "country:GB",
        "satu negara",
    ),
    (
        "ex:p a bpo:ClientProcess ; rdfs:label 'desk' ; bpo:specialises proc:payrol .",
        "error",
        "proc:payroll",
        "dari katalog",
    ),
    (
        "ex:p a bpo:ClientProcess ; rdfs:label 'desk' ; bpo:directPartOf ex:p .",
        "error",
        "part of itself",
        "dirinya sendiri",
    ),
    (
        "ex:p a bpo:ClientProcess .",
        "warning",
        "without a name",
        "tanpa nama",
    ),
    (
        "ex:e a bpo:Engagement ; bpo:engagesClient ex:Bank ; bpo:coversProcess proc:payroll .",
        "error",
        "one provider",
        "satu penyedia",
    ),
    (
        "ex:m a bpo:DeliverySite ; bpo:siteCountry country:PH ; bpo:opensAt '8am' ; bpo:closesAt '17:00' .",
        "error",
        "08:00",
        "08:00",
    ),
    (
        "ex:m a bpo:DeliverySite ; bpo:siteCountry country:PH ; bpo:hourlyWage 0 .",
        "error",
        "above 0",
        "di atas 0",
    ),
    (
        "country:PH bpo:recordedShare ex:s . ex:s bpo:ofLanguage lang:en ; bpo:share 64 .",
        "error",
        "from 0 to 1",
        "dari 0 sampai 1",
    ),
    (
        "ex:s a bpo:TransferSafeguard ; bpo:safeguardFrom country:GB ; dcterms:date '2026-01-01' ;"
        " dcterms:source 'decree' .",
        "error",
        "where the data may go",
        "boleh menerima data",
    ),
    (
        "ex:c a bpo:MeasureClaim ; bpo:about proc:payroll ; bpo:onCriterion crit:onSiteNeed ;"
        " prov:wasDerivedFrom stmt:s12 .",
        "error",
        "true or false",
        "true atau false",
    ),
    (
        "ex:r a bpo:PlacementRule ; bpo:sentence 'x'@en ; bpo:whenMet crit:locationBound ;"
        " bpo:gives scale:possible ; bpo:priority 1 ; bpo:strength scale:tendency ; bpo:restsOn stmt:s03 .",
        "warning",
        "retired criterion",
        "kriteria lama",
    ),
]


class Nowhere:
    """Tells no places: what is checked here is said in a test, not in a file."""

    def places(self, triples: Iterable[object]) -> list[Place]:
        return [Place("test") for _ in triples]


@pytest.mark.parametrize(("turtle", "severity", "english", "indonesian"), MISTAKES, ids=[m[2] for m in MISTAKES])
def test_a_mistake_in_turtle_is_told_in_both_languages(
    turtle: str, severity: str, english: str, indonesian: str
) -> None:
    """With what would be right, and as an error only where a verdict would suffer."""
    dataset = load_shipped().dataset
    dataset.load_bytes((TURTLE + turtle).encode(), graph=DATA)
    told = [
        f for f in validate(dataset, [DATA], Nowhere()) if english in f.message["en"] and indonesian in f.message["id"]
    ]
    assert [f.severity for f in told][:1] == [severity]


def test_what_ships_keeps_to_the_shapes() -> None:
    """Rules, catalogue, claims, thresholds and the example engagements, every one of them."""
    loaded = load_shipped()
    loaded.dataset.load_file(Path(__file__).parent.parent / "examples" / "engagements.ttl")
    graphs = [graph.value for graph in loaded.dataset.asserted_graphs()]
    assert len(graphs) >= 8
    assert [f.message["en"] for f in validate(loaded.dataset, graphs, Nowhere())] == []


def test_criteria_in_use_are_not_called_retired() -> None:
    """Each rule of the example is told apart from those that use an old name."""
    loaded = load_shipped()
    loaded.dataset.load_file(Path(__file__).parent.parent / "examples" / "house-rules.ttl", graph=DATA)
    assert "retired" not in " ".join(f.message["en"] for f in validate(loaded.dataset, [DATA], Nowhere()))
    loaded.dataset.clear(DATA)
    loaded.dataset.load_bytes(
        f"{TURTLE} ex:old bpo:whenMet crit:locationBound ; bpo:whenFailed crit:sameCountry .".encode(), graph=DATA
    )
    told = [f.message["en"] for f in validate(loaded.dataset, [DATA], Nowhere())]
    assert [text.split(";")[0] for text in told] == [
        "https://example.org/old: crit:locationBound is a retired criterion"
    ]


def test_no_shape_stands_inside_another() -> None:
    """pySHACL passes over an inner shape for things it was not told to check, so that it would say anything."""
    shapes = (data_folder("ontology") / "shapes.ttl").read_text(encoding="utf-8")
    body = "\n".join(line for line in shapes.splitlines() if not line.startswith("#"))
    assert "sh:property" in body
    inner = ("sh:not", "sh:and", "sh:or", "sh:xone", "sh:node ", "sh:qualifiedValueShape")
    assert [word for word in inner if word in body] == []


def test_an_engagement_tells_what_is_handed_over() -> None:
    """By the process, or by the site with its kinds; one that names neither is told."""
    loaded = load_shipped()
    engagement = "ex:e a bpo:Engagement ; bpo:engagesClient ex:Bank ; bpo:engagesProvider ex:Prima"
    loaded.dataset.load_bytes(f"{TURTLE} {engagement} ; bpo:deliveredFrom ex:Manila .".encode(), graph=DATA)
    assert validate(loaded.dataset, [DATA], Nowhere()) == []
    loaded.dataset.clear(DATA)
    loaded.dataset.load_bytes(f"{TURTLE} {engagement} .".encode(), graph=DATA)
    assert [f.severity for f in validate(loaded.dataset, [DATA], Nowhere())] == ["warning"]


def test_what_cannot_be_compared_is_told_and_the_rest_is_checked() -> None:
    """A threshold that is no value at all; a wage of nothing elsewhere is told as well."""
    dataset = load_shipped().dataset
    dataset.load_bytes(
        f"{TURTLE} ex:t a bpo:ThresholdSet ; bpo:absentLanguageShare [] . ex:m bpo:hourlyWage 0 .".encode(), graph=DATA
    )
    told = " ".join(f.message["en"] for f in validate(dataset, [DATA], Nowhere()))
    assert "cannot be compared" in told
    assert "above 0" in told
