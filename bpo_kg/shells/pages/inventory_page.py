"""The page of verdicts: one row per process, grades that read without colour, findings, and a way to ask why."""

from collections.abc import Mapping, Sequence

from bpo_kg.shells.pages.markup import Content, Markup, tag
from bpo_kg.shells.pages.operation import Visit
from bpo_kg.shells.pages.page import MARKS, badge, here, more, page
from bpo_kg.shells.pages.served import place_name
from bpo_kg.shells.pages.texts import say
from bpo_kg.shells.server import Response
from bpo_kg.shells.words import Words
from bpo_kg.sources.facts import Finding
from bpo_kg.suitability.assessment import CLASSES, PlaceVerdict
from bpo_kg.suitability.rows import AssessmentTable

_FINDINGS = 200


def show(
    visit: Visit,
    table: AssessmentTable,
    findings: Sequence[Finding],
    left_out: int,
    words: Words,
    carried: Mapping[str, str] | None,
) -> Response:
    """Return the page of an assessed inventory.

    Args:
        carried: hidden fields that hold the inventory itself; None for the processes of this server.
    """
    lang = visit.lang
    rows = list(zip(table, table.assessments, strict=True))
    headings = _headings(table, words, lang)
    body = [
        _row(row, one.subject.iri, {p.place: p for p in one.places}, headings, table, words, visit, carried)
        for row, one in rows
    ]
    verdicts = tag(
        "div",
        tag(
            "table",
            tag("caption", words.sentence("summary", rows=len(table), left_out=left_out)),
            tag("thead", tag("tr", [tag("th", heading, scope="col") for heading in headings])),
            tag("tbody", body),
            class_="verdicts",
        ),
        class_="scroll",
        tabindex="0",
    )
    if not rows:
        verdicts = tag("p", say("assess.empty", lang), class_="notice")
    if carried:
        hidden = [tag("input", type_="hidden", name=name, value=value) for name, value in carried.items()]
        hidden.append(tag("input", type_="hidden", name="lang", value=lang))
        verdicts = tag("form", hidden, verdicts, method="post", action="/explain", enctype="multipart/form-data")
    served = carried is None
    title = say("assess.served" if served else "assess.title", lang)
    again = tag("p", tag("a", say("assess.again", lang), href=here("/", lang), class_="button"))
    formats = ["json", "csv", "md", "xlsx", "ttl"] if served else []
    content = [_noticed(findings, lang), verdicts, legend(words, lang), again]
    return page(visit, title, content, section="assess", formats=formats, cache=served)


def _headings(table: AssessmentTable, words: Words, lang: str) -> list[str]:
    columns = ["id", "name", "office_category", "outsourcing", *CLASSES, *table.to, "status", "unknown", "ask_next"]
    return [*(place_name(c, words, lang) if c in table.to else words.heading(c) for c in columns)]


def _row(
    row: Mapping[str, str],
    iri: str,
    places: Mapping[str, PlaceVerdict],
    headings: Sequence[str],
    table: AssessmentTable,
    words: Words,
    visit: Visit,
    carried: Mapping[str, str] | None,
) -> Markup:
    lang = visit.lang
    grades = [badge(row[p], words.value(p, row[p]), places[p].verdict.status) for p in (*CLASSES, *table.to)]
    why: Content = None
    if carried is None:
        why = tag("a", say("assess.why", lang), href=here("/explain", lang, process=iri), class_="why")
    elif carried:
        target = here("/explain", lang, process=row["id"])
        target += "".join(f"&to={place}" for place in table.to if place.isalnum())
        why = tag("button", say("assess.why", lang), formaction=target, class_="small why")
    opened = [tag("li", item) for item in row["unknown"].split(";") if item]
    cells: list[Content] = [
        tag("code", row["id"]),
        [row["name"], " ", why],
        words.value("office_category", row["office_category"]),
        words.value("outsourcing", row["outsourcing"]),
        *grades,
        words.value("status", row["status"]),
        more(str(len(opened)), tag("ul", opened)) if opened else "–",
        tag("code", row["ask_next"]) if row["ask_next"] else "–",
    ]
    # On a narrow screen each row is a card, whose lines are named by their column.
    return tag(
        "tr",
        [
            tag("th", cell, scope="row") if n == 1 else tag("td", cell, data_column=heading or None)
            for n, (cell, heading) in enumerate(zip(cells, headings, strict=True))
        ],
    )


def legend(words: Words, lang: str) -> Markup:
    """Return what the signs mean."""
    signs = [tag("li", badge(grade, words.value("", grade))) for grade in MARKS]
    signs.append(tag("li", badge("possible", words.value("status", "provisional"), "provisional")))
    return tag("div", tag("p", say("legend", lang), class_="quiet"), tag("ul", signs, class_="legend"), class_="key")


def _noticed(findings: Sequence[Finding], lang: str) -> Content:
    if not findings:
        return None
    items = [
        tag(
            "li",
            tag("strong", say(f"severity.{f.severity}", lang)),
            " ",
            tag("code", str(f.place)),
            " ",
            f.message.get(lang, f.message["en"]),
            class_=f.severity,
        )
        for f in findings[:_FINDINGS]
    ]
    if len(findings) > _FINDINGS:
        items.append(tag("li", f"… (+{len(findings) - _FINDINGS})"))
    severe = any(f.severity == "error" for f in findings)
    return more(f"{say('assess.findings', lang)} ({len(findings)})", tag("ul", items), open=severe, class_="findings")
