"""The bytes of the contract, by its schemas alone: a zero byte, four bytes of schema id, then Avro."""

import io
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import fastavro
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

FOLDER = Path(os.environ["YIDI_SCHEMAS"])
ENTRIES = json.loads((FOLDER / "ids.json").read_text(encoding="utf-8"))


@cache
def schema(name: str, version: int) -> Any:
    """The schema that wrote a version of a record."""
    file = FOLDER / "versions" / f"{name}.{version}.avsc"
    return fastavro.parse_schema(json.loads(file.read_text(encoding="utf-8")))


def read(value: bytes) -> tuple[str, dict[str, Any]]:
    """The record's name and its content."""
    number = int.from_bytes(value[1:5], "big")
    entry = next(entry for entry in ENTRIES if entry["id"] == number)
    writer = schema(entry["record"], entry["version"])
    return entry["record"], fastavro.schemaless_reader(io.BytesIO(value[5:]), writer, None)


def write(name: str, content: dict[str, Any]) -> bytes:
    """A record in its newest version; fields left out take their defaults."""
    entry = max((entry for entry in ENTRIES if entry["record"] == name), key=lambda entry: entry["version"])
    body = io.BytesIO()
    fastavro.schemaless_writer(body, schema(name, entry["version"]), content, strict_allow_default=True)
    return b"\x00" + entry["id"].to_bytes(4, "big") + body.getvalue()


OPTIONS = {
    "BOOTSTRAP": "bootstrap.servers",
    "SECURITY_PROTOCOL": "security.protocol",
    "SASL_MECHANISM": "sasl.mechanism",
    "USERNAME": "sasl.username",
    "CA_FILE": "ssl.ca.location",
}
"""Variable YIDI_KAFKA_… → option of librdkafka."""


def client(**options: Any) -> dict[str, Any]:
    """Options of librdkafka's clients; on a secured Kafka with a user, a password and who vouches for the broker."""
    known = {option: os.environ.get(f"YIDI_KAFKA_{name}") for name, option in OPTIONS.items()}
    if file := os.environ.get("YIDI_KAFKA_PASSWORD_FILE"):
        known["sasl.password"] = Path(file).read_text(encoding="utf-8").strip()
    return {option: value for option, value in known.items() if value} | options


def from_beginning(topic: str) -> Consumer:
    """A consumer of all that a topic holds and will hold. No group: what was read is nowhere remembered."""
    consumer = Consumer(client(**{"group.id": "none", "enable.auto.commit": False}))
    partitions = consumer.list_topics(topic, timeout=30).topics[topic].partitions
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
    return consumer


def partitioner() -> dict[str, Any]:
    """The default of librdkafka would put people into partitions where nobody looks for them."""
    return {"partitioner": os.environ.get("PARTITIONER", "murmur2_random"), "enable.idempotence": True}
