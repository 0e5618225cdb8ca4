"""Topics keep what an operator says, as far as no guarantee breaks."""

from collections.abc import Callable

import pytest

from yidi.contract import topics
from yidi.contract.retention import (
    ERROR_DAYS_MIN,
    FLOW_DAYS_MIN,
    FLOW_MIB_MIN,
    Retention,
    checked_error_days,
    checked_flow_days,
    checked_flow_mib,
)
from yidi.contract.topics import DAY_MS

PLAN = topics.plan()


def test_nothing_said_is_the_plan() -> None:
    """Without a word every topic keeps what the plan says, and nobody asked for anything to be forgotten."""
    assert Retention().of(PLAN) == PLAN
    assert not Retention().said


def test_flow_and_errors_keep_what_is_said() -> None:
    """Days go to flow and to error topics each, a size to flow topics alone."""
    kept = {topic.name: topic for topic in Retention(10, 100, 512).of(PLAN)}
    assert kept[topics.ENCOUNTERS].config()["retention.ms"] == str(10 * DAY_MS)
    assert kept[topics.ENCOUNTERS].config()["retention.bytes"] == str(512 << 20)
    assert kept[topics.errors("agency")].config()["retention.ms"] == str(100 * DAY_MS)
    assert kept[topics.errors("agency")].config()["retention.bytes"] == "-1"


def test_what_is_for_ever_is_for_ever() -> None:
    """Journal, reference data and operators' actions have neither a time nor a size, whatever is said."""
    ever = [topic for topic in PLAN if topic.for_ever]
    assert {topics.JOURNAL, topics.OPERATIONS, topics.REFERENCE_PERSONS} <= {topic.name for topic in ever}
    assert [topic for topic in Retention(7, 92, 256).of(PLAN) if topic.for_ever] == ever


@pytest.mark.parametrize(
    ("check", "least", "words"),
    [
        (checked_flow_days, FLOW_DAYS_MIN, "would lose inputs: keep flow topics 7 days or more"),
        (checked_error_days, ERROR_DAYS_MIN, "for three months: keep error topics 92 days or more"),
        (checked_flow_mib, FLOW_MIB_MIN, "give a partition 256 MiB or more"),
    ],
)
def test_what_would_break_a_guarantee_is_refused(check: Callable[[int], int], least: int, words: str) -> None:
    """The least that holds is taken, one less is refused with its reason."""
    assert check(least) == least
    with pytest.raises(ValueError, match=words):
        check(least - 1)
