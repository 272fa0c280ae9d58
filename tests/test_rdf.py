"""RDF as people and tools write it: seven formats, one meaning; nothing fetched, nothing dropped without a word."""

import socket
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import Graph
from rdflib.compare import isomorphic

from bpo_kg.errors import SourceError
from bpo_kg.sources.rdf import declared_in, load_rdf, read_rdf
from bpo_kg.store.dataset import Dataset
from bpo_kg.vocabulary import ASSERTED, BPO

ONTOLOGY = Path(__file__).resolve().parent.parent / "ontology"
TURTLE = """@prefix bpo: <https://w3id.org/bpo-kg/ontology#> .
@prefix ex: <https://example.org/bank/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
ex:desk a bpo:ClientProcess ; rdfs:label "complaints desk"@en , "meja keluhan"@id ;
    bpo:publicContact true ; bpo:fte 12.5 ; bpo:partners ( ex:north [ rdfs:label "south" ] ) .
"""


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any attempt to reach the network fails the test."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
    return path


def as_graph(quads: list[ox.Quad]) -> Graph:
    triples = [ox.Triple(q.subject, q.predicate, q.object) for q in quads]
    text = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES)
    assert text is not None
    return Graph().parse(data=text, format="nt")


FORMATS = {
    "desk.nt": ox.RdfFormat.N_TRIPLES,
    "desk.nq": ox.RdfFormat.N_QUADS,
    "desk.trig": ox.RdfFormat.TRIG,
    "desk.rdf": ox.RdfFormat.RDF_XML,
    "desk.owl": ox.RdfFormat.RDF_XML,
    "desk.jsonld": ox.RdfFormat.JSON_LD,
    "desk.json": ox.RdfFormat.JSON_LD,
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_says_the_same(tmp_path: Path, name: str) -> None:
    """What is written in Turtle and in another format is read as the same triples."""
    triples = list(ox.parse(TURTLE, format=ox.RdfFormat.TURTLE))
    text = ox.serialize(triples, format=FORMATS[name])
    assert text is not None
    turtle = read_rdf(write(tmp_path, "desk.ttl", TURTLE))
    other = read_rdf(write(tmp_path, name, text))
    assert len(turtle.quads) == 11
    assert isomorphic(as_graph(turtle.quads), as_graph(other.quads))
    assert turtle.findings == other.findings == []


def test_an_owl_file_in_turtle_is_read_as_turtle(tmp_path: Path) -> None:
    """Ontology editors give every format the extension .owl."""
    assert len(read_rdf(write(tmp_path, "desk.owl", TURTLE)).quads) == 11


def test_the_same_file_gives_the_same_triples_every_time(tmp_path: Path) -> None:
    """Blank nodes have lasting names, and two files never share one."""
    path = write(tmp_path, "desk.ttl", TURTLE)
    other = write(tmp_path, "other.ttl", TURTLE + "# another file\n")
    assert read_rdf(path).quads == read_rdf(path).quads
    blank = {q.subject for q in read_rdf(path).quads if isinstance(q.subject, ox.BlankNode)}
    assert blank
    assert blank.isdisjoint(q.subject for q in read_rdf(other).quads)


def test_lexical_forms_are_kept_as_written(tmp_path: Path) -> None:
    """A number keeps its zeros until a store changes them."""
    path = write(tmp_path, "n.ttl", "<urn:a> <urn:p> 01 , 1.50 , +5 .")
    assert [q.object.value for q in read_rdf(path).quads] == ["01", "1.50", "+5"]  # type: ignore[union-attr]


HEAD = "@prefix bpo: <https://w3id.org/bpo-kg/ontology#> . @prefix ex: <https://example.org/bank/> .\n"
PLAIN = HEAD + "ex:desk a bpo:ClientProcess ; bpo:publicContact true ; bpo:fte 12.50 ."


@pytest.mark.parametrize(
    ("name", "text", "codes"),
    [
        ("desk.ttl", PLAIN, []),
        ("desk.ttl", b"\xef\xbb\xbf" + PLAIN.encode(), []),
        ("desk.ttl", PLAIN + ' ex:desk ex:note "(see [1], _:x)" .', []),
        ("desk.ttl", PLAIN + " <#line> a bpo:ClientProcess .", []),
        ("desk.ttl", TURTLE.replace("bpo:partners", "ex:partners"), []),
        ("desk.ttl", PLAIN + " ex:desk bpo:partOf _:whole .", []),
        ("desk.nt", f'<urn:a> <{BPO}publicContacts> "yes" .', ["undeclared-term"]),
        ("desk.ttl", PLAIN + " ex:desk bpo:publicContakt true .", ["undeclared-term"]),
        ("desk.ttl", PLAIN + " ex:desk a bpo:Proces .", ["undeclared-term"]),
        ("desk.ttl", PLAIN + " bpo:mine bpo:core true .", ["undeclared-term"]),
        ("desk.ttl", PLAIN + " bpo:mine a bpo:ClientProcess .", []),
        ("desk.ttl", PLAIN + " ex: <http://www.w3.org/2002/07/owl#imports> <urn:other> .", ["import-not-fetched"]),
        ("desk.ttl", PLAIN + " ex:desk ex:says <<( ex:desk bpo:core true )>> .", ["triple-term"]),
        ("desk.ttl", "# nothing yet\n", ["no-triples"]),
        ("desk.trig", PLAIN, []),
    ],
)
def test_what_is_loaded_in_one_piece_is_what_a_close_reading_gives(
    tmp_path: Path, name: str, text: str | bytes, codes: list[str]
) -> None:
    """Whichever way a file goes into the store, the triples and the findings are the same."""
    path = write(tmp_path, name, text)
    whole, closely = Dataset(), Dataset()
    for dataset in (whole, closely):
        dataset.load_file(ONTOLOGY / "bpo.ttl")
    found = load_rdf(path, whole, f"{ASSERTED}/data/desk")
    content = read_rdf(path, declared=declared_in(closely.store))
    closely.add(content.quads, f"{ASSERTED}/data/desk")
    desk = ox.NamedNode(f"{ASSERTED}/data/desk")
    given, read = (list(d.store.quads_for_pattern(None, None, None, desk)) for d in (whole, closely))
    assert len(given) == len(read)
    assert set(given) == set(read)
    assert found == content.findings
    assert [finding.code for finding in found if finding.code in {*codes, "undeclared-term"}] == codes


def test_a_graph_that_holds_something_keeps_it(tmp_path: Path) -> None:
    """A second file for the same graph adds to it, and a broken one leaves it as it was."""
    dataset, graph = Dataset(), f"{ASSERTED}/data/desk"
    load_rdf(write(tmp_path, "one.ttl", "<urn:a> <urn:p> 1 ."), dataset, graph)
    load_rdf(write(tmp_path, "two.ttl", "<urn:a> <urn:p> 2 ."), dataset, graph)
    with pytest.raises(SourceError, match=r"three\.ttl:1:28"):
        load_rdf(write(tmp_path, "three.ttl", "<urn:a> <urn:p> 3 . <urn:b>"), dataset, graph)
    assert {quad.object.value for quad in dataset.quads()} == {"1", "2"}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.ttl", "<urn:a> <urn:p> .", r"a\.ttl:1:17: "),
        ("a.ttl", "@prefix e: <urn:> .\ne:a e:p é .", r"a\.ttl:2:"),
        ("a.ttl", b"<urn:a> <urn:p> '\xff' .", r"a\.ttl:1:"),
        ("a.nt", "<urn:a> <urn:p> <urn:b> .\n<urn:a> <urn:p>\n", r"a\.nt:3:1: line jumps"),
        ("a.trig", "<urn:g> { <urn:a> <urn:p> 1 ", r"a\.trig:1:"),
        ("a.rdf", "<rdf:RDF>", r"a\.rdf:1:"),
        ("a.jsonld", '{"@id": "urn:a", "urn:p": [1, }', r"a\.jsonld:1:"),
        ("a.owl", "Prefix(:=<urn:>)\nOntology(<urn:a>)", "save it as Turtle"),
        ("a.n3", "{ <urn:a> <urn:p> 1 } .", "n3"),
        ("a.xyz", "", "not RDF"),
        ("a.owl", "<Ontology xmlns='urn:other'/>", "no OWL/XML"),
    ],
)
def test_what_breaks_off_is_an_error_with_line_and_column(
    tmp_path: Path, name: str, text: str | bytes, message: str
) -> None:
    """One error that says where, whatever the format."""
    with pytest.raises(SourceError, match=message):
        read_rdf(write(tmp_path, name, text))


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    """A path that is no file is said to be none."""
    with pytest.raises(SourceError, match="No such file"):
        read_rdf(tmp_path / "nowhere.ttl")


def nested_json(depth: int) -> str:
    return '{"urn:p":' * depth + "1" + "}" * depth


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("bomb.rdf", '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><r>&b;</r>', "DOCTYPE"),
        ("leak.owl", '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r>&a;</r>', "DOCTYPE"),
        ("deep.rdf", "<a>" * 2_001, "nested deeper than 2000"),
        ("deep.owx", "<Ontology>" * 201, "nested deeper than 200"),
        ("deep.jsonld", nested_json(30_000), "nested deeper than 200"),
        ("deep.jsonld", "[" * 100_000, "nested deeper than 200"),
        ("deep.ttl", "<urn:a> <urn:p> " + "<<( <urn:a> <urn:p> " * 200_000, "nested deeper than 50"),
        ("deep.nt", "<urn:a> <urn:p> " + "<<( <urn:a> <urn:p> " * 200_000, "nested deeper than 50"),
        ("remote.jsonld", '{"@context": "https://schema.org/", "@id": "urn:a", "name": "x"}', r":1:2: a remote"),
        ("remote.jsonld", '{\n "@context": [{"e": "urn:e"}, "https://schema.org/"]}', "a remote JSON-LD context"),
    ],
)
def test_hostile_files_are_refused_before_they_do_harm(tmp_path: Path, name: str, text: str, message: str) -> None:
    """Entity bombs, local files, stack overflows and remote contexts end in an error, not in a dead process."""
    with pytest.raises(SourceError, match=message):
        read_rdf(write(tmp_path, name, text))


def test_brackets_inside_strings_are_no_nesting(tmp_path: Path) -> None:
    """A note may hold any number of brackets."""
    note = "[" * 500 + '\\"' + "{" * 500
    content = read_rdf(write(tmp_path, "note.jsonld", f'{{"@id": "urn:a", "urn:note": "{note}"}}'))
    assert len(content.quads) == 1


def test_an_import_is_a_finding_and_never_fetched(tmp_path: Path) -> None:
    """The place is the import; this ontology itself is at hand and needs none."""
    text = (
        "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
        "<> a owl:Ontology ; owl:imports <https://w3id.org/bpo-kg/ontology> ,\n"
        "    <https://example.org/other> .\n"
    )
    path = write(tmp_path, "own.ttl", text)
    (found,) = read_rdf(path).findings
    assert (found.severity, found.code) == ("warning", "import-not-fetched")
    assert str(found.place) == f"{path}:3:5"
    assert "https://example.org/other" in found.message["id"]


def test_a_misspelt_term_is_a_finding_with_its_place(tmp_path: Path) -> None:
    """A term of this ontology that neither it nor the file declares; terms of others are theirs."""
    store = ox.Store()
    store.load(path=str(ONTOLOGY / "bpo.ttl"), format=ox.RdfFormat.TURTLE)
    text = TURTLE.replace("bpo:publicContact", "bpo:publicContct").replace("bpo:partners", "ex:partners")
    path = write(tmp_path, "desk.ttl", text)
    (found,) = read_rdf(path, declared=declared_in(store)).findings
    assert (found.severity, found.code) == ("warning", "undeclared-term")
    assert str(found.place) == f"{path}:5:22"
    assert "bpo:publicContct" in found.message["en"]


def test_a_term_that_the_file_declares_itself_is_no_finding(tmp_path: Path) -> None:
    """A user's own extension of this ontology is declared where it is used."""
    text = f"<{BPO}loanRisk> a <http://www.w3.org/2002/07/owl#DatatypeProperty> . <urn:a> <{BPO}loanRisk> 3 ."
    assert read_rdf(write(tmp_path, "own.ttl", text), declared=lambda _: False).findings == []


def test_the_shipped_files_use_no_undeclared_term() -> None:
    """Every term of this ontology's files is declared in one of them."""
    store = ox.Store()
    files = sorted(ONTOLOGY.glob("*.ttl"))
    assert len(files) >= 8
    for path in files:
        store.load(path=str(path), format=ox.RdfFormat.TURTLE)
    for path in files:
        found = read_rdf(path, declared=declared_in(store)).findings
        assert [f.text() for f in found if f.code == "undeclared-term"] == []


@pytest.mark.parametrize("cls", ["ClientProcess", "BackOfficeProcess", "PlacementRule", "DefaultRule"])
def test_a_process_or_rule_without_an_iri_is_left_out_and_said(tmp_path: Path, cls: str) -> None:
    """Nobody could ask about it, and no verdict could name it."""
    path = tmp_path / "nameless.ttl"
    path.write_text(f"@prefix bpo: <https://w3id.org/bpo-kg/ontology#> .\n[] a bpo:{cls} ; bpo:core true .\n")
    (found,) = read_rdf(path).findings
    assert (found.code, found.severity, found.place.line) == ("no-iri", "error", 2)
    assert f"bpo:{cls}" in found.message["en"]
    assert f"bpo:{cls}" in found.message["id"]


def test_a_triple_inside_a_triple_is_left_out_and_said(tmp_path: Path) -> None:
    """RDF 1.2 has them, OWL 2 has not."""
    content = read_rdf(write(tmp_path, "a.ttl", "<urn:a> <urn:p> <<( <urn:a> <urn:q> 1 )>> , 2 ."))
    assert len(content.quads) == 1
    assert [(f.severity, f.code) for f in content.findings] == [("error", "triple-term")]


@pytest.mark.parametrize(("name", "text"), [("a.ttl", "# nothing\n"), ("a.json", '{"name": "x"}'), ("a.nt", "")])
def test_a_file_that_states_nothing_is_a_finding(tmp_path: Path, name: str, text: str) -> None:
    """An empty file, or JSON without a context, is told."""
    content = read_rdf(write(tmp_path, name, text))
    assert content.quads == []
    assert [(f.severity, f.code) for f in content.findings] == [("warning", "no-triples")]
