"""Making a change of reference data: everything that is not asked for is left out in one place."""

from typing import Any, Final, cast

from yidi.contract.records import ReferenceChange

PARTS: Final = (
    "record",
    "filing",
    "enrolment",
    "opening",
    "item_mapping",
    "category_mapping",
    "connection",
    "qualification",
    "selection",
    "deposit",
)
"""What a change can ask for; exactly one of them is set."""


def change_of(msgid: str, subject: str, why: tuple[str, str], requested_at: int, **part: Any) -> ReferenceChange:  # noqa: ANN401 — any part's record
    """A change with this one part; `why` is who asks and the reason, `requested_at` UTC milliseconds."""
    actor, reason = why
    head = {"msgid": msgid, "subject": subject, "actor": actor, "reason": reason, "requested_at": requested_at}
    return cast("ReferenceChange", {**head, "base_version": None, **dict.fromkeys(PARTS), **part})
