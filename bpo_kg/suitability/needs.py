"""Say what an assessed process asks of a site: whom it serves, in which languages, at which hours, as which kind.

A site that offers a wider or a narrower kind than the process's is taken to offer it: whoever runs a 24-hour call
centre runs a call centre, and whether it keeps the hours is asked by itself.
"""

from collections.abc import Mapping

import pyoxigraph as ox

from bpo_kg.store.view import View
from bpo_kg.suitability.answers import Evidence
from bpo_kg.suitability.assessment import Assessment, PlaceVerdict
from bpo_kg.suitability.judging import CONTESTED
from bpo_kg.suitability.matching import Need
from bpo_kg.suitability.rulebook import Rulebook
from bpo_kg.suitability.wording import said
from bpo_kg.vocabulary import BPO, local_name

_COVERAGE = BPO + "neededCoverage"


def need_of(view: View, one: Assessment, evidence: Evidence) -> Need:
    """Return what a process asks of a site: its own record first, then its wholes', then its kind's."""
    iri = one.subject.iri
    own = evidence.kinds.get(iri, ())
    wider = {kind for nearest in own for kind in _wider(evidence, nearest)}
    narrower = {kind for kind in evidence.kinds if set(own) & _wider(evidence, kind)} if own else set()
    return Need(
        client=one.subject.client,
        customer=one.subject.customer,
        kinds=frozenset({*own, *wider, *(kind for kind in narrower if kind != iri)}),
        languages=one.subject.languages,
        coverage=_coverage(view, iri, evidence),
        personal_data=one.answers["personalData"].value,
        licensed_work=one.subject.licensed,
    )


def grade_of(verdict: PlaceVerdict, book: Rulebook) -> tuple[str, Mapping[str, str]]:
    """Return the grade of a verdict and the sentence of the rule that gives it."""
    grade = verdict.verdict.grade
    if verdict.verdict.winners:
        return grade, book.rule(verdict.verdict.winners[0]).sentence
    return grade, said("grade=contested" if grade == CONTESTED else "grade=undetermined")


def _wider(evidence: Evidence, kind: str) -> set[str]:
    """Return a kind and every kind it is a form of; kinds that are forms of each other end the walk."""
    found: set[str] = set()
    left = [kind]
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += evidence.kinds.get(one, ())
    return found


def _coverage(view: View, iri: str, evidence: Evidence) -> str | None:
    """Return the hours that a process needs; None where they are not recorded or contradict each other."""
    values = {
        str(t.value) for t in view.objects(ox.NamedNode(iri), ox.NamedNode(_COVERAGE)) if isinstance(t, ox.NamedNode)
    }
    if not values and (cell := evidence.inherited.get(iri, {}).get(_COVERAGE)) is not None:
        values = {term.value for term in cell.values}
    for kind in evidence.kinds.get(iri, ()) if not values else ():
        values |= {
            t.value for t in view.objects(ox.NamedNode(kind), ox.NamedNode(_COVERAGE)) if isinstance(t, ox.NamedNode)
        }
    return local_name(values.pop()) if len(values) == 1 else None
