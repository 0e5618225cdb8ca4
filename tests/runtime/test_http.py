"""Promises of the two pages."""

import asyncio
import json
from contextlib import suppress

from yidi.runtime.health import Health
from yidi.runtime.http import HOST, serving
from yidi.runtime.metrics import Metrics


async def get(port: int | None, request: bytes) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(request)
    answer = b""
    with suppress(ConnectionResetError):  # it may hang up before it has read all
        answer = await reader.read()
    writer.close()
    return (int(answer.split(b" ", 2)[1]) if answer else 0), answer.partition(b"\r\n\r\n")[2]


async def test_health_says_whether_and_why_not() -> None:
    """200 when healthy, 503 when not, with what is known."""
    health = Health(1_000, ready=True)
    async with serving(0, health, Metrics()) as port:
        assert (await get(port, b"GET /health HTTP/1.1\r\n\r\n"))[0] == 200
        health.trouble("broker", "gone")
        status, body = await get(port, b"GET /health HTTP/1.1\r\n\r\n")
    assert (status, json.loads(body)["troubles"]) == (503, {"broker": "gone"})


async def test_metrics_are_prometheus_text() -> None:
    """Every counter of the instance is there, and what health knows: an alarm needs no other question."""
    metrics = Metrics()
    metrics.records.inc(7)
    health = Health(1_000, oldest_unprocessed_ms=1_500)
    health.trouble("store", "full")
    async with serving(0, health, metrics) as port:
        _, body = await get(port, b"GET /metrics HTTP/1.1\r\n\r\n")
    assert b"yidi_records_total 7.0" in body
    assert b"yidi_oldest_unprocessed_seconds 1.5" in body
    assert b"yidi_troubles 1.0" in body


async def test_nonsense_breaks_nothing() -> None:
    """Whatever comes in, the next question is answered."""
    async with serving(0, Health(1_000, ready=True), Metrics()) as port:
        for nonsense in (b"\r\n\r\n", b"GET\r\n\r\n", b"\xff" * 20_000, b"GET /other HTTP/1.1\r\n\r\n"):
            status, _ = await get(port, nonsense)
            assert status in {0, 404}
        assert (await get(port, b"GET /health HTTP/1.1\r\n\r\n"))[0] == 200


async def test_no_port_no_server() -> None:
    """Without a port nothing listens."""
    async with serving(None, Health(1_000), Metrics()) as port:
        assert port is None
