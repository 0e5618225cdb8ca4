"""The life of a case."""

import pytest

from yidi.desk.refusals import Conflict
from yidi.desk.states import UNSOLVED, Action, State, after, possible


def test_claimed_is_never_replayed() -> None:
    """What is a manual claim is never replayed, amended, claimed again or restored."""
    for action in (Action.REPLAY, Action.AMEND, Action.CLAIM, Action.RESTORE, Action.DISCARD):
        with pytest.raises(Conflict):
            after(State.CLAIMED, action)
    assert possible(State.CLAIMED) == ()


@pytest.mark.parametrize("state", [State.REPLAYING, State.WAITING])
def test_under_way_is_not_given_up(state: State) -> None:
    """What may still settle is neither discarded nor claimed."""
    for action in (Action.DISCARD, Action.CLAIM):
        with pytest.raises(Conflict):
            after(state, action)


def test_settled_is_the_end() -> None:
    """Nothing can be done with what is settled, and a late refusal does not undo it."""
    assert possible(State.SETTLED) == ()
    assert after(State.SETTLED, Action.REFUSE) is State.SETTLED


def test_every_unsolved_can_settle() -> None:
    """Whatever an operator did, a final answer settles it; only what is paid twice stays for somebody to recover."""
    assert {after(state, Action.SETTLE) for state in UNSOLVED - {State.TWICE}} == {State.SETTLED}
    assert after(State.CLAIMED, Action.SETTLE) is State.TWICE
    assert after(State.TWICE, Action.SETTLE) is State.TWICE


def test_paid_twice_is_only_recovered() -> None:
    """What is paid twice is neither replayed, discarded nor restored: it ends when a payment is recovered."""
    for action in (Action.REPLAY, Action.DISCARD, Action.RESTORE, Action.CLAIM, Action.AMEND, Action.PARK):
        with pytest.raises(Conflict, match="claimed by hand"):
            after(State.TWICE, action)
    assert after(State.TWICE, Action.RECOVER) is State.SETTLED


def test_discarded_can_be_restored() -> None:
    """A discarded case comes back as open."""
    assert after(State.DISCARDED, Action.RESTORE) is State.OPEN
