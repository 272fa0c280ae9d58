"""Write findings for people and for other tools: one line each, JSON, or SARIF 2.1.0 for code hosts and editors.

Keys, codes and severities are the same in every language; only the sentences differ. In tables the column is
the number of the cell in its row, which is what a spreadsheet user counts.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

from bpo_kg import __version__
from bpo_kg.sources.facts import Finding, Place

_LEVELS = {"error": "error", "warning": "warning", "suggestion": "note"}
_NO_FILE = re.compile(r"[A-Za-z][\w.+-]+:(?![\\/])|https?://|<|_:")


def as_text(findings: Iterable[Finding], lang: str = "en") -> str:
    """Return `file:line:column: severity: message`, one finding a line."""
    return "".join(finding.text(lang) + "\n" for finding in findings)


def plain(finding: Finding, lang: str = "en") -> dict[str, str | int]:
    """Return a finding as JSON values; line and column are 0 where they are not known."""
    return {
        "file": finding.place.file,
        "line": finding.place.line,
        "column": finding.place.column,
        "element": finding.place.element,
        "severity": finding.severity,
        "code": finding.code,
        "message": finding.message.get(lang, finding.message["en"]),
    }


def as_json(findings: Iterable[Finding], lang: str = "en") -> str:
    """Return one JSON array with an object per finding."""
    return json.dumps([plain(finding, lang) for finding in findings], ensure_ascii=False, indent=1) + "\n"


def as_sarif(findings: Iterable[Finding], lang: str = "en") -> str:
    """Return a SARIF 2.1.0 log with one run; a suggestion has level "note"."""
    listed = list(findings)
    codes = sorted({finding.code for finding in listed})
    run = {
        "tool": {
            "driver": {
                "name": "bpo-kg",
                "semanticVersion": __version__,
                "informationUri": "https://w3id.org/bpo-kg/",
                "rules": [{"id": code, "name": _camel(code)} for code in codes],
            }
        },
        "language": "id" if lang == "id" else "en",
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, codes.index(finding.code), lang) for finding in listed],
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(log, ensure_ascii=False, indent=1) + "\n"


def _result(finding: Finding, index: int, lang: str) -> dict[str, Any]:
    return {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message.get(lang, finding.message["en"])},
        "locations": [_location(finding.place)],
    }


def _location(place: Place) -> dict[str, Any]:
    location: dict[str, Any] = {}
    if place.line or not _NO_FILE.match(place.file):
        physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(place.file)}}
        if place.line:
            physical["region"] = {"startLine": place.line} | ({"startColumn": place.column} if place.column else {})
        location["physicalLocation"] = physical
    if name := place.element or ("" if location else place.file):
        location["logicalLocations"] = [{"fullyQualifiedName": name}]
    return location


def _uri(file: str) -> str:
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(PurePath(file).as_posix())


def _camel(code: str) -> str:
    return "".join(word.capitalize() for word in code.split("-"))
