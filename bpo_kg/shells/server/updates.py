"""Run a SPARQL update on a worker's copy of the store and write down exactly what it changed.

The engine carries updates out but does not say what they did. So this module cuts the text into operations
(tokens only, no grammar of its own for patterns), lets the engine evaluate each WHERE as a query and read
each template as data, and fills the templates in. The whole text goes through the engine's parser first, so
what is accepted here is what the engine accepts.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pyoxigraph as ox

from bpo_kg.shells.server.changes import DEFAULT, Draft, Graph
from bpo_kg.shells.server.grammar import Token, tokens
from bpo_kg.shells.server.http import Problem
from bpo_kg.shells.server.templates import MARK, Template

_Scope = Callable[[list[ox.NamedNode] | None, list[ox.NamedNode] | None], dict[str, Any]]


@dataclass
class UpdateRun:
    """One update request, run operation after operation; a later one sees what an earlier one did.

    Attributes:
        scope: turns default and named graphs (None: those of the dataset) into arguments of `Store.query`.
        using: default and named graphs that the request's own parameters ask for.
    """

    draft: Draft
    scope: _Scope
    base: str
    using: tuple[list[ox.NamedNode], list[ox.NamedNode]] | None = None
    prologue: str = ""
    text: str = ""
    _stream: list[Token] = field(default_factory=list)
    _place: int = 0

    def run(self, text: str) -> None:
        """Carry the update `text`, which `parse` has accepted, out on the draft.

        Raises:
            Problem: 400 if it is not an update, 403 for a graph that cannot be written, 404 for a missing graph.
        """
        self.text, self._stream, self._place = text, list(tokens(text)), 0
        while self._place < len(self._stream):
            self._read_prologue()
            if self._place < len(self._stream):
                self._operation()
            if self._place < len(self._stream) and not self._take(";"):
                raise self._unexpected()

    # --- reading ---------------------------------------------------------------------------------
    def parse(self, text: str) -> None:
        """Let the engine's parser see the text, by running it on an empty store; it must not be able to go out.

        Raises:
            Problem: 400 if it is not an update.
        """
        try:
            ox.Store().update(hoisted(text), base_iri=self.base)
        except SyntaxError as error:
            raise Problem(400, f"not a SPARQL update: {error}") from None
        except (ValueError, OSError, RuntimeError):
            pass  # it parses; what cannot be done on an empty store may well be possible on this one

    def _peek(self, ahead: int = 0) -> Token:
        place = self._place + ahead
        return self._stream[place] if place < len(self._stream) else Token("mark", "", len(self.text), len(self.text))

    def _next(self) -> Token:
        token = self._peek()
        self._place += 1
        return token

    def _take(self, *words: str) -> bool:
        """Step over the given words if they come next."""
        for ahead, word in enumerate(words):
            token = self._peek(ahead)
            if token.word != word and token.text != word:
                return False
        self._place += len(words)
        return True

    def _unexpected(self) -> Problem:
        token = self._peek()
        return Problem(400, f"not a SPARQL update: {token.text[:40]!r} is not expected at character {token.start}")

    def _read_prologue(self) -> None:
        start = self._peek().start
        while True:
            if self._take("PREFIX"):
                self._place += 2
            elif self._take("BASE") or self._take("VERSION"):
                self._place += 1
            else:
                break
        self.prologue += self.text[start : self._peek().start] + "\n"

    def _group(self) -> str:
        """Return the braced group that comes next, braces included."""
        opening = self._next()
        if opening.text != "{":
            self._place -= 1
            raise self._unexpected()
        depth = 1
        while depth:
            token = self._next()
            if token.kind == "open":
                depth += 1
            elif token.kind == "close":
                depth -= 1
            elif not token.text:
                raise self._unexpected()
        return self.text[opening.start : token.end]

    def _iri(self) -> ox.NamedNode:
        token = self._next()
        if token.kind not in {"iri", "prefixed"}:
            self._place -= 1
            raise self._unexpected()
        query = f"{self.prologue} SELECT ({token.text} AS ?iri) {{}}"
        for row in _solutions(ox.Store(), query, self.base, {}):
            found = row["iri"]
            if isinstance(found, ox.NamedNode):
                return found
        raise self._unexpected()

    # --- operations ------------------------------------------------------------------------------
    def _operation(self) -> None:
        if self._take("INSERT", "DATA"):
            self.draft.change([], self._template(self._group()))
        elif self._take("DELETE", "DATA"):
            self.draft.change(self._template(self._group()), [])
        elif self._take("DELETE", "WHERE"):
            pattern = self._group()
            self._modify(pattern, None, pattern, None, ([], []))
        elif self._peek().word in {"WITH", "INSERT", "DELETE"}:
            self._read_modify()
        elif self._take("CREATE"):
            self._create()
        elif self._peek().word in {"CLEAR", "DROP"}:
            self._wipe(drop=self._next().word == "DROP")
        elif self._peek().word in {"ADD", "MOVE", "COPY"}:
            self._transfer(self._next().word)
        elif self._take("LOAD"):
            self._load()
        else:
            raise self._unexpected()

    def _read_modify(self) -> None:
        target = self._iri() if self._take("WITH") else None
        delete = self._group() if self._take("DELETE") else None
        insert = self._group() if self._take("INSERT") else None
        graphs: tuple[list[ox.NamedNode], list[ox.NamedNode]] = ([], [])
        while self._take("USING"):
            graphs[self._take("NAMED")].append(self._iri())
        if not self._take("WHERE"):
            raise self._unexpected()
        self._modify(delete, insert, self._group(), target, graphs)

    def _modify(
        self,
        delete: str | None,
        insert: str | None,
        where: str,
        target: ox.NamedNode | None,
        graphs: tuple[list[ox.NamedNode], list[ox.NamedNode]],
    ) -> None:
        if self.using is not None and (target is not None or any(graphs)):
            raise Problem(400, "using-graph-uri and WITH or USING exclude each other")
        chosen = self.using or (graphs if any(graphs) else None)
        scope = self.scope(*chosen) if chosen else self.scope(None if target is None else [target], None)
        gone, fresh = self._filled(delete, target), self._filled(insert, target)
        names = dict.fromkeys([*gone.variables, *fresh.variables])
        query = f"{self.prologue} SELECT {' '.join('?' + name for name in names) or '*'} WHERE {where}"
        rows = _solutions(self.draft.store, query, self.base, scope)
        remove = [quad for row in rows for quad in gone.fill(row)]
        self.draft.change(remove, [quad for row in rows for quad in fresh.fill(row)])

    def _filled(self, group: str | None, target: ox.NamedNode | None) -> Template:
        if group is None:
            return Template([], {})
        names: dict[str, str] = {}
        pieces, end = [], 0
        for token in tokens(group):
            if token.kind == "variable":
                name = token.text[1:]
                names[MARK + name] = name
                pieces += [group[end : token.start], f"<{MARK}{name}>"]
                end = token.end
        quads = self._template("".join(pieces) + group[end:])
        if target is not None:
            here = target
            quads = [_moved(quad, here) if quad.graph_name == DEFAULT else quad for quad in quads]
        return Template(quads, names)

    def _template(self, group: str) -> list[ox.Quad]:
        """Read a braced group of quads with the engine, as data for an empty store."""
        store = ox.Store()
        try:
            store.update(f"{self.prologue} INSERT DATA {group}", base_iri=self.base)
        except SyntaxError as error:
            raise Problem(400, f"not a SPARQL update: {error}") from None
        return list(store)

    def _create(self) -> None:
        silent = self._take("SILENT")
        self._take("GRAPH")
        graph = self._iri()
        if self.draft.store.contains_named_graph(graph):
            if not silent:
                raise Problem(400, f"graph {graph.value} exists already")
        else:
            self.draft.create(graph)

    def _wipe(self, *, drop: bool) -> None:
        silent = self._take("SILENT")
        if self._take("DEFAULT"):
            self.draft.clear(DEFAULT, drop=drop)
        elif self._take("NAMED"):
            self.draft.clear_named(drop=drop)
        elif self._take("ALL"):
            if drop:
                self.draft.empty()
            else:
                self.draft.clear(DEFAULT)
                self.draft.clear_named(drop=False)
        else:
            self._take("GRAPH")
            graph = self._iri()
            if self.draft.store.contains_named_graph(graph):
                self.draft.clear(graph, drop=drop)
            elif not silent:
                raise Problem(404, f"there is no graph {graph.value}")

    def _graph_or_default(self) -> Graph:
        if self._take("DEFAULT"):
            return DEFAULT
        self._take("GRAPH")
        return self._iri()

    def _transfer(self, verb: str) -> None:
        silent = self._take("SILENT")
        source = self._graph_or_default()
        if not self._take("TO"):
            raise self._unexpected()
        target = self._graph_or_default()
        if isinstance(source, ox.NamedNode) and not self.draft.store.contains_named_graph(source):
            if not silent:
                raise Problem(404, f"there is no graph {source.value}")
            return
        if source == target:
            return
        quads = [_moved(quad, target) for quad in self.draft.quads(source)]
        if verb != "ADD":
            self.draft.clear(target)
        self.draft.change([], quads)
        if verb == "MOVE":
            self.draft.clear(source, drop=True)

    def _load(self) -> None:
        silent = self._take("SILENT")
        source = self._iri()
        target: Graph = DEFAULT
        if self._take("INTO"):
            self._take("GRAPH")
            target = self._iri()
        store = ox.Store()
        try:
            store.update(f"LOAD <{source.value}>")
        except (OSError, SyntaxError, ValueError, RuntimeError):
            if not silent:
                raise Problem(502, f"<{source.value}> cannot be loaded") from None
        self.draft.change([], [_moved(quad, target) for quad in store])


def hoisted(text: str) -> str:
    """Return an update with every prologue at its start, which is where alone the engine's parser takes one.

    For checking the syntax only: a prefix that is declared twice keeps one meaning. Text with no prologue but its
    first is returned as it is, so that an error's line and column are those of the text.
    """
    stream = list(tokens(text))
    prologues, bodies = [], []
    place = start = depth = 0
    while place < len(stream):
        begin = place
        while stream[place : place + 1] and stream[place].word in {"PREFIX", "BASE", "VERSION"}:
            place += 3 if stream[place].word == "PREFIX" else 2
        middle = place
        while place < len(stream) and not (depth == 0 and stream[place].text == ";"):
            depth += (stream[place].kind == "open") - (stream[place].kind == "close")
            place += 1
        start = stream[middle].start if middle < len(stream) else len(text)
        prologues.append(text[stream[begin].start : start])
        bodies.append(text[start : stream[place].start if place < len(stream) else len(text)])
        place += 1
    if not any(prologues[1:]):
        return text
    ending = ";" if stream[-1].text == ";" else ""
    return "\n".join(prologues) + "\n;\n".join(bodies) + ending


def _solutions(store: ox.Store, query: str, base: str, scope: dict[str, Any]) -> list[ox.QuerySolution]:
    """Return every solution of a SELECT before anything changes."""
    try:
        found = store.query(query, base_iri=base, **scope)
    except SyntaxError as error:
        raise Problem(400, f"not a SPARQL update: {error}") from None
    return list(found) if isinstance(found, ox.QuerySolutions) else []


def _moved(quad: ox.Quad, graph: Graph) -> ox.Quad:
    return ox.Quad(quad.subject, quad.predicate, quad.object, graph)
