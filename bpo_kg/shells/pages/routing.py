"""Turn operations into the server's routes: one per path, with refusals as a page for whoever reads pages."""

from collections.abc import Mapping, Sequence

from bpo_kg.errors import BpoKgError
from bpo_kg.shells.pages.markup import tag
from bpo_kg.shells.pages.operation import HTML, Operation, Visit
from bpo_kg.shells.pages.page import here, page
from bpo_kg.shells.pages.parameters import missing
from bpo_kg.shells.pages.texts import say
from bpo_kg.shells.server import Problem, Request, Response, Route


def routes_of(operations: Sequence[Operation]) -> tuple[Route, ...]:
    """Return one route per path, whichever methods it has."""
    paths: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method] = operation
    return tuple(_route(path, by_method) for path, by_method in paths.items())


def _route(path: str, by_method: Mapping[str, Operation]) -> Route:
    members = by_method.values()
    return Route(
        path,
        lambda request: run(by_method[request.method], request),
        methods=tuple(by_method),
        timeout=max((m.timeout for m in members if m.timeout is not None), default=None),
        max_body=max(m.max_body for m in members),
    )


def run(operation: Operation, request: Request) -> Response:
    """Answer a request; a browser gets refusals as a page of the same status.

    Raises:
        Problem, BpoKgError: the refusal, for whoever reads no pages.
    """
    offer, lang = operation.offer(request), operation.language(request)
    try:
        visit = Visit(request, operation.values(request), lang, offer)
        lacking = missing(visit.values, operation.parameters)
        if lacking is None:
            return operation.answer(visit)
        if offer is HTML and operation.form is not None:
            return operation.form(visit)
        raise Problem(400, lacking)
    except Problem as problem:
        if offer is not HTML:
            raise
        return _refusal(request, lang, problem.status, problem.detail)
    except BpoKgError as error:
        if offer is not HTML:
            raise
        return _refusal(request, lang, error.http_status, str(error))


def _refusal(request: Request, lang: str, status: int, detail: str) -> Response:
    visit = Visit(request, {}, lang, HTML)
    notice = tag("p", detail, class_="notice", role="alert")
    back = tag("p", tag("a", say("refused.home", lang), href=here("/", lang)))
    response = page(visit, say("refused.title", lang), notice, back, cache=False)
    response.status = status
    return response
