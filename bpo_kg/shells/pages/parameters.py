"""Read the parameters of a request by their declaration, the same that the API description is written from.

Reading is strict: a parameter that nobody declared, that is given twice or that is not of its type is refused with a
sentence that says what would be right. A slip of the pen never becomes a silently different question.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from bpo_kg.shells.server import Problem

IRI = r"[A-Za-z][A-Za-z0-9+.\-]*:[^\x00-\x20<>\"{}|\\^`]+"
_MOST = 2000
"""Characters of one value; longer ones cannot be a name of anything."""
_LONG = 20_000
_KINDS = {"integer": r"-?\d{1,9}", "decimal": r"[+\-]?\d{1,15}(\.\d{1,15})?", "boolean": "true|false", "iri": IRI}
_SCHEMAS: Mapping[str, dict[str, Any]] = {
    "string": {"type": "string", "minLength": 1, "maxLength": _MOST},
    "text": {"type": "string", "minLength": 1, "maxLength": _LONG},
    "integer": {"type": "integer", "minimum": -999_999_999, "maximum": 999_999_999},
    "decimal": {"type": "number"},
    "boolean": {"type": "boolean"},
    "iri": {"type": "string", "maxLength": _MOST, "pattern": f"^{IRI}$"},
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation.

    Attributes:
        kind: string, text (a long string), integer, decimal, boolean or iri (any absolute IRI or CURIE).
        text: what it means, by language.
        choices: the only values there are.
        many: it may be repeated.
        least, most: bounds of an integer.
        where: query, or path for what stands in the address itself.
        pattern: regular expression that a string has to match.
        lenient: the parameter of a page, which may be there without a value.
    """

    name: str
    text: Mapping[str, str]
    kind: str = "string"
    choices: tuple[str, ...] = ()
    required: bool = False
    many: bool = False
    default: str | None = None
    least: int | None = None
    most: int | None = None
    example: str | None = None
    where: str = "query"
    pattern: str = ""
    lenient: bool = False

    def check(self, value: str) -> None:
        """Refuse a value that is not of the declared type.

        Raises:
            Problem: 400 saying what would be right.
        """
        if self.choices and value not in self.choices:
            raise Problem(400, f"{self.name}={value[:80]!r} is none of {', '.join(self.choices)}")
        most = _LONG if self.kind == "text" else _MOST
        if len(value) > most:
            raise Problem(400, f"{self.name} is longer than {most} characters")
        pattern = _KINDS.get(self.kind)
        if pattern is not None and not re.fullmatch(pattern, value):
            raise Problem(400, f"{self.name}={value[:80]!r} is no {self.kind}")
        if self.pattern and not re.search(self.pattern, value):
            raise Problem(400, f"{self.name}={value[:80]!r} is not of the form {self.text['en'].partition(',')[0]}")
        if self.kind == "integer":
            if self.least is not None and int(value) < self.least:
                raise Problem(400, f"{self.name}={value} is below {self.least}")
            if self.most is not None and int(value) > self.most:
                raise Problem(400, f"{self.name}={value} is above {self.most}")

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of one value."""
        found = dict(_SCHEMAS[self.kind])
        if self.lenient:
            del found["minLength"]
        if self.choices:
            found = {"type": "string", "enum": list(self.choices)}
        if self.pattern:
            found["pattern"] = self.pattern
        if self.least is not None:
            found["minimum"] = self.least
        if self.most is not None:
            found["maximum"] = self.most
        if self.default is not None:
            found["default"] = int(self.default) if self.kind == "integer" else self.default
        return {"type": "array", "items": found} if self.many else found


Values = Mapping[str, tuple[str, ...]]


def read(pairs: Sequence[tuple[str, str]], declared: Sequence[Parameter], *, lenient: bool = False) -> Values:
    """Return the values of a request by parameter name, defaults filled in.

    Args:
        lenient: an empty value counts as none. A browser sends every field of a form, the untouched ones empty; a
            program that sends an empty value has lost one, and would get the answer to another question.

    Raises:
        Problem: 400 for a parameter that is unknown, repeated, empty or of the wrong type.
    """
    known = {parameter.name: parameter for parameter in declared}
    found: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        if name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.6)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known) or 'none'}"
            raise Problem(400, f"no parameter {name[:80]!r} here; {hint}")
        if value == "":
            if lenient:
                continue
            raise Problem(400, f"parameter {name} is empty; leave it out, or give it a value")
        known[name].check(value)
        if name in found and not known[name].many:
            raise Problem(400, f"parameter {name} is given twice")
        found[name] = (*found.get(name, ()), value)
    for name, parameter in known.items():
        if name not in found and parameter.default is not None:
            found[name] = (parameter.default,)
    return found


def missing(values: Values, declared: Sequence[Parameter]) -> str | None:
    """Return a sentence about the first required parameter that has no value, None if all have one."""
    for parameter in declared:
        if parameter.required and parameter.name not in values:
            return f"parameter {parameter.name} is missing: {parameter.text['en']}"
    return None
