"""HermiT on slices: a complete reasoner for any number of rows, where slices can be told, and a refusal where not."""

import io
import shutil
from pathlib import Path

import pytest

from bpo_kg.errors import ReasoningError
from bpo_kg.portfolio.assess import assess_file
from bpo_kg.portfolio.options import PortfolioOptions

needs_java = pytest.mark.skipif(shutil.which("java") is None, reason="HermiT needs Java")
INVENTORY = "id,name,public_contact,channels\nA,Claims,yes,phone\nB,Archive,no,\n"
OUTSIDE_RL = """
@prefix bpo: <https://w3id.org/bpo-kg/ontology#> . @prefix ex: <https://example.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
ex:Spoken a owl:Class ; rdfs:subClassOf bpo:CoreProcess . ex:Written a owl:Class ; rdfs:subClassOf bpo:CoreProcess .
bpo:FrontOfficeProcess rdfs:subClassOf [ a owl:Class ; owl:unionOf ( ex:Spoken ex:Written ) ] .
"""


def answers(file: Path, **options: object) -> str:
    out = io.BytesIO()
    assess_file([file], options=PortfolioOptions(**options), output=out)  # type: ignore[arg-type]
    return out.getvalue().decode()


@needs_java
def test_hermit_gives_the_same_answers_on_slices(tmp_path: Path) -> None:
    """With the shipped ontology, the DL module included, both reasoners agree."""
    file = tmp_path / "inventory.csv"
    file.write_text(INVENTORY, encoding="utf-8")
    assert answers(file, reasoner="hermit") == answers(file)


def test_an_axiom_whose_cells_are_not_known_is_refused(tmp_path: Path) -> None:
    """An axiom that only DL understands has no slices, so HermiT is not asked half the question; the axiom is named."""
    file, rules = tmp_path / "inventory.csv", tmp_path / "rules.ttl"
    file.write_text(INVENTORY, encoding="utf-8")
    rules.write_text(OUTSIDE_RL, encoding="utf-8")
    with pytest.raises(ReasoningError, match="FrontOfficeProcess"):
        answers(file, reasoner="hermit", rules=[rules])
