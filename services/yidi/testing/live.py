"""A chain on a real Kafka, wherever it runs: the same calls, over the wire."""

import asyncio
import shutil
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from yidi.audit import AuditReport, Verdict
from yidi.chain.answers import Answer, Encounter, settle
from yidi.chain.errors import NoAnswer
from yidi.chain.journey import flow_topics
from yidi.chain.lag import caught_up
from yidi.chain.place import Descriptor
from yidi.chain.reader import Reader
from yidi.chain.readings import group_of
from yidi.chain.replay import replay
from yidi.chain.sender import Message, Sender
from yidi.chain.verdict import verdict_of
from yidi.contract import schemas, topics
from yidi.contract.access import principals
from yidi.contract.codec import RecordType
from yidi.contract.records import ErrorReport
from yidi.contract.topics import partition_of
from yidi.runtime.connection import Connection
from yidi.runtime.decider import Headers, Record
from yidi.testing.guess import guess
from yidi.testing.program import Program
from yidi.testing.roster import Roster
from yidi.testing.verbs import Verbs
from yidi.world.seed import Seedling

AUDIT_AGAIN_S: Final = 0.2
"""What is still on its way makes the oracle say unknown: it is asked again so soon, until `timeout_s` is over."""


def _nothing() -> None:
    """Logs lie in their folder already."""


class RunningChain(Verbs):
    """`yidi.testing.Chain` over a chain that runs. `touched` when the test changed what is not its own people's."""

    def __init__(
        self, chain: Descriptor, roster: Roster, timeout_s: float, logs: Path, collect: Callable[[], None] = _nothing
    ) -> None:
        """`logs`: the folder with the logs of what runs, once `collect` has fetched them."""
        super().__init__(roster)
        self.chain = chain
        self.touched = False
        self._timeout_s, self._logs, self._collect = timeout_s, logs, collect
        self._programs = 0

    @property
    def bootstrap(self) -> str:
        """HOST:PORT of its Kafka, for clients of your own."""
        return self.chain.bootstrap

    @property
    def users(self) -> tuple[str, ...]:
        """Whose programs there may be; on a secured chain each is a user of Kafka with rights of its own."""
        return tuple(one.name for one in principals(self.chain.inboxes))

    def connection_of(self, user: str) -> Connection:
        """How a program of that organisation reaches Kafka, such as `agency.INBOX`, `hospital.INBOX`, `his.INBOX`.

        On a secured chain as its own user, with its rights and no others; on an open one as everybody. `options()` are
        those of aiokafka's clients, `bootstrap` and `security` have all that other clients want. LookupError for a
        user that there is not.
        """
        if user not in self.users:
            raise LookupError(f"{user!r} is no user{guess(user, self.users)} There are {', '.join(self.users)}.")
        return self.chain.connection_as(user)

    def program(self, *command: str, folder: Path | None = None, user: str | None = None) -> Program:
        """`with chain.program(sys.executable, "agency.py"):` a seat's program of your own, in a process of its own.

        It finds YIDI_KAFKA_BOOTSTRAP, YIDI_PARTITIONS and YIDI_SCHEMAS, the folder of schemas, in its environment. On a
        secured chain it runs as `user`, one of `users`, and finds YIDI_KAFKA_SECURITY_PROTOCOL, _SASL_MECHANISM,
        _USERNAME, _PASSWORD_FILE and _CA_FILE there, too; LookupError when nobody is named.
        """
        if user is None and self.chain.security.sasl:
            raise LookupError(
                f"this chain is secured: name with `user` whose program it is, of {', '.join(self.users)}"
            )
        connection = self.chain.connection if user is None else self.connection_of(user)
        told = {
            **connection.variables(),
            "YIDI_PARTITIONS": str(self.chain.partitions),
            "YIDI_SCHEMAS": str(schemas.folder()),
        }
        self._programs += 1
        output = self._logs / f"program-{self._programs}-{Path(command[-1]).stem}.log"
        return Program(command, output, told, folder or Path.cwd())

    async def publish(self, subject: str, record_type: RecordType[Any], record: Mapping[str, Any]) -> None:
        self.touched = True
        await super().publish(subject, record_type, record)

    async def send(
        self, topic: str, key: bytes, value: bytes, headers: Headers = (), partition: int | None = None
    ) -> None:
        self.touched = True
        async with Sender(self.chain.connection, self.chain.partitions) as sender:
            await sender.send([Message(topic, key, value, headers, partition)])

    async def audit(self) -> AuditReport:
        deadline = time.monotonic() + self._timeout_s
        while (report := await verdict_of(self.chain)).verdict is Verdict.UNKNOWN and time.monotonic() < deadline:  # noqa: ASYNC110 — other processes' work
            await asyncio.sleep(AUDIT_AGAIN_S)
        return report

    async def logs(self) -> Mapping[str, list[Record]]:
        return await self._logs_of([topic.name for topic in topics.plan(self.chain.inboxes, self.chain.partitions)])

    async def keep(self, folder: Path) -> None:
        await asyncio.to_thread(self._collect)
        if self._logs.is_dir():
            shutil.copytree(self._logs, folder / "logs", dirs_exist_ok=True)
        await super().keep(folder)

    # Inside -----------------------------------------------------------------------------------------------------

    def _now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    async def _answers(self, encounters: Sequence[Encounter]) -> dict[str, Answer]:
        return {answer.msgid: answer async for answer in settle(self.chain, encounters, self._timeout_s)}

    async def _replayed(self, report: ErrorReport) -> Answer:
        return await replay(self.chain, report, self._timeout_s)

    async def _apply(self, changes: Sequence[Seedling]) -> None:
        async with Sender(self.chain.connection, self.chain.partitions) as sender:
            await sender.send(Message(topics.REGISTRY_REQUESTS, one.key, one.value) for one in changes)
        mine = self.chain.services
        asked = {group_of("registry"): (topics.REGISTRY_REQUESTS,)} if "registry" in mine else {}
        readers = {group_of(name): topics.FOLLOWED[name] for name in mine if name in topics.FOLLOWED}
        for groups in (asked, readers):
            if not await caught_up(self.chain.connection, self.chain.partitions, groups, self._timeout_s):
                raise NoAnswer("The services did not read a change of reference data in time.", "See their logs.")

    async def _records_of(self, psn_no: str) -> list[Record]:
        key, names = psn_no.encode(), flow_topics(self.chain.inboxes)
        async with Reader(self.chain.connection, self.chain.partitions) as reader:
            parts = reader.parts(names, partition_of(key, self.chain.partitions))
            return [record async for record in reader.read(parts) if record.key == key]

    async def _logs_of(self, names: Sequence[str]) -> Mapping[str, list[Record]]:
        found: dict[str, list[Record]] = defaultdict(list)
        async with Reader(self.chain.connection, self.chain.partitions) as reader:
            async for record in reader.read(reader.parts(names)):
                found[record.topic].append(record)
        return {name: sorted(found[name], key=lambda record: (record.partition, record.offset)) for name in names}

    def _is_ours(self, report: ErrorReport) -> bool:
        return report["psn_no"] is None or report["psn_no"] in self._roster.people
