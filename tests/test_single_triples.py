"""What a single triple is worth: each change to a rule, an axiom, a claim or a scale changes a stated result."""

import csv
from pathlib import Path

import pytest

import bpo_kg
from bpo_kg.vocabulary import ASSERTED, PREFIXES

PROLOGUE = "\n".join(f"PREFIX {name}: <{iri}>" for name, iri in PREFIXES.items())
DATA = f"{ASSERTED}/test-data"

PROCESSES = {
    "line": {"kind": "24-hour call center"},
    "core line": {"kind": "24-hour call center", "core": "yes"},
    "marketing": {"kind": "marketing"},
    "payroll": {"kind": "payroll"},
    "guards": {"kind": "security services"},
    "vault": {"on_site_need": "yes"},
    "forum": {"kind": "web forum moderation", "client_country": "US", "languages": "ja"},
    "german mail": {"public_contact": "yes", "channels": "email", "client_country": "CH", "languages": "de"},
    "night line": {"kind": "after-hours call centre", "client_country": "AU"},
    "hotline": {"public_contact": "yes", "channels": "phone"},
    "counter": {"public_contact": "yes", "channels": "inPerson"},
    "ledger": {"public_contact": "no"},
    "staff desk": {"workforce_contact": "yes"},
    "staff phone": {"workforce_contact": "yes", "channels": "phone"},
    "staff desk and phone": {"workforce_contact": "yes", "channels": "phone; inPerson"},
    "complaints": {},
    "letters": {"part_of": "complaints", "public_contact": "yes"},
}
CHANGES = """
- rule:p1 bpo:gives scale:excluded | core line | PH | excluded | favoured
- rule:p2 bpo:whenFailed crit:coreFunction | marketing | PH | possible | undetermined
- rule:p3 bpo:whenMet crit:lowerLabourCost | hotline | US | possible | favoured
- rule:p3 bpo:whenMet crit:sharedLanguage | forum | PH | possible | favoured
- rule:p4 bpo:whenMet crit:onSiteNeed | payroll | GB | possible | favoured
- rule:p5 bpo:priority 30 | guards | PH | discouraged | possible
+ rule:p5 bpo:whenMet crit:publicContact | staff desk | PH | discouraged | possible
- rule:p6 bpo:whenFailed crit:sharedLanguage | german mail | US | discouraged | possible
- rule:p7 bpo:restsOn stmt:s12 | payroll | PH | favoured | possible
- rule:p8 bpo:weakestBasis scale:inherited | guards | PH | discouraged | excluded
+ rule:p8 bpo:whenMet crit:publicContact | vault | PH | excluded | discouraged
- rule:p9 bpo:whenMet crit:afterHoursCover | night line | US | possible | favoured
- rule:d2 bpo:presumesFailed crit:onSiteNeed | hotline | location_bound | no | unknown
- rule:d3 bpo:presumesMet crit:onSiteNeed | staff desk | location_bound | yes | unknown
- rule:d4 bpo:whenFailed crit:inPersonChannel | staff desk and phone | location_bound | yes | no
- rule:d5 bpo:presumesMet crit:onSiteNeed | counter | location_bound | yes | unknown
- rule:measuresReplaceD1 bpo:disables rule:d1 | ledger | location_bound | unknown | yes
- scale:tendency bpo:rank 2 | line | PH | favoured | possible
- bpo:OnSiteProcess rdfs:subClassOf ?c . ?c owl:onProperty bpo:meets | vault | PH | excluded | possible
- bpo:FrontOfficeProcess rdfs:subClassOf ?c . ?c owl:onProperty bpo:meets | line | office_category | front | unknown
- bpo:OutsourcingCandidate rdfs:subClassOf ?c . ?c owl:onProperty bpo:fails | line | outsourcing | candidate | unknown
- bpo:AfterHoursProcess rdfs:subClassOf ?c . ?c owl:onProperty bpo:meets | night line | GB | favoured | possible
+ bpo:WorkforceFacingProcess rdfs:subClassOf bpo:OnSiteProcess | staff phone | location_bound | no | yes
- crit:inPersonChannel bpo:closedBy bpo:usesChannel | hotline | location_bound | no | unknown
- bpo:publicContact bpo:passes scale:yesUpNoDown | complaints | office_category | front | unknown
- chan:phone a bpo:RemoteChannel | staff phone | location_bound | no | yes
- claim:payroll-43-3051-onSiteNeed bpo:answer false | payroll | location_bound | no | unknown
- proc:payroll bpo:publicContact false | payroll | office_category | back | unknown
"""
"""One triple taken out (-) or put in (+), after a stop what tells it apart | process | column | before | after."""
ROWS = [tuple(cell.strip() for cell in line.split("|")) for line in CHANGES.strip().splitlines()]


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("worth") / "processes.csv"
    columns = dict.fromkeys(
        ["id", "name", "client_country", "core", *(c for cells in PROCESSES.values() for c in cells)]
    )
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(columns))
        table.writeheader()
        for name, cells in PROCESSES.items():
            table.writerow({"id": name, "name": name, "client_country": "GB", "core": "no", **cells})
    return path


def judged(inventory: Path, change: str = "") -> dict[str, dict[str, object]]:
    """Assess the inventory after one triple of the shipped ontology has changed."""
    kg = bpo_kg.load(inventory, to=["PH", "US", "GB"])
    if change:
        sign, pattern = change.split(" ", 1)
        triple = pattern.split(" . ")[0]
        before = len(kg.dataset.store)
        kg.dataset.store.update(
            f"{PROLOGUE} DELETE {{ GRAPH ?g {{ {triple} }} }} WHERE {{ GRAPH ?g {{ {pattern} }} }}"
            if sign == "-"
            else f"{PROLOGUE} INSERT DATA {{ GRAPH <{DATA}> {{ {triple} }} }}"
        )
        assert abs(len(kg.dataset.store) - before) == 1, "a change is one triple"
    table = kg.assess()
    return {name: dict(table.row(name)) for name in PROCESSES}


@pytest.fixture(scope="module")
def as_shipped(inventory: Path) -> dict[str, dict[str, object]]:
    return judged(inventory)


def test_there_are_changes_enough() -> None:
    """Rules of both sorts, axioms, claims, catalogue facts and scales are among the changes, each stated once."""
    assert len({change for change, *_ in ROWS}) == len(ROWS) >= 20


@pytest.mark.parametrize(("change", "process", "column", "before", "after"), ROWS, ids=[row[0] for row in ROWS])
def test_one_triple_changes_what_is_told(
    inventory: Path,
    as_shipped: dict[str, dict[str, object]],
    change: str,
    process: str,
    column: str,
    before: str,
    after: str,
) -> None:
    """The shipped triple gives the stated result; without it, or with one more, the result is another."""
    assert as_shipped[process][column] == before
    assert judged(inventory, change)[process][column] == after
