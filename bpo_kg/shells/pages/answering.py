"""Ask a catalogued question for a visitor: bind the values, run it, cut one page out of the rows.

Places that only this question asks about are judged in a fork, so they are gone when it is answered. Rows come in a
total order, the question's own first, so that pages neither repeat nor lose a row.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from bpo_kg.doctor import why_empty
from bpo_kg.questions import Question
from bpo_kg.shells.pages.aside import GivenUp, aside
from bpo_kg.shells.pages.served import Served
from bpo_kg.shells.server import Problem
from bpo_kg.vocabulary import PREFIXES, XSD

_PATIENCE = 3.0
"""Seconds that the reason for an empty answer may take; without it the answer is still good."""
_NUMBERS = {XSD + "integer": int, XSD + "decimal": float, XSD + "double": float}
Cell = tuple[str, str, str, str]
"""Kind (uri, bnode, literal or nothing), value, datatype, language."""


@dataclass(frozen=True, slots=True)
class Rows:
    """One page of the answer to a question.

    Attributes:
        columns: names of the variables.
        cells: the rows of this page.
        total: rows of all pages.
        reasons: why there is no row at all, in sentences.
    """

    columns: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    total: int
    sparql: str
    reasons: tuple[str, ...] = ()

    def plain(self) -> list[dict[str, Any]]:
        """Return the rows as JSON values: IRIs and texts as strings, numbers and booleans as such, else null."""
        return [dict(zip(self.columns, map(_plain, row), strict=True)) for row in self.cells]

    def bindings(self) -> dict[str, Any]:
        """Return this page in the SPARQL 1.1 JSON format."""
        found = [
            {name: _binding(cell) for name, cell in zip(self.columns, row, strict=True) if cell[0]}
            for row in self.cells
        ]
        return {"head": {"vars": list(self.columns)}, "results": {"bindings": found}}


def answer(served: Served, question: Question, given: Mapping[str, str], *, lang: str, limit: int, offset: int) -> Rows:
    """Return one page of the answer to a question.

    Raises:
        QueryError, UnknownThing: a value is missing, of the wrong type, or names nothing.
    """

    def ask() -> Rows:
        text = served.kg.question(question.name, given)
        solutions = served.kg.dataset.query(in_total_order(text), prefixes=PREFIXES)
        names = tuple(variable.value for variable in solutions.variables)
        page: list[tuple[Cell, ...]] = []
        total = 0
        for solution in solutions:
            if offset <= total < offset + limit:
                page.append(tuple(_cell(solution[name]) for name in names))
            total += 1
        return Rows(names, tuple(page), total, text)

    found = aside(ask)
    if found.total:
        return found
    return Rows(found.columns, (), 0, found.sparql, tuple(reasons(served, question, given, lang)))


def reasons(served: Served, question: Question, given: Mapping[str, str], lang: str) -> list[str]:
    """Return why a question has no answer, as far as that is found in time."""
    try:
        return aside(
            lambda: why_empty(served.kg.dataset, served.kg.question(question.name, given), lang, catalogued=True),
            seconds=_PATIENCE,
        )
    except (GivenUp, MemoryError):
        return []


def in_total_order(sparql: str) -> str:
    """Return a catalogued query that breaks ties of its own order by every variable it returns.

    >>> in_total_order("SELECT ?a (COUNT(?b) AS ?n) WHERE { ?a ?p ?b } GROUP BY ?a ORDER BY DESC(?n)")
    'SELECT ?a (COUNT(?b) AS ?n) WHERE { ?a ?p ?b } GROUP BY ?a ORDER BY DESC(?n) ?a ?n'
    """
    head = sparql[: sparql.index("{")]
    selected = re.sub(r"\([^()]*(?:\([^()]*\)[^()]*)*AS\s+(\?\w+)\s*\)", r"\1", head[head.rindex("SELECT") :])
    variables = list(dict.fromkeys(re.findall(r"\?\w+", selected)))
    text = sparql.rstrip()
    ordered = text if re.search(r"ORDER\s+BY\s[^{}]*$", text) else f"{text} ORDER BY"
    return f"{ordered} {' '.join(variables)}"


def _cell(term: object) -> Cell:
    if isinstance(term, ox.NamedNode):
        return ("uri", term.value, "", "")
    if isinstance(term, ox.BlankNode):
        return ("bnode", term.value, "", "")
    if isinstance(term, ox.Literal):
        return ("literal", term.value, "" if term.language else term.datatype.value, term.language or "")
    return ("", "", "", "")


def _plain(cell: Cell) -> Any:
    kind, value, datatype, _ = cell
    if not kind:
        return None
    if datatype == XSD + "boolean":
        return value in ("true", "1")
    number = _NUMBERS.get(datatype)
    try:
        return value if number is None else number(value)
    except ValueError:
        return value


def _binding(cell: Cell) -> dict[str, str]:
    kind, value, datatype, language = cell
    found = {"type": kind, "value": value}
    if language:
        found["xml:lang"] = language
    elif datatype and datatype != XSD + "string":
        found["datatype"] = datatype
    return found


def checked(question: Question, given: Mapping[str, str]) -> None:
    """Refuse a value that the store could not take as a term.

    Raises:
        Problem: 400 naming the parameter.
    """
    for parameter in question.parameters:
        value = given.get(parameter.name)
        free = parameter.type == "iri" and parameter.cls is None
        if value is not None and free and re.search(r'[\x00-\x20<>"{}|\\^`]', value):
            raise Problem(400, f"{parameter.name}={value[:80]!r} is no IRI")
