"""Waiting at a start for what is not there yet, with the reason in sight: in health, and as a line of the log."""

import asyncio
import time
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

import structlog

from yidi.contract.access import Grant
from yidi.contract.topics import Topic
from yidi.runtime import admin
from yidi.runtime.connection import Connection
from yidi.runtime.handshake import refusal
from yidi.runtime.rights import refuse_lacking
from yidi.runtime.stops import AccessRefused, ServiceStopped, TopicsMissing, WaitedTooLong
from yidi.runtime.store import LogIdentity, Store, StoreError, StoreMismatch, StoreRefused

BACK_OFF_S_MIN: Final = 0.2
BACK_OFF_S_MAX: Final = 2.0
"""Short enough that containers that start together do not wait for each other's patience."""
SAY_AGAIN_S: Final = 10.0

BROKER: Final = "broker"
TOPICS: Final = "topics"
STORE: Final = "store"

Trouble = Callable[[str, str | None], None]
"""Told what does not work at the moment, by part, and None when it works again."""

_log: Any = structlog.get_logger()


class Waiting:
    """One start's patience: `limit_s` seconds, or None for ever."""

    def __init__(self, trouble: Trouble, limit_s: float | None) -> None:
        self._trouble, self._limit_s = trouble, limit_s
        self._began = time.monotonic()
        self._pause_s = BACK_OFF_S_MIN
        self._said: tuple[str, float] = ("", 0.0)

    async def log_identity(
        self, connection: Connection, plan: Sequence[Topic], *, topics_too: bool, rights: Collection[Grant] = ()
    ) -> LogIdentity:
        """Who the log is, as soon as Kafka answers and, with `topics_too`, its topics are there.

        AccessRefused when it does not let us in, or does not give us these rights; TopicsDiffer when the topics are
        others than planned; WaitedTooLong when the time is over.
        """
        what = f"Kafka at {connection.bootstrap}"
        while True:
            try:
                if rights:
                    await refuse_lacking(connection, rights)
                identity = await admin.identify(connection, plan)
            except TopicsMissing as missing:
                if not topics_too:
                    raise
                self._trouble(BROKER, None)
                await self._pause(TOPICS, f"topics on {what}", str(missing))
            except ServiceStopped:
                raise
            except Exception as error:
                if words := await refusal(connection):
                    raise AccessRefused(words) from error
                await self._pause(BROKER, what, f"{type(error).__name__}: {error}")
            else:
                self._trouble(BROKER, None)
                self._trouble(TOPICS, None)
                return identity

    async def bound(self, store: Store, identity: LogIdentity) -> None:
        """Tie the store to the log, as soon as its database answers. What people must mend is raised."""
        while True:
            try:
                store.bind(identity)
            except (StoreMismatch, StoreRefused):
                raise
            except StoreError as error:
                await self._pause(STORE, "store", str(error))
            else:
                self._trouble(STORE, None)
                return

    async def _pause(self, part: str, what: str, why: str) -> None:
        self._trouble(part, why)
        self._say(what, why)
        if self._limit_s is not None and time.monotonic() - self._began > self._limit_s:
            raise WaitedTooLong(
                f"The {what} did not answer within {self._limit_s:g} s ({why}). "
                "Check its address and whether it runs, or wait longer with YIDI_WAIT_S."
            )
        await asyncio.sleep(self._pause_s)
        self._pause_s = min(2 * self._pause_s, BACK_OFF_S_MAX)

    def _say(self, what: str, why: str) -> None:
        said, at = self._said
        now = time.monotonic()
        if said != what or now - at > SAY_AGAIN_S:
            self._said = (what, now)
            _log.warning("waiting", what=what, why=why)
