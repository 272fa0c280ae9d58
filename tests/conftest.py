"""Rules that hold for the whole suite, and the graphs that many tests share."""

from collections.abc import Iterator

import pytest
from example_files import EXAMPLES

import bpo_kg

collect_ignore_glob = ["conftest.py", "*/conftest.py"]
"""Doctests are looked for in every module, and these have all the same name."""


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A skipped test must say why: a skip without a reason hides a failure."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        stated = reason.removeprefix("Skipped:").strip()
        if not stated or stated == "unconditional skip":
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} was skipped without saying why"


@pytest.fixture(scope="session")
def examples() -> bpo_kg.KnowledgeGraph:
    """The shipped ontology with both example inventories and the engagements."""
    return bpo_kg.load(EXAMPLES / "inventory.csv", EXAMPLES / "ten-cases.csv", EXAMPLES / "engagements.ttl", to=["PH"])
