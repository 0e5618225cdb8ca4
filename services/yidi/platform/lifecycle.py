"""The life of a request in the platform's state: open, then done, refused or reversed; and never back (design §3).

                       ┌────────── attempt raised: decided anew ─────────┐
                       ▼                                                 │
    (new) ──────────▶ OPEN ───────── agency refuses ───────────────▶ REFUSED ◀── the platform refuses
                       │ └─ no answer in time: `unknown` is set, once       │
                       ├──────── agency settles ──────────▶ DONE ◀─────────┘  a higher attempt, at the agency
                       └── reversal confirmed ─▶ REVERSED ◀─┴─ reversal confirmed

Pure: every function returns a new row. A query's own row is ANSWERED at once and stays so.
"""

from typing import Final

import msgspec

OPEN: Final = "OPEN"
DONE: Final = "DONE"
REFUSED: Final = "REFUSED"
REVERSED: Final = "REVERSED"
ANSWERED: Final = "ANSWERED"

LIVE: Final = frozenset({OPEN, DONE})
"""States of a settlement that keep its encounter occupied."""


class Subject(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What a request is about: the routing fields that every answer repeats."""

    psn_no: str
    insuplc_admdvs: str
    mdtrtarea_admvs: str
    fixmedins_code: str
    mdtrt_id: str
    med_type: str
    insutype: str
    medfee_sumamt: int


Categories = tuple[tuple[str, int, int, int, int, int, int, int, int], ...]
"""Category totals, each in the order of the schema's fields."""


class Ledger(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What the journal needs beside the result: it outlives the request's bytes, for the negative twin."""

    insured_node: str
    treatment_node: str
    setl_lv: str
    filing_class: str
    categories: Categories


class Source(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Where the request lay in its topic, for the error report of a missing answer."""

    partition: int
    offset: int
    timestamp_ms: int
    headers: tuple[tuple[str, bytes], ...]


class Pending(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What only an open request carries: the forwarded bytes to ask again with, and how often they were sent."""

    forwarded: bytes
    source: Source
    asks: int


class Request(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One request's row, kept for ever by msgid.

    `inbox` is the one asked last, pinned while it is open, empty when nobody was asked; `heard` is the latest attempt
    that it answered. `rival` is a settlement of the same encounter that was done after all while this one was open.
    """

    setl_id: str
    operation: str
    attempt: int
    content_hash: bytes
    state: str
    subject: Subject
    hospital_inbox: str
    refers: str | None = None
    inbox: str = ""
    unknown: bool = False
    answer: bytes = b""
    reversed_by: str | None = None
    ledger: Ledger | None = None
    pending: Pending | None = None
    rival: str | None = None
    heard: int = 0

    @property
    def is_settlement(self) -> bool:
        """Whether it moves money of its own."""
        return self.operation == "SETTLE"

    @property
    def is_live(self) -> bool:
        """Whether it occupies its encounter."""
        return self.is_settlement and self.state in LIVE


def anew(row: Request, refused: Request) -> Request:
    """A refused request's row under a higher attempt: what was said, asked and heard before is not forgotten."""
    return msgspec.structs.replace(
        row, unknown=refused.unknown, inbox=refused.inbox, ledger=refused.ledger, heard=refused.heard
    )


def opened(row: Request, inbox: str, pending: Pending, ledger: Ledger | None) -> Request:
    """Forwarded: the inbox is pinned until the request is closed."""
    return msgspec.structs.replace(row, state=OPEN, inbox=inbox, pending=pending, ledger=ledger)


def asked_again(row: Request) -> Request:
    """The same bytes were sent once more."""
    pending = _pending(row)
    return msgspec.structs.replace(row, pending=msgspec.structs.replace(pending, asks=pending.asks + 1))


def announced(row: Request) -> Request:
    """The hospital was told that the outcome is unknown; this happens once in a request's life."""
    if row.unknown or row.state != OPEN:
        raise ValueError(f"a request that is {row.state} (unknown: {row.unknown}) cannot become unknown")
    return msgspec.structs.replace(row, unknown=True)


def closed(row: Request, state: str, attempt: int, answer: bytes) -> Request:
    """A final answer: what was only needed while it was open is dropped."""
    if row.state not in (OPEN, REFUSED) or attempt <= row.heard:
        raise ValueError(f"a request that is {row.state} at attempt {row.heard} is final")
    latest = max(attempt, row.attempt)
    return msgspec.structs.replace(row, state=state, attempt=latest, heard=attempt, answer=answer, pending=None)


def reversed_by(row: Request, msgid: str) -> Request:
    """The reversal `msgid` of this settlement was confirmed; its own answer, if any, stays what it was.

    Also of one that was refused while its reversal was under way: the insured place will not take it up again.
    """
    if not row.is_settlement or row.state == REVERSED:
        raise ValueError(f"a {row.operation} that is {row.state} cannot be reversed")
    return msgspec.structs.replace(row, state=REVERSED, reversed_by=msgid, pending=None)


def _pending(row: Request) -> Pending:
    if row.pending is None:
        raise ValueError(f"a request that is {row.state} is not asked again")
    return row.pending
