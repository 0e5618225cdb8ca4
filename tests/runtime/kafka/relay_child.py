"""A relay service as a process, which can kill or freeze itself at a step: SETTINGS INPUT OUTPUT [SIGNAL:STEP:NTH]."""

import asyncio
import os
import signal
import sys

import uvloop

from tests.runtime.kafka.stage import unlocked
from tests.runtime.relay import Relay
from yidi.runtime.service import run_on
from yidi.runtime.settings import RuntimeSettings


def say(words: str) -> None:
    """One line for the test to wait for."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


class Failpoint:
    """Sends itself a signal when the named step is taken for the nth time; says aloud when a step is taken first."""

    def __init__(self, plan: str) -> None:
        signal_name, self._step, nth = plan.split(":") if plan else ("SIGKILL", "", "0")
        self._signal = signal.Signals[signal_name]
        self._left = int(nth)
        self._seen: set[str] = set()

    def __call__(self, step: str) -> None:
        if step not in self._seen:
            self._seen.add(step)
            say(f"step {step}")
        if step == self._step:
            self._left -= 1
            if self._left == 0:
                say(f"{self._signal.name} at {step}")
                os.kill(os.getpid(), self._signal)


async def main(settings_json: str, asks: str, answers: str, failpoint: str) -> None:
    settings = RuntimeSettings.model_validate_json(settings_json)
    relay = Relay("hospital", {asks: answers})
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    with unlocked(settings) as store:
        await run_on(store, relay, settings, stop, lambda: say("ready"), step=Failpoint(failpoint))


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
