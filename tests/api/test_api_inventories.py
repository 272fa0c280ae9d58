"""Inventories over HTTP: the verdicts of the command line, and nothing that a hostile file could gain."""

import base64
import csv
import io
import json
import tempfile
import zipfile
from pathlib import Path

import pytest
from visitor import EXAMPLES, Site

import bpo_kg
from bpo_kg import export

NIGHT = b"id,name,kind,client_country,core,public_contact\nA1,Night desk,24-hour call center,GB,no,perhaps\n"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def table() -> bpo_kg.graph.AssessmentTable:
    """The ten cases, judged without a server."""
    return bpo_kg.load(EXAMPLES / "ten-cases.csv", to=["PH", "ID"], client="GB").assess()


def test_an_inventory_gets_the_verdicts_of_the_command_line(site: Site, table: bpo_kg.graph.AssessmentTable) -> None:
    """CSV in, the same bytes out; JSON holds the same rows, with the answers, reasons and findings."""
    body = (EXAMPLES / "ten-cases.csv").read_bytes()
    reply = site.post("/assess", body, "text/csv", "text/csv", to="PH,ID", client="GB")
    assert reply.body.decode() == export.table_csv(table)
    found = site.post("/assess", body, "text/csv", to=["PH", "ID"], client="GB").json()
    assert found["columns"] == table.header
    assert [{key: row[key] for key in table.header} for row in found["rows"]] == list(table)
    assert found["rows"][0]["verdicts"]["PH"]["reasons"][0]["statement"].startswith("stmt:")


def test_each_format_of_an_inventory_is_read(site: Site, tmp_path: Path) -> None:
    """TSV, a workbook, a BPMN model and RDF are inventories as well as CSV."""
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["id", "name", "kind", "client_country", "core"])
    book.active.append(["A1", "Night desk", "24-hour call center", "GB", "no"])
    book.save(tmp_path / "night.xlsx")
    turtle = b"""@prefix bpo: <https://w3id.org/bpo-kg/ontology#> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        <urn:night> a bpo:ClientProcess ; rdfs:label "Night desk" ; bpo:core false ;
            bpo:specialises <https://w3id.org/bpo-kg/process/callCenter> ."""
    bodies = {
        "text/tab-separated-values": NIGHT.replace(b",", b"\t"),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (tmp_path / "night.xlsx").read_bytes(),
        "text/turtle": turtle,
    }
    for media, body in bodies.items():
        rows = site.post("/assess", body, media, to="PH", client="GB").json()["rows"]
        assert [(row["name"], row["PH"]) for row in rows] == [("Night desk", "favoured")], media
    model = next(EXAMPLES.glob("*.bpmn")).read_bytes()
    assert site.post("/assess", model, "application/xml").json()["rows"]


def test_rows_in_json_are_an_inventory(site: Site) -> None:
    """As an array or as an answer has them; true and lists are cells, null is empty, and a slip is placed by row."""
    rows = [
        {"id": "A1", "name": 'Night "desk"', "kind": "24-hour call center", "client_country": "GB", "core": False,
         "channels": ["phone", "chat"], "fte": 2.5, "notes": None},
        {"id": "A2", "name": "Pay desk", "kind": "payroll", "core": "perhaps"},
    ]  # fmt: skip
    for body in (rows, {"rows": rows}):
        found = site.post("/assess", json.dumps(body).encode(), "application/json", to="PH").json()
        assert [(row["name"], row["outsourcing"]) for row in found["rows"]] == [
            ('Night "desk"', "candidate"),
            ("Pay desk", "unknown"),
        ]
        assert found["rows"][0]["PH"] == "favoured"
        assert found["rows"][0]["answers"]["inPersonChannel"]["basis"] == "recorded"
        assert [(f["line"], f["column"], f["code"]) for f in found["findings"]] == [(3, 5, "bad-cell")]
    why = site.post("/explain", json.dumps(rows).encode(), "application/json", process="A1", to="PH").json()
    assert why["name"] == 'Night "desk"'


def test_json_with_a_context_is_rdf(site: Site) -> None:
    """Whatever media type it comes with."""
    desk = {
        "@id": "urn:night",
        "@type": "https://w3id.org/bpo-kg/ontology#ClientProcess",
        "http://www.w3.org/2000/01/rdf-schema#label": "Night desk",
    }
    for body in (desk, [desk]):
        found = site.post("/assess", json.dumps(body).encode(), "application/json").json()
        assert [row["name"] for row in found["rows"]] == ["Night desk"]


def test_headers_can_be_mapped(site: Site) -> None:
    """As with --map, and repeated; a column that does not exist is refused."""
    body = b"Process,Sort of thing,Land\nNight desk,24-hour call center,GB\n"
    mapped = {"map": ["Sort of thing=kind", "Land=client_country"], "to": "PH"}
    (row,) = site.post("/assess", body, "text/csv", **mapped).json()["rows"]
    assert row["office_category"] == "front"
    assert "PH:sameCountry" not in row["unknown"]
    assert site.post("/assess", body, "text/csv", map="Land=home").status == 404
    assert site.post("/assess", body, "text/csv", map="Land").status == 400


def test_answers_come_in_each_format(site: Site) -> None:
    """Markdown and a workbook for people, Turtle for other tools."""
    asked = {"to": "PH", "client": "GB"}
    markdown = site.post("/assess", NIGHT, "text/csv", "text/markdown", lang="id", **asked)
    assert "| proses |" in markdown.body.decode()
    workbook = site.post("/assess", NIGHT, "text/csv", format="xlsx", **asked)
    assert "xl/workbook.xml" in zipfile.ZipFile(io.BytesIO(workbook.body)).namelist()
    assert b"bpo:verdict" in site.post("/assess", NIGHT, "text/csv", "text/turtle", **asked).body


def test_findings_name_file_line_and_column(site: Site) -> None:
    """A bad cell is reported in the reader's language under the name that the file was sent with, and counted."""
    for lang, word in (("en", "not understood"), ("id", "tidak dipahami")):
        reply = site.form(
            "/assess", [("file", "Jam malam.csv", NIGHT), ("lang", None, lang.encode())], "application/json"
        )
        finding = reply.json()["findings"][0]
        assert (finding["file"], finding["line"], finding["column"]) == ("Jam malam.csv", 2, 6)
        assert "perhaps" in finding["message"]
        assert word in finding["message"]
        assert reply.headers["findings"] == "errors=1, warnings=0, suggestions=0"


def test_options_change_something(site: Site) -> None:
    """Places, the client's country, evidence and terms each change the answer."""
    plain = b"id,name,kind,core\nA1,Pay desk,payroll,no\n"
    base = site.post("/assess", plain, "text/csv", "text/csv", to="PH").body
    assert base != site.post("/assess", plain, "text/csv", "text/csv", to="ID").body
    assert base != site.post("/assess", plain, "text/csv", "text/csv", to="PH", client="ID").body
    assert base != site.post("/assess", plain, "text/csv", "text/csv", to="PH", evidence="off").body
    trade, article = (
        site.post("/assess", plain, "text/csv", "text/markdown", terms=t).body for t in ("trade", "article")
    )
    assert trade != article


def test_a_page_of_verdicts_leads_to_the_reasons(site: Site) -> None:
    """The page carries the inventory along, and its button asks why about one row of it."""
    page = site.form("/assess", [("file", "night.csv", NIGHT), ("to", None, b"PH"), ("client", None, b"GB")])
    text = page.body.decode()
    assert page.headers["content-type"].startswith("text/html")
    assert base64.b64encode(NIGHT).decode() in text
    parts = [("inventory64", None, base64.b64encode(NIGHT)), ("filename", None, b"night.csv"), ("lang", None, b"id")]
    why = site.form("/explain?process=A1&to=PH&client=GB", parts).body.decode()
    assert "Mengapa: Night desk" in why
    assert "night.csv:2:3" in why


def test_a_name_never_becomes_markup(site: Site) -> None:
    """What stands in an inventory, in an address or in a file name is text on every page."""
    body = f'id,name,kind,core,notes\n"{SCRIPT}","{SCRIPT}",{SCRIPT},no,{SCRIPT}\n'.encode()
    pages = [
        site.form("/assess", [("file", f"{SCRIPT}.csv", body), ("to", None, b"PH"), ("client", None, b"GB")]),
        site.form(f"/explain?process={SCRIPT.replace('<', '%3C').replace('>', '%3E')}", [("file", "a.csv", body)]),
        site.get("/questions/suits", accept="text/html", place=SCRIPT),
        site.get("/questions/find-term", accept="text/html", text=SCRIPT),
        site.get("/id", accept="text/html", iri="urn:x-" + "script"),
        site.get("/query", accept="text/html", query=f"</textarea>{SCRIPT}"),
        site.get("/", accept="text/html", lang=SCRIPT),
        site.get("/explain", accept="text/html", process=SCRIPT),
    ]
    for page in pages:
        assert page.headers["content-type"].startswith("text/html")
        assert SCRIPT.encode() not in page.body
        assert b"script-src 'self'" in page.headers["content-security-policy"].encode()


def bomb() -> bytes:
    """Return a small workbook whose sheet unfolds to 300 MB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(300):
                part.write(b" " * (1 << 20))
    return out.getvalue()


BOUNDARY = "multipart/form-data; boundary=x"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.parametrize(
    ("body", "media", "statuses"),
    [
        (b"", "text/csv", {400}),
        (b" \n\n", "text/csv", {400}),
        (bytes(range(256)) * 40, "text/csv", {200, 400}),
        (b"PK\x03\x04 no archive", WORKBOOK, {400}),
        (bomb(), WORKBOOK, {400}),
        (b"<!DOCTYPE a [<!ENTITY b '" + b"c" * 999 + b"'>]><a>&b;</a>", "application/xml", {400}),
        (b"<a>" * 5000, "application/xml", {400}),
        (b"<a> <b>", "text/turtle", {400}),
        (b'{"@context": "http://127.0.0.1:1/context", "@id": "urn:a"}', "application/ld+json", {200, 400}),
        (b'[{"name": "Night desk"}', "application/json", {400}),
        (b"[" * 100_000, "application/json", {400}),
        (b"[]", "application/json", {400}),
        (b'["Night desk"]', "application/json", {400}),
        (b'[{"name": {"en": "Night desk"}}]', "application/json", {400}),
        (b"name\nNight desk", "application/octet-stream", {415}),
        (b"name\nNight desk", "", {415}),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--", BOUNDARY, {400}),
        (b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nname\nA", BOUNDARY, {400}),
        (b"--x\r\n" * 60 + b"--x--", BOUNDARY, {400}),
        (b"anything", "multipart/form-data", {400}),
        (b"inventory64=%%%&filename=a.csv", "application/x-www-form-urlencoded", {400}),
        (b"inventory=name%0AA&inventory=name%0AB", "application/x-www-form-urlencoded", {400}),
        (b"inventory=%FF", "application/x-www-form-urlencoded", {400}),
        (b"inventory=name%0AA&data=/etc/passwd", "application/x-www-form-urlencoded", {400}),
    ],
)  # fmt: skip
def test_a_hostile_upload_is_refused(site: Site, body: bytes, media: str, statuses: set[int]) -> None:
    """Broken, huge, nested, exploding and misnamed uploads get a sentence, and the server goes on."""
    reply = site.post("/assess", body, media)
    assert reply.status in statuses, reply.body[:300]
    if reply.status >= 400:
        assert json.loads(reply.body)["detail"]
        assert "/tmp" not in reply.body.decode()
    assert site.get("/healthz").status == 200


def test_an_upload_over_the_limit_is_refused_before_it_is_read(site: Site) -> None:
    """The length alone is enough: nine megabytes that never come are answered at once."""
    head = b"POST /assess HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nContent-Length: 9437184\r\n\r\n"
    assert site.server.raw(head).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "name",
    ["../../../etc/night.csv", "/etc/passwd", "C:\\night.csv", "night\x00.csv", "..", "con", "n" * 300, "é—☃.csv"],
)
def test_a_file_name_stays_a_name(site: Site, name: str) -> None:
    """No name leads out of the folder that the file is read in; findings show its last part only."""
    reply = site.form("/assess", [("file", name, NIGHT)], "application/json")
    assert reply.status == 200
    shown = reply.json()["findings"][0]["file"]
    assert "/" not in shown
    assert "\\" not in shown


def test_nothing_that_was_sent_is_left(site: Site) -> None:
    """After all uploads of these tests no folder of theirs is left, nor is an inventory known to the next visitor."""
    site.post("/assess", NIGHT, "text/csv")
    assert not list(Path(tempfile.gettempdir()).glob(f"bpo-kg-upload-{site.server.process.pid}*"))
    owners = {str(pid) for pid in site.server.members()}
    left = [p.name for p in Path(tempfile.gettempdir()).glob("bpo-kg-upload-*")]
    assert not [name for name in left if name.split("-")[3] in owners]
    assert site.get("/explain", process="A1").status == 404


def test_the_served_processes_are_a_table_too(site: Site) -> None:
    """GET /assess judges what the server was started with, for its own places or others."""
    rows = list(csv.DictReader(io.StringIO(site.get("/assess", accept="text/csv").body.decode())))
    assert len(rows) > 80
    assert "PH" in rows[0]
    other = list(csv.DictReader(io.StringIO(site.get("/assess", accept="text/csv", to="ID").body.decode())))
    assert [row["id"] for row in other] == [row["id"] for row in rows]
    assert "ID" in other[0]
