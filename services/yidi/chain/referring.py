"""Requests about an earlier one: query it, or reverse it by its msgid 冲正."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from yidi.chain.answers import Encounter
from yidi.chain.errors import ChainError
from yidi.chain.leg import Leg
from yidi.contract.codec import ENCOUNTER_CHARGES
from yidi.domain.instants import moment_of


class NotReferable(ChainError):
    """There is no encounter that the request could be about."""

    exit_code = 1


def referring(operation: Literal["QUERY", "REVERSE"], legs: Iterable[Leg], wanted: str, now_ms: int) -> Encounter:
    """The request about the encounter among the legs that `wanted` names (msgid, setl_id or mdtrt_id)."""
    original = _original(legs, wanted)
    message: Any = {
        **original,
        "msgid": _msgid(original, operation, now_ms),
        "operation": operation,
        "amends": None,
        "refers": original["msgid"],
        "inf_time": now_ms,
        "medfee_sumamt": 0,
        "acct_pay_amt": None,
        "lines": [],
    }
    return Encounter(message["msgid"], message["psn_no"], ENCOUNTER_CHARGES.encode(message))


def _original(legs: Iterable[Leg], wanted: str) -> Mapping[str, Any]:
    settling = [leg for leg in legs if leg.kind == "EncounterCharges" and leg.content["operation"] == "SETTLE"]
    named = [leg for leg in settling if leg.content["msgid"] == wanted] or settling
    if not named:
        raise NotReferable(f"No encounter was sent under {wanted}.", "Give the msgid of the encounter.")
    return named[-1].content


def _msgid(original: Mapping[str, Any], operation: str, now_ms: int) -> str:
    """Institution 12 + time 14 + serial 4; the serial follows from what is asked, when, about whom."""
    source = f"{original['msgid']}/{operation}/{now_ms}".encode()
    serial = int.from_bytes(hashlib.sha256(source).digest()[:4], "big") % 10_000
    return f"{original['fixmedins_code']}{moment_of(now_ms):%Y%m%d%H%M%S}{serial:04d}"
