"""Fill the templates of an update in: quads with variables, which the engine has read as data with marked IRIs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

MARK = "urn:bpo-kg:variable:"
"""What the IRI starts with that stands for a variable while a template is read."""
_Term = Any  # pyoxigraph has no common class of terms


@dataclass
class Template:
    """Quads with variables in them, written as IRIs that no data can hold."""

    quads: list[ox.Quad]
    names: dict[str, str]

    @property
    def variables(self) -> list[str]:
        """The variables' names, each once."""
        return list(self.names.values())

    def fill(self, row: ox.QuerySolution) -> Iterator[ox.Quad]:
        """Yield the quads that one solution makes; those that would not be RDF are left out, as SPARQL says."""
        fresh: dict[ox.BlankNode, ox.BlankNode] = {}
        for quad in self.quads:
            terms = [
                self._term(term, row, fresh) for term in (quad.subject, quad.predicate, quad.object, quad.graph_name)
            ]
            if None not in terms:
                try:
                    yield ox.Quad(*terms)
                except (TypeError, ValueError):
                    continue

    def _term(self, term: _Term, row: ox.QuerySolution, fresh: dict[ox.BlankNode, ox.BlankNode]) -> _Term:
        if isinstance(term, ox.NamedNode):
            name = self.names.get(term.value)
            return term if name is None else row[name]
        if isinstance(term, ox.BlankNode):
            return fresh.setdefault(term, ox.BlankNode())
        if isinstance(term, ox.Triple):
            parts = [self._term(part, row, fresh) for part in (term.subject, term.predicate, term.object)]
            return None if None in parts else ox.Triple(*parts)
        return term
