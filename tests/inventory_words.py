"""A small lexicon from plain mappings, so that tests of table reading need no ontology, and short ways to read."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bpo_kg.sources.cells import CellReader
from bpo_kg.sources.facts import Finding, Inventory
from bpo_kg.sources.lexicon import Lexicon
from bpo_kg.sources.part_of import resolve_wholes
from bpo_kg.sources.table import read_table
from bpo_kg.vocabulary import CHAN, PROC, SCALE

LEXICON = Lexicon.from_names(
    kinds={
        "24-hour call center": PROC + "callCenter",
        "payroll": PROC + "payroll",
        "penggajian": PROC + "payroll",
        "accounting department": PROC + "accounting",
        "e-mail support": PROC + "emailSupport",
    },
    channels={
        "telephone": CHAN + "phone",
        "telepon": CHAN + "phone",
        "e-mail": CHAN + "email",
        "live chat": CHAN + "chat",
        "web forum": CHAN + "webForum",
        "tatap muka": CHAN + "inPerson",
    },
    coverage={
        "business": SCALE + "businessHours",
        "jam kerja": SCALE + "businessHours",
        "after hours": SCALE + "afterHours",
        "around the clock": SCALE + "roundTheClock",
    },
    countries={
        "GB": "GB",
        "united kingdom": "GB",
        "britania raya": "GB",
        "US": "US",
        "united states": "US",
        "ID": "ID",
        "indonesia": "ID",
        "PH": "PH",
        "filipina": "PH",
        "IE": "IE",
    },
    languages={"en": "en", "english": "en", "inggris": "en", "id": "id", "indonesian": "id", "fil": "fil", "ja": "ja"},
)


def reader() -> CellReader:
    return CellReader(LEXICON)


def read(path: Path, content: str | bytes, *, mapping: Mapping[str, str] | None = None) -> Inventory:
    """Write a table, read it and resolve its wholes."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_back(path, mapping=mapping)


def read_back(path: Path, *, mapping: Mapping[str, str] | None = None, sheet: str | None = None) -> Inventory:
    inventory = read_table(path, reader(), mapping=mapping, sheet=sheet)
    resolve_wholes([inventory])
    return inventory


def told(findings: Sequence[Finding]) -> list[tuple[str, int, int]]:
    """Return code, line and column of each finding."""
    return [(f.code, f.place.line, f.place.column) for f in findings]
