"""What is said of places, law and sites stands in Turtle, in both languages, and every sentence of it is used."""

import ast
import re
from pathlib import Path

import pytest

from bpo_kg.suitability.wording import labels_by_notation, said

ROOMS = Path(__file__).parent.parent / "bpo_kg" / "suitability"
SENTENCES = labels_by_notation("place-sentences")


def keys_in_code() -> set[str]:
    """Notations that the code names as plain text, wherever it does."""
    texts = {
        node.value
        for room in ROOMS.glob("*.py")
        for node in ast.walk(ast.parse(room.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return texts & set(SENTENCES) | {f"cost={basis}" for basis in ("recorded", "presumed")}


@pytest.mark.parametrize("key", sorted(SENTENCES))
def test_a_sentence_has_the_same_blanks_in_both_languages(key: str) -> None:
    """English and Indonesian say the same of the same things."""
    texts = SENTENCES[key]
    assert set(texts) == {"en", "id"}
    english, indonesian = (sorted(re.findall(r"{(\w+)}", texts[lang])) for lang in ("en", "id"))
    assert english == indonesian


def test_no_sentence_is_unused() -> None:
    """What nothing says any more is taken out."""
    assert len(SENTENCES) > 30
    assert set(SENTENCES) - keys_in_code() == set()


def test_a_blank_may_differ_by_language() -> None:
    """Names of places and languages do."""
    told = said("inCountry", country={"en": "Netherlands", "id": "Belanda"})
    assert told == {"en": "it is in Netherlands", "id": "berada di Belanda"}
