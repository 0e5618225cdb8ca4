"""A thread with an event loop of its own: what runs longer than one test lives there, whatever tests do with theirs."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Background:
    """Runs coroutines beside the tests. `close` ends it; it dies with the process."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="yidi", daemon=True)
        self._thread.start()

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        """Run it to its end; what it raises is raised here. An interrupt cancels it."""
        future = asyncio.run_coroutine_threadsafe(doing, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def start(self, doing: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        """Let it run on by itself."""

        async def begin() -> "asyncio.Task[Any]":
            return asyncio.get_running_loop().create_task(doing)

        return self.run(begin())

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
