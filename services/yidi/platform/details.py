"""A stay's charge details: on to the inbox that settled it, once (domain §1: categories now, details afterwards)."""

from yidi.domain.faults import Refusal
from yidi.domain.identities import content_hash
from yidi.platform import knowledge, messages
from yidi.platform.lifecycle import DONE, REVERSED, Request
from yidi.platform.messages import Envelope
from yidi.platform.reading import DETAILS, Details
from yidi.platform.routing import Routes
from yidi.platform.state import DETAILS_SEEN, REQUESTS, DetailsSeen
from yidi.runtime.decider import NOTHING, Decision, Outgoing, Record, View


def decide(view: View, record: Record, value: bytes, now_ms: int, routes: Routes) -> Decision:
    """Forwarded under its msgid and attempt; a repeat brings nothing, other content under its msgid is a conflict.

    Nobody waits for an answer to details, so a refusal is an error report only.
    """
    details = DETAILS.read(value)
    knowledge.check_key(record, details["psn_no"])
    digest, attempt = content_hash(value), record.attempt
    seen = DETAILS_SEEN.get(view, details["msgid"])
    if seen is not None and seen.content_hash != digest:
        raise Refusal("ID_CONFLICT", "charge details are known under this msgid with other lines")
    if seen is not None and attempt <= seen.attempt:
        return NOTHING
    row = _settled(view, details)
    envelope = Envelope(details["msgid"], details["psn_no"], attempt, row.inbox, now_ms)
    message = Outgoing(
        routes.agency_requests[row.inbox],
        details["psn_no"].encode(),
        messages.forwarded(envelope, value, None),
        messages.headers(attempt),
    )
    return Decision((DETAILS_SEEN.put(details["msgid"], DetailsSeen(digest, attempt)),), (message,))


def _settled(view: View, details: Details) -> Request:
    row = REQUESTS.get(view, details["request_msgid"])
    if row is None or not row.is_settlement or row.subject.psn_no != details["psn_no"]:
        raise Refusal("SETTLEMENT_NOT_FOUND", f"request_msgid is {details['request_msgid']}")
    if row.state not in (DONE, REVERSED):
        raise Refusal("SETTLEMENT_NOT_FOUND", f"the request that the details are of is {row.state}")
    if row.setl_id != details["setl_id"]:
        raise Refusal("FIELD_INVALID", f"setl_id {details['setl_id']} is not that of the request, {row.setl_id}")
    return row
