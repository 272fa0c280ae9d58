"""The comparison with `oxigraph serve` runs, and both give the same answers to its queries."""

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parents[1] / "benchmarks" / "bench_server.py"


def test_both_servers_give_the_same_answers() -> None:
    """The smoke run asks every query of the comparison, fresh and repeated, with one visitor and with eight."""
    run = subprocess.run(
        [sys.executable, str(BENCH), "--smoke"], capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.count("visitors:") >= 32
