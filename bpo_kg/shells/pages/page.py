"""The frame of every page: navigation, language switch, the content, and the same data in other formats."""

from collections.abc import Sequence
from urllib.parse import urlencode

from bpo_kg.shells.pages.markup import Content, Markup, join, tag
from bpo_kg.shells.pages.operation import HTML, Visit
from bpo_kg.shells.pages.texts import say
from bpo_kg.shells.server import Response

_SECTIONS = (
    ("assess", "/"),
    ("questions", "/questions"),
    ("ontology", "/ontology"),
    ("query", "/query"),
    ("docs", "/docs"),
)
_OTHER = {"en": "id", "id": "en"}
MARKS = {
    "favoured": "▲▲",
    "possible": "▲",
    "discouraged": "▽",
    "excluded": "✕",
    "undetermined": "?",
    "contested": "≠",
}
"""A sign for each grade, so that a table reads without colour too."""


def page(
    visit: Visit,
    title: str,
    *content: Content,
    section: str = "",
    formats: Sequence[str] = (),
    script: bool = False,
    cache: bool = True,
    headers: Sequence[tuple[str, str]] = (),
) -> Response:
    """Return a whole page.

    Args:
        section: which entry of the navigation it belongs to.
        formats: other formats of the same answer, as `?format` calls them.
        script: whether the page uses the script.
    """
    lang = visit.lang
    links = [
        tag("a", say(f"nav.{name}", lang), href=here(path, lang), aria_current="page" if name == section else None)
        for name, path in _SECTIONS
    ]
    switch = None
    if visit.request.method == "GET":
        other = _OTHER[lang]
        switch = tag(
            "a", say("language", lang), href=_same(visit, lang=other), hreflang=other, lang=other, class_="switch"
        )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"{title} · bpo-kg"),
        tag("link", rel="stylesheet", href="/assets/pages.css"),
        tag("link", rel="icon", href="/assets/icon.svg", type_="image/svg+xml"),
        tag("script", "", src="/assets/pages.js", defer=True) if script else None,
    )
    body = tag(
        "body",
        tag("a", say("skip", lang), href="#content", class_="skip"),
        tag(
            "header",
            tag("a", tag("strong", "bpo-kg"), href=here("/", lang), class_="brand"),
            tag("nav", links, aria_label="bpo-kg"),
            switch,
        ),
        tag("main", tag("h1", title), content, id_="content"),
        tag("footer", tag("p", say("footer", lang)), _formats(visit, formats)),
    )
    html = tag("html", head, body, lang=lang)
    return visit.answer(f"<!doctype html>\n{html}\n", *headers, cache=cache)


def _formats(visit: Visit, formats: Sequence[str]) -> Content:
    if not formats:
        return None
    links = [tag("a", name, href=_same(visit, format=name), rel="alternate") for name in formats]
    return tag("p", say("formats", visit.lang), ": ", [[link, " "] for link in links])


def here(path: str, lang: str, **values: str) -> str:
    """Return an address on this server that keeps the reader's language."""
    mark = "&" if "?" in path else "?"
    return f"{path}{mark}{urlencode({'lang': lang, **values})}"


def _same(visit: Visit, **changed: str) -> str:
    """Return the address of this very page with some parameters changed."""
    kept = [(name, value) for name, value in visit.request.parameters if name not in changed and value]
    if "lang" not in changed and "lang" not in visit.values:
        kept.append(("lang", visit.lang))
    path = visit.request.raw_path.decode("ascii")
    return f"{path}?{urlencode([*kept, *changed.items()])}"


def badge(grade: str, word: str, status: str = "") -> Markup:
    """Return a grade as a sign, a word and a colour; a provisional one is dashed."""
    mark = MARKS.get(grade, "")
    return tag(
        "span",
        tag("span", mark, aria_hidden="true") if mark else None,
        " ",
        word,
        class_=f"grade {grade} {status}".strip(),
    )


def table(headings: Sequence[Content], rows: Sequence[Sequence[Content]], caption: str = "") -> Markup:
    """Return a table that scrolls sideways on a narrow screen."""
    return tag(
        "div",
        tag(
            "table",
            tag("caption", caption) if caption else None,
            tag("thead", tag("tr", [tag("th", h, scope="col") for h in headings])),
            tag("tbody", [tag("tr", [tag("td", cell) for cell in row]) for row in rows]),
        ),
        class_="scroll",
        tabindex="0",
    )


def more(summary: Content, *content: Content, open: bool = False, class_: str | None = None) -> Markup:
    """Return content that is folded away."""
    return tag("details", tag("summary", summary), content, open=open, class_=class_)


__all__ = ["HTML", "MARKS", "badge", "here", "join", "more", "page", "table"]
