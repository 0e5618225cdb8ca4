"""`/health` and `/metrics`: for supervisors, containers and Prometheus, nothing else. On loopback unless told."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from yidi.runtime.health import Health
from yidi.runtime.metrics import Metrics
from yidi.runtime.stops import PortTaken

HOST: Final = "127.0.0.1"
REQUEST_BYTES_MAX: Final = 8 << 10
REQUEST_S_MAX: Final = 5.0


@asynccontextmanager
async def serving(port: int | None, health: Health, metrics: Metrics, host: str = HOST) -> AsyncIterator[int | None]:
    """Answer on this port (0 takes a free one) for the block; yields the port, or None without one.

    `/health` answers 200 when healthy, else 503, with what is known as JSON; `/metrics` in Prometheus' text format.
    PortTaken in words when nothing can listen there.
    """
    if port is None:
        yield None
        return

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _answer(reader, writer, health, metrics)

    try:
        server = await asyncio.start_server(answer, host, port, limit=REQUEST_BYTES_MAX)
    except OSError as error:
        raise PortTaken(port_taken(host, port, error)) from error
    async with server:
        yield server.sockets[0].getsockname()[1]


def port_taken(host: str, port: int, error: OSError) -> str:
    """What is said when nothing can listen there."""
    return (
        f"Nothing can listen at {host}:{port} ({error.strerror or error}): "
        "name another with YIDI_HTTP_PORT and YIDI_HTTP_HOST; port 0 takes a free one."
    )


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, health: Health, metrics: Metrics) -> None:
    try:
        async with asyncio.timeout(REQUEST_S_MAX):
            head = await reader.readuntil(b"\r\n\r\n")
            writer.write(_response(head.split(b" ", 2)[1], health, metrics))
            await writer.drain()
    except (OSError, EOFError, asyncio.LimitOverrunError, IndexError):
        pass  # whoever asked is gone, or asks for something else than a page
    finally:
        writer.close()


def _response(path: bytes, health: Health, metrics: Metrics) -> bytes:
    match path:
        case b"/health":
            status = HTTPStatus.OK if health.healthy else HTTPStatus.SERVICE_UNAVAILABLE
            return _page(status, "application/json", json.dumps(health.as_dict()).encode())
        case b"/metrics":
            metrics.note(health)
            return _page(HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest(metrics.registry))
        case _:
            return _page(HTTPStatus.NOT_FOUND, "text/plain", b"Here are /health and /metrics.\n")


def _page(status: HTTPStatus, kind: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return (head + "Connection: close\r\n\r\n").encode() + body
