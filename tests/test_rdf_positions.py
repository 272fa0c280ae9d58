"""Where a triple stands: line and column of its object, exact in every Turtle, TriG, N-Triples and N-Quads file."""

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pyoxigraph as ox
import pytest

from bpo_kg.sources.facts import Place
from bpo_kg.sources.positions import locate
from bpo_kg.sources.rdf import read_rdf

ROOT = Path(__file__).resolve().parent.parent
DECIMAL = ox.NamedNode("http://www.w3.org/2001/XMLSchema#decimal")
EX = "https://example.org/bank/"


def triples_of(path: Path) -> list[ox.Triple]:
    quads = read_rdf(path).quads
    return list(dict.fromkeys(ox.Triple(q.subject, q.predicate, q.object) for q in quads))


def text_at(path: Path, place: Place) -> str:
    return path.read_text(encoding="utf-8").split("\n")[place.line - 1][place.column - 1 :]


class Writer:
    """Writes terse Turtle and keeps account of where each object was put."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.parts: list[str] = []
        self.line, self.column = 1, 1
        self.expected: dict[tuple[str, str, str], tuple[int, int]] = {}

    def put(self, text: str) -> None:
        self.parts.append(text)
        newlines = text.count("\n")
        self.line += newlines
        self.column = len(text) - text.rfind("\n") if newlines else self.column + len(text)

    def space(self) -> None:
        choices = (" ", "\n    ", "  # a comment, with ; and , and .\n\t", "\n\n  ", "\t")
        self.put(self.random.choice(choices))

    def object(self, number: int) -> str:
        """Return Turtle for an object that occurs once in the file."""
        return self.random.choice(
            (
                f"ex:part{number}",
                f"<{EX}part{number}>",
                f'"meja keluhan nomor {number}"@id',
                f'"""line one\n line "two", café ; number {number}"""',
                f"'it''s {number}'".replace("''", "\\'"),
                f'"{number}"^^<http://www.w3.org/2001/XMLSchema#integer>',
                str(number),
                f"{number}.50",
                f"{number}e0",
            )
        )

    def document(self, count: int) -> str:
        self.put(f"@prefix ex: <{EX}> .\n")
        number = 0
        while number < count:
            subject = f"ex:process{number}"
            self.put(subject)
            for last_verb in (False, False, True):
                self.space()
                verb = f"ex:has{self.random.randrange(9)}"
                self.put(verb)
                for last in (False, True, True)[self.random.randrange(2) :]:
                    self.space()
                    number += 1
                    written = self.object(number)
                    self.expected[(subject, verb, written)] = (self.line, self.column)
                    self.put(written)
                    self.space()
                    if last:
                        break
                    self.put(",")
                self.put("." if last_verb else ";")
                self.space()
        return "".join(self.parts)


def test_every_triple_of_ten_thousand_is_found_exactly(tmp_path: Path) -> None:
    """Object lists, comments, multi-line strings, non-ASCII text, numbers as written: each object where it was put."""
    writer = Writer(seed=7)
    path = tmp_path / "bank.ttl"
    path.write_text(writer.document(10_000), encoding="utf-8")
    assert len(writer.expected) >= 10_000
    wanted: dict[ox.Triple, tuple[int, int]] = {}
    for (subject, verb, written), place in writer.expected.items():
        (quad,) = ox.parse(f"@prefix ex: <{EX}> . {subject} {verb} {written} .", format=ox.RdfFormat.TURTLE)
        wanted[ox.Triple(quad.subject, quad.predicate, quad.object)] = place
    found = locate(path, wanted)
    assert {triple: (place.line, place.column) for triple, place in found.items()} == wanted


@pytest.mark.parametrize("path", sorted((ROOT / "ontology").glob("*.ttl")), ids=lambda path: path.stem)
def test_every_triple_of_the_shipped_files_is_found(path: Path) -> None:
    """Axioms written with blank nodes and collections included, each where its object begins."""
    triples = triples_of(path)
    found = locate(path, triples)
    assert set(found) == set(triples)
    for triple, place in found.items():
        if triple.predicate.value.endswith("#rest"):
            continue  # stands with the member before it
        begins = text_at(path, place)
        if isinstance(triple.object, ox.BlankNode):
            assert begins[0] in "[(_", (triple, begins)
        elif isinstance(triple.object, ox.NamedNode):
            local = triple.object.value.replace("#", "/").rsplit("/", 1)[-1]
            assert local in begins or begins.startswith(("<>", "()", "a ")), (triple, begins)
        else:
            assert isinstance(triple.object, ox.Literal)
            assert begins[0] in "\"'" or begins.startswith(triple.object.value), (triple, begins)


def places_in(tmp_path: Path, name: str, text: str) -> list[tuple[str, int, int]]:
    """Object, line and column of each triple of a file, in file order."""
    path = tmp_path / name
    path.write_bytes(text.encode("utf-8"))
    found = locate(path, triples_of(path))
    return [(getattr(t.object, "value", ""), p.line, p.column) for t, p in found.items()]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.nt", "# 1\n<urn:s> <urn:p> <urn:o> .\n\n  _:b  <urn:p>\t\"x\"@en .\n", [("urn:o", 2, 17), ("x", 4, 16)]),
        ("a.nt", "<urn:s> <urn:p> \"a\\nb\" .\r\n<urn:s> <urn:p> \"c\" .\r\n", [("a\nb", 1, 17), ("c", 2, 17)]),
        ("a.nq", "<urn:s> <urn:p> <urn:o> <urn:g> .\n<urn:s><urn:p>\"z\" .", [("urn:o", 1, 17), ("z", 2, 15)]),
        ("a.trig", "<urn:> {\n <urn:s> <urn:p> 1, 2 }\n<urn:s> <urn:q> 3.", [("1", 2, 18), ("2", 2, 21), ("3", 3, 17)]),
        ("a.trig", "GRAPH <urn:g> { <urn:s> <urn:p> true }", [("true", 1, 33)]),
        ("a.trig", "{ <urn:s> <urn:p> 'é' , 'x' }", [("é", 1, 19), ("x", 1, 25)]),
        ("a.ttl", "\ufeff<urn:s> <urn:p> 1 .", [("1", 1, 17)]),
        ("a.ttl", "PREFIX e: <urn:>\nBASE <urn:x>\ne:s a e:o ; e:p <#y> .", [("urn:o", 3, 7), ("urn:x#y", 3, 17)]),
        ("a.ttl", "<urn:s> <urn:p> 007 , -0 , +1.0 .", [("007", 1, 17), ("-0", 1, 23), ("+1.0", 1, 28)]),
        ("a.ttl", "<urn:s>\r\n<urn:p>\r\n  1 .", [("1", 3, 3)]),
    ],
)  # fmt: skip
def test_places_in_every_line_and_terse_format(
    tmp_path: Path, name: str, text: str, expected: list[tuple[str, int, int]]
) -> None:
    """Byte order marks, Windows line ends, graphs, bases and numbers as written."""
    assert places_in(tmp_path, name, text) == expected


def test_collections_and_nested_nodes_stand_where_they_are_written(tmp_path: Path) -> None:
    """A member of a collection is a triple of its own, and so is what a nested node says."""
    path = tmp_path / "a.ttl"
    path.write_text("@prefix e: <urn:> .\ne:s e:p ( e:a [ e:q e:b ; e:r 'c' ]\n ( 'd' ) ) , [] .\n", encoding="utf-8")
    triples = triples_of(path)
    found = locate(path, triples)
    assert set(found) == set(triples)
    begins = {text_at(path, found[t]) for t in triples if not t.predicate.value.endswith("#rest")}
    line = "e:s e:p ( e:a [ e:q e:b ; e:r 'c' ]"
    starts = ("( e:a", "e:a", "[ e:q", "e:b", "'c'")
    assert begins == {line[line.index(s) :] for s in starts} | {"( 'd' ) ) , [] .", "'d' ) ) , [] .", "[] ."}


def test_twins_are_told_apart_by_their_order(tmp_path: Path) -> None:
    """Two nodes of which the same is said have a place each."""
    path = tmp_path / "a.ttl"
    path.write_text("<urn:s> <urn:p> [ <urn:q> 1 ] ,\n [ <urn:q> 1 ] .\n", encoding="utf-8")
    triples = triples_of(path)
    assert len(triples) == 4
    found = locate(path, triples)
    for node in {t.object for t in triples if isinstance(t.object, ox.BlankNode)}:
        of_node = [found[t] for t in triples if t.object == node or t.subject == node]
        assert len({place.line for place in of_node}) == 1
    assert {place.line for place in found.values()} == {1, 2}


def test_a_literal_that_a_store_has_changed_is_still_found(tmp_path: Path) -> None:
    """A proof leaf comes from the store, where 01 has become 1."""
    path = tmp_path / "a.ttl"
    path.write_text(
        "<urn:s> <urn:p> 01 .\n<urn:s> <urn:q> '2026-01-01T00:00:00Z'^^<http://www.w3.org/2001/XMLSchema#dateTime> .\n",
        encoding="utf-8",
    )
    store = ox.Store()
    store.extend(read_rdf(path).quads)
    kept = [ox.Triple(q.subject, q.predicate, q.object) for q in store]
    assert "1" in {t.object.value for t in kept}  # type: ignore[union-attr]
    assert sorted((p.line, p.column) for p in locate(path, kept).values()) == [(1, 17), (2, 17)]


def test_a_large_file_is_searched_in_seconds(tmp_path: Path) -> None:
    """Thirty thousand triples with numbers and blank nodes: no step may grow with the square of the file."""
    path = tmp_path / "a.ttl"
    lines = [f"<urn:p{i}> <urn:fte> {i}.0 ; <urn:site> [ <urn:desk> {i} ] .\n" for i in range(10_000)]
    path.write_text("".join(lines), encoding="utf-8")
    asked = (ox.NamedNode("urn:p9999"), ox.NamedNode("urn:fte"), ox.Literal("9999.0", datatype=DECIMAL))
    started = time.process_time()
    assert locate(path, [asked])[asked].line == 10_000
    assert time.process_time() - started < 20


def test_tuples_of_terms_can_be_asked_for(tmp_path: Path) -> None:
    """Whoever holds terms need not build triples; the first of repeated statements is the place."""
    path = tmp_path / "a.ttl"
    path.write_text("<urn:s> <urn:p> 1 .\n<urn:s> <urn:p> 1 .\n", encoding="utf-8")
    asked = (ox.NamedNode("urn:s"), ox.NamedNode("urn:p"), ox.Literal(1))
    assert locate(path, [asked]) == {asked: Place(str(path), 1, 17)}


@pytest.mark.parametrize(
    "make",
    [
        lambda: [(ox.NamedNode("urn:other"), ox.NamedNode("urn:p"), ox.Literal(1))],
        list,
    ],
)
def test_what_the_file_does_not_state_has_no_place(
    tmp_path: Path, make: Callable[[], Sequence[tuple[ox.NamedNode, ox.NamedNode, ox.Literal]]]
) -> None:
    """Absent, rather than a guess."""
    path = tmp_path / "a.ttl"
    path.write_text("<urn:s> <urn:p> 1 .\n", encoding="utf-8")
    assert locate(path, make()) == {}


def test_formats_without_positions_give_none(tmp_path: Path) -> None:
    """RDF/XML and JSON-LD: the file is the place."""
    path = tmp_path / "a.jsonld"
    path.write_text('{"@id": "urn:s", "urn:p": "x"}', encoding="utf-8")
    assert locate(path, triples_of(path)) == {}


def test_nesting_past_the_second_parsers_stack_gives_no_place(tmp_path: Path) -> None:
    """Valid but absurd: the file is read, and its triples have no line."""
    path = tmp_path / "a.ttl"
    path.write_text("<urn:s> <urn:p> " + "[ <urn:p> " * 2_000 + "1" + " ]" * 2_000 + " .", encoding="utf-8")
    triples = triples_of(path)
    assert len(triples) == 2_001
    assert locate(path, triples) == {}
