"""Whatever a model holds, it is read or refused: no other error, and every record keeps its promises."""

import os
import tempfile
from pathlib import Path
from xml.sax.saxutils import quoteattr

from hypothesis import given, settings
from hypothesis import strategies as st

from bpo_kg.errors import SourceError
from bpo_kg.sources.bpmn import MODEL, read_bpmn
from bpo_kg.sources.facts import Inventory

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = int(os.environ.get("BPO_KG_FUZZ", "60"))
SEEDS = sorted([ROOT / "examples" / "claims-desk.bpmn", *(ROOT / "tests" / "corpus" / "models").glob("*.bpmn")])

IDS = st.sampled_from(("a", "b", "c", "d", "e", "x:a", "", "nowhere"))
NAMES = st.sampled_from(
    ("Customer", "Bank", "E-mail the client", "Kunde", "", "Call centre", "\x85\u2028", "🙂")
) | st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"), max_size=12
)
TAGS = st.sampled_from(
    ("process", "subProcess", "laneSet", "lane", "childLaneSet", "flowNodeRef", "participant", "messageFlow",
     "collaboration", "sendTask", "receiveTask", "manualTask", "documentation", "transaction", "callActivity",
     "definitions")
)  # fmt: skip
ATTRIBUTES = st.fixed_dictionaries(
    {}, optional={"id": IDS, "name": NAMES, "processRef": IDS, "sourceRef": IDS, "targetRef": IDS}
)


def _element(tag: str, attributes: dict[str, str], inside: list[str], text: str) -> str:
    own = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    return f"<{tag}{own}>{text}{''.join(inside)}</{tag}>"


ELEMENTS = st.recursive(
    st.builds(_element, TAGS, ATTRIBUTES, st.just([]), IDS),
    lambda inner: st.builds(_element, TAGS, ATTRIBUTES, st.lists(inner, max_size=4), IDS),
    max_leaves=25,
)


def read(content: bytes) -> Inventory | None:
    """Read bytes as a model; None if they are refused."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.bpmn"
        path.write_bytes(content)
        try:
            return read_bpmn(path)
        except SourceError as error:
            refusal = str(error)
    assert str(path) in refusal
    return None


def check(inventory: Inventory) -> None:
    """Ids are unique, wholes stand before their parts, and what is suggested has a place and a question."""
    seen: set[str] = set()
    for record in inventory.records:
        assert record.id not in seen
        assert record.name
        assert record.cells.get("part_of", next(iter(seen), None)) in seen or "part_of" not in record.cells
        assert record.suggestions.keys() <= {"public_contact", "channels"}
        assert record.suggestions.get("public_contact", True) is True
        for column in (*record.cells, *record.suggestions):
            assert record.places[column].line >= 1
        seen.add(record.id)
    for found in inventory.findings:
        assert {"en", "id"} <= found.message.keys()
        assert found.place.line >= 1


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(ELEMENTS, max_size=5))
def test_any_arrangement_of_bpmn_elements_is_read(elements: list[str]) -> None:
    """Well-formed XML of BPMN elements in any order and nesting, with ids that repeat, dangle or point in circles."""
    inventory = read(f'<definitions xmlns="{MODEL}">{"".join(elements)}</definitions>'.encode())
    assert inventory is not None
    check(inventory)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.sampled_from(SEEDS), st.data())
def test_damaged_models_are_read_or_refused(seed: Path, data: st.DataObject) -> None:
    """Real models with bytes cut out, doubled or replaced."""
    content = bytearray(seed.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(at, min(len(content), at + 40)))
        content[at:end] = data.draw(st.sampled_from((b"", bytes(content[at:end]) * 2)) | st.binary(max_size=8))
    inventory = read(bytes(content))
    if inventory is not None:
        check(inventory)
