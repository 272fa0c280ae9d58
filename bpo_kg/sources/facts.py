"""A fact and its place: what every reader gives, whatever the file format.

A finding is data, not an exception: one bad cell must not cost the reader the rest of the file.
Messages stand in both languages from the start, so that no shell has to translate.
"""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "suggestion"]
Value = bool | str | float | tuple[str, ...]
"""A parsed cell: a yes/no, one IRI or text, a number, or IRIs in a fixed order without repeats."""


class Place(NamedTuple):
    """Where something stands: file, 1-based line and column, and an element id or cell where there is one.

    A tuple, because a large inventory makes one for every row.
    """

    file: str
    line: int = 0
    column: int = 0
    element: str = ""

    def __str__(self) -> str:
        parts = [self.file]
        if self.line:
            parts.append(str(self.line))
            if self.column:
                parts.append(str(self.column))
        text = ":".join(parts)
        return f"{text} ({self.element})" if self.element else text


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the content that its owner should know: what is wrong, where, and what would be right.

    `code` is a stable kebab-case name that filters can rely on, for example `bad-cell`.
    """

    place: Place
    severity: Severity
    code: str
    message: Mapping[str, str] = field(hash=False)
    """Sentence by language tag, "en" and "id" always present."""

    def text(self, lang: str = "en") -> str:
        where = f"{self.place}: " if self.place.file else ""
        return f"{where}{self.severity}: {self.message.get(lang, self.message['en'])}"


@dataclass(slots=True)
class ProcessRecord:
    """One process as its owner wrote it down: parsed cells by inventory column, and each cell's place.

    A column that is absent from `cells` is unknown. `suggestions` holds cells that a model only hints at
    (BPMN), which rank below what the client records. `extra` carries foreign columns through, as text.
    """

    id: str
    name: str
    place: Place
    iri: str = ""
    cells: dict[str, Value] = field(default_factory=dict)
    places: MutableMapping[str, Place] = field(default_factory=dict)
    suggestions: dict[str, Value] = field(default_factory=dict)
    measures: dict[str, bool] = field(default_factory=dict)
    """Answers that published figures about this very occupation give, by criterion local name (O*NET)."""
    measure_sources: dict[str, str] = field(default_factory=dict)
    """IRI of the statement that each measured answer rests on."""
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Inventory:
    """What one file holds: processes in file order, what was found wrong, and foreign columns in file order."""

    file: str
    records: list[ProcessRecord] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    extra_columns: Sequence[str] = ()
    header_places: dict[str, Place] = field(default_factory=dict)
    """Where the header of each foreign column stands."""
    left_out: int = 0
    """Rows without a name, which are the only ones left out."""
