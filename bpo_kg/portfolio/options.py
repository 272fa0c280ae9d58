"""What is asked of a portfolio run, and what it gives back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bpo_kg.portfolio.summary import Summary
from bpo_kg.sources.facts import Finding

Format = Literal["csv", "parquet"]
Engine = Literal["duckdb", "spark"]


@dataclass(frozen=True, slots=True)
class PortfolioOptions:
    """How an inventory is to be assessed; the same words as for `bpo_kg.load`."""

    rules: Sequence[str | Path] = ()
    places: Sequence[str | Path] = ()
    evidence: bool = True
    client: str | None = None
    to: Sequence[str] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)
    engine: Engine = "duckdb"
    master: str | None = None
    """Spark master; only for the Spark engine."""
    reasoner: Literal["rl", "hermit"] = "rl"
    summary: bool = False
    """Count what is found, and what to ask first."""


Progress = Callable[[int, int | None], None]
"""Told the rows done so far and, once known, how many there are."""


@dataclass(slots=True)
class PortfolioResult:
    """What a run came to. The rows themselves stand in the output file."""

    rows: int = 0
    left_out: int = 0
    """Rows without a name."""
    findings: list[Finding] = field(default_factory=list)
    summary: Summary | None = None
    """Counts, if they were asked for."""
    slices: int = 0
    """Individuals that were reasoned over."""
    verdicts: int = 0
    """Different combinations of answers and placements that were judged."""
    engine: str = "duckdb"
    plan: str = ""
    """How a cluster carries the last query out, in Spark's words."""
