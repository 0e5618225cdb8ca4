"""Broken on purpose: each defect is noticed within a few seeds, so a quiet thousand means something."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest

import yidi.agency.answering
import yidi.agency.service
import yidi.hospital.encounter
import yidi.hospital.outcome
import yidi.platform.acceptance
import yidi.platform.answering
import yidi.platform.asking
import yidi.platform.messages
import yidi.platform.repeats
from tests.simulation.scenario import breaches
from yidi.agency.case import ANSWERS
from yidi.contract import topics
from yidi.contract.codec import JOURNAL_ENTRY, SETTLEMENT_RESULT
from yidi.runtime.memory import MemoryTransaction
from yidi.runtime.task import Task

SEEDS = 40
Plant = Callable[[pytest.MonkeyPatch], None]


def forgetful_agency(patch: pytest.MonkeyPatch) -> None:
    """It settles again what it has answered."""
    patch.setattr(type(ANSWERS), "get", _forgetting(ANSWERS))


def _forgetting(answers: Any) -> Callable[..., Any]:
    whole = type(answers).get
    return lambda table, view, key: None if table is answers else whole(table, view, key)


def second_journal_entry(patch: pytest.MonkeyPatch) -> None:
    """The platform writes every entry twice, under another id."""
    whole = yidi.platform.answering._adopted

    def twice(*arguments: Any) -> Any:
        decision = whole(*arguments)
        entries = [message for message in decision.messages if message.topic == topics.JOURNAL]
        again = [replace(entry, value=_renamed(entry.value)) for entry in entries]
        return replace(decision, messages=(*decision.messages, *again))

    patch.setattr(yidi.platform.answering, "_adopted", twice)


def _renamed(value: bytes) -> bytes:
    entry = JOURNAL_ENTRY.decode(value)
    return JOURNAL_ENTRY.encode({**entry, "journal_id": f"again {entry['journal_id']}"})


def two_live_settlements(patch: pytest.MonkeyPatch) -> None:
    """Neither hospital nor platform nor agency looks whether the encounter is settled."""
    patch.setattr(yidi.hospital.encounter, "hold_visit", lambda _view, _charges: ())
    patch.setattr(yidi.platform.asking, "_check_unoccupied", lambda *_: None)
    patch.setattr(yidi.agency.service, "_refuse_settled", lambda *_: None)


def reversal_recalculates(patch: pytest.MonkeyPatch) -> None:
    """The twin takes back one fen more than the settlement had moved."""
    whole = yidi.agency.answering.effect_of
    patch.setattr(
        yidi.agency.answering, "effect_of", lambda result: {key: fen + 1 for key, fen in whole(result).items()}
    )


def hasty_outbox(patch: pytest.MonkeyPatch) -> None:
    """A row goes before its message is acknowledged."""

    def hasty(task: Task, _chunk: object) -> None:
        task.published_seq = max(waiting.seq for waiting in task.chunks)
        task.chunks.popleft()

    patch.setattr(Task, "acknowledge", hasty)


def no_fence(patch: pytest.MonkeyPatch) -> None:
    """A former owner may commit."""

    def unfenced(transaction: MemoryTransaction, partition: int, _epoch: int, _positions: Any, now_ms: int) -> None:
        transaction._now[partition] = now_ms

    patch.setattr(MemoryTransaction, "fence", unfenced)


def silent_refusals(patch: pytest.MonkeyPatch) -> None:
    """The hospital refuses without an error report."""
    whole = yidi.hospital.encounter._refused
    patch.setattr(yidi.hospital.encounter, "_refused", lambda *given: replace(whole(*given), failure=None))


def late_answers_are_lost(patch: pytest.MonkeyPatch) -> None:
    """What comes after *unknown* is taken for a repeat."""
    whole = yidi.platform.acceptance.is_repeat
    late = lambda row, *rest: bool(row and row.unknown) or whole(row, *rest)  # noqa: E731 — one expression
    patch.setattr(yidi.platform.acceptance, "is_repeat", late)


def one_fen_off(patch: pytest.MonkeyPatch) -> None:
    """The platform passes on another amount than the agency's."""
    whole = yidi.platform.messages.answer

    def off(routes: Any, row: Any, value: bytes) -> Any:
        result = SETTLEMENT_RESULT.decode(value)
        amounts = result["amounts"]
        if amounts is not None:
            result["amounts"] = {**amounts, "psn_cash_pay": amounts["psn_cash_pay"] + 1}
        return whole(routes, row, SETTLEMENT_RESULT.encode(result))

    patch.setattr(yidi.platform.messages, "answer", off)


def details_never_sent(patch: pytest.MonkeyPatch) -> None:
    """A stay's lines stay at the hospital."""
    whole = yidi.hospital.outcome._done
    patch.setattr(yidi.hospital.outcome, "_done", lambda *given: replace(whole(*given), messages=()))


def replays_fall_on_deaf_ears(patch: pytest.MonkeyPatch) -> None:
    """A refused record stays refused, whatever the attempt."""
    whole = yidi.hospital.encounter.decide_encounter

    def deaf(view: Any, arrival: Any, *rest: Any) -> Any:
        return whole(view, msgspec.structs.replace(arrival, attempt=1), *rest)

    patch.setattr("yidi.hospital.service.decide_encounter", deaf)
    known = yidi.platform.repeats.of_request
    patch.setattr(yidi.platform.repeats, "of_request", lambda row, digest, _attempt: known(row, digest, 1))


PLANTS: dict[Plant, str] = {
    forgetful_agency: "FAILED effects",
    second_journal_entry: "FAILED effects",
    two_live_settlements: "FAILED visits",
    reversal_recalculates: "FAILED chains",
    hasty_outbox: "FAILED accounting",
    no_fence: "FAILED accounting",
    silent_refusals: "FAILED accounting",
    late_answers_are_lost: "UNKNOWN, right is DONE",
    one_fen_off: "FAILED journal",
    details_never_sent: "unknown details",
    replays_fall_on_deaf_ears: "REFUSED NOT_FILED, right is DONE",
}
"""Each with the words of the promise that it breaks."""


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_planted_defect_is_noticed(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one of the first seeds the very promise fails that the defect breaks."""
    plant(monkeypatch)
    assert any(PLANTS[plant] in words for seed in range(SEEDS) for words in _breaches(seed))


def _breaches(seed: int) -> list[str]:
    """A world that falls over breaks no promise by its name: the next seed may."""
    try:
        return breaches(seed)
    except AssertionError:
        return []
