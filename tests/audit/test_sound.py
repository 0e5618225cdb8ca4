"""What is sound passes, what is open is unknown."""

from tests.audit.history import PARTITIONS
from tests.audit.sound import ALICE, BOB, sound_history
from yidi.audit import Verdict, audit_records, text_of
from yidi.contract import topics


def test_sound_history_passes():
    """A history with every kind of message, sound in itself, passes every check."""
    report = audit_records(sound_history().logs, PARTITIONS)
    assert report.verdict is Verdict.PASS, text_of(report)
    assert report.verdict.exit_code == 0


def test_nothing_at_all_passes():
    """Empty logs break no promise."""
    assert audit_records({}, PARTITIONS).verdict is Verdict.PASS


def test_persons_lie_in_both_partitions():
    """The history is no proof if it exercises one partition only."""
    assert {topics.partition_of(psn.encode(), PARTITIONS) for psn in (ALICE, BOB)} == {0, 1}
