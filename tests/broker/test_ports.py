"""Free ports on loopback."""

import socket
from collections.abc import Iterator

import pytest

from yidi.broker import ports
from yidi.broker.errors import PortBusyError


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as server:
        server.bind((ports.LOOPBACK, 0))
        server.listen()
        yield server.getsockname()[1]


def test_picked_port_is_free_and_outside_the_range_of_outgoing_connections():
    """A picked port can be listened on, and no client is ever given it as a source."""
    port = ports.pick()
    assert ports.is_free(port)
    assert 20_000 <= port < 32_000


def test_pick_avoids_what_it_is_told(monkeypatch: pytest.MonkeyPatch):
    """With one port left to choose from, that one is chosen; with none, the error says what to do."""
    monkeypatch.setattr(ports, "HIGHEST", ports.LOWEST + 1)
    monkeypatch.setattr(ports, "is_free", lambda _: True)
    assert ports.pick(avoid=frozenset({ports.LOWEST})) == ports.LOWEST + 1
    with pytest.raises(PortBusyError, match="name a free port"):
        ports.pick(avoid=frozenset({ports.LOWEST, ports.LOWEST + 1}))


def test_busy_port_is_refused_in_words(taken: int):
    """A demanded port that somebody listens on is named, with a way to find out who."""
    with pytest.raises(PortBusyError, match=rf"Port {taken} .*lsof -i :{taken}"):
        ports.demand(taken)


@pytest.mark.parametrize("port", [-1, 0, 65_536])
def test_impossible_port_is_refused(port: int):
    """Numbers that are no ports are told apart from busy ones."""
    with pytest.raises(PortBusyError, match="is no port"):
        ports.demand(port)
