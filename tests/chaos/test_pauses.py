"""How long a blow was felt, told from the answers' times alone."""

from yidi.chaos.blows import Kind
from yidi.chaos.pauses import Struck, pauses


def test_the_longest_gap_belongs_to_the_blow_before_it() -> None:
    """Of the gaps between answers each blow is told its longest, up to the next blow."""
    struck = [Struck(Kind.KILL, "broker-1", 1_000), Struck(Kind.RESTART, "broker-2", 5_000)]
    told = pauses(struck, [900, 950, 3_950, 4_000, 4_900, 5_100, 5_600, 5_700])
    assert [(one.struck.victim, one.longest_ms) for one in told] == [("broker-1", 3_000), ("broker-2", 500)]


def test_nobody_waited_when_nobody_asked() -> None:
    """A blow after the last answer, or without any answers, has no pause: silence is no measurement."""
    assert pauses([Struck(Kind.KILL, "broker-1", 1_000)], []) == []
    assert pauses([Struck(Kind.KILL, "broker-1", 1_000)], [100, 200]) == []
