"""Which literals belong to which datatype, and which literals are the same value.

Ranges are checked exactly: an integer is a decimal, "yes" is no boolean, and 1 equals 1.0 although they are
written differently. A datatype that is not known here admits the literals that bear its name.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation

import pyoxigraph as ox

from bpo_kg.reasoning.rules import Term, Test
from bpo_kg.vocabulary import OWL, RDF, RDFS, XSD

_PARENT = {
    "integer": "decimal",
    "nonNegativeInteger": "integer",
    "nonPositiveInteger": "integer",
    "positiveInteger": "nonNegativeInteger",
    "negativeInteger": "nonPositiveInteger",
    "long": "integer",
    "int": "long",
    "short": "int",
    "byte": "short",
    "unsignedLong": "nonNegativeInteger",
    "unsignedInt": "unsignedLong",
    "unsignedShort": "unsignedInt",
    "unsignedByte": "unsignedShort",
    "normalizedString": "string",
    "token": "normalizedString",
    "language": "token",
    "Name": "token",
    "NCName": "Name",
    "NMTOKEN": "token",
    "dateTimeStamp": "dateTime",
}
_BOUNDS: dict[str, tuple[int | None, int | None]] = {
    "nonNegativeInteger": (0, None),
    "nonPositiveInteger": (None, 0),
    "positiveInteger": (1, None),
    "negativeInteger": (None, -1),
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-128, 127),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 255),
}
_INTEGERS = {"integer", *_BOUNDS}
_LEXICAL = {
    "boolean": re.compile(r"true|false|1|0"),
    "decimal": re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)"),
    "double": re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]?INF|NaN"),
    "float": re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]?INF|NaN"),
    "integer": re.compile(r"[+-]?\d+"),
    "dateTime": re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?"),
    "dateTimeStamp": re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"),
    "date": re.compile(r"-?\d{4,}-\d\d-\d\d(Z|[+-]\d\d:\d\d)?"),
}


def belongs(term: Term, datatype: ox.NamedNode) -> bool:
    """Return whether a term is a literal of a datatype, by value: an integer of 3 is also a byte.

    >>> belongs(ox.Literal("yes"), ox.NamedNode(XSD + "boolean"))
    False
    >>> belongs(ox.Literal(3), ox.NamedNode(XSD + "decimal"))
    True
    """
    if not isinstance(term, ox.Literal) or not well_formed(term):
        return False
    wanted = datatype.value
    if wanted == RDFS + "Literal":
        return True
    if wanted == RDF + "PlainLiteral":
        return term.language is not None or term.datatype.value == XSD + "string"
    if wanted in (OWL + "real", OWL + "rational"):
        wanted = XSD + "decimal"
    own = term.datatype.value
    if own == wanted:
        return True
    if not (wanted.startswith(XSD) and own.startswith(XSD)):
        return False
    name, own_name = wanted[len(XSD) :], own[len(XSD) :]
    if name in _INTEGERS and (own_name in _INTEGERS or own_name == "decimal"):
        return _in_bounds(term.value, name)
    while own_name in _PARENT:
        own_name = _PARENT[own_name]
        if own_name == name:
            return True
    return False


def _in_bounds(text: str, name: str) -> bool:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return False
    low, high = _BOUNDS.get(name, (None, None))
    return number == number.to_integral_value() and (low is None or number >= low) and (high is None or number <= high)


def well_formed(literal: ox.Literal) -> bool:
    """Return whether a literal's text is one that its datatype allows; unknown datatypes allow any text."""
    iri = literal.datatype.value
    if not iri.startswith(XSD):
        return True
    name = iri[len(XSD) :]
    pattern = _LEXICAL.get("integer" if name in _INTEGERS else name)
    if pattern is not None and not pattern.fullmatch(literal.value):
        return False
    return name not in _BOUNDS or _in_bounds(literal.value, name)


def value_key(literal: ox.Literal) -> tuple[str, object]:
    """Return something equal for literals of equal value: decimals by number, booleans by truth, others as written."""
    iri = literal.datatype.value
    name = iri[len(XSD) :] if iri.startswith(XSD) else ""
    if well_formed(literal):
        if name == "decimal" or name in _INTEGERS:
            return ("decimal", Decimal(literal.value))
        if name in ("double", "float"):
            return (name, float(literal.value.replace("INF", "inf")))
        if name == "boolean":
            return ("boolean", literal.value in ("true", "1"))
    return (iri + "@" + (literal.language or "").lower(), literal.value)


def passes(tests: Iterable[Test], bindings: Mapping[ox.Variable, Term]) -> bool:
    """Return whether bound literals satisfy tests of datatypes."""
    return all(belongs(bindings[test.variable], test.datatype) == test.belongs for test in tests)
