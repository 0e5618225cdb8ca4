"""What a replay sends, where, under which headers, and what it does not send."""

from typing import Any

import pytest

from tests.contract.stored import example
from yidi.chain.replay import NotReplayable, refuse_hopeless
from yidi.contract import topics
from yidi.contract.codec import FORWARDED_REQUEST
from yidi.contract.records import ErrorReport
from yidi.desk.resending import awaited, headers_of, resend_of
from yidi.domain.faults import FAULTS, Replayable
from yidi.runtime.decider import ATTEMPTS_MAX


def report(**changes: Any) -> ErrorReport:
    read: ErrorReport = {
        **example("ErrorReport"),
        "code": "NOT_FILED",
        "attempt": 1,
        "key": b"k",
        "value": b"v",
        **changes,
    }  # type: ignore[typeddict-item]
    return read


def test_the_same_bytes_to_the_same_topic() -> None:
    """A replay is the record itself, byte for byte."""
    resend = resend_of(report(source_topic=topics.ENCOUNTERS, key=b"k", value=b"v"))
    assert resend == (topics.ENCOUNTERS, b"k", b"v")


def test_what_an_agency_refused_goes_through_the_platform() -> None:
    """The platform verifies anew: its own envelope is taken off."""
    forwarded = example("ForwardedRequest")
    value = FORWARDED_REQUEST.encode(forwarded)
    resend = resend_of(report(source_topic=topics.agency_requests("default"), key=b"k", value=value))
    assert resend == (topics.SETTLEMENT_REQUESTS, b"k", forwarded["request"])


@pytest.mark.parametrize("missing", ["key", "value"])
def test_nothing_to_send(missing: str) -> None:
    """A tombstone, or a record without a key, is nothing that could be sent again."""
    with pytest.raises(NotReplayable):
        refuse_hopeless(report(source_topic=topics.ENCOUNTERS, **{"key": b"k", "value": b"v", missing: None}))


def test_headers_of_the_next_attempt() -> None:
    """Foreign headers stay, ours are set once: next attempt, what to wait for, first failure, which report."""
    first = [{"key": "hospital", "value": b"x"}, {"key": "attempt", "value": b"2"}, {"key": "after", "value": b"old"}]
    headers = headers_of(report(attempt=2, headers=first, first_failed_at=7, error_id="E"), 3, "reference.persons=4")
    assert headers == (
        ("hospital", b"x"),
        ("attempt", b"3"),
        ("after", b"reference.persons=4"),
        ("first-failed-at", b"7"),
        ("replays", b"E"),
    )
    assert "after" not in dict(headers_of(report(headers=[]), 2, ""))


@pytest.mark.parametrize("code", sorted(FAULTS))
def test_hopeless_codes(code: str) -> None:
    """What the fault table calls hopeless is refused with the table's advice; all else may be tried."""
    hopeless = FAULTS[code].replayable in (Replayable.NO, Replayable.AFTER_EDIT)
    if not hopeless:
        refuse_hopeless(report(code=code))
        return
    with pytest.raises(NotReplayable) as caught:
        refuse_hopeless(report(code=code))
    assert caught.value.todo == FAULTS[code].todo


def test_tried_too_often() -> None:
    """After the last attempt a record is a matter for people."""
    refuse_hopeless(report(attempt=ATTEMPTS_MAX - 1))
    with pytest.raises(NotReplayable):
        refuse_hopeless(report(attempt=ATTEMPTS_MAX))


def test_what_a_replay_waits_for() -> None:
    """The reference data to wait for is that of the service that reads the record."""
    assert awaited(topics.ENCOUNTERS, ["default"]) == topics.FOLLOWED["hospital"]
    assert awaited(topics.SETTLEMENT_REQUESTS, ["default"]) == topics.FOLLOWED["platform"]
    assert awaited(topics.agency_requests("own"), ["own"]) == topics.FOLLOWED["agency"]
    assert awaited("nobody's", ["default"]) == ()
