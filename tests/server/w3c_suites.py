"""Run the W3C test suites for SPARQL 1.1 against the query server, over HTTP.

    python tests/server/w3c_suites.py RDF-TESTS/sparql/sparql11 [--only protocol|store|description|query|update]

RDF-TESTS is a checkout of https://github.com/w3c/rdf-tests, which is not part of this project. Without `--url` a
server is started with `--empty`. Exit code 1 if fewer tests pass than `EXPECTED` says.
"""

import argparse
import csv
import io
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox
from running_server import RunningServer

MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
UT = "http://www.w3.org/2009/sparql/tests/test-update#"
HT = "http://www.w3.org/2011/http#"
HTS = "http://www.w3.org/2011/http-statusCodes#"
CNT = "http://www.w3.org/2011/content#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
BASE = "https://w3c.github.io/rdf-tests/sparql/sparql11/"

EXPECTED = {"protocol": 34, "store": 13, "description": 3, "query": 320, "update": 157}
"""How many tests of each suite have to pass; the engine changes some literals, which costs it a few of `query`."""

_STATUS = {"Created": {201}, "NoContent": {204}, "OK": {200}, "NotFound": {404}}
_CLASS = re.compile(r"StatusCode(\d)xx")


class Manifest:
    """The triples of one manifest and of those it includes."""

    def __init__(self, root: Path, name: str) -> None:
        self.root = root
        self.store = ox.Store()
        self.tests: list[Any] = []
        self._load(name)

    def _load(self, name: str) -> None:
        base = BASE + name
        self.store.bulk_load(path=str(self.root / name), format=ox.RdfFormat.TURTLE, base_iri=base)
        here = ox.NamedNode(base)
        for included in self.items(self.one(here, MF + "include")):
            self._load(included.value.removeprefix(BASE))
        self.tests += self.items(self.one(here, MF + "entries"))

    def all(self, subject: Any, predicate: str) -> list[Any]:
        """The values of a property."""
        return [quad.object for quad in self.store.quads_for_pattern(subject, ox.NamedNode(predicate), None)]

    def one(self, subject: Any, predicate: str) -> Any:
        """A value of a property, or None."""
        if subject is None:
            return None
        found = self.all(subject, predicate)
        return found[0] if found else None

    def items(self, head: Any) -> Iterator[Any]:
        """The items of a list."""
        while head is not None and head != ox.NamedNode(RDF + "nil"):
            yield self.one(head, RDF + "first")
            head = self.one(head, RDF + "rest")

    def path(self, node: Any) -> Path:
        """The file that an IRI of the suite stands for."""
        return self.root / node.value.removeprefix(BASE)

    def triples(self, node: Any) -> list[ox.Triple]:
        """The triples of a data file, relative IRIs resolved as in the suite."""
        path = self.path(node)
        form = {".ttl": ox.RdfFormat.TURTLE, ".nt": ox.RdfFormat.N_TRIPLES, ".rdf": ox.RdfFormat.RDF_XML}[path.suffix]
        return [quad.triple for quad in ox.parse(path.read_bytes(), form, base_iri=node.value)]


def expect(condition: bool, message: str) -> None:
    """Fail a test of the suite."""
    if not condition:
        raise AssertionError(message)


class Suites:
    """Runs each kind of test."""

    def __init__(self, server: RunningServer, root: Path) -> None:
        self.server, self.root = server, root

    # --- protocol and graph store: requests written out in the manifest ---------------------------
    def requests(self, manifest: Manifest, test: Any) -> None:
        """Run the requests of a protocol or graph store test in order."""
        self.server.update("DROP ALL")
        for data in manifest.all(test, UT + "graphData"):
            self._put(manifest, manifest.one(data, RDFS + "label").value, manifest.one(data, UT + "graph"))
        location = ""
        for request in manifest.items(manifest.one(manifest.one(test, MF + "action"), HT + "requests")):
            response = manifest.one(request, HT + "resp")
            path = self._here(manifest.one(request, HT + "absolutePath").value).replace(
                "$LOCATION$", quote(location, safe="")
            )
            headers = {
                manifest.one(h, HT + "fieldName").value.replace("-", "_"): self._here(
                    manifest.one(h, HT + "fieldValue").value
                )
                for h in manifest.items(manifest.one(request, HT + "headers"))
            }
            body = manifest.one(request, HT + "body")
            text = None
            if body is not None:
                encoding = manifest.one(body, CNT + "characterEncoding")
                text = self._here(manifest.one(body, CNT + "chars").value).encode(
                    encoding.value if encoding else "utf-8"
                )
            method = manifest.one(request, HT + "methodName").value
            reply = self.server.request(method, path, text, token=True, **headers)
            self._check(manifest, response, reply, f"{method} {path}")
            location = reply.headers.get("location", location)

    def _here(self, text: str) -> str:
        """Move a request of the suite to the server."""
        text = text.replace("http%3A%2F%2Fwww.example%2Fgsp", quote(self.server.url + "/data", safe=""))
        text = text.replace("http://www.example/gsp", self.server.url + "/data")
        return re.sub(r"^/gsp", "/data", text)

    def _check(self, manifest: Manifest, response: Any, reply: Any, what: str) -> None:
        allowed: set[int] = set()
        for status in manifest.all(response, MF + "expectedStatus"):
            name = status.value.removeprefix(HTS)
            ranged = _CLASS.match(name)
            allowed |= set(range(int(ranged[1]) * 100, int(ranged[1]) * 100 + 100)) if ranged else _STATUS[name]
        expect(
            reply.status in allowed,
            f"{what}: {reply.status}, not in {min(allowed)}..{max(allowed)}: {reply.body[:200]!r}",
        )
        wanted = manifest.one(response, MF + "expectedFormat")
        media = reply.headers.get("content-type", "").partition(";")[0]
        if wanted is not None:
            tables = {
                "application/sparql-results+json",
                "application/sparql-results+xml",
                "text/csv",
                "text/tab-separated-values",
            }
            graphs = {"text/turtle", "application/rdf+xml", "application/n-triples", "application/ld+json"}
            expect(media in (graphs if wanted.value == "RDF" else tables), f"{what}: {media} is not {wanted.value}")
        truth = manifest.one(response, MF + "expectedBoolean")
        if truth is not None:
            expect(reply.json()["boolean"] == (truth.value == "true"), f"{what}: not {truth.value}")
        if manifest.one(response, MF + "expectedLocation") is not None:
            expect("location" in reply.headers, f"{what}: no Location")
        body = manifest.one(response, HT + "body")
        if body is not None:
            text = self._here(manifest.one(body, CNT + "chars").value)
            same_graph(
                [q.triple for q in ox.parse(reply.body, ox.RdfFormat.TURTLE)],
                [q.triple for q in ox.parse(text.encode(), ox.RdfFormat.TURTLE)],
                what,
            )

    # --- service description ---------------------------------------------------------------------
    def description(self, manifest: Manifest, test: Any) -> None:
        """Check the service description."""
        reply = self.server.request("GET", "/sparql", accept="application/n-triples")
        expect(reply.status == 200, str(reply.status))
        triples = [quad.triple for quad in ox.parse(reply.body, ox.RdfFormat.N_TRIPLES)]
        sd = "http://www.w3.org/ns/sparql-service-description#"
        services = [
            t.subject for t in triples if t.predicate.value == RDF + "type" and t.object == ox.NamedNode(sd + "Service")
        ]
        expect(bool(triples) and len(services) == 1, "no sd:Service")
        if test.value.endswith("has-endpoint-triple"):
            endpoint = ox.Triple(services[0], ox.NamedNode(sd + "endpoint"), ox.NamedNode(self.server.url + "/sparql"))
            expect(endpoint in triples, "no matching sd:endpoint")
        known = {t.predicate.value for t in triples if t.predicate.value.startswith(sd)}
        allowed = {
            "endpoint",
            "supportedLanguage",
            "defaultDataset",
            "defaultEntailmentRegime",
            "defaultGraph",
            "feature",
        }
        allowed |= {"resultFormat", "inputFormat", "namedGraph", "name", "graph", "extensionFunction"}
        expect(known <= {sd + name for name in allowed}, f"not in the vocabulary: {known}")

    # --- query and update ------------------------------------------------------------------------
    def query(self, manifest: Manifest, test: Any) -> None:
        """Run a query test, evaluation or syntax."""
        kinds = {node.value.removeprefix(MF) for node in manifest.all(test, RDF + "type")}
        action = manifest.one(test, MF + "action")
        if any("Syntax" in kind for kind in kinds):
            reply = self.server.query(f"BASE <{action.value}> " + manifest.path(action).read_text(), accept="*/*")
            good = any(kind.startswith("Positive") for kind in kinds)
            expect((reply.status == 200) == good, f"{reply.status} {reply.body[:200]!r}")
            return
        self.server.update("DROP ALL")
        for data in manifest.all(action, QT + "data"):
            self._put(manifest, None, data)
        for data in manifest.all(action, QT + "graphData"):
            self._put(manifest, data.value, data)
        query = manifest.one(action, QT + "query")
        result = manifest.one(test, MF + "result")
        text = f"BASE <{query.value}> " + manifest.path(query).read_text()
        suffix = manifest.path(result).suffix
        accept = {
            ".csv": "text/csv",
            ".tsv": "text/tab-separated-values",
            ".srx": "application/sparql-results+xml",
        }.get(suffix, "*/*")
        if re.search(r"\b(CONSTRUCT|DESCRIBE)\b", text):
            accept = "application/n-triples"
        reply = self.server.query(text, accept=accept)
        expect(reply.status == 200, f"{reply.status} {reply.body[:200]!r}")
        self._compare(manifest, result, reply)

    def _compare(self, manifest: Manifest, result: Any, reply: Any) -> None:
        path, media = manifest.path(result), reply.headers["content-type"].partition(";")[0]
        if path.suffix == ".csv":
            same_rows(table(reply.body.decode()), table(path.read_text()))
        elif media == "application/n-triples":
            same_graph(
                [q.triple for q in ox.parse(reply.body, ox.RdfFormat.N_TRIPLES)], manifest.triples(result), "graph"
            )
        else:
            form = ox.QueryResultsFormat.from_media_type(media)
            got = ox.parse_query_results(reply.body, form)
            if path.suffix in {".ttl", ".rdf"}:
                want = described(manifest.triples(result))
            else:
                want = solutions(
                    ox.parse_query_results(path.read_bytes(), ox.QueryResultsFormat.from_extension(path.suffix[1:]))
                )
            have = solutions(got)
            expect((have is None) == (want is None), "boolean against table")
            if isinstance(have, bool) or isinstance(want, bool):
                expect(have == want, f"{have}, not {want}")
            else:
                same_graph(have, want, "solutions")

    def update(self, manifest: Manifest, test: Any) -> None:
        """Run an update test, evaluation or syntax."""
        kinds = {node.value.removeprefix(MF) for node in manifest.all(test, RDF + "type")}
        action = manifest.one(test, MF + "action")
        self.server.update("DROP ALL")
        if any("Syntax" in kind for kind in kinds):
            reply = self.server.update(f"BASE <{action.value}> " + manifest.path(action).read_text())
            good = any(kind.startswith("Positive") for kind in kinds)
            refused = reply.status == 400
            # What parses may still be refused, because its graph is missing or because it would go out.
            expect(refused != good, f"{reply.status} {reply.body[:200]!r}")
            return
        for data in manifest.all(action, UT + "data"):
            self._put(manifest, None, data)
        for data in manifest.all(action, UT + "graphData"):
            self._put(manifest, manifest.one(data, RDFS + "label").value, manifest.one(data, UT + "graph"))
        request = manifest.one(action, UT + "request")
        reply = self.server.update(f"BASE <{request.value}> " + manifest.path(request).read_text())
        expect(reply.status in {200, 204}, f"{reply.status} {reply.body[:200]!r}")
        result = manifest.one(test, MF + "result")
        want = [
            ox.Quad(t.subject, t.predicate, t.object)
            for d in manifest.all(result, UT + "data")
            for t in manifest.triples(d)
        ]
        for data in manifest.all(result, UT + "graphData"):
            graph = ox.NamedNode(manifest.one(data, RDFS + "label").value)
            want += [
                ox.Quad(t.subject, t.predicate, t.object, graph)
                for t in manifest.triples(manifest.one(data, UT + "graph"))
            ]
        have = self.server.request("GET", "/data", accept="application/n-quads")
        same(valued(ox.parse(have.body, ox.RdfFormat.N_QUADS)), valued(want), "dataset")

    def _put(self, manifest: Manifest, graph: str | None, data: Any) -> None:
        text = ox.serialize(manifest.triples(data), format=ox.RdfFormat.N_TRIPLES)
        reply = self.server.request(
            "POST", "/data?default" if graph is None else f"/data?graph={quote(graph, safe='')}", text,
            token=True, content_type="application/n-triples",
        )  # fmt: skip
        expect(reply.status in {201, 204}, f"data: {reply.status} {reply.body[:200]!r}")


def solutions(results: Any) -> Any:
    """Solutions as triples, one blank node each, so that comparing graphs compares multisets of rows."""
    if isinstance(results, ox.QueryBoolean):
        return bool(results)
    triples = []
    variables = [variable.value for variable in results.variables]
    for row in results:
        node = ox.BlankNode()
        triples.append(ox.Triple(node, ox.NamedNode(RDF + "type"), ox.NamedNode(RS + "Row")))
        for name in variables:
            if row[name] is not None:
                triples.append(ox.Triple(node, ox.NamedNode(f"urn:variable:{name}"), row[name]))
    return triples


def described(triples: list[ox.Triple]) -> Any:
    """Solutions that a file describes in the result set vocabulary."""
    store = ox.Store()
    store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in triples)
    for row in store.query(f"SELECT ?b {{ ?s <{RS}boolean> ?b }}"):
        return row["b"].value == "true"
    found = []
    for row in store.query(f"SELECT ?row {{ ?s <{RS}solution> ?row }}"):
        found.append(ox.Triple(row["row"], ox.NamedNode(RDF + "type"), ox.NamedNode(RS + "Row")))
    for row in store.query(
        f"SELECT ?r ?n ?v {{ ?s <{RS}solution> ?r . ?r <{RS}binding> [ <{RS}variable> ?n ; <{RS}value> ?v ] }}"
    ):
        found.append(ox.Triple(row["r"], ox.NamedNode(f"urn:variable:{row['n'].value}"), row["v"]))
    return found


def valued(quads: Iterable[ox.Quad]) -> ox.Dataset:
    """A dataset whose literals are written the one way that the engine writes their value."""
    store = ox.Store()
    store.extend(quads)
    return ox.Dataset(store)


def same_graph(have: list[ox.Triple], want: list[ox.Triple], what: str) -> None:
    """Compare two graphs up to the names of blank nodes."""
    same(*(valued(ox.Quad(t.subject, t.predicate, t.object) for t in triples) for triples in (have, want)), what)


def same(have: ox.Dataset, want: ox.Dataset, what: str) -> None:
    """Compare two datasets up to the names of blank nodes."""
    for dataset in (have, want):
        dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    expect(have == want, f"{what}: have {sorted(map(str, have))[:6]} want {sorted(map(str, want))[:6]}")


def table(text: str) -> list[list[str]]:
    """Rows of a CSV result, columns by name; a blank node is whatever it is called."""
    rows = [[re.sub(r"^_:.*", "_:", cell) for cell in row] for row in csv.reader(io.StringIO(text)) if row]
    order = sorted(range(len(rows[0])), key=lambda column: rows[0][column])
    return [[row[column] for column in order] for row in rows]


def same_rows(have: list[list[str]], want: list[list[str]]) -> None:
    """Compare two CSV tables."""
    expect(have[0] == want[0] and sorted(have) == sorted(want), f"have {have[:4]} want {want[:4]}")


def main(arguments: list[str] | None = None) -> int:
    """Run the suites and say how many tests passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="sparql/sparql11 of a checkout of w3c/rdf-tests")
    parser.add_argument("--only", choices=EXPECTED)
    parser.add_argument("--verbose", action="store_true")
    given = parser.parse_args(arguments)
    code = 0
    with RunningServer("--allow-host", "www.example") as server:
        suites = Suites(server, given.folder)
        plans = {
            "protocol": (["protocol/manifest.ttl"], suites.requests),
            "store": (
                ["graph-store-protocol/manifest-direct.ttl", "graph-store-protocol/manifest-indirect.ttl"],
                suites.requests,
            ),
            "description": (["service-description/manifest.ttl"], suites.description),
            "query": (
                ["manifest-sparql11-query.ttl", "csv-tsv-res/manifest.ttl", "json-res/manifest.ttl"],
                suites.query,
            ),
            "update": (["manifest-sparql11-update.ttl"], suites.update),
        }
        for name, (manifests, run) in plans.items():
            if given.only in {None, name}:
                passed = total = 0
                for manifest in (Manifest(given.folder, path) for path in manifests):
                    for test in manifest.tests:
                        total += 1
                        try:
                            run(manifest, test)
                            passed += 1
                        except Exception as error:
                            if given.verbose:
                                print(f"  {test.value.removeprefix(BASE)}: {type(error).__name__}: {error}")
                print(f"{name}: {passed} of {total} pass (at least {EXPECTED[name]} expected)")
                code |= passed < EXPECTED[name] or not total
    return code


if __name__ == "__main__":
    sys.exit(main())
