"""Tell a proof in sentences that a reader without training follows: what holds, why, and where it is written.

Steps that only an ontologist needs (a row is in a class, the class implies a criterion) are passed over here: the
answer stands with the cells and records it comes from. They are all there in the data forms of the same proof.
Texts of statements are told once, in a list at the end, and referred to by number.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox

from bpo_kg.resources import data_folder
from bpo_kg.sources.facts import Place
from bpo_kg.store.dataset import Triple
from bpo_kg.store.view import View
from bpo_kg.suitability.answers import CATALOGUED, INHERITED, MEASURED, PRESUMED
from bpo_kg.suitability.assessment import CLASSES
from bpo_kg.suitability.proof import (
    ANSWER,
    CHANGED,
    COMPLETE,
    HINT,
    OPTION,
    PLACED,
    UNDETERMINED,
    VERDICT,
    WRITTEN,
    Step,
)
from bpo_kg.suitability.rows import short, text
from bpo_kg.suitability.rulebook import Rulebook, bpo
from bpo_kg.suitability.sentences import Sentences, column_label, sentence
from bpo_kg.vocabulary import COUNTRY, LANG, OWL, RDF, SCALE, shorten

_TYPE = ox.NamedNode(RDF + "type")
_ABOUT = bpo("about")
Places = Callable[[Iterable[Triple]], list[Place]]
"""Tells where asserted triples stand, in the order given."""


@dataclass(slots=True)
class Notes:
    """Statements referred to by number, in the order in which they are first used."""

    numbers: dict[str, int] = field(default_factory=dict)

    def mark(self, statement: str) -> str:
        """Return the mark that refers to a statement, with a blank before it; nothing for no statement."""
        return f" [{self.numbers.setdefault(statement, len(self.numbers) + 1)}]" if statement else ""


class Teller:
    """Tells proofs in one language.

    Args:
        book: the decision table.
        view: where labels stand.
        places: where asserted triples stand.
        columns: inventory column by property IRI.
        lang: "en" or "id".
        shown: what paths begin with, and what a reader is shown instead.
    """

    def __init__(
        self,
        book: Rulebook,
        view: View,
        places: Places,
        columns: Mapping[str, str],
        lang: str,
        shown: tuple[str, str] = ("", ""),
    ) -> None:
        self.book = book
        self.view = view
        self.say = Sentences(lang)
        self.lang = lang
        self._places = places
        self._columns = columns
        self._rules = {rule.iri: rule for rule in (*book.defaults, *book.placements)}
        self._shipped = str(data_folder("ontology").parent) + "/"
        self._shown = shown
        self._found: dict[Triple, str] = {}

    # --- names -----------------------------------------------------------------------------------
    def label(self, iri: str) -> str:
        """Return the label of a thing in the reader's language, or its short IRI."""
        return text(self.view.labels(ox.NamedNode(iri)), self.lang) or short(iri)

    def named(self, process: str, name: str) -> str:
        """Return the name of a process in the reader's language, or the one given if it has none in it."""
        return self.view.labels(ox.NamedNode(process)).get(self.lang) or name

    def place_name(self, place: str) -> str:
        """Return the name of a location class, a country or a site."""
        if place in CLASSES:
            return self.label(SCALE + CLASSES[place])
        if place.startswith("http"):
            return self.label(place)
        return text(self.view.labels(ox.NamedNode(COUNTRY + place)), self.lang) or _country(place, self.lang)

    def grade(self, name: str) -> str:
        """Return a grade, status or other step of a scale as a word."""
        return self.label(SCALE + name)

    def term(self, term: object) -> str:
        """Return a value as a word."""
        if isinstance(term, ox.NamedNode):
            if term.value.startswith(COUNTRY):
                return self.place_name(term.value.removeprefix(COUNTRY))
            named = self.view.labels(term)
            if not named and term.value.startswith(LANG):
                return _language(term.value.removeprefix(LANG), self.lang)
            return text(named, self.lang) or short(term.value)
        value = getattr(term, "value", str(term))
        return self.say(f"={'yes' if value == 'true' else 'no'}") if value in ("true", "false") else value

    def property(self, iri: str) -> str:
        """Return what a reader calls a property: its inventory column, else its label."""
        column = self._columns.get(iri)
        return column_label(column, self.lang) if column else self.label(iri)

    def where(self, triple: Triple) -> str:
        """Return "file:line:column" of an asserted triple, shipped files without the folder they are installed in."""
        if triple not in self._found:
            self._find([triple])
        return self._found[triple]

    def prepare(self, steps: Iterable[Step], *, every: bool = False) -> None:
        """Look up at once where the facts of proofs stand: each look-up reads whole files.

        Args:
            steps: the proofs that will be told.
            every: also what only the data forms tell: the ontology's own facts, and axioms.
        """
        wanted: dict[Triple, None] = {}
        for step in steps:
            for inner in step.steps():
                if inner.kind in WRITTEN and (every or not self._of_ontology(inner)):
                    wanted[inner.triple] = None
                if every:
                    wanted.update(dict.fromkeys(self._stated_at(axiom.triple) for axiom in inner.axioms))
        self._find([triple for triple in wanted if triple not in self._found])

    def _find(self, triples: list[Triple]) -> None:
        for triple, place in zip(triples, self._places(triples), strict=True):
            where = str(place).removeprefix(self._shipped)
            if self._shown[0] and where.startswith(self._shown[0]):
                where = self._shown[1] + where.removeprefix(self._shown[0])
            self._found[triple] = where

    # --- sentences -------------------------------------------------------------------------------
    def sentence(self, step: Step) -> str:
        """Return what a step concludes, in one sentence without its reasons."""
        if step.kind in (VERDICT, UNDETERMINED):
            rule = self._rules.get(step.rule)
            return text(rule.sentence, self.lang) if rule else self.say("none" if not step.premises else "contest")
        if step.rule and step.rule in self._rules and step.kind != ANSWER:
            return f"{self.grade(step.value)}: {text(self._rules[step.rule].sentence, self.lang)}"
        if step.kind in (ANSWER, PLACED, COMPLETE):
            return sentence(self.say.criterion(self.book, step.criterion, step.value))
        return sentence(self.fact(step))

    def rule_sentence(self, iri: str) -> str:
        """Return the sentence of a rule of the decision table."""
        return text(self._rules[iri].sentence, self.lang)

    def fact(self, step: Step) -> str:
        """Return a triple as words, without the process where it is about the process that is explained."""
        prop, value = step.triple[1], step.triple[2]
        key = step.kind if step.kind in (HINT, OPTION, CHANGED) else "cell" if step.process else ""
        if not key or prop == _TYPE:
            return self.triple(step.triple)
        return self.say(key, property=self.property(prop.value), value=self.term(value))

    def triple(self, triple: tuple[object, ox.NamedNode, object]) -> str:
        """Return any triple as words; what has no name, and what is still to be found, is an ellipsis."""
        subject, prop, value = triple
        name = f"“{self.label(subject.value)}”" if isinstance(subject, ox.NamedNode) else "…"
        said = "…" if isinstance(value, ox.Variable | ox.BlankNode) else self.term(value)
        if prop == _TYPE:
            return self.say("isA", subject=name, value=said)
        return self.say("fact", subject=name, property=self.property(prop.value), value=said)

    def marks(self, step: Step) -> str:
        """Return by which rule or axiom a step is taken, on which statement, and where a leaf stands."""
        found = [self.where(step.triple)] if step.kind in WRITTEN else []
        if step.axioms:
            axioms = "; ".join(self.axiom(axiom.triple) for axiom in step.axioms)
            found.append(self.say("axiom", axioms=axioms, kind=step.kind))
        found += [shorten(iri) for iri in (step.rule, step.statement) if iri]
        return ", ".join(filter(None, [*found, step.source]))

    def axiom(self, triple: Triple) -> str:
        """Return an axiom as words and its place; class expressions have no name, so they are left to the place."""
        words = " ".join(self.term(term) if not isinstance(term, ox.BlankNode) else "…" for term in triple)
        return f"{words}, {self.where(self._stated_at(triple))}"

    def _stated_at(self, axiom: Triple) -> Triple:
        """Return the triple by which an axiom is found in its file; a class expression has no name to look for."""
        subject, _, value = axiom
        if not isinstance(value, ox.BlankNode) or not isinstance(subject, ox.NamedNode):
            return axiom
        return (subject, _TYPE, min(self.view.objects(subject, _TYPE), key=self._by_owl, default=value))

    @staticmethod
    def _by_owl(cls: object) -> tuple[bool, str]:
        return not str(cls).startswith(f"<{OWL}"), str(cls)

    def tree(self, step: Step, indent: str = "") -> list[str]:
        """Return a proof with every step of the reasoner, one a line: for inferred triples, and for experts."""
        marks = self.marks(step)
        lines = [f"{indent}{self.sentence(step)}{f' ({marks})' if marks else ''}"]
        for premise in step.premises:
            lines += self.tree(premise, indent + "  ")
        return lines

    def lines(self, step: Step, notes: Notes, told: set[Triple] | None = None, indent: str = "") -> list[str]:
        """Return a proof of a verdict or an answer as indented lines.

        Args:
            step: the proof.
            notes: gathers the statements that it refers to.
            told: facts told already, which are not told again.
            indent: what each line begins with.
        """
        told = set() if told is None else told
        if step.kind in (ANSWER, PLACED):
            return self._answer(step, notes, told, indent)
        lines = [f"{indent}{self.sentence(step)}{notes.mark(step.statement)}"]
        plain = [premise for premise in step.premises if not premise.guard]
        for premise in plain:
            lines += self.lines(premise, notes, told, indent + "  - ") if premise.kind in (ANSWER, PLACED) else []
            if premise.kind not in (ANSWER, PLACED):
                lines += self.lines(premise, notes, told, indent + "  ")
        guards = [premise for premise in step.premises if premise.guard]
        if guards:
            lines.append(f"{indent}{self.say('guard')}")
            for premise in guards:
                lines += self.lines(premise, notes, told, indent + "  - ")
        return lines

    def _answer(self, step: Step, notes: Notes, told: set[Triple], indent: str) -> list[str]:
        below = " " * len(indent) + "  "
        said = self.say.criterion(self.book, step.criterion, step.value)
        if step.kind == PLACED:
            detail = text(step.told, self.lang)
            lines = [f"{indent}{sentence(said if not detail else f'{said}: {detail}')}"]
            return lines + self._leaves(step, told, below, notes)
        if step.basis == PRESUMED:
            rule = self._rules[step.rule]
            reason = f"{sentence(self.say('basis=presumed')).removesuffix('.')}: {text(rule.sentence, self.lang)}"
            lines = [f"{indent}{sentence(said)} {reason}{notes.mark(step.statement)}"]
            for premise in step.premises:
                lines += self.lines(premise, notes, told, below + "- ")
            return lines
        basis = self.say(f"basis={step.basis}", via=self._via(step))
        lines = [f"{indent}{sentence(f'{said}: {basis}')}{notes.mark(step.statement)}"]
        return lines + self._leaves(step, told, below, notes)

    def _via(self, step: Step) -> str:
        """Return the name of the process, kind or part that an answer comes from."""
        if step.basis == INHERITED:
            cells = [leaf.triple[0] for leaf in step.leaves() if leaf.triple[1] != bpo("directPartOf")]
            others = [c.value for c in cells if isinstance(c, ox.NamedNode) and c.value != step.process]
            return f"“{self.label(others[0])}”" if others else ""
        if step.basis == MEASURED:
            about = [leaf.triple[2] for leaf in step.leaves() if leaf.triple[1] == _ABOUT]
            return f"“{self.term(about[0])}”" if about else ""
        if step.basis == CATALOGUED:
            subjects = [leaf.triple[0] for leaf in step.premises[-1].leaves()]
            named = [s.value for s in subjects if isinstance(s, ox.NamedNode)]
            return f"“{self.label(named[0])}”" if named else ""
        return ""

    def _leaves(self, step: Step, told: set[Triple], indent: str, notes: Notes) -> list[str]:
        """Return the records that a step rests on, one a line; what the ontology itself states is passed over."""
        lines = []
        claims: set[object] = set()
        for leaf in step.leaves():
            subject, prop, _ = leaf.triple
            claim = self._claim(subject)
            if leaf.triple in told or (claim and subject in claims) or self._of_ontology(leaf):
                continue
            told.add(leaf.triple)
            claims.add(subject)
            if claim:
                lines.append(f"{indent}{self.where(leaf.triple)} — {claim}")
            elif leaf.kind not in WRITTEN:
                lines.append(f"{indent}{self.fact(leaf)}")
            else:
                own = isinstance(subject, ox.NamedNode) and subject.value == step.process
                key = leaf.kind if leaf.kind == HINT else "cell"
                cell = self.say(key, property=self.property(prop.value), value=self.term(leaf.triple[2]))
                lines.append(f"{indent}{self.where(leaf.triple)} — {cell if own else self.fact(leaf)}")
        lines += [f"{indent}({self._complete(inner)})" for inner in step.steps() if inner.kind == COMPLETE]
        return lines

    def _complete(self, step: Step) -> str:
        """Say what is on a list that counts as complete."""
        subject, prop, witness = step.premises[0].triple
        listed = self.view.objects(subject, prop) if isinstance(subject, ox.NamedNode) else []
        values = listed if witness in listed else [witness]
        return self.say("complete", values=", ".join(self.term(value) for value in values))

    def _of_ontology(self, leaf: Step) -> bool:
        graph = leaf.graph.value if leaf.graph is not None else ""
        return graph.endswith("/bpo-kg/bpo")

    def _claim(self, subject: object) -> str:
        """Return a measure claim as words: what was measured, the figure and its limit."""
        if not isinstance(subject, ox.NamedNode) or self.view.iri(subject, _ABOUT) is None:
            return ""
        label = text(self.view.labels(subject), self.lang)
        blanks = {name: self.view.text(subject, bpo(name)) for name in ("element", "figure", "threshold")}
        return self.say("claim", label=label, **blanks) if label and all(blanks.values()) else self.say("plainClaim")

    def footnotes(self, notes: Notes) -> list[str]:
        """Return the texts of the statements that were referred to."""
        found = []
        for iri, number in notes.numbers.items():
            said = text(self.book.statements.get(iri, {}), self.lang)
            found.append(f"[{number}] {shorten(iri)}{f': {said}' if said else ''}")
        return found


def _language(tag: str, lang: str) -> str:
    from bpo_kg.suitability.countries import language_label

    return language_label(tag, lang)


def _country(code: str, lang: str) -> str:
    from bpo_kg.suitability.countries import load_countries

    facts = load_countries().get(code)
    return facts.names.get(lang, code) if facts else code
