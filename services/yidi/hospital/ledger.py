"""What the hospital remembers: one row a message, one a visit, one an amended settlement.

- `message` by msgid: what was asked and how it stands. It never expires; only the bytes in it do.
- `visit` by institution and visit: the message that holds it. One live settlement per visit.
- `settlement` by setl_id, once a message was amended: the message that holds the settlement id.
"""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from yidi.contract import records
from yidi.domain.faults import Refusal
from yidi.domain.identities import content_hash
from yidi.runtime.decider import Put, View
from yidi.runtime.rows import Table

OPEN, UNKNOWN, DONE, REFUSED, REVERSED = "OPEN", "UNKNOWN", "DONE", "REFUSED", "REVERSED"

LIVE: Final = frozenset({OPEN, UNKNOWN, DONE})
"""A settlement in one of these states holds its visit and its settlement id."""


class MessageRow(Struct, array_like=True, frozen=True):
    """One message of the hospital's own system.

    `content` is the SHA-256 of its bytes; `answer` the bytes of the newest answer, b"" until there is one. Kept until
    it is done or its time is over: `charges`, the encounter's own bytes; `request`, what was sent on, b"" if nothing
    was; `details`, the stay's split lines. `sent` is the SHA-256 of `request`, once that was dropped for its time.
    """

    content: bytes
    attempt: int
    state: str
    operation: str
    setl_id: str
    inbox: str
    refers: str | None = None
    answer: bytes = b""
    charges: bytes = b""
    details: bytes = b""
    request: bytes = b""
    sent: bytes = b""


class HolderRow(Struct, array_like=True, frozen=True, gc=False):
    """The message that holds something."""

    msgid: str


MESSAGES: Final = Table("message", MessageRow)
VISITS: Final = Table("visit", HolderRow)
SETTLEMENTS: Final = Table("settlement", HolderRow)

TIMER_PREFIX: Final = "lines/"


def lines_timer(msgid: str) -> str:
    """Name of the timer that drops a refused encounter's lines."""
    return TIMER_PREFIX + msgid


def without_lines(row: MessageRow) -> MessageRow:
    """The row without the bytes that are only kept for a time; ids and answers stay for ever."""
    return replace(row, charges=b"", details=b"", request=b"")


def expired(row: MessageRow) -> MessageRow:
    """A refused row whose time is over: without its bytes, but it still knows which request it had sent on."""
    return replace(without_lines(row), sent=content_hash(row.request) if row.request else row.sent)


def visit_key(charges: records.EncounterCharges) -> str:
    return f"{charges['fixmedins_code']}/{charges['mdtrt_id']}"


def hold_visit(view: View, charges: records.EncounterCharges) -> tuple[Put, ...]:
    """Take the visit for this message; ALREADY_SETTLED while another message of it is live."""
    key, msgid = visit_key(charges), charges["msgid"]
    holder = VISITS.get(view, key)
    if holder is not None and holder.msgid != msgid:
        _refuse_live(holder.msgid, MESSAGES.get(view, holder.msgid), "mdtrt_id: the visit")
    return (VISITS.put(key, HolderRow(msgid)),)


def hold_settlement(view: View, charges: records.EncounterCharges, setl_id: str, attempt: int) -> tuple[Put, ...]:
    """Take the settlement id for this message: only matters for amended messages, and for replays of those.

    ALREADY_SETTLED while another message with the same settlement id is live; FIELD_INVALID when it was reversed, since
    effects are keyed by settlement id and that one is used up.
    """
    if charges["amends"] is None and attempt == 1:
        return ()
    holder = SETTLEMENTS.get(view, setl_id)
    if holder is not None and holder.msgid != charges["msgid"]:
        _refuse_used(holder.msgid, MESSAGES.get(view, holder.msgid))
    if charges["amends"] is None and holder is None:
        return ()
    return (SETTLEMENTS.put(setl_id, HolderRow(charges["msgid"])),)


def amended_settlement(view: View, amends: str) -> str | None:
    """Settlement id that an amended message keeps; None when the refused one left no row here.

    It leaves none when it was poison, or was another person's. ALREADY_SETTLED while it is live, FIELD_INVALID when it
    was reversed: only a refused message can be amended.
    """
    row = MESSAGES.get(view, amends)
    if row is None:
        return None
    _refuse_used(amends, row)
    return row.setl_id


def _refuse_live(msgid: str, row: MessageRow | None, what: str) -> None:
    if row is not None and row.state in LIVE:
        state = "settled" if row.state == DONE else "being settled"
        raise Refusal("ALREADY_SETTLED", f"{what} is {state} by {msgid}")


def _refuse_used(msgid: str, row: MessageRow | None) -> None:
    _refuse_live(msgid, row, "amends: the settlement")
    if row is not None and row.state == REVERSED:
        raise Refusal("FIELD_INVALID", f"amends: {msgid} was reversed; send the encounter anew, without amends")
