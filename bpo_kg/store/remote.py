"""Ask a remote SPARQL 1.1 endpoint: the one room that imports SPARQLWrapper.

Time limits, retries on 429 and 503, and the server's own words in the error. Nothing is ever asked of a server that
the user did not name.
"""

import json
import time
import urllib.error
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from bpo_kg.errors import QueryError, RemoteError

_RETRY_AFTER_MOST = 30.0
_GRAPH_FORMS = ("CONSTRUCT", "DESCRIBE")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A remote SPARQL query endpoint.

    Args:
        url: the query URL, http or https.
        timeout: seconds to wait for one answer.
        tries: how often to ask while the server says it is busy (429, 503).
        sleep: waits between tries; replaced in tests.
    """

    url: str
    timeout: float = 30.0
    tries: int = 3
    sleep: Callable[[float], None] = time.sleep

    def query(self, sparql: str) -> "ox.QuerySolutions | ox.QueryBoolean | list[ox.Triple]":
        """Run a query and return its solutions, boolean or triples.

        Raises:
            QueryError: the server refuses the query (400); the message is the server's.
            RemoteError: the server cannot be reached, fails, is busy or is too slow.
        """
        content, media = self._ask(sparql)
        if "json" in media and "sparql-results" in media:
            try:
                return ox.parse_query_results(content, format=ox.QueryResultsFormat.JSON)
            except (SyntaxError, ValueError) as error:
                raise RemoteError(f"{self.url}: the answer is no SPARQL result: {error}") from error
        rdf = ox.RdfFormat.from_media_type(media.split(";")[0].strip())
        if rdf is None:
            raise RemoteError(f"{self.url} answered with {media or 'no content type'}, which is no SPARQL result")
        try:
            return [ox.Triple(q.subject, q.predicate, q.object) for q in ox.parse(content, format=rdf)]
        except (SyntaxError, ValueError) as error:
            raise RemoteError(f"{self.url}: the answer is not the {rdf.name} it says it is: {error}") from error

    def _ask(self, sparql: str) -> tuple[bytes, str]:
        for attempt in range(1, self.tries + 1):
            try:
                response = self._send(sparql).response
                return response.read(), response.headers.get("content-type", "")
            except urllib.error.HTTPError as error:
                if error.code in (429, 503) and attempt < self.tries:
                    self.sleep(min(_seconds(error.headers.get("retry-after")) or 2.0**attempt, _RETRY_AFTER_MOST))
                    continue
                words = _words(error)
                if error.code == 400:
                    raise QueryError(f"{self.url} refuses the query: {words}") from error
                raise RemoteError(f"{self.url} answered {error.code}: {words}") from error
            except TimeoutError as error:
                raise RemoteError(f"{self.url} did not answer within {self.timeout:g} s") from error
            except urllib.error.URLError as error:
                if isinstance(error.reason, TimeoutError):
                    raise RemoteError(f"{self.url} did not answer within {self.timeout:g} s") from error
                raise RemoteError(f"{self.url} cannot be reached: {error.reason}") from error
            except (OSError, ValueError) as error:
                raise RemoteError(f"{self.url} cannot be asked: {error}") from error
        raise AssertionError("unreachable: the last try raises")

    def _send(self, sparql: str) -> Any:
        from SPARQLWrapper import JSON, POST, TURTLE, SPARQLExceptions, SPARQLWrapper

        wrapper = SPARQLWrapper(self.url)
        wrapper.setMethod(POST)
        wrapper.setTimeout(int(max(1, self.timeout)))
        wrapper.setQuery(sparql)
        wrapper.setReturnFormat(TURTLE if wrapper.queryType in _GRAPH_FORMS else JSON)
        try:
            return wrapper.query()
        except SPARQLExceptions.SPARQLWrapperException as error:
            # The library hides the status behind classes of its own; the cause still has it.
            cause = error.__context__
            if isinstance(cause, urllib.error.HTTPError):
                raise _Replayed(cause, error) from error
            raise RemoteError(f"{self.url}: {error}") from error


class _Replayed(urllib.error.HTTPError):
    """The server's refusal, with the body that the library has already read."""

    def __init__(self, cause: urllib.error.HTTPError, error: Exception) -> None:
        super().__init__(cause.url, cause.code, str(cause.msg), cause.headers, None)
        self.words = str(error)


def _words(error: urllib.error.HTTPError) -> str:
    text = error.words if isinstance(error, _Replayed) else ""
    if not text:
        try:
            text = error.read().decode("utf-8", "replace")
        except (OSError, ValueError):
            text = ""
    text = text.split("Response:\n", 1)[-1].strip()
    if text.startswith(("b'", 'b"')):
        text = text[2:-1].encode().decode("unicode_escape", "replace")
    try:
        data = json.loads(text)
        text = str(data.get("error") or data.get("message") or text) if isinstance(data, dict) else text
    except ValueError:
        pass
    return " ".join(text.split())[:500] or str(error.reason)


def _seconds(header: str | None) -> float | None:
    return float(header) if header and header.isdigit() else None
