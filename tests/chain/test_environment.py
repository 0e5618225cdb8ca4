"""What a seat is told by the environment: read as documented, refused with the variable's name."""

from pathlib import Path

import pytest

from yidi.chain.environment import PlanEnvironment, SeatEnvironment, SettingRefused, TopicsEnvironment, settings_of


@pytest.fixture(autouse=True)
def _only_what_a_test_sets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("YIDI_KAFKA_BOOTSTRAP", "kafka:9092")
    monkeypatch.setenv("YIDI_DATA_DIR", str(tmp_path))


def test_a_seat_is_told_by_variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every variable of a service's seat reaches the runtime's settings."""
    said = {"PARTITIONS": "4", "INBOXES": "agency-330100, hangzhou", "INSTANCE": "a-2", "WAIT_S": "7.5",
            "HTTP_HOST": "::1", "HTTP_PORT": "0", "ANSWER_DEADLINE_S": "1.5"}  # fmt: skip
    for name, value in said.items():
        monkeypatch.setenv(f"YIDI_{name}", value)
    told = settings_of(SeatEnvironment).service("agency")
    assert told.connection.bootstrap == "kafka:9092"
    assert (told.partitions, told.inboxes) == (4, ("default", "agency-330100", "hangzhou"))
    assert (told.instance, told.store) == ("a-2", str(tmp_path / "stores" / "agency.sqlite"))
    assert (told.http_host, told.http_port) == ("::1", 0)
    assert (told.answer_deadline_ms, told.start_wait_s, told.await_topics) == (1_500, 7.5, True)


def test_a_password_in_the_store_goes_to_the_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings, and so no log and no command line, show it."""
    monkeypatch.setenv("PGPASSWORD", "")
    monkeypatch.setenv("YIDI_STORE", "postgresql://yidi:secret@db:5432/chain")
    assert settings_of(SeatEnvironment).service("agency").store == "postgresql://yidi@db:5432/chain"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("YIDI_PARTITIONS", "many"),
        ("YIDI_PARTITIONS", "65"),
        ("YIDI_INBOXES", "no.dots"),
        ("YIDI_HTTP_PORT", "65536"),
        ("YIDI_WAIT_S", "-1"),
        ("YIDI_ANSWER_DEADLINE_S", "soon"),
        ("YIDI_INSTANCE", "a b"),
    ],
)
def test_nonsense_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    """One line with the variable and what it held; exit code 2."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingRefused, match=rf"^{variable}={value}: .*\.") as refused:
        settings_of(SeatEnvironment)
    assert refused.value.exit_code == 2
    assert "\n" not in refused.value.what


def test_what_must_be_set_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kafka's address has no default that could be the wrong one; an empty value is none."""
    monkeypatch.setenv("YIDI_KAFKA_BOOTSTRAP", "")
    with pytest.raises(SettingRefused, match="YIDI_KAFKA_BOOTSTRAP is not set"):
        settings_of(SeatEnvironment)
    assert settings_of(PlanEnvironment).inboxes == ("default",)


def test_what_the_command_says_stands_above(monkeypatch: pytest.MonkeyPatch) -> None:
    """An option of the command line overrules its variable; what is left out keeps it."""
    monkeypatch.setenv("YIDI_PARTITIONS", "4")
    monkeypatch.setenv("YIDI_REPLICATION", "3")
    settings = settings_of(TopicsEnvironment, partitions=6)
    assert (settings.partitions, settings.replication, settings.min_insync) == (6, 3, None)
