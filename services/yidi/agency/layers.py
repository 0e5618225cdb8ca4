"""The layers after the pool, in the order of domain §6.5-§6.7; each rounds once and stays within its own annual cap."""

from typing import Final, TypeAlias

from yidi.agency.accumulators import (
    CVLSERV_PAID,
    HIFES_PAID,
    HIFMI_PAID,
    HIFMI_SHARE,
    HIFOB_PAID,
    MAF_EXTRA_PAID,
    MAF_EXTRA_SHARE,
    MAF_PAID,
    MAF_SHARE,
)
from yidi.agency.compiled import SupplementLayer, YearTable
from yidi.agency.segments import PAY_ONE, year_function
from yidi.agency.sheet import Sheet
from yidi.domain.money import BASIS_POINTS, Fen, round_half_up

YearFund: TypeAlias = tuple[str, str, str]
"""Name in the trace, accumulator of the share, accumulator of what was paid."""

_SERIOUS: Final[YearFund] = ("serious", HIFMI_SHARE, HIFMI_PAID)
_BASIC: Final[YearFund] = ("assistance", MAF_SHARE, MAF_PAID)
_ADDITIONAL: Final[YearFund] = ("additional", MAF_EXTRA_SHARE, MAF_EXTRA_PAID)


def pay_layers(sheet: Sheet) -> None:
    """Large amount or serious illness, civil-servant and enterprise supplement, assistance."""
    layers = sheet.policy.layers
    if layers.large is not None and sheet.above_cap is not None:
        _pay_large(sheet)
    if layers.serious is not None:
        _pay_serious(sheet)
    if layers.civil is not None and sheet.insured.cvlserv_flag:
        sheet.cvlserv_pay = _supplement(sheet, layers.civil, "civil", CVLSERV_PAID)
    if layers.enterprise is not None and sheet.insured.enterprise_flag:
        sheet.hifes_pay = _supplement(sheet, layers.enterprise, "enterprise", HIFES_PAID)
    if layers.assistance is not None and sheet.insured.aided_class in layers.assistance.tiers:
        _pay_assistance(sheet)


def _pay_large(sheet: Sheet) -> None:
    """The in-scope amount above x* × the fund's ratio; a first-bear cut has been taken off both (domain §6.5)."""
    layer, above = sheet.policy.layers.large, sheet.above_cap
    if layer is None or above is None or not layer.reach.has(sheet.care, sheet.claim.filing_class):
        return
    ratio = layer.ratios[sheet.insured.psn_type[:2]]
    pay = round_half_up(above.above * ratio, above.ratio * PAY_ONE)
    pay = sheet.capped("cap.large_year", pay, layer.annual_cap, HIFOB_PAID)
    sheet.hifob_pay = pay
    sheet.count(HIFOB_PAID, pay)
    sheet.steps.append(("large.paid", {"ratio_e8": ratio, "pay_fen": pay}))


def _pay_serious(sheet: Sheet) -> None:
    """f(year's compliant share after) − f(before) (domain §6.6)."""
    layer = sheet.policy.layers.serious
    if layer is None or not layer.reach.has(sheet.care, sheet.claim.filing_class):
        return
    table = layer.tables.get(sheet.insured.aided_class) or layer.tables["none"]
    share = sheet.rest(preself=layer.include_preself)
    sheet.hifmi_pay = _over_year(sheet, _SERIOUS, table, share)


def _over_year(sheet: Sheet, fund: YearFund, table: YearTable, share: Fen) -> Fen:
    """Pay f(after) − f(before) of the year's share, and move its two accumulators."""
    name, share_key, paid_key = fund
    before = sheet.before.get(share_key, 0)
    sheet.count(share_key, share)
    lower = year_function(table.bands, table.deductible, before)
    upper = year_function(table.bands, table.deductible, before + share)
    if upper == lower:
        return 0
    pay = sheet.capped(f"cap.{name}_year", upper - lower, table.annual_cap, paid_key)
    sheet.count(paid_key, pay)
    figures = {
        "before_fen": before,
        "after_fen": before + share,
        "deductible_fen": table.deductible,
        "f_before_fen": lower,
        "f_after_fen": upper,
        "pay_fen": pay,
    }
    sheet.steps.append((f"{name}.paid", figures))
    return pay


def _supplement(sheet: Sheet, layer: SupplementLayer, name: str, paid_key: str) -> Fen:
    """A share of the compliant rest (domain §6.7)."""
    if not layer.reach.has(sheet.care, sheet.claim.filing_class):
        return 0
    base = sheet.rest(preself=layer.include_preself)
    if not layer.covers_deductible:
        base = max(0, base - sheet.act_pay_dedc)
    pay = round_half_up(base * layer.ratio_bp, BASIS_POINTS)
    pay = sheet.capped(f"cap.{name}_year", pay, layer.annual_cap, paid_key)
    sheet.count(paid_key, pay)
    sheet.steps.append((f"{name}.paid", {"base_fen": base, "ratio_bp": layer.ratio_bp, "pay_fen": pay}))
    return pay


def _pay_assistance(sheet: Sheet) -> None:
    """Basic assistance, then additional 倾斜 assistance on what is left; each tier rounds once (domain §6.7)."""
    layer = sheet.policy.layers.assistance
    if layer is None or not layer.reach.has(sheet.care, sheet.claim.filing_class):
        return
    basic, additional = layer.tiers[sheet.insured.aided_class]
    share = sheet.rest(preself=layer.include_preself)
    sheet.maf_pay = _over_year(sheet, _BASIC, basic, share)
    if additional is not None:
        left = sheet.rest(preself=layer.include_preself)
        sheet.maf_pay += _over_year(sheet, _ADDITIONAL, additional, left)
