"""The program of one relay process: `python -m yidi.bench.relay SERVICE SETTINGS_JSON`.

The floor of the benchmark: the services' own reading and publishing, at least once, without logic and without a store.
It waits for every acknowledgement before it reports its positions, reads ahead meanwhile, and starts at the beginning.
"""

import asyncio
import os
import signal
import sys
from typing import Final

import uvloop

from yidi.bench.relaying import INPUTS, relayed
from yidi.chain.settings import ServiceSettings
from yidi.contract.topics import plan
from yidi.runtime.health import Health, Place
from yidi.runtime.intake import Intake
from yidi.runtime.message import Chunk
from yidi.runtime.metrics import Metrics
from yidi.runtime.publisher import Publisher
from yidi.runtime.settings import RuntimeSettings

POLL_MS: Final = 200
REPORT_S: Final = 5.0
"""Positions are reported as often as the services report theirs."""


class RelayLoop:
    """Reads, passes on, waits for the acknowledgements, goes on."""

    def __init__(self, service: str, settings: ServiceSettings) -> None:
        runtime = RuntimeSettings(
            connection=settings.connection,
            store=os.devnull,
            group=f"relay.{service}",
            plan=tuple(plan(settings.inboxes, settings.partitions)),
        )
        places = [(topic, number) for topic in INPUTS[service] for number in range(settings.partitions)]
        self._positions: dict[Place, int] = dict.fromkeys(places, 0)
        self._intake = Intake(runtime, INPUTS[service])
        self._publisher = Publisher(runtime.connection, Metrics(), Health(runtime.stall_ms_max))
        self._seq = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until asked to stop."""
        await self._intake.start()
        self._intake.seek(self._positions)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        clock = asyncio.get_running_loop().time
        reported = clock()
        while not stop.is_set():
            await self._once()
            if clock() - reported > REPORT_S:
                await self._intake.report_positions(self._positions)
                reported = clock()
        await self._publisher.close()
        await self._intake.close()

    async def _once(self) -> None:
        found = await self._intake.poll(self._positions, POLL_MS)
        messages = tuple(message for records in found.values() for record in records for message in relayed(record))
        if messages:
            self._seq += 1
            await self._publisher.publish([Chunk(self._seq, messages)])
        for place, records in found.items():
            self._positions[place] = records[-1].offset + 1


async def serve(service: str, settings: ServiceSettings) -> None:
    """Run until SIGTERM, or until the parent is gone (end of standard input)."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_reader(sys.stdin.fileno(), _on_stdin, stop)
    await RelayLoop(service, settings).run(stop)


def _on_stdin(stop: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 1024):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        stop.set()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], ServiceSettings.model_validate_json(sys.argv[2])))
