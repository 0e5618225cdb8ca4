"""The program of one service process: `python -m yidi.chain.process SERVICE SETTINGS_JSON`.

Prints `ready` once it works; ends when asked (SIGTERM) or when its parent is gone (end of standard input).
Exit code 0: asked to stop. 3: something that waiting does not mend; standard error says what and what to do.
"""

import asyncio
import os
import signal
import sys
from typing import Final

import uvloop

from yidi.chain.services import decider_of, runtime_settings_of
from yidi.chain.settings import ServiceSettings
from yidi.runtime.logs import configure_logs
from yidi.runtime.service import run_service
from yidi.runtime.stops import ServiceStopped
from yidi.runtime.store import StoreError

CANNOT_GO_ON: Final = 3


async def serve(service: str, settings: ServiceSettings) -> None:
    """Run the service until it is asked to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_reader(sys.stdin.fileno(), _on_stdin, stop)
    decider, runtime_settings = decider_of(service, settings), runtime_settings_of(service, settings)
    await run_service(decider, runtime_settings, stop, ready=_say_ready)


def _on_stdin(stop: asyncio.Event) -> None:
    """End of file: the parent is gone, so nobody would ever stop us."""
    if not os.read(sys.stdin.fileno(), 1024):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        stop.set()


def _say_ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


def main() -> int:
    """Entry point."""
    service, settings_json = sys.argv[1:]
    settings = ServiceSettings.model_validate_json(settings_json)
    configure_logs(service, settings.instance)
    try:
        uvloop.run(serve(service, settings))
    except (ServiceStopped, StoreError) as error:
        sys.stderr.write(f"{error}\n")
        return CANNOT_GO_ON
    return 0


if __name__ == "__main__":
    sys.exit(main())
