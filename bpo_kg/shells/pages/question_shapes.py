"""The JSON Schemas of questions: how one is described, and how its answer looks."""

from typing import Any

_TEXTS = {
    "type": "object",
    "properties": {"en": {"type": "string"}, "id": {"type": "string"}},
    "required": ["en", "id"],
}
_CHOICE = {
    "type": "object",
    "properties": {"value": {"type": "string"}, "label": {"type": "string"}},
    "required": ["value", "label"],
}
_FIELD = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "type": {"enum": ["iri", "country", "string", "integer", "decimal", "boolean"]},
        "class": {"type": "string"},
        "required": {"type": "boolean"},
        "default": {"type": ["string", "null"]},
        "label": {"type": "string"},
        "values": {"type": "array", "items": _CHOICE},
    },
    "required": ["name", "type", "class", "required", "default", "label"],
}
QUESTION = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "question": _TEXTS,
        "parameters": {"type": "array", "items": _FIELD},
        "source": {"type": "array", "items": {"type": "string"}},
        "examples": {"type": "array", "items": {"type": "object", "additionalProperties": {"type": "string"}}},
        "answers": {"type": "string"},
        "form": {"type": "string"},
    },
    "required": ["name", "question", "parameters", "source", "examples", "answers", "form"],
}
_CELL = {"type": ["string", "number", "boolean", "null"]}
RESULTS_JSON = {
    "type": "object",
    "properties": {
        "head": {"type": "object", "properties": {"vars": {"type": "array", "items": {"type": "string"}}}},
        "results": {
            "type": "object",
            "properties": {"bindings": {"type": "array", "items": {"type": "object"}}},
            "required": ["bindings"],
        },
    },
    "required": ["head", "results"],
}


def answer_of(name: str) -> dict[str, Any]:
    """Return the schema of the answer to a question."""
    columns = {"type": "array", "items": {"type": "string"}}
    return {
        "type": "object",
        "properties": {
            "question": {"const": name},
            "text": {"type": "string"},
            "lang": {"enum": ["en", "id"]},
            "parameters": {"type": "object", "additionalProperties": {"type": "string"}},
            "columns": columns,
            "rows": {"type": "array", "items": {"type": "object", "additionalProperties": _CELL}},
            "total": {"type": "integer", "minimum": 0},
            "limit": {"type": "integer"},
            "offset": {"type": "integer"},
            "next": {"type": ["string", "null"], "description": "address of the next page"},
            "why_empty": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["question", "text", "columns", "rows", "total", "limit", "offset", "next", "why_empty"],
    }
