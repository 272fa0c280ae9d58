"""Build findings: every message stands in English and Indonesian from the start."""

from collections.abc import Callable
from dataclasses import dataclass

from bpo_kg.sources.facts import Finding, Inventory, Place, Severity

MAX_FINDINGS = 10_000
"""Findings of one file that are listed; a column that is wrong in every row needs no more."""


def finding(place: Place, severity: Severity, code: str, en: str, id_: str) -> Finding:
    """Return a finding from its two sentences."""
    return Finding(place, severity, code, {"en": en, "id": id_})


@dataclass(slots=True)
class Told:
    """The findings of one file up to a limit; those beyond are counted only, as making them takes time."""

    findings: list[Finding]
    limit: int = MAX_FINDINGS
    unlisted: int = 0

    def add(self, make: Callable[[], Finding]) -> None:
        """Add the finding that `make` returns, or count it."""
        if len(self.findings) < self.limit:
            self.findings.append(make())
        else:
            self.unlisted += 1

    def close(self, file: str) -> None:
        """Say how many findings are not listed, if any."""
        if self.unlisted:
            self.findings.append(
                finding(
                    Place(file),
                    "error",
                    "too-many-findings",
                    f"{self.unlisted:,} further findings in this file are not listed, only the first {self.limit:,}",
                    f"{self.unlisted:,} temuan lain dalam berkas ini tidak didaftar, hanya {self.limit:,} yang pertama",
                )
            )


def in_file_order(inventory: Inventory) -> None:
    """Sort the findings of a table as its owner walks through it: sheet by sheet, line by line."""
    places = [record.place for record in inventory.records[:1]] + [found.place for found in inventory.findings]
    sheets: dict[str, int] = {}
    for place in places:
        sheets.setdefault(_sheet(place), len(sheets))
    inventory.findings.sort(key=lambda f: (sheets[_sheet(f.place)], f.place.line, f.place.column))


def _sheet(place: Place) -> str:
    return place.element.rsplit("!", 1)[0]
