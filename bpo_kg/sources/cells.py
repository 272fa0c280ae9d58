"""The one parser of inventory cells, whichever engine reads the table.

A cell is either understood whole or read as unknown with a problem: half a list would wrongly answer
"no" to what the unread half says. What a word means (kinds, channels, coverage, countries, languages)
comes in as a lexicon read from the graph, never from here. Each distinct value of a column is parsed
once, because a million rows hold a few hundred of them.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bpo_kg.sources.facts import Finding, Place, Severity, Value
from bpo_kg.sources.headers import ColumnTable, read_columns
from bpo_kg.sources.lexicon import Lexicon, Words

MAX_CELL = 32_767
"""Characters that a cell may hold: the limit of spreadsheet programs, so nothing real is longer."""
_MEMO_LIMIT = 50_000
_NUMBER = re.compile(r"[+-]?(\d+([.]\d*)?|[.]\d+)(e[+-]?\d{1,3})?", re.IGNORECASE | re.ASCII)
_DECIMAL_COMMA = re.compile(r"\d+,(\d{1,2}|\d{4,})", re.ASCII)
_FORMULA = re.compile(r"\s*(=\s*\S|[+\-@]\s*[A-Za-z_][\w.]*\s*[(|!])")
_PATH = re.compile(
    r"(^|[\\/])\.\.([\\/]|$)|^\s*([A-Za-z]:[\\/]|\\\\|file:|/(etc|proc|dev|home|root|var|tmp|usr)/)", re.I
)
_CLEAN = re.compile(r"[^\W_][^\\/:\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]*")
"""Text that can be none of the things warned about; nearly all is, so it is recognised in one look."""
_SIGNS = ("=", "+", "@", ":", "\\", "..", "¦-", "¦/")
"""One of these is in every text cell that is warned about; "¦" is the start of a cell."""
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""Characters that neither XML nor a terminal takes well; tab and line ends are not among them."""

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
    short = text if len(text) <= limit else text[: limit - 1] + "…"
    return '"' + "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in short) + '"'


def clean_texts(texts: Sequence[str]) -> bool:
    """Tell whether none of these text cells can give a problem, by looking at all of them at once.

    Args:
        texts: cells without blanks around them and without control characters.
    """
    together = "¦" + "¦".join(texts)
    if any(map(together.__contains__, _SIGNS)):
        return False
    return len(together) <= MAX_CELL or max(map(len, texts)) <= MAX_CELL


@dataclass(slots=True)
class CellReader:
    """Parse cells by column, remembering every value seen: `reader.parse("core", "ya")` is `(True, [])`."""

    lexicon: Lexicon
    columns: ColumnTable = field(default_factory=read_columns)
    _memo: dict[str, dict[str, tuple[Value | None, list[Problem]]]] = field(default_factory=dict)
    _texts: frozenset[str] = field(default=frozenset(), init=False)

    def __post_init__(self) -> None:
        self._texts = frozenset(c.name for c in self.columns.columns.values() if c.sort in ("text", "whole"))

    def parse(self, column: str, raw: str) -> tuple[Value | None, list[Problem]]:
        """Return the value of a cell and what is wrong with it; no value means unknown.

        Args:
            column: an inventory column as CONTRACT names it, for example "public_contact".
            raw: the cell's text as the file has it.

        Returns:
            Yes/no as bool; one IRI or text as str; IRIs as a tuple in fixed order without repeats;
            a number as float; None for an empty or a bad cell. Warnings may stand beside a value.
        """
        if column in self._texts and len(raw) <= MAX_CELL and _CLEAN.fullmatch(raw):
            return raw.strip(), []
        memo = self._memo.get(column)
        if memo is None:
            memo = self._memo[column] = {}
        known = memo.get(raw)
        if known is None:
            known = self._parse(column, raw)
            if column not in self._texts and len(raw) <= MAX_CELL:
                if len(memo) >= _MEMO_LIMIT:
                    memo.clear()
                memo[raw] = known
        return known

    def _parse(self, column: str, raw: str) -> tuple[Value | None, list[Problem]]:
        sort = self.columns.columns[column].sort
        if len(raw) > MAX_CELL:
            problems = [_too_long(column, len(raw))]
            return (raw[:MAX_CELL].strip() or None) if sort in ("text", "whole") else None, problems
        text, problems = raw, []
        if CONTROL.search(raw):
            text = CONTROL.sub("", raw)
            problems.append(_control(column, raw))
        text = text.strip()
        if not text:
            return None, problems
        if sort in ("text", "whole"):
            return text, problems + _text_warnings(column, text)
        if problems:
            # A typed value with a control character in it is not the value its owner meant to write.
            return None, [_bad(column, raw, *_EXPECTED[sort])]
        value, problem = _PARSERS[sort](self.lexicon, column, text)
        return value, [problem] if problem else []


def _yes_no(lexicon: Lexicon, column: str, text: str) -> tuple[Value | None, Problem | None]:
    answer = lexicon.answers.get(text.casefold())
    return (answer, None) if answer is not None else (None, _bad(column, text, *_EXPECTED["yesNo"]))


def _number(lexicon: Lexicon, column: str, text: str) -> tuple[Value | None, Problem | None]:
    plain = text.replace(",", ".") if _DECIMAL_COMMA.fullmatch(text) else text
    if _NUMBER.fullmatch(plain):
        number = float(plain)
        if math.isfinite(number) and number >= 0:
            return number, None
    return None, _bad(column, text, *_EXPECTED["number"])


def _one(words: Callable[[Lexicon], Words], sort: str) -> "_Parser":
    def parse(lexicon: Lexicon, column: str, text: str) -> tuple[Value | None, Problem | None]:
        found = words(lexicon).find(text)
        if len(found) == 1:
            return found[0], None
        return None, _unknown_word(words(lexicon), sort, column, text, found)

    return parse


def _several(words: Callable[[Lexicon], Words], sort: str) -> "_Parser":
    def parse(lexicon: Lexicon, column: str, text: str) -> tuple[Value | None, Problem | None]:
        values: set[str] = set()
        for token in text.split(";"):
            if not (token := token.strip()):
                continue
            found = words(lexicon).find(token)
            if len(found) != 1:
                return None, _unknown_word(words(lexicon), sort, column, token, found)
            values.add(found[0])
        if not values:
            return None, _bad(column, text, *_EXPECTED[sort])
        return tuple(sorted(values)), None

    return parse


_Parser = Callable[[Lexicon, str, str], tuple[Value | None, Problem | None]]
_PARSERS: Mapping[str, _Parser] = {
    "yesNo": _yes_no,
    "number": _number,
    "kind": _one(lambda lexicon: lexicon.kinds, "kind"),
    "country": _one(lambda lexicon: lexicon.countries, "country"),
    "coverage": _one(lambda lexicon: lexicon.coverage, "coverage"),
    "channels": _several(lambda lexicon: lexicon.channels, "channels"),
    "languages": _several(lambda lexicon: lexicon.languages, "languages"),
}
_CODES: Mapping[str, str] = {
    "kind": "unknown-kind",
    "country": "unknown-country",
    "coverage": "unknown-coverage",
    "channels": "unknown-channel",
    "languages": "unknown-language",
}
_EXPECTED: Mapping[str, tuple[str, str]] = {
    "yesNo": ("yes, no or empty", "yes, no, ya, tidak, atau kosong"),
    "number": ("a number of zero or more, such as 12.5", "bilangan nol atau lebih, misalnya 12.5"),
    "kind": ("a process of the catalogue", "proses dalam katalog"),
    "country": ("an ISO 3166 code or a country name", "kode ISO 3166 atau nama negara"),
    "coverage": ("a coverage pattern", "pola jam layanan"),
    "channels": ("channels separated by ;", "saluran yang dipisahkan ;"),
    "languages": ("language tags or names separated by ;", "tanda atau nama bahasa yang dipisahkan ;"),
}


def _bad(column: str, text: str, en: str, id_: str) -> Problem:
    return Problem(
        "error",
        "bad-cell",
        {
            "en": f"{column}: {shown(text)} is not understood and is read as unknown ({en} would be right)",
            "id": f"{column}: {shown(text)} tidak dipahami dan dibaca sebagai tidak diketahui (yang benar: {id_})",
        },
    )


def _unknown_word(words: Words, sort: str, column: str, text: str, found: tuple[str, ...]) -> Problem:
    en, id_ = _EXPECTED[sort]
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


def _too_long(column: str, length: int) -> Problem:
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


def _control(column: str, raw: str) -> Problem:
    return Problem(
        "warning",
        "control-character",
        {
            "en": f"{column}: {shown(raw)} holds control characters, which are left out (plain text would be right)",
            "id": f"{column}: {shown(raw)} memuat karakter kendali, yang dihilangkan (yang benar: teks biasa)",
        },
    )


def _text_warnings(column: str, text: str) -> list[Problem]:
    found = []
    if _FORMULA.match(text):
        found.append(
            Problem(
                "warning",
                "formula-as-text",
                {
                    "en": f"{column}: {shown(text)} looks like a formula; it is read as text and never computed "
                    "(a plain value would be right)",
                    "id": f"{column}: {shown(text)} tampak seperti rumus; dibaca sebagai teks dan tidak pernah "
                    "dihitung (yang benar: nilai biasa)",
                },
            )
        )
    if _PATH.search(text) and column != "notes":
        found.append(
            Problem(
                "warning",
                "path-as-text",
                {
                    "en": f"{column}: {shown(text)} looks like a file path; it is read as text and never opened "
                    "(a plain name would be right)",
                    "id": f"{column}: {shown(text)} tampak seperti jalur berkas; dibaca sebagai teks dan tidak pernah "
                    "dibuka (yang benar: nama biasa)",
                },
            )
        )
    return found
