"""Asking the registry to record a filing, and waiting until it has published it."""

import asyncio
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from yidi.chain.errors import ChainError, NoAnswer
from yidi.chain.place import Descriptor
from yidi.chain.reader import Reader
from yidi.chain.sender import Message, Sender
from yidi.contract import topics
from yidi.contract.changes import change_of
from yidi.contract.codec import ERROR_REPORT, FILING_HISTORY, PERSON_HISTORY, REFERENCE_CHANGE
from yidi.contract.records import Enrolment, Filing, FilingHistory, PersonHistory, ReferenceChange
from yidi.contract.topics import partition_of
from yidi.domain.codes import FilingType
from yidi.domain.identities import derived_id, masked
from yidi.domain.instants import days_of


class RegistryRefused(ChainError):
    """The registry did not accept the change."""

    exit_code = 1


class Wish(NamedTuple):
    """A filing as somebody asks for it at the counter."""

    psn_no: str
    filing_type: FilingType
    mdtrtarea_admvs: str
    begndate: date
    enddate: date | None
    reason: str
    actor: str


async def record_filing(chain: Descriptor, wish: Wish, now_ms: int, timeout_s: float) -> Filing:
    """Record the filing and return it once the registry has published it; RegistryRefused names every reason."""
    async with Reader(chain.connection, chain.partitions) as reader:
        partition = partition_of(wish.psn_no.encode(), chain.partitions)
        enrolment = await _enrolment(reader, wish.psn_no, partition)
        change = _change(wish, enrolment, now_ms)
        watched = (topics.REFERENCE_FILINGS, topics.errors("registry"))
        start = await reader.ends(reader.parts(watched, partition))
        async with Sender(chain.connection, chain.partitions) as sender:
            value = REFERENCE_CHANGE.encode(change)
            await sender.send([Message(topics.REGISTRY_REQUESTS, wish.psn_no.encode(), value)])
        try:
            async with asyncio.timeout(timeout_s):
                async for record in reader.follow(start):
                    if record is not None and record.value is not None:
                        published = _published(record.topic, record.value, change)
                        if published is not None:
                            return published
        except TimeoutError:
            pass
    raise NoAnswer("The registry did not answer in time.", "See its log; the change is not lost and may be sent again.")


async def _enrolment(reader: Reader, psn_no: str, partition: int) -> Enrolment:
    newest: PersonHistory | None = None
    key = psn_no.encode()
    async for record in reader.read(reader.parts([topics.REFERENCE_PERSONS], partition)):
        if record.key == key and record.value:
            newest = PERSON_HISTORY.decode(record.value)
    if newest is None or not newest["enrolments"]:
        raise RegistryRefused(f"The registry knows no insured person {masked(psn_no)}.", "Check psn_no.")
    return newest["enrolments"][-1]


def _change(wish: Wish, enrolment: Enrolment, now_ms: int) -> ReferenceChange:
    filing: Filing = {
        "filing_id": derived_id(f"{wish.psn_no}/{wish.mdtrtarea_admvs}/{wish.begndate}/{now_ms}", "filing"),
        "filing_type": wish.filing_type.value,
        "insuplc_admdvs": enrolment["insuplc_admdvs"],
        "insutype": enrolment["insutype"],
        "mdtrtarea_admvs": wish.mdtrtarea_admvs,
        "begndate": days_of(wish.begndate),
        "enddate": None if wish.enddate is None else days_of(wish.enddate),
        "recorded_at": now_ms,
        "cancelled_at": None,
        "channel": "counter",
        "proof": "commitment letter",
    }
    msgid = derived_id(filing["filing_id"], "change")
    return change_of(msgid, wish.psn_no, (wish.actor, wish.reason), now_ms, filing=filing)


def _published(topic: str, value: bytes, change: ReferenceChange) -> Filing | None:
    """The filing, if this record publishes it; raises RegistryRefused if this record reports its failure."""
    if topic != topics.REFERENCE_FILINGS:
        report = ERROR_REPORT.decode(value)
        if report["msgid"] == change["msgid"]:
            raise RegistryRefused(f"{report['code']}: {report['detail']}", "Correct the filing and record it again.")
        return None
    history: FilingHistory = FILING_HISTORY.decode(value)
    return _with_id(history["filings"], change["filing"])


def _with_id(filings: Iterable[Filing], wanted: Filing | None) -> Filing | None:
    return next((f for f in filings if wanted and f["filing_id"] == wanted["filing_id"]), None)
