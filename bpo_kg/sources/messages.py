"""Build findings: every message stands in English and Indonesian from the start."""

from bpo_kg.sources.facts import Finding, Inventory, Place, Severity


def finding(place: Place, severity: Severity, code: str, en: str, id_: str) -> Finding:
    """Return a finding from its two sentences."""
    return Finding(place, severity, code, {"en": en, "id": id_})


def in_file_order(inventory: Inventory) -> None:
    """Sort the findings of a table as its owner walks through it: sheet by sheet, line by line."""
    places = [record.place for record in inventory.records[:1]] + [found.place for found in inventory.findings]
    sheets: dict[str, int] = {}
    for place in places:
        sheets.setdefault(_sheet(place), len(sheets))
    inventory.findings.sort(key=lambda f: (sheets[_sheet(f.place)], f.place.line, f.place.column))


def _sheet(place: Place) -> str:
    return place.element.rsplit("!", 1)[0]
