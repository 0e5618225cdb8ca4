"""The platform as a decider: which message is whose. Its rules are in the other files of this folder."""

from collections.abc import Iterable

from yidi.contract import topics
from yidi.contract.codec import CHARGE_DETAILS, SETTLEMENT_RESULT, Undecodable, WireError, schema_id_of
from yidi.platform import answering, details, knowledge, overdue
from yidi.platform.asking import Asking
from yidi.platform.deadlines import Deadlines, msgid_of_timer
from yidi.platform.reading import CLAIM
from yidi.platform.routing import Routes
from yidi.runtime.decider import NOTHING, About, Decision, Record, View


class Platform:
    """Answers every request exactly once with a final outcome, and at most once before that with *unknown*.

    - A request goes to one agency inbox, pinned until it is closed; only that inbox can close it.
    - An encounter has at most one live settlement; a final outcome changes only by a confirmed reversal.
    - A repeat brings the same bytes again and no second effect; the journal gets one entry for each effect.
    """

    service = "platform"
    references = (topics.REFERENCE_SHARED, topics.REFERENCE_PERSONS, topics.REFERENCE_FILINGS)

    def __init__(self, inboxes: Iterable[str] = (topics.DEFAULT_INBOX,), deadlines: Deadlines | None = None) -> None:
        self._routes = Routes(inboxes)
        self._deadlines = deadlines or Deadlines()
        self._asking = Asking(self._routes, self._deadlines)
        self.inputs = (topics.SETTLEMENT_REQUESTS, *self._routes.inbox_of_results)

    def decide(self, view: View, record: Record, now_ms: int) -> Decision:
        value = record.value
        if value is None:
            raise Undecodable("the record has no value: a tombstone is no message")
        if record.topic in self._routes.inbox_of_results:
            return answering.decide(view, record, value, self._routes)
        if record.topic != topics.SETTLEMENT_REQUESTS:
            return knowledge.take(view, record, value)
        if schema_id_of(value) in CHARGE_DETAILS.schema_ids:
            return details.decide(view, record, value, now_ms, self._routes)
        return self._asking.decide(view, record, value, now_ms)

    def due(self, view: View, timer: str, now_ms: int) -> Decision:
        msgid = msgid_of_timer(timer)
        return NOTHING if msgid is None else overdue.decide(view, msgid, now_ms, self._routes, self._deadlines)

    def about(self, record: Record) -> About:
        """The routing fields of a request or result; of anything else nothing."""
        value = record.value or b""
        try:
            head = (
                SETTLEMENT_RESULT.decode(value) if record.topic in self._routes.inbox_of_results else CLAIM.read(value)
            )
        except WireError:
            return About()
        return About(
            msgid=head["msgid"],
            setl_id=head["setl_id"],
            psn_no=head["psn_no"],
            mdtrt_id=head["mdtrt_id"],
            insuplc_admdvs=head["insuplc_admdvs"],
            mdtrtarea_admvs=head["mdtrtarea_admvs"],
            fixmedins_code=head["fixmedins_code"],
        )
