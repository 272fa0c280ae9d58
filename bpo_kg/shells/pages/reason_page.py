"""The page that says why: for each place the grade, its rules, the proof down to the cells, and what is open."""

from collections.abc import Mapping, Sequence
from typing import Any

from bpo_kg.shells.pages.markup import Content, Markup, tag
from bpo_kg.shells.pages.operation import Visit
from bpo_kg.shells.pages.page import badge, here, more, page, table
from bpo_kg.shells.pages.served import address, brief
from bpo_kg.shells.pages.texts import say
from bpo_kg.shells.server import Response
from bpo_kg.shells.words import Words
from bpo_kg.vocabulary import expand


def show(visit: Visit, told: Mapping[str, Any], words: Words, *, cache: bool, linked: bool) -> Response:
    """Return the page of an explanation.

    Args:
        told: the explanation as plain values.
        linked: whether the process has a page of its own on this server.
    """
    lang = visit.lang
    office = tag("strong", words.value("office_category", told["office_category"]))
    own = tag("code", brief(told["process"]))
    lead = tag(
        "p",
        say("why.office", lang),
        ": ",
        office,
        " · ",
        tag("a", own, href=here(address(told["process"]), lang)) if linked else own,
        class_="lead",
    )
    places = [_place(place, words, lang) for place in told["places"]]
    answers = [
        [a["sentence"], words.value("firmness", a["basis"]) if a["basis"] else "", _source(a["source"], lang)]
        for a in told["answers"]
    ]
    known = tag(
        "section",
        tag("h2", say("why.known", lang)),
        table([say("answer", lang), say("basis", lang), say("thing.graph", lang)], answers),
    )
    stated = [
        tag("li", tag("a", name, href=here(address(expand(name) or name), lang)), " ", text)
        for name, text in told["statements"].items()
    ]
    rests = tag("section", tag("h2", say("why.rests", lang)), tag("ul", stated)) if stated else None
    title = say("why.title", lang, name=told["name"])
    formats = ["json", "txt"] if cache else []
    return page(visit, title, lead, places, known, rests, section="assess", formats=formats, cache=cache)


def _place(place: Mapping[str, Any], words: Words, lang: str) -> Markup:
    grade = place["grade"]
    rules = [tag("li", rule["sentence"], " ", _name(f"rule:{rule['rule']}", lang)) for rule in place["rules"]]
    opened = [tag("li", item["question"] or item["criterion"], " ", _name(f"crit:{item['criterion']}", lang))
              for item in place["open"]]  # fmt: skip
    verify = [tag("li", _sentence(item["sentence"])) for item in place["to_verify"]]
    proofs = [_proof(proof, lang) for proof in place["proofs"]]
    basis = place.get("firmness", "")
    return tag(
        "section",
        tag(
            "h2",
            words.heading(place["place"]),
            " ",
            badge(grade, words.value("", grade), place["status"]),
        ),
        tag(
            "p",
            words.value("status", place["status"]),
            [" · ", say("why.rests.on", lang, basis=words.value("firmness", basis))] if basis else None,
            class_="quiet",
        ),
        tag("ul", rules) if rules else tag("p", say("why.none", lang)),
        [tag("h3", say("why.open", lang)), tag("ul", opened)] if opened else None,
        [tag("h3", say("why.verify", lang)), tag("ul", verify)] if verify else None,
        more(say("why.proof", lang), tag("ul", [tag("li", proof) for proof in proofs]), class_="proof")
        if proofs
        else None,
        class_=f"place panel {grade}",
    )


def _sentence(text: str) -> str:
    said = text[:1].upper() + text[1:]
    return said if said.endswith((".", "?", "!")) else said + "."


def _proof(step: Mapping[str, Any], lang: str) -> Content:
    """Return a step of a proof with what it follows from below it."""
    marks: list[Content] = [[" ", _name(step[key], lang)] for key in ("rule", "statement") if step.get(key)]
    if step.get("where"):
        marks.append([" ", tag("code", step["where"], class_="where")])
    if step.get("source"):
        marks.append([" ", tag("span", step["source"], class_="quiet")])
    said = [step.get("sentence", ""), marks]
    premises: Sequence[Mapping[str, Any]] = step.get("premises", ())
    if not premises:
        return said
    return [said, tag("ul", [tag("li", _proof(premise, lang)) for premise in premises])]


def _name(curie: str, lang: str) -> Markup:
    iri = expand(curie)
    code = tag("code", curie)
    return tag("a", code, href=here(address(iri), lang)) if iri else code


def _source(source: str, lang: str) -> Content:
    if not source:
        return None
    return _name(source, lang) if source.startswith("stmt:") else tag("code", source, class_="where")
