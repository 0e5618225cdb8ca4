"""Waiting for a Kafka that is about to be there, and for no other trouble."""

import pytest
from aiokafka.errors import KafkaConnectionError, TopicAuthorizationFailedError

from yidi.chain import patience
from yidi.chain.errors import ChainError
from yidi.chain.patience import patiently
from yidi.runtime.connection import Connection
from yidi.runtime.stops import TooFewBrokers

CONNECTION = Connection(bootstrap="127.0.0.1:1")


class Work:
    """Fails so often, then returns."""

    def __init__(self, error: Exception, times: int) -> None:
        self._error, self._times = error, times

    async def __call__(self) -> str:
        if self._times == 0:
            return "done"
        self._times -= 1
        raise self._error


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "LOOK_AGAIN_S", 0)


@pytest.mark.parametrize("error", [KafkaConnectionError(), ConnectionRefusedError(), TooFewBrokers("two of three")])
async def test_what_may_pass_is_waited_for(error: Exception) -> None:
    """A Kafka that does not answer yet, and one whose brokers have not all joined, are tried again; said once."""
    said: list[str] = []

    assert await patiently(CONNECTION, 60, Work(error, 3), said.append) == "done"
    assert len(said) == 1


async def test_what_does_not_pass_is_told_at_once() -> None:
    """A refusal that waiting does not mend comes out as it is."""
    with pytest.raises(TopicAuthorizationFailedError):
        await patiently(CONNECTION, 60, Work(TopicAuthorizationFailedError(), 1), lambda _: None)


@pytest.mark.parametrize(
    ("error", "told"), [(KafkaConnectionError(), ChainError), (TooFewBrokers("two of three"), TooFewBrokers)]
)
async def test_patience_ends(error: Exception, told: type[Exception]) -> None:
    """When the limit is over it says what it waited for."""
    with pytest.raises(told):
        await patiently(CONNECTION, 1e-9, Work(error, 5), lambda _: None)
