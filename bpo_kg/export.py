"""Write graphs and assessments in the formats that other tools read. The same input gives the same bytes."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, get_args

import pyoxigraph as ox

from bpo_kg.errors import UnknownThing
from bpo_kg.store.dataset import Dataset, Part
from bpo_kg.suitability.rows import AssessmentTable
from bpo_kg.vocabulary import PREFIXES

GRAPH_FORMATS: Mapping[str, ox.RdfFormat] = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "nq": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdfxml": ox.RdfFormat.RDF_XML,
}


def serialise(dataset: Dataset, part: Part, format: str) -> bytes:
    """Return a part of the dataset as bytes, sorted so that equal graphs are equal files.

    Formats with graphs (nq, trig) keep them; the others write each triple once.

    Raises:
        UnknownThing: the format is none of GRAPH_FORMATS, or there is no such part.
    """
    if part not in get_args(Part):
        raise UnknownThing(f"no part {part!r}; there are: {', '.join(get_args(Part))}")
    if format not in GRAPH_FORMATS:
        raise UnknownThing(f"no graph format {format!r}; there are: {', '.join(GRAPH_FORMATS)}")
    rdf = GRAPH_FORMATS[format]
    with_graphs = rdf.supports_datasets and format != "jsonld"
    lines = None if with_graphs else _lines(dataset, part)
    if lines is not None:
        if format == "nt":
            return lines
        triples = (quad.triple for quad in ox.parse(lines, format=ox.RdfFormat.N_TRIPLES))
        return ox.serialize(triples, format=rdf, prefixes=dict(PREFIXES)) or b""
    quads = _labelled(dataset.quads(part=part), keep_graphs=with_graphs)
    in_order = sorted(quads, key=lambda q: (str(q.subject), str(q.predicate), str(q.object), str(q.graph_name)))
    statements: Iterable[Any] = in_order if with_graphs else (q.triple for q in in_order)
    prefixes = None if format in ("nt", "nq") else dict(PREFIXES)
    content = ox.serialize(statements, format=rdf, prefixes=prefixes)
    assert content is not None
    return content


def _lines(dataset: Dataset, part: Part) -> bytes | None:
    """Return a part as sorted lines of N-Triples, or None if blank nodes have to be named first.

    The store writes lines many times faster than Python sorts terms, and the order is the same.
    """
    lines: list[bytes] = []
    graphs = dataset.graphs(part)
    for graph in graphs:
        text = dataset.store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=graph) or b""
        if b"_:" in text and (text.startswith(b"_:") or b"\n_:" in text or b" _:" in text):
            return None
        lines += text.splitlines(keepends=True)
    # One graph repeats nothing.
    return b"".join(sorted(lines if len(graphs) == 1 else set(lines)))


def _labelled(quads: Iterable[ox.Quad], *, keep_graphs: bool) -> set[ox.Quad]:
    """Return the quads as a set, blank nodes renamed by what is said of them, so that two runs agree on the names."""
    plain: set[ox.Quad] = set()
    blank = ox.Dataset()
    for quad in quads:
        kept = quad if keep_graphs else ox.Quad(quad.subject, quad.predicate, quad.object)
        if isinstance(quad.subject, ox.BlankNode) or isinstance(quad.object, ox.BlankNode):
            blank.add(kept)
        else:
            plain.add(kept)
    blank.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    plain.update(blank)
    return plain


def table_csv(table: AssessmentTable) -> str:
    """Return the assessment as CSV (RFC 4180 quoting, LF line ends)."""
    out = io.StringIO()
    writer = csv.DictWriter(out, table.header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return out.getvalue()


def table_workbook(table: AssessmentTable, lang: str) -> bytes:
    """Return the assessment as an XLSX workbook: frozen header, filters, the findings on a sheet of their own."""
    from bpo_kg.sources.spreadsheet import workbook_bytes

    rows = ([row[column] for column in table.header] for row in table)
    return workbook_bytes(table.header, rows, table.findings, lang=lang)


def table_json(table: AssessmentTable, lang: str) -> str:
    """Return the assessment as one JSON array, with answers, verdicts and reasons."""
    return json.dumps(table.to_dicts(lang), ensure_ascii=False, indent=1) + "\n"


class Wording(Protocol):
    """The reader's words for headings and values."""

    def heading(self, column: str) -> str: ...

    def value(self, column: str, value: str) -> str: ...


def table_text(table: AssessmentTable, words: Wording) -> str:
    """Return the assessment as a table for a terminal, without the long columns."""
    columns = [c for c in table.header if c not in ("basis", "reasons", *table.carried.values())]
    lines = [[words.heading(c) for c in columns], *([words.value(c, row[c]) for c in columns] for row in table)]
    limits = {"name": 38, "unknown": 44}
    widths = [min(max(len(line[i]) for line in lines), limits.get(c, 24)) for i, c in enumerate(columns)]
    out = []
    for n, line in enumerate(lines):
        cells = [_fit(cell, width) for cell, width in zip(line, widths, strict=True)]
        out.append("  ".join(cells).rstrip())
        if n == 0:
            out.append("  ".join("-" * width for width in widths))
    return "\n".join(out) + "\n"


def table_markdown(table: AssessmentTable, words: Wording) -> str:
    """Return the assessment as a Markdown table."""
    columns = [c for c in table.header if c not in table.carried.values()]
    out = ["| " + " | ".join(words.heading(c) for c in columns) + " |", "|" + " --- |" * len(columns)]
    for row in table:
        out.append("| " + " | ".join(_cell(words.value(c, row[c])) for c in columns) + " |")
    return "\n".join(out) + "\n"


def _fit(cell: str, width: int) -> str:
    return cell.ljust(width) if len(cell) <= width else cell[: width - 1] + "…"


def _cell(value: str) -> str:
    # Markdown reads these as markup; a process name is text.
    for sign in "\\`*_{}[]<>|":
        value = value.replace(sign, "\\" + sign)
    return value.replace("\n", " ").replace("\r", " ")
