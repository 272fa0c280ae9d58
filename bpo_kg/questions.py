"""The catalogue of questions: one `.rq` file each, which is documentation, command, route and test at once.

The file is plain SPARQL that any tool runs. Its `#+` lines are TOML: the question in both languages, typed
parameters, the statements it rests on, and the answers expected over the shipped examples. A parameter is a
variable of the query; its value is bound as a term in a VALUES block at the start of the pattern, never pasted into
the text, so that nothing a user types can change the query.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from bpo_kg.errors import QueryError
from bpo_kg.resources import data_folder
from bpo_kg.vocabulary import COUNTRY, expand

Term = ox.NamedNode | ox.Literal
_XSD = "http://www.w3.org/2001/XMLSchema#"
_TYPES = ("iri", "country", "string", "integer", "decimal", "boolean")
# Strings, IRIs and comments may hold braces; the first brace outside them opens the outermost pattern.
_TOKENS = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*\'\'\''
    r'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|<[^<>"{}|^`\\\s]*>|#[^\n]*|[{}]',
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One typed parameter of a question."""

    name: str
    type: str
    """iri, country, string, integer, decimal or boolean."""
    cls: str | None
    """For iri: the class that the value is an instance of, as an IRI."""
    optional: bool
    default: str | None
    label: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """A catalogued question: its texts, parameters, SPARQL, and the answers its file promises."""

    name: str
    text: Mapping[str, str]
    parameters: tuple[Parameter, ...]
    sparql: str
    source: tuple[str, ...]
    assess: tuple[str, ...]
    """Places to judge before asking: codes, or names of parameters that hold a place."""
    all_countries: bool
    expects: tuple[Mapping[str, Any], ...]

    def bind(self, values: Mapping[str, Term]) -> str:
        """Return the SPARQL text with the values bound in a VALUES block.

        Terms are written by the store's own serializer, which escapes them.
        """
        if not values:
            return self.sparql
        at = next((m.end() for m in _TOKENS.finditer(self.sparql) if m.group() == "{"), None)
        if at is None:
            raise QueryError(f"question {self.name}: the query has no pattern")
        names = " ".join(f"?{name}" for name in values)
        terms = " ".join(str(term) for term in values.values())
        return f"{self.sparql[:at]} VALUES ({names}) {{ ({terms}) }}{self.sparql[at:]}"


@lru_cache(maxsize=4)
def catalogue(folder: Path | None = None) -> Mapping[str, Question]:
    """Return all questions by name, in alphabetical order.

    Raises:
        QueryError: a question file has a header that is missing or wrong; the message names file and key.
    """
    place = folder or data_folder("queries") / "questions"
    return {path.stem: read_question(path) for path in sorted(place.glob("*.rq"))}


def read_question(path: Path) -> Question:
    """Read one question file."""
    content = path.read_text(encoding="utf-8")
    lines = content.splitlines(keepends=True)
    header = "".join(line[2:].lstrip(" ") for line in lines if line.startswith("#+"))
    sparql = "".join(line for line in lines if not line.startswith("#+"))
    try:
        data = tomllib.loads(header)
    except tomllib.TOMLDecodeError as error:
        raise QueryError(f"{path}: the #+ header is not TOML: {error}") from error
    text = data.get("question")
    if not isinstance(text, dict) or not {"en", "id"} <= set(text):
        raise QueryError(f"{path}: the header needs question.en and question.id")
    source = data.get("source", [])
    return Question(
        name=path.stem,
        text=text,
        parameters=tuple(_parameter(path, name, spec) for name, spec in data.get("parameters", {}).items()),
        sparql=sparql,
        source=(source,) if isinstance(source, str) else tuple(source),
        assess=tuple(data.get("assess", {}).get("places", ())),
        all_countries=bool(data.get("assess", {}).get("all_countries", False)),
        expects=tuple(data.get("expects", ())),
    )


def _parameter(path: Path, name: str, spec: Mapping[str, Any]) -> Parameter:
    kind = spec.get("type")
    if kind not in _TYPES:
        raise QueryError(f"{path}: parameter {name} has type {kind!r}; use one of {', '.join(_TYPES)}")
    cls = spec.get("class")
    default = spec.get("default")
    return Parameter(
        name=name,
        type=kind,
        cls=(expand(cls) or cls) if cls else None,
        optional=bool(spec.get("optional", False)) or default is not None,
        default=None if default is None else str(default),
        label={lang: spec[lang] for lang in ("en", "id") if lang in spec},
    )


def find_question(name: str) -> Question:
    """Return the question of that name.

    Raises:
        UnknownQuestion: there is none; the message proposes the nearest.
    """
    known = catalogue()
    if name in known:
        return known[name]
    close = get_close_matches(name, known, n=1, cutoff=0.6)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    raise QueryError(f"no question {name!r}{hint} (`bpo-kg questions` lists them)")


def remote_values(question: Question, given: Mapping[str, str]) -> dict[str, Term]:
    """Turn texts into terms without a graph to look names up in: things by IRI or CURIE, countries by code.

    Raises:
        QueryError: as `typed_values`, or a thing is given by a name.
    """

    def find(text: str, cls: str | None) -> str:
        if cls == "country" and re.fullmatch("[A-Za-z]{2}", text):
            return text.upper()
        iri = expand(text) or text
        if not re.fullmatch(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`]+", iri, re.IGNORECASE):
            raise QueryError(f"{text!r}: a remote endpoint is asked by IRI, CURIE or country code, not by name")
        return iri

    return typed_values(question, given, find)


def typed_values(
    question: Question, given: Mapping[str, str], find: Callable[[str, str | None], str]
) -> dict[str, Term]:
    """Turn a user's texts into terms of the types the question asks for.

    Args:
        question: whose parameters they are.
        given: text by parameter name.
        find: returns the IRI that a text stands for, given the class wanted ("country" for a country).

    Raises:
        QueryError: a parameter is missing, unknown, or of the wrong type; the message says which would be right.
    """
    known = {p.name: p for p in question.parameters}
    for name in given:
        if name not in known:
            close = get_close_matches(name, known, n=1, cutoff=0.6)
            hint = f"; did you mean {close[0]!r}?" if close else f"; it takes {', '.join(known) or 'no parameters'}"
            raise QueryError(f"question {question.name} has no parameter {name!r}{hint}")
    values: dict[str, Term] = {}
    for name, parameter in known.items():
        text = given.get(name, parameter.default)
        if text is None:
            if parameter.optional:
                continue
            raise QueryError(f"question {question.name} needs {name}=… ({parameter.type})")
        values[name] = _term(parameter, text, find)
    return values


def _term(parameter: Parameter, text: str, find: Callable[[str, str | None], str]) -> Term:
    if parameter.type == "iri":
        found = find(text, parameter.cls)
        try:
            return ox.NamedNode(found)
        except ValueError as error:
            raise QueryError(f"{parameter.name}={text!r} is neither an IRI nor a CURIE of a known prefix") from error
    if parameter.type == "country":
        return ox.NamedNode(COUNTRY + find(text, "country").removeprefix(COUNTRY))
    if parameter.type == "string":
        return ox.Literal(text)
    wrong = QueryError(f"{parameter.name}={text!r} is no {parameter.type}")
    if parameter.type == "boolean":
        if text.lower() not in ("true", "false", "yes", "no", "ya", "tidak"):
            raise wrong
        return ox.Literal(text.lower() in ("true", "yes", "ya"))
    pattern = "[+-]?[0-9]+" if parameter.type == "integer" else r"[+-]?[0-9]+(\.[0-9]+)?"
    if not re.fullmatch(pattern, text.strip()):
        raise wrong
    return ox.Literal(text.strip(), datatype=ox.NamedNode(_XSD + parameter.type))
