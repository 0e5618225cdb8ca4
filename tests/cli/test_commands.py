"""The command line: help, versions, exit codes, and words instead of tracebacks."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError

from tests.cli.commands import run
from yidi import __version__
from yidi.broker import BrokerError
from yidi.chain.errors import NoAnswer, NoChain
from yidi.cli import main
from yidi.cli.main import COMMANDS
from yidi.contract.topics import plan
from yidi.runtime.stops import TopicsDiffer
from yidi.world.examples import encounter_files

BILL = str(encounter_files()[0])
NEEDS_A_CHAIN = {
    "submit": [BILL],
    "trace": ["some-id"],
    "explain": ["some-id"],
    "query": ["some-id"],
    "reverse": ["some-id"],
    "load": [],
    "audit": [],
    "replay": ["some-id"],
    "file": ["some-id", "--place", "310100", "--begin", "2026-01-01"],
}


def test_help_names_every_command() -> None:
    """`yidi` alone and `yidi --help` list every command with a word on it."""
    told = run("--help")
    assert told.code == 0
    assert all(name in told.out and words in told.out for name, words in COMMANDS.items())
    alone = run()
    assert (alone.code, alone.out) == (2, "")
    assert set(alone.err.split()) == set(told.out.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_helps_with_an_example(name: str) -> None:
    """Each command's help has an example of itself, and none of the shell's completion."""
    told = run(name, "--help")
    assert told.code == 0, told.err
    a_group = "Commands:" in told.out  # whose commands have the examples
    assert a_group or f"yidi {name}" in told.out.partition("Example:")[2]
    assert "completion" not in told.out


@pytest.mark.parametrize(
    "name",
    list(COMMANDS),
)
def test_shown_examples_of_files_exist(name: str) -> None:
    """A file that a help text names is there."""
    words = run(name, "--help").out.split()
    root = Path(encounter_files()[0]).parents[2]
    assert [word for word in words if word.startswith("examples/") and not list(root.glob(word))] == []


def test_version() -> None:
    """The version is the package's."""
    assert run("--version").out == f"yidi {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["--nonsense"],
        ["submit"],
        ["trace"],
        ["up", "--port", "99999"],
        ["up", "--persons", "-1"],
        ["up", "--persons", "99999999"],
        ["up", "--partitions", "0"],
        ["up", "--inbox", "a b"],
        ["up", "--agency", "330100"],
        ["up", "--agency", "330100=a b"],
        ["up", "--hospital", "999900=elsewhere"],
        ["up", "--without", "nobody"],
        ["up", "--answer-deadline", "0"],
        ["load", "--count", "0"],
        ["load", "--rate", "0"],
        ["load", "--failing", "101"],
        ["topics", "--inbox", "a b"],
        ["topics", "--partitions", "0"],
        ["file", "P", "--place", "310100", "--begin", "yesterday"],
        ["file", "P", "--place", "310100", "--begin", "2026-01-01", "--type", "HOLIDAY"],
        ["calculate"],
    ],
    ids=" ".join,
)
def test_bad_use_is_code_2(arguments: list[str], tmp_path: Path) -> None:
    """Wrong use says what is wrong, exits with 2, and starts nothing."""
    told = run(*arguments, **({"data_dir": tmp_path / "data"} if arguments[0] == "up" else {}))
    assert told.code == 2
    assert told.err.strip()
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("name", NEEDS_A_CHAIN)
def test_no_chain_is_code_3(name: str, tmp_path: Path) -> None:
    """Without a chain every command says where it looked and how to start one."""
    told = run(name, *NEEDS_A_CHAIN[name], data_dir=tmp_path)
    assert (told.code, told.out) == (3, "")
    assert "yidi up" in told.err
    assert str(tmp_path) in told.err.replace("\n", "")


@pytest.mark.parametrize("name", ["up", *NEEDS_A_CHAIN])
def test_a_file_is_no_place(name: str, tmp_path: Path) -> None:
    """A data directory that is a file is refused as bad use."""
    file = tmp_path / "file"
    file.touch()
    told = run(name, *NEEDS_A_CHAIN.get(name, []), data_dir=file)
    assert (told.code, "--data-dir" in told.err) == (2, True)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NoChain("No chain.", "Start one."), 3),
        (NoAnswer("No answer.", "Ask again."), 4),
        (BrokerError("No Java."), 3),
        (TopicsDiffer("The topics differ."), 3),
        (KafkaConnectionError("refused"), 3),
        (PermissionError(13, "Permission denied", "/data"), 3),
        (KeyboardInterrupt(), 130),
        (asyncio.CancelledError(), 130),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_failure_has_its_code(monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int) -> None:
    """Whatever is foreseen ends in words and in an exit code that scripts can rely on."""

    def fail() -> None:
        raise error

    monkeypatch.setattr(main, "app", fail)
    told = run()
    assert told.code == code
    assert "Traceback" not in told.err


def test_defects_are_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw keeps its traceback: it is to be reported."""

    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(main, "app", fail)
    with pytest.raises(ZeroDivisionError):
        run()


def test_topics_as_json() -> None:
    """The plan as JSON has every topic with its settings, for the inboxes asked for."""
    told = run("topics", "--json", "--inbox", "agency-330100", "--partitions", "4")
    shown = {row["topic"]: row for row in json.loads(told.out)}
    planned = plan(["agency-330100"], 4)
    assert set(shown) == {topic.name for topic in planned}
    assert {row["partitions"] for row in shown.values()} == {4}
    assert all(shown[topic.name]["config"] == topic.config() for topic in planned)


def test_topics_as_a_table() -> None:
    """The table names every topic."""
    told = run("topics").out
    assert all(topic.name in told for topic in plan())


def test_a_closed_pipe_is_no_failure() -> None:
    """A reader that leaves early, such as `head`, gets no traceback."""
    program = f"{sys.executable} -m yidi.cli.main topics --json | head -c 10"
    done = subprocess.run(["/bin/sh", "-c", program], capture_output=True, text=True, check=False, timeout=120)  # noqa: S603
    assert (done.returncode, done.stderr) == (0, "")


def calculated(*more: str) -> Any:
    root = encounter_files()[0].parents[2]
    policy = root / "services" / "yidi" / "agency" / "policies" / "worked-employee.yaml"
    return run("calculate", "--policy", str(policy), "--claim", str(root / "examples" / "claims" / "e8.yaml"), *more)


def test_calculate() -> None:
    """The worked example E8 comes out to the fen, in words and as JSON."""
    told = calculated()
    assert (told.code, "52395.00" in told.out) == (0, True)
    assert "5239500" in calculated("--json").out or "52395.00" in calculated("--json").out
    assert "起付" in calculated("--zh").out


@pytest.mark.parametrize("missing", ["--policy", "--claim"])
def test_calculate_names_the_file_that_is_not_there(missing: str, tmp_path: Path) -> None:
    """A missing file is named; exit code 2."""
    told = calculated(missing, str(tmp_path / "none.yaml"))
    assert told.code == 2
    assert "none.yaml" in told.err.replace("\n", "")
