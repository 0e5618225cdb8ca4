"""Splitting each line by the catalogue (domain §6.1), in whole fen, rounded half up once a component (domain §5).

- Grade C: everything is fully self-paid.
- (price − ceiling) × count where the price is above its ceiling is above the limit, at most the line's amount.
- Grade B: (amount − above the limit) × prior self-pay ratio is prior self-pay.
- The rest is in scope.

A refund takes back what its original's split shrinks by: the split of what was left before it, less the split of what
is left after it. So an original and its refunds always add up to the split of what is really charged, component by
component, and to zero when all of it is refunded.
"""

from typing import Final, TypeAlias

from yidi.contract import records
from yidi.domain.faults import Refusal
from yidi.domain.instants import business_days
from yidi.domain.money import BASIS_POINTS, Fen, round_half_up
from yidi.hospital.catalogue import Entry, Tariff
from yidi.hospital.limits import NAMED_IN_DETAIL_MAX

GRADE_B: Final = "02"
GRADE_C: Final = "03"

FEN_SCALE: Final = 10**8
"""count × price is scaled by 10^4 × 10^6 yuan: so much of it is one fen."""

Split: TypeAlias = tuple[Fen, Fen, Fen, Fen]
"""Fully self-paid, above the ceiling, prior self-pay, in scope; they add up to the line's amount."""


def split(amount: Fen, cnt: int, pric: int, ceiling: int | None, entry: Entry) -> Split:
    """Take an amount apart; `amount` and `cnt` are not negative."""
    if entry.chrgitm_lv == GRADE_C:
        return amount, 0, 0, 0
    above = 0
    if ceiling is not None and pric > ceiling:
        above = min(amount, round_half_up((pric - ceiling) * cnt, FEN_SCALE))
    prior = 0
    if entry.chrgitm_lv == GRADE_B:
        prior = round_half_up((amount - above) * entry.selfpay_prop, BASIS_POINTS)
    return 0, above, prior, amount - above - prior


def convert(lines: list[records.ChargeLine], tariff: Tariff) -> list[records.FeeLine]:
    """Every line, split, in the order of the bill. The lines have passed validation.

    Refusals: ITEM_UNMATCHED, CATEGORY_UNKNOWN, at stage CONVERT; the detail names every line of that fault, up to a
    limit, so that one mapping session mends the bill.
    """
    try:
        charged = [_charge(line, tariff) for line in lines if line["cnt"] > 0]
    except Refusal as refusal:
        raise _gathered(refusal, lines, tariff) from refusal
    if len(charged) == len(lines):
        return charged
    rests = {line["feedetl_sn"]: _Rest(line, tariff) for line in charged}
    coming = iter(charged)
    return [next(coming) if line["cnt"] > 0 else rests[line["init_feedetl_sn"] or ""].refund(line) for line in lines]


def _charge(line: records.ChargeLine, tariff: Tariff) -> records.FeeLine:
    entry = tariff.entry(line, business_days(line["fee_ocur_time"]))
    ceiling = entry.ceilings.get(tariff.setl_lv)
    amount, cnt, pric = line["det_item_fee_sumamt"], line["cnt"], line["pric"]
    own, above, prior, scope = split(amount, cnt, pric, ceiling, entry)
    return {
        "feedetl_sn": line["feedetl_sn"],
        "init_feedetl_sn": None,
        "med_list_codg": entry.med_list_codg,
        "med_chrgitm_type": tariff.category(line),
        "chrgitm_lv": entry.chrgitm_lv,
        "cnt": cnt,
        "pric": pric,
        "pric_uplmt_amt": ceiling,
        "selfpay_prop": entry.selfpay_prop,
        "det_item_fee_sumamt": amount,
        "fulamt_ownpay_amt": own,
        "overlmt_amt": above,
        "preselfpay_amt": prior,
        "inscp_scp_amt": scope,
        "fee_ocur_time": line["fee_ocur_time"],
    }


def _gathered(first: Refusal, lines: list[records.ChargeLine], tariff: Tariff) -> Refusal:
    details = []
    for line in lines:
        try:
            _charge(line, tariff)
        except Refusal as refusal:
            if refusal.fault is first.fault and line["cnt"] > 0:
                details.append(refusal.detail)
    named, more = details[:NAMED_IN_DETAIL_MAX], len(details) - NAMED_IN_DETAIL_MAX
    rest = f"; and {more} more" if more > 0 else ""
    return Refusal(first.fault.code, "; ".join(named) + rest, stage=first.stage)


class _Rest:
    """What is left of a charged line while its refunds are taken off, in the order of the bill."""

    def __init__(self, original: records.FeeLine, tariff: Tariff) -> None:
        self._original = original
        self._amount = original["det_item_fee_sumamt"]
        self._cnt = original["cnt"]
        self._entry = _entry_of(original, tariff)
        self._split = self._split_rest()

    def refund(self, line: records.ChargeLine) -> records.FeeLine:
        """The refund's line; the original's item, grade, ceiling and ratio hold, whenever it is refunded."""
        self._amount += line["det_item_fee_sumamt"]
        self._cnt += line["cnt"]
        before, self._split = self._split, self._split_rest()
        own, above, prior, scope = (now - then for now, then in zip(self._split, before, strict=True))
        mirrored = self._original.copy()
        mirrored["feedetl_sn"] = line["feedetl_sn"]
        mirrored["init_feedetl_sn"] = line["init_feedetl_sn"]
        mirrored["cnt"] = line["cnt"]
        mirrored["det_item_fee_sumamt"] = line["det_item_fee_sumamt"]
        mirrored["fulamt_ownpay_amt"] = own
        mirrored["overlmt_amt"] = above
        mirrored["preselfpay_amt"] = prior
        mirrored["inscp_scp_amt"] = scope
        mirrored["fee_ocur_time"] = line["fee_ocur_time"]
        return mirrored

    def _split_rest(self) -> Split:
        original = self._original
        return split(self._amount, self._cnt, original["pric"], original["pric_uplmt_amt"], self._entry)


def _entry_of(original: records.FeeLine, tariff: Tariff) -> Entry:
    day = business_days(original["fee_ocur_time"])
    entries = tariff.catalogue.entries[original["med_list_codg"]]
    return next(entry for entry in entries if entry.begndate <= day <= entry.enddate)
