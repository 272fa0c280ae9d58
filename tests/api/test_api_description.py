"""The API description: every operation in it answers as it says, whatever is sent."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from visitor import Site

INVENTORY = b"id,name,kind,client_country,core\nA1,Night desk,24-hour call center,GB,no\n"
HOSTILE = st.sampled_from(
    ["", "'", '"', "<script>alert(1)</script>", "../../etc/passwd", "{}", "\x00", "\r\nx: y", "%00", "9" * 400, "PH,PH"]
)
_KNOWN: dict[str, Any] = {}


def described(site: Site) -> dict[str, Any]:
    """Return the description, read once."""
    if not _KNOWN:
        _KNOWN.update(site.json("/openapi.json"))
    return _KNOWN


def operations(site: Site) -> list[tuple[str, str, dict[str, Any]]]:
    """Return path, method and description of every operation."""
    return [
        (path, method, operation)
        for path, methods in described(site)["paths"].items()
        for method, operation in methods.items()
    ]


def example(parameter: dict[str, Any]) -> Any:
    """Return the example of a parameter as it stands in an address."""
    value = parameter.get("example")
    return str(value).lower() if isinstance(value, bool) else value


def call(
    site: Site, path: str, method: str, values: dict[str, Any], accept: str | None, body: bytes, media: str
) -> Any:
    """Send one request, path parameters put into the path."""

    for name in [name for name in values if f"{{{name}}}" in path]:
        path = path.replace(f"{{{name}}}", quote(str(values.pop(name)), safe="/"))
    if method == "post":
        return site.post(path, body, media, accept or "application/json", **values)
    return site.get(path, accept=accept, **values)


def hold_to_description(site: Site, path: str, method: str, operation: dict[str, Any], reply: Any) -> None:
    """Assert that an answer has a status, a type and a shape that the description names."""
    where = (method, path, reply.status, reply.body[:300])
    assert reply.status < 500, where
    told = operation["responses"].get(str(reply.status))
    assert told is not None, where
    if "$ref" in told:
        told = described(site)["components"]["responses"][told["$ref"].rpartition("/")[2]]
    media = reply.headers["content-type"].partition(";")[0]
    assert media in told["content"], where
    schema = told["content"][media].get("schema")
    if schema and media.endswith("json"):
        whole = {**schema, "components": described(site)["components"]}
        errors = list(Draft202012Validator(whole).iter_errors(json.loads(reply.body)))
        assert not errors, (where, errors[:2])


def test_the_description_is_openapi_3_1_and_names_every_route(site: Site) -> None:
    """The description holds its own parts, unique operation names, and the verbs and questions of the product."""
    document = described(site)
    assert document["openapi"] == "3.1.0"
    names = [operation["operationId"] for _, _, operation in operations(site)]
    assert len(names) == len(set(names)) > 90
    for verb in ("/assess", "/explain", "/why-not", "/flips", "/what-if"):
        assert set(document["paths"][verb]) == {"get", "post"}
    assert {"/", "/ontology", "/id/{path}", "/.well-known/void", "/questions/suits", "/docs"} <= set(document["paths"])
    for _, _, operation in operations(site):
        for parameter in operation["parameters"]:
            Draft202012Validator.check_schema(parameter["schema"])
            if "example" in parameter:
                assert Draft202012Validator(parameter["schema"]).is_valid(parameter["example"]), parameter


def test_every_operation_answers_as_described(site: Site) -> None:
    """With the examples of the description, each operation gives 200 in each of its formats, in the described shape."""
    asked = 0
    for path, method, operation in operations(site):
        values = {p["name"]: example(p) for p in operation["parameters"] if "example" in p and p["required"]}
        if method == "post" and "process" in values:
            values["process"] = "A1"
        media = operation["responses"]["200"]["content"]
        formats = list(media) if asked < 40 or not path.startswith("/questions/") else list(media)[:1]
        for accept in formats:
            reply = call(site, path, method, dict(values), accept, INVENTORY, "text/csv")
            assert reply.status == 200, (path, accept, reply.body[:300])
            assert reply.headers["content-type"].partition(";")[0] == accept
            hold_to_description(site, path, method, operation, reply)
            asked += 1
    assert asked > 140


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_sent_is_answered_as_described(site: Site, data: st.DataObject) -> None:
    """Parameters missing, repeated, of a wrong type or hostile bring no fault, and no answer that is not described."""
    path, method, operation = data.draw(st.sampled_from(operations(site)))
    values: dict[str, Any] = {}
    for parameter in operation["parameters"]:
        kept = [example(parameter)] if parameter.get("example") is not None else []
        text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
        choices = [*map(st.just, kept * 3), HOSTILE, text, st.lists(text, min_size=2, max_size=2)]
        if parameter["in"] == "path" or data.draw(st.booleans()) or parameter["required"]:
            value = data.draw(st.one_of(choices))
            usable = isinstance(value, str) and value.strip("./") and not {"\x00", "\n"} & set(value)
            values[parameter["name"]] = value if parameter["in"] != "path" or usable else example(parameter)
    body, media = data.draw(
        st.sampled_from(
            [
                (INVENTORY, "text/csv"),
                (b"", "text/csv"),
                (b"\xff\xfe\x00", "text/csv"),
                (b"PK\x03\x04junk", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
                (b"<x", "application/xml"),
                (b"inventory=name%0AA", "application/x-www-form-urlencoded"),
                (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x"),
                (b"{}", "application/json"),
            ]
        )
    )
    reply = call(site, path, method, values, data.draw(st.sampled_from([None, "text/html", "*/*"])), body, media)
    hold_to_description(site, path, method, operation, reply)


@pytest.mark.parametrize("path", ["/", "/questions", "/questions/suits", "/id/process/payroll", "/assets/pages.css"])
def test_other_methods_are_refused_with_the_possible_ones(site: Site, path: str) -> None:
    """DELETE and PUT are answered 405 with Allow; HEAD gives the headers of GET without its body."""
    for method in ("DELETE", "PUT", "PATCH"):
        reply = site.server.request(method, path)
        assert reply.status == 405
        assert "GET" in reply.headers["allow"]
    head = site.server.request("HEAD", path)
    assert head.body == b""
    assert head.status == site.get(path).status
