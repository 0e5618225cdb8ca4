"""The identities of a settlement and of its twin (domain §5.1 to 5.5, 5.7, 5.8), re-derived. Pure."""

from typing import Final

from yidi.contract import records

FUND_OF: Final = {
    "3101": "hifp_pay",
    "3901": "hifp_pay",
    "3201": "cvlserv_pay",
    "3701": "hifes_pay",
    "3902": "hifmi_pay",
    "3301": "hifob_pay",
    "6101": "maf_pay",
    "3102": "acct_pay",
    "9999": "hosp_part_amt",
}
"""First four digits of `fund_pay_type` → the field that the row explains (domain §4); anything else is `oth_pay`."""

EXPLAINED: Final = (
    "hifp_pay",
    "cvlserv_pay",
    "hifes_pay",
    "hifmi_pay",
    "hifob_pay",
    "maf_pay",
    "oth_pay",
    "acct_pay",
    "hosp_part_amt",
)
RATIO_MAX: Final = 10_000


def settlement_faults(amounts: records.SettlementAmounts, sign: int) -> list[str]:
    """What does not hold; `sign` is 1 for a settlement and −1 for a twin."""
    return [*_sum_faults(amounts), *_detail_faults(amounts), *_sign_faults(amounts, sign)]


def _sum_faults(a: records.SettlementAmounts) -> list[str]:
    found: list[str] = []
    scope = a["fulamt_ownpay_amt"] + a["overlmt_selfpay"] + a["preselfpay_amt"] + a["inscp_scp_amt"]
    funds = a["hifp_pay"] + a["cvlserv_pay"] + a["hifes_pay"] + a["hifmi_pay"]
    funds += a["hifob_pay"] + a["maf_pay"] + a["oth_pay"]
    shares = a["fund_pay_sumamt"] + a["hosp_part_amt"] + a["psn_part_amt"]
    person = a["acct_pay"] + a["psn_cash_pay"]
    if a["medfee_sumamt"] != scope:
        found.append(f"medfee_sumamt {a['medfee_sumamt']} is not its four parts {scope}")
    if a["medfee_sumamt"] != shares:
        found.append(f"medfee_sumamt {a['medfee_sumamt']} is not funds + hospital + person {shares}")
    if a["psn_part_amt"] != person:
        found.append(f"psn_part_amt {a['psn_part_amt']} is not account + cash {person}")
    if a["fund_pay_sumamt"] != funds:
        found.append(f"fund_pay_sumamt {a['fund_pay_sumamt']} is not the sum of the funds {funds}")
    return found


def _detail_faults(a: records.SettlementAmounts) -> list[str]:
    by_field = dict.fromkeys(EXPLAINED, 0)
    for row in a["setldetail"]:
        by_field[FUND_OF.get(row["fund_pay_type"][:4], "oth_pay")] += row["fund_payamt"]
    return [
        f"setldetail explains {by_field[name]} of {name} {a[name]}" for name in EXPLAINED if by_field[name] != a[name]
    ]


def _sign_faults(a: records.SettlementAmounts, sign: int) -> list[str]:
    found: list[str] = []
    if not 0 <= sign * a["act_pay_dedc"] <= sign * a["inscp_scp_amt"]:
        found.append(f"act_pay_dedc {a['act_pay_dedc']} lies outside 0 to inscp_scp_amt {a['inscp_scp_amt']}")
    found += [f"{name} {a[name]} has the wrong sign" for name in (*EXPLAINED, "psn_cash_pay") if sign * a[name] < 0]
    if not 0 <= a["pool_prop_selfpay"] <= RATIO_MAX:
        found.append(f"pool_prop_selfpay {a['pool_prop_selfpay']} is no ratio")
    return found
