"""The oracle over a chain that runs, as its descriptor tells where it is."""

from collections.abc import Callable

from yidi.audit import AuditReport
from yidi.audit.kafka import Hidden, nothing, run_audit
from yidi.chain.place import Descriptor
from yidi.contract.topics import plan

Progress = Callable[[int, int], None]
"""Called with the number of records read, and of all."""


async def verdict_of(
    chain: Descriptor, progress: Progress = lambda _done, _total: None, *, hidden: Hidden = nothing
) -> AuditReport:
    """Audit everything the topics hold now; the chain should be at rest. See `run_audit`."""
    planned = plan(chain.inboxes, chain.partitions)
    return await run_audit(chain.connection, planned, lambda p: progress(p.read, p.total), hidden=hidden)
