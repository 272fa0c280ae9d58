"""Rules that hold for the whole suite, and the graphs that many tests share."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import bpo_kg

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A skipped test must say what it needs: a skip without a reason hides a failure."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if not reason.removeprefix("Skipped: ").startswith("needs "):
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} was skipped without saying what it needs: {reason!r}"


def write_csv(path: Path, rows: Sequence[dict[str, str]]) -> Path:
    """Write an inventory with every column that any row has."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(out.getvalue(), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def examples() -> bpo_kg.KnowledgeGraph:
    """The shipped ontology with both example inventories and the engagements."""
    return bpo_kg.load(EXAMPLES / "inventory.csv", EXAMPLES / "ten-cases.csv", EXAMPLES / "engagements.ttl", to=["PH"])
