"""Read BPMN 2.0 models: pools, lanes and sub-processes become processes with parts; contact is only suggested.

A model says who exchanges messages with whom, which is a hint and not the client's word: a pool named for customers or
patients suggests public contact for the pool and lane at the other end of its message flows, and for no other. The hint
carries the flow's element id and line, and a question to confirm. Whatever a model does not say stays unknown: a manual
task, for one, says how work is done and not where.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from bpo_kg.errors import SourceError
from bpo_kg.resources import data_folder
from bpo_kg.sources import bpmn_messages as messages
from bpo_kg.sources.facts import Inventory, Place, ProcessRecord
from bpo_kg.sources.markup import Element, read_markup
from bpo_kg.sources.model_words import ModelWords, read_public_terms
from bpo_kg.sources.sheet_rows import row_iri

__all__ = ["MODEL", "read_bpmn", "read_public_terms"]

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
_SUB_PROCESSES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
_MESSAGE_TASKS = frozenset({"sendTask", "receiveTask"})


@lru_cache(maxsize=1)
def _shipped_terms() -> ModelWords:
    return read_public_terms(data_folder("ontology") / "public-terms.ttl")


def read_bpmn(path: Path, terms: ModelWords | None = None) -> Inventory:
    """Read every process of a BPMN 2.0 file.

    Args:
        path: a `.bpmn` or `.xml` file.
        terms: what names in a model mean; the shipped word lists when left out.

    Returns:
        A record for each pool or process, named lane and named sub-process, wholes before their parts, with `part_of`
        and `notes` in `cells` and `public_contact` and `channels` at most in `suggestions`. Pools that stand for
        members of the public give no record, and a finding says so.

    Raises:
        SourceError: the file is no BPMN 2.0, not well-formed, has a DOCTYPE or passes a limit.
    """
    root = read_markup(path)
    if root.namespace != MODEL or root.name != "definitions":
        raise SourceError(
            f"{path}:{root.line}:{root.column}: not a BPMN 2.0 model (its root element is {root.name}, "
            f"where definitions of {MODEL} would be right)"
        )
    return _Reader(path, root, _shipped_terms() if terms is None else terms).read()


@dataclass(slots=True)
class _Pool:
    """A participant, the id of its process, and whether it stands for members of the public."""

    element: Element
    name: str
    process: str
    public: bool


def _model(elements: Iterable[Element], *names: str) -> Iterator[Element]:
    return (e for e in elements if e.namespace == MODEL and e.name in names)


@dataclass(slots=True)
class _Reader:
    """Walks one model once; a record's chain is itself and every record that it stands in."""

    path: Path
    root: Element
    terms: ModelWords
    inventory: Inventory = field(init=False)
    pools: dict[str, _Pool] = field(default_factory=dict)
    """By participant id."""
    counterparts: dict[str, _Pool] = field(default_factory=dict)
    """Public pools by id of an element of their own process, the process included."""
    chains: dict[str, list[ProcessRecord]] = field(default_factory=dict)
    """By element id: the records that the element is part of, innermost first."""
    elements: dict[str, Element] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    """Ids of the records so far."""

    def __post_init__(self) -> None:
        self.inventory = Inventory(str(self.path))

    def read(self) -> Inventory:
        self._index()
        processes = {p.get("id"): p for p in _model(self.root.children, "process") if p.get("id")}
        self._find_pools(processes)
        owners: dict[str, _Pool] = {}
        for pool in self.pools.values():
            owner = owners.setdefault(pool.process, pool)
            if owner.public and not pool.public:  # a process that customers share with somebody is not theirs alone
                owners[pool.process] = pool
        for key, pool in self.pools.items():
            if pool.process not in processes:
                self._black_box(key, pool)
            elif owners[pool.process] is pool:
                self._process(processes[pool.process], pool)
        for process in _model(self.root.children, "process"):
            if not process.get("id") or process.get("id") not in owners:
                self._process(process, None)
        for key, pool in self.pools.items():
            if not pool.public:
                self.chains.setdefault(key, self.chains.get(pool.process, []))
        self._message_flows()
        if not self.inventory.records:
            self.inventory.findings.append(messages.no_process(self._place(self.root)))
        self.inventory.findings.sort(key=lambda f: (f.place.line, f.place.column))
        return self.inventory

    # --- places and references ---------------------------------------------------------------------
    def _place(self, element: Element) -> Place:
        return Place(str(self.path), element.line, element.column, element.get("id"))

    def _index(self) -> None:
        for element in self.root.descendants():
            key = element.get("id")
            if element.namespace == MODEL and key:
                first = self.elements.setdefault(key, element)
                if first is not element:
                    self.inventory.findings.append(messages.second_id(self._place(element), key, first.line))

    def _local(self, reference: str) -> str:
        """Return the id that a reference means; tools write it plain or as a prefixed name."""
        return reference if reference in self.elements or ":" not in reference else reference.rsplit(":", 1)[1]

    # --- pools ---------------------------------------------------------------------------------------
    def _find_pools(self, processes: dict[str, Element]) -> None:
        for collaboration in self.root.children:
            for element in _model(collaboration.children, "participant"):
                process = processes.get(self._local(element.get("processRef")))
                name = element.get("name") or (process.get("name") if process is not None else "")
                pool = _Pool(element, name, self._local(element.get("processRef")), self.terms.means_public(name))
                self.pools.setdefault(element.get("id") or f"participant-{element.line}-{element.column}", pool)
                if pool.public:
                    self.inventory.findings.append(messages.counterpart(self._place(element), name))

    def _black_box(self, key: str, pool: _Pool) -> None:
        if not pool.public:
            record = self._record(pool.element, pool.name, None)
            self._note(record, pool.element, [_documentation(pool.element)])
            self.chains[key] = [record]
            self.inventory.findings.append(messages.empty_pool(self._place(pool.element), record.name))

    # --- processes and their parts -------------------------------------------------------------------
    def _process(self, process: Element, pool: _Pool | None) -> None:
        if pool is not None and pool.public:
            for element in (process, *process.descendants()):
                if element.namespace == MODEL and element.get("id"):
                    self.counterparts.setdefault(element.get("id"), pool)
            return
        record = self._record(process, (pool.name if pool else "") or process.get("name"), None)
        own_name = process.get("name")
        notes = [own_name if own_name != record.name else "", _documentation(process)]
        if pool is not None:
            notes.append(_documentation(pool.element))
        self._note(record, process, notes)
        todo: list[tuple[Element, list[ProcessRecord]]] = [(process, [record])]
        while todo:
            container, chain = todo.pop()
            if container.get("id"):
                self.chains[container.get("id")] = chain
            lanes = self._lanes(container, chain)
            inner: list[tuple[Element, list[ProcessRecord]]] = []
            for element in container.children:
                key = element.get("id")
                if element.namespace != MODEL or not key or element.name == "laneSet":
                    continue
                here = self.chains[key] = lanes.get(key, chain)
                if element.name in _SUB_PROCESSES:
                    inner.append((element, self._sub_process(element, here)))
                elif element.name in _MESSAGE_TASKS:
                    self._named_channels(element, here)
            todo.extend(reversed(inner))

    def _sub_process(self, element: Element, chain: list[ProcessRecord]) -> list[ProcessRecord]:
        name = element.get("name")
        if not name:
            self.inventory.left_out += 1
            self.inventory.findings.append(messages.no_name(self._place(element), "sub-process", "subproses"))
            return chain
        record = self._record(element, name, chain[0])
        self._note(record, element, [_documentation(element)])
        return [record, *chain]

    def _lanes(self, container: Element, chain: list[ProcessRecord]) -> dict[str, list[ProcessRecord]]:
        """Record the named lanes of a container; return the chain of each node that a lane holds."""
        held: dict[str, list[ProcessRecord]] = {}
        todo = [(lane, chain) for s in _model(container.children, "laneSet") for lane in _model(s.children, "lane")][
            ::-1
        ]
        while todo:
            lane, above = todo.pop()
            here = above
            if lane.get("name"):
                record = self._record(lane, lane.get("name"), above[0])
                self._note(record, lane, [_documentation(lane)])
                here = [record, *above]
                if self.terms.means_public(record.name):
                    self.inventory.findings.append(messages.public_lane(self._place(lane), record.name))
            else:
                self.inventory.left_out += 1
                self.inventory.findings.append(messages.no_name(self._place(lane), "lane", "jalur"))
            if lane.get("id"):
                held[lane.get("id")] = self.chains[lane.get("id")] = here
            for node in _model(lane.children, "flowNodeRef"):
                key = self._local(node.text())
                if key not in held or len(held[key]) < len(here):  # the innermost lane holds the node
                    held[key] = here
            below = [n for s in _model(lane.children, "childLaneSet") for n in _model(s.children, "lane")]
            todo.extend((inner, here) for inner in reversed(below))
        return held

    def _record(self, element: Element, name: str, whole: ProcessRecord | None) -> ProcessRecord:
        key = base = element.get("id") or f"{element.name}-{element.line}"
        while key in self.taken:
            key = f"{base}~{element.line}" if key == base else key + "~"
        self.taken.add(key)
        record = ProcessRecord(key, name or key, self._place(element), row_iri(self.path.stem, key))
        record.places.update(id=record.place, name=record.place)
        if whole is not None:
            record.cells["part_of"] = whole.id
            record.places["part_of"] = record.place
        self.inventory.records.append(record)
        return record

    def _note(self, record: ProcessRecord, element: Element, notes: Iterable[str]) -> None:
        text = "\n".join(note for note in notes if note)
        if text:
            record.cells["notes"] = text
            record.places["notes"] = self._place(element)

    # --- what the model hints at -----------------------------------------------------------------------
    def _named_channels(self, task: Element, chain: list[ProcessRecord]) -> None:
        channels = self.terms.channels_in(task.get("name"))
        for record in chain if channels else ():
            known = record.suggestions.get("channels", ())
            assert isinstance(known, tuple)
            record.suggestions["channels"] = tuple(sorted({*known, *channels}))
            record.places.setdefault("channels", self._place(task))
            if not known:
                self.inventory.findings.append(
                    messages.channels_named(self._place(task), task.get("name"), record.name)
                )

    def _message_flows(self) -> None:
        for collaboration in self.root.children:
            for flow in _model(collaboration.children, "messageFlow"):
                ends = [self._local(flow.get(end)) for end in ("sourceRef", "targetRef")]
                missing = next((end for end in ends if end not in self.elements), None)
                if missing is not None:
                    self.inventory.findings.append(messages.dangling(self._place(flow), missing))
                    continue
                for near, far in (ends, ends[::-1]):
                    pool = self.pools.get(near) or self.counterparts.get(near)
                    if pool is not None and pool.public:
                        self._public_contact(flow, pool, self.chains.get(far, []))

    def _public_contact(self, flow: Element, public: _Pool, chain: list[ProcessRecord]) -> None:
        for record in chain:
            if "public_contact" not in record.suggestions:
                record.suggestions["public_contact"] = True
                record.places["public_contact"] = self._place(flow)
                self.inventory.findings.append(messages.contact(self._place(flow), public.name, record.name))


def _documentation(element: Element) -> str:
    return "\n".join(filter(None, (d.text() for d in _model(element.children, "documentation"))))
