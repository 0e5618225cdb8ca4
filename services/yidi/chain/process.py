"""The program of one service process: `python -m yidi.chain.process SERVICE SETTINGS_JSON`.

Prints `ready` once it works; ends when asked (SIGTERM) or when its parent is gone (end of standard input).
Exit code 0: asked to stop. 3: something that waiting does not mend; standard error says what and what to do.
"""

import asyncio
import sys
from collections.abc import Callable
from typing import Final

import uvloop

from yidi.chain.services import decider_of, runtime_settings_of
from yidi.chain.settings import ServiceSettings
from yidi.runtime.logs import configure_logs
from yidi.runtime.service import run_service
from yidi.runtime.stopping import Stopping, say_ready
from yidi.runtime.stops import ServiceStopped
from yidi.runtime.store import StoreError

CANNOT_GO_ON: Final = 3


async def serve(
    service: str, settings: ServiceSettings, stop: asyncio.Event, ready: Callable[[], None] = lambda: None
) -> None:
    """Run the service until `stop` is set: what a supervisor's child does, and `yidi serve`."""
    await run_service(decider_of(service, settings), runtime_settings_of(service, settings), stop, ready)


async def _serve_parent(service: str, settings: ServiceSettings) -> None:
    await serve(service, settings, Stopping().with_parent().event, say_ready)


def main() -> int:
    """Entry point."""
    service, settings_json = sys.argv[1:]
    settings = ServiceSettings.model_validate_json(settings_json)
    configure_logs(service, settings.instance)
    try:
        uvloop.run(_serve_parent(service, settings))
    except (ServiceStopped, StoreError) as error:
        sys.stderr.write(f"{error}\n")
        return CANNOT_GO_ON
    return 0


if __name__ == "__main__":
    sys.exit(main())
