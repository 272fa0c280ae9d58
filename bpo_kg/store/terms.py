"""Give results to Python users as rdflib terms, the field's common currency; work inside with pyoxigraph's own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyoxigraph as ox
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.term import Node

from bpo_kg.store.dataset import unanswered


def to_rdflib(term: object) -> Node | None:
    """Return the rdflib term that a pyoxigraph term stands for; None for an unbound variable.

    The lexical form is kept as it is: "01" stays "01".
    """
    if term is None:
        return None
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    if isinstance(term, ox.Literal):
        if term.language:
            return Literal(term.value, lang=term.language)
        plain = term.datatype.value == "http://www.w3.org/2001/XMLSchema#string"
        return Literal(term.value, datatype=None if plain else URIRef(term.datatype.value), normalize=False)
    raise TypeError(f"no rdflib term for {term!r}")


def from_rdflib(term: Node) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    """Return the pyoxigraph term that an rdflib term stands for."""
    if isinstance(term, URIRef):
        return ox.NamedNode(str(term))
    if isinstance(term, BNode):
        return ox.BlankNode(str(term))
    if isinstance(term, Literal):
        if term.language:
            return ox.Literal(str(term), language=term.language)
        return (
            ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype))) if term.datatype else ox.Literal(str(term))
        )
    raise TypeError(f"no term for {term!r}")


@dataclass(frozen=True, slots=True)
class Row(Mapping[str, "Node | None"]):
    """One solution: variable name to rdflib term, None where it is unbound."""

    _values: Mapping[str, Node | None]

    def __getitem__(self, name: str) -> Node | None:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def python(self, name: str) -> Any:
        """Return the value as Python has it: str for an IRI, bool, int, Decimal or str for a literal."""
        term = self._values[name]
        return term.toPython() if isinstance(term, Literal) else None if term is None else str(term)


@dataclass(frozen=True, slots=True)
class Rows(Sequence[Row]):
    """The solutions of a SELECT query, in the order the query gives."""

    variables: tuple[str, ...]
    _rows: tuple[Row, ...] = field(repr=False)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: Any) -> Any:
        return self._rows[index]


def rows_of(solutions: ox.QuerySolutions) -> Rows:
    """Return the solutions of the embedded store as rows."""
    names = tuple(variable.value for variable in solutions.variables)
    return Rows(names, tuple(Row({name: to_rdflib(solution[name]) for name in names}) for solution in solutions))


def result_of(result: object) -> Rows | bool | Graph:
    """Return the result of a query as Python users see it: rows, a boolean, or an rdflib graph.

    Raises:
        RemoteError: an endpoint that the query calls with SERVICE does not answer.
    """
    try:
        return _result_of(result)
    except OSError as error:
        raise unanswered(error) from error


def _result_of(result: object) -> Rows | bool | Graph:
    if isinstance(result, ox.QuerySolutions):
        return rows_of(result)
    if isinstance(result, ox.QueryBoolean):
        return bool(result)
    graph = Graph()
    if isinstance(result, ox.QueryTriples | list):
        for triple in result:
            subject, predicate, value = (to_rdflib(t) for t in (triple.subject, triple.predicate, triple.object))
            if subject is not None and predicate is not None and value is not None:
                graph.add((subject, predicate, value))
    return graph
