"""What is wrong with a cell, whichever places it stands in: one function per slip, in English and Indonesian.

A message tells what the cell says, what was made of it, and what would be right.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bpo_kg.sources.facts import Finding, Place, Severity
from bpo_kg.sources.lexicon import Words

MAX_CELL = 32_767
"""Characters that a cell may hold: the limit of spreadsheet programs, so nothing real is longer."""

Text = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a value, before anybody knows in which places it stands."""

    severity: Severity
    code: str
    message: Text

    def at(self, place: Place) -> Finding:
        return Finding(place, self.severity, self.code, self.message)


def shown(text: str, limit: int = 60) -> str:
    """Return `text` quoted for a message: shortened, with control characters made visible.

    >>> shown("pay\\x00roll")
    '"pay\\\\x00roll"'
    """
    return f'"{visible(text, limit)}"'


def visible(text: str, limit: int = 60) -> str:
    """Return `text` shortened, with every character that does not print written as an escape.

    >>> visible("row\\x9b31m")
    'row\\\\x9b31m'
    """
    short = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in short)


_CODES: Mapping[str, str] = {
    "kind": "unknown-kind",
    "country": "unknown-country",
    "coverage": "unknown-coverage",
    "channels": "unknown-channel",
    "languages": "unknown-language",
}
EXPECTED: Mapping[str, tuple[str, str]] = {
    "yesNo": ("yes, no or empty", "yes, no, ya, tidak, atau kosong"),
    "number": ("a number of zero or more, such as 12.5", "bilangan nol atau lebih, misalnya 12.5"),
    "kind": ("a process of the catalogue", "proses dalam katalog"),
    "country": ("an ISO 3166 code or a country name", "kode ISO 3166 atau nama negara"),
    "coverage": ("a coverage pattern", "pola jam layanan"),
    "channels": ("channels separated by ;", "saluran yang dipisahkan ;"),
    "languages": ("language tags or names separated by ;", "tanda atau nama bahasa yang dipisahkan ;"),
}


def bad_cell(column: str, text: str, en: str, id_: str) -> Problem:
    return Problem(
        "error",
        "bad-cell",
        {
            "en": f"{column}: {shown(text)} is not understood and is read as unknown ({en} would be right)",
            "id": f"{column}: {shown(text)} tidak dipahami dan dibaca sebagai tidak diketahui (yang benar: {id_})",
        },
    )


def unknown_word(words: Words, sort: str, column: str, text: str, found: tuple[str, ...]) -> Problem:
    en, id_ = EXPECTED[sort]
    if found:
        names = ", ".join(words.curie(iri) for iri in found)
        en, id_ = f"one of {names}", f"salah satu dari {names}"
        problem_en, problem_id = "means several things", "memiliki beberapa arti"
    else:
        problem_en, problem_id = "is not known", "tidak dikenal"
        if "," in text and sort in ("channels", "languages"):
            pass
        elif near := words.nearest(text):
            en, id_ = f"perhaps {shown(near)}", f"mungkin {shown(near)}"
        elif examples := words.examples():
            en, id_ = f"{en}: {examples}", f"{id_}: {examples}"
    return Problem(
        "error",
        _CODES[sort],
        {
            "en": f"{column}: {shown(text)} {problem_en}, so the cell is read as unknown ({en} would be right)",
            "id": f"{column}: {shown(text)} {problem_id}, sehingga sel dibaca sebagai tidak diketahui "
            f"(yang benar: {id_})",
        },
    )


def too_long(column: str, length: int) -> Problem:
    return Problem(
        "error",
        "cell-too-long",
        {
            "en": f"{column}: the cell holds {length:,} characters; a text is cut, anything else is read as unknown "
            f"(at most {MAX_CELL:,} would be right)",
            "id": f"{column}: sel berisi {length:,} karakter; teks dipotong, isi lain dibaca sebagai tidak diketahui "
            f"(yang benar: paling banyak {MAX_CELL:,})",
        },
    )


def control_character(column: str, raw: str) -> Problem:
    return Problem(
        "warning",
        "control-character",
        {
            "en": f"{column}: {shown(raw)} holds control characters, which are left out (plain text would be right)",
            "id": f"{column}: {shown(raw)} memuat karakter kendali, yang dihilangkan (yang benar: teks biasa)",
        },
    )


def formula_as_text(column: str, text: str) -> Problem:
    return Problem(
        "warning",
        "formula-as-text",
        {
            "en": f"{column}: {shown(text)} looks like a formula; it is read as text and never computed "
            "(a plain value would be right)",
            "id": f"{column}: {shown(text)} tampak seperti rumus; dibaca sebagai teks dan tidak pernah dihitung "
            "(yang benar: nilai biasa)",
        },
    )


def path_as_text(column: str, text: str) -> Problem:
    return Problem(
        "warning",
        "path-as-text",
        {
            "en": f"{column}: {shown(text)} looks like a file path; it is read as text and never opened "
            "(a plain name would be right)",
            "id": f"{column}: {shown(text)} tampak seperti jalur berkas; dibaca sebagai teks dan tidak pernah dibuka "
            "(yang benar: nama biasa)",
        },
    )
