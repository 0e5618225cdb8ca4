"""The life of a case, as one table: which action leads from which state to which."""

from enum import StrEnum
from typing import Final

from yidi.desk.refusals import Conflict


class State(StrEnum):
    OPEN = "open"
    TAKEN = "taken"
    REPLAYING = "replaying"
    SETTLED = "settled"
    REFUSED = "refused"
    WAITING = "waiting"
    DISCARDED = "discarded"
    PARKED = "parked"
    CLAIMED = "claimed"
    TWICE = "twice"
    """Settled directly though it was claimed by hand: one of the two payments has to come back."""


class Action(StrEnum):
    TAKE = "take"
    HAND = "hand"
    DISCARD = "discard"
    RESTORE = "restore"
    PARK = "park"
    CLAIM = "claim"
    AMEND = "amend"
    RECOVER = "recover"
    """One of two payments has come back, or was stopped."""
    REPLAY = "replay"
    """Sent again under the next attempt."""
    SETTLE = "settle"
    """An answer that is final came: done, or reversed."""
    REFUSE = "refuse"
    """Refused again."""
    WAIT = "wait"
    """No answer within the time one waits; it is still followed."""


UNSOLVED: Final = frozenset(
    {State.OPEN, State.TAKEN, State.REPLAYING, State.REFUSED, State.WAITING, State.PARKED, State.TWICE},
)
"""Somebody still has to do something."""

_RESTING: Final = (State.OPEN, State.TAKEN, State.REFUSED, State.PARKED)
"""Nothing of it is under way: what is on its way may still settle, and must not be discarded or claimed meanwhile."""

_TABLE: Final[dict[Action, dict[State, State]]] = {
    Action.TAKE: {
        State.OPEN: State.TAKEN,
        **{state: state for state in UNSOLVED - {State.OPEN}},
    },
    Action.HAND: {state: state for state in UNSOLVED - {State.OPEN}} | {State.OPEN: State.TAKEN},
    Action.DISCARD: dict.fromkeys(_RESTING, State.DISCARDED),
    Action.RESTORE: {State.DISCARDED: State.OPEN, State.PARKED: State.OPEN},
    Action.PARK: dict.fromkeys((State.OPEN, State.TAKEN, State.REFUSED, State.WAITING), State.PARKED),
    Action.CLAIM: dict.fromkeys(_RESTING, State.CLAIMED),
    Action.AMEND: dict.fromkeys((State.OPEN, State.TAKEN, State.REFUSED), State.REPLAYING),
    Action.REPLAY: dict.fromkeys((State.OPEN, State.TAKEN, State.REFUSED, State.WAITING), State.REPLAYING),
    Action.RECOVER: {State.TWICE: State.SETTLED},
    Action.SETTLE: dict.fromkeys(UNSOLVED | {State.DISCARDED}, State.SETTLED)
    | {State.CLAIMED: State.TWICE, State.TWICE: State.TWICE},
    Action.REFUSE: {
        State.REPLAYING: State.REFUSED,
        State.WAITING: State.REFUSED,
        **{state: state for state in (State.OPEN, State.TAKEN, State.REFUSED, State.PARKED)},
        **{state: state for state in (State.DISCARDED, State.CLAIMED, State.TWICE, State.SETTLED)},
    },
    Action.WAIT: {State.REPLAYING: State.WAITING},
}

_WORDS: Final = {
    State.REPLAYING: ("It is being replayed.", "Wait for the outcome; `yidi errors show` follows it."),
    State.WAITING: ("A replay has no answer yet; it may still settle.", "Wait, or replay it: it cannot settle twice."),
    State.SETTLED: ("It is settled.", "Nothing is left to do."),
    State.CLAIMED: ("It is a manual claim now.", "What is claimed is never replayed: it would be paid twice."),
    State.DISCARDED: ("It was discarded.", "Restore it first: `yidi errors restore`."),
    State.PARKED: ("It is parked: it was replayed as often as allowed.", "Restore it first, once the cause is mended."),
    State.OPEN: ("It is open.", "Nothing has to be undone."),
    State.TWICE: (
        "It was settled though it was claimed by hand.",
        "Recover one of the two payments, then say so: `yidi errors recover ID --reason …`.",
    ),
}  # fmt: skip


def after(state: State, action: Action) -> State:
    """The state after the action; Conflict in words when the action is not possible now."""
    reached = _TABLE[action].get(state)
    if reached is None:
        what, todo = _WORDS.get(state, (f"It is {state}.", "Look at it with `yidi errors show`."))
        raise Conflict(f"{action} is not possible: {what}", todo, state=state.value)
    return reached


BY_HAND: Final = (
    Action.TAKE,
    Action.HAND,
    Action.DISCARD,
    Action.RESTORE,
    Action.PARK,
    Action.CLAIM,
    Action.AMEND,
    Action.REPLAY,
    Action.RECOVER,
)


def possible(state: State) -> tuple[Action, ...]:
    """What an operator can do with a case in this state."""
    return tuple(action for action in BY_HAND if state in _TABLE[action])
