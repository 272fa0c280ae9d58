"""Where the examples stand, and inventories that tests write for themselves."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"


def write_csv(path: Path, rows: Sequence[dict[str, str]]) -> Path:
    """Write an inventory with every column that any row has."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(out.getvalue(), encoding="utf-8")
    return path
