"""A chain for the time of a block of code: started, kept alive, and stopped whatever happens in between."""

import asyncio
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from yidi.chain.errors import Interrupted
from yidi.chain.place import Descriptor
from yidi.chain.supervisor import Supervisor

T = TypeVar("T")


@asynccontextmanager
async def running(supervisor: Supervisor) -> AsyncIterator[Descriptor]:
    """Start the chain, watch over it beside the block, and stop it. A chain that dies for good ends the block."""
    try:
        descriptor = await supervisor.start()
        async with asyncio.TaskGroup() as group:
            watch = group.create_task(supervisor.watch())
            yield descriptor
            watch.cancel()
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    finally:
        await asyncio.shield(supervisor.stop())


def run_until_interrupted(main: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run`, where SIGTERM ends as Ctrl-C does: `main` is cancelled, cleans up, and Interrupted is raised."""

    async def guarded() -> T:
        task = asyncio.ensure_future(main)
        asked = asyncio.Event()

        def stop() -> None:
            asked.set()
            task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop)
        try:
            return await task
        except asyncio.CancelledError:
            if asked.is_set():
                raise Interrupted from None
            raise

    return asyncio.run(guarded())
