"""The front page: the flow as a living picture, and where errors are."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from yidi.console.pages import Pages
from yidi.console.picture import figures_of
from yidi.console.reading import Pulse, ServicePulse
from yidi.console.watching import Watching
from yidi.console.words import language_of

PLACES_SHOWN: Final = 8


class Front:
    """`/`: complete without JavaScript; with it, the figures move."""

    def __init__(self, pages: Pages, watching: Watching) -> None:
        self._pages, self._watching = pages, watching

    async def show(self, request: Request) -> Response:
        now = self._watching.now
        figures = figures_of(now, language_of(request))
        places = sorted(now.by_region, key=lambda group: -int(group["count"]))[:PLACES_SHOWN]
        return self._pages.page(
            request, "front.html", figures=figures, places=places, now=now, outages=outages_of(now.pulse)
        )


def outages_of(pulse: Pulse) -> list[tuple[str, ServicePulse]]:
    """Services that make no progress, the longest first."""
    stuck = [(name, service) for name, service in pulse.services.items() if not service.well]
    return sorted(stuck, key=lambda one: -one[1].stuck_ms)
