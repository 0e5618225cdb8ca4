"""Replaying one failed record without the desk's plans: sent as the desk would, and waited for.

A replay waits, at the service, until the service has read the reference data that exists now: whoever mended the cause
before replaying can rely on the mended state being seen (header `after`, design §3).
"""

from typing import Final

from yidi.chain.answers import Answer, Encounter, settle
from yidi.chain.errors import ChainError
from yidi.chain.journey import NotFound, TooShort, journey_of
from yidi.chain.place import Descriptor
from yidi.chain.reader import Reader
from yidi.contract import topics
from yidi.contract.codec import ERROR_REPORT, OPERATOR_ACTION
from yidi.contract.records import ErrorReport
from yidi.contract.topics import partition_of
from yidi.desk.resending import HOPELESS, after_of, awaited, headers_of, resend_of
from yidi.domain.faults import FAULTS
from yidi.runtime.decider import ATTEMPTS_MAX

ID_CHARS_MIN: Final = 8
"""What lists show of an error id; shorter beginnings are not unique enough."""


class NotReplayable(ChainError):
    """Sending this record again cannot help."""

    exit_code = 1


async def report_of(reader: Reader, error_id: str) -> ErrorReport:
    """The error report with this id, or the beginning of it; NotFound in words."""
    if len(error_id) < ID_CHARS_MIN:
        raise TooShort(f"{error_id!r} is too short for an error id.", "Give at least its first eight characters.")
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


def refuse_hopeless(report: ErrorReport) -> None:
    """Raise NotReplayable when the fault table says that the same bytes cannot do better."""
    if report["source_topic"] == topics.REGISTRY_REQUESTS:
        raise NotReplayable(
            "A change of reference data is not replayed.", "Ask the registry for the change again, corrected."
        )
    fault = FAULTS.get(report["code"])
    if fault is not None and fault.replayable in HOPELESS:
        raise NotReplayable(f"{report['code']} ({fault.zh}): {fault.en}.", fault.todo)
    if report["attempt"] >= ATTEMPTS_MAX:
        raise NotReplayable(f"The record was tried {report['attempt']} times.", FAULTS["ATTEMPT_LIMIT"].todo)
    if report["value"] is None or report["key"] is None:
        raise NotReplayable("The record has no key or no value.", "Only an edit can mend it.")


async def next_attempt(reader: Reader, chain: Descriptor, report: ErrorReport) -> int:
    """The attempt that comes next, as far as topics tell, for a chain without a desk.

    NotReplayable when it is settled by now, or was converted to a manual claim.
    """
    attempts, settled = [report["attempt"]], False
    for leg in await journey_of(reader, chain.inboxes, report["msgid"] or report["error_id"], chain.partitions):
        same = leg.content.get("msgid") == report["msgid"] or leg.content.get("error_id") == report["error_id"]
        attempts += [leg.content.get("attempt", 1)] if same else []
        settled = settled or (same and leg.kind == "SettlementResult" and leg.content["outcome"] == "DONE")
    if await _claimed(reader, report["error_id"]):
        raise NotReplayable("It is a manual claim now.", "What is claimed is never replayed: it would be paid twice.")
    if settled:
        raise NotReplayable("It is settled by now.", f"Nothing is left to do: `yidi explain {report['msgid']}`.")
    return max(attempts) + 1


async def _claimed(reader: Reader, error_id: str) -> bool:
    """Whether an operator of a desk, that is not there now, has converted the case."""
    needle = error_id.encode()
    async for record in reader.read(reader.parts([topics.OPERATIONS])):
        if record.value and needle in record.value:
            action = OPERATOR_ACTION.decode(record.value)
            if (action["error_id"], action["action"]) == (error_id, "claim") and action["result"].startswith("claimed"):
                return True
    return False


async def replay(chain: Descriptor, report: ErrorReport, timeout_s: float, attempt: int | None = None) -> Answer:
    """Send the reported record again under the next attempt, or the one named, and wait for its answer."""
    refuse_hopeless(report)
    resend, attempt = resend_of(report), attempt or report["attempt"] + 1
    person = (report["key"] or b"").decode()
    async with Reader(chain.connection, chain.partitions) as reader:
        partition = partition_of(person.encode(), chain.partitions)
        ends = await reader.ends(reader.parts(awaited(resend.topic, chain.inboxes), partition))
    headers = headers_of(report, attempt, after_of(resend.topic, partition, ends, chain.inboxes))
    record = Encounter(report["msgid"] or "", person, resend.value, headers, topic=resend.topic, attempt=attempt)
    return await anext(settle(chain, [record], timeout_s))
