"""What the amounts of a settlement are called, in Chinese and in English (domain §5)."""

from typing import Final

from yidi.domain.funds import FUNDS

AMOUNT_WORDS: Final = {
    "medfee_sumamt": ("医疗费总额", "total"),
    "fulamt_ownpay_amt": ("全自费", "fully self-paid"),
    "overlmt_selfpay": ("超限价自费", "over limit"),
    "preselfpay_amt": ("先行自付", "prior self-pay"),
    "inscp_scp_amt": ("政策范围内", "in scope"),
    "act_pay_dedc": ("实际支付起付线", "deductible charged"),
    **FUNDS,
    "fund_pay_sumamt": ("基金支付总额", "funds together"),
    "hosp_part_amt": ("医院负担", "borne by the hospital"),
    "psn_part_amt": ("个人负担", "person's share"),
    "acct_pay": ("个人账户支付", "personal account"),
    "psn_cash_pay": ("个人现金支付", "cash"),
}
