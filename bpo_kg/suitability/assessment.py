"""Assess processes: their answers, a verdict for each location class and each place asked for, what to ask next.

The inputs are what facts say (`answers`), the decision table (`rulebook`, `judging`) and the places (`places`); the
outputs are plain rows that every shell formats. Nothing is decided twice: the columns of a table, the JSON and
the triples all come from the same `Assessment`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bpo_kg.suitability.answers import PLACING, PRESUMED, Answer, Evidence
from bpo_kg.suitability.judging import Judge, Verdict
from bpo_kg.suitability.law import LawFlag, law_flags
from bpo_kg.suitability.places import LocationClass, PlaceBook, PlacementAnswer
from bpo_kg.suitability.rulebook import Rulebook
from bpo_kg.vocabulary import COUNTRY, LANG

CLASSES: Mapping[str, LocationClass] = {
    "same_country": "sameCountry",
    "near_foreign": "nearForeign",
    "distant_foreign": "distantForeign",
}
"""Column of each location class, and the local name of the class."""
STATUSES = ("decided", "provisional", "undetermined", "contested")
FRONT, BACK, MIXED, UNKNOWN = "front", "back", "mixed", "unknown"


@dataclass(frozen=True, slots=True)
class PlaceVerdict:
    """The verdict for one place: a location class, a country or a site."""

    place: str
    """Column of a location class, alpha-2 code of a country, or IRI of a site."""
    location_class: str | None
    verdict: Verdict
    placement: Mapping[str, PlacementAnswer]
    presumptions: tuple[str, ...]
    """Default rules behind the presumed answers that the applied rules rest on."""
    firmness: str
    to_verify: tuple[LawFlag, ...] = ()
    """What must be verified in law before anything is sent there. Flags never change the grade."""

    @property
    def rules(self) -> tuple[str, ...]:
        """Every rule that took part: placement rules from the highest rank down, then presumptions."""
        return self.verdict.rules + self.presumptions


@dataclass(frozen=True, slots=True)
class Placing:
    """A location class or a place to judge, and what answers the placement criteria there."""

    place: str
    """Column of a location class, alpha-2 code of a country, or IRI of a site."""
    location_class: str | None
    criteria: Mapping[str, PlacementAnswer]
    settled: bool
    """Whether what is unknown stays so by nature: a location class fixes no language."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A process as it is assessed: who it is, and the cells that places depend on."""

    iri: str
    id: str
    name: str
    client: str | None = None
    customer: str | None = None
    languages: frozenset[str] | None = None
    extra: Mapping[str, str] = field(default_factory=dict)
    filled: frozenset[str] = frozenset()
    """Inventory columns that the client has filled in."""
    generic: bool = False
    licensed: bool | None = None
    """Whether a person licensed in the client's country must sign for the work, where recorded."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything that is known about one process: one row of the output."""

    subject: Subject
    answers: Mapping[str, Answer]
    """Criterion to its answer, presumptions included, in the fixed order."""
    office: str
    pinned_by: tuple[str, ...]
    """For `mixed`: the parts (IRIs) that pin it, a front one first."""
    places: tuple[PlaceVerdict, ...]
    status: str
    firmness: str
    unknown: tuple[tuple[str, str], ...]
    """(place, criterion), with an empty place for criteria of the process itself: exactly what could change a grade."""
    ask_next: str

    @property
    def outsourcing(self) -> str:
        return {True: "core", False: "candidate", None: UNKNOWN}[self.answers["coreFunction"].value]

    @property
    def location_bound(self) -> str:
        return {True: "yes", False: "no", None: UNKNOWN}[self.answers["onSiteNeed"].value]


class Assessor:
    """Assess processes against one rulebook and one set of places.

    Args:
        book: the decision table.
        places: what is known of countries and sites.
        to: countries (alpha-2) or sites (IRI) to give a verdict for, besides the location classes.
        judge: one that has judged by an equal rulebook before; what it remembers is used again.
    """

    def __init__(
        self, book: Rulebook, places: PlaceBook, to: Sequence[str] = (), *, judge: Judge | None = None
    ) -> None:
        self.book = book
        self.judge = judge if judge is not None and judge.book == book else Judge(book)
        self.places = places
        self.to = tuple(to)
        self._process_names = tuple(c.name for c in book.process_criteria)
        self._placement_names = tuple(c.name for c in book.placement_criteria)
        self._rule_names = {rule.iri: rule.name for rule in book.defaults}
        self._columns = {c.name: c.column or "" for c in book.criteria}

    def assess(self, subjects: Sequence[Subject], evidence: Evidence) -> list[Assessment]:
        """Return one assessment per subject, in the order given."""
        offices = {iri: self.office(answers) for iri, answers in evidence.answers.items()}
        found = []
        for subject in subjects:
            office, pins = self._with_parts(subject.iri, evidence, offices)
            found.append(self.one(subject, evidence.answers[subject.iri], office, pins))
        return found

    def one(self, subject: Subject, facts: Mapping[str, Answer], office: str, pins: tuple[str, ...]) -> Assessment:
        """Assess one process from its facts; `office` and `pins` come from its parts."""
        values = {name: facts[name].value for name in self._process_names}
        bases = {name: facts[name].basis for name in self._process_names if facts[name].basis}
        answers = self.presumed(facts, values, bases)
        verdicts = []
        for at in self.placings(subject.client, subject.languages, subject.customer):
            flags = () if at.settled else self._flags(subject, at.place, answers["personalData"].value)
            verdicts.append(self.verdict(at, values, bases, answers, flags))
        return self._row(subject, answers, office, pins, tuple(verdicts))

    def placings(
        self, client: str | None, languages: frozenset[str] | None, customer: str | None
    ) -> tuple[Placing, ...]:
        """Return the location classes, then the places asked for, each with its placement criteria answered."""
        found = []
        for column, name in CLASSES.items():
            criteria = self.places.class_criteria(name, client=client, languages=languages, customer=customer)
            found.append(Placing(column, name, criteria, True))
        for place in self.to:
            criteria = self.places.criteria(client, place, languages=languages, customer=customer)
            found.append(Placing(place, self.places.location_class(client, place), criteria, False))
        return tuple(found)

    def _flags(self, subject: Subject, place: str, personal_data: bool | None) -> tuple[LawFlag, ...]:
        return self.places.once(law_flags, self.places, subject.client, place, personal_data, subject.licensed)

    def presumed(
        self, facts: Mapping[str, Answer], values: Mapping[str, bool | None], bases: Mapping[str, str]
    ) -> dict[str, Answer]:
        """Return the answers with those that default rules presume where no fact answers."""
        presumption = self.judge.presume(values, bases)
        answers = dict(facts)
        for name, (value, rules) in presumption.values.items():
            rule = self.book.rule(rules[0])
            answers[name] = Answer(name, value, PRESUMED, tuple(self.book.rule(r).iri for r in rules), rule.statement)
        for name, rules in presumption.contested.items():
            answers[name] = Answer(name, None, PRESUMED, tuple(self.book.rule(r).iri for r in rules))
        return answers

    def verdict(
        self,
        at: Placing,
        values: Mapping[str, bool | None],
        bases: Mapping[str, str],
        answers: Mapping[str, Answer],
        flags: tuple[LawFlag, ...] = (),
    ) -> PlaceVerdict:
        """Judge one placing; `values` and `bases` are those of facts, `answers` have the presumptions as well."""
        placement = at.criteria
        placed = {name: placement[name].value if name in placement else None for name in self._placement_names}
        verdict = self.judge.verdict(
            {**values, **placed},
            {**bases, **{name: answer.basis for name, answer in placement.items() if answer.value is not None}},
            settled=[name for name, value in placed.items() if value is None] if at.settled else (),
        )
        used = [placement[n].basis if n in placement else answers[n].basis for n in verdict.used]
        return PlaceVerdict(
            place=at.place,
            location_class=at.location_class,
            verdict=verdict,
            placement=placement,
            presumptions=self.presumptions(verdict.rules, answers),
            firmness=self._weakest(used),
            to_verify=flags,
        )

    def presumptions(self, rules: Iterable[str], answers: Mapping[str, Answer]) -> tuple[str, ...]:
        """Return the default rules behind the presumed answers that these placement rules read."""
        touched = {name for rule in rules for name in self.book.rule(rule).criteria}
        return tuple(
            self._rule_names[iri]
            for name in self._process_names
            if name in touched and answers[name].basis == PRESUMED
            for iri in answers[name].via
        )

    def _weakest(self, bases: Iterable[str]) -> str:
        return max((b for b in bases if b), key=lambda b: (self.book.bases.get(b, 0), b), default="")

    def _row(
        self,
        subject: Subject,
        answers: dict[str, Answer],
        office: str,
        pins: tuple[str, ...],
        places: tuple[PlaceVerdict, ...],
    ) -> Assessment:
        open_process = {name for p in places for name in p.verdict.open if name in self._process_names}
        unknown = [("", name) for name in self._process_names if name in open_process]
        for place in places:
            unknown += [(place.place, name) for name in place.verdict.open if name in self._placement_names]
            # A flag that only says "nobody recorded whether" would stand on every row and be read by nobody.
            certain = {"personalData": answers["personalData"].value, "licensedWork": subject.licensed}
            if place.verdict.grade != "excluded":
                unknown += [(place.place, flag.name) for flag in place.to_verify if certain.get(flag.name)]
        return Assessment(
            subject=subject,
            answers={name: answers[name] for name in self._process_names},
            office=office,
            pinned_by=pins,
            places=places,
            status=max((p.verdict.status for p in places), key=STATUSES.index),
            firmness=self._weakest(p.firmness for p in places),
            unknown=tuple(unknown),
            ask_next=self._ask(subject, places),
        )

    def _ask(self, subject: Subject, places: Sequence[PlaceVerdict]) -> str:
        """Return the column to ask for: core first, then the one whose answers could move the most places.

        A column that the client has filled in already is not asked for again: what is open then is a fact about
        the place, which an inventory cannot answer.
        """
        first: dict[str, int] = {}
        count: dict[str, int] = {}
        for order, name in enumerate((*self._process_names, *self._placement_names)):
            column = self._columns[name]
            if column and column not in subject.filled:
                moved = sum(name in place.verdict.open for place in places)
                count[column] = count.get(column, 0) + moved
                if moved:
                    # Core decides whether anything goes out at all, so it is asked before where to.
                    first.setdefault(column, -1 if name == "coreFunction" else order)
        return min(first, key=lambda column: (first[column] >= 0, -count[column], first[column]), default="")

    @staticmethod
    def office(answers: Mapping[str, Answer]) -> str:
        """Return the office category that the answers alone come to, whatever the parts are."""
        return {True: FRONT, False: BACK, None: UNKNOWN}[answers["publicContact"].value]

    def _with_parts(self, iri: str, evidence: Evidence, offices: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
        """Return the office category of a process, `mixed` if it holds front and back parts, and what pins that."""
        own = offices[iri]
        parts = [part for part in evidence.wholes.parts(iri) if part in offices]
        fronts = [part for part in parts if offices[part] == FRONT]
        backs = [part for part in parts if offices[part] == BACK]
        answer = evidence.answers[iri]["publicContact"]
        if fronts and backs:
            return MIXED, (fronts[0], backs[0])
        # What a whole inherits from its parts says nothing about the rest of it; what is said of the whole itself does.
        if own == BACK and fronts:
            return MIXED, (fronts[0], iri)
        if own == FRONT and backs and answer.basis != "inherited":
            return MIXED, (iri, backs[0])
        return own, ()


def subjects_of(
    processes: Sequence[tuple[str, str, str]],
    evidence: Evidence,
    *,
    default_client: str | None,
    extras: Mapping[str, Mapping[str, str]],
    filled: Mapping[str, frozenset[str]],
    generic: frozenset[str],
    licensed: Mapping[str, bool],
) -> list[Subject]:
    """Return the subjects for (iri, id, name) triples, with the cells places depend on: own, entailed or inherited.

    Args:
        processes: IRI, id and name of each process, in output order.
        evidence: recorded and inherited cells.
        default_client: alpha-2 code for processes that have no client country of their own.
        extras: foreign columns to carry through, by IRI.
        filled: inventory columns that each process has a recorded value for.
        generic: IRIs of generic processes.
        licensed: whether a licensed person must sign, by IRI, where recorded.
    """
    found = []
    for iri, ident, name in processes:
        client = _codes(evidence, iri, PLACING["client"], COUNTRY)
        customer = _codes(evidence, iri, PLACING["customer"], COUNTRY)
        languages = _codes(evidence, iri, PLACING["languages"], LANG)
        found.append(
            Subject(
                iri=iri,
                id=ident,
                name=name,
                client=min(client) if client else default_client,
                customer=min(customer) if customer else None,
                languages=languages or None,
                extra=extras.get(iri, {}),
                filled=filled.get(iri, frozenset()),
                generic=iri in generic,
                licensed=licensed.get(iri),
            )
        )
    return found


def _codes(evidence: Evidence, iri: str, prop: str, namespace: str) -> frozenset[str]:
    values = evidence.recorded.get(iri, {}).get(prop) or evidence.entailed.get(iri, {}).get(prop)
    if not values:
        cell = evidence.inherited.get(iri, {}).get(prop)
        values = cell.values if cell else frozenset()
    return frozenset(v.value.removeprefix(namespace) for v in values if v.value.startswith(namespace))
