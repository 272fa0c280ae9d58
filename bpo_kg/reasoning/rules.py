"""Rules, and what they are made of: atoms, tests, the axioms they come from.

A rule is a value. Its terms are pyoxigraph's own, with `Variable` for what is to be found, so that the same rule
prints as SPARQL for a whole store and is matched term by term for a single fact or a proof.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox

from bpo_kg.store.dataset import Object, Triple
from bpo_kg.vocabulary import OWL, RDF

Term = Object
Slot = Term | ox.Variable
Atom = tuple[Slot, ox.NamedNode, Slot]
Bindings = dict[ox.Variable, Term]
Key = ox.NamedNode | tuple[ox.NamedNode, Term]
"""What a fact is filed under: its predicate, and for `rdf:type` the class too."""

TYPE = ox.NamedNode(RDF + "type")
SAME = ox.NamedNode(OWL + "sameAs")
DIFFERENT = ox.NamedNode(OWL + "differentFrom")
NOTHING = ox.NamedNode(OWL + "Nothing")
THING = ox.NamedNode(OWL + "Thing")


@dataclass(frozen=True, slots=True)
class Axiom:
    """One OWL axiom as it stands in a file: its main triple, and the graph (the source) that states it."""

    triple: Triple
    graph: ox.NamedNode | ox.BlankNode | ox.DefaultGraph | None = None

    def __str__(self) -> str:
        return " ".join(str(term) for term in self.triple)


@dataclass(frozen=True, slots=True)
class Test:
    """A condition on a literal: that it belongs to a datatype, or that it does not."""

    variable: ox.Variable
    datatype: ox.NamedNode
    belongs: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """If every atom of `body` holds and every test passes, every atom of `head` does; an empty head is a clash.

    `kind` is the name that the OWL 2 RL rule set of the W3C gives the rule, for example `cax-sco`.
    """

    body: tuple[Atom, ...]
    head: tuple[Atom, ...]
    axioms: tuple[Axiom, ...]
    kind: str
    tests: tuple[Test, ...] = ()

    @property
    def clash(self) -> bool:
        return not self.head


@dataclass(frozen=True, slots=True)
class Merger:
    """All values of `value` that satisfy `body` for one value of `key` are the same thing.

    One half of what OWL writes with two variables: functional properties, cardinality one and keys are all of this
    form, and n equal things then cost n matches rather than n squared.
    """

    body: tuple[Atom, ...]
    key: tuple[ox.Variable, ...]
    value: ox.Variable
    axioms: tuple[Axiom, ...]
    kind: str
    tests: tuple[Test, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """An axiom that the rules cannot express, wholly or in part, and what is lost by that."""

    axiom: Axiom
    lost: Mapping[str, str]
    """Sentence by language tag, "en" and "id"."""

    def text(self, lang: str = "en") -> str:
        return self.lost.get(lang, self.lost["en"])


@dataclass(frozen=True, slots=True)
class Distinct:
    """Individuals that are pairwise different, by `owl:AllDifferent`."""

    members: frozenset[Term]
    axiom: Axiom


@dataclass(slots=True)
class RuleSet:
    """What a set of axioms comes to: rules, mergers, things known to be different, and what could not be said."""

    rules: tuple[Rule, ...]
    mergers: tuple[Merger, ...] = ()
    distinct: tuple[Distinct, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    working: tuple[Rule, ...] = ()
    """The same closure with fewer conditions and fewer rules; what the reasoner runs. Proofs use `rules`."""
    _by_head: dict[Key, list[tuple[Rule, Atom]]] = field(default_factory=dict)

    def renamed(self, names: Mapping[Term, Term]) -> "RuleSet":
        """Return the same rules with individuals replaced by others, classes and properties left alone."""

        def atoms(old: tuple[Atom, ...]) -> tuple[Atom, ...]:
            return tuple((names.get(s, s), p, o if p == TYPE else names.get(o, o)) for s, p, o in old)  # type: ignore[arg-type]

        def rule(old: Rule) -> Rule:
            return Rule(atoms(old.body), atoms(old.head), old.axioms, old.kind, old.tests)

        mergers = (Merger(atoms(m.body), m.key, m.value, m.axioms, m.kind, m.tests) for m in self.mergers)
        rules, working = tuple(map(rule, self.rules)), tuple(map(rule, self.working))
        return RuleSet(rules, tuple(mergers), self.distinct, self.refusals, working)

    def constants(self) -> set[Term]:
        """Return the individuals that rules and mergers name."""
        atoms = [atom for rule in self.rules for atom in rule.body + rule.head]
        atoms += [atom for merger in self.mergers for atom in merger.body]
        slots = {slot for s, p, o in atoms for slot in ((s,) if p == TYPE else (s, o))}
        return {slot for slot in slots if not isinstance(slot, ox.Variable | ox.Literal)}

    def concluding(self, key: Key) -> list[tuple[Rule, Atom]]:
        """Return the rules with a head atom filed under `key`, each with that atom."""
        if not self._by_head:
            for rule in self.rules:
                for atom in rule.head:
                    self._by_head.setdefault(key_of(atom), []).append((rule, atom))
        return self._by_head.get(key, [])


def key_of(atom: tuple[Slot, ox.NamedNode, Slot]) -> Key:
    """Return what an atom or triple is filed under."""
    _, predicate, o = atom
    if predicate == TYPE and not isinstance(o, ox.Variable):
        return (predicate, o)
    return predicate


def bind(atom: Atom, triple: Triple, bindings: Bindings) -> Bindings | None:
    """Return `bindings` extended so that `atom` reads as `triple`, or None if it cannot."""
    found = bindings
    for slot, term in ((atom[0], triple[0]), (atom[2], triple[2])):
        if isinstance(slot, ox.Variable):
            known = found.get(slot)
            if known is None:
                found = {**found, slot: term}
            elif known != term:
                return None
        elif slot != term:
            return None
    return found


def fill(atom: Atom, bindings: Mapping[ox.Variable, Term]) -> Atom:
    """Return an atom with its variables replaced as far as they are bound."""
    s, p, o = atom
    return (
        bindings.get(s, s) if isinstance(s, ox.Variable) else s,
        p,
        bindings.get(o, o) if isinstance(o, ox.Variable) else o,
    )


def variables(atoms: Iterable[Atom]) -> list[ox.Variable]:
    """Return the variables of atoms in order of appearance."""
    return list(dict.fromkeys(slot for atom in atoms for slot in (atom[0], atom[2]) if isinstance(slot, ox.Variable)))
