"""Reasons over HTTP: the explanations of the library, in the reader's language, as data, text and page."""

from typing import Any

import pytest
from visitor import Site

import bpo_kg


@pytest.mark.parametrize("lang", ["en", "id"])
def test_reasons_are_those_of_the_library(site: Site, graph: bpo_kg.KnowledgeGraph, lang: str) -> None:
    """Each verb gives over HTTP the values and sentences that it gives in Python."""
    told: dict[str, tuple[dict[str, Any], Any]] = {
        "/explain": ({"process": "C3", "to": "PH"}, graph.explain("C3", to="PH", lang=lang)),
        "/why-not": ({"process": "C3", "to": "PH"}, graph.why_not("C3", to="PH", lang=lang)),
        "/flips": ({"process": "C3", "to": "PH", "most": 1}, graph.flips("C3", to=["PH"], most=1, lang=lang)),
        "/what-if": (
            {"process": "C3", "to": "PH", "set": "core=yes"},
            graph.what_if("C3", {"core": "yes"}, to=["PH"], lang=lang),
        ),
    }
    for path, (values, expected) in told.items():
        found = site.json(path, lang=lang, **values)
        assert "\n".join(found["text"]).strip() == expected.to_text().strip(), path
        text = site.get(path, accept="text/plain", lang=lang, **values).body.decode()
        assert text.strip() == expected.to_text().strip(), path
        assert found.keys() >= expected.to_dict().keys()


def test_a_proof_is_read_in_indonesian_by_accept_language(site: Site) -> None:
    """A browser set to Indonesian reads the proof in Indonesian, down to the cell it rests on."""
    page = site.get("/explain", accept="text/html", accept_language="id-ID,id;q=0.9,en;q=0.5", process="C3")
    text = page.body.decode()
    assert page.headers["content-language"] == "id"
    assert '<html lang="id">' in text
    assert "Klien tidak menganggap pekerjaan ini inti" in text
    assert "ten-cases.csv:7:6" in text
    assert "accept-language" in page.headers["vary"]


@pytest.mark.parametrize(
    ("path", "values", "status", "said"),
    [
        ("/explain", {"process": "C99"}, 404, "no process 'C99'"),
        ("/explain", {"process": "C3", "to": "Atlantis"}, 404, "no country 'Atlantis'"),
        ("/explain", {}, 400, "parameter process is missing"),
        ("/why-not", {"process": "C3"}, 400, "parameter to is missing"),
        ("/why-not", {"process": "C3", "to": "PH", "wanted": "best"}, 400, "is none of favoured"),
        ("/flips", {"process": "C3", "most": 9}, 400, "most=9 is above 2"),
        ("/what-if", {"process": "C3", "set": "colour=red"}, 400, "is not of the form column=value"),
        ("/what-if", {"process": "C3", "set": "core=perhaps"}, 400, "perhaps"),
    ],
)
def test_a_slip_about_a_process_is_explained(
    site: Site, path: str, values: dict[str, Any], status: int, said: str
) -> None:
    """An unknown process, place, grade or column is named, as JSON for programs and as a page for browsers."""
    reply = site.get(path, **values)
    assert reply.status == status
    assert said in reply.json()["detail"]
    page = site.get(path, accept="text/html", **values)
    assert page.status == status
    assert page.headers["content-type"].startswith("text/html")


def test_reasons_can_be_asked_about_an_inventory_that_is_sent(site: Site) -> None:
    """Each verb takes an inventory along and answers about one of its rows."""
    body = b"id,name,kind,client_country,core\nA1,Night desk,24-hour call center,GB,no\n"
    for path, more in (("/explain", {}), ("/why-not", {}), ("/flips", {}), ("/what-if", {"set": "core=yes"})):
        reply = site.post(path, body, "text/csv", process="A1", to="PH", **more)
        assert reply.status == 200, reply.body
        assert "Night desk" in "\n".join(reply.json()["text"])
        assert "no-cache" not in reply.headers.get("cache-control", "")
