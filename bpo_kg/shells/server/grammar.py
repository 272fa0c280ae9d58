"""Look at SPARQL text before any parser does: brackets, operators, and what would leave the machine.

The engine's parser and evaluator recurse, so a kilobyte of brackets ends its process. This module only
tokenises, without recursion, in one pass. It is a courtesy that turns most accidents into a clear 400; what
slips past it still meets a worker that can be killed and that cannot open a file or a connection.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bpo_kg.shells.server.http import Problem

_TOKEN = re.compile(
    r"""(?P<space>\s++|\#[^\r\n]*+)
    |(?P<iri><[^\x00-\x20<>"{}|^`\\]*+(?:\\[uU][0-9A-Fa-f]++[^\x00-\x20<>"{}|^`\\]*+)*+>)
    |(?P<string>\"{3}(?:[^"\\]++|\\.|"(?!""))*+\"{3}|'{3}(?:[^'\\]++|\\.|'(?!''))*+'{3}
              |"(?:[^"\\\r\n]++|\\.)*+"|'(?:[^'\\\r\n]++|\\.)*+')
    |(?P<variable>[?$]\w+)
    |(?P<blank>_:[\w.·-]*)
    |(?P<prefixed>(?:[^\W\d_][\w.·-]{0,200})?:(?:[\w:.·-]|%[0-9A-Fa-f]{2}|\\.)*+)
    |(?P<number>\d[\d.]*+(?:[eE][+-]?\d++)?)
    |(?P<word>@\w+(?:-\w+)*+|\w++)
    |(?P<open>[{(\[])
    |(?P<close>[})\]])
    |(?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
_UNSTEADY = re.compile(r"\b(?:now|rand|uuid|struuid)\b")
_FEW = 150  # so few brackets or operators cannot hurt, whatever they stand in


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of SPARQL text and where it stands."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The keyword in upper case; empty for anything but a bare word."""
        return self.text.upper() if self.kind == "word" else ""


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of SPARQL text without white space and comments."""
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or "mark"
        if kind != "space":
            yield Token(kind, found.group(), found.start(), found.end())


@dataclass(frozen=True, slots=True)
class Call:
    """A SERVICE or LOAD in a text: its word, whether it is silent, and its IRI if that is spelled out."""

    word: str
    silent: bool
    iri: str | None


def outward_calls(text: str) -> list[Call]:
    """Return every SERVICE and LOAD of a text, in order."""
    lower = text.lower()
    if "service" not in lower and "load" not in lower:
        return []
    calls = []
    stream = list(tokens(text))
    for place, token in enumerate(stream):
        if token.word in {"SERVICE", "LOAD"}:
            rest = stream[place + 1 : place + 3]
            silent = bool(rest) and rest[0].word == "SILENT"
            target = rest[-1] if silent and len(rest) == 2 else rest[0] if rest else None
            iri = target.text[1:-1] if target is not None and target.kind == "iri" else None
            calls.append(Call(token.word, silent, iri))
    return calls


def check_shape(text: str, *, nesting: int, operators: int = 3000) -> None:
    """Refuse text whose brackets or operators would overflow the parser's stack.

    Raises:
        Problem: 400 naming the limit.
    """
    if text.count("{") + text.count("(") + text.count("[") < nesting and len(text) < 4 * _FEW:
        return
    depth = deepest = marks = 0
    before = "mark"
    for token in tokens(text):
        if token.kind == "open":
            depth += 1
            deepest = max(deepest, depth)
        elif token.kind == "close":
            depth -= 1
        elif token.kind == "mark":
            marks += _is_operator(token.text, before)
        elif token.word in {"UNION", "MINUS", "OPTIONAL"}:
            marks += 1
        before = token.text if token.kind == "mark" else token.kind
    if deepest > nesting:
        raise Problem(400, f"brackets are nested {deepest} deep; {nesting} is the limit")
    if marks > operators:
        raise Problem(400, f"the text has {marks} operators; {operators} is the limit")


def _is_operator(mark: str, before: str) -> bool:
    """Tell an operator from the sign of a number and from the `^^` of a datatype; data has many of both."""
    if mark in "+-":
        return before in {"number", "variable", "close", "+", "-"}
    if mark == "^":
        return before not in {"string", "^"}
    return mark in "!*/|&="


def is_steady(text: str) -> bool:
    """Return whether the same text over the same data always gives the same answer."""
    lower = text.lower()
    if "now" not in lower and "rand" not in lower and "uuid" not in lower:
        return True
    return _UNSTEADY.search(lower) is None
