"""A small Maven repository, and pins to match."""

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from yidi.broker.pins import Jar, Pins

CONTENT = {"kafka_2.13": b"kafka" * 1000, "scala-library": b"scala" * 700, "tiny": b"t"}
CLOSED = "http://127.0.0.1:9"


def pins_of(content: dict[str, bytes]) -> Pins:
    return Pins(
        tuple(
            Jar("org.apache.kafka", name, "4.4.0", hashlib.sha256(data).hexdigest(), len(data))
            for name, data in content.items()
        )
    )


@dataclass
class Repository:
    """Serves `files` by artifact, counts the requests for jars."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=lambda: dict(CONTENT))
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str) -> bytes | None:
        if not path.endswith(".jar"):
            return None
        artifact = path.split("/")[-3]
        self.asked.append(artifact)
        return self.files.get(artifact)


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that is held up for a moment is not a frozen one."""
    monkeypatch.setattr("yidi.broker.running.ANSWER_TIMEOUT_S", 60.0)


@pytest.fixture
def pins() -> Pins:
    return pins_of(CONTENT)


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    served = Repository()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = served.answer(self.path)
            self.send_response(404 if data is None else 200)
            self.send_header("Content-Length", str(len(data or b"")))
            self.end_headers()
            self.wfile.write(data or b"")

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("YIDI_MAVEN", served.url)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    monkeypatch.setattr("yidi.broker.maven.BACK_OFF_S", 0)
    yield served
    server.shutdown()
    thread.join()
    server.server_close()
