"""What a message means that came before: the same answer, nothing, a new decision, or a conflict (design §3)."""

from enum import Enum

from yidi.contract.codec import SETTLEMENT_RESULT
from yidi.domain.faults import Refusal
from yidi.platform.lifecycle import DONE, REFUSED, REVERSED, Request


class Repeat(Enum):
    """`DECIDE`: as if new, under its higher attempt. `ANSWER`: the stored bytes again. `NOTHING`: it is open.

    `OVER`: replayed, but reversed before it was ever done; the replay hears that it is not taken up again.
    """

    DECIDE = "decide"
    OVER = "over"
    ANSWER = "answer"
    NOTHING = "nothing"


def of_request(row: Request, content_hash: bytes, attempt: int) -> Repeat:
    """A request whose msgid is known. Only a refused one is decided anew, and only under a higher attempt."""
    if row.content_hash != content_hash:
        raise Refusal("ID_CONFLICT", f"msgid is known with other content, as {row.operation} of {row.setl_id}")
    if row.state == REFUSED and attempt > row.attempt:
        return Repeat.DECIDE
    if row.state == REVERSED and row.is_settlement and attempt > row.attempt and not _was_done(row):
        return Repeat.OVER
    return Repeat.ANSWER if row.answer else Repeat.NOTHING


def _was_done(row: Request) -> bool:
    return bool(row.answer) and SETTLEMENT_RESULT.decode(row.answer)["outcome"] == DONE
