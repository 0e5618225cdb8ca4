"""`yidi up --bootstrap` on a Kafka that does not take us: one line, exit code 3, nothing started, nothing left."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.e2e.up_process import command
from yidi.broker import EmbeddedBroker, Vault
from yidi.broker.certificates import issue
from yidi.contract.topics import plan
from yidi.runtime.admin import ensure_topics
from yidi.runtime.scram import admit

pytestmark = [pytest.mark.e2e, pytest.mark.kafka, pytest.mark.xdist_group("secured")]

USER = "chain"
TOPICS_PARTITIONS = 4
PREFIX = "YIDI_KAFKA_"


class Kafka:
    """A secured broker with the topics of a chain, and one user without any right."""

    def __init__(self, broker: EmbeddedBroker, vault: Vault, folder: Path) -> None:
        self.broker, self.vault, self.folder = broker, vault, folder

    def variables(self) -> dict[str, str]:
        return {
            "SECURITY_PROTOCOL": "SASL_SSL",
            "USERNAME": USER,
            "PASSWORD_FILE": str(self.vault.password_file(USER)),
            "CA_FILE": str(self.vault.ca_file),
        }

    def supervisor(self) -> dict[str, str]:
        """Whoever may do everything."""
        file = str(self.vault.root / "supervisor.pem")
        return {"SECURITY_PROTOCOL": "SSL", "CERT_FILE": file, "KEY_FILE": file, "CA_FILE": str(self.vault.ca_file)}


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    folder = tmp_path_factory.mktemp("bad")
    vault = Vault(folder / "security")
    with EmbeddedBroker(folder / "kafka", security=vault) as broker:
        (folder / "wrong").write_text("guess")
        (folder / "other.pem").write_bytes(issue("x", "y")[0])
        yield Kafka(broker, vault, folder)


@pytest.fixture
async def kafka(started: Kafka, monkeypatch: pytest.MonkeyPatch) -> Kafka:
    await admit(started.broker.connection, {USER: started.vault.client(USER).secret()})
    await ensure_topics(started.broker.connection, plan(partitions=TOPICS_PARTITIONS))
    for name in ("SECURITY_PROTOCOL", "USERNAME", "PASSWORD_FILE", "CA_FILE", "CERT_FILE", "KEY_FILE"):
        monkeypatch.delenv(f"{PREFIX}{name}", raising=False)
    return started


def told(monkeypatch: pytest.MonkeyPatch, bootstrap: str, place: Path, variables: Mapping[str, str]) -> str:
    """What `yidi up` says, after its exit code and that nothing is left were checked."""
    for name, value in variables.items():
        monkeypatch.setenv(f"{PREFIX}{name}", value)
    options = ("--bootstrap", bootstrap, "--no-console", "--partitions", str(TOPICS_PARTITIONS + 1))
    done = command("up", *options, data_dir=place)
    assert done.returncode == 3, done.stderr
    said = [line for line in done.stderr.splitlines() if line.startswith("✗")]
    assert len(said) == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert not (place / "chain.json").exists()
    assert not list(place.rglob("*.sqlite"))
    return " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"SECURITY_PROTOCOL": "PLAINTEXT"}, "it speaks TLS: set YIDI_KAFKA_SECURITY_PROTOCOL to SASL_SSL"),
        ({"CA_FILE": "other.pem"}, "nobody whom we trust vouches for its certificate"),
        ({"CA_FILE": "none.pem"}, "(YIDI_KAFKA_CA_FILE) cannot be used: No such file or directory"),
        ({"PASSWORD_FILE": "wrong"}, "does not know the user chain, or not with this password"),
        ({"PASSWORD_FILE": "none"}, "(YIDI_KAFKA_PASSWORD_FILE) cannot be used: No such file or directory"),
        ({"USERNAME": "nobody"}, "does not know the user nobody, or not with this password"),
        ({"SECURITY_PROTOCOL": "TLS"}, "YIDI_KAFKA_SECURITY_PROTOCOL: Input should be"),
        ({}, "This user may not see topic"),
    ],
    ids=["plain", "authority", "no-authority", "password", "no-password", "user", "nonsense", "no-right"],
)
async def test_who_is_not_let_in_is_told_why(
    kafka: Kafka, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, changed: dict[str, str], words: str
):
    """Each mistake has words of its own, and the variable to mend it."""
    files = {name: str(kafka.folder / value) for name, value in changed.items() if name.endswith("FILE")}
    variables = kafka.variables() | changed | files
    assert words in told(monkeypatch, kafka.broker.bootstrap, tmp_path / "chain", variables)


async def test_topics_with_other_partitions_are_refused(kafka: Kafka, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Even who may do everything does not get a chain on topics of another shape."""
    inside = kafka.broker.connection.bootstrap
    said = told(monkeypatch, inside, tmp_path / "chain", kafka.supervisor())
    assert f"has {TOPICS_PARTITIONS} partitions, the plan says {TOPICS_PARTITIONS + 1}" in said


def test_nobody_there_is_told(monkeypatch: pytest.MonkeyPatch, started: Kafka, tmp_path: Path):
    """An address where nothing listens is named."""
    said = told(monkeypatch, "127.0.0.1:1", tmp_path / "chain", started.variables())
    assert "No Kafka answers at 127.0.0.1:1: nothing listens there" in said
