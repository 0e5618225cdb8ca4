"""What is started and stopped by blocking calls, also beside an event loop and for the time of a block."""

import asyncio
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Lifetime(ABC):
    """Whoever has `start` and `stop` gets the rest from here."""

    @abstractmethod
    def start(self) -> str:
        """Start, wait until it serves, and return the address; at once if it runs already."""

    @abstractmethod
    def stop(self) -> None:
        """Stop; idempotent."""

    async def astart(self) -> str:
        """`start` beside the event loop. If cancelled, it first waits for the start to end, then stops it."""
        starting = asyncio.ensure_future(asyncio.to_thread(self.start))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            await asyncio.wait([starting])
            await asyncio.to_thread(self.stop)
            raise

    async def astop(self) -> None:
        """`stop` beside the event loop; carried through even if the caller is cancelled."""
        await asyncio.shield(asyncio.to_thread(self.stop))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        await self.astart()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.astop()
