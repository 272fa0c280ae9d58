"""The page on tables says what the reader does: every header, every finding and every limit."""

import re
from pathlib import Path

from bpo_kg.sources import archive, cells, delimited, extent, layout, messages, shapes, table
from bpo_kg.sources.headers import read_columns

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "examples" / "tables.md").read_text(encoding="utf-8")
MODULES = ("cell_messages", "delimited_messages", "messages", "part_of", "shapes", "table_messages")


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_every_header_that_is_understood_is_listed_and_no_other():
    """The column table and the page cannot drift apart."""
    listed = {}
    for name, headers in re.findall(r"^\| `(\w+)` \| (.*?) \|", section("Headers"), re.MULTILINE):
        listed[name] = headers.split(", ")
    understood = {
        column.name: list(dict.fromkeys([*column.labels.values(), *column.aliases]))
        for column in read_columns().columns.values()
    }
    assert listed == understood


def test_every_code_of_a_finding_is_explained_and_no_other():
    """Filters rely on codes; a code that is not explained might as well be a number."""
    explained = set(re.findall(r"`([a-z]+(?:-[a-z]+)*)`", "\n".join(
        line.split("|")[1] for line in section("Findings").splitlines() if line.startswith("| `")
    )))  # fmt: skip
    code = re.compile(r'"([a-z]+(?:-[a-z]+)+|shape)",?$', re.MULTILINE)
    written = set()
    for name in MODULES:
        source = (ROOT / "bpo_kg" / "sources" / f"{name}.py").read_text(encoding="utf-8")
        written |= set(code.findall(source))
    assert len(written) > 30
    assert written - explained == set()
    assert explained - written == set()


def test_every_limit_is_the_one_that_holds():
    """The numbers on the page are the constants of the code."""
    told = {int(number.replace(",", "")) for number in re.findall(r"\| ([\d,]+) \|$", section("Limits"), re.MULTILINE)}
    assert told == {
        delimited.MAX_BYTES,
        delimited.MAX_LINE,
        cells.MAX_CELL,
        layout.MAX_COLUMNS,
        layout.HEADER_WITHIN,
        table.MAX_ROWS,
        messages.MAX_FINDINGS,
        archive.MAX_ARCHIVE,
        archive.MAX_UNFOLDED,
        archive.MAX_RATIO,
        extent.MAX_RECTANGLE,
        extent.MAX_SHARED_TEXT,
        shapes.MAX_THINGS,
    }


def test_what_the_page_links_to_exists():
    """Links within the repository lead somewhere."""
    links = re.findall(r"\]\((\.\./[^)]+)\)", PAGE)
    assert len(links) >= 2
    assert [link for link in links if not (ROOT / "examples" / link).resolve().is_file()] == []
