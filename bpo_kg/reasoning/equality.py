"""Which individuals are the same, kept as one representative each, and why.

A clique of n equal individuals is n - 1 links to its representative, never n squared pairs: facts are kept for the
representative, and said of the other members only when somebody asks. Each link remembers its proof, made when the
link was made, so that an explanation can never lean on the link it explains.
"""

from collections.abc import Iterable, Iterator
from itertools import product

import pyoxigraph as ox

from bpo_kg.reasoning.proofs import Proof
from bpo_kg.reasoning.rules import SAME, TYPE, Distinct, Term
from bpo_kg.store.dataset import Triple

WRITTEN_OUT = 8
"""Cliques up to this size are written out in full, every fact for every member; larger ones by representative."""


def _rank(term: Term) -> tuple[bool, str]:
    # The smallest IRI represents, so that a full run and a series of changes choose alike.
    return (not isinstance(term, ox.NamedNode), str(term))


class Equality:
    """Cliques of equal individuals."""

    def __init__(self) -> None:
        self._representative: dict[Term, Term] = {}
        self._members: dict[Term, list[Term]] = {}
        self._links: dict[Term, list[tuple[Term, Proof]]] = {}
        self._seen: set[int] = set()  # of proofs, all of which the links keep alive
        self.premises: set[Triple] = set()
        """Asserted triples that some link rests on: as long as all of them stay, every link does."""

    def __bool__(self) -> bool:
        return bool(self._members)

    def representative(self, term: Term) -> Term:
        return self._representative.get(term, term)

    def members(self, term: Term) -> list[Term]:
        """Return a clique, its representative first; a term that equals nothing else is alone in it."""
        return self._members.get(self.representative(term), [term])

    def cliques(self) -> Iterable[list[Term]]:
        return self._members.values()

    def merge(self, one: Term, other: Term, proof: Proof) -> list[Term]:
        """Make two individuals the same; return those whose representative changed, none if they were the same."""
        a, b = self.representative(one), self.representative(other)
        if a == b:
            return []
        kept, lost = sorted((a, b), key=_rank)
        moved = self._members.pop(lost, [lost])
        self._members.setdefault(kept, [kept]).extend(moved)
        for term in moved:
            self._representative[term] = kept
        self._links.setdefault(one, []).append((other, proof))
        self._links.setdefault(other, []).append((one, proof))
        self.premises.update(step.triple for step in proof.steps(self._seen) if step.asserted)
        return moved

    def normal(self, triple: Triple) -> Triple:
        """Return a triple said of representatives; a class that happens to equal something keeps its name."""
        s, p, o = triple
        known = self._representative
        return (known.get(s, s), p, o if p == TYPE else known.get(o, o))

    def written_out(self, triple: Triple) -> Iterator[Triple]:
        """Yield a normal triple as it is published: for every member of small cliques, as it is for large ones."""
        s, p, o = triple
        subjects, objects = self._members.get(s), None if p == TYPE else self._members.get(o)
        if subjects is None and objects is None:
            yield triple
            return
        for choice in (subjects, objects):
            if choice is not None and len(choice) > WRITTEN_OUT:
                yield triple
                return
        for subject, object_ in product(subjects or [s], objects or [o]):
            yield (subject, p, object_)

    def every(self, triple: Triple) -> Iterator[Triple]:
        """Yield a normal triple for every member of its cliques, whatever their size."""
        s, p, o = triple
        for subject, object_ in product(self.members(s), [o] if p == TYPE else self.members(o)):
            yield (subject, p, object_)

    def links(self) -> Iterator[Triple]:
        """Yield the `owl:sameAs` triples as published: all pairs of small cliques, a star for large ones."""
        for members in self.cliques():
            if len(members) <= WRITTEN_OUT:
                yield from ((a, SAME, b) for a, b in product(members, members) if a != b)
            else:
                for member in members[1:]:
                    yield (member, SAME, members[0])
                    yield (members[0], SAME, member)

    def prove(self, one: Term, other: Term) -> Proof | None:
        """Return why two individuals are the same: the links between them."""
        came: dict[Term, tuple[Term, Proof] | None] = {one: None}
        queue = [one]
        for term in queue:
            if term == other:
                break
            for neighbour, proof in self._links.get(term, ()):
                if neighbour not in came:
                    came[neighbour] = (term, proof)
                    queue.append(neighbour)
        if other not in came:
            return None
        steps: list[Proof] = []
        step = came[other]
        while step is not None:
            steps.append(step[1])
            step = came[step[0]]
        wanted: Triple = (one, SAME, other)
        if len(steps) == 1 and steps[0].triple == wanted:
            return steps[0]
        return Proof(wanted, "eq-sym" if len(steps) == 1 else "eq-trans", (), tuple(reversed(steps)))


class Differences:
    """Which individuals are known to differ, by `owl:AllDifferent` and `owl:differentFrom`."""

    def __init__(self, distinct: Iterable[Distinct], pairs: Iterable[Triple]) -> None:
        self._sets: dict[Term, list[Distinct]] = {}
        for one in distinct:
            for member in one.members:
                self._sets.setdefault(member, []).append(one)
        self._pairs: dict[Term, dict[Term, Triple]] = {}
        for s, p, o in pairs:
            self._pairs.setdefault(s, {})[o] = (s, p, o)
            self._pairs.setdefault(o, {})[s] = (s, p, o)

    def between(self, one: Term, other: Term) -> Distinct | Triple | None:
        """Return what says that two individuals differ, if anything does."""
        if one == other:
            return None
        stated = self._pairs.get(one, {}).get(other)
        if stated is not None:
            return stated
        others = self._sets.get(other, ())
        return next((one_set for one_set in self._sets.get(one, ()) if one_set in others), None)

    def within(self, members: Iterable[Term]) -> tuple[Term, Term, Distinct | Triple] | None:
        """Return two members that are known to differ, found in one pass rather than pair by pair."""
        listed = list(members)
        among = set(listed)
        seen: dict[int, tuple[Term, Distinct]] = {}
        for term in listed:
            for other, stated in self._pairs.get(term, {}).items():
                if other in among:
                    return term, other, stated
            for one_set in self._sets.get(term, ()):
                if id(one_set) in seen:
                    return seen[id(one_set)][0], term, one_set
                seen[id(one_set)] = (term, one_set)
        return None
