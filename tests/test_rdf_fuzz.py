"""Whatever an RDF file holds, it is read or refused, and whatever is read in Turtle is found again in its place."""

import os
import tempfile
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpo_kg.errors import SourceError
from bpo_kg.sources.positions import locate
from bpo_kg.sources.rdf import read_rdf

EXAMPLES = int(os.environ.get("BPO_KG_FUZZ", "60"))
TURTLE = """@prefix ex: <https://example.org/bank/> .
ex:desk a ex:Desk ; ex:label "complaints desk"@en , "meja keluhan"@id ; ex:open true ; ex:staff 12.5 ;
    ex:parts ( ex:north [ ex:label 'south' ] ( 1 2e0 ) ) .
"""
OWL_XML = """<?xml version="1.0"?><Ontology xmlns="http://www.w3.org/2002/07/owl#" ontologyIRI="urn:bank">
<Prefix name="" IRI="urn:bank#"/><Declaration><Class IRI="#Desk"/></Declaration><SubClassOf><Class IRI="#Desk"/>
<ObjectSomeValuesFrom><ObjectProperty IRI="#uses"/><Class abbreviatedIRI=":Phone"/></ObjectSomeValuesFrom></SubClassOf>
</Ontology>"""
FORMATS = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "nq": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "rdf": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}


def _serialised(extension: str) -> bytes:
    if extension == "owx":
        return OWL_XML.encode()
    text = ox.serialize(ox.parse(TURTLE, format=ox.RdfFormat.TURTLE), format=FORMATS[extension])
    assert text is not None
    return TURTLE.encode() if extension == "ttl" else text


SEEDS = {extension: _serialised(extension) for extension in (*FORMATS, "owx")}


@pytest.mark.parametrize("extension", SEEDS)
@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data())
def test_damaged_files_are_read_or_refused(extension: str, data: st.DataObject) -> None:
    """Bytes cut out, doubled or replaced: quads and findings, or one error that names the file; places never fail."""
    content = bytearray(SEEDS[extension])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(at, min(len(content), at + 30)))
        content[at:end] = data.draw(st.sampled_from((b"", bytes(content[at:end]) * 2)) | st.binary(max_size=6))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"bank.{extension}"
        path.write_bytes(bytes(content))
        refusal, places = "", []
        try:
            found = read_rdf(path, declared=lambda _: False)
        except SourceError as error:
            refusal = str(error)
        else:
            places = list(locate(path, [(q.subject, q.predicate, q.object) for q in found.quads]).values())
    assert refusal == "" or str(path) in refusal
    assert all(1 <= place.line <= content.count(b"\n") + 1 for place in places)


GAPS = st.sampled_from((" ", "\n", "\n  ", " # note ; , .\n", "\t", "\r\n"))
LEAVES = st.sampled_from(
    (
        "ex:a",
        "<urn:b>",
        "_:c",
        "_:d",
        '"two words"',
        "'''x\n[y'''",
        '"é"@id',
        '"1"^^ex:t',
        "1",
        "-2.0",
        "3e4",
        "true",
        "()",
        "[]",
    )
)
OBJECTS = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(
            lambda gap, members: f"({gap}{gap.join(members)}{gap})", GAPS, st.lists(inner, min_size=1, max_size=3)
        )
        | st.builds(
            lambda gap, pairs: f"[{gap}{f'{gap};{gap}'.join(f'ex:p{i} {o}' for i, o in pairs)}{gap}]",
            GAPS,
            st.lists(st.tuples(st.integers(0, 2), inner), min_size=1, max_size=3),
        )
    ),
    max_leaves=8,
)
STATEMENTS = st.builds(
    lambda subject, gap, objects: f"{subject}{gap}ex:p{gap}{f'{gap},{gap}'.join(objects)}{gap}.\n",
    st.sampled_from(("ex:s", "_:c", "<urn:s>", "[]", "( 1 )", "[ ex:q 1 ]")),
    GAPS,
    st.lists(OBJECTS, min_size=1, max_size=4),
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(STATEMENTS, min_size=1, max_size=5), st.sampled_from(("ttl", "trig")))
def test_every_triple_of_any_turtle_is_found_at_its_object(statements: list[str], extension: str) -> None:
    """Nested nodes and collections in any arrangement: each triple has a place, and its object is written there."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"bank.{extension}"
        text = "@prefix ex: <https://example.org/> .\n" + "".join(statements)
        path.write_bytes(text.encode("utf-8"))
        quads = read_rdf(path).quads
        triples = list(dict.fromkeys(ox.Triple(q.subject, q.predicate, q.object) for q in quads))
        found = locate(path, triples)
    lines = text.split("\n")
    assert set(found) == set(triples)
    for triple, place in found.items():
        if not triple.predicate.value.endswith("#rest"):
            assert _is_written(triple.object, lines[place.line - 1][place.column - 1 :]), (triple, place)


def _is_written(term: object, begins: str) -> bool:
    if isinstance(term, ox.BlankNode):
        return begins.startswith(("[", "(", "_:"))
    if isinstance(term, ox.NamedNode):
        return begins.startswith(("ex:a", "<urn:b>", "()"))
    assert isinstance(term, ox.Literal)
    return begins[0] in "\"'" or begins.startswith(term.value)
