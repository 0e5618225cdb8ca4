"""Commands for a chain on a Kafka of one's own: what they refuse, each in one line with its exit code."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.broker.false_kafka import NEW, kafka, servers
from tests.cli.commands import answering, run
from yidi.chain.environment import SeatEnvironment, settings_of
from yidi.cli import pulse
from yidi.cli.unknown_variables import unknown
from yidi.contract.topics import DAY_MS, ERROR_RETENTION_MS

NOBODY = "127.0.0.1:1"
PATIENCE_S = 120


@pytest.fixture(autouse=True)
def _a_place_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("YIDI_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("YIDI_KAFKA_BOOTSTRAP", NOBODY)
    monkeypatch.setenv("YIDI_WAIT_S", "0.1")
    monkeypatch.setenv("YIDI_HTTP_PORT", "0")
    monkeypatch.setenv("YIDI_IMAGE", "yidi:next")  # as somebody has it who uses the compose file, too


def one_line(said: str) -> str:
    """What was complained of, without the log: one line, and at most one that says what to do."""
    lines = [line for line in said.splitlines() if line and not line.startswith("{")]
    complaints = [line for line in lines if line.startswith("✗")]
    assert len(complaints) == 1, said
    assert all(line.startswith(("✗", "  →", "·")) for line in lines), said
    return complaints[0]


def test_unknown_seat() -> None:
    """A seat that there is not is bad input, and the seats are named."""
    done = run("serve", "pharmacy")
    assert done.code == 2
    assert "registry, hospital, platform, agency, desk, console" in done.err


@pytest.mark.parametrize("seat", ["agency", "desk"])
def test_no_kafka(seat: str) -> None:
    """Told to wait so long and no longer, a seat says what did not answer, and ends."""
    done = run("serve", seat)
    assert done.code == 3
    assert NOBODY in one_line(done.err)
    assert "YIDI_WAIT_S" in done.err


@pytest.mark.parametrize("command", [["topics", "--create"], ["seed"], ["attach", NOBODY], ["audit"]])
def test_commands_without_kafka(command: list[str], tmp_path: Path) -> None:
    """They name the address, and leave nothing behind."""
    done = run(*command)
    assert done.code == 3
    assert NOBODY in one_line(done.err)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    "command", [["serve", "agency"], ["serve", "desk"], ["topics", "--create"], ["seed"], ["attach"]], ids=" ".join
)
def test_kafka_too_old(command: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A Kafka without topic ids is refused at once, by the version that has them; nothing is left behind."""
    with servers() as start:
        old = f"127.0.0.1:{start(kafka(NEW | {3: 9}, [('127.0.0.1', 1)]))}"
        monkeypatch.setenv("YIDI_KAFKA_BOOTSTRAP", old)
        monkeypatch.setenv("YIDI_WAIT_S", "600")
        done = run(*command, *([old] if command == ["attach"] else []))
    assert done.code == 3
    assert f"The Kafka at {old} is too old: the chain needs 2.8 or newer." in one_line(done.err)
    assert not (tmp_path / "data" / "chain.json").exists()


@pytest.mark.parametrize("seat", ["agency", "desk", "console"])
def test_port_taken(seat: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that somebody else has is named, before anything else is tried."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setenv("YIDI_HTTP_PORT", str(port))
        done = run("serve", seat)
    assert done.code == 3
    assert str(port) in one_line(done.err)


def test_bad_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that makes no sense is refused by the variable's name; exit code 2."""
    monkeypatch.setenv("YIDI_HTTP_PORT", "http")
    done = run("serve", "agency")
    assert done.code == 2
    assert one_line(done.err).startswith("✗ YIDI_HTTP_PORT=http: ")


def test_retention_by_option(monkeypatch: pytest.MonkeyPatch) -> None:
    """What topics keep is said where they are made, above what the environment says."""
    monkeypatch.setenv("YIDI_FLOW_DAYS", "50")
    told = json.loads(run("topics", "--json", "--retention", "flow-days=40", "--retention", "flow-mib=300").out)
    (flow,) = [topic["config"] for topic in told if topic["topic"] == "encounters"]
    (errors,) = [topic["config"] for topic in told if topic["topic"] == "errors.agency"]
    assert (flow["retention.ms"], flow["retention.bytes"]) == (str(40 * DAY_MS), str(300 << 20))
    assert errors["retention.ms"] == str(ERROR_RETENTION_MS)


@pytest.mark.parametrize("command", ["topics", "up"])
@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("flow-days=3", "keep flow topics 7 days or more"),
        ("error-days=9", "keep error topics 92 days or more"),
        ("flow-mib=1", "give a partition 256 MiB or more"),
        ("journal-days=9", "is none of flow-days=N, error-days=N, flow-mib=N"),
        ("flow-days=soon", "with a whole number for N"),
    ],
)
def test_retention_that_breaks_a_guarantee(command: str, said: str, words: str) -> None:
    """Too little, or what there is not, is bad input, told before anything is started, and by the option's name."""
    done = run(command, "--retention", said)
    assert "--retention" in done.err
    assert "YIDI_" not in done.err
    assert (done.code, words in " ".join(done.err.replace("│", " ").split())) == (2, True), done.err


def test_groups_of_the_console(monkeypatch: pytest.MonkeyPatch) -> None:
    """The group of a program in a seat is named as SEAT=GROUP; anything else is bad input with the seats' names."""
    monkeypatch.setenv("YIDI_CONSOLE_GROUPS", "agency=mine, hospital=yours")
    assert settings_of(SeatEnvironment).console_groups == {"agency": "mine", "hospital": "yours"}
    monkeypatch.setenv("YIDI_CONSOLE_GROUPS", "nobody=mine")
    done = run("serve", "console")
    assert (done.code, "seats are registry, hospital" in one_line(done.err)) == (2, True)


def test_likely_typing_errors_are_named() -> None:
    """A variable that begins like ours and is none is said, with the one that was probably meant."""
    (words,) = unknown(["YIDI_PARTITION", "YIDI_PARTITIONS", "HOME", "YIDI_KAFKA_BOOTSTRAP"])
    assert words == "YIDI_PARTITION is no setting and changes nothing; did you mean YIDI_PARTITIONS?"


def test_desk_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk at an address needs a key; one that does not answer is named."""
    monkeypatch.setenv("YIDI_DESK_URL", "http://127.0.0.1:1")
    keyless = run("errors")
    assert keyless.code == 3
    assert "YIDI_DESK_KEY" in keyless.err
    monkeypatch.setenv("YIDI_DESK_KEY", "k")
    silent = run("errors")
    assert silent.code == 3
    assert "http://127.0.0.1:1" in one_line(silent.err)


@pytest.fixture
def seat(monkeypatch: pytest.MonkeyPatch) -> Iterator[HTTPServer]:
    """Something that answers `/health` as it is told to, for as long as a busy machine may need."""
    monkeypatch.setattr(pulse, "ANSWER_S_MAX", PATIENCE_S)

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = self.server.says  # type: ignore[attr-defined]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Answer)
    with answering(server):
        yield server


@pytest.mark.parametrize(
    ("status", "says", "code", "words"),
    [
        (200, {"healthy": True}, 0, "is healthy"),
        (503, {"healthy": False, "ready": False, "troubles": {"broker": "gone"}}, 1, "broker: gone"),
        (503, {"healthy": False, "ready": False, "troubles": {}}, 1, "not ready yet"),
        (503, {"healthy": False, "services": {"agency": {"state": "absent"}}}, 1, "agency makes no progress"),
        (200, [], 1, "no seat"),
    ],
)
def test_health(seat: HTTPServer, status: int, says: object, code: int, words: str) -> None:
    """0 for progress, 1 for none with the reason; made for HEALTHCHECK."""
    seat.says = (status, json.dumps(says).encode())  # type: ignore[attr-defined]
    done = run("health", f"http://127.0.0.1:{seat.server_port}")
    assert (done.code, words in done.out + done.err) == (code, True)


def test_health_of_nobody() -> None:
    """Where nobody answers there is no health: 1, as a HEALTHCHECK wants it, and no traceback."""
    done = run("health", "http://127.0.0.1:1")
    assert done.code == 1
    assert "nobody answers" in one_line(done.err)


def test_health_is_asked_lightly(seat: HTTPServer) -> None:
    """A container asks every few seconds: nothing that takes long to import is imported for it."""
    seat.says = (200, b'{"healthy": true}')  # type: ignore[attr-defined]
    patient = f"from yidi.cli import entrance, pulse; pulse.ANSWER_S_MAX = {PATIENCE_S}; "
    asked = f"import sys; {patient}sys.argv[1:] = ['health', sys.argv[1]]; entrance.run()"
    heard = "import atexit, sys; atexit.register(lambda: print(*sorted(sys.modules))); "

    done = subprocess.run(  # noqa: S603 — our own program
        [sys.executable, "-c", heard + asked, f"127.0.0.1:{seat.server_port}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )

    assert "is healthy" in done.stdout
    assert not {"typer", "rich", "asyncio", "pydantic", "aiokafka", "http", "email"} & set(done.stdout.split())


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1:80", "127.0.0.1", "http://:8080", "http://localhost:port", ":99999"]
)
def test_health_of_no_address(url: str) -> None:
    """What is no address of a seat is bad input, told in one line, and with --json, too."""
    done = run("health", url)
    assert (done.code, run("health", url, "--json").code) == (2, 2)
    assert "http://HOST:PORT" in one_line(done.err)
