"""Work out what a batch of writes changes, on a worker's copy of the store that is thrown away afterwards.

Writes that wait together are run together, one after the other, so that the derived graphs are recomputed once
for all of them. Nothing is in force yet: the keeper applies the steps, or never hears of them.
"""

import socket

import pyoxigraph as ox

from bpo_kg.errors import BpoKgError
from bpo_kg.shells.server import limits, wire
from bpo_kg.shells.server.changes import Draft, Step, encode, serialized
from bpo_kg.shells.server.content import Content
from bpo_kg.shells.server.graphs import GraphStore
from bpo_kg.shells.server.http import Problem, request_from
from bpo_kg.shells.server.log import Log
from bpo_kg.shells.server.options import ServerOptions
from bpo_kg.shells.server.protocol import SparqlEndpoint, operation
from bpo_kg.shells.server.responses import Response, head_bytes, problem_response

REFRESH_SECONDS = 120.0
BYTES_A_SECOND = 2_000_000  # a document of 64 MB may take longer to read than a query may run


class Drafting:
    """Runs one batch of writes."""

    def __init__(self, content: Content, options: ServerOptions, sparql: SparqlEndpoint, graphs: GraphStore) -> None:
        self._content, self._options = content, options
        self._sparql, self._graphs = sparql, graphs

    def run(self, sock: socket.socket, requests: list[wire.Framed]) -> None:
        """Run the writes and send one packet: their answers, and the steps of those that succeeded."""
        steps: list[Step] = []
        reasons = False
        answers: list[bytes] = []
        # What is written has to fit into the store in any case, so a long document may take its room here as well.
        longest = min(self._options.max_body, sum(map(self._length, requests)))
        limits.cap_memory(self._options.memory + (longest * 8 >> 20))
        alone = len(requests) == 1 and self._content.refresh is None
        for framed in requests:
            draft = Draft(self._content.store, self._content.layout, last=alone)
            try:
                with limits.deadline(self._options.timeout + self._length(framed) / BYTES_A_SECOND):
                    response = self._written(framed, draft)
                steps += draft.steps
                reasons = reasons or draft.reasons
            except Problem as problem:
                if draft.steps and len(requests) > 1:  # what the refused one left behind must not reach the others
                    wire.send(sock, [wire.pack_answer(wire.SPLIT, 0, 0)])
                    return
                response = problem_response(problem)
            answers.append(_whole(response))
        if reasons and self._content.refresh is not None:
            limits.cap_memory(4 * self._options.memory)
            try:
                with limits.deadline(REFRESH_SECONDS):
                    steps += self._derived(steps)
            except Exception as error:
                Log().fault(error, path="(what follows from a write)")
                if len(requests) > 1:
                    wire.send(sock, [wire.pack_answer(wire.SPLIT, 0, 0)])
                    return
                detail = "what follows from the write could not be worked out; it has been logged"
                steps, answers = [], [_whole(problem_response(Problem(500, detail)))]
        fds = [wire.shared_file(encode(steps))] if steps else []
        wire.send(sock, [wire.pack_answer(wire.WRITTEN, 0, len(steps)), wire.pack_answers(answers)], fds)

    def _length(self, framed: wire.Framed) -> int:
        """Return how many bytes there may be to read; nobody knows beforehand how many a compressed body holds."""
        return self._options.max_body if b"content-encoding" in framed[3] else len(framed[4])

    def _written(self, framed: wire.Framed, draft: Draft) -> Response:
        try:
            request = request_from(framed, "")
            if request.path == "/data" or request.path.startswith("/data/"):
                return self._graphs.write(request, draft)
            asked = operation(request, self._options.max_query)
            if asked is None or not asked.update:
                raise Problem(400, "no update was sent")
            self._sparql.update(request, asked, draft)
            return Response(status=204, media="")
        except Problem:
            raise
        except MemoryError:
            raise Problem(503, "the update needs more memory than one may use", Retry_After="5") from None
        except Exception as error:
            Log().fault(error, path=framed[1].decode("ascii"))
            raise Problem(500, "the update met a fault of the server; it has been logged") from None

    def _derived(self, steps: list[Step]) -> list[Step]:
        """Recompute the derived graphs on this copy; return how they changed."""
        assert self._content.refresh is not None
        before = self._follows()
        try:
            self._content.refresh(steps)
            after = self._follows()
        except BpoKgError as error:  # after DROP ALL, say, there are no rules left that anything could follow from
            Log().write("nothing_follows", detail=str(error))
            after = set()
        gone, fresh = before - after, after - before
        found = [Step("remove", serialized(gone))] if gone else []
        return found + ([Step("add", serialized(fresh))] if fresh else [])

    def _follows(self) -> set[ox.Quad]:
        graphs = [ox.NamedNode(iri) for iri in self._content.layout.derived]
        return {quad for graph in graphs for quad in self._content.store.quads_for_pattern(None, None, None, graph)}


def _whole(response: Response) -> bytes:
    """Return the head and the body of a short response."""
    text = response.body if isinstance(response.body, bytes) else b""
    return head_bytes(response, length=len(text)) + text
