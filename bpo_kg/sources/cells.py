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

from bpo_kg.sources import cell_messages as say
from bpo_kg.sources.cell_messages import MAX_CELL, Problem, shown
from bpo_kg.sources.facts import Value
from bpo_kg.sources.headers import ColumnTable, read_columns
from bpo_kg.sources.lexicon import Lexicon, Words

__all__ = ["CONTROL", "MAX_CELL", "CellReader", "Problem", "clean_texts", "shown"]

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
            problems = [say.too_long(column, len(raw))]
            return (raw[:MAX_CELL].strip() or None) if sort in ("text", "whole") else None, problems
        text, problems = raw, []
        if CONTROL.search(raw):
            text = CONTROL.sub("", raw)
            problems.append(say.control_character(column, raw))
        text = text.strip()
        if not text:
            return None, problems
        if sort in ("text", "whole"):
            return text, problems + _text_warnings(column, text)
        if problems:
            # A typed value with a control character in it is not the value its owner meant to write.
            return None, [say.bad_cell(column, raw, *say.EXPECTED[sort])]
        value, problem = _PARSERS[sort](self.lexicon, column, text)
        return value, [problem] if problem else []


def _yes_no(lexicon: Lexicon, column: str, text: str) -> tuple[Value | None, Problem | None]:
    answer = lexicon.answers.get(text.casefold())
    return (answer, None) if answer is not None else (None, say.bad_cell(column, text, *say.EXPECTED["yesNo"]))


def _number(lexicon: Lexicon, column: str, text: str) -> tuple[Value | None, Problem | None]:
    plain = text.replace(",", ".") if _DECIMAL_COMMA.fullmatch(text) else text
    if _NUMBER.fullmatch(plain):
        number = float(plain)
        if math.isfinite(number) and number >= 0:
            return number, None
    return None, say.bad_cell(column, text, *say.EXPECTED["number"])


def _one(words: Callable[[Lexicon], Words], sort: str) -> "_Parser":
    def parse(lexicon: Lexicon, column: str, text: str) -> tuple[Value | None, Problem | None]:
        found = words(lexicon).find(text)
        if len(found) == 1:
            return found[0], None
        return None, say.unknown_word(words(lexicon), sort, column, text, found)

    return parse


def _several(words: Callable[[Lexicon], Words], sort: str) -> "_Parser":
    def parse(lexicon: Lexicon, column: str, text: str) -> tuple[Value | None, Problem | None]:
        values: set[str] = set()
        for token in text.split(";"):
            if not (token := token.strip()):
                continue
            found = words(lexicon).find(token)
            if len(found) != 1:
                return None, say.unknown_word(words(lexicon), sort, column, token, found)
            values.add(found[0])
        if not values:
            return None, say.bad_cell(column, text, *say.EXPECTED[sort])
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


def _text_warnings(column: str, text: str) -> list[Problem]:
    found = [say.formula_as_text(column, text)] if _FORMULA.match(text) else []
    if _PATH.search(text) and column != "notes":
        found.append(say.path_as_text(column, text))
    return found
