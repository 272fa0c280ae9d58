"""The queries of a cluster run, in the SQL that Spark and DuckDB both speak: scan, group and look up, nothing else.

Joins are on whole-number codes that are never null, or on cell texts with null made empty, so that no row can be lost
or doubled; every table that is joined to the rows is small enough to be sent to every worker.
"""

from collections.abc import Sequence


def quoted(name: str, sign: str) -> str:
    """Return a name as an identifier; `sign` is the engine's own quote."""
    return sign + name.replace(sign, sign * 2) + sign


def distinct_values(column: str) -> str:
    """Return the query for the different texts of a column of `inventory`."""
    return f"SELECT DISTINCT COALESCE({column}, '') AS text FROM inventory"


def coded(columns: Sequence[str], carried: Sequence[str]) -> str:
    """Return the query that replaces texts by codes, looked up in one table `code_<column>` each.

    Args:
        columns: columns to look up.
        carried: columns that pass through.
    """
    chosen = ", ".join([*(f"inventory.{c}" for c in carried), *(f"code_{c}.code AS {c}" for c in columns)])
    joins = " ".join(f"JOIN code_{c} ON COALESCE(inventory.{c}, '') = code_{c}.text" for c in columns)
    return f"SELECT {chosen} FROM inventory {joins}"


def combinations(columns: Sequence[str]) -> str:
    """Return the query for the different combinations of codes, and how many rows have each."""
    listed = ", ".join(columns)
    grouping = f" GROUP BY {listed}" if columns else ""
    return f"SELECT {listed}{', ' if columns else ''}COUNT(*) AS n FROM coded{grouping}"


def answered(columns: Sequence[str], carried: Sequence[str], answers: Sequence[str]) -> str:
    """Return the query that looks the answers up by combination, rows in their order."""
    chosen = ", ".join([*(f"coded.{c}" for c in carried), *(f"answer.{a}" for a in answers)])
    match = " AND ".join(f"coded.{c} = answer.{c}" for c in columns) or "1 = 1"
    return f"SELECT {chosen} FROM coded JOIN answer ON {match}"


def repeated_ids() -> str:
    """Return the query for the ids that several rows of a file have."""
    return "SELECT file, id, COUNT(*) AS n FROM inventory WHERE id IS NOT NULL GROUP BY file, id HAVING COUNT(*) > 1"
