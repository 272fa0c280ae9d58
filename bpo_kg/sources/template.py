"""Write an inventory to fill in: our columns, drop-down lists, instructions in both languages, an example.

Columns, their explanations and the example stand in `ontology/columns.ttl` and the lists in the lexicon, so
the template offers exactly what the reader understands.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bpo_kg.sources.headers import Column, read_columns
from bpo_kg.sources.layout import INSTRUCTIONS_TITLE
from bpo_kg.sources.lexicon import Lexicon
from bpo_kg.sources.spreadsheet import Choice, SheetPlan, build, save

_HELP: Mapping[str, str] = {
    "kind": "a process of the catalogue / proses dalam katalog",
    "yesNo": "yes, no; empty = unknown / yes, no; kosong = tidak diketahui",
    "country": "ISO 3166 code or name / kode ISO 3166 atau nama",
    "channels": "all channels, separated by ; / semua saluran, dipisahkan ;",
    "coverage": "hours of availability / jam layanan",
}
_WORDS = (
    INSTRUCTIONS_TITLE,
    "One row is one process. Only the name is required; what you do not know stays empty and is treated as unknown, "
    "never as no. / Satu baris adalah satu proses. Hanya nama yang wajib; yang tidak diketahui dibiarkan kosong dan "
    "diperlakukan sebagai tidak diketahui, bukan sebagai tidak.",
    "The first rows are an example: overwrite them. Columns may be left out, moved or added; an added column is "
    "carried through. / Baris-baris pertama adalah contoh: timpalah. Kolom boleh dihapus, dipindah, atau ditambah; "
    "kolom tambahan diteruskan apa adanya.",
)


def write_template(path: Path, lexicon: Lexicon) -> None:
    """Write an XLSX inventory to fill in, which reads back without findings.

    Args:
        path: where to write.
        lexicon: the words that its drop-down lists offer.

    Raises:
        SourceError: the file cannot be written.
    """
    save(path, template_bytes(lexicon))


def template_bytes(lexicon: Lexicon) -> bytes:
    """Return the same as bytes: sheets "inventory" and "instructions", and the lists on a hidden one."""
    columns = list(read_columns().columns.values())
    choices = []
    for position, column in enumerate(columns, 1):
        if values := _choices(lexicon, column):
            choices.append(Choice(position, values, column.sort != "channels", _HELP[column.sort]))
    inventory: list[Sequence[str | float | None]] = [
        [column.name for column in columns],
        [_typed(column, column.whole_example) for column in columns],
        [_typed(column, column.example) for column in columns],
    ]
    return build(
        [
            SheetPlan("inventory", inventory, choices=choices, widths=[max(len(c.name) + 4, 14) for c in columns]),
            SheetPlan("instructions", _instructions(columns), header=False, wrap=True, widths=(22, 60, 60, 40, 22)),
        ]
    )


def _instructions(columns: list[Column]) -> list[Sequence[str]]:
    head = ["column / kolom", "what it holds", "isinya", "other headers that are understood / judul lain", "example"]
    rows = [
        [c.name, c.definitions["en"], c.definitions["id"], ", ".join([*c.labels.values(), *c.aliases]), c.example]
        for c in columns
    ]
    words: list[Sequence[str]] = [(text,) for text in _WORDS]
    return [*words, head, *rows]


def _choices(lexicon: Lexicon, column: Column) -> list[str]:
    match column.sort:
        case "kind":
            return lexicon.kinds.choices()
        case "yesNo":
            return ["yes", "no"]
        case "country":
            return lexicon.countries.codes()
        case "channels":
            return lexicon.channels.codes()
        case "coverage":
            return lexicon.coverage.codes()
    return []


def _typed(column: Column, example: str) -> str | float | None:
    return float(example) if example and column.sort == "number" else example or None
