"""What a BPMN model tells: processes with parts, and public contact as a suggestion at the right end of a flow."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bpo_kg.errors import SourceError
from bpo_kg.sources.bpmn import MODEL, read_bpmn
from bpo_kg.sources.facts import Inventory
from bpo_kg.vocabulary import CHAN

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "tests" / "corpus" / "models"
Model = Callable[[str], Inventory]


@pytest.fixture
def model(tmp_path: Path) -> Model:
    """Read a model whose definitions hold the given elements."""

    def read(inside: str) -> Inventory:
        path = tmp_path / "model.bpmn"
        path.write_text(f'<definitions xmlns="{MODEL}">\n{inside}\n</definitions>', encoding="utf-8")
        return read_bpmn(path)

    return read


def parts(inventory: Inventory) -> dict[str, str | None]:
    names = {record.id: record.name for record in inventory.records}
    return {record.name: names.get(str(record.cells.get("part_of"))) for record in inventory.records}


def public(inventory: Inventory) -> set[str]:
    return {record.name for record in inventory.records if record.suggestions.get("public_contact") is True}


def codes(inventory: Inventory) -> list[str]:
    return [finding.code for finding in inventory.findings]


def test_pools_lanes_and_sub_processes_become_processes_with_parts() -> None:
    """A pool is named as drawn; its lanes and sub-processes are its parts; a pool of insured people gives no row."""
    assert parts(read_bpmn(ROOT / "examples" / "claims-desk.bpmn")) == {
        "Claims desk": None,
        "Intake": "Claims desk",
        "Assessing": "Claims desk",
        "Assess damage": "Assessing",
        "Surveyor": None,
    }


def test_only_the_pool_and_lane_at_the_other_end_are_suggested_to_deal_with_the_public() -> None:
    """Contact stays where the flow ends: not the surveyor, not the other lane."""
    assert public(read_bpmn(ROOT / "examples" / "claims-desk.bpmn")) == {"Claims desk", "Intake"}


def test_a_suggestion_carries_the_flows_element_line_and_column() -> None:
    """The place of a suggestion is the message flow that it comes from."""
    path = ROOT / "examples" / "claims-desk.bpmn"
    desk = read_bpmn(path).records[0]
    place = desk.places["public_contact"]
    line = path.read_text(encoding="utf-8").splitlines()[place.line - 1]
    assert place.element == "FlowNotice"
    assert line[place.column - 1 :].startswith('<bpmn:messageFlow id="FlowNotice"')


def test_a_suggestion_asks_to_be_confirmed_in_both_languages() -> None:
    """The owner is asked, in words that name the pool, the process and the column to fill."""
    found = [
        f for f in read_bpmn(ROOT / "examples" / "claims-desk.bpmn").findings if f.code == "suggested-public-contact"
    ]
    assert [finding.severity for finding in found] == ["suggestion"] * 2
    for finding in found:
        for lang in ("en", "id"):
            text = finding.message[lang]
            assert "?" in text
            assert "Insured person" in text
            assert "public_contact" in text


def test_a_process_has_an_iri_of_its_own() -> None:
    """File and element id name it, as file and row id name a table's row."""
    iris = [record.iri for record in read_bpmn(ROOT / "examples" / "claims-desk.bpmn").records]
    assert iris[0] == "https://w3id.org/bpo-kg/row/claims-desk/ClaimsDesk"
    assert len(set(iris)) == len(iris)


def test_names_and_documentation_are_kept() -> None:
    """Documentation, and a process name that the pool's name hides, are the record's notes."""
    notes = {
        record.name: record.cells.get("notes") for record in read_bpmn(ROOT / "examples" / "claims-desk.bpmn").records
    }
    assert notes["Claims desk"] == (
        "Settle motor claims\nTakes up motor claims and settles them within ten working days."
    )
    assert notes["Assess damage"] == "Photographs first, a surveyor only above 5,000."
    assert notes["Intake"] is None


def test_a_model_records_nothing_but_wholes_and_notes() -> None:
    """Whatever else a model hints at is a suggestion, and a manual task hints at nothing."""
    for path in (ROOT / "examples" / "claims-desk.bpmn", CORPUS / "kreditantrag.bpmn"):
        for record in read_bpmn(path).records:
            assert record.cells.keys() <= {"part_of", "notes"}
            assert record.suggestions.keys() <= {"public_contact", "channels"}


def test_a_send_task_suggests_a_channel_only_if_its_name_says_so() -> None:
    """'E-mail decision' names a channel; 'Order survey' names none."""
    suggested = {
        record.name: record.suggestions["channels"]
        for record in read_bpmn(ROOT / "examples" / "claims-desk.bpmn").records
        if "channels" in record.suggestions
    }
    assert suggested == {"Claims desk": (CHAN + "email",), "Intake": (CHAN + "email",)}


def test_a_pool_named_after_the_process_is_work_and_a_black_box_is_not_the_public() -> None:
    """'Customer Onboarding' is a process; neither a manager nor a supplier is the public."""
    inventory = read_bpmn(CORPUS / "onboarding.bpmn")
    assert [record.name for record in inventory.records] == ["Customer Onboarding", "Branch manager", "Card supplier"]
    assert public(inventory) == set()
    assert codes(inventory) == ["black-box-pool", "black-box-pool"]


def test_a_white_box_customer_is_a_counterpart_with_everything_in_it() -> None:
    """The customer's own lanes and sub-processes are no work of the bank; prefixed references are followed."""
    inventory = read_bpmn(CORPUS / "kreditantrag.bpmn")
    assert parts(inventory) == {
        "Bank": None,
        "Filiale": "Bank",
        "Schalter": "Filiale",
        "Kasse": "Filiale",
        "Marktfolge": "Bank",
        "Bonität prüfen": "Marktfolge",
        "Rückfrage stellen": "Bonität prüfen",
    }
    assert public(inventory) == {"Bank", "Filiale", "Schalter", "Marktfolge", "Bonität prüfen", "Rückfrage stellen"}


def test_contact_of_two_pools_with_the_public_is_theirs_alone(model: Model) -> None:
    """A third pool that only talks with the second has none."""
    inventory = model(
        """<collaboration id="c">
             <participant id="shop" name="Web shop"/><participant id="depot" name="Depot"/>
             <participant id="buyer" name="Online customers"/>
             <messageFlow id="f1" sourceRef="buyer" targetRef="shop"/>
             <messageFlow id="f2" sourceRef="shop" targetRef="depot"/>
           </collaboration>"""
    )
    assert public(inventory) == {"Web shop"}


def test_a_process_that_customers_share_with_the_firm_stays_a_process(model: Model) -> None:
    """Two pools may show the same process; the one that is not the public owns it."""
    inventory = model(
        """<collaboration id="c">
             <participant id="guest" name="Guest" processRef="stay"/>
             <participant id="hotel" name="Front desk" processRef="stay"/>
             <messageFlow id="f" sourceRef="guest" targetRef="hotel"/>
           </collaboration>
           <process id="stay" name="Stay"/>"""
    )
    assert [record.name for record in inventory.records] == ["Front desk"]
    assert public(inventory) == {"Front desk"}


def test_a_process_without_a_pool_is_named_by_itself_or_by_its_id(model: Model) -> None:
    """A process is never left out for want of a name; a nameless lane is, and is counted."""
    inventory = model(
        """<process id="p1" name="Month-end closing"><laneSet><lane id="l1"/></laneSet></process><process id="p2"/>"""
    )
    assert [record.name for record in inventory.records] == ["Month-end closing", "p2"]
    assert inventory.left_out == 1
    assert codes(inventory) == ["no-name"]


def test_a_lane_named_like_customers_is_asked_about_and_kept(model: Model) -> None:
    """Only a pool is a counterpart; a lane may be the desk that serves them."""
    inventory = model(
        """<process id="p" name="Restaurant"><laneSet><lane id="l" name="Guest"/><lane id="m" name="Waiter"/></laneSet>
           </process>"""
    )
    assert [record.name for record in inventory.records] == ["Restaurant", "Guest", "Waiter"]
    assert codes(inventory) == ["public-lane"]
    assert public(inventory) == set()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_the_declared_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    """Tools write models in the encodings of their time."""
    declared = encoding.removesuffix("-sig")
    process = '<process id="p" name="Prüfung"/>'
    text = f'<?xml version="1.0" encoding="{declared}"?><definitions xmlns="{MODEL}">{process}</definitions>'
    path = tmp_path / "model.bpmn"
    path.write_bytes(text.encode(encoding))
    assert [record.name for record in read_bpmn(path).records] == ["Prüfung"]


def test_a_repeated_id_and_a_dangling_flow_are_findings(model: Model) -> None:
    """References mean the first element of an id; a flow to nowhere is told and not read."""
    inventory = model(
        """<collaboration id="c"><participant id="a" name="Patient"/>
             <messageFlow id="f" sourceRef="a" targetRef="nowhere"/></collaboration>
           <process id="p" name="Admission"/>
           <process id="p" name="Discharge"/>"""
    )
    assert codes(inventory) == ["counterpart-pool", "dangling-reference", "duplicate-id"]
    assert [record.name for record in inventory.records] == ["Admission", "Discharge"]
    assert len({record.id for record in inventory.records}) == 2


def test_a_model_of_customers_alone_holds_no_process(model: Model) -> None:
    """The reader says so rather than giving an empty inventory without a word."""
    inventory = model("""<collaboration id="c"><participant id="a" name="Customer"/></collaboration>""")
    assert inventory.records == []
    assert codes(inventory) == ["no-process", "counterpart-pool"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no element found"),
        ("<definitions", "unclosed token"),
        ("<definitions/>", "not a BPMN 2.0 model"),
        ('<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>', "not a BPMN 2.0 model"),
        (f'<!DOCTYPE definitions><definitions xmlns="{MODEL}"/>', "DOCTYPE"),
        (
            f'<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]><definitions xmlns="{MODEL}">&a;</definitions>',
            "DOCTYPE",
        ),
        (f'<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><d xmlns="{MODEL}">&b;</d>', "DOCTYPE"),
        (f'<definitions xmlns="{MODEL}">' + "<process>" * 300, "nested deeper than 200"),
        ('<?xml version="1.0" encoding="no-such"?><definitions/>', "model.bpmn"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(tmp_path: Path, content: str, message: str) -> None:
    """Broken, foreign and hostile files raise one error that names the file and the reason, and nothing is fetched."""
    path = tmp_path / "model.bpmn"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SourceError, match=message) as raised:
        read_bpmn(path)
    assert str(path) in str(raised.value)


def test_a_missing_model_is_an_error(tmp_path: Path) -> None:
    """A path that is no file is said to be none."""
    with pytest.raises(SourceError, match="No such file"):
        read_bpmn(tmp_path / "nowhere.bpmn")


def test_reading_twice_gives_the_same() -> None:
    """Records, suggestions and findings depend on the file alone."""
    path = CORPUS / "kreditantrag.bpmn"
    first, second = read_bpmn(path), read_bpmn(path)
    assert first.records == second.records
    assert first.findings == second.findings
