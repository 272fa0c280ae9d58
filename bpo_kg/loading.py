"""From files to one dataset: the shipped ontology, the user's rules, inventories, models and RDF.

Each source keeps a graph of its own below the asserted graph, so that what a file states can be told apart, replaced
and traced. A file that cannot be read is an exception; what is wrong inside a readable one is a finding.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pyoxigraph as ox

from bpo_kg.errors import BpoKgError, SourceError
from bpo_kg.resources import data_folder
from bpo_kg.sources.facts import Finding, Inventory
from bpo_kg.sources.recording import column_properties, inventory_triples, keep_apart
from bpo_kg.store.dataset import Dataset
from bpo_kg.store.view import View
from bpo_kg.vocabulary import ASSERTED, BPO, COUNTRIES_GRAPH

if TYPE_CHECKING:
    from bpo_kg.sources.lexicon import Lexicon

SHIPPED = ("bpo", "statements", "catalogue", "rules", "places")
"""Files of the ontology folder that are always loaded; the DL module, the shapes and the mappings are not."""
EVIDENCE = ("evidence", "onet")
"""Published measures and what they rest on; left out with `evidence=False`."""
TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".ods", ".xls")
MODELS = (".bpmn", ".bpmn20", ".xml")


@dataclass(slots=True)
class Loaded:
    """The dataset with everything asserted in it, and what was read besides triples."""

    dataset: Dataset
    inventories: list[Inventory] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    """Graph IRI to the file it was read from."""

    def view(self) -> View:
        return View(self.dataset.store)


def load_shipped(
    *, evidence: bool = True, store: ox.Store | None = None, files: Mapping[str, Path] | None = None
) -> Loaded:
    """Load the ontology files that ship with bpo-kg.

    Args:
        evidence: False leaves out measures and whatever rests on the editors' judgement.
        store: load into this store; what an earlier run left of the shipped files is replaced.
        files: other files to take instead of shipped ones, by stem.
    """
    loaded = Loaded(Dataset(store))
    folder = data_folder("ontology")
    for left in loaded.dataset.asserted_graphs():
        if left.value.startswith(f"{ASSERTED}/bpo-kg/"):
            loaded.dataset.clear(left)
    for stem in (*SHIPPED, *(EVIDENCE if evidence else ())):
        graph = f"{ASSERTED}/bpo-kg/{stem}"
        path = (files or {}).get(stem, folder / f"{stem}.ttl")
        loaded.dataset.load_file(path, graph=graph)
        loaded.files[graph] = str(path)
    if not evidence:
        loaded.dataset.store.update(_update("article-only"))
    return loaded


def _update(name: str) -> str:
    return (data_folder("queries") / "loading" / f"{name}.ru").read_text(encoding="utf-8")


def load_rules(loaded: Loaded, paths: Iterable[str | Path]) -> None:
    """Load the user's rule files; a rule stated under a shipped IRI replaces the shipped one whole.

    Raises:
        SourceError: a file is missing or is no RDF.
    """
    for path in paths:
        _load_rdf(loaded, Path(path), "rules")


def load_data(
    loaded: Loaded,
    paths: Iterable[str | Path],
    *,
    mapping: Mapping[str, str] | None = None,
    onet: str | Path | None = None,
    unreadable: Callable[[Path, SourceError], None] | None = None,
) -> None:
    """Load inventories, BPMN models and RDF, in the order given.

    Args:
        loaded: what to add to.
        paths: files by extension: tables, BPMN models, RDF.
        mapping: header of a table to inventory column, for tables that use other words.
        onet: folder of published O*NET tables; each occupation becomes a process.
        unreadable: told of a file that cannot be parsed, instead of an exception, and the rest is read.

    Raises:
        SourceError: a file is missing, is of no known kind, or cannot be parsed at all.
    """
    inventories: list[Inventory] = []
    for path in map(Path, paths):
        try:
            inventories += _read(loaded, path, mapping or {})
        except SourceError as error:
            if unreadable is None:
                raise
            unreadable(path, error)
    if onet is not None:
        from bpo_kg.sources.onet import read_onet, read_thresholds

        inventories.append(read_onet(Path(onet), read_thresholds(data_folder("ontology") / "onet.ttl")))
    if inventories:
        _record(loaded, inventories)


def _read(loaded: Loaded, path: Path, mapping: Mapping[str, str]) -> list[Inventory]:
    """Read one file: an inventory, or RDF that goes straight into the dataset."""
    if not path.is_file():
        raise SourceError(f"{path}: no such file")
    suffix = path.suffix.lower()
    if suffix in TABLES:
        from bpo_kg.sources.cells import CellReader
        from bpo_kg.sources.places_table import is_places_table
        from bpo_kg.sources.table import read_table

        if is_places_table(path):
            load_places(loaded, [path])
            return []
        return [read_table(path, CellReader(inventory_lexicon(loaded)), mapping=mapping)]
    if suffix in MODELS:
        from bpo_kg.sources.bpmn import read_bpmn, read_public_terms

        return [read_bpmn(path, read_public_terms(data_folder("ontology") / "public-terms.ttl"))]
    _load_rdf(loaded, path, "data")
    return []


def load_places(loaded: Loaded, paths: Iterable[str | Path]) -> None:
    """Load tables or RDF about places: providers and sites, wages, safeguards."""
    for path in map(Path, paths):
        if not path.is_file():
            raise SourceError(f"{path}: no such file")
        if path.suffix.lower() not in TABLES:
            _load_rdf(loaded, path, "places")
            continue
        from bpo_kg.sources.places_table import read_places
        from bpo_kg.suitability.packages import known_zone

        table = read_places(path, inventory_lexicon(loaded), known_zone)
        loaded.dataset.add(table.triples, _graph(loaded, "places", path.name, str(path)))
        loaded.findings += table.findings


def inventory_lexicon(loaded: Loaded) -> "Lexicon":
    """Return what the words in cells mean: kinds, channels, coverage, countries, languages."""
    from bpo_kg.sources.lexicon import Lexicon
    from bpo_kg.suitability.countries import country_names, language_names

    return Lexicon.from_store(loaded.dataset.store, countries=country_names, languages=language_names)


def _record(loaded: Loaded, inventories: Sequence[Inventory]) -> None:
    from bpo_kg.sources.part_of import resolve_wholes

    keep_apart([*loaded.inventories, *inventories])
    wholes = resolve_wholes(inventories)
    columns = column_properties(loaded.view())
    for inventory in inventories:
        graph = _graph(loaded, "data", Path(inventory.file).name, inventory.file)
        loaded.dataset.add(list(inventory_triples(inventory, wholes, columns)), graph)
        loaded.findings += inventory.findings
    loaded.inventories += inventories


def load_countries(loaded: Loaded, codes: Iterable[str] | None) -> None:
    """Assert the facts of the given countries (alpha-2), or of all of them, and what the thresholds make of them."""
    from bpo_kg.suitability.countries import country_triples, workforce_triples
    from bpo_kg.suitability.thresholds import read_thresholds

    wanted = None if codes is None else sorted(codes)
    loaded.dataset.add(country_triples(wanted), COUNTRIES_GRAPH)
    with suppress(BpoKgError):  # thresholds that cannot be read: whoever judges by them says so
        limits = read_thresholds(loaded.dataset.store)
        spoken = workforce_triples(wanted, official_share=limits.official_share, spoken_share=limits.spoken_share)
        loaded.dataset.add(spoken, COUNTRIES_GRAPH)


def mentioned_countries(loaded: Loaded) -> set[str]:
    """Return the alpha-2 codes that the data names."""
    prefix = "https://w3id.org/bpo-kg/country/"
    found = set()
    for name in ("clientCountry", "customerCountry", "homeCountry", "siteCountry"):
        for quad in loaded.dataset.store.quads_for_pattern(None, ox.NamedNode(BPO + name), None, None):
            if isinstance(quad.object, ox.NamedNode) and quad.object.value.startswith(prefix):
                found.add(quad.object.value.removeprefix(prefix))
    return found


def _load_rdf(loaded: Loaded, path: Path, below: str) -> str:
    if not path.is_file():
        raise SourceError(f"{path}: no such file")
    from bpo_kg.sources.rdf import load_rdf

    graph = _graph(loaded, below, path.name, str(path))
    try:
        loaded.findings += load_rdf(path, loaded.dataset, graph)
    except SourceError:
        del loaded.files[graph]  # nothing came of it
        raise
    prevail(loaded, graph)
    return graph


def prevail(loaded: Loaded, graph: str) -> None:
    """Let what a user's graph states under a shipped IRI replace it, whichever option brought it in."""
    # An update takes no bound variables; the graph's IRI is our own and percent-encoded.
    for name in ("replace-rules", "replace-thresholds"):
        loaded.dataset.store.update(_update(name).replace("?mine", f"<{graph}>"))


def _graph(loaded: Loaded, below: str, name: str, file: str) -> str:
    base = f"{ASSERTED}/{below}/{quote(name, safe='')}"
    graph, n = base, 1
    while graph in loaded.files:
        n += 1
        graph = f"{base}~{n}"
    loaded.files[graph] = file
    return graph
