"""One declaration per operation: the route, its reading of parameters and its entry in the API description.

Because the three come from the same value, the description cannot name what the server does not do.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bpo_kg.shells.pages.language import LANGUAGES, preferred
from bpo_kg.shells.pages.parameters import Parameter, Values, read
from bpo_kg.shells.server import Request, Response
from bpo_kg.shells.server.negotiation import Offer, choose

JSON = Offer("application/json", ("text/json", "json"))
HTML = Offer("text/html", ("application/xhtml+xml", "html"))
CSV = Offer("text/csv", ("csv",))
PLAIN = Offer("text/plain", ("txt",))
LANG = Parameter(
    "lang",
    {"en": "language of names and sentences; else by Accept-Language", "id": "bahasa nama dan kalimat"},
    choices=LANGUAGES,
)
_SHORT = {"text/turtle": "ttl", "application/n-triples": "nt", "application/rdf+xml": "rdfxml"}
VARY = ("vary", "accept, accept-language")


@dataclass(frozen=True, slots=True)
class Visit:
    """One request as an operation sees it: parameters read, language and format chosen."""

    request: Request
    values: Values
    lang: str
    offer: Offer

    def one(self, name: str) -> str | None:
        """Return the value of a parameter, None if there is none."""
        found = self.values.get(name)
        return found[0] if found else None

    def many(self, name: str) -> list[str]:
        """Return the values of a parameter that may be repeated or hold a comma-separated list."""
        return [piece.strip() for value in self.values.get(name, ()) for piece in value.split(",") if piece.strip()]

    def number(self, name: str) -> int:
        """Return the value of an integer parameter with a default."""
        return int(self.values[name][0])

    def answer(self, body: bytes | str, *headers: tuple[str, str], cache: bool = True) -> Response:
        """Return a response in the chosen format."""
        content = body.encode() if isinstance(body, str) else body
        spoken = ("content-language", self.lang)
        page = self.offer is HTML
        return Response(content, self.offer.content_type, headers=(VARY, spoken, *headers), cache=cache, page=page)


@dataclass(frozen=True, slots=True)
class Operation:
    """What can be asked at one path with one method.

    Attributes:
        name: unique; the `operationId` of the description.
        answer: answers a visit; called in a worker.
        offers: formats, the favourite first.
        schemas: JSON Schema of the answer by media type, for the formats that have one.
        body: media types that a POST takes.
        form: answers a browser that gave no value for a required parameter.
    """

    path: str
    name: str
    group: str
    text: Mapping[str, str]
    answer: Callable[[Visit], Response]
    parameters: tuple[Parameter, ...] = ()
    offers: tuple[Offer, ...] = (JSON,)
    schemas: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    method: str = "GET"
    body: tuple[str, ...] = ()
    form: Callable[[Visit], Response] | None = None
    lang: str = "en"
    timeout: float | None = None
    max_body: int = 1 << 20

    @property
    def declared(self) -> tuple[Parameter, ...]:
        """Every parameter, the two that all operations share included."""
        names = tuple(short_name(offer) for offer in self.offers)
        form = Parameter(
            "format", {"en": "format; else by Accept", "id": "format; jika kosong menurut Accept"}, choices=names
        )
        return (*self.parameters, LANG, form)

    def offer(self, request: Request) -> Offer:
        """Return the format that a request wants: `?format` first, then Accept.

        Raises:
            Problem: 406 naming what can be had.
        """
        wanted = [value for name, value in request.parameters if name == "format"]
        chosen = next((offer for offer in self.offers if [short_name(offer)] == wanted), None)
        return chosen or choose(request.header("accept"), self.offers)

    def language(self, request: Request) -> str:
        """Return the language that a request wants: `?lang` first, then Accept-Language."""
        wanted = [value for name, value in request.parameters if name == "lang"]
        if len(wanted) == 1 and wanted[0] in LANGUAGES:
            return wanted[0]
        return preferred(request.header("accept-language"), self.lang)

    def values(self, request: Request) -> Values:
        """Return the values of the parameters, those of the path included.

        Raises:
            Problem: 400 for one that is unknown, repeated or of the wrong type.
        """
        path = {p.name: (request.variables[p.name],) for p in self.parameters if p.where == "path"}
        for parameter in self.parameters:
            if parameter.name in path:
                parameter.check(path[parameter.name][0])
        asked = [parameter for parameter in self.declared if parameter.where == "query"]
        return {**read(request.parameters, asked, lenient=self.offer(request) is HTML), **path}


def short_name(offer: Offer) -> str:
    """Return what `?format` calls a format: the name that the command line has for it."""
    return _SHORT.get(offer.media, offer.aliases[-1])
