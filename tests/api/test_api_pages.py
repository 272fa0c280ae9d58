"""The pages: complete in both languages, nothing loaded from elsewhere, links that lead somewhere."""

import re
from html.parser import HTMLParser
from string import Formatter
from typing import Any

import pytest
from visitor import Site

from bpo_kg.shells.pages import texts
from bpo_kg.shells.pages.markup import join, tag

PAGES = (
    "/",
    "/assess",
    "/questions",
    "/questions/suits",
    "/questions/suits?place=PH&process=C1a",
    "/explain?process=C1a",
    "/why-not?process=C3&to=PH",
    "/flips?process=C3&to=PH",
    "/what-if?process=C3&to=PH&set=core%3Dyes",
    "/ontology",
    "/id/process/payroll",
    "/id/row/ten-cases/C3",
    "/query",
    "/docs",
    "/questions/suits?place=Atlantis",
)


class Page(HTMLParser):
    """What a page loads, links to and holds."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.alternates: list[str] = []
        self.idents: list[str] = []
        self.labels: set[str] = set()
        self.fields: list[str] = []
        self.inline: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        assert not self._open, f"left open: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag in ("link", "script", "img", "iframe"):
            self.loads.append(found.get("href") or found.get("src") or "inline")
        if tag == "a":
            self.links.append(found["href"] or "")
            self.alternates += [found["href"] or ""] if found.get("rel") == "alternate" else []
        if tag == "label":
            self.labels.add(found["for"] or "")
        if tag in ("select", "textarea") or (tag == "input" and found.get("type") != "hidden"):
            self.fields.append(found.get("id") or "")
        self.idents += [value or "" for name, value in attrs if name == "id"]
        self.inline += [name for name in found if name == "style" or name.startswith("on")]
        if tag not in ("meta", "link", "input", "br"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


@pytest.mark.parametrize("lang", ["en", "id"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole_and_loads_nothing_from_elsewhere(site: Site, path: str, lang: str) -> None:
    """Well-formed, in the language it names, every field labelled, no inline code, only the server's own assets."""
    address = f"{path}{'&' if '?' in path else '?'}lang={lang}"
    reply = site.get(address, accept="text/html")
    text = reply.body.decode()
    page = Page(text)
    assert f'<html lang="{lang}">' in text
    assert page.loads
    assert all(target.startswith("/assets/") for target in page.loads)
    assert not page.inline
    assert len(page.idents) == len(set(page.idents))
    assert set(page.fields) <= page.labels
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy


def test_links_of_the_pages_lead_somewhere(site: Site) -> None:
    """Each local link of the pages, and each asset, is answered."""
    targets = set()
    for path in PAGES[:-1]:
        page = Page(site.get(path, accept="text/html").body.decode())
        links = [link for link in page.links if link.startswith("/")]
        assert all(link.startswith(("/", "#")) for link in page.links)
        targets |= set(page.loads) | set(page.alternates) | set(links[:8]) | set(links[8 :: max(1, len(links) // 4)])
    assert len(targets) > 70
    for target in sorted(targets):
        assert site.get(target, accept="text/html, */*;q=0.5").status == 200, target


def test_the_language_switch_keeps_the_question(site: Site) -> None:
    """The link to the other language leads to the same answer."""
    text = site.get("/questions/suits?place=PH&process=C1a&lang=en", accept="text/html").body.decode()
    found = re.search(r'<a href="([^"]+)" hreflang="id"', text)
    assert found
    other = site.get(found.group(1).replace("&amp;", "&"), accept="text/html").body.decode()
    assert "Apakah suatu negara cocok untuk suatu proses?" in other
    assert "diutamakan" in other


def test_grades_read_without_colour(site: Site) -> None:
    """Each grade is a word and a sign of its own."""
    text = site.get("/assess?lang=en", accept="text/html").body.decode()
    signs = dict(re.findall(r'<span class="grade (\w+)[^"]*"><span aria-hidden="true">([^<]+)</span> \w', text))
    assert {"favoured", "possible", "discouraged", "excluded"} <= set(signs)
    assert len(set(signs.values())) == len(signs)


def test_every_text_is_there_in_both_languages() -> None:
    """The two languages of a text have the same blanks, and are not both English."""
    assert len(texts.all_texts()) > 80
    same = 0
    for key, spoken in texts.all_texts().items():
        blanks = []
        for raw in spoken:
            assert raw.strip(), key
            blanks.append({name for _, name, _, _ in Formatter().parse(raw) if name})
        assert blanks[0] == blanks[1], key
        same += spoken[0] == spoken[1]
    assert same < 6


def test_every_text_is_used() -> None:
    """No text of the pages is left over."""
    from pathlib import Path

    import bpo_kg.shells.pages

    folder = Path(bpo_kg.shells.pages.__file__).parent
    code = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py") if path.name != "texts.py")
    named = set(re.findall(r"""["']([a-z.]+)["']""", code))
    built = ("nav.", "severity.", "query.", "reason.", "assess.")
    unused = [key for key in texts.all_texts() if key not in named and not key.startswith(built)]
    assert not unused


@pytest.mark.parametrize(
    ("content", "html"),
    [
        ("<b>", "&lt;b&gt;"),
        ([1, None, "&"], "1&amp;"),
        (tag("p", "a", class_="b c"), '<p class="b c">a</p>'),
        (tag("a", "x", href='"><script>'), '<a href="&quot;&gt;&lt;script&gt;">x</a>'),
        (tag("input", name="q", value="'", disabled=False), '<input name="q" value="&#x27;">'),
    ],
)
def test_only_tags_are_markup(content: Any, html: str) -> None:
    """Text is escaped wherever it stands; only what `tag` made is markup."""
    assert join(content) == html
