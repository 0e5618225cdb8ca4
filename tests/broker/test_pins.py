"""The lock file that ships with the package."""

from dataclasses import replace

from yidi.broker.pins import Pins, load_pins


def test_shipped_pins_are_one_whole_kafka():
    """The lock names Kafka 4.4, its clients and its log bridge, each once, with a full hash."""
    pins = load_pins()
    names = [jar.artifact for jar in pins.jars]
    assert pins.kafka_version.startswith("4.4.")
    assert {"kafka_2.13", "kafka-clients", "log4j-slf4j-impl"} <= set(names)
    assert len(names) == len(set(names))
    assert all(len(jar.sha256) == 64 and jar.size_bytes > 0 for jar in pins.jars)


def test_another_set_has_another_digest():
    """Changing a single jar's hash moves everything to another cache directory."""
    pins = load_pins()
    changed = Pins((replace(pins.jars[0], sha256="0" * 64), *pins.jars[1:]))
    assert changed.digest != pins.digest
