"""An answer on the screen: the receipt of a settlement, or a refusal with what to do about it."""

from dataclasses import replace
from typing import Any, Final

from yidi.chain.answers import Answer
from yidi.cli.receipts import render_receipt
from yidi.cli.screen import marked, out
from yidi.cli.trace import masked_content, plain_content
from yidi.domain.faults import FAULTS
from yidi.domain.identities import masked
from yidi.domain.instants import moment_of
from yidi.domain.money import yuan_of_fen
from yidi.hospital.receipt import receipt_of

EXIT_CODES: Final = {"DONE": 0, "REVERSED": 0, "REFUSED": 1, "REPORTED": 1, "UNKNOWN": 4, "NO_ANSWER": 4}
"""By outcome: 0 done, 1 refused, 4 unknown."""

DONE: Final = ("✓", "green")
FAILED: Final = ("✗", "red")
OPEN: Final = ("?", "yellow")
MARKS: Final = {"DONE": DONE, "REVERSED": DONE, "REFUSED": FAILED, "REPORTED": FAILED}


def show_answer(answer: Answer, *, brief: bool = False, lines: bool = True, unmask: bool = False) -> None:
    """Print one answer: a line, and unless `brief` the receipt of what was settled, with its `lines` or without."""
    asked = (answer.result.content["refers"] if answer.result else None) or answer.msgid
    out.print(marked(*MARKS.get(answer.outcome, OPEN), f"{asked}  {_words(answer)}"), soft_wrap=True)
    if answer.stored and answer.result is not None and answer.result.content["operation"] == "SETTLE":
        when = moment_of(answer.result.content["setl_time"])
        out.print(
            f"    answered before, {when:%Y-%m-%d %H:%M:%S}: this is the stored answer, nothing was settled anew."
        )
        out.print(
            f"    what it is now: yidi query {answer.msgid} · its lines: yidi explain {answer.msgid}", soft_wrap=True
        )
    elif answer.outcome in ("REFUSED", "REPORTED"):
        _show_way_out(answer, str(asked))
    elif answer.outcome == "DONE" and not brief:
        _show_receipt(answer, lines=lines, unmask=unmask)


def answer_json(answer: Answer, *, unmask: bool) -> dict[str, Any]:
    """The answer for scripts: outcome, fault or amounts in fen, and the error id that a replay wants."""
    shown = answer.result or answer.report
    content = shown.content if shown else {}
    return {
        "msgid": answer.msgid,
        "outcome": answer.outcome,
        "error_id": _error_id(answer),
        "unit": "fen",
        "content": plain_content(content) if unmask else masked_content(content),
    }


def _words(answer: Answer) -> str:
    shown = answer.result or answer.report
    if shown is None:
        return "no answer yet; it is not lost. Ask with `yidi trace` or `yidi query`."
    content = shown.content
    if content.get("amounts"):
        amounts, person = content["amounts"], content["psn_no"]
        funds, account, cash = (yuan_of_fen(amounts[x]) for x in ("fund_pay_sumamt", "acct_pay", "psn_cash_pay"))
        total = yuan_of_fen(amounts["medfee_sumamt"])
        words = f"{content['operation'].lower()} {answer.outcome.lower()}: {total} = funds {funds} + account {account}"
        return f"{words} + cash {cash}  ({masked(person)})"
    code = content["fault"]["code"] if content.get("fault") else content.get("code", "")
    fault = FAULTS.get(code)
    return f"{answer.outcome.lower()}: {code} {fault.zh if fault else ''}"


def _show_way_out(answer: Answer, asked: str) -> None:
    shown = answer.result or answer.report
    if shown is None:
        return
    said = shown.content.get("fault") or shown.content
    fault = FAULTS.get(said["code"])
    meaning, detail = fault.en if fault else said["code"], f" — {said['detail']}" if said["detail"] else ""
    out.print(f"    the {said['service']} says: {meaning}{detail}", soft_wrap=True)
    if fault:
        out.print(f"    → {fault.todo}", soft_wrap=True)
    error_id = _error_id(answer)
    if error_id and said["code"] == "SETTLEMENT_NOT_FOUND" and shown.content.get("operation") == "QUERY":
        return  # an answer to a question: the desk has no case of it
    if error_id:
        out.print(
            f"    error id {error_id} on errors.{said['service']}: yidi errors show {error_id[:8]}", soft_wrap=True
        )
    else:
        out.print("    no new error report: it was refused before, and this is the stored answer", soft_wrap=True)
        out.print(
            f"    its error, and whether a replay helps by now: yidi errors list state:any settlement:{asked}",
            soft_wrap=True,
        )


def _error_id(answer: Answer) -> str | None:
    leg = answer.leg("ErrorReport")
    return None if leg is None else str(leg.content["error_id"])


def _show_receipt(answer: Answer, *, lines: bool, unmask: bool) -> None:
    request, details = answer.leg("SettlementRequest"), answer.leg("ChargeDetails")
    encounter = answer.leg("EncounterCharges")
    if request is None or answer.result is None:
        return
    contents: list[Any] = [leg.content if leg else None for leg in (request, answer.result, details, encounter)]
    receipt = receipt_of(*contents)
    out.print(render_receipt(receipt if lines else replace(receipt, lines=()), masked=not unmask))
