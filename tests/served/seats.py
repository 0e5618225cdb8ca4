"""A chain on a Kafka of one's own, as a user runs it: a process for each seat, told by variables of the environment."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from yidi.broker import ports
from yidi.chain.settings import SERVICES

SEATS = (*SERVICES, "desk", "console")
PARTITIONS = 2
KEY = "the desk's key"
HEALTHY_S_MAX = 180
LOOK_S = 0.2
COMMAND_S_MAX = 180
STOPPED_S_MAX = 90


@dataclass
class Seats:
    """The seats that run; each has a data directory and an HTTP port of its own."""

    bootstrap: str
    folder: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    http: dict[str, int] = field(default_factory=dict)

    def environment(self, data: str, **more: str) -> dict[str, str]:
        """What a container would be given, and nothing of this machine's own settings."""
        bare = {name: value for name, value in os.environ.items() if not name.startswith("YIDI_")}
        told = {"KAFKA_BOOTSTRAP": self.bootstrap, "PARTITIONS": str(PARTITIONS), "DATA_DIR": str(self.folder / data)}
        return {**bare, "NO_COLOR": "1", **{f"YIDI_{name}": value for name, value in {**told, **more}.items()}}

    def start(self, seat: str, **more: str) -> None:
        """Start it in the background; its words go to a file."""
        self.http[seat] = ports.pick(avoid=frozenset(self.http.values()))
        told = {"HTTP_PORT": str(self.http[seat]), "DESK_KEY": KEY}
        if seat == "console":
            told["DESK_URL"] = self.address("desk")
        with self.words(seat).open("ab") as words:
            self.running[seat] = subprocess.Popen(  # noqa: S603 — our own program
                [sys.executable, "-m", "yidi.cli.main", "serve", seat],
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                start_new_session=True,
                env=self.environment(seat, **told, **more),
            )

    def stop(self, seat: str) -> int:
        """SIGTERM, as a container's end is; the exit code."""
        process = self.running.pop(seat)
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(STOPPED_S_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            raise

    def kill(self) -> None:
        """Whatever still runs."""
        for process in self.running.values():
            process.kill()
            process.wait()

    def address(self, seat: str) -> str:
        return f"http://127.0.0.1:{self.http[seat]}"

    def words(self, seat: str) -> Path:
        return self.folder / f"{seat}.words"

    def run(self, *arguments: str, data: str = "here", **more: str) -> subprocess.CompletedProcess[str]:
        """One command to its end, with the same variables."""
        return self._run(self.environment(data, **more), arguments)

    def bare(
        self, *arguments: str, data: str, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """One command that knows nothing but its data directory, and `env`."""
        told = self.environment(data)
        for name in ("YIDI_KAFKA_BOOTSTRAP", "YIDI_PARTITIONS"):
            del told[name]
        return self._run({**told, **(env or {})}, arguments)

    def until_healthy(self, seat: str) -> None:
        """Ask until it makes progress."""
        self.until(seat, lambda told: bool(told.get("healthy")))

    def until(self, seat: str, wanted: Callable[[dict[str, Any]], bool]) -> None:
        """Ask for its health until that is what is wanted; AssertionError with its words when it ends or never is."""
        until = time.monotonic() + HEALTHY_S_MAX
        while not wanted(told := self.health(seat)):
            ended = self.running[seat].poll()
            assert ended is None, f"{seat} ended with {ended}:\n{self.words(seat).read_text()}"
            assert time.monotonic() < until, f"{told}\n{self.words(seat).read_text()}"
            time.sleep(LOOK_S)

    def health(self, seat: str) -> dict[str, Any]:
        """What it says of itself; nothing while it does not answer yet."""
        try:
            told: dict[str, Any] = httpx.get(f"{self.address(seat)}/health", trust_env=False).json()
        except httpx.TransportError:
            return {}
        return told

    def page(self, seat: str, path: str = "") -> httpx.Response:
        """One of its pages."""
        headers = {"accept-language": "en"}
        return httpx.get(f"{self.address(seat)}{path}", headers=headers, trust_env=False, timeout=COMMAND_S_MAX)

    @staticmethod
    def _run(env: Mapping[str, str], arguments: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 — our own program
            [sys.executable, "-m", "yidi.cli.main", *arguments],
            capture_output=True,
            text=True,
            timeout=COMMAND_S_MAX,
            check=False,
            env=dict(env),
        )
