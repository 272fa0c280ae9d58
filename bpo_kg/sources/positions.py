"""Find the exact line and column at which a triple stands in a Turtle, TriG, N-Triples or N-Quads file.

Loading keeps no positions, because that would cost more than all reasoning; a second pass finds them for the few files
that a finding or a proof leaf points into. The place of a triple is where its object begins, which is its own even in
lists of predicates and objects; a member of a collection stands where it is written.

rdflib's line counter drifts after object lists, so a subclass of its Turtle parser records character offsets instead.
Blank nodes have no names of their own in a file, so the two passes are matched by what is said of each node.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import pyoxigraph as ox

from bpo_kg.errors import SourceError
from bpo_kg.sources.facts import Place
from bpo_kg.sources.markup import read_bytes
from bpo_kg.sources.rdf_text import MAX_BYTES, parse_rdf, sniff_format

Statement = TypeVar("Statement", bound="ox.Triple | tuple[object, object, object]")
Spot = tuple[ox.Triple, int]
"""A triple and the offset, in characters, at which its object begins."""
_Key = tuple[object, object, object]
_LINES = frozenset({ox.RdfFormat.N_TRIPLES, ox.RdfFormat.N_QUADS})
_TERSE = frozenset({ox.RdfFormat.TURTLE, ox.RdfFormat.TRIG})
_ROUNDS = 32
"""Rounds of telling blank nodes apart; each looks one step further along their triples."""


def locate(path: Path, triples: Iterable[Statement]) -> dict[Statement, Place]:
    """Return where each triple stands in a file.

    Args:
        path: the file that the triples were read from with `read_rdf`.
        triples: pyoxigraph triples or tuples of three terms; literals may be as the store keeps them.

    Returns:
        Place by triple. A triple that the file states several times gets the first place. One that the file does not
        state, or whose file is in a format without positions (RDF/XML, JSON-LD), is absent.

    Raises:
        SourceError: the file cannot be opened or is no longer the RDF it was.
    """
    content = read_bytes(path, MAX_BYTES)
    format = sniff_format(path, content)
    if format not in _LINES | _TERSE:
        return {}
    base = path.resolve().as_uri()
    quads = parse_rdf(content, format, name=str(path), base=base)
    text = content.decode("utf-8-sig")
    spots = _line_spots(text, quads) if format in _LINES else _terse_spots(text, base, format == ox.RdfFormat.TRIG)
    stated = [ox.Triple(q.subject, q.predicate, q.object) for q in quads]
    return _match(list(triples), stated, spots, _Lines(str(path), text))


class _Lines:
    """Offsets of the starts of a text's lines."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.starts = [0]
        for line in text.split("\n"):
            self.starts.append(self.starts[-1] + len(line) + 1)

    def place(self, offset: int) -> Place:
        line = bisect_right(self.starts, offset)
        return Place(self.file, line, offset - self.starts[line - 1] + 1)


# --- the two passes ----------------------------------------------------------------------------------
def _line_spots(text: str, quads: Sequence[ox.Quad]) -> list[Spot]:
    """Pair the statements of a line-based file, one to a line and in its order, with the offsets of their objects."""
    spots, offset, following = [], 0, iter(quads)
    for line in text.replace("\r\n", " \n").replace("\r", "\n").split("\n"):
        words = line.lstrip()
        if words and not words.startswith("#"):
            quad = next(following, None)
            if quad is None:
                break
            at = len(line) - len(words)
            for _ in range(2):  # past the subject and the predicate, neither of which holds a blank
                at = _after_blanks(line, _after_term(line, at))
            spots.append((ox.Triple(quad.subject, quad.predicate, quad.object), offset + at))
        offset += len(line) + 1
    return spots


def _after_term(line: str, at: int) -> int:
    if line.startswith("<", at):
        return line.index(">", at) + 1
    while at < len(line) and line[at] not in " \t<":
        at += 1
    return at


def _after_blanks(line: str, at: int) -> int:
    while at < len(line) and line[at] in " \t":
        at += 1
    return at


def _terse_spots(text: str, base: str, trig: bool) -> list[Spot]:
    from bpo_kg.sources.turtle_offsets import turtle_spots

    try:
        return turtle_spots(text, base, trig=trig)
    except (SourceError, RecursionError):
        return []  # valid for pyoxigraph, but beyond rdflib: RDF 1.2 terms, or nesting past Python's stack


# --- matching ------------------------------------------------------------------------------------------
def _match(
    wanted: Sequence[Statement], stated: Sequence[ox.Triple], spots: Sequence[Spot], lines: _Lines
) -> dict[Statement, Place]:
    asked = {statement: _triple(statement) for statement in wanted}
    known = set(stated)
    changed = _as_written([triple for triple in asked.values() if triple not in known], stated)
    sought = {statement: changed.get(triple, triple) for statement, triple in asked.items()}
    if not any(map(_has_blank, sought.values())):  # then nothing need be told apart
        stated = [triple for triple in stated if not _has_blank(triple)]
        spots = [spot for spot in spots if not _has_blank(spot[0])]
    offsets: dict[_Key, list[int]] = {}
    for key, (_, offset) in zip(_keys([triple for triple, _ in spots]), spots, strict=True):
        offsets.setdefault(key, []).append(offset)
    for several in offsets.values():
        several.sort()
    ours: dict[ox.Triple, tuple[_Key, int]] = {}
    count: Counter[_Key] = Counter()
    for triple, key in zip(stated, _keys(stated), strict=True):
        if triple not in ours:
            ours[triple] = (key, count[key])
            # Twins, alike in all that is said of them, are told apart by their order; ground triples are not twins.
            count[key] += _has_blank(triple)
    found: dict[Statement, Place] = {}
    for statement, triple in sought.items():
        entry = ours.get(triple)
        places = offsets.get(entry[0]) if entry else None
        if entry and places:
            found[statement] = lines.place(places[min(entry[1], len(places) - 1)])
    return found


def _triple(statement: ox.Triple | tuple[object, object, object]) -> ox.Triple:
    s, p, o = statement
    return ox.Triple(s, p, o)  # type: ignore[arg-type]  # the caller's terms; others are refused by pyoxigraph


def _has_blank(triple: ox.Triple) -> bool:
    return isinstance(triple.subject, ox.BlankNode) or isinstance(triple.object, ox.BlankNode)


def _as_written(kept: Sequence[ox.Triple], stated: Sequence[ox.Triple]) -> dict[ox.Triple, ox.Triple]:
    """Return the stated triple for each that a store has changed, as it makes 1 of 01."""
    about = {(triple.subject, triple.predicate) for triple in kept if isinstance(triple.object, ox.Literal)}
    written: dict[ox.Triple, ox.Triple] = {}
    for triple in stated if about else ():
        if (triple.subject, triple.predicate) in about and isinstance(triple.object, ox.Literal):
            written.setdefault(ox.Triple(triple.subject, triple.predicate, _kept(triple.object)), triple)
    return {triple: written[triple] for triple in kept if triple in written}


def _kept(literal: ox.Literal) -> ox.Literal:
    """Return a literal as a store keeps it."""
    node, store = ox.NamedNode("urn:x"), ox.Store()
    store.add(ox.Quad(node, node, literal))
    kept = next(iter(store)).object
    assert isinstance(kept, ox.Literal)
    return kept


def _keys(triples: Sequence[ox.Triple]) -> list[_Key]:
    """Return each triple with its blank nodes replaced by what tells them apart."""
    colours = _colours(triples)

    def key(term: object) -> object:
        return colours[term] if isinstance(term, ox.BlankNode) else term

    return [(key(t.subject), t.predicate, key(t.object)) for t in triples]


def _colours(triples: Sequence[ox.Triple]) -> dict[ox.BlankNode, int]:
    """Give blank nodes of which the same is said the same number, whichever pass they come from."""
    about: dict[ox.BlankNode, list[tuple[int, ox.NamedNode, object]]] = {}
    for triple in triples:
        if isinstance(triple.subject, ox.BlankNode):
            about.setdefault(triple.subject, []).append((0, triple.predicate, triple.object))
        if isinstance(triple.object, ox.BlankNode):
            about.setdefault(triple.object, []).append((1, triple.predicate, triple.subject))
    colours = dict.fromkeys(about, 0)
    kinds = min(1, len(about))
    for _ in range(_ROUNDS):
        colours = {
            node: hash(
                (
                    colours[node],
                    tuple(
                        sorted(
                            hash((way, p, colours.get(o, o) if isinstance(o, ox.BlankNode) else o))
                            for way, p, o in said
                        )
                    ),
                )
            )
            for node, said in about.items()
        }
        now = len(set(colours.values()))
        if now == kinds:
            break
        kinds = now
    return colours
