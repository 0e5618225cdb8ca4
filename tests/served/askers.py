"""Impatient people: threads that ask a desk for what it must look up in Kafka, one request after the other."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import httpx

from tests.served.seats import KEY

LOOK_UPS: Final = (("GET", "/flow"), ("POST", "/verify"), ("GET", "/flow"), ("GET", "/cases"))
"""What each of them asks for."""
ANSWERS: Final = 3
"""So many have come before the block begins, so that all threads are at work."""
PATIENCE_S: Final = 60


class Askers:
    """They go on through refusals and cut connections; `answered` counts the answers."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._enough, self._stop, self._counting = threading.Event(), threading.Event(), threading.Lock()
        self.answered = 0

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Everybody asks for the time of the block."""
        threads = [threading.Thread(target=self._ask, args=question) for question in LOOK_UPS]
        for thread in threads:
            thread.start()
        try:
            assert self._enough.wait(PATIENCE_S), "the desk answers nobody"
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def _ask(self, method: str, path: str) -> None:
        headers = {"X-Yidi-Key": KEY, "X-Yidi-User": "root"}
        with httpx.Client(base_url=self._address, headers=headers, timeout=PATIENCE_S, trust_env=False) as http:
            while not self._stop.wait(0.01):
                with suppress(httpx.TransportError):
                    answer = http.request(method, path)
                    self._count(answer.is_success)

    def _count(self, one: int) -> None:
        """All threads count together, so none may write back what it has read before it asked."""
        with self._counting:
            self.answered += one
        if self.answered >= ANSWERS:
            self._enough.set()
