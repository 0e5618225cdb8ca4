"""What the desk looks up in Kafka when it is asked: a person, its own ledger, how far everybody has read."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from yidi.contract import topics
from yidi.contract.access import GROUPS
from yidi.contract.codec import FILING_HISTORY, PERSON_HISTORY, SETTLEMENT_RESULT, WireError
from yidi.contract.records import FilingHistory, PersonHistory, SettlementResult
from yidi.contract.topics import partition_of
from yidi.desk.foretelling import Wanted, found_among
from yidi.desk.kafka import everything, tail
from yidi.desk.lookups import LookUps
from yidi.desk.settings import DeskSettings
from yidi.domain.counting import counted
from yidi.runtime.groups import Member, members

BEFORE_MS: Final = 120_000
"""A bill is refused within its answer's deadline; one that waited longer is not foretold."""
AFTER_MS: Final = 5_000
"""Brokers' and services' clocks may differ."""
STILL_S: Final = 10.0
"""A service that has something to read and has read nothing for so long stands still."""


class KafkaLog:
    """`yidi.desk.desk.Log` over Kafka; called from threads, works in the event loop that it was made in."""

    def __init__(self, settings: DeskSettings) -> None:
        self._settings = settings
        self._connection = settings.connection
        self._look_ups = LookUps()
        self._seen: dict[str, tuple[int, float]] = {}

    def person(self, psn_no: str) -> PersonHistory | None:
        """Reads the person's whole partition: an operator waits for it, nothing else does."""
        found = self._of(psn_no, [topics.REFERENCE_PERSONS])
        return PERSON_HISTORY.decode(found[-1]) if found else None

    def filings(self, psn_no: str) -> FilingHistory | None:
        """Likewise."""
        found = self._of(psn_no, [topics.REFERENCE_FILINGS])
        return FILING_HISTORY.decode(found[-1]) if found else None

    def results(self, psn_no: str) -> list[SettlementResult]:
        """Likewise, of all inboxes; what is no result of ours is left out."""
        names = [topics.hospital_results(inbox) for inbox in self._settings.inboxes]
        return [result for value in self._of(psn_no, names) if (result := _result(value)) is not None]

    def _of(self, psn_no: str, names: Sequence[str]) -> list[bytes]:
        """Values of one person on some topics, in order."""
        key = psn_no.encode()
        partition = partition_of(key, self._settings.partitions)
        found = self._look_ups.wait(everything(self._connection, [TopicPartition(name, partition) for name in names]))
        return [record.value for record in found if record.key == key and record.value]

    def encounters(self, wanted: Sequence[Wanted]) -> dict[str, bytes]:
        """Reads the minutes before the failure only: a request follows its encounter at once."""
        return self._look_ups.wait(self._encounters(wanted))

    async def _encounters(self, wanted: Sequence[Wanted]) -> dict[str, bytes]:
        since: dict[TopicPartition, int] = {}
        for one in wanted:
            part = TopicPartition(topics.ENCOUNTERS, partition_of(one.key, self._settings.partitions))
            since[part] = min(since.get(part, one.until_ms), one.until_ms - BEFORE_MS)
        values: list[bytes] = []
        async with tail(self._connection) as reader:
            ends, start = await reader.ends(since), await reader.at_time(since)
            until = await reader.at_time({part: max(w.until_ms for w in wanted) + AFTER_MS for part in since})
            async for batch in reader.between({**ends, **start}, {**ends, **until}):
                values += [record.value for record in batch if record.value]
        return await asyncio.to_thread(found_among, values, wanted)

    def operations(self) -> list[bytes]:
        parts = [TopicPartition(topics.OPERATIONS, p) for p in range(self._settings.partitions)]
        return [record.value or b"" for record in self._look_ups.wait(everything(self._connection, parts))]

    def flow(self) -> dict[str, Any]:
        """Backlog of every service, by topic, and whether it moves."""
        return self._look_ups.wait(self._flow())

    def end(self) -> None:
        """Whoever waits for a look-up waits no longer; no further one begins."""
        self._look_ups.end()

    async def _flow(self) -> dict[str, Any]:
        reads = self._settings.reads
        names = sorted({name for topic_names in reads.values() for name in topic_names} | {topics.JOURNAL})
        names += [topics.errors(service) for service in topics.SERVICES]
        parts = [TopicPartition(name, p) for name in names for p in range(self._settings.partitions)]
        async with tail(self._connection) as looker:
            ends = await looker.ends(parts)
        committed, instances = await self._groups(reads)
        now = time.monotonic()
        told = {name: self._service(name, reads[name], ends, committed[name], now) for name in reads}
        return {
            "services": [{**told[name], "instances": _instances(instances[name], told[name])} for name in reads],
            "topics": {name: sum(end for part, end in ends.items() if part.topic == name) for name in names},
        }

    async def _groups(
        self, services: Mapping[str, Any]
    ) -> tuple[dict[str, dict[TopicPartition, int]], dict[str, list[Member]]]:
        """How far each service has read, and its instances."""
        admin = AIOKafkaAdminClient(**self._connection.options())
        await admin.start()
        try:
            read = {name: await admin.list_consumer_group_offsets(f"{GROUPS}{name}") for name in services}
            committed = {name: {part: at.offset for part, at in found.items()} for name, found in read.items()}
            return committed, {name: await members(admin, f"{GROUPS}{name}") for name in services}
        finally:
            await admin.close()

    def _service(
        self,
        name: str,
        reads: tuple[str, ...],
        ends: Mapping[TopicPartition, int],
        read: Mapping[TopicPartition, int],
        now: float,
    ) -> dict[str, Any]:
        lags = {part: end - max(0, read.get(part, 0)) for part, end in ends.items() if part.topic in reads}
        lag, position = sum(lags.values()), sum(max(0, offset) for offset in read.values())
        seen = self._seen.get(name)
        if seen is None or seen[0] != position or not lag:
            self._seen[name] = seen = (position, now)
        still_s = now - seen[1]
        stands = lag > 0 and still_s > STILL_S
        words = f"{name} stands still for {still_s:.0f} s with {counted(lag, 'record')} unread" if stands else ""
        return {
            "service": name,
            "lag": lag,
            "moving": not stands,
            "still_s": round(still_s),
            "partitions": [
                {"topic": part.topic, "partition": part.partition, "lag": n} for part, n in sorted(lags.items()) if n
            ],
            "words": words or ("up to date" if not lag else f"{counted(lag, 'record')} on their way"),
            "todo": f"yidi errors resume {name}" if stands else "",
        }


def _instances(there: Sequence[Member], told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Who holds which partitions, and what of their backlog is whose."""
    lags = [(part["partition"], part["lag"]) for part in told["partitions"]]
    return [
        {**member._asdict(), "lag": sum(lag for number, lag in lags if number in member.partitions)} for member in there
    ]


def _result(value: bytes) -> SettlementResult | None:
    try:
        return SETTLEMENT_RESULT.decode(value)
    except WireError:
        return None
