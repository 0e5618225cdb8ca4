"""Where the console listens, and how it comes and goes."""

import asyncio
import socket
from pathlib import Path

import httpx
import pytest

from yidi.chain.place import Place
from yidi.console.server import Exposure, PortTaken, address_of, bound, served


def client() -> httpx.AsyncClient:
    return httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S)


def taken() -> socket.socket:
    """A port that somebody else listens on."""
    other = socket.socket()
    other.bind(("127.0.0.1", 0))
    other.listen()
    return other


def test_named_port_that_is_taken_is_refused_in_words():
    """Nobody looks for the page where it is not."""
    with taken() as other, pytest.raises(PortTaken, match="Nothing can listen"):
        bound(Exposure(port=other.getsockname()[1]))


def test_without_a_name_some_port_is_found():
    """Two consoles side by side have two ports."""
    with bound(Exposure()) as one, bound(Exposure()) as two:
        assert one.getsockname()[1] != two.getsockname()[1]
        assert one.getsockname()[0] == "127.0.0.1"


def test_host_that_is_not_ours_is_refused_in_words():
    """An address of another machine cannot be listened on."""
    with pytest.raises(PortTaken):
        bound(Exposure("192.0.2.1"))


def test_address_is_one_that_a_browser_takes():
    """IPv6 in brackets."""
    with bound(Exposure(port=None)) as listening:
        assert address_of(listening) == f"http://127.0.0.1:{listening.getsockname()[1]}/"


def test_names_for_the_console_are_loopback_and_what_was_named():
    """Beyond loopback the host it listens on, and the names that were given; never all."""
    setting = Exposure("192.0.2.1", names=("console.example",)).setting
    assert setting.login
    assert {"192.0.2.1", "console.example", "localhost"} <= set(setting.hosts)
    assert "*" not in setting.hosts


PATIENCE_S = 120
"""Against hanging only."""


async def test_console_without_a_chain_is_served_and_says_so(tmp_path: Path):
    """It can be started first: the page is there and says what is missing; afterwards nothing listens."""
    async with served(Place(tmp_path), Exposure(port=None)) as address, client() as browser:
        page = await browser.get(address, headers={"accept-language": "en"})
        assert page.status_code == 200
        health = await browser.get(f"{address}health")
        assert health.status_code == 503
        assert health.json()["trouble"]
    async with client() as browser:
        with pytest.raises(httpx.ConnectError):
            await browser.get(address)


async def test_open_pages_are_let_go_when_the_console_stops(tmp_path: Path):
    """A page that listens ends in order: nobody waits for it, and nothing is torn down over it."""
    async with client() as browser:

        async def listen(address: str) -> str:
            async with browser.stream("GET", f"{address}live") as stream:
                heard.set()
                return (await stream.aread()).decode()

        heard = asyncio.Event()
        async with served(Place(tmp_path), Exposure()) as address:
            listening = asyncio.create_task(listen(address))
            await heard.wait()
        assert "event: pulse" in await listening
