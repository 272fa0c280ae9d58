"""The page on reasons shows what the commands and the Python calls on it really give."""

import doctest
import re
import shlex

import pytest
from example_files import ROOT

from bpo_kg.shells.cli import main

PAGE = (ROOT / "examples" / "explaining.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.strip().splitlines()]
SHOWN = [line for block in re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL) for line in block.rstrip().splitlines()]


def test_every_command_on_the_page_runs_and_every_line_shown_is_written(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No line of output on the page is made up."""
    monkeypatch.chdir(ROOT)
    assert len(COMMANDS) >= 8
    written: set[str] = set()
    for command in COMMANDS:
        program, *arguments = shlex.split(command)
        assert program == "bpo-kg"
        assert main(arguments) == 0, command
        written |= set(capsys.readouterr().out.splitlines())
    assert [line for line in SHOWN if line not in written] == []


def test_the_python_on_the_page_gives_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """The session can be typed in as it stands."""
    monkeypatch.chdir(ROOT)
    session = "\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
    test = doctest.DocTestParser().get_doctest(session, {}, "explaining.md", None, 0)
    assert len(test.examples) > 8
    assert doctest.DocTestRunner().run(test).failed == 0


def test_every_key_of_a_scenario_is_on_the_page_and_no_other() -> None:
    """The page and the reader of scenarios cannot drift apart."""
    from bpo_kg.scenarios import _KEYS

    told = set(re.findall(r"`\[?\[?(\w+)\]?\]?`", PAGE.split("| key | value |")[1].split("\n\n")[0]))
    assert set(_KEYS) - {"description"} <= told
