"""The page that says why: for each place the grade, its rules, the proof down to the cells, and what is open."""

from collections.abc import Mapping, Sequence
from typing import Any

from bpo_kg.shells.pages.markup import Content, Markup, tag
from bpo_kg.shells.pages.operation import Visit
from bpo_kg.shells.pages.page import badge, here, more, page, table
from bpo_kg.shells.pages.served import address, brief, place_name
from bpo_kg.shells.pages.texts import say
from bpo_kg.shells.server import Response
from bpo_kg.shells.words import Words
from bpo_kg.suitability.assessment import CLASSES
from bpo_kg.vocabulary import expand


def show(visit: Visit, told: Mapping[str, Any], words: Words, *, own: bool) -> Response:
    """Return the page of an explanation.

    Args:
        told: the explanation as plain values.
        own: whether the process is one of this server, so that more can be asked about it.
    """
    lang = visit.lang
    office = tag("strong", words.value("office_category", told["office_category"]))
    name = tag("code", brief(told["process"]))
    lead = tag(
        "p",
        say("why.office", lang),
        ": ",
        office,
        " · ",
        tag("a", name, href=here(address(told["process"]), lang)) if own else name,
        class_="lead",
    )
    asked = told["process"] if own else ""
    # Countries and sites that were asked about come before the location classes.
    in_order = sorted(told["places"], key=lambda place: place["place"] in CLASSES)
    places = [_place(place, words, lang, asked) for place in in_order]
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
    formats = ["json", "txt"] if own else []
    suppose = _suppose(visit, told["process"]) if own else None
    content = [lead, places, suppose, known, rests]
    return page(visit, title, content, section="assess", formats=formats, cache=own)


def tell(visit: Visit, name: str, lines: Sequence[str], *, own: bool) -> Response:
    """Return the page of an answer that is told in sentences: why not, what would turn it, what if."""
    lang = visit.lang
    process = visit.one("process") or ""
    target = here("/explain", lang, process=process)
    back = tag("p", tag("a", say("reason.explain", lang), href=target, class_="button second"))
    again = _suppose(visit, process) if own and name == "whatIf" else None
    content = [tag("div", outline(lines), class_="panel told"), again, back if own else None]
    formats = ["json", "txt"] if own else []
    return page(visit, say(f"reason.{name}", lang), content, section="assess", formats=formats, cache=own)


def outline(lines: Sequence[str]) -> list[Content]:
    """Return indented lines as paragraphs and nested lists."""
    found: list[Content] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        depth = _depth(line)
        below = at + 1
        while below < len(lines) and lines[below].strip() and _depth(lines[below]) > depth:
            below += 1
        said = line.strip().removeprefix("- ")
        inner = outline(lines[at + 1 : below])
        if said:
            found.append(tag("li" if depth else "div", said, tag("ul", inner) if inner else None))
        at = below
    return found


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _suppose(visit: Visit, process: str) -> Markup:
    lang = visit.lang
    kept = [("process", process), ("lang", lang), *(("to", place) for place in visit.values.get("to", ()))]
    hidden = [tag("input", type_="hidden", name=name, value=value) for name, value in kept]
    given = next(iter(visit.values.get("set", ())), None)
    return tag(
        "form",
        tag("p", tag("label", say("reason.suppose", lang), for_="set"),
            tag("input", name="set", id_="set", required=True, placeholder="core=yes", value=given), class_="field"),
        hidden,
        tag("button", say("reason.whatIf", lang)),
        method="get",
        action="/what-if",
        class_="panel inline",
    )  # fmt: skip


def _place(place: Mapping[str, Any], words: Words, lang: str, process: str) -> Markup:
    grade = place["grade"]
    rules = [tag("li", rule["sentence"], " ", _name(f"rule:{rule['rule']}", lang)) for rule in place["rules"]]
    opened = [tag("li", item["question"] or item["criterion"], " ", _name(f"crit:{item['criterion']}", lang))
              for item in place["open"]]  # fmt: skip
    verify = [tag("li", _sentence(item["sentence"])) for item in place["to_verify"]]
    proofs = [_proof(proof, lang) for proof in place["proofs"]]
    basis = place.get("firmness", "")
    spot = {"process": process, "to": place["place"]}
    further = [tag("a", say("reason.whyNot", lang), href=here("/why-not", lang, **spot))]
    if place["place"] not in CLASSES:
        further.append(tag("a", say("reason.flips", lang), href=here("/flips", lang, **spot)))
    return tag(
        "section",
        tag(
            "h2",
            place_name(place["place"], words, lang),
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
        tag("p", [[link, " "] for link in further], class_="further") if process else None,
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
