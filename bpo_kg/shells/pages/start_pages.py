"""The pages one starts from: an inventory to judge at `/`, a query to run at `/query`; their style and script."""

import json
from functools import lru_cache
from pathlib import Path

from bpo_kg.questions import catalogue
from bpo_kg.shells.pages.examples import runnable
from bpo_kg.shells.pages.inventory_page import legend
from bpo_kg.shells.pages.markup import Markup, tag
from bpo_kg.shells.pages.operation import HTML, Operation, Visit
from bpo_kg.shells.pages.page import here, page
from bpo_kg.shells.pages.parameters import Parameter
from bpo_kg.shells.pages.served import Served
from bpo_kg.shells.pages.texts import say
from bpo_kg.shells.server import Response, Route
from bpo_kg.shells.words import Words
from bpo_kg.vocabulary import PREFIXES

_MEDIA = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
EXAMPLE = """name,kind,part_of,client_country,core,public_contact,on_site_need,channels,languages
Customer care,24-hour call center,,GB,no,yes,,phone,en
Complaints at the branches,,,GB,no,yes,yes,inPerson,en
Payroll,payroll,,GB,no,,,,
Claims decisions,,,GB,yes,no,,,
"""
_QUERY = Parameter("query", {"en": "query to start with", "id": "kueri awal"}, "text", lenient=True)
_FIRST = """SELECT ?name ?grade WHERE {
  ?assessment bpo:assesses ?process ; bpo:atProximity scale:distantForeign ; bpo:verdict ?grade .
  ?process rdfs:label ?name ; a bpo:ClientProcess
} ORDER BY ?name LIMIT 50"""


def operations(served: Served) -> list[Operation]:
    """Return the operations that give the two pages."""
    return [
        Operation(
            "/",
            "start",
            "pages",
            {"en": "Start page: judge an inventory", "id": "Halaman awal: nilai daftar proses"},
            lambda visit: _start(served, visit),
            offers=(HTML,),
            lang=served.lang,
        ),
        Operation(
            "/query",
            "queryPage",
            "pages",
            {"en": "Page to write and run SPARQL", "id": "Halaman untuk menulis dan menjalankan SPARQL"},
            _query,
            parameters=(_QUERY,),
            offers=(HTML,),
            lang=served.lang,
        ),
    ]


def assets() -> tuple[Route, ...]:
    """Return the routes of the style sheet, the script and the icon."""

    def route(name: str) -> Route:
        return Route(f"/assets/{name}", lambda _: _asset(name))

    return tuple(route(name) for name in ("pages.css", "pages.js", "icon.svg"))


@lru_cache(maxsize=8)
def _file(name: str) -> bytes:
    return (Path(__file__).parent / "assets" / name).read_bytes()


def _asset(name: str) -> Response:
    return Response(_file(name), _MEDIA[Path(name).suffix], cache=True)


def _start(served: Served, visit: Visit) -> Response:
    lang = visit.lang
    places = ",".join(served.kg.to) or "PH,ID"
    form = tag(
        "form",
        tag("input", type_="hidden", name="lang", value=lang),
        _field("assess.file", lang, tag("input", type_="file", name="file", id_="file",
               accept=".csv,.tsv,.txt,.xlsx,.ods,.bpmn,.xml,.ttl,.rdf,.jsonld"), "file"),
        _field("assess.paste", lang, tag("textarea", "", name="inventory", id_="paste", rows=7, spellcheck="false",
               placeholder=EXAMPLE), "paste"),
        tag(
            "div",
            _field("assess.to", lang, tag("input", name="to", id_="to", value=places), "to"),
            _field("assess.client", lang, tag("input", name="client", id_="client", value=served.kg.client), "client"),
            class_="pair",
        ),
        tag("button", say("assess.go", lang)),
        " ",
        tag("button", say("assess.try", lang), type_="button", class_="second", id_="try", data_example=EXAMPLE,
            hidden=True),
        tag("p", say("assess.kept", lang), class_="quiet"),
        method="post",
        action="/assess",
        enctype="multipart/form-data",
        class_="panel",
    )  # fmt: skip
    own = tag("p", tag("a", say("assess.served", lang), href=here("/assess", lang), class_="button second"))
    content = [tag("p", say("lead", lang), class_="lead"), form, own if served.kg.loaded.files else None,
               legend(Words(lang, served.terms), lang)]  # fmt: skip
    return page(visit, say("title", lang), content, section="assess", script=True)


def _field(key: str, lang: str, control: Markup, ident: str) -> Markup:
    hint = tag("small", say(f"{key}.hint", lang), class_="quiet")
    return tag("p", tag("label", say(key, lang), for_=ident), control, hint, class_="field")


def _query(visit: Visit) -> Response:
    lang = visit.lang
    given = visit.one("query")
    options = [tag("option", say("query.examples", lang), value="")]
    options += [tag("option", q.text[lang], value=runnable(q).strip()) for q in catalogue().values()]
    words = {key: say(f"query.{key}", lang) for key in ("rows", "empty", "yes", "no", "shown")}
    form = tag(
        "form",
        tag("p", tag("label", say("query.examples", lang), for_="examples"), tag("select", options, id_="examples"),
            class_="field"),
        tag("p", tag("label", say("query.text", lang), for_="query"),
            tag("textarea", given or _FIRST, name="query", id_="query", rows=12, spellcheck="false"), class_="field"),
        tag("button", say("query.go", lang)),
        tag("noscript", tag("p", say("query.noscript", lang), class_="quiet")),
        method="get",
        action="/sparql",
        id_="sparql",
        class_="panel",
        data_words=json.dumps(words, ensure_ascii=False),
        data_prefixes=json.dumps(PREFIXES),
        data_run="yes" if given else None,
        data_lang=lang,
    )  # fmt: skip
    answer = tag("div", "", id_="answer", aria_live="polite")
    return page(
        visit, say("query.title", lang), tag("p", say("query.lead", lang), class_="lead"), form, answer,
        section="query", script=True,
    )  # fmt: skip
