"""The README tells the truth: its commands run, its output is real, its paths exist."""

import doctest
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from example_files import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(mark: str) -> list[tuple[str, str]]:
    """Return (what the mark says, block) for each fenced block behind a mark."""
    pattern = rf"<!-- {mark}:? ?([^>]*?) ?-->\n```[a-z]*\n(.*?)```"
    return re.findall(pattern, README, re.DOTALL)


def bpo_kg(command: str) -> subprocess.CompletedProcess[str]:
    arguments = shlex.split(command)[1:]
    return subprocess.run(
        [sys.executable, "-m", "bpo_kg.shells.cli", *arguments], capture_output=True, text=True, cwd=ROOT, check=False
    )


def test_shown_output_is_what_the_command_prints() -> None:
    """The table in the README is the table a newcomer gets."""
    found = blocks("output")
    assert found
    for command, shown in found:
        assert bpo_kg(command).stdout == shown


COMMANDS = [
    command
    for _, block in blocks("run")
    for command in re.findall(r"^bpo-kg .*?(?=^bpo-kg |\Z)", block, re.DOTALL | re.MULTILINE)
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_runs(command: str) -> None:
    """Each command of the README answers something and exits 0."""
    done = bpo_kg(command)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) > 2


def test_there_are_commands() -> None:
    """The marks above are found."""
    assert len(COMMANDS) >= 5
    assert [name for name, _ in blocks("command")] == ["main-job", "tests"]


def test_the_python_example_is_true(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python lines give what they show."""
    monkeypatch.chdir(ROOT)
    found = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert (found.failed, found.attempted > 5) == (0, True)


def test_paths_exist() -> None:
    """Files and folders that the README names are there."""
    for path in re.findall(r"(?:examples|ontology|queries|tests|\.ci)/[\w./-]*", README):
        assert Path(ROOT / path).exists(), path


def test_the_table_of_server_flags_is_the_real_one() -> None:
    """Flags, environment variables and defaults are documented once and cannot go stale."""
    from bpo_kg.shells.server.options import flag_table

    shown = README.split("<!-- flags -->\n", 1)[1]
    assert shown.startswith(flag_table().strip())
