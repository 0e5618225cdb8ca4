"""The bill's own arithmetic: lines, refunds, sums. The first fault found refuses the encounter."""

from yidi.contract import records
from yidi.domain.faults import Refusal
from yidi.domain.money import FEN_MAX, Fen, round_half_up, yuan_of_fen
from yidi.hospital.conversion import FEN_SCALE
from yidi.hospital.dates import Window
from yidi.hospital.limits import CNT_MAX, LINES_MAX, PRIC_MAX, TEXT_CHARS_MAX


def check_bill(charges: records.EncounterCharges, window: Window) -> None:
    """Every rule of a bill that needs no reference data; one Refusal of the group "Bill data", naming the line.

    Afterwards: 1 to `LINES_MAX` lines with numbers of their own; each amount within one fen of count × price; each
    refund takes back part of a charged line of the same bill; lines add up to `medfee_sumamt`, which is not negative.
    """
    lines = charges["lines"]
    if not lines:
        raise Refusal("BILL_EMPTY", "lines: there are none")
    if len(lines) > LINES_MAX:
        raise Refusal("BILL_TOO_LONG", f"lines: {len(lines)} of them, {LINES_MAX} at most")
    for line in lines:
        _check_line(line)
        window.check(line)
    _check_numbers(lines)
    _check_refunds(lines)
    _check_total(charges["medfee_sumamt"], lines)


def _check_line(line: records.ChargeLine) -> None:
    amount, cnt, pric = line["det_item_fee_sumamt"], line["cnt"], line["pric"]
    if not 0 < len(line["feedetl_sn"]) <= TEXT_CHARS_MAX:
        raise Refusal("FIELD_INVALID", f"feedetl_sn: 1 to {TEXT_CHARS_MAX} characters are needed")
    if abs(cnt) >= CNT_MAX:
        raise _out_of_range(line, "cnt")
    if not 0 <= pric < PRIC_MAX:
        raise _out_of_range(line, "pric")
    if abs(amount) > FEN_MAX:
        raise _out_of_range(line, "det_item_fee_sumamt")
    if cnt == 0 or amount * cnt < 0:
        detail = "cnt: a count of 0, or a sign that differs from the amount's"
        raise Refusal("FIELD_INVALID", f"line {line['feedetl_sn']}: {detail}")
    expected = round_half_up(cnt * pric, FEN_SCALE)
    if abs(expected - amount) > 1:
        told = f"{yuan_of_fen(amount)} yuan, count times price is {yuan_of_fen(expected)}"
        raise Refusal("LINE_SUM_MISMATCH", f"line {line['feedetl_sn']}: det_item_fee_sumamt is {told}")


def _out_of_range(line: records.ChargeLine, field: str) -> Refusal:
    return Refusal("AMOUNT_OUT_OF_RANGE", f"line {line['feedetl_sn']}: {field} is outside what the chain accepts")


def _check_numbers(lines: list[records.ChargeLine]) -> None:
    if len({line["feedetl_sn"] for line in lines}) == len(lines):
        return
    seen: set[str] = set()
    for line in lines:
        if line["feedetl_sn"] in seen:
            raise Refusal("LINE_DUPLICATE", f"feedetl_sn {line['feedetl_sn']!r} stands more than once")
        seen.add(line["feedetl_sn"])


def _check_refunds(lines: list[records.ChargeLine]) -> None:
    refunds = [line for line in lines if line["cnt"] < 0]
    if not refunds and not any(line["init_feedetl_sn"] for line in lines):
        return
    originals = {line["feedetl_sn"]: line for line in lines if line["cnt"] > 0}
    left = {number: [line["cnt"], line["det_item_fee_sumamt"]] for number, line in originals.items()}
    for line in originals.values():
        if line["init_feedetl_sn"]:
            raise _misfit(line, "init_feedetl_sn: only a line with a negative count refunds another")
    for refund in refunds:
        original = originals.get(refund["init_feedetl_sn"] or "")
        if original is None:
            raise _orphan(refund)
        _check_mirror(refund, original)
        _take(left[original["feedetl_sn"]], refund)


def _orphan(refund: records.ChargeLine) -> Refusal:
    named = refund["init_feedetl_sn"]
    why = f"{named!r} is no charged line of this bill" if named else "it is missing"
    return Refusal("REFUND_WITHOUT_ORIGINAL", f"line {refund['feedetl_sn']}: init_feedetl_sn: {why}")


def _check_mirror(refund: records.ChargeLine, original: records.ChargeLine) -> None:
    """What is taken back is what was charged: the same item, category and price."""
    for field in ("med_list_codg", "medins_list_codg", "local_category", "pric"):
        if refund[field] != original[field]:
            raise _misfit(refund, f"{field} differs from that of the line it refunds, {original['feedetl_sn']}")


def _take(left: list[int], refund: records.ChargeLine) -> None:
    left[0] += refund["cnt"]
    left[1] += refund["det_item_fee_sumamt"]
    if left[0] < 0 or left[1] < 0:
        what = f"refunds of {refund['init_feedetl_sn']} exceed its {'count' if left[0] < 0 else 'amount'}"
        raise Refusal("REFUND_EXCEEDS_ORIGINAL", f"line {refund['feedetl_sn']}: {what}")


def _misfit(line: records.ChargeLine, detail: str) -> Refusal:
    return Refusal("FIELD_INVALID", f"line {line['feedetl_sn']}: {detail}")


def _check_total(medfee_sumamt: Fen, lines: list[records.ChargeLine]) -> None:
    if medfee_sumamt < 0:
        raise Refusal("TOTAL_NEGATIVE", f"medfee_sumamt: {yuan_of_fen(medfee_sumamt)} yuan")
    if medfee_sumamt > FEN_MAX:
        raise Refusal("AMOUNT_OUT_OF_RANGE", f"medfee_sumamt: {medfee_sumamt} fen, {FEN_MAX} at most")
    total = sum(line["det_item_fee_sumamt"] for line in lines)
    if total != medfee_sumamt:
        told = f"{yuan_of_fen(medfee_sumamt)} yuan, the lines add up to {yuan_of_fen(total)}"
        raise Refusal("SUM_MISMATCH", f"medfee_sumamt is {told}")
