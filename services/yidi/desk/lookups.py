"""Looking up: coroutines of the desk's event loop that its threads wait for, until the desk ends."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError, Future
from typing import Any, Final, TypeVar

from aiokafka.errors import KafkaError

from yidi.desk.refusals import Ending, OutOfReach

T = TypeVar("T")
LOOK_UP_S: Final = 30


class LookUps:
    """Made in the loop that does the work; `wait` is called from other threads, `end` from any.

    A thread that waits for a loop which no longer runs would hold up the end of the process, since the interpreter
    waits for its threads. So after `end` nobody waits any more: neither who waited already, nor who comes later.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._open: set[Future[Any]] = set()
        self._ended = False

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Its result; OutOfReach when Kafka does not answer in time, Ending when the desk ends before it has."""
        future = self._begun(work)
        try:
            return future.result(LOOK_UP_S)
        except CancelledError:
            raise Ending from None
        except (KafkaError, OSError, TimeoutError) as error:
            future.cancel()
            raise OutOfReach(f"Kafka does not answer: {error!r}.", "See whether the broker runs; try again.") from error
        finally:
            with self._lock:
                self._open.discard(future)

    def _begun(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        with self._lock:
            if self._ended:
                work.close()
                raise Ending
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
            self._open.add(future)
            return future

    def end(self) -> None:
        """Nothing is looked up any more; whoever waits gets Ending at once."""
        with self._lock:
            self._ended = True
            waiting = tuple(self._open)
        for future in waiting:
            future.cancel()
