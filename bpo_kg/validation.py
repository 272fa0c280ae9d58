"""Everything that `check` looks for in files: can they be read, are cells right, do shapes hold, does it add up.

Each file is taken as far as it goes: one that cannot be parsed is a finding like any other, and the rest is checked.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bpo_kg.errors import BpoKgError, ReasoningError, SourceError
from bpo_kg.graph import KnowledgeGraph
from bpo_kg.loading import load_data, load_places, load_rules, load_shipped
from bpo_kg.portfolio.choice import installed, should_use
from bpo_kg.sources.facts import Finding, Place
from bpo_kg.sources.shapes import validate


def check_files(
    files: Sequence[str | Path],
    *,
    rules: Sequence[str | Path] = (),
    places: Sequence[str | Path] = (),
    evidence: bool = True,
    client: str | None = None,
    to: Sequence[str] = (),
    mapping: Mapping[str, str] | None = None,
    reasoner: str = "rl",
) -> list[Finding]:
    """Return what is wrong in the given files, by place.

    Args:
        files: inventories, BPMN models, RDF.
        rules: the user's rule files, checked too.
        places: the user's places, checked too.
        evidence: whether published measures count.
        client: client's country, for processes that name none.
        to: countries or sites that are to be judged, whose columns a table's own may clash with.
        mapping: table header to inventory column.
        reasoner: "rl", or "hermit" for the complete check that needs Java.

    Raises:
        SourceError: a file is missing.
        UnknownThing: `client` or `to` names no country.
    """
    if should_use(files) and installed():
        asked = {"rules": rules, "places": places, "evidence": evidence, "client": client, "to": to}
        large = _check_large(files, {**asked, "mapping": mapping or {}, "reasoner": reasoner})
        if large is not None:
            return large
    loaded = load_shipped(evidence=evidence)
    shipped = set(loaded.files)
    found: list[Finding] = []
    load_rules(loaded, rules)
    load_places(loaded, places)
    for file in files:
        if not Path(file).is_file():
            raise SourceError(f"{file}: no such file")
    load_data(loaded, files, mapping=mapping, unreadable=lambda p, e: found.append(_unreadable(str(p), e)))
    kg = KnowledgeGraph(loaded, client=client, to=to)
    found += kg.contradictions(reasoner=reasoner)
    found += [f for f in kg.refusals() if f.place.file not in {loaded.files[g] for g in shipped}]
    try:
        found += kg.assess().findings
    except BpoKgError as error:  # what verdicts are made from is not there; the shapes tell where
        found += [_unjudged(error), *kg.findings]
    # Cells of an inventory have been parsed one by one; shapes could say nothing new about them, slowly.
    inventories = {inventory.file for inventory in loaded.inventories}
    described = [g for g, file in loaded.files.items() if g not in shipped and file not in inventories]
    found += validate(kg.dataset, described, kg.locator)
    return _in_order(found)


def _check_large(files: Sequence[str | Path], asked: Mapping[str, Any]) -> list[Finding] | None:
    """Check large tables with the table engine, which finds the same; None if one of them cannot be read by it."""
    from bpo_kg.portfolio.assess import assess_file
    from bpo_kg.portfolio.options import PortfolioOptions

    try:
        return _in_order(assess_file(files, options=PortfolioOptions(**asked)).findings)
    except (SourceError, ReasoningError):
        # The graph engine takes each file as far as it goes, and says of which one what is wrong.
        return None


def _in_order(findings: Iterable[Finding]) -> list[Finding]:
    # The sentence counts as well, so that what stands at one place comes in one order, run after run.
    return sorted(set(findings), key=lambda f: (f.place, f.severity, f.code, f.message["en"]))


def _unjudged(error: BpoKgError) -> Finding:
    return Finding(Place(""), "error", "not-judged", {"en": str(error), "id": f"tidak dapat dinilai: {error}"})


def _unreadable(file: str, error: SourceError) -> Finding:
    text = str(error)
    place = Place(file)
    found = re.fullmatch(rf"{re.escape(file)}(?::(\d+)(?::(\d+))?)?: ?(.*)", text, re.DOTALL)
    if found:
        place, text = Place(file, int(found[1] or 0), int(found[2] or 0)), found[3]
    return Finding(place, "error", "unreadable", {"en": text, "id": f"berkas tidak dapat dibaca: {text}"})
