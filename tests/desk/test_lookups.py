"""Look-ups from threads end with the desk, whenever they began: a thread that waits holds up the process's end."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from yidi.desk import lookups
from yidi.desk.lookups import LookUps
from yidi.desk.refusals import Ending, OutOfReach

SOON_S = 60
"""Whoever still waits by then waits for the look-up's own patience, which is longer here."""


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookups, "LOOK_UP_S", SOON_S * 10)


class LoopInThread:
    """An event loop as the desk's, which can be stopped like that of a process that ends."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()
        self.look_ups = asyncio.run_coroutine_threadsafe(self._made(), self.loop).result(SOON_S)

    @staticmethod
    async def _made() -> LookUps:
        return LookUps()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()


@pytest.fixture
def desk_loop() -> Iterator[LoopInThread]:
    made = LoopInThread()
    yield made
    if made.loop.is_running():
        made.stop()
    made.loop.run_until_complete(asyncio.sleep(0))
    made.loop.close()


def in_thread(work: Callable[[], object]) -> Future[object]:
    """As a request's thread; its outcome."""
    outcome: Future[object] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001 — the outcome, whatever it is
            outcome.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return outcome


def test_in_flight(desk_loop: LoopInThread) -> None:
    """Who waits for an answer that does not come is told at once that the desk ends, and the look-up is given up."""
    begun, given_up = threading.Event(), threading.Event()

    async def never() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            given_up.set()

    asked = in_thread(lambda: desk_loop.look_ups.wait(never()))
    assert begun.wait(SOON_S)

    desk_loop.look_ups.end()

    assert isinstance(asked.exception(SOON_S), Ending)
    assert given_up.wait(SOON_S)


@pytest.mark.parametrize("stopped", [False, True])
def test_after_the_end(desk_loop: LoopInThread, *, stopped: bool) -> None:
    """Who comes after the end is not kept waiting for a loop that will not run again."""
    desk_loop.look_ups.end()
    if stopped:
        desk_loop.stop()

    asked = in_thread(lambda: desk_loop.look_ups.wait(asyncio.sleep(0)))

    assert isinstance(asked.exception(SOON_S), Ending)


def test_loop_stops_before_it_begins(desk_loop: LoopInThread, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look-up that was handed to a loop which stopped before it ran ends with the desk, too."""
    desk_loop.stop()
    handed, hand_over = threading.Event(), desk_loop.loop.call_soon_threadsafe

    def seen(*arguments: Any, **options: Any) -> Any:
        handed.set()
        return hand_over(*arguments, **options)

    monkeypatch.setattr(desk_loop.loop, "call_soon_threadsafe", seen)
    asked = in_thread(lambda: desk_loop.look_ups.wait(asyncio.sleep(0)))
    assert handed.wait(SOON_S)

    desk_loop.look_ups.end()

    assert isinstance(asked.exception(SOON_S), Ending)


def test_answer_and_outage(desk_loop: LoopInThread) -> None:
    """Before the end, an answer is passed on, and an outage is said as one."""

    async def outage() -> None:
        raise OSError("no broker")

    assert desk_loop.look_ups.wait(asyncio.sleep(0, "found")) == "found"
    with pytest.raises(OutOfReach, match="no broker"):
        desk_loop.look_ups.wait(outage())
