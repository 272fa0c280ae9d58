"""Answer the SPARQL 1.1 Graph Store Protocol at `/data`: a graph is read and written as a document.

A document is parsed completely before anything changes, so a malformed one leaves no half graph. Parsers get
their text from memory and have nothing to fetch with; what nests too deep, and XML with a DOCTYPE, is refused before
it is parsed, as it is in files.
"""

import uuid
import zlib
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesParser

import pyoxigraph as ox

from bpo_kg.errors import SourceError
from bpo_kg.shells.server.answers import Sink, limited
from bpo_kg.shells.server.changes import DEFAULT, Draft, Graph
from bpo_kg.shells.server.content import Content
from bpo_kg.shells.server.http import Problem, Request
from bpo_kg.shells.server.limits import Seal
from bpo_kg.shells.server.negotiation import DATASETS, GRAPHS, choose, media_names
from bpo_kg.shells.server.options import ServerOptions
from bpo_kg.shells.server.responses import Response
from bpo_kg.sources.rdf_text import refuse_unsafe

METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE")
_READABLE = {name: offer.rdf for offer in (*GRAPHS, *DATASETS) for name in (offer.media, *offer.aliases) if "/" in name}


class GraphStore:
    """`/data` over one content."""

    def __init__(self, content: Content, options: ServerOptions, seal: Seal) -> None:
        self._content, self._options, self._seal = content, options, seal

    def read(self, request: Request) -> Response:
        """Return a graph as a document, or the whole dataset where no graph is named.

        Raises:
            Problem: 404 for an unknown graph, 406 without an acceptable format, 413 over a limit.
        """
        graph = self._graph(request)
        store, layout = self._content.store, self._content.layout
        offer = choose(request.header("accept"), DATASETS if graph is None else GRAPHS)
        if isinstance(graph, ox.NamedNode) and not store.contains_named_graph(graph):
            raise Problem(404, f"there is no graph {graph.value}")
        limits = self._options
        with self._seal:
            sink = Sink(offer, max_rows=limits.max_rows, max_bytes=limits.max_bytes, seal=self._seal)
            if graph is None:
                ox.serialize(limited(store, limits.max_rows), sink.file, format=offer.rdf)
            elif graph == DEFAULT and layout.union:
                found = store.query("CONSTRUCT WHERE { ?s ?p ?o }", **self._content.whole())
                assert isinstance(found, ox.QueryTriples)
                ox.serialize(limited(found, limits.max_rows), sink.file, format=offer.rdf)
            else:
                quads = store.quads_for_pattern(None, None, None, graph)
                ox.serialize((quad.triple for quad in limited(quads, limits.max_rows)), sink.file, format=offer.rdf)
            return Response(sink.body(), offer.content_type, cache=True)

    def write(self, request: Request, draft: Draft) -> Response:
        """Carry a PUT, POST or DELETE out on a worker's copy of the store.

        Raises:
            Problem: 400 for a malformed document, 403 for a derived graph, 404, 413, 415.
        """
        graph = self._graph(request)
        created = None
        if graph is None:
            if request.method != "POST":
                raise Problem(400, "name a graph: ?graph=IRI or ?default")
            created = f"{request.origin}/data/{uuid.uuid4()}"
            graph = ox.NamedNode(created)
        known = graph == DEFAULT or draft.store.contains_named_graph(graph)
        if request.method == "DELETE":
            if not known:
                raise Problem(404, "there is no such graph")
            draft.clear(graph, drop=True)
            return Response(status=204, media="")
        with self._seal:  # every document is parsed before anything changes
            base = request.origin + "/data" if isinstance(graph, ox.DefaultGraph) else graph.value
            documents = [as_ntriples(media, text, base) for media, text in self._documents(request)]
        if request.method == "PUT":
            draft.clear(graph)
        if not known and isinstance(graph, ox.NamedNode):
            draft.create(graph)
        for document in documents:
            draft.put(document, graph)
        if created is not None:
            return Response(status=201, media="", headers=(("location", created),))
        return Response(status=204 if known else 201, media="")

    def _graph(self, request: Request) -> Graph | None:
        """Return the graph that a request names, directly by its path or indirectly by a parameter."""
        named, default = request.value("graph"), request.value("default")
        if request.path.rstrip("/") != "/data":
            if named is not None or default is not None:
                raise Problem(400, "a graph is named by the path or by a parameter, not by both")
            named = request.origin + request.path
        elif named is not None and default is not None:
            raise Problem(400, "graph and default exclude each other")
        if default is not None:
            return DEFAULT
        if named is None:
            return None
        try:
            return ox.NamedNode(named)
        except ValueError:
            raise Problem(400, "graph must be an absolute IRI") from None

    def _documents(self, request: Request) -> Iterator[tuple[str, bytes]]:
        body = inflated(request.body, request.header("content-encoding"), self._options.max_body)
        if request.media != "multipart/form-data":
            yield request.media or "text/turtle", body
            return
        head = f"content-type: {request.header('content-type')}\r\n\r\n".encode("latin-1")
        message: Message = BytesParser().parsebytes(head + body)
        parts = message.get_payload()
        if not isinstance(parts, list) or message.defects:
            raise Problem(400, "the multipart body cannot be taken apart")
        for part in parts:
            assert isinstance(part, Message)
            text = part.get_payload(decode=True)
            yield part.get_content_type(), text if isinstance(text, bytes) else b""


def inflated(body: bytes, encoding: str, limit: int) -> bytes:
    """Return a body without its content encoding, of at most `limit` bytes.

    Raises:
        Problem: 400 for damaged data, 413 over the limit, 415 for an encoding other than gzip and deflate.
    """
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return body
    if name not in {"gzip", "x-gzip", "deflate"}:
        raise Problem(415, "content-encoding must be gzip or deflate", Accept_Encoding="gzip, deflate")
    machine = zlib.decompressobj(wbits=47)
    try:
        text = machine.decompress(body, limit + 1)
    except zlib.error:
        raise Problem(400, f"the body is not {name}") from None
    if len(text) > limit:
        raise Problem(413, f"the body is longer than {limit} bytes once decompressed")
    if not machine.eof or machine.unused_data:
        raise Problem(400, f"the body is not one whole {name} stream")
    return text


def as_ntriples(media: str, text: bytes, base: str) -> bytes:
    """Return the triples of a document as N-Triples, blank nodes renamed.

    Raises:
        Problem: 400 if the document is malformed, nests too deep or has a DOCTYPE, 415 for an unknown format.
    """
    form = _READABLE.get(media) if media not in {"application/xml", "text/xml"} else ox.RdfFormat.RDF_XML
    if form is None:
        raise Problem(
            415, f"{media[:80]} is not RDF; send one of {media_names(GRAPHS)}", Accept_Post=media_names(GRAPHS)
        )
    try:
        # The engine would take XML that is not whole as far as it goes, and deep nesting would end this process.
        refuse_unsafe(text, form, media)
        quads = ox.parse(text, format=form, base_iri=base, rename_blank_nodes=True)
        return ox.serialize((quad.triple for quad in quads), format=ox.RdfFormat.N_TRIPLES) or b""
    except SourceError as error:
        raise Problem(400, str(error)[:500]) from None
    except (SyntaxError, ValueError, OSError) as error:
        raise Problem(400, f"not {media[:80]}: {str(error)[:500]}") from None
