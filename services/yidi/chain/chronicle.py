"""What lies in a chain's topics, decoded for people and tests: answers, error reports. Reads whole logs."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from yidi.chain.replay import refuse_hopeless
from yidi.chain.sender import Message
from yidi.contract import topics
from yidi.contract.codec import ERROR_REPORT, SETTLEMENT_RESULT, WireError
from yidi.contract.records import ErrorReport, SettlementResult
from yidi.desk.resending import after_of, awaited, headers_of, resend_of
from yidi.runtime.decider import Record

FINAL = frozenset({"DONE", "REFUSED", "REVERSED"})


class Chronicle:
    """The logs as they were when it was made: topic → its records, each partition's in the order of offsets."""

    def __init__(self, logs: Mapping[str, Iterable[Record]]) -> None:
        self.logs = {name: list(records) for name, records in logs.items()}

    def answers(self, msgid: str) -> list[SettlementResult]:
        """What the hospital was told about a message, each answer once, the latest last; empty while it is open."""
        return self._answers.get(msgid, [])

    def final(self, msgid: str) -> SettlementResult | None:
        """The final answer in force, or None while there is none."""
        told = self.answers(msgid)
        return told[-1] if told and told[-1]["outcome"] in FINAL else None

    @cached_property
    def reports(self) -> list[ErrorReport]:
        """Every error report once, by service and then in the order of its topic."""
        found: dict[str, ErrorReport] = {}
        for service in topics.SERVICES:
            for record in self.logs.get(topics.errors(service), ()):
                report = ERROR_REPORT.decode(record.value or b"")
                found.setdefault(report["error_id"], report)
        return list(found.values())

    def reports_of(self, msgid: str) -> list[ErrorReport]:
        """The reports about a message."""
        return [report for report in self.reports if report["msgid"] == msgid]

    def replay(self, report: ErrorReport) -> Message:
        """What an operator sends: the same bytes under the next attempt, after the reference data that is here.

        NotReplayable when the same bytes cannot do better.
        """
        refuse_hopeless(report)
        resend = resend_of(report)
        partition = report["source_partition"]
        ends = {(topic, partition): self._end(topic, partition) for topic in awaited(resend.topic, ())}
        headers = headers_of(report, report["attempt"] + 1, after_of(resend.topic, partition, ends, ()))
        return Message(resend.topic, resend.key, resend.value, headers)

    def _end(self, topic: str, partition: int) -> int:
        return sum(record.partition == partition for record in self.logs.get(topic, ()))

    @cached_property
    def _answers(self) -> dict[str, list[SettlementResult]]:
        found: dict[str, dict[bytes, SettlementResult]] = {}
        for value, result in self._told():
            found.setdefault(result["msgid"], {}).setdefault(value, result)
        return {msgid: list(by_value.values()) for msgid, by_value in found.items()}

    def _told(self) -> Iterator[tuple[bytes, SettlementResult]]:
        for topic, records in self.logs.items():
            if not (topic.startswith("hospital.") and topic.endswith(".results")):
                continue
            for value in (record.value or b"" for record in records):
                try:
                    yield value, SETTLEMENT_RESULT.decode(value)
                except WireError:
                    continue  # poison: the hospital reports it
