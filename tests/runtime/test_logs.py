"""Promises of the logs."""

import io
import json
import logging

import pytest
import structlog

from yidi.runtime import logs
from yidi.runtime.logs import configure_logs


def test_lines_are_json_and_persons_are_masked() -> None:
    """One JSON object a line with service and instance; a person's number shows its ends only."""
    stream = io.StringIO()
    configure_logs("hospital", "7", stream=stream)
    structlog.get_logger().info("said", psn_no="110101199001010000", msgid="m")
    line = json.loads(stream.getvalue())
    assert (line["service"], line["instance"], line["event"], line["msgid"]) == ("hospital", "7", "said", "m")
    assert line["psn_no"] == "110************000"


def test_client_does_not_flood(monkeypatch: pytest.MonkeyPatch) -> None:
    """In an outage the Kafka client says the same ten times a second; it is written once."""
    monkeypatch.setattr(logs, "REPEAT_S_MIN", 3600.0)  # however long the lines below take
    stream = io.StringIO()
    configure_logs("hospital", stream=stream)
    for number in range(100):
        logging.getLogger("aiokafka.consumer").error("Failed fetch from %s", number)
    assert len(stream.getvalue().splitlines()) == 1
