"""The embedded broker's settings."""

import pytest

from yidi.broker.errors import SettingError
from yidi.broker.settings import MESSAGE_BYTES_MAX, jvm_options, server_properties


def properties(overrides: dict[str, str]) -> dict[str, str]:
    text = server_properties("kafka", 20_001, 20_002, overrides)
    return dict(line.split("=", 1) for line in text.splitlines())


def test_every_listener_is_on_loopback():
    """Nothing of the broker can be reached from another machine."""
    listeners = {key: value for key, value in properties({}).items() if "listeners" in key}
    assert len(listeners) == 2
    assert all(part.split("://")[1].startswith("127.0.0.1:") for v in listeners.values() for part in v.split(","))


def test_plan_and_sizes_hold():
    """Topics are only made on purpose, and a message may be as large as the named limit."""
    told = properties({})
    assert told["auto.create.topics.enable"] == "false"
    assert told["message.max.bytes"] == str(MESSAGE_BYTES_MAX)
    assert told["log.retention.ms"] == "-1"


def test_override_wins_over_tuning():
    """What the caller sets is what Kafka reads."""
    assert properties({"num.io.threads": "7"})["num.io.threads"] == "7"


@pytest.mark.parametrize("key", ["listeners", "log.dirs", "process.roles", "controller.quorum.voters"])
def test_override_of_the_embedding_is_refused(key: str):
    """Address, place and role stay ours; the refusal names the key."""
    with pytest.raises(SettingError, match=key):
        properties({key: "x"})


def test_override_cannot_smuggle_in_another_line():
    """A value with line ends, backslashes or other scripts stays one ASCII value."""
    text = server_properties("kafka", 1, 2, {"a": "x\nlisteners=PLAINTEXT://0.0.0.0:1", "b": "c:\\医𠀀"})
    assert text.isascii()
    assert "a=x\\nlisteners=PLAINTEXT://0.0.0.0:1\n" in text
    assert "b=c:\\\\\\u533b\\ud840\\udc00\n" in text


def test_heap_too_small_for_kafka_is_refused():
    """A heap in which Kafka cannot live is refused before anything starts."""
    assert "-Xmx128m" in jvm_options(128, "logs", "log4j2.xml")
    with pytest.raises(SettingError, match="127 MiB"):
        jvm_options(127, "logs", "log4j2.xml")
