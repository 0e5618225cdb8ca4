from dataclasses import replace

import pytest

from yidi.contract import codec, generate, topic_table, topics
from yidi.contract.codec import RECORD_TYPES

PLAN = topics.plan(["default", "agency-330100"])
BY_NAME = {topic.name: topic for topic in PLAN}


def test_every_record_has_its_topic():
    """Each record of the contract travels on a topic of the plan, and the plan carries nothing else."""
    assert {name for topic in PLAN for name in topic.carries} == {record_type.name for record_type in RECORD_TYPES}


def test_every_topic_has_the_same_partitions():
    """One person's messages meet in one partition number everywhere."""
    assert {topic.partitions for topic in topics.plan(partitions=3)} == {3}
    assert {topic.partitions for topic in PLAN} == {topics.PARTITIONS}


def test_names_stand_once_in_the_plan():
    """No topic is planned twice, though an inbox is named twice."""
    names = [topic.name for topic in topics.plan(["default", "b", "b"])]
    assert len(names) == len(set(names))
    assert {"agency.b.requests", "agency.b.results", "hospital.b.results"} <= set(names)
    assert {topics.ENCOUNTERS, topics.JOURNAL, topics.errors("registry"), topics.REGISTRY_REQUESTS} <= set(names)


def test_what_must_last_lasts():
    """Journal, operations and reference data are kept for ever; nothing is compacted; time is the broker's."""
    for topic in PLAN:
        forever = topic.name.startswith("reference.") or topic.name in (topics.JOURNAL, topics.OPERATIONS)
        assert (topic.retention_ms == -1) == forever
        assert topic.config()["cleanup.policy"] == "delete"
        assert topic.config()["retention.bytes"] == "-1"
        assert topic.config()["message.timestamp.type"] == "LogAppendTime"
    assert BY_NAME[topics.errors("hospital")].retention_ms > BY_NAME[topics.ENCOUNTERS].retention_ms


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [
        (topics.ENCOUNTERS, topics.SETTLEMENT_REQUESTS),
        (topics.SETTLEMENT_REQUESTS, topics.agency_requests("default")),
        (topics.agency_results("default"), topics.hospital_results("default")),
        (topics.agency_results("default"), topics.JOURNAL),
        (topics.REGISTRY_REQUESTS, topics.REFERENCE_PERSONS),
        (topics.REGISTRY_REQUESTS, topics.REFERENCE_SHARED),
    ],
)
def test_output_limits_lie_above_input_limits(smaller: str, larger: str):
    """What is made from an input has room for the input and its envelope."""
    room = BY_NAME[larger].message_bytes_max - BY_NAME[smaller].message_bytes_max
    assert room >= topics.ENVELOPE_BYTES


def report_on(value: bytes, headers: list[tuple[str, bytes | None]]) -> int:
    """Length of the error report of a record, all its other fields as long as they get."""
    report = codec.ERROR_REPORT.encode(
        {
            **dict.fromkeys(codec.records.ErrorReport.__annotations__, "字" * 300),
            "attempt": 2**31 - 1,
            "first_failed_at": 2**63 - 1,
            "last_failed_at": 2**63 - 1,
            "source_partition": 2**31 - 1,
            "source_offset": 2**63 - 1,
            "source_timestamp": 2**63 - 1,
            "key": b"k" * 1000,
            "value": value,
            "headers": [{"key": key, "value": content} for key, content in headers],
        }  # type: ignore[typeddict-item] — built of one pattern
    )
    return len(report)


@pytest.mark.parametrize("name", [name for name in BY_NAME if not name.startswith("errors.")])
def test_an_error_report_of_the_largest_input_fits(name: str):
    """The report of a record at its topic's limit fits on every error topic, were it value or empty headers only."""
    limit = BY_NAME[name].message_bytes_max
    largest = report_on(b"x" * limit, [])
    only_headers = report_on(b"", []) + limit // KAFKA_EMPTY_HEADER_BYTES * REPORT_EMPTY_HEADER_BYTES
    for service in topics.SERVICES:
        assert max(largest, only_headers) <= BY_NAME[topics.errors(service)].message_bytes_max


KAFKA_EMPTY_HEADER_BYTES = 2
"""Two lengths of one byte each (Kafka's record format, version 2)."""
REPORT_EMPTY_HEADER_BYTES = 3


def test_an_empty_header_takes_three_bytes_of_a_report():
    """The worst growth from a Kafka record into a report is by half, as the limit of errors assumes."""
    grown = report_on(b"", [("", b"")] * 60) - report_on(b"", [("", b"")] * 10)
    assert grown == 50 * REPORT_EMPTY_HEADER_BYTES
    assert report_on(b"", [("k", b"v")] * 60) - report_on(b"", [("k", b"v")] * 10) == 50 * (4 + 1)


def test_the_largest_message_is_named():
    """Clients size their fetches by one constant."""
    assert max(topic.message_bytes_max for topic in PLAN) == topics.MESSAGE_BYTES_MAX


@pytest.mark.parametrize("inbox", ["", "a.b", "a_b", "a b", "a/b", "ä", "x" * 65, "a\n"])
def test_bad_inbox_names_are_refused(inbox: str):
    """An inbox is letters, digits and dashes; anything else is refused in words, wherever it is used."""
    for use in (topics.agency_requests, topics.agency_results, topics.hospital_results):
        with pytest.raises(ValueError, match="is no inbox name: use 1 to 64 letters, digits and dashes"):
            use(inbox)
    with pytest.raises(ValueError, match="is no inbox name"):
        topics.plan([inbox])


def test_unknown_services_and_no_partitions_are_refused():
    """A service without an error topic and a topic without a partition are refused in words."""
    with pytest.raises(ValueError, match="hospital, platform, agency, registry"):
        topics.errors("desk")
    with pytest.raises(ValueError, match="at least one"):
        topics.plan(partitions=0)


def test_the_document_shows_the_plan():
    """The table of docs/contract.md is the plan; `python -m yidi.contract.generate` writes it."""
    document = generate.DOCUMENT.read_text(encoding="utf-8")
    assert topic_table.with_table(document, topics.plan()) == document
    other = [replace(topics.plan()[0], name="planted")]
    assert topic_table.with_table(document, other) != document
    with pytest.raises(ValueError, match="has no"):
        topic_table.with_table("no marks", PLAN)
