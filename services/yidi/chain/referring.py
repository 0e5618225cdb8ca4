"""Requests about an earlier one: query it, or reverse it by its msgid 冲正."""

import hashlib
from collections.abc import Iterable
from typing import Literal, cast

from yidi.chain.answers import Encounter
from yidi.chain.errors import ChainError
from yidi.chain.leg import Leg
from yidi.contract.codec import ENCOUNTER_CHARGES
from yidi.contract.records import EncounterCharges
from yidi.domain.instants import moment_of


class NotReferable(ChainError):
    """There is no encounter that the request could be about."""

    exit_code = 1


def referring(operation: Literal["QUERY", "REVERSE"], legs: Iterable[Leg], wanted: str, now_ms: int) -> Encounter:
    """The request about the encounter among the legs that `wanted` names (msgid, setl_id or mdtrt_id)."""
    original = original_of(legs, wanted)
    message = about(original, operation, _serial(original, operation, now_ms), now_ms)
    return Encounter(message["msgid"], message["psn_no"], ENCOUNTER_CHARGES.encode(message))


def about(
    original: EncounterCharges, operation: Literal["QUERY", "REVERSE"], serial: int, now_ms: int
) -> EncounterCharges:
    """The message itself: the original's head without its bill, under a msgid of its own."""
    return {
        **original,
        "msgid": msgid_of(original, serial, now_ms),
        "operation": operation,
        "amends": None,
        "refers": original["msgid"],
        "inf_time": now_ms,
        "medfee_sumamt": 0,
        "acct_pay_amt": None,
        "lines": [],
    }


def msgid_of(original: EncounterCharges, serial: int, now_ms: int) -> str:
    """Institution 12 + time 14 + serial 4 (`serial` below 10,000)."""
    return f"{original['fixmedins_code']}{moment_of(now_ms):%Y%m%d%H%M%S}{serial:04d}"


def original_of(legs: Iterable[Leg], wanted: str) -> EncounterCharges:
    """The encounter among the legs that `wanted` names; NotReferable when none was sent under it."""
    settling = [leg for leg in legs if leg.kind == "EncounterCharges" and leg.content["operation"] == "SETTLE"]
    named = [leg for leg in settling if leg.content["msgid"] == wanted] or settling
    if not named:
        raise NotReferable(f"No encounter was sent under {wanted}.", "Give the msgid of the encounter.")
    return cast("EncounterCharges", named[-1].content)


def _serial(original: EncounterCharges, operation: str, now_ms: int) -> int:
    """It follows from what is asked, when, about whom: asking again a moment later is another message."""
    source = f"{original['msgid']}/{operation}/{now_ms}".encode()
    return int.from_bytes(hashlib.sha256(source).digest()[:4], "big") % 10_000
