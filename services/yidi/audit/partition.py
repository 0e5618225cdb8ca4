"""Audits one partition number over all topics: reads in reading order, decodes, hands on, and closes."""

from typing import TYPE_CHECKING, Any, Final

from yidi.audit.book import Book, Extent
from yidi.audit.check import Check
from yidi.audit.legs import Leg, leg_of
from yidi.audit.placement import Misplaced, placed
from yidi.audit.scribe import Scribe
from yidi.audit.seen import Seen, digest_of
from yidi.audit.sums import Sums
from yidi.contract import codec
from yidi.contract.codec import RecordType, WireError
from yidi.runtime.decider import Record

if TYPE_CHECKING:
    from collections.abc import Callable

RECORDS: Final[dict[Leg, tuple[RecordType[Any], ...]]] = {
    Leg.ERROR: (codec.ERROR_REPORT,),
    Leg.PERSON: (codec.PERSON_HISTORY,),
    Leg.FILING: (codec.FILING_HISTORY,),
    Leg.SHARED: (codec.REGION, codec.INSTITUTION, codec.CATALOGUE, codec.DIALECT),
    Leg.CHANGE: (codec.REFERENCE_CHANGE,),
    Leg.ENCOUNTER: (codec.ENCOUNTER_CHARGES,),
    Leg.REQUEST: (codec.SETTLEMENT_REQUEST, codec.CHARGE_DETAILS),
    Leg.FORWARDED: (codec.FORWARDED_REQUEST,),
    Leg.ANSWER: (codec.SETTLEMENT_RESULT,),
    Leg.TOLD: (codec.SETTLEMENT_RESULT,),
    Leg.JOURNAL: (codec.JOURNAL_ENTRY,),
}

_IDS: Final = {Leg.ERROR: "error_id", Leg.PERSON: "psn_no", Leg.FILING: "psn_no"}


class OutOfOrder(Exception):
    """Records of one partition must come leg by leg, and within a topic by offset."""


class PartitionAudit:
    """Feed it every record of one partition number, topics in reading order, then `close`."""

    def __init__(self, book: Book, checks: list[Check], sums: Sums) -> None:
        self.book = book
        self.checks = checks
        self.sums = sums
        self.counts: dict[str, int] = {}
        self._listeners = _Listeners([*checks, sums])
        self._scribe = Scribe(book, self._listeners.tell)
        self._leg = Leg.ERROR
        self._topic = ""
        self._extent = Extent()

    def add(self, record: Record) -> None:
        """Take one record. OutOfOrder when it does not follow the one before."""
        if record.topic != self._topic:
            self._turn_to(record.topic)
        self._count(record)
        leg = self._leg
        if leg is Leg.OPERATION:
            return
        digest = digest_of(record.value)
        self._listeners.tell("on_record", record, digest)
        if not (leg is Leg.TOLD and self._told_again(record, digest)):
            self._read(leg, record, digest)

    def close(self) -> None:
        """All records were fed: let every check say what only the whole shows."""
        for check in self.checks:
            check.close()
        for check in self.checks:
            check.resolve()

    def _read(self, leg: Leg, record: Record, digest: bytes) -> None:
        try:
            message = _decoded(leg, record.value)
            seen = Seen(record, digest, record.attempt, _id_of(leg, message), message)
        except (WireError, ValueError) as error:
            self._listeners.tell("on_unreadable", record, leg, str(error))
            return
        try:
            placed(leg, record, message, self.book)
        except Misplaced as error:
            self._listeners.tell("on_misplaced", seen, str(error))
            return
        self._scribe.write[leg](seen)

    def _told_again(self, record: Record, digest: bytes) -> bool:
        """Most results at the hospital are the agency's own bytes: those need no decoding a second time."""
        known = self.book.answers.get(digest)
        if known is None or record.key != known[0].key:
            return False
        self._scribe.told(Seen(record, digest, known[1].attempt, known[0].msgid, None))
        return True

    def _turn_to(self, topic: str) -> None:
        leg = leg_of(topic)
        if leg is None or leg < self._leg or topic in self.book.extents:
            raise OutOfOrder(f"{topic} after {self._topic}: feed the topics in reading order, each once")
        self._leg, self._topic = leg, topic
        self._extent = self.book.extents[topic] = Extent()

    def _count(self, record: Record) -> None:
        extent = self._extent
        self.counts[record.topic] = self.counts.get(record.topic, 0) + 1
        if not extent.first <= extent.last < record.offset and extent.first >= 0:
            raise OutOfOrder(f"{record.topic} offset {record.offset} after {extent.last}")
        if extent.first < 0:
            extent.first = record.offset
        elif record.offset != extent.last + 1:
            extent.holes += 1
        extent.last = record.offset


class _Listeners:
    """Which checks listen to which event, found once."""

    def __init__(self, checks: list[Check | Sums]) -> None:
        self._bound: dict[str, list[Callable[..., None]]] = {}
        for check in checks:
            for name in dir(check):
                if name.startswith("on_"):
                    self._bound.setdefault(name, []).append(getattr(check, name))

    def tell(self, event: str, *arguments: object) -> None:
        for listener in self._bound.get(event, ()):
            listener(*arguments)


def _decoded(leg: Leg, value: bytes | None) -> Any:  # noqa: ANN401 — one of the contract's records
    if value is None:
        raise ValueError("a record without a value")
    record_type = codec.record_type_of(value)
    if record_type not in RECORDS[leg]:
        raise ValueError(f"{record_type.name} does not belong here")
    return record_type.decode(value)


def _id_of(leg: Leg, message: dict[str, Any]) -> str:
    if leg is Leg.SHARED:
        return str(next(iter(message.values())))
    return str(message[_IDS.get(leg, "msgid")])
