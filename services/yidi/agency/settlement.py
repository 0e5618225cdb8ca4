"""What the insured place answers: amounts per fund, the person's part, effects on accumulators, the trace.

Everything is checked against the identities of domain §5 before it leaves; a broken one is a defect of ours.
"""

from typing import Final

from msgspec import Struct

from yidi.agency.sheet import Step
from yidi.domain.money import Fen

ACCOUNT_FUND: Final = "310200"

FUND_FIELDS: Final = {
    "cvlserv_pay": "320100",
    "hifob_pay": "330100",
    "hifes_pay": "370100",
    "hifmi_pay": "390200",
    "maf_pay": "610100",
}
"""Result field → `fund_pay_type` (domain §4); the basic pool's depends on the scheme."""

AMOUNTS: Final = (
    "medfee_sumamt",
    "fulamt_ownpay_amt",
    "overlmt_selfpay",
    "preselfpay_amt",
    "inscp_scp_amt",
    "act_pay_dedc",
    "hifp_pay",
    "cvlserv_pay",
    "hifes_pay",
    "hifmi_pay",
    "hifob_pay",
    "maf_pay",
    "oth_pay",
    "fund_pay_sumamt",
    "hosp_part_amt",
    "psn_part_amt",
    "acct_pay",
    "psn_cash_pay",
)
"""Every amount that a twin negates (domain §5.7)."""


class IdentityBroken(AssertionError):
    """A defect of the calculation: an identity of domain §5 does not hold. Nothing was settled."""


class SetlDetail(Struct, frozen=True, gc=False):
    """A row of `setldetail`: what one fund (or the account) pays; the words come from `explanation.proc_info`."""

    fund_pay_type: str
    fund_payamt: Fen


class PolicyUsed(Struct, frozen=True, gc=False):
    """Which policy decided about which accumulator year."""

    year: int
    id: str
    version: int
    digest: str


class Settlement(Struct, frozen=True):
    """The result in the national field names; fen, except `pool_prop_selfpay`: the pool's effective ratio × 10,000.

    `acct_shortfall` is what the account could have paid beyond its balance; it is cash instead. `effects` moves the
    accumulators by year; `before` and `after` are those years whole. `steps` is the trace that `explanation` puts into
    words.
    """

    medfee_sumamt: Fen
    fulamt_ownpay_amt: Fen
    overlmt_selfpay: Fen
    preselfpay_amt: Fen
    inscp_scp_amt: Fen
    act_pay_dedc: Fen
    hifp_pay: Fen
    pool_prop_selfpay: int
    cvlserv_pay: Fen
    hifes_pay: Fen
    hifmi_pay: Fen
    hifob_pay: Fen
    maf_pay: Fen
    oth_pay: Fen
    fund_pay_sumamt: Fen
    hosp_part_amt: Fen
    psn_part_amt: Fen
    acct_pay: Fen
    psn_cash_pay: Fen
    balc_before: Fen
    balc: Fen
    acct_shortfall: Fen
    setldetail: tuple[SetlDetail, ...]
    effects: dict[int, dict[str, int]]
    before: dict[int, dict[str, int]]
    after: dict[int, dict[str, int]]
    steps: tuple[Step, ...]
    policies: tuple[PolicyUsed, ...]


def check(settlement: Settlement) -> Settlement:
    """Return the settlement, or raise `IdentityBroken` naming the identity of domain §5 that does not hold."""
    s = settlement
    fund = s.hifp_pay + s.cvlserv_pay + s.hifes_pay + s.hifmi_pay + s.hifob_pay + s.maf_pay + s.oth_pay
    detail = sum([row.fund_payamt for row in s.setldetail])
    if s.medfee_sumamt != s.fulamt_ownpay_amt + s.overlmt_selfpay + s.preselfpay_amt + s.inscp_scp_amt:
        raise IdentityBroken("5.1: the claim's components do not add up")
    if s.medfee_sumamt != s.fund_pay_sumamt + s.hosp_part_amt + s.psn_part_amt:
        raise IdentityBroken("5.2: total is not funds + hospital + person")
    if s.psn_part_amt != s.acct_pay + s.psn_cash_pay:
        raise IdentityBroken("5.3: the person's part is not account + cash")
    if s.fund_pay_sumamt != fund:
        raise IdentityBroken("5.4: the fund sum is not the sum of the funds")
    if detail != s.fund_pay_sumamt + s.acct_pay + s.hosp_part_amt:
        raise IdentityBroken("5.5: setldetail does not add up")
    if s.balc != s.balc_before - s.acct_pay:
        raise IdentityBroken("the balance does not follow from the account's payment")
    return settlement


def check_signs(settlement: Settlement) -> Settlement:
    """What holds for a settlement, but not for its negative twin (domain §5.8)."""
    s = settlement
    if not 0 <= s.act_pay_dedc <= s.inscp_scp_amt:
        raise IdentityBroken("5.8: the deductible charged lies outside 0 … in scope")
    if min(s.hifp_pay, s.cvlserv_pay, s.hifes_pay, s.hifmi_pay, s.hifob_pay, s.maf_pay, s.oth_pay) < 0:
        raise IdentityBroken("5.8: a fund pays less than 0")
    if s.acct_pay < 0 or s.psn_cash_pay < 0 or (s.acct_pay and s.balc < 0):
        raise IdentityBroken("account or cash below 0")
    return settlement
