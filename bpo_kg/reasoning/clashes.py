"""Contradictions as findings: which axiom is broken, and by which triples.

A clash is data, never an exception: a reader wants all of them, with the triples that somebody wrote, and wants
the rest of the answers too.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyoxigraph as ox

from bpo_kg.reasoning.datatypes import passes
from bpo_kg.reasoning.fixpoint import pattern_text, sayable
from bpo_kg.reasoning.rules import Atom, Axiom, Bindings, Rule, fill, variables
from bpo_kg.reasoning.space import Space
from bpo_kg.store.dataset import Triple
from bpo_kg.vocabulary import shorten

_DISJOINT = ("belongs to two classes that have no member in common", "termasuk dua kelas yang saling lepas")
_NO_VALUE = ("has a value that it must not have", "memiliki nilai yang tidak boleh dimilikinya")
_EXCLUSIVE = (
    "has the same value for two properties that exclude each other",
    "memiliki nilai sama untuk dua properti yang saling lepas",
)
_ONE_VALUE = (
    "has two different values where one is allowed",
    "memiliki dua nilai berbeda padahal hanya satu yang diizinkan",
)
_DENIED = ("states what is denied elsewhere", "menyatakan apa yang disangkal di tempat lain")
_WHAT: dict[str, tuple[str, str]] = {
    "cax-dw": _DISJOINT,
    "cax-adc": _DISJOINT,
    "cls-com": ("belongs to a class and to its complement", "termasuk suatu kelas dan juga komplemennya"),
    "cls-nothing2": ("belongs to a class that can have no member", "termasuk kelas yang tidak mungkin beranggota"),
    "cls-maxc1": _NO_VALUE,
    "cls-maxqc1": _NO_VALUE,
    "cls-maxc2": _ONE_VALUE,
    "cls-maxqc3": _ONE_VALUE,
    "prp-irp": (
        "is related to itself by a property that forbids it",
        "berhubungan dengan dirinya sendiri lewat properti yang melarangnya",
    ),
    "prp-asyp": (
        "is related both ways by a property that goes one way only",
        "berhubungan dua arah lewat properti yang hanya boleh searah",
    ),
    "prp-pdw": _EXCLUSIVE,
    "prp-adp": _EXCLUSIVE,
    "prp-npa1": _DENIED,
    "prp-npa2": _DENIED,
    "prp-fp": _ONE_VALUE,
    "prp-ifp": ("shares a value that only one thing may have", "memiliki nilai yang hanya boleh dimiliki satu hal"),
    "prp-key": ("shares a key with something else", "memiliki kunci yang sama dengan hal lain"),
    "dt-not-type": (
        "has a value that is not of the property's datatype",
        "memiliki nilai yang bukan dari tipe data propertinya",
    ),
    "eq-diff": (
        "makes two things the same that are said to differ",
        "membuat dua hal menjadi sama padahal dinyatakan berbeda",
    ),
}
_ANY = ("contradicts an axiom", "bertentangan dengan suatu aksioma")


@dataclass(frozen=True, slots=True)
class Clash:
    """A contradiction: the axioms that are broken, and the triples that break them together."""

    kind: str
    axioms: tuple[Axiom, ...]
    triples: tuple[Triple, ...]
    """What the broken rule saw; some of it may be inferred."""
    support: tuple[Triple, ...] = field(default=(), compare=False)
    """Asserted triples that lead to it; without any one of them this contradiction is gone."""

    @property
    def message(self) -> Mapping[str, str]:
        """Return one sentence by language tag that names the subject, the axioms and the triples."""
        what = _WHAT.get(self.kind, _ANY)
        subject = _term(self.triples[0][0]) if self.triples else "?"
        axioms = "; ".join(_triple(axiom.triple) for axiom in self.axioms)
        triples = "; ".join(_triple(triple) for triple in self.support or self.triples)
        return {
            "en": f"{subject} {what[0]} (axiom: {axioms}; triples: {triples})",
            "id": f"{subject} {what[1]} (aksioma: {axioms}; tripel: {triples})",
        }

    def text(self, lang: str = "en") -> str:
        return self.message.get(lang, self.message["en"])

    def as_json(self) -> dict[str, Any]:
        """Return plain data: kind, message, axioms, triples and support, terms in N-Triples form."""
        return {
            "kind": self.kind,
            "message": dict(self.message),
            "axioms": [
                {"triple": [_told(t) for t in a.triple], "graph": getattr(a.graph, "value", None)} for a in self.axioms
            ],
            "triples": [[_told(term) for term in triple] for triple in self.triples],
            "support": [[_told(term) for term in triple] for triple in self.support],
        }


def _told(term: object) -> str:
    # The name of a blank node is another in every run.
    return "[]" if isinstance(term, ox.BlankNode) else str(term)


def _term(term: object) -> str:
    return shorten(term.value) if isinstance(term, ox.NamedNode) else _told(term)


def _triple(triple: Triple) -> str:
    return " ".join(_term(term) for term in triple)


def violations(space: Space, rules: Iterable[Rule], limit: int) -> Iterator[Clash]:
    """Yield what breaks each rule without a head, at most `limit` clashes for one rule."""
    for rule in rules:
        for found in matches(space, rule, limit):
            yield Clash(rule.kind, rule.axioms, tuple(fill(atom, found) for atom in rule.body))  # type: ignore[misc]


def matches(space: Space, rule: Rule, limit: int) -> Iterator[Bindings]:
    """Yield bindings that satisfy a rule's body and tests, at most `limit`."""
    scope: dict[ox.NamedNode, None] = {}
    for atom in rule.body:
        graphs = space.graphs_with(atom)
        if not graphs:
            return
        scope.update(dict.fromkeys(graphs))
    names = variables(rule.body)
    few = space.solve_rare(rule.body)
    if few is not None or not sayable(rule.body):
        solutions: Iterable[Bindings] = space.solve(rule.body, {}) if few is None else few
    elif names:
        text = f"SELECT * WHERE {{ {_where(space, rule.body)} {_prefilter(rule)} }}"
        rows = space.store.query(text, default_graph=list(scope))
        solutions = ({name: row[name.value] for name in names} for row in rows)  # type: ignore[union-attr]
    else:
        solutions = [{}] if all(space.holds(atom) for atom in rule.body) else []  # type: ignore[arg-type]
    count = 0
    for bindings in solutions:
        if passes(rule.tests, bindings):
            yield bindings
            count += 1
            if count >= limit:
                return


def _where(space: Space, body: tuple[Atom, ...]) -> str:
    """Return a body with the rarest atom first, and atoms that bind nothing new as tests.

    If the first atom is rare, its matches are looked up in the others; if all are common, each is read once and they
    are intersected, which sub-selects make the store do.
    """
    joined: list[Atom] = []
    tested: list[Atom] = []
    bound: set[ox.Variable] = set()
    for atom in space.rarest_first(body):
        new = set(variables([atom])) - bound
        (joined if new else tested).append(atom)
        bound |= new
    if not tested:
        return pattern_text(joined)
    if len(joined) == 1 and all(map(_names, tested)) and space.has_more(joined[0], 500):
        return " ".join(f"{{ SELECT {_names(atom)} WHERE {{ {pattern_text([atom])} }} }}" for atom in joined + tested)
    return f"{pattern_text(joined)} FILTER EXISTS {{ {pattern_text(tested)} }}"


def _names(atom: Atom) -> str:
    return " ".join(map(str, variables([atom])))


def _prefilter(rule: Rule) -> str:
    """Return a filter for most literals of the wanted datatype, so that few have to be read one by one."""
    parts = []
    for test in rule.tests:
        if test.belongs:
            continue
        name, variable = test.datatype, test.variable
        plain = {"http://www.w3.org/2001/XMLSchema#boolean": f'STR({variable}) IN ("true", "false")'}
        exact = plain.get(name.value) or ("true" if name.value.endswith("#string") else f"isNumeric({variable})")
        parts.append(f"FILTER(!(isLiteral({variable}) && datatype({variable}) = {name} && {exact}))")
    return " ".join(parts)
