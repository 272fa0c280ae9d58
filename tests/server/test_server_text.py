"""What the server reads of SPARQL text, Accept headers and flags before anything else happens."""

import argparse
import random
from urllib.parse import unquote_to_bytes

import pytest

from bpo_kg.shells.server import FLAGS, ServerOptions, add_flags, flag_table, options_from
from bpo_kg.shells.server.grammar import Call, check_shape, is_steady, outward_calls, tokens
from bpo_kg.shells.server.http import Problem, _unquoted
from bpo_kg.shells.server.responses import Response, head_bytes


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT ?service WHERE { ex:SERVICE ?p 'LOAD' } # SERVICE", []),
        ('SELECT * WHERE { ?s ?p """SERVICE <u>\n"LOAD" """ }', []),
        ("SELECT * WHERE { <http://x/SERVICE#LOAD> ?p ?o }", []),
        ("SELECT * WHERE { ?s ?p 'it''s' . SERVICE <urn:u> {} }", [Call("SERVICE", False, "urn:u")]),
        ("SERVICE SILENT ex:p {} service ?x {}", [Call("SERVICE", True, None), Call("SERVICE", False, None)]),
        (
            "LOAD silent <urn:u> ; load <urn:v> into graph <urn:w>",
            [Call("LOAD", True, "urn:u"), Call("LOAD", False, "urn:v")],
        ),
    ],
)
def test_calls_are_found_where_they_are_code_and_not_where_they_are_text(text: str, words: list[Call]) -> None:
    """Variables, names, strings, IRIs and comments that look like a call are none."""
    assert outward_calls(text) == words


def test_tokens_cover_the_text_without_gaps() -> None:
    """Whatever the text, tokens are in order and leave out nothing but space and comments."""
    chance = random.Random(7)
    alphabet = [*"<>\"'{}()[]?$:;.,#@^|!+-*/=&\\ \n\tabP1_é", '"""', "'''", "\\u0041", "#x\n", "<urn:a>"]
    for _ in range(500):
        text = "".join(chance.choices(alphabet, k=60))
        end = 0
        for token in tokens(text):
            assert text[token.start : token.end] == token.text
            between = text[end : token.start]
            assert all(not line.strip() or line.strip().startswith("#") for line in between.splitlines())
            end = token.end


def test_data_full_of_signs_and_datatypes_is_no_chain_of_operators() -> None:
    """Ten thousand negative numbers and typed literals pass; as many additions do not."""
    check_shape(
        "INSERT DATA { " + '<urn:a> <urn:b> -1 , +2.5 , "3"^^<urn:t> , "x"@en-GB . ' * 10_000 + "}", nesting=200
    )
    with pytest.raises(Problem, match="operators"):
        check_shape("SELECT (1 " + "+1" * 10_000 + " AS ?x) {}", nesting=200)


@pytest.mark.parametrize(
    ("text", "steady"),
    [
        ("SELECT (now() AS ?x) {}", False),
        ("SELECT (RAND () AS ?x) {}", False),
        ("SELECT ?x { BIND(StrUUID() AS ?x) }", False),
        ("SELECT ?knowledge ?brand { ?brand a <urn:now> }", False),
        ("SELECT ?knowledge ?brand { ?brand ?is ?knowledge }", True),
        ("ASK {}", True),
    ],
)
def test_only_steady_answers_may_be_remembered(text: str, steady: bool) -> None:
    """A text that names chance or time is taken as unsteady, rather once too often than once too few."""
    assert is_steady(text) is steady


def test_percent_decoding_is_that_of_the_standard_library() -> None:
    """The fast decoder differs from the standard one on no input, however broken."""
    chance = random.Random(3)
    parts = [
        b"%",
        b"=",
        b"a",
        b"4",
        b"F",
        b" ",
        b"\t",
        b"_",
        b"%20",
        b"%0A",
        b"%3D",
        b".",
        b"\n",
        b"\r",
        b"%ff",
        b"%zz",
        b"=\n",
    ]
    for _ in range(20_000):
        text = b"".join(chance.choices(parts, k=chance.randint(0, 12)))
        assert _unquoted(text) == unquote_to_bytes(text)


def test_a_header_value_cannot_end_its_line() -> None:
    """Line ends and characters beyond ASCII are percent-encoded; a broken name is a fault of the program."""
    head = head_bytes(Response(headers=(("location", "http://x/\r\nset-cookie: a=b\u2028"),)), length=0)
    assert b"location: http://x/%0D%0Aset-cookie: a=b%2028\r\n" in head
    assert head.count(b"\r\n\r\n") == 1
    with pytest.raises(ValueError, match="header name"):
        head_bytes(Response(headers=(("bad name\r\n", "x"),)), length=0)


def flags(*words: str, **environment: str) -> ServerOptions:
    """Options from a command line and an environment."""
    parser = argparse.ArgumentParser()
    add_flags(parser)
    return options_from(parser.parse_args(words), environment)


GIVEN = {
    "host": ("0.0.0.0", "0.0.0.0"),
    "port": ("8080", 8080),
    "write-token": ("secret", "secret"),
    "timeout": ("2.5", 2.5),
    "memory": ("64", 64),
    "max-rows": ("10", 10),
    "workers": ("2", 2),
    "max-connections": ("9", 9),
    "allow-host": ("kg.example.org", ("kg.example.org",)),
    "allow-remote": ("http://kg.example.org/sparql", ("http://kg.example.org/sparql",)),
}


@pytest.mark.parametrize("flag", [flag.name.lstrip("-") for flag in FLAGS])
def test_each_flag_sets_its_option_and_so_does_its_variable(flag: str) -> None:
    """A flag beats its environment variable, which beats the default."""
    field = flag.replace("-", "_")
    variable = "BPO_KG_" + field.upper()
    default = getattr(ServerOptions(), field)
    if isinstance(default, bool):
        assert getattr(flags(f"--{flag}"), field) is True
        assert getattr(flags(**{variable: "yes"}), field) is True
        assert getattr(flags(**{variable: "no"}), field) is False
        return
    text, value = GIVEN.get(flag, ("/tmp/x", None))
    if value is None:
        value = type(default)() if isinstance(default, tuple) else None
        given = getattr(flags(f"--{flag}", text), field)
        assert str(given[0] if isinstance(given, tuple) else given) == text
        return
    assert value != default
    assert getattr(flags(f"--{flag}", text), field) == value
    assert getattr(flags(**{variable: text}), field) == value
    assert getattr(flags(), field) == default


def test_the_table_of_flags_has_each_of_them_once() -> None:
    """Name, variable, default and meaning stand in one line."""
    lines = flag_table().splitlines()[2:]
    assert [line.split("`")[1] for line in lines] == [flag.name for flag in FLAGS]
    assert "| `--timeout` | `BPO_KG_TIMEOUT` | 5.0 | seconds per request |" in lines


@pytest.mark.parametrize(
    ("words", "environment", "message"),
    [
        (("--timeout", "0"), {}, "--timeout must be above 0"),
        (("--memory", "-5"), {}, "--memory must be above 0"),
        (("--port", "70000"), {}, "--port must be between 0 and 65535"),
        ((), {"BPO_KG_PORT": "http"}, "BPO_KG_PORT='http' is not a int"),
    ],
)
def test_a_flag_that_makes_no_sense_is_refused_by_name(
    words: tuple[str, ...], environment: dict[str, str], message: str
) -> None:
    """The message names the flag or the variable."""
    with pytest.raises(ValueError, match="(?i)" + message.replace("'", ".")):
        flags(*words, **environment)


def test_a_port_that_is_taken_is_said_so() -> None:
    """The server exits with 2 and one line in the log."""
    import socket

    from running_server import RunningServer

    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(RuntimeError, match="Address already in use"):
        RunningServer("--port", str(taken.getsockname()[1]))
