"""The columns of an inventory: which header stands for which column, and what its cells hold.

Analysts head their tables in English or Indonesian, with capitals, blanks and stars. The names that are
understood stand in `ontology/columns.ttl`, so that a translator can add one without touching Python and
so that the template, the reader and the documentation cannot disagree.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pyoxigraph import Literal, RdfFormat, parse

from bpo_kg.errors import UnknownThing
from bpo_kg.resources import data_folder
from bpo_kg.vocabulary import BPO, RDFS, SKOS


def header_key(text: str) -> str:
    """Return what two headers are compared by: letters and digits alone, in lower case.

    >>> header_key(" Client  Country* ")
    'clientcountry'
    """
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


@dataclass(frozen=True, slots=True)
class Column:
    """One inventory column: its name in data, the sort of its cells, and its texts by language tag."""

    name: str
    sort: str
    """What the cells hold: text, kind, whole, country, yesNo, channels, languages, coverage or number."""
    labels: Mapping[str, str]
    aliases: Sequence[str]
    definitions: Mapping[str, str]
    example: str
    whole_example: str
    """What the cell holds in the row of the process that the example is a part of."""


@dataclass(frozen=True, slots=True)
class ColumnTable:
    """Every inventory column in template order, and the header names that lead to each."""

    columns: Mapping[str, Column]
    by_key: Mapping[str, str]

    def match(self, header: str) -> str | None:
        """Return the name of the column that `header` stands for, else None."""
        return self.by_key.get(header_key(header))

    def nearest(self, header: str) -> str | None:
        """Return the column whose name or alias is a near miss of `header`, else None."""
        from difflib import get_close_matches

        close = get_close_matches(header_key(header)[:60], self.by_key, n=1, cutoff=0.75)
        return self.by_key[close[0]] if close else None

    def resolve(self, name: str) -> str:
        """Return the column called `name`.

        Raises:
            UnknownThing: there is none; the message proposes the nearest.
        """
        if found := self.match(name):
            return found
        near = self.nearest(name)
        hint = f"; did you mean {near!r}?" if near else f"; there are: {', '.join(self.columns)}"
        raise UnknownThing(f"there is no inventory column {name!r}{hint}")


@lru_cache(maxsize=4)
def read_columns(file: Path | None = None) -> ColumnTable:
    """Read the column table, by default the shipped `ontology/columns.ttl`."""
    source = file or data_folder("ontology") / "columns.ttl"
    facts: dict[str, dict[str, list[Literal]]] = {}
    for quad in parse(path=source, format=RdfFormat.TURTLE):
        if isinstance(quad.object, Literal):
            facts.setdefault(str(quad.subject), {}).setdefault(quad.predicate.value, []).append(quad.object)
    columns: dict[str, Column] = {}
    ordered = sorted(
        (f for f in facts.values() if BPO + "cellSort" in f), key=lambda f: int(f[BPO + "columnPosition"][0].value)
    )
    for fact in ordered:
        name = fact[SKOS + "notation"][0].value
        columns[name] = Column(
            name=name,
            sort=fact[BPO + "cellSort"][0].value,
            labels=_by_language(fact.get(RDFS + "label", ())),
            aliases=tuple(literal.value for literal in fact.get(SKOS + "altLabel", ())),
            definitions=_by_language(fact.get(SKOS + "definition", ())),
            example=_first(fact.get(SKOS + "example", ())),
            whole_example=_first(fact.get(BPO + "wholeExample", ())),
        )
    by_key: dict[str, str] = {}
    for column in columns.values():
        for text in (column.name, *column.labels.values(), *column.aliases):
            by_key.setdefault(header_key(text), column.name)
    return ColumnTable(columns, by_key)


def _by_language(literals: Sequence[Literal]) -> dict[str, str]:
    return {literal.language or "en": literal.value for literal in literals}


def _first(literals: Sequence[Literal]) -> str:
    return literals[0].value if literals else ""
