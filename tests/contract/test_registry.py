import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.contract.stored import example
from yidi.contract import codec, registry, schemas
from yidi.contract.registry import RegistryError

ROOT = schemas.folder()


@dataclass
class FakeRegistry:
    """A schema registry in memory: equal schemas get equal ids, from 100001 on; or it answers as it is told."""

    url: str = ""
    ids: dict[tuple[str, str], int] = field(default_factory=dict)
    answer: tuple[int, bytes] | None = None

    def registered(self, subject: str, schema: str) -> tuple[int, bytes]:
        if self.answer is not None:
            return self.answer
        schema_id = self.ids.setdefault((subject, schema), 100_001 + len(self.ids))
        return 200, json.dumps({"id": schema_id}).encode()


@pytest.fixture
def fake() -> Iterator[FakeRegistry]:
    state = FakeRegistry()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, body = state.registered(self.path.split("/")[2], content["schema"])
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Tests are silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


def test_messages_travel_under_the_registrys_ids(fake: FakeRegistry):
    """Every version is registered under its record's name, and the codec writes the id that came back."""
    entries = registry.ids_from(fake.url + "/", ROOT)

    assert [entry.record for entry in entries] == [entry.record for entry in schemas.read_ids(ROOT)]
    assert {subject for subject, _ in fake.ids} == {f"cn.yidi.{entry.record}" for entry in entries}
    try:
        codec.use_ids(entries)
        value = codec.REGION.encode(example("Region"))
        assert fake.ids[("cn.yidi.Region", json.dumps(codec.REGION.schema()))] == int.from_bytes(value[1:5], "big")
        assert codec.record_type_of(value) is codec.REGION
    finally:
        codec.use_ids(schemas.read_ids(ROOT))


def test_every_start_gets_the_same_ids(fake: FakeRegistry):
    """Registering again changes nothing."""
    assert registry.ids_from(fake.url, ROOT) == registry.ids_from(fake.url, ROOT)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((409, b'{"message": "incompatible"}'), "refused cn.yidi.*409.*incompatible"),
        ((500, b"\xff"), "refused cn.yidi.*500"),
        ((200, b"<html>"), "gave no answer"),
        ((200, b'{"id": "7"}'), "answered no id"),
        ((200, b'{"id": true}'), "answered no id"),
        ((200, b'{"id": -1}'), "answered no id"),
        ((200, b"[]"), "answered no id"),
        ((200, b'{"id": 7}'), "the same id"),
    ],
)
def test_other_answers_are_refused_in_words(fake: FakeRegistry, answer: tuple[int, bytes], words: str):
    """What is no id of its own for each schema is an error that says what was answered."""
    fake.answer = answer
    with pytest.raises(RegistryError, match=words):
        registry.ids_from(fake.url, ROOT)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "localhost:8081", "ftp://127.0.0.1", ""])
def test_only_http_is_spoken(url: str):
    """An address of another kind is refused before anything is opened."""
    with pytest.raises(RegistryError, match="use http://HOST:PORT"):
        registry.ids_from(url, ROOT)


def test_a_registry_that_is_down_is_named(fake: FakeRegistry):
    """No connection is an error that names the address."""
    with pytest.raises(RegistryError, match=r"http://127.0.0.1:1/.*check the registry and its URL"):
        registry.ids_from("http://127.0.0.1:1", ROOT)
    assert fake.ids == {}
