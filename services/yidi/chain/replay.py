"""Replaying one failed record, in its plainest form: the same bytes under a raised attempt.

A replay waits, at the service, until the service has read the reference data that exists now: whoever mended the cause
before replaying can rely on the mended state being seen (header `after`, design §3).
"""

from collections.abc import Collection
from typing import Final, NamedTuple

from yidi.chain.answers import Answer, Encounter, settle
from yidi.chain.errors import ChainError
from yidi.chain.journey import NotFound
from yidi.chain.place import Descriptor
from yidi.chain.reader import Reader
from yidi.chain.services import references_of
from yidi.contract import topics
from yidi.contract.codec import ERROR_REPORT, FORWARDED_REQUEST
from yidi.contract.records import ErrorReport
from yidi.contract.topics import partition_of
from yidi.domain.faults import FAULTS, Replayable
from yidi.runtime.decider import AFTER_HEADER, ATTEMPT_HEADER, ATTEMPTS_MAX, FIRST_FAILED_HEADER, Headers

ID_CHARS_MIN: Final = 8
"""What lists show of an error id; shorter beginnings are not unique enough."""

REPLAYS_HEADER: Final = "replays"
"""error_id of the report that a record is the replay of."""
OURS: Final = frozenset({ATTEMPT_HEADER, AFTER_HEADER, FIRST_FAILED_HEADER, REPLAYS_HEADER})


class NotReplayable(ChainError):
    """Sending this record again cannot help."""

    exit_code = 1


class Resend(NamedTuple):
    """Where a replay goes, and with which bytes."""

    topic: str
    value: bytes


async def report_of(reader: Reader, error_id: str) -> ErrorReport:
    """The error report with this id, or the beginning of it; NotFound in words."""
    if len(error_id) < ID_CHARS_MIN:
        raise NotFound(f"{error_id!r} is too short for an error id.", "Give at least its first eight characters.")
    needle = error_id.encode()
    names = [topics.errors(service) for service in ("hospital", "platform", "agency", "registry")]
    async for record in reader.read(reader.parts(names)):
        if record.value and needle in record.value:
            report = ERROR_REPORT.decode(record.value)
            if report["error_id"].startswith(error_id):
                return report
    raise NotFound(
        f"No error topic holds a report {error_id}.", "Take the id from `yidi submit`, `yidi trace` or `yidi audit`."
    )


def resend_of(report: ErrorReport) -> Resend:
    """What is sent where. A request that an agency refused goes through the platform again, which verifies it anew."""
    value = report["value"]
    if value is None or report["key"] is None:
        raise NotReplayable("The record has no key or no value.", "Only an edit can mend it.")
    if report["source_topic"].startswith("agency.") and report["source_topic"].endswith(".requests"):
        return Resend(topics.SETTLEMENT_REQUESTS, FORWARDED_REQUEST.decode(value)["request"])
    return Resend(report["source_topic"], value)


def refuse_hopeless(report: ErrorReport) -> None:
    """Raise NotReplayable when the fault table says that the same bytes cannot do better."""
    if report["source_topic"] == topics.REGISTRY_REQUESTS:
        raise NotReplayable(
            "A change of reference data is not replayed.", "Ask the registry for the change again, corrected."
        )
    fault = FAULTS.get(report["code"])
    if fault is not None and fault.replayable in (Replayable.NO, Replayable.AFTER_EDIT):
        raise NotReplayable(f"{report['code']} ({fault.zh}): {fault.en}.", fault.todo)
    if report["attempt"] >= ATTEMPTS_MAX:
        raise NotReplayable(f"The record was tried {report['attempt']} times.", FAULTS["ATTEMPT_LIMIT"].todo)


async def replay(chain: Descriptor, report: ErrorReport, timeout_s: float) -> Answer:
    """Send the reported record again under the next attempt and wait for its answer."""
    refuse_hopeless(report)
    resend = resend_of(report)
    person = (report["key"] or b"").decode()
    async with Reader(chain.connection, chain.partitions) as reader:
        partition = partition_of(person.encode(), chain.partitions)
        headers = headers_of(report, await _after(reader, reader_of(resend.topic, chain.inboxes), partition))
    record = Encounter(
        report["msgid"] or "", person, resend.value, headers, topic=resend.topic, attempt=report["attempt"] + 1
    )
    return await anext(settle(chain, [record], timeout_s))


def reader_of(topic: str, inboxes: Collection[str]) -> str:
    """The service that reads a topic."""
    return next((planned.receiver for planned in topics.plan(inboxes) if planned.name == topic), "")


async def _after(reader: Reader, service: str, partition: int) -> str:
    """The last record that each reference topic of a service holds now, as the header wants it."""
    ends = await reader.ends(reader.parts(references_of(service), partition))
    return ",".join(f"{part.topic}={end - 1}" for part, end in sorted(ends.items()) if end)


def headers_of(report: ErrorReport, after: str) -> Headers:
    """Headers of the next attempt; `after` names what has to be read before, empty for nothing."""
    kept = tuple((h["key"], h["value"] or b"") for h in report["headers"] if h["key"] not in OURS)
    return (
        *kept,
        (ATTEMPT_HEADER, str(report["attempt"] + 1).encode()),
        *(((AFTER_HEADER, after.encode()),) if after else ()),
        (FIRST_FAILED_HEADER, str(report["first_failed_at"]).encode()),
        (REPLAYS_HEADER, report["error_id"].encode()),
    )
