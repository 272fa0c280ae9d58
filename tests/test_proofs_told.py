"""Proofs and refusals read as plain sentences in English and Indonesian, and come as JSON, RDF and pictures."""

import json
import re
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pyoxigraph as ox
import pytest
from example_files import EXAMPLES, write_csv

import bpo_kg
from bpo_kg.suitability.pictures import mermaid, svg
from bpo_kg.suitability.proof_forms import proof_triples
from bpo_kg.vocabulary import BPO, PROV, RDF

PAYROLL_EN = """\
Penggajian PT Sinar Laut: back office.

Delivered from Philippines: discouraged (provisional).
  Why: Work that appears to need staff at the client's place does not usually go to another country. [1]
    - The work needs staff at the client's place. This is presumed, not recorded: Work that does not deal with the \
public tends to need staff at the client's place. [1]
        - The work does not deal with the public: the catalogue says so of “payroll”. [2]
            {cases}:7:3 — kind: payroll
            ontology/catalogue.ttl:168:23 — “payroll”: public contact: no
    - The place is outside the client's country: the client is in Indonesia, the place in Philippines.
        {cases}:7:5 — client country: Indonesia
  Also true, but it weighs less:
    - The client does not count this work as core, so it can be handed to a provider. [3]
  Still to be found out, because the answer could change the grade:
    - Nobody has said whether the work deals with the client's own workforce. Does this work need direct contact with \
your own employees?
"""
PAYROLL_ID = """\
Penggajian PT Sinar Laut: kantor belakang.

Dikerjakan dari Filipina: kurang dianjurkan (sementara).
  Alasannya: Pekerjaan yang tampaknya memerlukan petugas di tempat klien biasanya tidak diserahkan ke negara lain. [1]
    - Pekerjaan ini memerlukan petugas di tempat klien. Ini dugaan, bukan catatan: Pekerjaan yang tidak berhubungan \
dengan masyarakat cenderung memerlukan petugas di tempat klien. [1]
        - Pekerjaan ini tidak berhubungan dengan masyarakat: menurut katalog tentang “penggajian”. [2]
            {cases}:7:3 — jenis: penggajian
            ontology/catalogue.ttl:168:23 — “penggajian”: kontak masyarakat: tidak
    - Tempatnya di luar negara klien: klien di Indonesia, tempatnya di Filipina.
        {cases}:7:5 — negara klien: Indonesia
"""


@pytest.mark.parametrize(("lang", "expected"), [("en", PAYROLL_EN), ("id", PAYROLL_ID)])
def test_why_payroll_is_discouraged_abroad_under_the_article_alone(lang: str, expected: str, tmp_path: Path) -> None:
    """The article presumes that back-office work needs staff on site, and says so step by step."""
    cases = Path(shutil.copy(EXAMPLES / "ten-cases.csv", tmp_path))
    told = bpo_kg.load(cases, evidence=False).explain("C3", to="PH", lang=lang).to_text()
    assert _without_lines(told).startswith(_without_lines(expected.format(cases=cases)))


def _without_lines(text: str) -> str:
    """Return the text without line numbers of the shipped catalogue, which grows."""
    return re.sub(r"catalogue\.ttl:\d+:\d+", "catalogue.ttl", text)


def test_a_statement_is_told_once_however_often_it_is_used() -> None:
    """Rules refer to statements by number; the texts stand in a list at the end."""
    told = bpo_kg.load(EXAMPLES / "ten-cases.csv", evidence=False).explain("C3", to="PH")
    text = told.to_text()
    assert text.count("[1]") == 3
    assert text.count("Back-office projects tend to need the provider's staff on site") == 1
    assert told.statements["stmt:s11"].startswith("Back-office projects tend")


FORUM_EN = """\
Moderation of the club forum, delivered from Philippines: possible (provisional). What keeps it from a better grade:

It would be favoured by this rule: Work that deals with the public over a distance tends to go to countries where \
labour is cheaper and people speak the language. [1]
  - not known yet: It is not known whether the language needed is spoken there: no figure says how many people in \
Philippines speak Japanese.
    ask: Which languages must the people who do this work command?
  - already so: The work deals with the public; the work needs nobody at the client's place; people can be reached \
over a distance; the place is outside the client's country; labour is cheaper there.
"""
FORUM_ID = """\
Moderation of the club forum, dikerjakan dari Filipina: mungkin (sementara). Yang menghalangi nilai yang lebih baik:

Nilainya akan diutamakan menurut aturan ini: Pekerjaan yang melayani masyarakat dari jauh cenderung diserahkan ke \
negara yang tenaga kerjanya lebih murah dan menguasai bahasanya. [1]
  - belum jelas: Belum diketahui apakah bahasa yang dibutuhkan dituturkan di sana: tidak ada angka penutur bahasa \
Jepang di Filipina.
    tanyakan: Bahasa apa yang harus dikuasai orang yang mengerjakannya?
  - sudah terpenuhi: Pekerjaan ini berhubungan dengan masyarakat; pekerjaan ini tidak memerlukan petugas di tempat \
klien; orang dapat dijangkau dari jarak jauh; tempatnya di luar negara klien; tenaga kerja di sana lebih murah.
"""


@pytest.mark.parametrize(("lang", "expected"), [("en", FORUM_EN), ("id", FORUM_ID)])
def test_why_not_for_web_forum_moderation_with_no_language_recorded(lang: str, expected: str, tmp_path: Path) -> None:
    """Nobody recorded the language, the customers' is not listed there, and that is what to ask."""
    row = {"id": "F", "name": "Moderation of the club forum", "kind": "web forum moderation", "client_country": "JP",
           "core": "no"}  # fmt: skip
    kg = bpo_kg.load(write_csv(tmp_path / "forum.csv", [row]))
    assert kg.why_not("F", to="PH", lang=lang).to_text().startswith(expected)


@pytest.fixture(scope="module")
def kg() -> bpo_kg.KnowledgeGraph:
    return bpo_kg.load(EXAMPLES / "ten-cases.csv", to=["PH"])


def test_an_explanation_is_json_values(kg: bpo_kg.KnowledgeGraph) -> None:
    """Every step of a proof says what it concludes, how, on what statement and where it stands."""
    data = json.loads(json.dumps(kg.explain("C10", to="PH").to_dict()))
    (proof,) = data["places"][0]["proofs"]
    assert (proof["step"], proof["value"], proof["rule"]) == ("verdict", "favoured", "rule:p7")
    assert proof["statement"] == "stmt:s12"
    leaves: list[dict[str, object]] = []

    def walk(step: dict[str, object]) -> None:
        inner = step.get("premises", [])
        leaves.extend([] if inner else [step])
        for premise in inner:  # type: ignore[attr-defined]
            walk(premise)

    walk(proof)
    assert {leaf["step"] for leaf in leaves} == {"asserted"}
    assert all(leaf["where"] for leaf in leaves)


def test_a_proof_is_a_graph_of_entities_in_prov(kg: bpo_kg.KnowledgeGraph) -> None:
    """Each step is derived from its premises, the verdict is the assessment of the assessed graph, and has reasons."""
    proofs = kg.explain("C10", to="PH").proofs["PH"]
    triples = proof_triples(proofs, [kg.teller("en"), kg.teller("id")])
    store = ox.Store()
    store.bulk_extend(ox.Quad(t.subject, t.predicate, t.object) for t in triples)
    asked = f"""PREFIX bpo: <{BPO}> PREFIX prov: <{PROV}> PREFIX rdf: <{RDF}>
        SELECT (COUNT(DISTINCT ?leaf) AS ?leaves) (COUNT(DISTINCT ?place) AS ?places) WHERE {{
          ?verdict a bpo:Assessment ; bpo:verdict <https://w3id.org/bpo-kg/scale/favoured> ; bpo:hasReason ?reason .
          ?reason a bpo:Reason ; bpo:byRule <https://w3id.org/bpo-kg/rule/p7> .
          ?verdict prov:wasDerivedFrom+ ?leaf . ?leaf a prov:Entity , rdf:Statement ; bpo:sourceText ?place .
        }}"""
    (row,) = store.query(asked)  # type: ignore[union-attr, misc]
    assert int(row["leaves"].value) == len(proofs[0].facts())
    assert int(row["places"].value) >= len(proofs[0].facts()) - 1
    verdict = proofs[0].triple[0]
    assert kg.query(f"ASK {{ {verdict} a bpo:Assessment }}") is True


@pytest.mark.parametrize("lang", ["en", "id"])
def test_pictures_show_every_step(kg: bpo_kg.KnowledgeGraph, lang: str) -> None:
    """SVG and Mermaid have one box a step, with the words of the reader's language."""
    (proof,) = kg.explain("C10", to="PH", lang=lang).proofs["PH"]
    teller, steps = kg.teller(lang), list(proof.steps())
    drawn = ElementTree.fromstring(svg(proof, teller))
    assert len(drawn.findall("{http://www.w3.org/2000/svg}rect")) == len(steps)
    title = drawn.findtext("{http://www.w3.org/2000/svg}title")
    assert title == teller.sentence(proof)
    chart = mermaid(proof, teller)
    assert chart.startswith("flowchart BT\n")
    assert chart.count(":::") == len(steps)
    assert chart.count("-->") == len(steps) - 1


def test_a_picture_shows_names_as_they_are_written(tmp_path: Path) -> None:
    """Quotes and angle brackets in a name neither break a picture nor become markup."""
    row = {"id": "X", "name": 'Desk "A" <script>alert(1)</script> & co', "core": "no"}
    kg = bpo_kg.load(write_csv(tmp_path / "odd.csv", [row]), to=["PH"])
    (proof,) = kg.explain("X", to="PH").proofs["PH"]
    drawn = ElementTree.fromstring(svg(proof, kg.teller("en")))
    assert any("<script>" in (text.text or "") for text in drawn.iter("{http://www.w3.org/2000/svg}text"))
    assert "<script>" not in mermaid(proof, kg.teller("en"))


def test_every_criterion_has_its_sentences_in_both_languages(kg: bpo_kg.KnowledgeGraph) -> None:
    """No shipped criterion has to be told by its label."""
    for lang in ("en", "id"):
        say = kg.teller(lang).say
        for criterion in kg.book.criteria:
            told = {say.criterion(kg.book, criterion.name, value) for value in ("yes", "no", "unknown")}
            assert len(told) == 3
            assert not any(sentence.endswith((": yes", ": no", ": ya", ": tidak")) for sentence in told)


def test_a_criterion_of_a_house_reads_by_its_label(kg: bpo_kg.KnowledgeGraph) -> None:
    """A criterion that nobody wrote sentences for is told by its label and its answer."""
    from dataclasses import replace

    own = replace(
        kg.book.criterion("coreFunction"), name="unionised", labels={"en": "is unionised", "id": "berserikat"}
    )
    book = replace(kg.book, criteria=(*kg.book.criteria, own))
    assert kg.teller("en").say.criterion(book, "unionised", "yes") == "is unionised: yes"
    assert kg.teller("id").say.criterion(book, "unionised", "unknown") == "berserikat: belum diketahui"


def test_all_sentences_stand_in_both_languages() -> None:
    """Every sentence has an English and an Indonesian text, with the same blanks."""
    from string import Formatter

    from bpo_kg.suitability.sentences import _texts

    texts = _texts()
    assert len(texts) > 100
    for name, told in texts.items():
        assert set(told) == {"en", "id"}, name
        blanks = [sorted(field for _, field, _, _ in Formatter().parse(told[lang]) if field) for lang in ("en", "id")]
        assert blanks[0] == blanks[1], name
