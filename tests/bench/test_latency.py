"""Latency by the broker's clock."""

import pytest

from yidi.bench.latency import NoAnswerInTime, latency_of


def test_from_encounter_to_answer() -> None:
    """The time between the two appends, whatever the order of the answers."""
    sent = {f"m{k}": 1_000 * k for k in range(100)}
    answered = {msgid: at + 10 + (msgid == "m99") * 90 for msgid, at in reversed(sent.items())}
    found = latency_of(sent, answered, 50.0)
    assert (found.p50_ms, found.max_ms, found.rate) == (10, 100, 50)


def test_the_first_tenth_does_not_count() -> None:
    """What was sent first, warms up."""
    sent = {f"m{k}": k for k in range(100)}
    answered = {msgid: at + (500 if at < 10 else 5) for msgid, at in sent.items()}
    found = latency_of(sent, answered, 0.0)
    assert (found.count, found.max_ms) == (90, 5)


def test_a_missing_answer_is_no_latency() -> None:
    """An encounter without an answer makes an error, not a better figure; answers to others do not matter."""
    with pytest.raises(NoAnswerInTime, match="1 encounters have no answer"):
        latency_of({"a": 1, "b": 2}, {"a": 3, "c": 4}, 0.0)
