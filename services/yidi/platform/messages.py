"""The platform's outgoing messages, and what an error report is told of a request."""

from typing import NamedTuple

from yidi.contract import records, topics
from yidi.contract.codec import FORWARDED_REQUEST, JOURNAL_ENTRY
from yidi.platform.lifecycle import Request
from yidi.platform.routing import Routes
from yidi.runtime.decider import ATTEMPT_HEADER, About, Headers, Outgoing


class Envelope(NamedTuple):
    """What the platform writes around a forwarded message."""

    msgid: str
    psn_no: str
    attempt: int
    inbox: str
    forwarded_at: int


def forwarded(envelope: Envelope, value: bytes, verdict: records.Verdict | None) -> bytes:
    """The message's own bytes, unchanged, beside the verdict (none for charge details and reversals)."""
    return FORWARDED_REQUEST.encode(
        {
            "msgid": envelope.msgid,
            "psn_no": envelope.psn_no,
            "attempt": envelope.attempt,
            "inbox": envelope.inbox,
            "forwarded_at": envelope.forwarded_at,
            "verdict": verdict,
            "request": value,
        }
    )


def request(routes: Routes, row: Request, forwarded: bytes) -> Outgoing:
    """To the pinned inbox."""
    key = row.subject.psn_no.encode()
    return Outgoing(routes.agency_requests[row.inbox], key, forwarded, headers(row.attempt))


def answer(routes: Routes, row: Request, value: bytes) -> Outgoing:
    """To the hospital that waits."""
    key = row.subject.psn_no.encode()
    return Outgoing(routes.hospital_results[row.hospital_inbox], key, value, headers(row.attempt))


def entry(journal_entry: records.JournalEntry) -> Outgoing:
    value = JOURNAL_ENTRY.encode(journal_entry)
    return Outgoing(topics.JOURNAL, journal_entry["psn_no"].encode(), value, headers(journal_entry["attempt"]))


def headers(attempt: int) -> Headers:
    """The attempt travels with everything that it brings about; the first one goes without saying."""
    return ((ATTEMPT_HEADER, str(attempt).encode()),) if attempt > 1 else ()


def about(msgid: str, row: Request) -> About:
    subject = row.subject
    return About(
        msgid=msgid,
        setl_id=row.setl_id,
        psn_no=subject.psn_no,
        mdtrt_id=subject.mdtrt_id,
        insuplc_admdvs=subject.insuplc_admdvs,
        mdtrtarea_admvs=subject.mdtrtarea_admvs,
        fixmedins_code=subject.fixmedins_code,
    )
