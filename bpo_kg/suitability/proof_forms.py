"""Proofs as data: JSON values for programs, and RDF in PROV-O for the graph of somebody else.

In RDF each step is a `prov:Entity` derived from its premises; the verdict is the `bpo:Assessment` of the assessed
graph, and each rule that was applied a `bpo:Reason` of it. What a step concludes is stated as a reified triple, so
that a proof can be kept beside a graph without asserting anything in it.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import pyoxigraph as ox

from bpo_kg.suitability.proof import ANSWER, PLACED, UNDETERMINED, VERDICT, WRITTEN, Step
from bpo_kg.suitability.telling import Teller
from bpo_kg.vocabulary import BASE, BPO, CRIT, PROV, RDF, RDFS, SCALE, shorten

_TYPE = ox.NamedNode(RDF + "type")


def proof_dict(step: Step, teller: Teller) -> dict[str, Any]:
    """Return a proof as JSON values; keys without a value are left out.

    Returns:
        `step` (its kind), `conclusion` (subject, predicate, object), `sentence`, then whatever the step has of
        `criterion`, `value`, `basis`, `rule`, `statement`, `axioms`, `where`, `source`, `detail`, `guard`, `premises`.
    """
    subject, predicate, value = step.triple
    found: dict[str, Any] = {
        "step": step.kind,
        "conclusion": {"subject": _term(subject), "predicate": _term(predicate), "object": _term(value)},
        "sentence": teller.sentence(step),
        "criterion": step.criterion,
        "value": step.value,
        "basis": step.basis,
        "rule": shorten(step.rule),
        "statement": shorten(step.statement),
        "axioms": [teller.axiom(axiom.triple) for axiom in step.axioms],
        "where": teller.where(step.triple) if step.kind in WRITTEN else "",
        "source": step.source,
        "detail": step.told.get(teller.lang, ""),
        "guard": step.guard,
        "premises": [proof_dict(premise, teller) for premise in step.premises],
    }
    return {key: entry for key, entry in found.items() if entry}


def _term(term: object) -> str:
    if isinstance(term, ox.BlankNode):
        return "…"  # its label is another each time the file is read
    return shorten(term.value) if isinstance(term, ox.NamedNode) else str(getattr(term, "value", term))


def proof_triples(proofs: Iterable[Step], tellers: Iterable[Teller]) -> list[ox.Triple]:
    """Return proofs as RDF triples, each once, sorted.

    Args:
        proofs: verdicts, answers or inferred triples.
        tellers: one for each language that labels are wanted in.
    """
    languages = list(tellers)
    return sorted({triple for proof in proofs for triple in _triples(proof, languages)}, key=str)


def step_iri(step: Step) -> str:
    """Return the IRI of a step: the assessment or answer itself, else one made from what it concludes and from what."""
    if step.kind in (VERDICT, UNDETERMINED, ANSWER, PLACED) and isinstance(step.triple[0], ox.NamedNode):
        return step.triple[0].value
    text = "\n".join([step.kind, *map(str, step.triple), *(step_iri(premise) for premise in step.premises)])
    return f"{BASE}proof/{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _triples(step: Step, tellers: list[Teller]) -> Iterator[ox.Triple]:
    node = ox.NamedNode(step_iri(step))
    yield ox.Triple(node, _TYPE, _prov("Entity"))
    for teller in tellers:
        yield ox.Triple(node, ox.NamedNode(RDFS + "label"), ox.Literal(teller.sentence(step), language=teller.lang))
    if step.kind in (VERDICT, UNDETERMINED):
        yield ox.Triple(node, _TYPE, _bpo("Assessment"))
        yield ox.Triple(node, _bpo("assesses"), ox.NamedNode(step.process))
        yield ox.Triple(node, _bpo("verdict"), ox.NamedNode(SCALE + step.value))
    elif step.kind in (ANSWER, PLACED):
        yield ox.Triple(node, _TYPE, _bpo("Answer" if step.kind == ANSWER else "PlacementAnswer"))
        yield ox.Triple(node, _bpo("onCriterion"), ox.NamedNode(CRIT + step.criterion))
        yield ox.Triple(node, _bpo("value"), ox.NamedNode(SCALE + step.value))
        yield ox.Triple(node, _bpo("basis"), ox.NamedNode(SCALE + step.basis))
    else:
        subject, predicate, value = step.triple
        yield ox.Triple(node, _TYPE, ox.NamedNode(RDF + "Statement"))
        for name, term in (("subject", subject), ("predicate", predicate), ("object", value)):
            yield ox.Triple(node, ox.NamedNode(RDF + name), term)
    if step.rule and step.kind == ANSWER:
        yield ox.Triple(node, _bpo("via"), ox.NamedNode(step.rule))
    elif step.rule:
        yield from _reason(node, step)
    if step.axioms:
        activity = ox.NamedNode(f"{node.value}/by")
        yield ox.Triple(node, _prov("wasGeneratedBy"), activity)
        yield ox.Triple(activity, _TYPE, _prov("Activity"))
        yield ox.Triple(activity, ox.NamedNode(RDFS + "label"), ox.Literal(step.kind))
        for premise in step.premises:
            yield ox.Triple(activity, _prov("used"), ox.NamedNode(step_iri(premise)))
    if step.statement:
        yield ox.Triple(node, _prov("wasDerivedFrom"), ox.NamedNode(step.statement))
    if step.kind in WRITTEN and tellers:
        yield ox.Triple(node, _bpo("sourceText"), ox.Literal(tellers[0].where(step.triple)))
    elif step.source:
        yield ox.Triple(node, _bpo("sourceText"), ox.Literal(step.source))
    for premise in step.premises:
        yield ox.Triple(node, _prov("wasDerivedFrom"), ox.NamedNode(step_iri(premise)))
        yield from _triples(premise, tellers)


def _reason(node: ox.NamedNode, step: Step) -> Iterator[ox.Triple]:
    reason = ox.NamedNode(f"{node.value}/{step.rule.rsplit('/', 1)[-1]}")
    yield ox.Triple(node, _bpo("hasReason"), reason)
    yield ox.Triple(reason, _TYPE, _bpo("Reason"))
    yield ox.Triple(reason, _bpo("byRule"), ox.NamedNode(step.rule))
    for premise in step.premises:
        if premise.criterion:
            yield ox.Triple(reason, _bpo("onFact"), ox.NamedNode(CRIT + premise.criterion))


def _prov(name: str) -> ox.NamedNode:
    return ox.NamedNode(PROV + name)


def _bpo(name: str) -> ox.NamedNode:
    return ox.NamedNode(BPO + name)
