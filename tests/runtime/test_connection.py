"""Who we are to Kafka: settings, files, and what is never shown."""

import json
import os
from pathlib import Path

import pytest

from yidi.broker.certificates import issue
from yidi.runtime.connection import Connection, Security
from yidi.runtime.stops import SecurityUnusable

SECRET = "correct-horse"  # noqa: S105 — a test's own


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("YIDI_KAFKA_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def ca_file(tmp_path: Path) -> Path:
    authority, _, _ = issue("broker", "supervisor")
    path = tmp_path / "ca.pem"
    path.write_bytes(authority)
    return path


def scram(**more: object) -> Security:
    return Security.of(security_protocol="SASL_PLAINTEXT", username="hospital", **more)


def test_variables_say_what_is_not_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """A client is set by YIDI_KAFKA_… alone."""
    (tmp_path / "password").write_text(f"{SECRET}\n")
    monkeypatch.setenv("YIDI_KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT")
    monkeypatch.setenv("YIDI_KAFKA_USERNAME", "hospital")
    monkeypatch.setenv("YIDI_KAFKA_PASSWORD_FILE", str(tmp_path / "password"))
    options = Connection(bootstrap="a:1,b:2").options()
    assert options["bootstrap_servers"] == ["a:1", "b:2"]
    assert options["sasl_plain_username"] == "hospital"
    assert options["sasl_plain_password"] == SECRET


def test_an_exact_security_listens_to_no_variable(monkeypatch: pytest.MonkeyPatch):
    """The embedded broker's own security is what it is, whatever the environment says of another Kafka."""
    monkeypatch.setenv("YIDI_KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("YIDI_KAFKA_USERNAME", "x")
    monkeypatch.setenv("YIDI_KAFKA_PASSWORD", "x")
    assert Security.of().options() == {"security_protocol": "PLAINTEXT"}


def test_a_written_security_is_read_back_as_it_was(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """What one process hands to another as JSON is the same there, under another environment too."""
    before = scram(password_file=tmp_path / "password")
    monkeypatch.setenv("YIDI_KAFKA_SECURITY_PROTOCOL", "SSL")
    monkeypatch.setenv("YIDI_KAFKA_CA_FILE", "/elsewhere")
    assert Security(**json.loads(before.model_dump_json())) == before
    plain = Connection(bootstrap="a:1", security=Security.of())
    assert Connection.model_validate_json(plain.model_dump_json()).security == plain.security


def test_no_text_shows_the_password():
    """Neither a log, nor a written setting, nor an argument of a process holds it."""
    connection = Connection(bootstrap="a:1", security=scram(password=SECRET))
    assert connection.security.secret() == SECRET
    assert SECRET not in f"{connection!r} {connection} {connection.model_dump()} {connection.model_dump_json()}"


def test_a_user_without_password_is_refused_by_the_names_of_the_variables(monkeypatch: pytest.MonkeyPatch):
    """One line says which variables to set."""
    monkeypatch.setenv("YIDI_KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    with pytest.raises(SecurityUnusable, match=r"needs a user: set YIDI_KAFKA_USERNAME, and YIDI_KAFKA_PASSWORD_FILE"):
        Connection(bootstrap="a:1")


def test_an_unknown_protocol_is_refused_by_its_variable(monkeypatch: pytest.MonkeyPatch):
    """One line names the variable and what it may be, and never another variable's secret."""
    monkeypatch.setenv("YIDI_KAFKA_SECURITY_PROTOCOL", "TLS")
    monkeypatch.setenv("YIDI_KAFKA_PASSWORD", SECRET)
    with pytest.raises(SecurityUnusable, match=r"^YIDI_KAFKA_SECURITY_PROTOCOL: .*'SASL_SSL'") as told:
        Security.from_environment()
    assert "\n" not in str(told.value)
    assert SECRET not in str(told.value)


def test_a_missing_authority_is_named(tmp_path: Path):
    """The file and its variable are in the one line."""
    security = Security.of(security_protocol="SSL", ca_file=tmp_path / "none.pem")
    with pytest.raises(SecurityUnusable, match=r"none\.pem \(YIDI_KAFKA_CA_FILE\) cannot be used: No such file"):
        security.options()


def test_an_authority_that_is_no_certificate_is_named(tmp_path: Path):
    """A file of something else is refused when the client is made, not when it connects."""
    (tmp_path / "ca.pem").write_text("hello")
    security = Security.of(security_protocol="SSL", ca_file=tmp_path / "ca.pem")
    with pytest.raises(SecurityUnusable, match=r"CA_FILE\) cannot be used: it is not what it should be: a PEM file"):
        security.options()


def test_a_key_that_is_not_there_is_named(tmp_path: Path, ca_file: Path):
    """Our own certificate and key are checked as well."""
    security = Security.of(security_protocol="SSL", ca_file=ca_file, cert_file=ca_file, key_file=tmp_path / "key.pem")
    with pytest.raises(SecurityUnusable, match=r"key\.pem \(YIDI_KAFKA_KEY_FILE\)"):
        security.options()


@pytest.mark.parametrize(("content", "words"), [(None, "No such file"), ("\n", "holds no password")])
def test_a_password_file_that_cannot_serve_is_named(tmp_path: Path, content: str | None, words: str):
    """A missing or empty one is said before anything is sent."""
    path = tmp_path / "password"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SecurityUnusable, match=words):
        scram(password_file=path).options()


def test_a_new_password_is_taken_up_by_the_next_client(tmp_path: Path):
    """Changing the file needs no restart."""
    path = tmp_path / "password"
    path.write_text("old")
    security = scram(password_file=path)
    before = security.options()["sasl_plain_password"]
    path.write_text("new")
    assert (before, security.options()["sasl_plain_password"]) == ("old", "new")


def test_clients_share_a_tls_context_until_a_file_changes(ca_file: Path):
    """Reading certificates for every client would cost milliseconds each; a replaced one is taken up still."""
    security = Security.of(security_protocol="SSL", ca_file=ca_file)
    first = security.options()["ssl_context"]
    assert security.options()["ssl_context"] is first
    os.utime(ca_file, ns=(1, 1))
    assert security.options()["ssl_context"] is not first


def test_a_program_is_told_by_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is started with the variables reaches Kafka in the same way; no secret is among them."""
    (tmp_path / "password").write_text(SECRET)
    security = Security.of(security_protocol="SASL_SSL", username="me", password_file=tmp_path / "password")
    variables = Connection(bootstrap="kafka:9093", security=security).variables()
    assert SECRET not in str(variables)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert Security.from_environment() == security
    opened = Connection(bootstrap="kafka:9092", security=Security.of())
    assert opened.variables() == {"YIDI_KAFKA_BOOTSTRAP": "kafka:9092"}
