"""O*NET occupations as an inventory: two table shapes, answers by stated thresholds, unknown without figures."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyoxigraph as ox
import pytest

from bpo_kg.errors import SourceError
from bpo_kg.sources.facts import Inventory, ProcessRecord
from bpo_kg.sources.onet import read_onet
from bpo_kg.sources.threshold_rules import ThresholdRule, judge, read_thresholds

Said = Callable[[Mapping[str, float | None]], dict[str, bool]]
DATABASE = ("O*NET-SOC Code", "Element ID", "Element Name", "Scale ID", "Data Value", "Recommend Suppress")
NAMESPACES = {"bpo": "ontology#", "crit": "criterion/", "scale": "scale/"}
THRESHOLDS = Path(__file__).resolve().parent.parent / "ontology" / "onet.ttl"
PHYSICAL = (
    "Handling and Moving Objects",
    "Controlling Machines and Processes",
    "Operating Vehicles, Mechanized Devices, or Equipment",
    "Inspecting Equipment, Structures, or Material",
    "Repairing and Maintaining Mechanical Equipment",
    "Repairing and Maintaining Electronic Equipment",
    "Assisting and Caring for Others",
)
HANDS = "Spend Time Using Your Hands to Handle, Control, or Feel Objects, Tools, or Controls"
PUBLIC = "Performing for or Working Directly with the Public"
DESK = dict.fromkeys(PHYSICAL, 20.0) | {
    PUBLIC: 24.0,
    "Exposed to Disease or Infections": 5.0,
    "Physical Proximity": 37.0,
    "Telephone": 98.0,
    "Electronic Mail": 98.0,
}
"""An occupation at a connected desk, in figures from 0 to 100 by element name."""


@pytest.fixture(scope="module")
def rules() -> tuple[ThresholdRule, ...]:
    return read_thresholds(THRESHOLDS)


@pytest.fixture(scope="module")
def elements(rules: Sequence[ThresholdRule]) -> dict[str, str]:
    """Element IRI by English name."""
    store = ox.Store()
    store.load(path=str(THRESHOLDS), format=ox.RdfFormat.TURTLE)
    label = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
    named = {q.object.value: q.subject.value for q in store.quads_for_pattern(None, label, None, None)}
    return {name: named[name] for name in (*DESK, HANDS, "Performing General Physical Activities")}


@pytest.fixture(scope="module")
def said(rules: Sequence[ThresholdRule], elements: Mapping[str, str]) -> Said:
    """Judge an occupation like the desk one, with some figures changed or, with None, missing."""

    def judged(changed: Mapping[str, float | None]) -> dict[str, bool]:
        figures = {elements[name]: figure for name, figure in {**DESK, **changed}.items() if figure is not None}
        return {criterion: rule.answer for criterion, rule in judge(figures, rules).items()}

    return judged


def export(folder: Path, element: str, column: str, rows: Sequence[tuple[object, str, str]]) -> None:
    """Write a per-element export."""
    level = ",Level" if column == "Importance" else ""
    lines = [f"{column}{level},Code,Occupation"]
    lines += [f'{figure}{",50" if level else ""},{code},"{title}"' for figure, code, title in rows]
    (folder / f"{element}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def published(folder: Path, name: str, rows: Sequence[Sequence[object]], header: Sequence[str] = DATABASE) -> None:
    """Write a table of the published database."""
    text = "\n".join("\t".join(map(str, row)) for row in (header, *rows))
    (folder / f"{name}.txt").write_text(text + "\n", encoding="utf-8")


def by_id(inventory: Inventory) -> dict[str, ProcessRecord]:
    return {record.id: record for record in inventory.records}


# --- what figures mean -------------------------------------------------------------------------------
def test_connected_desk_work_needs_nobody_on_site(said: Said) -> None:
    """Nothing bodily is important, telephone and e-mail are weekly, nobody is met."""
    assert said({}) == {"onSiteNeed": False, "remoteChannel": True, "inPersonChannel": False}


@pytest.mark.parametrize(
    "element", [*PHYSICAL[:6], "Performing General Physical Activities", "Exposed to Disease or Infections"]
)
def test_one_very_important_bodily_element_ties_work_to_its_place(said: Said, element: str) -> None:
    """75 of 100 is the label "very important", or "once a week"; a hair below it is not."""
    assert said({element: 75.0})["onSiteNeed"] is True
    assert said({element: 74.9}).get("onSiteNeed") is not True


@pytest.mark.parametrize("element", [*PHYSICAL[:6], "Exposed to Disease or Infections"])
def test_between_important_and_very_important_nothing_is_answered(said: Said, element: str) -> None:
    """From 50 up to 75 the figure itself does not say, and the answer stays unknown."""
    assert "onSiteNeed" not in said({element: 50.0})
    assert said({element: 49.9})["onSiteNeed"] is False


@pytest.mark.parametrize("element", [*PHYSICAL, PUBLIC, "Exposed to Disease or Infections"])
def test_a_missing_figure_never_becomes_a_no(said: Said, element: str) -> None:
    """Every element that could bind work must be known before the answer is no."""
    assert "onSiteNeed" not in said({element: None})


def test_an_occupation_without_figures_is_unknown(rules: Sequence[ThresholdRule]) -> None:
    """No figure, no answer."""
    assert judge({}, rules) == {}


def test_public_contact_is_split_by_channel(said: Said) -> None:
    """Within arm's reach it binds and is in person; over the telephone from a shared office it does not bind."""
    counter = said({PUBLIC: 90.0, "Physical Proximity": 70.0})
    assert counter["onSiteNeed"] is True
    assert counter["inPersonChannel"] is True
    assert "remoteChannel" not in counter
    agent = said({PUBLIC: 63.0, "Physical Proximity": 58.0})
    assert agent == {"onSiteNeed": False, "remoteChannel": True}


def test_proximity_alone_decides_nothing(said: Said) -> None:
    """Telephone sellers sit close together: colleagues count as near, and nobody is met."""
    assert said({"Physical Proximity": 77.0})["onSiteNeed"] is False


def test_care_binds_only_within_reach(said: Said) -> None:
    """Comforting by telephone is care too."""
    assert said({PHYSICAL[6]: 90.0, "Physical Proximity": 80.0})["onSiteNeed"] is True
    assert "onSiteNeed" not in said({PHYSICAL[6]: 90.0, "Physical Proximity": 40.0})


@pytest.mark.parametrize(
    ("telephone", "mail", "needed"),
    [
        (98.0, 0.0, False),
        (0.0, 50.0, False),
        (50.0, 49.0, False),
        (49.0, 49.0, None),
        (74.9, 24.9, True),
        (75.0, 24.9, False),
    ],
)
def test_desk_work_moves_only_if_a_line_reaches_it(
    said: Said, telephone: float, mail: float, needed: bool | None
) -> None:
    """Monthly by either line shows that it is not cut off; hardly any mail and no weekly telephone, that it is."""
    assert said({"Telephone": telephone, "Electronic Mail": mail}).get("onSiteNeed") is needed


def test_a_remote_channel_is_one_that_is_used_weekly(said: Said) -> None:
    """Monthly contact is no channel to be reached by, and hardly any is the absence of one."""
    assert "remoteChannel" not in said({"Telephone": 74.9, "Electronic Mail": 74.9})
    assert said({"Telephone": 75.0, "Electronic Mail": 0.0})["remoteChannel"] is True
    assert said({"Telephone": 24.9, "Electronic Mail": 24.9})["remoteChannel"] is False


def test_hands_bind_only_if_they_handle_things(said: Said) -> None:
    """A switchboard keeps hands busy too; what is handled and moved stands somewhere."""
    assert said({HANDS: 90.0})["onSiteNeed"] is False
    assert said({HANDS: 90.0, PHYSICAL[0]: 50.0})["onSiteNeed"] is True


def test_work_within_touch_is_done_on_the_spot(said: Said) -> None:
    """Nearer to touching than to arm's length."""
    assert said({"Physical Proximity": 87.5})["onSiteNeed"] is True


def test_no_threshold_answers_the_office_category(rules: Sequence[ThresholdRule]) -> None:
    """Measures answer on-site need and channels only."""
    assert len(rules) >= 15
    assert {rule.criterion for rule in rules} == {"onSiteNeed", "remoteChannel", "inPersonChannel"}


def test_rules_of_equal_precedence_that_disagree_leave_it_unknown(rules: Sequence[ThresholdRule]) -> None:
    """Nobody has said which of the two is right."""
    one = next(rule for rule in rules if rule.iri.endswith("/handlingOnSite"))
    other = ThresholdRule("urn:rule:carefree", one.conditions, one.criterion, False, one.precedence, "urn:statement")
    figures = {one.conditions[0].element.iri: 90.0}
    assert judge(figures, [one])["onSiteNeed"].answer is True
    assert judge(figures, [one, other]) == {}


# --- tables -------------------------------------------------------------------------------------------
def test_exports_are_read_with_the_place_of_the_deciding_figure(tmp_path: Path, rules: Sequence[ThresholdRule]) -> None:
    """Code, title, answer, and file:line:column of the figure that decided."""
    rows = [(12, "43-3051.00", "Payroll and Timekeeping Clerks"), (88, "53-7062.00", "Laborers, Freight and Stock")]
    export(tmp_path, "Handling_and_Moving_Objects", "Importance", rows)
    inventory = read_onet(tmp_path, rules)
    assert [(record.id, record.name) for record in inventory.records] == [
        ("43-3051.00", "Payroll and Timekeeping Clerks"),
        ("53-7062.00", "Laborers, Freight and Stock"),
    ]
    payroll, laborers = inventory.records
    assert payroll.iri == f"https://w3id.org/bpo-kg/row/{tmp_path.name}/43-3051.00"
    assert payroll.measures == {}
    assert laborers.measures == {"onSiteNeed": True}
    assert str(laborers.places["onSiteNeed"]) == f"{tmp_path / 'Handling_and_Moving_Objects.csv'}:3:1 (4.A.3.a.2)"


def test_published_tables_give_the_same_answers_as_exports(tmp_path: Path, rules: Sequence[ThresholdRule]) -> None:
    """Importance 4.00 of 5 is 75 of 100; levels, percentages and suppressed figures are passed over."""
    published(
        tmp_path,
        "Work Activities",
        [
            ("53-7062.00", "4.A.3.a.2", "Handling and Moving Objects", "IM", "4.00", "N"),
            ("53-7062.00", "4.A.3.a.2", "Handling and Moving Objects", "LV", "0.10", "N"),
            ("51-4041.00", "4.A.3.a.3", "Controlling Machines and Processes", "IM", "3.99", "N"),
            ("49-9041.00", "4.A.3.b.4", "Repairing and Maintaining Mechanical Equipment", "IM", "4.90", "Y"),
        ],
    )
    published(
        tmp_path,
        "Occupation Data",
        [("53-7062.00", "Laborers", "Move freight.")],
        ("O*NET-SOC Code", "Title", "Description"),
    )
    records = by_id(read_onet(tmp_path, rules))
    assert records["53-7062.00"].name == "Laborers"
    assert records["53-7062.00"].measures == {"onSiteNeed": True}
    assert records["51-4041.00"].measures == {}
    assert records["51-4041.00"].name == "51-4041.00"
    assert records["49-9041.00"].measures == {}


def test_the_databases_own_figure_outranks_a_rounded_export(tmp_path: Path, rules: Sequence[ThresholdRule]) -> None:
    """An export rounds 3.98 up to 75; the database's figure decides, in whichever order the files are read."""
    rows = [("53-7062.00", "4.A.3.a.2", "Handling and Moving Objects", "IM", "3.98", "N")]
    for name in ("A Work Activities", "Z Work Activities"):
        folder = tmp_path / name[0]
        folder.mkdir()
        published(folder, name, rows)
        export(folder, "Handling_and_Moving_Objects", "Importance", [(75, "53-7062.00", "Laborers")])
        inventory = read_onet(folder, rules)
        assert inventory.findings == []
        assert inventory.records[0].measures == {}


@pytest.mark.parametrize("figure", ["Not available", "n/a", "", "Not relevant"])
def test_an_absent_figure_is_unknown_without_a_finding(
    tmp_path: Path, rules: Sequence[ThresholdRule], figure: str
) -> None:
    """The publisher's own ways to say that there is no figure."""
    export(tmp_path, "Handling_and_Moving_Objects", "Importance", [(figure, "53-7062.00", "Laborers")])
    inventory = read_onet(tmp_path, rules)
    assert inventory.records[0].measures == {}
    assert inventory.findings == []


@pytest.mark.parametrize("figure", ["very", "101", "-1", "nan", "inf", "1e2", "0x60", "٩٩", "9" * 400])
def test_a_figure_off_its_scale_is_a_finding_and_unknown(
    tmp_path: Path, rules: Sequence[ThresholdRule], figure: str
) -> None:
    """The message says where it stands and what would be right; the row stays."""
    export(tmp_path, "Handling_and_Moving_Objects", "Importance", [(figure, "53-7062.00", "Laborers")])
    inventory = read_onet(tmp_path, rules)
    (found,) = inventory.findings
    assert (found.code, found.severity, found.place.line, found.place.column) == ("bad-figure", "error", 2, 1)
    assert "from 0 to 100" in found.message["en"]
    assert "dari 0 sampai 100" in found.message["id"]
    assert inventory.records[0].measures == {}


def test_contradicting_figures_are_a_finding_and_neither_counts(tmp_path: Path, rules: Sequence[ThresholdRule]) -> None:
    """Two figures for one element of one occupation: nobody can tell which is right."""
    rows = [(90, "53-7062.00", "Laborers"), (10, "53-7062.00", "Laborers"), (90, "53-7062.00", "Laborers")]
    export(tmp_path, "Handling_and_Moving_Objects", "Importance", rows)
    inventory = read_onet(tmp_path, rules)
    assert [finding.code for finding in inventory.findings] == ["two-figures"]
    assert inventory.records[0].measures == {}


def test_a_code_that_is_none_is_a_finding(tmp_path: Path, rules: Sequence[ThresholdRule]) -> None:
    """The row cannot be told apart from others, so it is named and left out."""
    export(tmp_path, "Telephone", "Context", [(90, "payroll", "Payroll"), (90, "43-3051.00", "Payroll Clerks")])
    inventory = read_onet(tmp_path, rules)
    assert [record.id for record in inventory.records] == ["43-3051.00"]
    assert [(f.code, f.place.line, f.place.column) for f in inventory.findings] == [("bad-code", 2, 2)]
    assert inventory.left_out == 1


def test_a_folder_without_tables_is_an_error(tmp_path: Path, rules: Sequence[ThresholdRule]) -> None:
    """Missing, empty, and full of something else."""
    with pytest.raises(SourceError, match="no such folder"):
        read_onet(tmp_path / "nowhere", rules)
    with pytest.raises(SourceError, match="no O\\*NET table"):
        read_onet(tmp_path, rules)
    (tmp_path / "prices.csv").write_text("item,price\npen,1\n", encoding="utf-8")
    with pytest.raises(SourceError, match="no O\\*NET table"):
        read_onet(tmp_path, rules)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("bpo:thresholdCriterion crit:onSiteNeed", "no whenFigure"),
        ("bpo:whenFigure [ bpo:onElement <urn:e> ]", "comparison"),
        ("bpo:whenFigure [ bpo:comparison scale:above ]", "neither atLeast nor below"),
        ("bpo:whenFigure [ bpo:comparison scale:below ; bpo:onElement <urn:e> ]", "elementScale"),
    ],
)
def test_an_incomplete_threshold_rule_is_an_error(tmp_path: Path, rule: str, message: str) -> None:
    """A rule of one's own that lacks a part is named, not skipped."""
    path = tmp_path / "own.ttl"
    prefixes = "".join(f"@prefix {p}: <https://w3id.org/bpo-kg/{i}> .\n" for p, i in NAMESPACES.items())
    path.write_text(f"{prefixes}<urn:mine> a bpo:ThresholdRule ; {rule} .\n", encoding="utf-8")
    with pytest.raises(SourceError, match=message):
        read_thresholds(path)
