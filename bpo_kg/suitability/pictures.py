"""Draw a proof: as Mermaid text for pages that render it, and as SVG that needs nothing.

The SVG is an indented tree, conclusion at the top, one box a step: the same order in which the text is read, with
long sentences wrapped, so that it stays legible however deep the proof is.
"""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

from bpo_kg.suitability.proof import ANSWER, APPLIES, PLACED, UNDETERMINED, VERDICT, Step
from bpo_kg.suitability.telling import Teller

_FILL = {"verdict": "#dbeafe", "answer": "#fef9c3", "axiom": "#f3f4f6", "leaf": "#dcfce7"}
_WRAP = 72
_LINE, _PAD, _GAP, _INDENT, _CHAR = 18, 8, 10, 28, 7.2


@dataclass(frozen=True, slots=True)
class _Box:
    """One step as it is drawn: what it says, what it is, and the box that it hangs from."""

    lines: tuple[str, ...]
    look: str
    depth: int
    parent: int


def mermaid(step: Step, teller: Teller) -> str:
    """Return a proof as a Mermaid flowchart, premises pointing at what they give."""
    out = ["flowchart BT"]
    for n, box in enumerate(_boxes(step, teller)):
        told = "<br/>".join(_mermaid_text(line) for line in box.lines)
        out.append(f'  s{n}["{told}"]:::{box.look}')
        if box.parent >= 0:
            out.append(f"  s{n} --> s{box.parent}")
    out += [f"  classDef {look} fill:{colour},stroke:#6b7280,color:#111827" for look, colour in _FILL.items()]
    return "\n".join(out) + "\n"


def _mermaid_text(line: str) -> str:
    return line.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")


def svg(step: Step, teller: Teller) -> str:
    """Return a proof as an SVG image with its text selectable and its conclusion as the title."""
    boxes = list(_boxes(step, teller))
    tops: list[float] = []
    y = float(_GAP)
    for box in boxes:
        tops.append(y)
        y += len(box.lines) * _LINE + 2 * _PAD + _GAP
    widths = [max(map(len, box.lines)) * _CHAR + 2 * _PAD for box in boxes]
    width = max(box.depth * _INDENT + w for box, w in zip(boxes, widths, strict=True)) + 2 * _GAP
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width:.0f}" height="{y:.0f}" '
        f'viewBox="0 0 {width:.0f} {y:.0f}" font-family="system-ui, sans-serif" font-size="13">',
        f"<title>{escape(teller.sentence(step))}</title>",
    ]
    for box, top, wide in zip(boxes, tops, widths, strict=True):
        left = _GAP + box.depth * _INDENT
        if box.parent >= 0:
            stem = left - _INDENT / 2
            bottom = tops[box.parent] + len(boxes[box.parent].lines) * _LINE + 2 * _PAD
            out.append(
                f'<path d="M{stem:.0f} {bottom:.0f}V{top + _LINE:.0f}H{left:.0f}" fill="none" stroke="#9ca3af"/>'
            )
        tall = len(box.lines) * _LINE + 2 * _PAD
        out.append(
            f'<rect x="{left:.0f}" y="{top:.0f}" width="{wide:.0f}" height="{tall:.0f}" rx="5" '
            f'fill="{_FILL[box.look]}" stroke="#6b7280"/>'
        )
        for n, line in enumerate(box.lines):
            base = top + _PAD + (n + 0.75) * _LINE
            out.append(
                f'<text x="{left + _PAD:.0f}" y="{base:.0f}" fill="#111827" xml:space="preserve">{escape(line)}</text>'
            )
    out.append("</svg>")
    return "\n".join(out) + "\n"


def _boxes(step: Step, teller: Teller, depth: int = 0, parent: int = -1, count: int = 0) -> Iterator[_Box]:
    yield _Box(tuple(_told(step, teller)), _look(step), depth, parent)
    here, count = count, count + 1
    for premise in step.premises:
        inner = list(_boxes(premise, teller, depth + 1, here, count))
        yield from inner
        count += len(inner)


def _look(step: Step) -> str:
    if step.kind in (VERDICT, UNDETERMINED, APPLIES):
        return "verdict"
    if step.kind in (ANSWER, PLACED):
        return "answer"
    return "leaf" if step.leaf else "axiom"


def _told(step: Step, teller: Teller) -> Iterator[str]:
    """Yield the lines of a box: the sentence, then by what rule, from where."""
    if step.kind == VERDICT:
        yield f"{teller.place_name(step.place)}: {teller.grade(step.value)}"
    yield from textwrap.wrap(teller.sentence(step), _WRAP)
    detail = step.told.get(teller.lang, "")
    yield from textwrap.wrap(detail, _WRAP)
    if step.kind == ANSWER and step.rule:
        yield from textwrap.wrap(teller.rule_sentence(step.rule), _WRAP)
    marks = teller.marks(step)
    yield from textwrap.wrap(marks, _WRAP)
