"""What is sent while things break."""

from datetime import date

import pytest

from yidi.chaos.inputs import POISONED_TOPICS, Input, Inputs, Sort
from yidi.contract.codec import ENCOUNTER_CHARGES
from yidi.world.encounters import Encounters

TODAY = date(2026, 11, 20)
COUNT = 400


def made(seed: int = 3, duplicates: int = 20) -> tuple[Inputs, list[Input]]:
    inputs = Inputs(Encounters.of(1, TODAY, people=300, count=COUNT, failing_bp=500), seed, 8, duplicates)
    return inputs, list(inputs)


@pytest.fixture(scope="module")
def sent() -> list[Input]:
    return made()[1]


def of(sent: list[Input], sort: Sort) -> list[Input]:
    return [one for one in sent if one.sort is sort]


def test_the_same_seed_sends_the_same(sent: list[Input]) -> None:
    """Two runs of one seed send the same bytes in the same order."""
    assert made()[1] == sent


def test_a_fifth_comes_twice(sent: list[Input]) -> None:
    """At least the asked share of the encounters comes again, byte for byte, after its first time."""
    originals = {one.message: at for at, one in enumerate(sent) if one.sort in (Sort.ENCOUNTER, Sort.REVERSAL)}
    again = [(at, one.message) for at, one in enumerate(sent) if one.sort is Sort.DUPLICATE]
    assert len(again) >= COUNT * 20 // 100
    assert all(at > originals[message] for at, message in again)


def test_some_come_at_once_and_some_later(sent: list[Input]) -> None:
    """A duplicate may follow on the heels of its original, or long after it."""
    first = {one.message: at for at, one in reversed(list(enumerate(sent)))}
    gaps = [at - first[one.message] for at, one in enumerate(sent) if one.sort is Sort.DUPLICATE]
    assert min(gaps) <= 2
    assert max(gaps) > 100


def test_nothing_comes_twice_unless_asked() -> None:
    """Without a share of duplicates only reversals come again."""
    originals, again = COUNT, of(made(duplicates=0)[1], Sort.DUPLICATE)
    assert all(ENCOUNTER_CHARGES.decode(one.message.value)["operation"] == "REVERSE" for one in again)
    assert len(again) < originals // 10


def test_every_request_is_counted() -> None:
    """The distinct requests, each of which must become final, are the encounters and their reversals."""
    inputs, sent = made()
    assert len(of(sent, Sort.ENCOUNTER)) == COUNT
    assert inputs.requests == COUNT + len(of(sent, Sort.REVERSAL))
    ids = {
        ENCOUNTER_CHARGES.decode(one.message.value)["msgid"]
        for one in sent
        if one.sort in (Sort.ENCOUNTER, Sort.REVERSAL)
    }
    assert len(ids) == inputs.requests


def test_a_reversal_follows_what_it_reverses(sent: list[Input]) -> None:
    """A reversal names an encounter that was sent before it, of the same person."""
    seen = dict[str, bytes]()
    for one in sent:
        if one.sort is Sort.ENCOUNTER:
            seen[ENCOUNTER_CHARGES.decode(one.message.value)["msgid"]] = one.message.key
        if one.sort is Sort.REVERSAL:
            assert seen[str(ENCOUNTER_CHARGES.decode(one.message.value)["refers"])] == one.message.key


def test_poison_reaches_every_topic() -> None:
    """Over a run, bytes that are no message lie on every topic that a service reads."""
    inputs = Inputs(Encounters.of(1, TODAY, people=300, count=2_000), 3, 8, 20)
    assert {one.message.topic for one in inputs if one.sort is Sort.POISON} == set(POISONED_TOPICS)


def test_a_conflict_has_the_id_and_other_content(sent: list[Input]) -> None:
    """The same id with other content: the first one's outcome must not move."""
    values = {ENCOUNTER_CHARGES.decode(one.message.value)["msgid"]: one.message for one in of(sent, Sort.ENCOUNTER)}
    conflicts = of(sent, Sort.CONFLICT)
    assert conflicts
    for one in conflicts:
        original = values[ENCOUNTER_CHARGES.decode(one.message.value)["msgid"]]
        assert original.key == one.message.key
        assert original.value != one.message.value
