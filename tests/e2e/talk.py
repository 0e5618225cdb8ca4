"""Speaking with a running chain as its neighbours do: encounters in, answers out, reports and changes beside them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from aiokafka import AIOKafkaProducer, TopicPartition

from yidi.chain.answers import Answer, Encounter, settle
from yidi.chain.journey import flow_topics, journey_of
from yidi.chain.lag import caught_up
from yidi.chain.leg import Leg, leg_of
from yidi.chain.place import Descriptor
from yidi.chain.reader import Reader
from yidi.chain.readings import group_of, topics_of
from yidi.chain.rest import at_rest
from yidi.chain.sender import Message, Sender
from yidi.chain.settings import SERVICES
from yidi.contract import records, topics
from yidi.contract.changes import PARTS
from yidi.contract.codec import ENCOUNTER_CHARGES, JOURNAL_ENTRY, REFERENCE_CHANGE
from yidi.contract.topics import partition_of
from yidi.domain.identities import derived_id
from yidi.runtime.decider import Record
from yidi.world.fault_case import Sent
from yidi.world.seed import Seedling

ANSWER_S_MAX = 120
REST_S_MAX = 120


@dataclass(frozen=True)
class Talk:
    """All calls wait for what they bring about."""

    chain: Descriptor

    async def answers(self, *bills: records.EncounterCharges, timeout_s: float = ANSWER_S_MAX) -> dict[str, Answer]:
        """Send and wait; answers by msgid."""
        sent = [Encounter(bill["msgid"], bill["psn_no"], ENCOUNTER_CHARGES.encode(bill)) for bill in bills]
        return {answer.msgid: answer async for answer in settle(self.chain, sent, timeout_s)}

    async def answer(self, bill: records.EncounterCharges, timeout_s: float = ANSWER_S_MAX) -> Answer:
        return (await self.answers(bill, timeout_s=timeout_s))[bill["msgid"]]

    async def post(self, *sent: Sent) -> None:
        """Put records on topics, whatever they are."""
        async with Sender(self.chain.connection, self.chain.partitions) as sender:
            await sender.send(Message(s.topic, s.key, s.value, s.headers, s.partition) for s in sent)

    async def plant(self, seedlings: Sequence[Seedling]) -> None:
        """Ask the registry for these changes and wait until every service has read what it published."""
        await self.post(*(Sent(topics.REGISTRY_REQUESTS, seedling.key, seedling.value) for seedling in seedlings))
        await self.at_rest("registry")
        await self.at_rest("hospital", "platform", "agency")

    async def change(self, subject: str, key: bytes, **asked: object) -> None:
        """One change as an operator asks for it."""
        now_ms = time.time_ns() // 1_000_000
        wanted: dict[str, Any] = {
            "msgid": derived_id(f"{subject}/{now_ms}", "change"),
            "subject": subject,
            "actor": "test",
            "reason": "mended by hand",
            "requested_at": now_ms,
            "base_version": None,
            **dict.fromkeys(PARTS),
            **asked,
        }
        await self.plant([Seedling(key, REFERENCE_CHANGE.encode(cast("records.ReferenceChange", wanted)))])

    async def at_rest(self, *services: str) -> None:
        """Wait until the services have read everything that lies in their topics now, and published what came of it."""
        groups = {group_of(name): topics_of(name, self.chain.inboxes) for name in services}
        assert await caught_up(self.chain.connection, self.chain.partitions, groups, ANSWER_S_MAX)

    async def all_at_rest(self) -> None:
        """Wait until all is read and nothing more is written: an audit in between finds halves of settlements."""
        await at_rest(self.chain, REST_S_MAX)

    async def send(self, bill: records.EncounterCharges) -> None:
        """Send and do not wait."""
        await self.post(Sent(topics.ENCOUNTERS, bill["psn_no"].encode(), ENCOUNTER_CHARGES.encode(bill)))

    async def ends(self) -> dict[TopicPartition, int]:
        """Where every topic of a settlement's way, and the registry's errors, end now."""
        names = [*flow_topics(self.chain.inboxes), topics.errors("registry")]
        async with Reader(self.chain.connection, self.chain.partitions) as reader:
            return await reader.ends(reader.parts(names))

    async def since(self, start: dict[TopicPartition, int]) -> list[Leg]:
        """Legs from there up to where the topics end once nothing more is written."""
        await self.all_at_rest()
        async with Reader(self.chain.connection, self.chain.partitions) as reader:
            return [leg_of(record) async for record in reader.between(start, await reader.ends(list(start)))]

    async def until(self, start: dict[TopicPartition, int], enough: Callable[[list[Leg]], bool]) -> list[Leg]:
        """Legs from there on, until they are enough or time is over."""
        legs: list[Leg] = []
        deadline = time.monotonic() + ANSWER_S_MAX
        async with Reader(self.chain.connection, self.chain.partitions) as reader:
            async for record in reader.follow(start):
                legs += [] if record is None else [leg_of(record)]
                if (record is None and enough(legs)) or time.monotonic() > deadline:
                    return legs
        raise AssertionError("a tail does not end")

    async def journey(self, wanted: str) -> list[Leg]:
        async with Reader(self.chain.connection, self.chain.partitions) as reader:
            return await journey_of(reader, self.chain.inboxes, wanted, self.chain.partitions)

    async def journal(self) -> list[Record]:
        """All of it."""
        async with Reader(self.chain.connection, self.chain.partitions) as reader:
            return [record async for record in reader.read(reader.parts([topics.JOURNAL]))]

    async def entries(self, *msgids: str) -> dict[str, list[str]]:
        """What the journal has of these requests, in order."""
        found: dict[str, list[str]] = {msgid: [] for msgid in msgids}
        for record in await self.journal():
            entry = JOURNAL_ENTRY.decode(record.value or b"")
            if entry["msgid"] in found:
                found[entry["msgid"]].append(entry["entry"])
        return found

    async def error_id(self, msgid: str) -> str:
        """Of the last report about that message."""
        reports = [leg for leg in await self.journey(msgid) if leg.kind == "ErrorReport"]
        return str(reports[-1].content["error_id"])

    async def reports(self, code: str) -> list[Leg]:
        """Every error report with that code, once nothing more is written."""
        await self.all_at_rest()
        names = [topics.errors(service) for service in SERVICES]
        async with Reader(self.chain.connection, self.chain.partitions) as reader:
            legs = [leg_of(record) async for record in reader.read(reader.parts(names))]
        return [leg for leg in legs if leg.content["code"] == code]

    async def tombstones(self, names: Sequence[str], key: bytes) -> None:
        """A record with that key and no value on each topic."""
        producer = AIOKafkaProducer(bootstrap_servers=self.chain.bootstrap)
        await producer.start()
        try:
            for name in names:
                partition = partition_of(key, self.chain.partitions)
                await producer.send_and_wait(name, value=None, key=key, partition=partition)
        finally:
            await producer.stop()
