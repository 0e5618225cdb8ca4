"""How long it takes until a Kafka is said not to be there."""

import asyncio

import pytest
from aiokafka.errors import KafkaConnectionError, KafkaError, KafkaTimeoutError, NotControllerError, UnknownError

from yidi.chain import dialling, reader
from yidi.chain.dialling import DIAL_TIMEOUT_S, dial, patience_s
from yidi.chain.errors import ChainError
from yidi.chain.reader import patient
from yidi.runtime.connection import Connection, Security

NOBODY = Connection(bootstrap="127.0.0.1:1", security=Security.of())


class Client:
    """Fails to start as told, then starts."""

    def __init__(self, *failures: KafkaError) -> None:
        self.failures = list(failures)
        self.stopped = False

    async def start(self) -> None:
        if self.failures:
            raise self.failures.pop(0)

    async def stop(self) -> None:
        self.stopped = True


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialling, "TRY_AGAIN_S", 0)


async def test_brokers_that_miss_one_of_them_are_asked_again() -> None:
    """What a broker says while its cluster has no controller is no reason to give up."""
    client = Client(NotControllerError(), NotControllerError())
    await dial(client, NOBODY)
    assert not client.failures
    assert not client.stopped


@pytest.mark.parametrize("failure", [KafkaConnectionError("nobody there"), UnknownError()])
async def test_what_waiting_does_not_mend_is_said_at_once(failure: KafkaError) -> None:
    """Nobody at any address, or an answer for good: one try, and the client is stopped."""
    client = Client(failure, failure)
    with pytest.raises(ChainError, match=r"127\.0\.0\.1:1 does not answer"):
        await dial(client, NOBODY)
    assert len(client.failures) == 1
    assert client.stopped


async def test_a_start_that_is_given_up_leaves_nothing() -> None:
    """At Ctrl-C a client that was still starting is stopped."""
    client = Client(*[NotControllerError()] * 1_000_000)
    dialling_it = asyncio.create_task(dial(client, NOBODY))
    await asyncio.sleep(0)
    dialling_it.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dialling_it
    assert client.stopped


async def test_a_question_waits_while_leaders_move(monkeypatch: pytest.MonkeyPatch) -> None:
    """Partitions whose leader has just died are asked for again, but not for ever."""
    left = 2

    async def question(_parts: list[object]) -> dict[object, int]:
        nonlocal left
        left -= 1
        if left >= 0:
            raise KafkaTimeoutError
        return {"found": 7}

    assert await patient(question, []) == {"found": 7}
    left = 2
    monkeypatch.setattr(reader, "LEADERS_MOVE_S", -1)
    with pytest.raises(KafkaTimeoutError):
        await patient(question, [])
    assert left == 1


@pytest.mark.parametrize(("bootstrap", "turns"), [("a:1", 1), ("a:1,b:2,c:3", 3)])
def test_every_address_has_its_turn(bootstrap: str, turns: int) -> None:
    """Of several brokers a dead one that is asked first leaves time for the others."""
    connection = Connection(bootstrap=bootstrap, security=Security.of())
    assert patience_s(connection) == turns * DIAL_TIMEOUT_S
