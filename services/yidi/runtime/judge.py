"""One record, or one timer, to what it brings about: checks, the service's decision, sealed messages, error report.

The only place where `except Exception` stands: here a failure becomes an error report (style, habit 6).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yidi.contract import topics
from yidi.contract.topics import Topic
from yidi.domain.faults import Refusal, Stage
from yidi.runtime.checks import check
from yidi.runtime.decider import TRACE_HEADER, About, Decider, Decision, Failure, Outgoing, Record, View
from yidi.runtime.errors import refusal_of, report, unknown_source
from yidi.runtime.limits import MESSAGES_PER_DECISION_MAX
from yidi.runtime.message import Message, wire_bytes
from yidi.runtime.trace import derived_trace, trace_id, traceparent


@dataclass(frozen=True, slots=True)
class Verdict:
    """An accepted decision with its messages as they go out, the error report included."""

    decision: Decision
    messages: tuple[Message, ...]
    reported: bool = False
    """An error report is among the messages."""


class Judge:
    """A service's decider behind the runtime's own rules. Pure: equal inputs give equal verdicts."""

    def __init__(self, decider: Decider, plan: Mapping[str, Topic]) -> None:
        self._decider = decider
        self._plan = plan
        self._service = decider.service
        self._report_bytes_max = plan[topics.errors(decider.service)].message_bytes_max

    def record(self, view: View, record: Record, now_ms: int) -> Verdict:
        """The verdict on a record. Never raises: whatever fails becomes an error report, alone and without changes."""
        try:
            check(record, self._plan)
            decision = self._decider.decide(view, record, now_ms)
            return self._verdict(decision, record, now_ms)
        except Exception as error:  # noqa: BLE001 — the one edge that turns failures into error reports
            return self.refused(record, refusal_of(error), now_ms)

    def timer(self, view: View, partition: int, name: str, now_ms: int) -> Verdict:
        """The verdict on a timer that is due. Never raises, like `record`."""
        source = unknown_source(partition, name, now_ms)
        try:
            return self._verdict(self._decider.due(view, name, now_ms), source, now_ms)
        except Exception as error:  # noqa: BLE001 — the one edge that turns failures into error reports
            return self._reported(Decision(), source, Failure(refusal_of(error)), now_ms)

    def refused(self, record: Record, refusal: Refusal, now_ms: int) -> Verdict:
        """The verdict on a record that fails with this refusal and nothing else."""
        return self._reported(Decision(), record, Failure(refusal, self._about(record)), now_ms)

    def _about(self, record: Record) -> About:
        try:
            return self._decider.about(record)
        except Exception:  # noqa: BLE001 — a report without particulars is better than none
            return About()

    def _verdict(self, decision: Decision, record: Record, now_ms: int) -> Verdict:
        if not decision.messages and decision.failure is None:
            return Verdict(decision, ())
        if decision.failure is not None:
            return self._reported(decision, record, decision.failure, now_ms)
        return Verdict(decision, self._sealed(decision.messages, record))

    def _reported(self, decision: Decision, record: Record, failure: Failure, now_ms: int) -> Verdict:
        outgoing = report(self._service, failure.source or record, failure, now_ms, self._report_bytes_max)
        return Verdict(decision, self._sealed((*decision.messages, outgoing), record), reported=True)

    def _sealed(self, outgoing: Sequence[Outgoing], record: Record) -> tuple[Message, ...]:
        if len(outgoing) > MESSAGES_PER_DECISION_MAX:
            raise ValueError(f"{len(outgoing)} messages of one decision; at most {MESSAGES_PER_DECISION_MAX}")
        source = f"{self._service}/{record.topic}/{record.partition}/{record.offset}"
        trace = trace_id(record) if record.topic else derived_trace(f"{source}/{record.key!r}")
        return tuple(self._seal(out, record.partition, trace, source, at) for at, out in enumerate(outgoing))

    def _seal(self, out: Outgoing, own: int, trace: str, source: str, index: int) -> Message:
        """The complete message; refused when it could not be published, since an outbox must always drain."""
        headers = (*out.headers, (TRACE_HEADER, traceparent(trace, source, index)))
        partition = own if out.partition is None else out.partition
        topic = self._plan.get(out.topic)
        if topic is None or not 0 <= partition < topic.partitions:
            raise ValueError(f"message for {out.topic} partition {partition}, which the topic plan does not have")
        if len(out.value) > topic.message_bytes_max >> 1:
            _check_output(out, headers, topic)
        return Message(out.topic, partition, out.key, out.value, headers)


def _check_output(out: Outgoing, headers: tuple[tuple[str, bytes], ...], topic: Topic) -> None:
    size = wire_bytes(out.key, out.value, headers)
    if size > topic.message_bytes_max:
        words = f"its message for {topic.name} would take {size} bytes, {topic.message_bytes_max} at most"
        raise Refusal("TOO_LARGE", words, stage=Stage.PUBLISH)
