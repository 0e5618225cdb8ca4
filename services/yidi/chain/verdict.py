"""The oracle over a chain that runs: every topic read from outside, one partition number after the other."""

from collections.abc import Callable

from yidi.audit import AuditReport, Tally, audit_of
from yidi.audit.legs import reading_order
from yidi.chain.place import Descriptor
from yidi.chain.reader import Reader
from yidi.contract.topics import plan
from yidi.runtime.decider import Record

Progress = Callable[[int, int], None]
Hidden = Callable[[Record], bool]


def nothing(record: Record) -> bool:  # noqa: ARG001 — the shape of `Hidden`
    """Hide nothing."""
    return False


async def verdict_of(
    chain: Descriptor, progress: Progress = lambda _done, _total: None, *, hidden: Hidden = nothing
) -> AuditReport:
    """Audit everything the topics hold now; the chain should be at rest.

    `hidden` keeps records from the oracle: proof that it notices a loss.
    """
    names = reading_order([topic.name for topic in plan(chain.inboxes, chain.partitions)])
    tally = Tally(chain.partitions)
    async with Reader(chain.connection, chain.partitions) as reader:
        for partition in range(chain.partitions):
            progress(partition, chain.partitions)
            truncated = [name for name in names if await _truncated(reader, name, partition)]
            audit = audit_of(partition, chain.partitions, truncated)
            for name in names:
                async for record in reader.read(reader.parts([name], partition)):
                    if not hidden(record):
                        audit.add(record)
            tally.take(audit)
    return tally.report()


async def _truncated(reader: Reader, topic: str, partition: int) -> bool:
    return any((await reader.begins(reader.parts([topic], partition))).values())
