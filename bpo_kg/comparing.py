"""Compare two states of ontology, rules or inventory that stand in files, folders or git revisions.

Either side is loaded as the command line would load it; what differs is what the two come to. Nothing is checked out:
a revision is unpacked into a folder of its own that is gone afterwards.
"""

import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from bpo_kg.errors import SourceError
from bpo_kg.graph import KnowledgeGraph
from bpo_kg.loading import EVIDENCE, MODELS, SHIPPED, TABLES, load_data, load_places, load_rules, load_shipped
from bpo_kg.suitability.difference import Difference

_RDF = (".ttl", ".nt", ".nq", ".trig", ".jsonld", ".rdf", ".owl")
_ONTOLOGY = frozenset((*SHIPPED, *EVIDENCE))


@dataclass(frozen=True, slots=True)
class Loading:
    """What both sides are loaded with, besides what is compared."""

    data: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    evidence: bool = True
    client: str | None = None
    to: tuple[str, ...] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Side:
    """One side as it was found: ontology files by stem, and data."""

    label: str
    ontology: dict[str, Path] = field(default_factory=dict)
    data: list[Path] = field(default_factory=list)
    root: Path | None = None
    """Folder in which the files of the loading are looked for first: a revision has its own."""
    shown: tuple[str, str] = ("", "")
    """What paths begin with, and what a reader is shown instead."""

    def path(self, name: str) -> Path:
        inside = self.root / name if self.root is not None and not Path(name).is_absolute() else None
        return inside if inside is not None and inside.exists() else Path(name)


def diff(old: str, new: str, how: Loading | None = None, *, lang: str = "en") -> Difference:
    """Return what two files, folders or git revisions come to differently.

    Args:
        old: a file or folder, else a git revision of the repository at hand, or REVISION:PATH.
        new: the same.
        how: what both are loaded with; data and rules named there are taken from a revision that has them.
        lang: "en" or "id".

    Raises:
        SourceError: a side is neither a file, a folder nor a revision, or cannot be read.
    """
    how = how or Loading()
    with ExitStack() as stack:
        sides = [_found(reference, stack) for reference in (old, new)]
        _alike(sides, stack)
        first, second = (_load(side, how) for side in sides)
        found = first.diff(second, names=(sides[0].label, sides[1].label), lang=lang)
        found.look_up()
        return found


def _load(side: _Side, how: Loading) -> KnowledgeGraph:
    loaded = load_shipped(evidence=how.evidence, files=side.ontology)
    load_rules(loaded, [side.path(name) for name in how.rules])
    load_places(loaded, [side.path(name) for name in how.places])
    load_data(loaded, [*side.data, *(side.path(name) for name in how.data)], mapping=how.mapping)
    kg = KnowledgeGraph(loaded, client=how.client, to=how.to)
    if side.shown[0]:
        kg.shown = side.shown
    return kg


# --- what a side is ----------------------------------------------------------------------------------
def _found(reference: str, stack: ExitStack) -> _Side:
    path = Path(reference)
    if path.is_file():
        return _of_file(path, reference)
    if path.is_dir():
        return _of_folder(path, reference)
    revision, _, inner = reference.partition(":")
    folder = _unpacked(revision, inner, reference, stack)
    target = folder / inner if inner else folder
    side = _of_file(target, reference) if target.is_file() else _of_folder(target, reference)
    side.root = folder
    side.shown = (f"{folder}/", f"{revision}:")
    return side


def _of_file(path: Path, label: str) -> _Side:
    if path.suffix == ".ttl" and path.stem in _ONTOLOGY:
        return _Side(label, ontology={path.stem: path})
    return _Side(label, data=[path])


def _of_folder(folder: Path, label: str) -> _Side:
    """Return a folder as an ontology, as a checkout that holds one, or as a heap of data."""
    for place in (folder, folder / "ontology"):
        if (place / "bpo.ttl").is_file():
            stems = {stem: place / f"{stem}.ttl" for stem in sorted(_ONTOLOGY) if (place / f"{stem}.ttl").is_file()}
            return _Side(label, ontology=stems, root=folder)
    data = [path for path in _files(folder) if path.suffix.lower() in (*TABLES, *MODELS, *_RDF)]
    if not data:
        raise SourceError(f"{label}: no ontology and no data in this folder")
    return _Side(label, data=data, root=folder)


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(p for p in folder.rglob("*") if p.is_file() and not any(part.startswith(".") for part in p.parts))


def _unpacked(revision: str, inner: str, reference: str, stack: ExitStack) -> Path:
    """Unpack a revision, or one path of it, into a folder that lasts as long as the comparison."""
    if not revision or revision.startswith("-"):
        raise SourceError(f"{reference}: no such file, folder or git revision")
    top = _git("rev-parse", "--show-toplevel", reference=reference).decode().strip()
    commit = _git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", reference=reference).decode().strip()
    packed = _git("-C", top, "archive", "--format=tar", commit, "--", *([inner] if inner else []), reference=reference)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bpo-kg-diff-")))
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def _git(*arguments: str, reference: str) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, check=False)
    except OSError as error:
        raise SourceError(f"{reference}: no such file or folder, and git cannot be run: {error}") from error
    if done.returncode:
        raise SourceError(f"{reference}: no such file, folder or git revision")
    return done.stdout


def _alike(sides: list[_Side], stack: ExitStack) -> None:
    """Let two versions of one table give their rows the same IRIs, though the files are called differently.

    The IRI of a row is made from the file's name, so the older table is read under the name of the newer one.
    """
    old, new = (side.data for side in sides)
    one_each = len(old) == len(new) == 1 and old[0].suffix.lower() in TABLES and new[0].suffix.lower() in TABLES
    if not one_each or old[0].stem == new[0].stem:
        return
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bpo-kg-diff-")))
    alias = folder / f"{new[0].stem}{old[0].suffix}"
    alias.symlink_to(old[0].resolve())
    sides[0].shown = (str(alias), str(old[0]) if not sides[0].shown[0] else sides[0].label)
    old[0] = alias
