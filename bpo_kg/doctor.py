"""Say why a query has no answers: which triple pattern empties the join, and what near it exists.

People are stopped more often by a silent empty table than by an error. The patterns of the query are asked one
after the other; the first with which nothing is left is named, and IRIs and texts in it that no triple uses are put
beside those that look alike. A text that is there in a language, but asked for without one, is found that way too.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice

import pyoxigraph as ox

from bpo_kg.errors import QueryError
from bpo_kg.store.dataset import Dataset
from bpo_kg.store.view import View
from bpo_kg.vocabulary import PREFIXES, local_name, shorten

_TEXTS = {
    "en": {
        "alone": "no answer: nothing matches the pattern  {pattern}",
        "join": "no answer: the pattern  {pattern}  matches, but not together with the patterns before it",
        "filter": "no answer: every pattern matches; a FILTER, MINUS or NOT EXISTS removes what is left",
        "plain": "no answer: nothing in the data meets everything that the question asks for",
        "unused": "{term} is used by no triple",
        "near": "; near it there is {near}",
    },
    "id": {
        "alone": "tidak ada jawaban: tidak ada yang cocok dengan pola  {pattern}",
        "join": "tidak ada jawaban: pola  {pattern}  cocok, tetapi tidak bersama pola sebelumnya",
        "filter": "tidak ada jawaban: semua pola cocok; FILTER, MINUS atau NOT EXISTS membuang sisanya",
        "plain": "tidak ada jawaban: tidak ada data yang memenuhi semua yang ditanyakan",
        "unused": "{term} tidak dipakai oleh tripel mana pun",
        "near": "; yang mirip: {near}",
    },
}
_VALUES, _COMPARED = 20_000, 3_000


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why a query is empty: the pattern (empty text: a filter), whether it fails by itself, and terms nobody uses."""

    pattern: str
    alone: bool
    unused: tuple[tuple[str, str], ...]
    """(term, nearest term in use or empty)."""

    def sentences(self, lang: str = "en") -> list[str]:
        words = _TEXTS.get(lang, _TEXTS["en"])
        key = "filter" if not self.pattern else "alone" if self.alone else "join"
        lines = [words[key].format(pattern=self.pattern)]
        for term, near in self.unused:
            hint = words["near"].format(near=near) if near else ""
            lines.append(words["unused"].format(term=term) + hint)
        return lines


def diagnose(dataset: Dataset, sparql: str) -> Diagnosis | None:
    """Return why a query has no answers; None if its patterns cannot be taken apart."""
    patterns = list(_patterns(sparql))
    if not patterns:
        return None
    view = View(dataset.store)
    for n in range(1, len(patterns) + 1):
        if _holds(dataset, patterns[:n]):
            continue
        last = patterns[n - 1]
        terms = [t for t in last if isinstance(t, ox.NamedNode | ox.Literal)]
        unused = [t for t in terms if not _used(view, t)]
        return Diagnosis(
            pattern=" ".join(_shown(t) for t in last),
            alone=not _holds(dataset, [last]),
            unused=tuple((_shown(t), _near(view, t) if isinstance(t, ox.NamedNode) else _near_text(view, last[1], t))
                         for t in unused),
        )  # fmt: skip
    return Diagnosis("", alone=False, unused=())


Slot = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Variable


def _patterns(sparql: str) -> Iterator[tuple[Slot, Slot, Slot]]:
    """Yield the plain triple patterns that every answer needs, in the order they stand; paths are left out.

    A variable that VALUES gives one value is that value.
    """
    from rdflib import Variable
    from rdflib.plugins.sparql import prepareQuery
    from rdflib.plugins.sparql.parserutils import CompValue

    from bpo_kg.store.terms import from_rdflib

    try:
        algebra = prepareQuery(sparql, initNs=PREFIXES).algebra
    except Exception as error:
        # The store has accepted the query, so this is rdflib's parser being narrower; there is no common base class.
        raise QueryError(f"the query cannot be taken apart: {error}") from error

    def slot(term: object) -> Slot | None:
        if isinstance(term, Variable):
            return ox.Variable(str(term))
        try:
            return from_rdflib(term)  # type: ignore[arg-type]
        except TypeError:
            return None

    given: dict[str, Slot] = {}

    def bound(slots: tuple[Slot, Slot, Slot]) -> tuple[Slot, Slot, Slot]:
        s, p, o = (given.get(t.value, t) if isinstance(t, ox.Variable) else t for t in slots)
        return s, p, o

    def walk(node: object) -> Iterator[tuple[Slot, Slot, Slot]]:
        if not isinstance(node, CompValue):
            return
        if node.name == "BGP":
            for triple in node.triples:
                found = tuple(slot(term) for term in triple)
                if None not in found:
                    yield found  # type: ignore[misc]
        elif node.name == "values" and len(node.res) == 1:
            for variable, term in node.res[0].items():
                value = slot(term)
                if value is not None:
                    given[str(variable)] = value
        elif node.name == "Join":
            yield from walk(node.p1)
            yield from walk(node.p2)
        elif node.name in ("LeftJoin", "Minus"):
            yield from walk(node.p1)
        elif node.name in ("Filter", "Extend", "Project", "Distinct", "Reduced", "OrderBy", "Slice", "SelectQuery"):
            yield from walk(node.p)
        elif node.name in ("Graph", "ToMultiSet", "AggregateJoin", "Group", "Having", "ConstructQuery", "AskQuery"):
            yield from walk(node.get("p"))

    found = list(walk(algebra))  # to the end, for a VALUES block may stand behind the patterns
    yield from map(bound, found)


def _holds(dataset: Dataset, patterns: Sequence[tuple[Slot, Slot, Slot]]) -> bool:
    # Blank nodes of a query are variables that nobody reads.
    text = " . ".join(" ".join(_written(t) for t in pattern) for pattern in patterns)
    return bool(dataset.query(f"ASK {{ {text} }}"))


def _written(term: Slot) -> str:
    return f"?blank_{re.sub('[^A-Za-z0-9]', '_', term.value)}" if isinstance(term, ox.BlankNode) else str(term)


def _shown(term: Slot) -> str:
    return shorten(term.value) if isinstance(term, ox.NamedNode) else str(term)


def _used(view: View, term: ox.NamedNode | ox.Literal) -> bool:
    if isinstance(term, ox.Literal):
        return next(view.quads(None, None, term), None) is not None
    return any(
        next(view.quads(*slots), None) is not None
        for slots in ((term, None, None), (None, term, None), (None, None, term))
    )


def _near(view: View, term: ox.NamedNode) -> str:
    """Return the term in use whose local name or label is nearest, one of the same namespace before others."""
    names: dict[str, set[str]] = {}
    for quad in view.quads(None, ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label"), None):
        if isinstance(quad.subject, ox.NamedNode):
            names.setdefault(local_name(quad.subject.value).casefold(), set()).add(quad.subject.value)
            if isinstance(quad.object, ox.Literal):
                names.setdefault(quad.object.value.casefold(), set()).add(quad.subject.value)
    wanted = local_name(term.value)
    space = term.value.removesuffix(wanted)
    found = [
        (not iri.startswith(space), place, iri)
        for place, name in enumerate(get_close_matches(wanted.casefold(), names, n=3, cutoff=0.6))
        for iri in names[name]
    ]
    return shorten(min(found)[2]) if found else ""


def _near_text(view: View, predicate: Slot, term: ox.Literal) -> str:
    """Return the value of the property that is the same text in another language or type, else looks most alike."""
    known = predicate if isinstance(predicate, ox.NamedNode) else None
    values = {quad.object for quad in islice(view.quads(None, known, None), _VALUES)}
    texts = sorted((v for v in values if isinstance(v, ox.Literal)), key=str)
    same = [v for v in texts if v.value.casefold() == term.value.casefold()]
    if same:
        return str(min(same, key=lambda v: v.value != term.value))
    close = get_close_matches(term.value, [v.value for v in texts[:_COMPARED]], n=1, cutoff=0.6)
    return next((str(v) for v in texts if close and v.value == close[0]), "")


def why_empty(dataset: Dataset, sparql: str, lang: str = "en", *, catalogued: bool = False) -> list[str]:
    """Return sentences that say why a query has no answers; none if that cannot be told.

    Args:
        catalogued: whoever asks has not seen the query, so where no pattern is to blame, nothing is said of its syntax.
    """
    try:
        found = diagnose(dataset, sparql)
    except QueryError:
        found = None
    if catalogued and (found is None or not found.pattern):
        return [_TEXTS.get(lang, _TEXTS["en"])["plain"]]
    return found.sentences(lang) if found else []
