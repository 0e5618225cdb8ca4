"""Questions to a cluster of which a broker has just died."""

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import NodeNotReadyError

from yidi.runtime.admin import asked

NODES = (1, 2, 3)


class Client:
    """Knows three brokers, as the living ones still tell; reaches those that live."""

    def __init__(self, *living: int) -> None:
        self._living = living
        self.cluster = SimpleNamespace(brokers=lambda: [SimpleNamespace(nodeId=node) for node in NODES])

    def get_random_node(self) -> int:
        return NODES[0]

    async def send(self, node: int, request: Any) -> tuple[int, Any]:
        if node not in self._living:
            raise NodeNotReadyError
        return node, request


async def test_a_dead_broker_is_passed_over() -> None:
    """The first one that can be reached answers."""
    assert await asked(SimpleNamespace(_client=Client(3)), "question") == (3, "question")


async def test_nobody_at_all_is_an_error() -> None:
    """Where none can be reached the client's own error says so."""
    with pytest.raises(NodeNotReadyError):
        await asked(SimpleNamespace(_client=Client()), "question")
