"""What the amounts of a settlement are called, in Chinese and in English (domain §5)."""

from typing import Final

AMOUNT_WORDS: Final = {
    "medfee_sumamt": ("医疗费总额", "total"),
    "fulamt_ownpay_amt": ("全自费", "fully self-paid"),
    "overlmt_selfpay": ("超限价自费", "over limit"),
    "preselfpay_amt": ("先行自付", "prior self-pay"),
    "inscp_scp_amt": ("政策范围内", "in scope"),
    "act_pay_dedc": ("实际支付起付线", "deductible charged"),
    "hifp_pay": ("基本医疗统筹基金", "basic pool"),
    "cvlserv_pay": ("公务员医疗补助", "civil servants' supplement"),
    "hifes_pay": ("企业补充医疗保险", "enterprise supplement"),
    "hifmi_pay": ("居民大病保险", "residents' serious illness"),
    "hifob_pay": ("职工大额医疗费用补助", "employees' large amount"),
    "maf_pay": ("医疗救助", "medical assistance"),
    "oth_pay": ("其他基金", "other funds"),
    "fund_pay_sumamt": ("基金支付总额", "funds together"),
    "hosp_part_amt": ("医院负担", "borne by the hospital"),
    "psn_part_amt": ("个人负担", "person's share"),
    "acct_pay": ("个人账户支付", "personal account"),
    "psn_cash_pay": ("个人现金支付", "cash"),
}
