"""The hash chain of operators' actions: written by the desk alone, published on errors.operations, and verified.

Link n carries the hash of link n-1, and its own hash over everything else in it. The desk's store keeps the head: who
cuts links off the end, or takes one out, or changes one, is found. A link that was published twice, byte for byte, is
no forgery (the desk may send again after a crash).
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, func, insert, select

from yidi.contract.codec import OPERATOR_ACTION, WireError
from yidi.contract.records import OperatorAction
from yidi.contract.topics import OPERATIONS
from yidi.desk.tables import ACTIONS, OUTBOX

GENESIS: Final = "0" * 64
SERIAL_DIGITS: Final = 12
FINDINGS_MAX: Final = 50


class Deed(NamedTuple):
    """What somebody did, or tried to do."""

    actor: str
    authenticated: bool
    action: str
    about: str
    reason: str
    result: str


class Head(NamedTuple):
    """The last link: how many there are, and its hash."""

    links: int
    hash: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What verifying the chain found; intact without findings."""

    links: int
    repeats: int
    head: Head
    findings: tuple[str, ...]

    @property
    def intact(self) -> bool:
        return not self.findings


def link(head: Head, deed: Deed, now_ms: int) -> OperatorAction:
    """The next link after `head`."""
    made: OperatorAction = {
        "action_id": f"{head.links + 1:0{SERIAL_DIGITS}d}",
        "previous": head.hash,
        "hash": "",
        "actor": deed.actor,
        "authenticated": deed.authenticated,
        "action": deed.action,
        "error_id": deed.about,
        "reason": deed.reason,
        "acted_at": now_ms,
        "result": deed.result,
    }
    return {**made, "hash": hash_of(made)}


def hash_of(action: OperatorAction) -> str:
    """SHA-256 over the link without its own hash, as it travels."""
    return hashlib.sha256(OPERATOR_ACTION.encode({**action, "hash": ""})).hexdigest()


def head_of(connection: Connection) -> Head:
    """The anchor."""
    row = connection.execute(select(ACTIONS.c.seq, ACTIONS.c.hash).order_by(ACTIONS.c.seq.desc()).limit(1)).first()
    return Head(row.seq, row.hash) if row is not None else Head(0, GENESIS)


def append(connection: Connection, deed: Deed, now_ms: int) -> None:
    """Add a link and queue its publication, in the caller's transaction."""
    append_all(connection, [deed], now_ms)


def append_all(connection: Connection, deeds: Iterable[Deed], now_ms: int) -> None:
    """Add a link for each deed, in order: all of them or none, as the caller's transaction goes."""
    head = head_of(connection)
    links, messages = list[dict[str, Any]](), list[dict[str, Any]]()
    for deed in deeds:
        made = link(head, deed, now_ms)
        head = Head(head.links + 1, made["hash"])
        links.append({"seq": head.links, **made})
        key = deed.about.encode() or b"desk"
        messages.append({"topic": OPERATIONS, "key": key, "value": OPERATOR_ACTION.encode(made), "headers": "[]"})
    if links:
        connection.execute(insert(ACTIONS), links)
        connection.execute(insert(OUTBOX), messages)


def unpublished(connection: Connection) -> int:
    """Links that are not acknowledged by the broker yet: they are the last ones."""
    rows = select(func.count()).select_from(OUTBOX).where(OUTBOX.c.topic == OPERATIONS)
    return int(connection.execute(rows).scalar_one())


def verify(values: Iterable[bytes], head: Head, still_queued: int = 0) -> Verification:
    """Walk the published chain, from its first link to the anchored head.

    `still_queued` last links may be missing: the desk has them in its outbox and will send them.
    """
    by_number: dict[int, dict[bytes, OperatorAction]] = {}
    findings: list[str] = []
    repeats = 0
    for value in values:
        try:
            action = OPERATOR_ACTION.decode(value)
            number = int(action["action_id"])
        except (WireError, ValueError) as error:
            findings.append(f"A record that is no link lies on {OPERATIONS}: {error}.")
            continue
        known = by_number.setdefault(number, {})
        repeats += value in known
        known[value] = action
    findings += _walk(by_number, head, still_queued)
    return Verification(len(by_number), repeats, head, tuple(findings[:FINDINGS_MAX]))


def _walk(by_number: dict[int, dict[bytes, OperatorAction]], head: Head, still_queued: int) -> list[str]:
    findings: list[str] = []
    previous = GENESIS
    for number in range(1, head.links + 1):
        candidates = list(by_number.get(number, {}).values())
        if not candidates:
            if number <= head.links - still_queued:
                findings.append(f"Link {number} of {head.links} is missing.")
            previous = ""
            continue
        findings += _wrong(number, candidates, previous)
        good = [action for action in candidates if hash_of(action) == action["hash"]]
        previous = (good or candidates)[0]["hash"]
    if head.links and previous and previous != head.hash:
        findings.append(f"The last link, {head.links}, is not the one that the desk remembers.")
    beyond = sorted(number for number in by_number if not 1 <= number <= head.links)
    findings += [
        f"Link {number} lies beyond the {head.links} that the desk wrote: not the desk's." for number in beyond
    ]
    return findings


def _wrong(number: int, candidates: list[OperatorAction], previous: str) -> list[str]:
    wrong = []
    if len(candidates) > 1:
        wrong.append(f"Link {number} stands there {len(candidates)} times with different content.")
    for action in candidates:
        if hash_of(action) != action["hash"]:
            wrong.append(
                f"Link {number} ({action['action']} by {action['actor']}) was tampered with: its hash differs."
            )
        elif previous and action["previous"] != previous:
            wrong.append(f"Link {number} ({action['action']} by {action['actor']}) does not follow link {number - 1}.")
    return wrong
