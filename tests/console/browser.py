"""A console over fakes, served to a real Chromium: Debian's, driven through playwright."""

import asyncio
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from tests.console.site import FakeChain, Site
from yidi.console.application import Setting, application
from yidi.console.server import Exposure, bound

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_MS = 60_000
START_MS_MAX = 180_000
LOOK_MS = 20
SANDBOX_OFF = ["--no-sandbox", "--disable-dev-shm-usage"]
"""Continuous integration runs as root, where Chromium refuses its sandbox; the pages are our own."""


def executable() -> str:
    """Chromium's path; where there is none, a laptop skips, and where YIDI_REQUIRE names chromium it fails."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is not None:
        return found
    words = "No Chromium here: install it (Debian: apt-get install chromium) to press the console's buttons."
    if "chromium" in os.environ.get("YIDI_REQUIRE", "").split():
        pytest.fail(words)
    pytest.skip(words)


@contextmanager
def chromium() -> Iterator[Browser]:
    path = executable()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=SANDBOX_OFF, timeout=START_MS_MAX)
        try:
            yield browser
        finally:
            browser.close()


def until(page: Page, enough: Callable[[], bool]) -> bool:
    """Whether it came to be, in time: a click may return before its form has arrived."""
    for _ in range(PATIENCE_MS // LOOK_MS):
        if enough():
            return True
        page.wait_for_timeout(LOOK_MS)
    return enough()


class Stand(Site):
    """A site that is served on a port of its own, with its watcher at work."""

    address = ""

    def told(self, page: Page, count: int = 1) -> list[tuple[str, dict[str, Any]]]:
        """The desk's commands, as soon as there are so many."""
        until(page, lambda: len(self.desk.told) >= count)
        return self.desk.told

    @contextmanager
    def open(self) -> Iterator["Stand"]:
        listening = bound(Exposure(port=0))
        app = application(self.chain, self.desk, self.watching, self.sessions, Setting())
        config = uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        self.address = f"http://127.0.0.1:{listening.getsockname()[1]}"

        async def serve() -> None:
            watching = asyncio.create_task(self.watching.run())
            await server.serve([listening])
            watching.cancel()

        thread = threading.Thread(target=asyncio.run, args=(serve(),))
        thread.start()
        try:
            yield self
        finally:
            server.should_exit = True
            thread.join()


__all__ = ["FakeChain", "Stand", "chromium", "executable", "until"]
