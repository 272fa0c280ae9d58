"""Build findings: every message stands in English and Indonesian from the start."""

from bpo_kg.sources.facts import Finding, Place, Severity


def finding(place: Place, severity: Severity, code: str, en: str, id_: str) -> Finding:
    """Return a finding from its two sentences."""
    return Finding(place, severity, code, {"en": en, "id": id_})
