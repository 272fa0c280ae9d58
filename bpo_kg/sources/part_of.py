"""Find the whole that each `part_of` cell names, across all the files read together.

An id beats a name, and a row's own file beats another. A cell that names nothing, names several things
or closes a cycle is reported and read as unknown, so that whoever walks up the wholes always arrives.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from operator import attrgetter

from bpo_kg.sources.cell_messages import shown, visible
from bpo_kg.sources.collector import collector_paused
from bpo_kg.sources.facts import Finding, Inventory, Place, ProcessRecord
from bpo_kg.sources.messages import Told, finding, in_file_order
from bpo_kg.sources.table_record import texts_of

COLUMN = "part_of"
HINTS_WITHIN = 5_000
"""Processes among which the nearest id or name is looked for."""


class Wholes(Mapping[str, str]):
    """The whole's IRI by the part's IRI; the IRIs are made when the first is asked for."""

    def __init__(self, pairs: Sequence[tuple[ProcessRecord, ProcessRecord]]) -> None:
        self._pairs = pairs

    @cached_property
    def _by_part(self) -> dict[str, str]:
        return {part.iri: whole.iri for part, whole in self._pairs}

    def __getitem__(self, part: str) -> str:
        return self._by_part[part]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_part)

    def __len__(self) -> int:
        return len(self._pairs)


def resolve_wholes(inventories: Sequence[Inventory], *, hints: bool = True) -> Wholes:
    """Turn every `part_of` cell into the id of the whole, and report those that cannot be.

    The records are changed in place, and findings are added to their inventories.

    Args:
        inventories: all files that are read together.
        hints: whether a finding proposes the nearest id or name; without effect in huge inventories.

    Returns:
        The whole's IRI by the part's IRI, for those found: ids may repeat between files, IRIs do not.
    """
    with collector_paused():
        return _resolve(inventories, hints)


def _resolve(inventories: Sequence[Inventory], hints: bool) -> Wholes:
    everywhere = _Names(inventories, hints)
    told = {inventory.file: Told(inventory.findings) for inventory in inventories}
    # By identity: making the IRIs of a hundred thousand rows only to tell them apart would be slow.
    whole_of: dict[int, ProcessRecord] = {}
    parts: dict[int, tuple[Inventory, ProcessRecord]] = {}
    for inventory in inventories:
        own = dict(zip(map(attrgetter("id"), inventory.records), inventory.records, strict=True))
        nearby = _Names([inventory])
        for record, text in texts_of(inventory.records, COLUMN):
            if (whole := own.get(text)) is None:
                found = nearby.named(text) or everywhere.identified(text) or everywhere.named(text)
                if len(found) != 1:
                    del record.cells[COLUMN]
                    told[inventory.file].add(partial(_not_found, _place(record), text, found, everywhere))
                    continue
                whole = found[0]
                record.cells[COLUMN] = whole.id
            parts[id(record)] = inventory, record
            whole_of[id(record)] = whole
    for cycle in _cycles(whole_of):
        ids = [parts[part][1].id for part in cycle]
        for turn, part in enumerate(cycle):
            inventory, record = parts[part]
            told[inventory.file].add(partial(_cycle, _place(record), ids, turn))
            del record.cells[COLUMN]
            del whole_of[part]
    for inventory in inventories:
        told[inventory.file].close(inventory.file)
        in_file_order(inventory)
    return Wholes([(parts[part][1], whole) for part, whole in whole_of.items()])


class _Names:
    """The ids and names of several inventories, gathered when the first cell needs them."""

    def __init__(self, inventories: Sequence[Inventory], hints: bool = True) -> None:
        self._inventories = inventories
        self._hints = hints

    def identified(self, text: str) -> list[ProcessRecord]:
        return self._by_id.get(text, [])

    def named(self, text: str) -> list[ProcessRecord]:
        return self._by_name.get(name_key(text), [])

    @cached_property
    def _by_id(self) -> dict[str, list[ProcessRecord]]:
        return self._gather(lambda record: record.id)

    @cached_property
    def _by_name(self) -> dict[str, list[ProcessRecord]]:
        return self._gather(lambda record: name_key(record.name))

    def _gather(self, key: Callable[[ProcessRecord], str]) -> dict[str, list[ProcessRecord]]:
        table: dict[str, list[ProcessRecord]] = {}
        for inventory in self._inventories:
            for record in inventory.records:
                table.setdefault(key(record), []).append(record)
        return table

    def nearest(self, text: str) -> str | None:
        # Comparing against every name of a huge inventory would take minutes; a hint is not worth that.
        if not self._hints or len(self._by_id) > HINTS_WITHIN:
            return None
        from difflib import get_close_matches

        names = {
            name_key(name): name for records in self._by_name.values() for name in (records[0].id, records[0].name)
        }
        close = get_close_matches(name_key(text)[:60], names, n=1, cutoff=0.75)
        return names[close[0]] if close else None


def name_key(text: str) -> str:
    """Return what names are compared by: without case, and with single blanks."""
    return " ".join(text.casefold().split())


def _place(record: ProcessRecord) -> Place:
    return record.places.get(COLUMN, record.place)


def _cycles(whole_of: dict[int, ProcessRecord]) -> list[list[int]]:
    """Return every ring of parts once, starting at its first member in file order."""
    settled: set[int] = set()
    cycles = []
    for start in whole_of:
        path: dict[int, None] = {}
        part = start
        while part in whole_of and part not in settled and part not in path:
            path[part] = None
            part = id(whole_of[part])
        if part in path:
            members = list(path)
            cycles.append(members[members.index(part) :])
        settled.update(path)
    return cycles


def _not_found(place: Place, text: str, found: list[ProcessRecord], names: _Names) -> Finding:
    if found:
        places = ", ".join(f"{visible(record.id)} ({record.place})" for record in found[:4])
        return finding(
            place,
            "error",
            "ambiguous-whole",
            f"part_of: {shown(text)} is the name of {len(found)} processes, so the whole is unknown "
            f"(one of these ids would be right: {places})",
            f"part_of: {shown(text)} adalah nama {len(found)} proses, sehingga keseluruhannya tidak diketahui "
            f"(yang benar: salah satu kode ini: {places})",
        )
    near = names.nearest(text)
    hint = (f"perhaps {shown(near)}", f"mungkin {shown(near)}") if near else ("the id of a row", "kode suatu baris")
    return finding(
        place,
        "error",
        "unknown-whole",
        f"part_of: {shown(text)} is neither an id nor a name in this inventory, so the whole is unknown "
        f"({hint[0]} would be right)",
        f"part_of: {shown(text)} bukan kode dan bukan nama dalam inventaris ini, sehingga keseluruhannya tidak "
        f"diketahui (yang benar: {hint[1]})",
    )


def _cycle(place: Place, ids: list[str], turn: int) -> Finding:
    ring = [ids[(turn + step) % len(ids)] for step in range(min(len(ids), 6))]
    ring += ["…"] * (len(ids) > len(ring)) + [ids[turn]]
    chain = " → ".join(visible(name, 40) for name in ring)
    return finding(
        place,
        "error",
        "part-of-cycle",
        f"part_of: the process would be a part of itself ({chain}), so the whole is unknown "
        "(a whole that is not one of its parts would be right)",
        f"part_of: proses ini akan menjadi bagian dari dirinya sendiri ({chain}), sehingga keseluruhannya tidak "
        "diketahui (yang benar: keseluruhan yang bukan salah satu bagiannya)",
    )


def parts_disagree(place: Place, column: str, whole: str, part: str) -> Finding:
    """Say that a whole (or a whole of it) and a part record what cannot both hold; both are given by name."""
    return finding(
        place,
        "warning",
        "whole-part-clash",
        f"{column}: “{part}” and the whole or sibling “{whole}” record values that cannot both hold; "
        "what would be inherited counts as unknown",
        f"{column}: “{part}” dan “{whole}” mencatat nilai yang tidak mungkin keduanya benar; "
        "nilai yang diwariskan dianggap belum diketahui",
    )
