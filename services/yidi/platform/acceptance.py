"""Whether an agency's result is taken: it was asked for, of the inbox that answers, and it says what a result may say.

Pure. `RESULT_UNEXPECTED` is a result that nobody waits for, `RESULT_INVALID` one that is wrong in itself; either is an
error report, has no effect, and an open request stays open.
"""

from typing import Final

from yidi.contract import records
from yidi.domain.faults import Refusal
from yidi.platform.lifecycle import DONE, OPEN, REFUSED, REVERSED, Request

ECHOED: Final = ("insuplc_admdvs", "mdtrtarea_admvs", "fixmedins_code", "mdtrt_id", "med_type", "insutype")
"""Routing fields that the answer to a settlement repeats."""

OUTCOMES: Final = {"SETTLE": (DONE, REFUSED), "PRE_SETTLE": (DONE, REFUSED), "REVERSE": (REVERSED, REFUSED)}


def is_repeat(row: Request | None, result: records.SettlementResult, value: bytes, inbox: str) -> bool:
    """True for a result that is known already, False for one to adopt; Refusal for one that is neither.

    A refused request may still be done or refused under a higher attempt (the agency's record was replayed there); a
    late refusal of a request whose reversal is confirmed says nothing new.
    """
    if row is None:
        raise Refusal("RESULT_UNEXPECTED", "no request with this msgid was forwarded")
    if row.inbox != inbox:
        raise Refusal("RESULT_UNEXPECTED", f"it came from inbox {inbox}, asked was {row.inbox or 'nobody'}")
    if value == row.answer or _says_nothing_new(row, result):
        return True
    if result["attempt"] >= row.attempt and row.state == OPEN:
        return False
    if result["attempt"] > row.attempt and row.state == REFUSED:
        return False
    if result["attempt"] == row.attempt and result["outcome"] == row.state:
        raise Refusal("ID_CONFLICT", f"the result of attempt {row.attempt} came again with other content")
    raise Refusal(
        "RESULT_UNEXPECTED",
        f"{result['outcome']} of attempt {result['attempt']}, but the request is {row.state} at {row.attempt}",
    )


def check_fits(row: Request, result: records.SettlementResult) -> None:
    """The result answers this request, with an outcome that its operation can have and what belongs to the outcome."""
    _same("setl_id", result["setl_id"], row.setl_id)
    _same("psn_no", result["psn_no"] == row.subject.psn_no, expected=True)
    _same("operation", result["operation"], row.operation)
    _same("refers", result["refers"], row.refers)
    _same("inbox", result["inbox"], row.inbox)
    if row.operation != "REVERSE":
        for name in ECHOED:
            _same(name, result[name], getattr(row.subject, name))
    outcome = result["outcome"]
    if outcome not in OUTCOMES[row.operation]:
        raise _invalid(f"outcome {outcome} of a {row.operation}")
    if (result["fault"] is None) == (outcome == REFUSED):
        raise _invalid("a refusal names its fault, and only a refusal")
    if (result["amounts"] is None) != (outcome == REFUSED):
        raise _invalid("amounts belong to what is done or reversed, and to nothing else")


def _says_nothing_new(row: Request, result: records.SettlementResult) -> bool:
    if result["outcome"] != REFUSED:
        return False
    return result["attempt"] < row.attempt or (row.state == REVERSED and not row.answer)


def _same(name: str, found: object, expected: object) -> None:
    if found != expected:
        raise _invalid(f"{name} is {found!r}, asked was {expected!r}")


def _invalid(detail: str) -> Refusal:
    return Refusal("RESULT_INVALID", detail)
