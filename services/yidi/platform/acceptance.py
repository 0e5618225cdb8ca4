"""Whether an agency's result is taken: it was asked for, of the inbox that answers, and it says what a result may say.

Pure. `RESULT_UNEXPECTED` is a result that nobody waits for, `RESULT_INVALID` one that is wrong in itself; either is an
error report, has no effect, and an open request stays open.
"""

from typing import Final

from yidi.contract import records
from yidi.domain.faults import Refusal
from yidi.platform.lifecycle import DONE, OPEN, REFUSED, REVERSED, Request
from yidi.runtime.decider import ATTEMPTS_MAX

ECHOED: Final = ("insuplc_admdvs", "mdtrtarea_admvs", "fixmedins_code", "mdtrt_id", "med_type", "insutype")
"""Routing fields that the answer to a settlement repeats."""

OUTCOMES: Final = {"SETTLE": (DONE, REFUSED), "PRE_SETTLE": (DONE, REFUSED), "REVERSE": (REVERSED, REFUSED)}


def is_repeat(row: Request | None, result: records.SettlementResult, value: bytes, inbox: str) -> bool:
    """True for a result that is known already, False for one to adopt; Refusal for one that is neither.

    The agency's own record of a request may be replayed at the agency. So what it has *done* under an attempt that it
    has not answered yet is always adopted, over a refusal too, whoever refused; a refusal only where it is the answer
    that is due. A late refusal of a request whose reversal is confirmed says nothing new.
    """
    if row is None:
        raise Refusal("RESULT_UNEXPECTED", "no request with this msgid was forwarded")
    if row.inbox != inbox:
        raise Refusal("RESULT_UNEXPECTED", f"it came from inbox {inbox}, asked was {row.inbox or 'nobody'}")
    if value == row.answer:
        return True
    attempt, refused = result["attempt"], result["outcome"] == REFUSED
    if attempt > row.heard and row.state in (OPEN, REFUSED):
        return refused and attempt < _refusal_due(row)
    if refused and (attempt < row.attempt or row.state == OPEN or _is_reversed(row)):
        return True
    if attempt == row.heard and result["outcome"] == row.state:
        raise Refusal("ID_CONFLICT", f"the result of attempt {attempt} came again with other content")
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
    if result["attempt"] > ATTEMPTS_MAX:
        raise _invalid(f"attempt is {result['attempt']}; at most {ATTEMPTS_MAX}")
    outcome = result["outcome"]
    if outcome not in OUTCOMES[row.operation]:
        raise _invalid(f"outcome {outcome} of a {row.operation}")
    if (result["fault"] is None) == (outcome == REFUSED):
        raise _invalid("a refusal names its fault, and only a refusal")
    if (result["amounts"] is None) != (outcome == REFUSED):
        raise _invalid("amounts belong to what is done or reversed, and to nothing else")


def _refusal_due(row: Request) -> int:
    """The attempt from which on a refusal is news: the open one, or the next one after a refused one."""
    return row.attempt if row.state == OPEN else row.attempt + 1


def _is_reversed(row: Request) -> bool:
    """A reversed settlement is over: that the insured place refuses to take it up again is what a reversal means."""
    return row.state == REVERSED and row.is_settlement


def _same(name: str, found: object, expected: object) -> None:
    if found != expected:
        raise _invalid(f"{name} is {found!r}, asked was {expected!r}")


def _invalid(detail: str) -> Refusal:
    return Refusal("RESULT_INVALID", detail)
