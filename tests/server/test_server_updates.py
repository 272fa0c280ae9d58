"""An update changes exactly what the engine itself would change, and says so in steps that can be repeated."""

import pyoxigraph as ox
import pytest

from bpo_kg.shells.server.changes import Draft, Layout, apply, decode, encode
from bpo_kg.shells.server.content import bare
from bpo_kg.shells.server.http import Problem
from bpo_kg.shells.server.updates import UpdateRun, hoisted

START = """
@prefix : <urn:o:> .
:payroll :kind :back ; :fte 4 , 2.5 ; :name "gaji"@id , "payroll"@en ; :part [ :kind :front ; :fte 1 ] .
:chat :kind :front ; :steps ( :greet :answer ) .
:g1 { :chat :fte 7 . :payroll :kind :back . }
:g2 { :email :kind :front . }
"""
P = "PREFIX : <urn:o:> "

UPDATES = [
    P + "INSERT DATA { :a :b :c , 1 , 2.0 , 'x'@id ; :d [ :e ( 1 [ :f true ] ) ] . GRAPH :g3 { :a :b _:x } }",
    P + "DELETE DATA { :payroll :fte 4 . GRAPH :g1 { :chat :fte 7 } }",
    P + "DELETE WHERE { ?s :kind :front }",
    P + "DELETE WHERE { GRAPH ?g { ?s :kind ?k } }",
    P + "DELETE WHERE { ?s :kind ?k . GRAPH :g1 { ?s :kind ?k } }",
    P + "DELETE { ?s :fte ?n } INSERT { ?s :fte ?m } WHERE { ?s :fte ?n BIND(?n + 1 AS ?m) }",
    P + "INSERT { ?s :says [ :of ?s ; :and _:same ] . _:same :of ?s } WHERE { ?s :kind ?k }",
    P + "INSERT { GRAPH ?g { ?s :seen true } ?s :in ?g } WHERE { GRAPH ?g { ?s ?p ?o } }",
    P + "INSERT { ?o ?p ?s } WHERE { ?s ?p ?o }",
    P + "INSERT { ?s ?unbound ?o . ?s :ok ?o } WHERE { ?s :fte ?o }",
    P + "INSERT { ?n :ok :x . :ok ?name :x } WHERE { ?x :fte ?n ; :name ?name }",
    P + "WITH :g1 DELETE { ?s :kind ?k } INSERT { ?s :was ?k } WHERE { ?s :kind ?k }",
    P + "WITH :g1 INSERT { ?s :copied ?f . GRAPH :g2 { ?s :copied ?f } } WHERE { ?s :fte ?f }",
    P + "INSERT { ?s :from :g2 } USING :g2 WHERE { ?s :kind ?k }",
    P + "INSERT { ?s :from ?g } USING :g1 USING NAMED :g2 WHERE { { ?s :fte ?k } UNION { GRAPH ?g { ?s :kind ?k } } }",
    P + "DELETE { ?s ?p ?o } USING :g1 WHERE { ?s ?p ?o }",
    P + "INSERT { :n :is ?n } WHERE { { SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o } } }",
    P + "INSERT { :once :is 1 } WHERE {}",
    P + "INSERT { :never :is 1 } WHERE { FILTER(false) }",
    P + "INSERT DATA { :x :y 1 } ; DELETE { :x :y ?n } INSERT { :x :y ?m } WHERE { :x :y ?n BIND(?n * 2 AS ?m) } ;",
    "PREFIX : <urn:o:> INSERT DATA { :x :y 1 } ; PREFIX b: <urn:b:> INSERT { b:z b:y ?n } WHERE { ?s :y ?n }",
    "BASE <http://kg.example/> INSERT DATA { <a> <#b> <../c> }",
    P + "CLEAR DEFAULT",
    P + "CLEAR GRAPH :g1",
    P + "CLEAR NAMED",
    P + "CLEAR ALL",
    P + "DROP GRAPH :g2 ; DROP SILENT GRAPH :none",
    P + "DROP NAMED",
    P + "DROP ALL ; INSERT DATA { :a :b :c }",
    P + "CREATE GRAPH :new ; CREATE SILENT GRAPH :g1",
    P + "ADD :g1 TO :g2 ; ADD GRAPH :g2 TO DEFAULT",
    P + "COPY DEFAULT TO :g2 ; COPY :g1 TO :g1",
    P + "MOVE :g1 TO :g2 ; MOVE DEFAULT TO :g1",
    P + "ADD SILENT :none TO :g1",
    P + 'INSERT DATA { :a :b "} INSERT DATA { :c :d 1 }" , """ # { ; \\" """ , "\\u0022" }',
    P + "# DROP ALL\nINSERT DATA { :a :b <urn:x#y> } # ; DROP ALL",
    P + "insert data { :a a :C } ; delete { ?x a :C } where { ?x a :C }",
    P + "INSERT DATA { << :a :b :c >> :says 1 }",
    P + "INSERT { << ?s :kind ?k >> :says ?s } WHERE { ?s :kind ?k }",
    "",
    P,
]  # fmt: skip


def store() -> ox.Store:
    """A store with the example dataset."""
    made = ox.Store()
    made.load(START.encode(), ox.RdfFormat.TRIG)
    return made


def same(one: ox.Store, other: ox.Store) -> bool:
    """Whether two stores hold the same dataset, blank nodes aside."""
    pictures = [ox.Dataset(one), ox.Dataset(other)]
    for picture in pictures:
        picture.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return pictures[0] == pictures[1] and set(map(str, one.named_graphs())) == set(map(str, other.named_graphs()))


def run(text: str, on: ox.Store) -> Draft:
    """Run an update as a worker does."""
    content = bare(on, False)
    draft = Draft(on, Layout())
    update = UpdateRun(draft, content.chosen, "http://kg.example/sparql")
    update.parse(text)
    update.run(text)
    return draft


@pytest.mark.parametrize("text", UPDATES)
def test_an_update_does_what_the_engine_would_do(text: str) -> None:
    """The worker's copy ends as the engine's, and the steps turn the old store into the same."""
    begin = store()
    keeper, worker, engine = ox.Store(), ox.Store(), ox.Store()
    for made in (keeper, worker, engine):
        for graph in begin.named_graphs():
            made.add_graph(graph)
        made.extend(begin)
    engine.update(hoisted(text), base_iri="http://kg.example/sparql")
    draft = run(text, worker)
    assert same(worker, engine)
    apply(keeper, decode(encode(draft.steps)))
    assert set(keeper) == set(worker)
    assert set(keeper.named_graphs()) == set(worker.named_graphs())


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { ?x <urn:p> 1 }",
        "DELETE DATA { _:b <urn:p> 1 }",
        "DELETE { _:b <urn:p> 1 } WHERE {}",
        "DELETE WHERE { [] <urn:p> 1 }",
        "INSERT DATA { <urn:a> <urn:b> 1 } INSERT DATA { <urn:a> <urn:b> 2 }",
        "INSERT DATA { <urn:a> <urn:b> 1 } ; ; INSERT DATA { <urn:a> <urn:b> 2 }",
        "INSERT { <urn:a> <urn:b> 1 } DELETE { <urn:a> <urn:b> 2 } WHERE {}",
        "INSERT { <urn:a> <urn:b> 1 }",
        "DELETE FROM <urn:g> WHERE { ?s ?p ?o }",
        "CLEAR",
        "COPY <urn:a> <urn:b>",
        "INSERT DATA { p:a p:b p:c }",
        "INSERT DATA { <urn:a> <urn:b> 1",
        "INSERT DATA { <urn:a> <urn:b> 1 } }",
        "SELECT * WHERE { ?s ?p ?o }",
        "INSERT DATA { _:b <urn:p> 1 } ; INSERT DATA { _:b <urn:p> 2 }",
    ],
)
def test_what_is_not_an_update_changes_nothing(text: str) -> None:
    """A syntax error anywhere is found before anything is done."""
    on = store()
    before = set(on)
    with pytest.raises(Problem) as refused:
        run(text, on)
    assert refused.value.status == 400
    assert set(on) == before


def test_a_later_prologue_holds_from_there_on() -> None:
    """A prefix that is declared again changes its meaning for what follows, and is unknown to what went before."""
    on = ox.Store()
    run(
        "PREFIX p: <urn:a:> INSERT DATA { p:x p:y 1 } ; PREFIX p: <urn:b:> BASE <http://c.example/> "
        "INSERT { p:x p:y ?n . <d> p:y 2 } WHERE { <urn:a:x> <urn:a:y> ?n } ;",
        on,
    )
    assert {(q.subject.value, q.predicate.value) for q in on} == {
        ("urn:a:x", "urn:a:y"), ("urn:b:x", "urn:b:y"), ("http://c.example/d", "urn:b:y"),
    }  # fmt: skip
    with pytest.raises(Problem):
        run("INSERT DATA { p:x p:y 1 } ; PREFIX p: <urn:b:> INSERT DATA { p:x p:y 1 }", ox.Store())


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("CLEAR GRAPH <urn:none>", 404),
        ("DROP GRAPH <urn:none>", 404),
        ("COPY <urn:none> TO DEFAULT", 404),
        ("CREATE GRAPH <urn:o:g1>", 400),
    ],
)
def test_what_cannot_be_done_says_why(text: str, status: int) -> None:
    """A missing graph is 404 and an existing one cannot be created, unless the operation is silent."""
    with pytest.raises(Problem) as refused:
        run(text, store())
    assert refused.value.status == status
    verb, rest = text.split(" ", 1)
    run(f"{verb} SILENT {rest}", store())
