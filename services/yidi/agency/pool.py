"""The basic pool: deductible, segments, item ratios, caps (domain §6.2-§6.5)."""

from yidi.agency.accumulators import ADMISSIONS, POOL_PAID
from yidi.agency.claim import CHRONIC, INPATIENT
from yidi.agency.row import FROM_DEDUCTIBLE, OVER_YEAR, Limit, Row
from yidi.agency.segments import PAY_ONE, UNIT, Band, cut_to, paid_for, reach_of
from yidi.agency.sheet import Sheet
from yidi.domain.faults import Refusal, Stage
from yidi.domain.money import BASIS_POINTS, Fen, round_half_up


def pay_pool(sheet: Sheet) -> None:
    """Write `act_pay_dedc`, `hifp_pay` and, where the annual cap is reached, what lies above it."""
    row = sheet.row
    if sheet.care == INPATIENT and sheet.charge_deductible:
        sheet.count(ADMISSIONS, 1)
    if row is None:
        sheet.steps.append(("reason.no_plan", {}))
        return
    reason = _closed(sheet, row)
    if reason:
        sheet.steps.append((reason, {}))
        return
    sheet.steps.extend(row.steps)
    if row.account_first:
        _take_from_account(sheet)
    general, items = _shares(sheet, row)
    due = _deductible_due(sheet, row)
    pieces, eaten = _pieces(sheet, row, general, items, due * UNIT)
    sheet.act_pay_dedc = eaten // UNIT
    sheet.count(row.keys.dedc, sheet.act_pay_dedc)
    sheet.count(row.keys.scope, general)
    if due:
        sheet.steps.append(("deductible.charged", {"due_fen": due, "charged_fen": sheet.act_pay_dedc}))
    _pay_within_caps(sheet, row, pieces, eaten)


def _closed(sheet: Sheet, row: Row) -> str:
    """Why the pool may not pay for this visit at all; empty if it may. No error: the fund is 0 and says why."""
    if sheet.care != CHRONIC:
        return ""
    if sheet.claim.dise_codg not in sheet.insured.chronic:
        return "reason.not_qualified"
    if row.approved_only and not sheet.claim.selected:
        return "reason.not_approved"
    return ""


def _take_from_account(sheet: Sheet) -> None:
    """The account pays first (domain §6, pharmacy): the layers see what it leaves of scope and prior self-pay."""
    if not sheet.claim.acct_used_flag or sheet.insured.balance <= 0:
        return
    from_scope = min(sheet.insured.balance, sheet.scope)
    from_preself = min(sheet.insured.balance - from_scope, sheet.preself)
    sheet.scope -= from_scope
    sheet.preself -= from_preself
    sheet.steps.append(("account.first", {"scope_fen": from_scope, "preself_fen": from_preself}))


def _shares(sheet: Sheet, row: Row) -> tuple[Fen, list[tuple[int, Fen]]]:
    """In-scope amount of the general part, and of each item ratio (ratio, amount); uncovered lines in neither."""
    if not (row.items or row.covered_codes) or not sheet.claim.lines:
        return sheet.scope, []
    amounts = [0] * len(row.items)
    general = uncovered = 0
    for line in sheet.claim.lines:
        if row.covered_codes and not line.med_list_codg.startswith(row.covered_codes):
            uncovered += line.inscp_scp_amt
            continue
        for index, item in enumerate(row.items):
            if item.takes(line.chrgitm_lv, line.med_chrgitm_type, line.med_list_codg):
                amounts[index] += line.inscp_scp_amt
                break
        else:
            general += line.inscp_scp_amt
    _refuse_negative(general, uncovered, *amounts)
    if uncovered:
        sheet.steps.append(("chronic.uncovered", {"amount_fen": uncovered}))
    return _less(general, list(zip((item.ratio for item in row.items), amounts, strict=True)), sheet.scope)


def _refuse_negative(*amounts: Fen) -> None:
    if min(amounts) < 0:
        detail = "refund lines exceed the lines of the same kind that they refund"
        raise Refusal("REFUND_EXCEEDS_ORIGINAL", detail, stage=Stage.CALCULATE)


def _less(general: Fen, items: list[tuple[int, Fen]], scope: Fen) -> tuple[Fen, list[tuple[int, Fen]]]:
    """Take off what the account has paid already: from the general part first, then in the order of the file."""
    over = max(0, general + sum(amount for _, amount in items) - scope)
    taken = min(over, general)
    left = over - taken
    kept = []
    for ratio, amount in items:
        less = min(left, amount)
        left -= less
        kept.append((ratio, amount - less))
    return general - taken, kept


def _deductible_due(sheet: Sheet, row: Row) -> Fen:
    """What is still to be charged: by admission of the year, or what the year has not seen yet."""
    if not sheet.charge_deductible:
        return 0
    if row.dedc_yearly:
        return max(0, row.dedc[0] - sheet.before.get(row.keys.dedc, 0))
    nth = sheet.before.get(ADMISSIONS, 0) if sheet.care == INPATIENT else 0
    return row.dedc[nth] if nth < len(row.dedc) else row.dedc[-1]


def _pieces(sheet: Sheet, row: Row, general: Fen, items: list[tuple[int, Fen]], due: int) -> tuple[list[Band], int]:
    """Pieces that the pool pays, lowest first, and the units that the deductible ate: general part, then items."""
    high = general * row.kept_bp
    eaten = min(high, due)
    low = eaten
    if row.measured == FROM_DEDUCTIBLE:
        low, high = 0, high - eaten
    elif row.measured == OVER_YEAR:
        start = sheet.before.get(row.keys.scope, 0) * UNIT
        low, high = start + low, start + high
    pieces = cut_to(row.bands, low, high)
    for ratio, amount in items:
        end = amount * row.kept_bp
        bite = min(due - eaten, end)
        eaten += bite
        if end > bite:
            pieces.append((bite, end, ratio))
    return pieces, eaten


def _pay_within_caps(sheet: Sheet, row: Row, pieces: list[Band], eaten: int) -> None:
    exact = paid_for(pieces)
    steps = sheet.steps
    for low, high, ratio in pieces:
        steps.append(("pool.segment", {"from_e4": low, "to_e4": high, "ratio_e8": ratio}))
    left, limit_step = _tightest(sheet, row)
    if limit_step is not None and exact > left * PAY_ONE:
        steps.append(limit_step)
        if limit_step[0] == "cap.pool_year":
            sheet.above_cap = reach_of(pieces, eaten, left)
            _explain_reach(sheet, row)
        sheet.pool_exact = left * PAY_ONE
        sheet.hifp_pay = left
    else:
        sheet.pool_exact = exact
        sheet.hifp_pay = round_half_up(exact, PAY_ONE)
    _count_paid(sheet, row)
    steps.append(("pool.paid", {"pay_fen": sheet.hifp_pay}))


def _tightest(sheet: Sheet, row: Row) -> tuple[Fen, tuple[str, dict[str, int]] | None]:
    """What the tightest cap leaves, with its step; of equal caps the pool's annual one, for others build on it."""
    left, step = 0, None
    for limit in row.limits:
        room = max(0, limit.cap - _used(sheet, limit))
        if step is None or room < left:
            left, step = room, (limit.rule, {"cap_fen": limit.cap, "left_fen": room})
    cap = sheet.policy.pool_annual_cap if row.counts_to_pool_cap else None
    if cap is not None:
        room = max(0, cap - sheet.before.get(POOL_PAID, 0))
        if step is None or room <= left:
            left, step = room, ("cap.pool_year", {"cap_fen": cap, "left_fen": room})
    return left, step


def _used(sheet: Sheet, limit: Limit) -> Fen:
    if limit.kind == "visit":
        return 0
    key = limit.keys.months[sheet.month] if limit.kind == "month" else limit.keys.paid
    return sheet.before.get(key, 0)


def _count_paid(sheet: Sheet, row: Row) -> None:
    """Every counter that a cap may read moves once, though several caps may read it; in a fixed order."""
    keys = {row.keys.paid: None}
    if row.counts_to_pool_cap:
        keys[POOL_PAID] = None
    for limit in row.limits:
        if limit.kind != "visit":
            keys[limit.keys.months[sheet.month] if limit.kind == "month" else limit.keys.paid] = None
    for key in keys:
        sheet.count(key, sheet.hifp_pay)


def _explain_reach(sheet: Sheet, row: Row) -> None:
    reach = sheet.above_cap
    if reach is not None and row.kept_bp:
        at = round_half_up(reach.at * BASIS_POINTS, reach.ratio * UNIT * row.kept_bp)
        sheet.steps.append(("pool.cap_reached_at", {"x_fen": at}))
