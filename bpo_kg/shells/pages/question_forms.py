"""The pages of questions: the list, a form with drop-down lists from the graph, and the answer as a table."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bpo_kg.questions import Parameter, Question
from bpo_kg.shells.pages.answering import Cell, Rows
from bpo_kg.shells.pages.choices import Choice, choices
from bpo_kg.shells.pages.markup import Content, Markup, tag
from bpo_kg.shells.pages.operation import Visit
from bpo_kg.shells.pages.page import MARKS, badge, here, more, page, table
from bpo_kg.shells.pages.served import Served, address, brief, label
from bpo_kg.shells.pages.texts import say
from bpo_kg.shells.server import Response
from bpo_kg.store.view import View
from bpo_kg.suitability.rows import text
from bpo_kg.suitability.rulebook import bpo
from bpo_kg.vocabulary import SCALE, expand, local_name


def examples(question: Question) -> list[dict[str, str]]:
    """Return the values that the question's own file shows it with: single texts, not the lists it expects back."""
    names = {parameter.name for parameter in question.parameters if parameter.name != "lang"}
    found = []
    for case in question.expects:
        chosen = {k: _written(v) for k, v in case.items() if k in names and not isinstance(v, list | dict)}
        if chosen not in found:
            found.append(chosen)
    return found


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def list_page(visit: Visit, questions: Iterable[Question]) -> Response:
    """Return the page that lists every question."""
    lang = visit.lang
    items = [
        tag(
            "li",
            tag("a", q.text[lang], href=here(f"/questions/{q.name}", lang)),
            " ",
            tag("code", q.name, class_="quiet"),
        )
        for q in questions
    ]
    lead = tag("p", say("questions.lead", lang), class_="lead")
    return page(
        visit,
        say("questions.title", lang),
        lead,
        tag("ul", items, class_="questions"),
        section="questions",
        formats=["json"],
    )


def form_page(visit: Visit, served: Served, question: Question, given: Mapping[str, str]) -> Response:
    """Return the page of a question that still lacks a value."""
    lang = visit.lang
    body = [_form(visit, served, question, given), _footer(visit, question, None)]
    return page(visit, question.text[lang], body, section="questions")


def answer_page(
    visit: Visit, served: Served, question: Question, given: Mapping[str, str], rows: Rows,
    following: str | None, before: str | None, headers: Sequence[tuple[str, str]],
) -> Response:  # fmt: skip
    """Return the page with the form and one page of the answer."""
    lang = visit.lang
    view = served.view
    names: dict[str, str] = {}

    def shown(cell: Cell) -> Content:
        kind, value, _, _ = cell
        if kind != "uri":
            return value
        if value not in names:
            names[value] = label(view, value, lang)
        grade = value.removeprefix(SCALE)
        if grade in MARKS:
            return badge(grade, names[value])
        return tag("a", names[value], href=here(address(value), lang), title=brief(value))

    offset = visit.number("offset")
    if rows.cells:
        told = say("question.rows", lang, first=offset + 1, last=offset + len(rows.cells), total=rows.total)
        kept = [n for n, _ in enumerate(rows.columns) if not _repeats(n, rows, names, view, lang)]
        body = [[shown(row[n]) for n in kept] for row in rows.cells]
        answer: Content = [
            tag("p", told, class_="quiet"),
            table([_heading(view, rows.columns[n], lang) for n in kept], body),
            tag(
                "p",
                tag("a", say("question.previous", lang), href=before, rel="prev", class_="button") if before else None,
                " ",
                tag("a", say("question.next", lang), href=following, rel="next", class_="button")
                if following
                else None,
            ),
        ]
    else:
        answer = tag(
            "div",
            tag("p", tag("strong", say("question.empty", lang))),
            tag("ul", [tag("li", reason) for reason in rows.reasons]) if rows.reasons else None,
            class_="notice",
            role="status",
        )
    content = [_form(visit, served, question, given), answer, _footer(visit, question, rows.sparql)]
    return page(
        visit, question.text[lang], content, section="questions", formats=["json", "csv", "srj"], headers=headers
    )


def _repeats(column: int, rows: Rows, names: dict[str, str], view: View, lang: str) -> bool:
    """Tell whether a column of texts only names what another column links to by the same name."""
    for row in rows.cells:
        for cell in row:
            if cell[0] == "uri" and cell[1] not in names:
                names[cell[1]] = label(view, cell[1], lang)

    def repeats(other: int) -> bool:
        return all(
            row[column][0] == "literal" and row[other][0] == "uri" and names[row[other][1]] == row[column][1]
            for row in rows.cells
        )

    return any(repeats(other) for other in range(len(rows.columns)) if other != column)


def _heading(view: View, variable: str, lang: str) -> str:
    """Return the heading of a column: the label of the property or class that the variable is named after, if any."""
    for name in (variable, variable[:1].upper() + variable[1:]):
        labels = view.labels(bpo(name))
        if labels:
            return text(labels, lang)
    return "".join(f" {c.lower()}" if c.isupper() else c for c in variable)


def _form(visit: Visit, served: Served, question: Question, given: Mapping[str, str]) -> Markup:
    lang = visit.lang
    fields = [
        _field(parameter, choices(served, parameter, lang), given.get(parameter.name, parameter.default), lang)
        for parameter in question.parameters
        if parameter.name != "lang"
    ]
    return tag(
        "form",
        fields,
        tag("input", type_="hidden", name="lang", value=lang),
        tag("button", say("question.ask", lang)),
        method="get",
        action=f"/questions/{question.name}",
        class_="panel",
    )


def _field(parameter: Parameter, offered: Sequence[Choice], value: str | None, lang: str) -> Markup:
    said = parameter.label.get(lang, parameter.name)
    ident = f"field-{parameter.name}"
    if offered:
        empty = say("question.any" if parameter.optional else "question.choose", lang)
        known = value is None or any(_meant(choice, value) for choice in offered)
        options = [tag("option", empty, value="")]
        if not known:
            options.append(tag("option", value, value=value, selected=True))
        options += [
            tag("option", c.label, value=c.value, selected=value is not None and _meant(c, value)) for c in offered
        ]
        control = tag("select", options, name=parameter.name, id_=ident, required=not parameter.optional)
    else:
        hint = say("question.country" if parameter.type == "country" else "question.type", lang)
        control = tag(
            "input",
            name=parameter.name,
            id_=ident,
            value=value,
            required=not parameter.optional,
            placeholder=hint if parameter.type in ("iri", "country") else None,
            inputmode="numeric" if parameter.type in ("integer", "decimal") else None,
        )
    return tag("p", tag("label", said, for_=ident), control, class_="field")


def _meant(choice: Choice, value: str) -> bool:
    """Tell whether a value that a reader gave names a choice: by IRI, CURIE, code, id or label."""
    iri = expand(choice.value) or choice.value
    return (expand(value) or value) in (iri, local_name(iri), choice.label) or value.upper() == choice.value


def _footer(visit: Visit, question: Question, sparql: str | None) -> list[Content]:
    lang = visit.lang
    cases = [
        tag("li", tag("a", ", ".join(f"{k} = {v}" for k, v in case.items()) or say("question.ask", lang),
                      href=here(f"/questions/{question.name}", lang, **case)))
        for case in examples(question)
    ]  # fmt: skip
    query = None
    if sparql:
        query = more(
            say("question.sparql", lang),
            tag("pre", tag("code", sparql.strip())),
            tag("p", tag("a", say("question.run", lang), href=here("/query", lang, query=sparql.strip()))),
        )
    stated = [[tag("a", f"stmt:{name}", href=here(f"/id/statement/{name}", lang)), " "] for name in question.source]
    return [
        more(say("question.examples", lang), tag("ul", cases)) if cases else None,
        query,
        tag("p", say("question.source", lang), ": ", stated, class_="quiet") if stated else None,
        tag("p", tag("a", say("question.all", lang), href=here("/questions", lang))),
    ]


__all__ = ["answer_page", "examples", "form_page", "list_page"]
