"""Decide whether an inventory is for the table engine or for the graph engine."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from bpo_kg.errors import MissingExtra

LARGE = 4 << 20
"""Bytes of tables from which on the table engine is faster than the graph engine."""
MANY_TRIPLES = 512 << 10
"""The same for writing all triples, of which every row has some hundred."""
_TABLES = (".csv", ".tsv", ".txt", ".tab")


_NEEDED = {"duckdb": ("duckdb", "pyarrow", "numpy"), "spark": ("pyspark", "pyarrow", "numpy")}
_MISSING = {
    "duckdb": "the table engine needs DuckDB, Arrow and NumPy: pip install 'bpo-kg[portfolio]' (or use --engine graph)",
    "spark": "--engine spark needs PySpark and Java: pip install 'bpo-kg[spark]'",
}


def installed(engine: str = "duckdb") -> bool:
    """Tell whether the extra of a table engine, `duckdb` or `spark`, is installed."""
    return all(find_spec(module) is not None for module in _NEEDED[engine])


def require(engine: str = "duckdb") -> None:
    """Make sure of the extra of a table engine before any of its modules is imported.

    Raises:
        MissingExtra: it is not installed; the message says how to install it.
    """
    if not installed(engine):
        raise MissingExtra(_MISSING[engine])


def should_use(paths: Sequence[str | Path]) -> bool:
    """Tell whether `--engine auto` takes the table engine: for large tables, folders, globs and Parquet."""
    if not paths:
        return False
    files = [Path(path) for path in paths]
    if not all(_is_table(file) for file in files):
        return False
    if any(file.suffix.lower() == ".parquet" or not file.is_file() for file in files):
        return True
    return sum(file.stat().st_size for file in files) >= LARGE


def should_export(paths: Sequence[str | Path], rules: Sequence[str | Path] = ()) -> bool:
    """Tell whether all triples of a table are written row by row rather than held as a graph first.

    Args:
        paths: the tables.
        rules: the user's, which only the graph engine can follow wherever they relate rows.
    """
    if should_use(paths):
        return True
    one = Path(paths[0]) if len(paths) == 1 and not rules else None
    return one is not None and _is_table(one) and one.is_file() and one.stat().st_size >= MANY_TRIPLES


def _is_table(path: Path) -> bool:
    many = path.is_dir() or (not path.exists() and any(sign in str(path) for sign in "*?["))
    return many or path.suffix.lower() in (*_TABLES, ".parquet")
