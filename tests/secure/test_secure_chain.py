"""The whole chain under `yidi up --secure`: it settles as ever, and keeps its secrets."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.e2e.talk import Talk
from tests.e2e.up_process import UpProcess, command
from yidi.contract.access import principals
from yidi.world.examples import encounter_files

pytestmark = [pytest.mark.e2e, pytest.mark.kafka, pytest.mark.xdist_group("secured")]  # in an order: `fresh` comes last

DESK_S_MAX = 60
BILLS = [str(path) for path in encounter_files()]


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UpProcess]:
    """The chain that the tests share."""
    process = UpProcess(tmp_path_factory.mktemp("secure") / "chain", "--secure").start()
    try:
        process.ready()
        yield process
    finally:
        process.stop()


@pytest.fixture
def talk(up: UpProcess) -> Talk:
    return Talk(up.ready())


def submitted(up: UpProcess) -> dict[str, dict[str, Any]]:
    done = command("submit", "--json", *BILLS, data_dir=up.place.data_dir)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert answers, done.stderr
    return {answer["msgid"]: answer for answer in answers}


def outcomes(answers: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {msgid: answer["outcome"] for msgid, answer in answers.items()}


def passwords(up: UpProcess) -> dict[str, str]:
    return {file.stem: file.read_text() for file in up.place.vault.root.glob("*.password")}


async def test_it_settles_and_the_audit_passes(up: UpProcess, talk: Talk):
    """Every example bill gets its answer, a repeat gets it again, and nothing is lost or doubled."""
    first = submitted(up)
    assert {answer["outcome"] for answer in first.values()} >= {"DONE", "REFUSED"}
    assert {msgid: one["outcome"] for msgid, one in submitted(up).items()} == {
        m: a["outcome"] for m, a in first.items()
    }
    await talk.all_at_rest()
    done = command("audit", "--json", data_dir=up.place.data_dir)
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (0, "pass"), done.stderr


def test_the_desk_works_on_it(up: UpProcess):
    """Operators see and mend as ever."""
    deadline = time.monotonic() + DESK_S_MAX
    while "NOT_FILED" not in (done := command("errors", "--json", data_dir=up.place.data_dir)).stdout:
        assert done.returncode == 0, done.stderr
        assert time.monotonic() < deadline, done.stdout


def test_every_process_is_a_user_of_its_own(up: UpProcess, talk: Talk):
    """No service carries another's name, the commands are the operator's, and every principal has its password."""
    for service in ("registry", "hospital", "platform", "agency"):
        settings = json.loads(up.service(service).cmdline()[-1])
        assert settings["connection"]["security"]["username"] == service
    assert talk.chain.security.username == "operator"
    assert talk.chain.connection_as("audit").security.username == "audit"
    assert passwords(up).keys() == {one.name for one in principals()}


def test_secrets_stay_in_their_files(up: UpProcess):
    """No password is in an argument of a process, in a log, in the descriptor or in the broker's settings."""
    family = " ".join(" ".join(process.cmdline()) for process in up.family())
    vault = up.place.vault.root
    files = [path for path in up.place.data_dir.rglob("*") if path.is_file() and vault not in path.parents]
    texts = [path.read_bytes() for path in files if path.suffix in {".json", ".log", ".properties", ".xml"}]
    assert len(texts) > 5
    for word in passwords(up).values():
        assert word not in family
        assert word not in up.words
        assert not any(word.encode() in text for text in texts)
    assert all(path.stat().st_mode & 0o077 == 0 for path in vault.rglob("*"))


def test_everybody_listens_on_loopback_only(up: UpProcess):
    """Neither broker nor controller nor anything else is reachable from another machine."""
    open_ones = [connection for process in up.family() for connection in process.net_connections("tcp")]
    listening = [connection.laddr for connection in open_ones if connection.status == psutil.CONN_LISTEN]
    assert {address.ip.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}
    assert len({address.port for address in listening}) >= 3  # clients, inside, controller


async def test_a_second_start_finds_everything_again(up: UpProcess):
    """After a stop the secrets are the same, and what was settled is known."""
    before, files = submitted(up), passwords(up)
    assert up.stop() == 130
    up.start()
    again = Talk(up.ready())
    assert passwords(up) == files
    assert outcomes(submitted(up)) == outcomes(before)
    assert again.chain.security.tls


def test_fresh_makes_new_secrets(up: UpProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Who kept a password of the old chain has nothing of the new one, and is told so at once."""
    old = passwords(up)
    (tmp_path / "old").write_text(old["audit"])
    assert up.stop() == 130
    up.start("--fresh")
    chain = up.ready()
    assert set(passwords(up).values()).isdisjoint(old.values())
    variables = {
        "SECURITY_PROTOCOL": "SASL_SSL",
        "USERNAME": "audit",
        "PASSWORD_FILE": str(tmp_path / "old"),
        "CA_FILE": str(up.place.vault.ca_file),
    }
    for name, value in variables.items():
        monkeypatch.setenv(f"YIDI_KAFKA_{name}", value)
    told = command("audit", "--bootstrap", chain.bootstrap)
    assert told.returncode == 3
    assert "does not know the user audit, or not with this password" in told.stderr
