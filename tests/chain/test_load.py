"""What a load counts."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

from tests.contract.stored import example
from yidi.chain import load
from yidi.chain.load import Counts, Plan
from yidi.contract import topics
from yidi.contract.codec import ENCOUNTER_CHARGES, SETTLEMENT_RESULT
from yidi.runtime.decider import Record


def record(topic: str, value: bytes, at_ms: int) -> Record:
    return Record(topic, 0, 0, at_ms, b"k", value)


def sent(msgid: str, at_ms: int) -> Record:
    value = ENCOUNTER_CHARGES.encode({**example("EncounterCharges"), "msgid": msgid})
    return record(topics.ENCOUNTERS, value, at_ms)


def answered(msgid: str, outcome: str, at_ms: int) -> Record:
    value = SETTLEMENT_RESULT.encode({**example("SettlementResult"), "msgid": msgid, "outcome": outcome})
    return record(topics.hospital_results("default"), value, at_ms)


def counting(*msgids: str) -> Counts:
    return Counts(sent=len(msgids), sent_at=dict.fromkeys(msgids, 0))


def test_the_time_is_the_brokers() -> None:
    """From encounter to answer by the broker's clock, whatever the clock here says."""
    counts = counting("M1")
    assert not load._take(sent("M1", 1_000), counts)
    assert load._take(answered("M1", "DONE", 1_040), counts)
    assert (counts.took_ms, counts.outcomes, counts.open, counts.answered) == ([40], {"DONE": 1}, 0, 1)


def test_unknown_is_still_open() -> None:
    """A provisional answer is none; the final one counts once, however often it comes."""
    counts = counting("M1")
    assert not load._take(answered("M1", "UNKNOWN", 5), counts)
    assert counts.open == 1
    assert load._take(answered("M1", "DONE", 9), counts)
    assert not load._take(answered("M1", "DONE", 9), counts)
    assert (counts.answered, counts.outcomes) == (1, {"DONE": 1})


def test_others_are_not_counted() -> None:
    """Somebody else's encounters on the same chain are nothing to this load."""
    counts = counting("M1")
    assert not load._take(sent("X", 1), counts)
    assert not load._take(answered("X", "DONE", 2), counts)
    assert not load._take(Record(topics.ENCOUNTERS, 0, 0, 0, b"k", None), counts)
    assert (counts.open, counts.answered) == (1, 0)


def test_a_rate_is_kept() -> None:
    """Nothing is sent ahead of its time; without a rate nothing is ever ahead."""
    encounters = cast("Any", None)
    counts = Counts(sent=100)
    assert load._ahead(Plan(encounters, 50, 1), counts, 1.0)
    assert not load._ahead(Plan(encounters, 50, 1), counts, 2.0)
    assert not load._ahead(Plan(encounters, None, 1), counts, 0.0)


async def test_a_load_ends_when_its_chain_is_gone() -> None:
    """Encounters are open, nothing is answered, sending waits for answers: after the timeout it says so and ends."""

    async def silence() -> AsyncIterator[Record | None]:
        while True:
            await asyncio.sleep(0)
            yield None

    counts = Counts(sent=1, sent_at={"m1": 1})
    told: list[int] = []
    sending = asyncio.create_task(asyncio.Event().wait())
    await load._watch(silence(), sending, counts, 0.01, lambda now: told.append(now.open))  # type: ignore[arg-type]
    sending.cancel()
    assert told[-1] == 1
