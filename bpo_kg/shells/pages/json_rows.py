"""Take an inventory as JSON rows: the array of objects that programs have at hand, read as the table it stands for.

The rows become a table with one line each, so that cells are understood, and findings placed, as in any other table.
JSON with a context is RDF, and is read as such.
"""

import csv
import io
import json
from typing import Any

from bpo_kg.shells.server import Problem

_WHAT = 'an array of objects with inventory columns, such as [{"name": "Payroll", "kind": "payroll"}], would be right'


def inventory_of(body: bytes) -> tuple[str, bytes]:
    """Return the file extension and the content that a JSON body is read as: `.csv` for rows, `.jsonld` for RDF.

    Args:
        body: JSON; rows may also stand under the key `rows`, as answers have them.

    Raises:
        Problem: 400 for what is no JSON, or holds neither rows nor RDF.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Problem(400, f"the body is no JSON that can be read: {str(error)[:200]}") from None
    if isinstance(found, dict) and "rows" in found:
        found = found["rows"]
    elif _is_rdf(found):
        return ".jsonld", body
    rows = _items(found)
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise Problem(400, f"the body holds no rows; {_WHAT}")
    return ".csv", _table(rows)


def _is_rdf(found: Any) -> bool:
    nodes = [found] if isinstance(found, dict) else _items(found)
    return any(key.startswith("@") for node in nodes if isinstance(node, dict) for key in node)


def _items(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []


def _table(rows: list[dict[str, Any]]) -> bytes:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for number, row in enumerate(rows, 1):
        writer.writerow([_cell(row.get(column), column, number) for column in columns])
    return out.getvalue().encode("utf-8", "replace")


def _cell(value: Any, column: str, number: int) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ";".join(_cell(item, column, number) for item in value)
    if isinstance(value, dict):
        raise Problem(400, f"row {number}: {column[:80]!r} holds an object; text, a number, true or false, or a list")
    return str(value)
