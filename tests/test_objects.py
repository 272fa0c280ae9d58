"""The graph as Python objects."""

import bpo_kg


def test_a_process_is_an_object_with_its_classes_and_values() -> None:
    """owlready2 sees what was recorded and what follows: payroll is a back-office process, part of accounting."""
    world = bpo_kg.load().objects()
    base = "https://w3id.org/bpo-kg/"
    payroll = world[base + "process/payroll"]
    assert payroll.publicContact == False  # noqa: E712  (owlready2 gives the value itself, and "is" would ask for its type)
    assert world[base + "ontology#BackOfficeProcess"] in payroll.is_a
    assert world[base + "process/accounting"] in payroll.directPartOf
    front = world[base + "ontology#FrontOfficeProcess"]
    assert world[base + "process/callCenter"] in front.instances()


def test_nothing_is_fetched_and_nothing_comes_back() -> None:
    """An import is not followed, and a change to an object leaves the graph as it was."""
    kg = bpo_kg.load()
    before = kg.export("asserted", "nt")
    world = kg.objects()
    world["https://w3id.org/bpo-kg/process/payroll"].publicContact = True
    assert kg.export("asserted", "nt") == before
