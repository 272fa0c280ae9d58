"""Scenarios: facts, rules and places that are supposed, kept in a file of their own that can be named and shared.

A scenario is TOML, or Turtle that states cells of processes as they are supposed to be. It is laid over a graph and
never written into it. In TOML:

    name = "Phones only"
    to = ["PH"]
    remove = ["C1b"]                 # processes taken out
    disable = ["rule:p6"]            # rules switched off
    rules = ["house-rules.ttl"]      # files of rules, places or data, looked for beside the scenario
    places = ["wages.csv"]
    data = ["new-site.ttl"]
    turtle = "rule:p3 ..."           # further statements; the usual prefixes are declared

    [[set]]                          # cells of a process, as an inventory would have them; "" means unknown
    process = "C1"
    channels = "phone"

    [[add]]                          # a process that is not in the inventory
    name = "Chat desk"
    kind = "live chat"
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox

from bpo_kg.errors import QueryError, SourceError, UnknownThing
from bpo_kg.loading import Loaded, inventory_lexicon, load_data, load_places, load_rules, prevail
from bpo_kg.sources.cells import CellReader
from bpo_kg.sources.facts import Inventory, Place, ProcessRecord
from bpo_kg.sources.headers import read_columns
from bpo_kg.sources.recording import column_properties, hint_triples
from bpo_kg.store.dataset import Dataset
from bpo_kg.suitability.cases import Changes
from bpo_kg.suitability.sentences import column_label
from bpo_kg.suitability.whatif import State
from bpo_kg.suitability.wholes import Values
from bpo_kg.vocabulary import ASSERTED, BPO, PREFIXES, RDF, ROW, local_name, shorten

_LISTS = ("to", "remove", "disable", "rules", "places", "data")
_KEYS = ("name", "description", "turtle", *_LISTS, "set", "add")
_PROCESS = "process"


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is supposed, as a file states it."""

    name: str
    set: tuple[Mapping[str, str], ...] = ()
    """Cells by column, with the process they are about under `process`."""
    add: tuple[Mapping[str, str], ...] = ()
    remove: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    rules: tuple[Path, ...] = ()
    places: tuple[Path, ...] = ()
    data: tuple[Path, ...] = ()
    turtle: str = ""
    to: tuple[str, ...] = ()
    stated: tuple[ox.Triple, ...] = field(default=(), compare=False)
    """Of a scenario in Turtle: its triples."""
    file: str = ""

    @property
    def facts_only(self) -> bool:
        """Whether it changes facts about processes and nothing else."""
        return not (self.disable or self.rules or self.places or self.data or self.turtle)


def read_scenario(path: str | Path) -> Scenario:
    """Read a scenario from a TOML or Turtle file.

    Raises:
        SourceError: the file is missing, is neither, or says something that no scenario can say.
    """
    path = Path(path)
    if not path.is_file():
        raise SourceError(f"{path}: no such file")
    if path.suffix.lower() == ".toml":
        return _from_toml(path)
    if path.suffix.lower() not in (".ttl", ".nt"):
        raise SourceError(f"{path}: a scenario is a .toml or a .ttl file")
    from bpo_kg.sources.rdf import read_rdf

    stated = tuple(ox.Triple(q.subject, q.predicate, q.object) for q in read_rdf(path).quads)
    return Scenario(path.stem, stated=stated, file=str(path))


def _from_toml(path: Path) -> Scenario:
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: not TOML: {error}") from error
    for key in told:
        if key not in _KEYS:
            raise SourceError(f"{path}: no scenario has {key!r}{_nearest(key, _KEYS)}; it may have {', '.join(_KEYS)}")
    for key in _LISTS:
        if not isinstance(told.get(key, []), list) or not all(isinstance(v, str) for v in told.get(key, [])):
            raise SourceError(f'{path}: {key} must be a list of texts, such as {key} = ["..."]')
    tables = {key: _tables(path, key, told.get(key, [])) for key in ("set", "add")}
    folder = path.parent
    files = {key: tuple(folder / name for name in told.get(key, ())) for key in ("rules", "places", "data")}
    return Scenario(
        name=str(told.get("name", path.stem)),
        set=tables["set"],
        add=tables["add"],
        remove=tuple(told.get("remove", ())),
        disable=tuple(told.get("disable", ())),
        turtle=str(told.get("turtle", "")),
        to=tuple(told.get("to", ())),
        file=str(path),
        **files,
    )


def _tables(path: Path, key: str, told: object) -> tuple[Mapping[str, str], ...]:
    if not isinstance(told, list) or not all(isinstance(table, dict) for table in told):
        raise SourceError(f"{path}: write each change as a table of its own, under [[{key}]]")
    needed = _PROCESS if key == "set" else "name"
    found = []
    for n, table in enumerate(told, 1):
        if needed not in table:
            raise SourceError(f"{path}: [[{key}]] number {n} lacks {needed!r}")
        found.append({column: _cell_text(value) for column, value in table.items()})
    return tuple(found)


def _cell_text(value: Any) -> str:
    """Return a TOML value as an inventory would have it in a cell."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ";".join(map(str, value)) if isinstance(value, list) else str(value)


def supposition(
    process: str | None, cells: Mapping[str, str] | None, scenario: Scenario | str | Path | None
) -> Scenario:
    """Return a scenario with further cells of a process supposed on top of it.

    Raises:
        QueryError: cells of no process, or nothing supposed at all.
    """
    found = scenario if isinstance(scenario, Scenario) else read_scenario(scenario) if scenario else Scenario("")
    if not cells:
        if scenario is None:
            raise QueryError("nothing is supposed: give column=value, or a scenario")
        return found
    if process is None:
        raise QueryError("say which process the supposed values are of")
    return replace(found, set=(*found.set, {_PROCESS: process, **cells}))


def sentences_of(scenario: Scenario, before: State, after: State) -> list[str]:
    """Return what a scenario supposes, one sentence for each change."""
    teller, changes = after.teller, after.changes
    say, columns = teller.say, before.cases.setting.columns

    def name(process: str) -> str:
        ident, label = changes.new.get(process) or before.cases.setting.who(process)
        return teller.named(process, label or ident)

    def shown(values: Values, none: str) -> str:
        return ", ".join(sorted(teller.term(value) for value in values)) or say(none)

    lines = [say("added", name=name(process)) for process in changes.new]
    for process, cells in changes.cells.items():
        now = {} if process in changes.new else before.cases.cells(process)
        for prop, values in cells.items():
            blanks = {"column": column_label(columns.get(prop, prop), teller.lang), "value": shown(values, "=unknown")}
            was = shown(now.get(prop, frozenset()), "=unrecorded")
            key = "setNew" if process in changes.new else "set"
            lines.append(say(key, name=name(process), was=was, **blanks))
    lines += [say("gone", name=name(process)) for process in sorted(changes.removed)]
    lines += [say("without", rule=rule) for rule in scenario.disable]
    lines += [say("with", file=path) for path in (*scenario.rules, *scenario.places, *scenario.data)]
    return lines + [say("with", file="turtle")] * bool(scenario.turtle)


# --- laying it over a graph ---------------------------------------------------------------------------
def changes_of(scenario: Scenario, loaded: Loaded, find: Callable[[str], str]) -> Changes:
    """Return the facts that a scenario changes.

    Args:
        scenario: what is supposed.
        loaded: the graph it is laid over.
        find: gives the IRI of a process by its id, label or IRI.

    Raises:
        QueryError: a column or value is not one that an inventory could have.
        UnknownThing: a process does not exist.
    """
    cells: dict[str, dict[str, Values]] = {}
    new: dict[str, tuple[str, str]] = {}
    reader = _Cells(loaded, scenario)
    for n, table in enumerate(scenario.add, 1):
        ident = table.get("id", f"new-{n}")
        new[f"{ROW}supposed/{quote(ident, safe='')}"] = (ident, table["name"])

    def known(name: str) -> str:
        return next((iri for iri, names in new.items() if name in names), None) or find(name)

    for iri, table in zip(new, scenario.add, strict=True):
        cells[iri] = reader.read(iri, {c: v for c, v in table.items() if c not in ("id", "name")}, known)
    for table in scenario.set:
        process = known(table[_PROCESS])
        read = reader.read(process, {c: v for c, v in table.items() if c != _PROCESS}, known)
        cells.setdefault(process, {}).update(read)
    for triple in scenario.stated:
        if isinstance(triple.subject, ox.NamedNode) and not isinstance(triple.object, ox.BlankNode | ox.Triple):
            own = cells.setdefault(find(triple.subject.value), {})
            own[triple.predicate.value] = own.get(triple.predicate.value, frozenset()) | {triple.object}
    return Changes(cells, frozenset(find(name) for name in scenario.remove), new)


class _Cells:
    """Reads cells of a scenario with the parser that reads inventories."""

    def __init__(self, loaded: Loaded, scenario: Scenario) -> None:
        self._loaded = loaded
        self._where = f"{scenario.file}: " if scenario.file else ""
        self._properties = column_properties(loaded.view())
        self._reader: CellReader | None = None

    def read(self, process: str, cells: Mapping[str, str], find: Callable[[str], str]) -> dict[str, Values]:
        """Return values by property for cells by column; an empty cell gives no values."""
        found: dict[str, Values] = {}
        for name, text in cells.items():
            column = read_columns().match(name) or name
            prop = self._properties.get(column)
            if prop is None or column in ("id", "name"):
                known = sorted(c for c in self._properties if c not in ("id", "name"))
                told = f"no column {column!r}{_nearest(column, known)}; columns are {', '.join(known)}"
                raise QueryError(f"{self._where}{told}")
            if column == "part_of":
                found[prop.value] = frozenset({ox.NamedNode(find(text))}) if text.strip() else frozenset()
            else:
                found[prop.value] = self._values(process, column, text)
        return found

    def _values(self, process: str, column: str, text: str) -> Values:
        if text.strip().casefold() in ("unknown", "belum diketahui"):
            text = ""
        if self._reader is None:
            self._reader = CellReader(inventory_lexicon(self._loaded))
        if column not in self._reader.columns.columns:
            return frozenset({ox.Literal(text)}) if text else frozenset()
        value, problems = self._reader.parse(column, text)
        if problems and value is None:
            raise QueryError(f"{self._where}{problems[0].message['en']}")
        if value is None:
            return frozenset()
        record = ProcessRecord("", "", Place(""), process, suggestions={column: value})
        triples = hint_triples([Inventory("", [record])], self._properties)
        return frozenset(t.object for t in triples if isinstance(t.object, ox.NamedNode | ox.Literal))


def variant(loaded: Loaded, scenario: Scenario) -> Loaded:
    """Return a copy of what was loaded with a scenario's rules, places, data and statements added.

    Raises:
        SourceError: a file that the scenario names cannot be read, or its Turtle is none.
    """
    dataset = Dataset()
    for graph in loaded.dataset.asserted_graphs():
        dataset.store.extend(loaded.dataset.store.quads_for_pattern(None, None, None, graph))
    other = Loaded(dataset, list(loaded.inventories), [], dict(loaded.files))
    load_rules(other, scenario.rules)
    load_places(other, scenario.places)
    load_data(other, scenario.data)
    told = scenario.turtle
    for n, rule in enumerate(scenario.disable):
        told += f"\n<urn:bpo-kg:switch:{n}> a bpo:RuleSwitch ; bpo:disables {_rule_iri(dataset, rule, scenario)} ."
    if told:
        prefixes = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())
        name = f"{scenario.file or scenario.name} (turtle)"
        dataset.load_bytes((prefixes + told).encode(), graph=f"{ASSERTED}/scenario", name=name)
        prevail(other, f"{ASSERTED}/scenario")
    return other


def _rule_iri(dataset: Dataset, name: str, scenario: Scenario) -> ox.NamedNode:
    """Return the rule that a scenario calls by IRI, CURIE or local name."""
    for cls in ("PlacementRule", "DefaultRule"):
        for quad in dataset.quads(None, ox.NamedNode(RDF + "type"), ox.NamedNode(BPO + cls)):
            iri = str(getattr(quad.subject, "value", ""))
            if isinstance(quad.subject, ox.NamedNode) and name in (iri, shorten(iri), local_name(iri)):
                return quad.subject
    raise UnknownThing(f"{scenario.file or scenario.name}: {name!r} is no rule of the decision table")


def _nearest(word: str, known: Sequence[str]) -> str:
    close = get_close_matches(word.casefold(), known, n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""
