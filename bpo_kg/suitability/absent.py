"""Say why a triple does not follow: each axiom that could have given it, and which of its premises are wanting.

A premise that is wanting and names everything it speaks of is looked into in turn, so that the answer ends at facts
that somebody could state.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from bpo_kg.reasoning import Axiom, Closure
from bpo_kg.reasoning.rules import Atom, Bindings, Rule, bind, fill, key_of
from bpo_kg.store.dataset import Triple
from bpo_kg.suitability.telling import Teller
from bpo_kg.vocabulary import shorten

_MATCHES = 24
"""How many ways to satisfy one premise are tried before the next is looked at."""
_DEEP = 4
_MOST = 6


@dataclass(frozen=True, slots=True)
class AbsentPremise:
    """A premise that does not hold; terms still free are variables."""

    atom: Atom
    ways: tuple["NearMiss", ...] = ()
    """How it could have followed itself, nearest first."""


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A rule of the reasoner that would conclude a triple, with the premises that hold and those that do not."""

    kind: str
    axioms: tuple[Axiom, ...]
    held: tuple[Triple, ...]
    wanting: tuple[AbsentPremise, ...]

    @property
    def distance(self) -> int:
        """Return how many facts are wanting, those below unfulfilled premises included, by the nearest way."""
        return sum(min((way.distance for way in premise.ways), default=1) for premise in self.wanting)


@dataclass(frozen=True, slots=True)
class Absence:
    """Why a triple does not follow."""

    triple: Triple
    holds: bool
    ways: tuple[NearMiss, ...]
    sentences: tuple[str, ...]
    data: Mapping[str, Any]

    def to_text(self) -> str:
        """Return the sentences, one per line."""
        return "\n".join(self.sentences) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """Return the same as plain JSON values."""
        return dict(self.data)


def why_absent(triple: Triple, closure: Closure, teller: Teller) -> Absence:
    """Return what would have given a triple, nearest first; if it holds, that it does."""
    holds = next(iter(closure.triples(*triple)), None) is not None
    ways = () if holds else tuple(_ways(triple, closure, _DEEP, frozenset()))
    told = teller.triple(triple)
    if holds:
        lines = [teller.say("tripleHolds", triple=told)]
    elif not ways:
        lines = [teller.say("tripleNoRule", triple=told)]
    else:
        lines = [teller.say("tripleNot", triple=told), *_lines(ways, teller, "  ")]
    data = {
        "triple": [shorten(str(getattr(term, "value", term))) for term in triple],
        "holds": holds,
        "ways": [_data(way, teller) for way in ways],
        "text": lines,
    }
    return Absence(triple, holds, ways, tuple(lines), data)


def _ways(triple: Triple, closure: Closure, deep: int, above: frozenset[Triple]) -> list[NearMiss]:
    """Return the ways in which a triple could have followed, the nearest first, for each axiom the best."""
    best: dict[tuple[Axiom, ...], NearMiss] = {}
    for rule, head in closure.rules.concluding(key_of(triple)):
        bindings = bind(head, triple, {})
        if bindings is None or not rule.body:
            continue
        for miss in _attempts(rule, bindings, closure, deep, above | {triple}):
            known = best.get(miss.axioms)
            if known is None or (miss.distance, len(miss.wanting)) < (known.distance, len(known.wanting)):
                best[miss.axioms] = miss
    found = sorted(best.values(), key=lambda miss: (miss.distance, len(miss.wanting), str(miss.axioms)))
    return found[:_MOST]


def _attempts(
    rule: Rule, bindings: Bindings, closure: Closure, deep: int, above: frozenset[Triple]
) -> Iterator[NearMiss]:
    for held, wanting in _partial(list(rule.body), bindings, closure):
        if any(atom in above for atom in wanting):
            continue  # it would rest on itself
        premises = tuple(
            AbsentPremise(atom, tuple(_ways(atom, closure, deep - 1, above)) if _ground(atom) and deep > 1 else ())  # type: ignore[arg-type]
            for atom in wanting
        )
        yield NearMiss(rule.kind, rule.axioms, tuple(held), premises)


def _partial(body: list[Atom], bindings: Bindings, closure: Closure) -> Iterator[tuple[list[Triple], list[Atom]]]:
    """Yield the ways to satisfy as many premises as can be, each once bound by those before it."""
    if not body:
        yield [], []
        return
    first, rest = fill(body[0], bindings), body[1:]
    s, p, o = (None if isinstance(term, ox.Variable) else term for term in first)
    matches = []
    for triple in closure.triples(s, p, o):  # type: ignore[arg-type]
        matches.append(triple)
        if len(matches) == _MATCHES:
            break
    for triple in matches:
        further = bind(first, triple, bindings)
        if further is not None:
            for held, wanting in _partial(rest, further, closure):
                yield [triple, *held], wanting
    if not matches:
        for held, wanting in _partial(rest, bindings, closure):
            yield held, [first, *(fill(atom, bindings) for atom in wanting)]


def _ground(atom: Atom) -> bool:
    return not any(isinstance(term, ox.Variable) for term in atom)


def _lines(ways: tuple[NearMiss, ...], teller: Teller, indent: str) -> list[str]:
    lines = []
    for way in ways:
        axioms = "; ".join(teller.axiom(axiom.triple) for axiom in way.axioms)
        lines.append(f"{indent}- {teller.say('axiom', axioms=axioms, kind=way.kind)}:")
        for premise in way.wanting:
            lines.append(f"{indent}    {teller.say('missing', sentence=teller.triple(premise.atom))}")
            lines += _lines(premise.ways[:2], teller, indent + "      ")
        lines += [f"{indent}    {teller.say('fine', sentence=teller.triple(triple))}" for triple in way.held]
    return lines


def _data(way: NearMiss, teller: Teller) -> dict[str, Any]:
    return {
        "step": way.kind,
        "axioms": [teller.axiom(axiom.triple) for axiom in way.axioms],
        "held": [teller.triple(triple) for triple in way.held],
        "wanting": [
            {"premise": teller.triple(premise.atom), "ways": [_data(inner, teller) for inner in premise.ways]}
            for premise in way.wanting
        ],
    }
