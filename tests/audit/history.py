"""A small chain's logs, made by hand: every kind of message, sound, with two ways to break it.

`edit(topic, id, message)` changes a message before it is sent: what is made of it later carries the change on.
`tamper(topic, id, message)` replaces one record by none, one or several others; the rest goes on as if nothing were.
"""

from collections.abc import Callable, Sequence
from typing import Any

from tests.audit import messages as make
from yidi.contract import codec, records, topics
from yidi.contract.codec import RecordType
from yidi.domain.identities import derived_id
from yidi.runtime.decider import Record

Message = Any
Edit = Callable[[str, str, Message], Message]
Tamper = Callable[[str, str, Message], Sequence[Message]]

ASKED, ANSWERS, TOLD = "agency.default.requests", "agency.default.results", "hospital.default.results"
PARTITIONS = 2


class History:
    """Topic → records, written as the services would write them. Fault-free unless a hook breaks it."""

    def __init__(self, edit: Edit | None = None, tamper: Tamper | None = None) -> None:
        self.logs: dict[str, list[Record]] = {topic.name: [] for topic in topics.plan(["default", "other"], PARTITIONS)}
        self._edit = edit or (lambda _topic, _id, message: message)
        self._tamper = tamper or (lambda _topic, _id, message: [message])
        self._accumulators: dict[str, dict[str, int]] = {}
        self._balances: dict[str, int] = {}
        self._deposits: dict[str, list[int]] = {}
        self.results: dict[str, Message] = {}
        self.requests: dict[str, records.SettlementRequest] = {}

    # Records

    def put(self, topic: str, key: str, kind: RecordType[Any], message: Message, **how: Any) -> Record:
        """Encode and append; returns the record as it would be without tampering."""
        message_id = message.get("result_id") or message.get("msgid") or message.get("error_id") or key
        message = self._edit(topic, message_id, message)
        value = kind.encode(message)
        record = self._append(topic, key, value, write=False, **how)
        for written in self._tamper(topic, message_id, message):
            self._append(topic, key, written if isinstance(written, bytes) else kind.encode(written), **how)
        return record

    def raw(self, topic: str, key: str, value: bytes | None, **how: Any) -> Record:
        """Append bytes as they are."""
        return self._append(topic, key, value, **how)

    def again(self, record: Record) -> Record:
        """The same record once more, as an at-least-once log brings it."""
        return self._append(
            record.topic, (record.key or b"").decode(), record.value, partition=record.partition, headers=record.headers
        )

    def _append(
        self, topic: str, key: str, value: bytes | None, *,
        partition: int | None = None, attempt: int = 1, trace: str = "", headers: Any = None, write: bool = True,
    ) -> Record:  # fmt: skip
        if partition is None:
            partition = topics.partition_of(key.encode(), PARTITIONS)
        if headers is None:
            traceparent = f"00-{derived_id(trace or key, 'trace')}-0000000000000001-01".encode()
            headers = (("traceparent", traceparent),)
            headers += (("attempt", str(attempt).encode()),) if attempt > 1 else ()
        offset = sum(1 for record in self.logs[topic] if record.partition == partition)
        record = Record(topic, partition, offset, make.START_MS + offset, key.encode(), value, headers)
        if write:
            self.logs[topic].append(record)
        return record

    def report(self, source: Record, service: str, code: str, msgid: str | None = None) -> Record:
        message: records.ErrorReport = {
            "error_id": derived_id(f"{source.topic}/{source.partition}/{source.offset}", code),
            "service": service,
            "code": code,
            "fault_class": "BUSINESS",
            "stage": "VALIDATE",
            "detail": "",
            "attempt": source.attempt,
            "first_failed_at": make.START_MS,
            "last_failed_at": make.START_MS,
            "msgid": msgid,
            "setl_id": None,
            "psn_no": None,
            "mdtrt_id": None,
            "insuplc_admdvs": None,
            "mdtrtarea_admvs": None,
            "fixmedins_code": None,
            "traceparent": None,
            "source_topic": source.topic,
            "source_partition": source.partition,
            "source_offset": source.offset,
            "source_timestamp": source.timestamp_ms,
            "key": source.key,
            "value": source.value,
            "headers": [{"key": name, "value": value} for name, value in source.headers],
        }
        key = (source.key or b"").decode()
        return self.put(topics.errors(service), key, codec.ERROR_REPORT, message, partition=source.partition)

    # Reference data

    def person(self, psn_no: str, deposits: list[int]) -> None:
        """A new version of the person, whose account has had these deposits."""
        known = self._deposits.get(psn_no, [])
        version = len([r for r in self.logs[topics.REFERENCE_PERSONS] if r.key == psn_no.encode()]) + 1
        message = make.person(psn_no, version, deposits)
        self.put(topics.REFERENCE_PERSONS, psn_no, codec.PERSON_HISTORY, message)
        self._balances[psn_no] = self._balances.get(psn_no, 0) + sum(deposits) - sum(known)
        self._deposits[psn_no] = deposits

    # Legs

    def encounter(self, msgid: str, psn_no: str, med_type: str = "11", total: int = 0, **how: Any) -> Record:
        attempt = how.pop("attempt", 1)
        message = make.encounter(msgid, psn_no, med_type, total, **how)
        return self.put(topics.ENCOUNTERS, psn_no, codec.ENCOUNTER_CHARGES, message, attempt=attempt, trace=msgid)

    def request(self, encounter: Record, root: str = "", attempt: int = 1) -> Record:
        source = codec.ENCOUNTER_CHARGES.decode(encounter.value or b"")
        message = make.request_of(source, make.setl_id_of(root or source["refers"] or source["msgid"]))
        record = self.put(
            topics.SETTLEMENT_REQUESTS, source["psn_no"], codec.SETTLEMENT_REQUEST, message,
            attempt=attempt, trace=source["msgid"],
        )  # fmt: skip
        self.requests[source["msgid"]] = codec.SETTLEMENT_REQUEST.decode(record.value or b"")
        return record

    def forward(self, request: Record, msgid: str, *, attempt: int = 1, details: bool = False) -> Record:
        message: records.ForwardedRequest = {
            "msgid": msgid,
            "psn_no": (request.key or b"").decode(),
            "attempt": attempt,
            "inbox": "default",
            "forwarded_at": make.START_MS,
            "verdict": None if details else make.verdict(1),
            "request": request.value or b"",
        }
        return self.put(ASKED, message["psn_no"], codec.FORWARDED_REQUEST, message, attempt=attempt, trace=msgid)

    def answer(self, msgid: str, *, attempt: int = 1, moves: bool = True) -> Record:
        """The agency settles; with `moves` off it only rehearses."""
        request = self.requests[msgid]
        psn_no = request["psn_no"]
        balance, before = self._balances.get(psn_no, 0), dict(self._accumulators.get(psn_no, {}))
        amounts = make.amounts_of(request, balance)
        grown = {"2025.pool_paid": amounts["hifp_pay"], "2025.maf_paid": amounts["maf_pay"], "2025.visits": 1}
        after = {name: before.get(name, 0) + change for name, change in grown.items()}
        result = make.result_of(
            request, "DONE", attempt, "agency", amounts=amounts, balc_before=balance,
            balc=balance - amounts["acct_pay"], accumulators_before=before, accumulators_after=after,
        )  # fmt: skip
        return self._answered(result, moves=moves)

    def twin(self, msgid: str) -> Record:
        """The agency reverses the settlement that the request refers to; nothing, when it has none."""
        request = self.requests[msgid]
        psn_no, original = request["psn_no"], self.results.get(request["refers"] or "")
        balance, before = self._balances.get(psn_no, 0), dict(self._accumulators.get(psn_no, {}))
        amounts, after = make.zero_amounts(), before
        if original is not None:
            amounts = make.negated(original["amounts"])
            was, then = original["accumulators_before"], original["accumulators_after"]
            after = {name: value - then.get(name, 0) + was.get(name, 0) for name, value in before.items()}
        result = make.result_of(
            request, "REVERSED", 1, "agency", amounts=amounts, balc_before=balance,
            balc=balance - amounts["acct_pay"], accumulators_before=before, accumulators_after=after,
        )  # fmt: skip
        return self._answered(result, moves=True)

    def refuse(self, msgid: str, code: str, source: Record, attempt: int = 1) -> Record:
        """The agency refuses, and reports."""
        why = make.fault(code, "BUSINESS", "agency")
        result = make.result_of(self.requests[msgid], "REFUSED", attempt, "agency", fault=why)
        self.report(source, "agency", code, msgid)
        return self._answered(result, moves=False)

    def tell(self, answer: Record) -> Record:
        """The platform passes the agency's bytes on, and writes the journal when they moved money."""
        result: Any = codec.SETTLEMENT_RESULT.decode(answer.value or b"")
        psn_no, msgid = result["psn_no"], result["msgid"]
        told = self.put(TOLD, psn_no, codec.SETTLEMENT_RESULT, result, trace=msgid)
        moved = result["amounts"] and result["operation"] != "PRE_SETTLE" and result["amounts"]["medfee_sumamt"]
        if moved:
            request = self.requests[result["refers"] or msgid]
            entry = make.journal_of(result, request["categories"])
            self.put(topics.JOURNAL, psn_no, codec.JOURNAL_ENTRY, entry, trace=msgid)
        return told

    def tell_self(self, msgid: str, outcome: str, code: str, service: str, source: Record, **changes: Any) -> Record:
        """Hospital or platform answer by themselves, and report their no."""
        request = self.requests[msgid]
        why = make.fault(code, "UNKNOWN" if outcome == "UNKNOWN" else "BUSINESS", service) if code else None
        attempt = changes.pop("attempt", 1)
        result = make.result_of(request, outcome, attempt, service, fault=why, **changes)
        if code:
            self.report(source, service, code, msgid)
        return self.put(TOLD, request["psn_no"], codec.SETTLEMENT_RESULT, result, trace=msgid)

    def details(self, encounter: Record, answer: Record) -> Record:
        source = codec.ENCOUNTER_CHARGES.decode(encounter.value or b"")
        setl_id = codec.SETTLEMENT_RESULT.decode(answer.value or b"")["setl_id"]
        message = make.details_of(source, setl_id)
        return self.put(
            topics.SETTLEMENT_REQUESTS, source["psn_no"], codec.CHARGE_DETAILS, message, trace=source["msgid"]
        )

    def settle(self, msgid: str, psn_no: str, med_type: str = "11", total: int = 20_000, **how: Any) -> Record:
        """All legs of a settlement that goes well; returns the hospital's result."""
        root = how.pop("root", "")
        encounter = self.encounter(msgid, psn_no, med_type, total, **how)
        request = self.request(encounter, root)
        self.forward(request, msgid)
        answer = self.answer(msgid, moves=how.get("operation") != "PRE_SETTLE")
        told = self.tell(answer)
        if med_type == make.STAY and "operation" not in how:
            details = self.details(encounter, answer)
            self.forward(details, derived_id(msgid, "details"), details=True)
        return told

    def reverse(self, msgid: str, psn_no: str, refers: str) -> Record:
        """All legs of a reversal."""
        visit = self.requests[refers]["mdtrt_id"]
        encounter = self.encounter(msgid, psn_no, operation="REVERSE", refers=refers, mdtrt_id=visit)
        self.forward(self.request(encounter), msgid)
        return self.tell(self.twin(msgid))

    def _answered(self, result: Message, *, moves: bool) -> Record:
        psn_no, msgid = result["psn_no"], result["msgid"]
        record = self.put(ANSWERS, psn_no, codec.SETTLEMENT_RESULT, result, trace=msgid)
        if moves:
            sent = codec.SETTLEMENT_RESULT.decode(record.value or b"")
            self._accumulators[psn_no] = dict(sent["accumulators_after"])
            self._balances[psn_no] = sent["balc"] or 0
            self.results[msgid] = sent
        return record
