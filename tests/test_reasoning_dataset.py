"""Asserted, inferred and assessed triples: kept apart by source, asked as one set."""

from pathlib import Path

import pyoxigraph as ox
import pytest
from test_reasoning_rules import PREFIXES, n_of, triples

from bpo_kg.errors import QueryError, SourceError
from bpo_kg.reasoning import Closure
from bpo_kg.store.dataset import ASSESSED_GRAPH, Dataset
from bpo_kg.vocabulary import ASSERTED

ONE, TWO = f"{ASSERTED}/one", f"{ASSERTED}/two"


def loaded(**sources: str) -> Dataset:
    dataset = Dataset()
    for name, turtle in sources.items():
        dataset.load_bytes((PREFIXES + turtle).encode(), graph=f"{ASSERTED}/{name}")
    return dataset


def count(dataset: Dataset) -> int:
    return int(next(iter(dataset.query("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")))["n"].value)


def test_a_triple_of_two_sources_counts_once() -> None:
    """The default graph of a query is a set, however many sources say the same."""
    dataset = loaded(one=":a :p :b , :c .", two=":a :p :b . :d :p :b .")
    assert count(dataset) == 3
    assert len(list(dataset.triples())) == 3
    assert len(list(dataset.quads())) == 4
    assert {g.value for g in dataset.sources_of(next(iter(triples(":a :p :b ."))))} == {ONE, TWO}


@pytest.mark.parametrize("leaving", ["one", "two"])
def test_a_source_can_leave_and_what_others_state_stays(leaving: str) -> None:
    """Taking out either source leaves the repeated triple, because the other one still states it."""
    dataset = loaded(one=":a :p :b , :c .", two=":a :p :b . :d :p :b .")
    assert count(dataset) == 3
    dataset.clear(f"{ASSERTED}/{leaving}")
    assert count(dataset) == 2
    assert triples(":a :p :b .") <= set(dataset.triples())


def test_a_repeated_triple_goes_when_its_last_source_drops_it() -> None:
    """Removing from one source keeps the triple, removing from both does not; the closure follows."""
    dataset = loaded(axioms=":p rdfs:domain :C .", one=":a :p :b .")
    closure = Closure(dataset)
    closure.run()
    fact = list(triples(":a :p :b ."))
    closure.add(fact, TWO)
    assert count(dataset) == 3
    closure.remove(fact, ONE)
    assert triples(":a a :C .") <= set(dataset.triples(part="inferred"))
    assert count(dataset) == 3
    closure.remove(fact, TWO)
    assert list(dataset.triples(part="inferred")) == []
    assert count(dataset) == 1


def test_repeated_declarations_cost_no_copy() -> None:
    """Ontology files declare the same terms; their graphs stay chained, and a declaration survives its first source."""
    dataset = loaded(one=":C a owl:Class .", two=":C a owl:Class . :a a :C .")
    assert count(dataset) == 2
    assert dataset.merge() is dataset.store
    assert len(dataset.sources_of(next(iter(triples(":C a owl:Class ."))))) == 2
    for name in (ONE, TWO):
        other = loaded(one=":C a owl:Class .", two=":C a owl:Class . :a a :C .")
        assert count(other) == 2
        other.clear(name)
        assert triples(":C a owl:Class .") <= set(other.triples())


def test_a_graph_clause_finds_a_repeated_fact_in_each_of_its_sources() -> None:
    """Merging is for the default graph: who states a fact can still be asked."""
    dataset = loaded(one=":a :p :b .", two=":a :p :b .")
    assert count(dataset) == 1
    assert len(list(dataset.query("SELECT ?g WHERE { GRAPH ?g { ?s ?p ?o } }"))) == 2


def test_many_added_statements_are_merged_before_a_query() -> None:
    """Adding thousands of statements again to another source does not double a count."""
    many = [(n_of(f"t{i}"), n_of("p"), n_of("x")) for i in range(1500)]
    dataset = Dataset()
    dataset.add(many, ONE)
    dataset.add(many, TWO)
    assert count(dataset) == 1500


def test_a_query_sees_all_three_parts_and_named_graphs_are_reachable() -> None:
    """Asserted, inferred and assessed triples answer together, and each can be asked for by its graph."""
    dataset = loaded(one=":p rdfs:domain :C . :a :p :b .")
    Closure(dataset).run()
    dataset.add(triples(":a :grade :good ."), ASSESSED_GRAPH)
    assert count(dataset) == 4
    graphs = dataset.query("SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }")
    assert len(list(graphs)) == 3
    only = dataset.query("SELECT ?s WHERE { ?s ?p ?o }", default_graph=[ASSESSED_GRAPH])
    assert len(list(only)) == 1


def test_a_wrong_query_says_where() -> None:
    """A text that is not SPARQL is refused with the place."""
    with pytest.raises(QueryError, match=r"not a SPARQL query: error at 1:"):
        Dataset().query("SELECT ?s WHERE { ?s ?p")


def test_values_are_bound_as_terms() -> None:
    """A substitution is a term: text that looks like SPARQL stays text."""
    dataset = loaded(one=':a rdfs:label "x\\" } DELETE" .')
    value = ox.Literal('x" } DELETE')
    rows = dataset.query("SELECT ?s ?l WHERE { ?s ?p ?l }", substitutions={ox.Variable("l"): value})
    assert [row["s"] for row in rows] == [n_of("a")]


BROKEN = {
    "office.ttl": "@prefix : <https://example.org/> .\n:a :b .\n",
    "office.nt": "<https://example.org/a> <https://example.org/b> nonsense .\n",
    "office.rdf": "<rdf:RDF><unclosed></rdf:RDF>",
    "office.docx": "not RDF at all",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_leaves_the_dataset_as_it_was(name: str, tmp_path: Path) -> None:
    """Nothing of a file that cannot be read stays behind, and the message names it."""
    path = tmp_path / name
    path.write_text(BROKEN[name])
    dataset = loaded(one=":a :p :b .")
    with pytest.raises(SourceError, match=name.replace(".", r"\.")):
        dataset.load_file(path)
    assert len(list(dataset.triples())) == 1
    assert [g.value for g in dataset.asserted_graphs()] == [ONE]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A file that is not there is an error that says so."""
    with pytest.raises(SourceError, match=r"office\.ttl: No such file"):
        Dataset().load_file(tmp_path / "office.ttl")


def test_named_graphs_of_a_file_become_one_source(tmp_path: Path) -> None:
    """TriG and N-Quads files are one asserted source each, whatever graphs they hold."""
    path = tmp_path / "office.trig"
    path.write_text("@prefix : <https://example.org/office/> . :g { :a :p :b } :h { :c :p :d }")
    dataset = Dataset()
    graph = dataset.load_file(path)
    assert graph.value == f"{ASSERTED}/office"
    assert len(list(dataset.triples())) == 2


def test_blank_nodes_of_two_files_stay_apart(tmp_path: Path) -> None:
    """The same label in two files names two things."""
    dataset = Dataset()
    for name in ("one", "two"):
        path = tmp_path / f"{name}.ttl"
        path.write_text("@prefix : <https://example.org/office/> . _:x :p :b .")
        dataset.load_file(path)
    assert count(dataset) == 2
