"""The sentence of every rule of the trace, in Chinese and in English; a figure is named in braces.

Endings of figure names say their unit: `_fen` and `_e4` are amounts, `_bp` and `_e8` percents, anything else a number.
"""

from typing import Final

RULES: Final[dict[str, tuple[str, str]]] = {
    # how the bill falls into years
    "part.year": (
        "跨年度住院按天数拆分：{year}年{days}天，政策范围内费用{scope_fen}元",
        "Stay across years divided by days: {days} days in {year}, in scope {scope_fen}",
    ),
    # why the pool does not pay at all
    "reason.no_plan": (
        "参保地对该类医疗（病种）没有统筹支付政策，统筹支付0元",
        "The insured place has no rule for this kind of care (or disease): the pool pays 0",
    ),
    "reason.not_qualified": (
        "未取得该门诊慢特病病种待遇资格，统筹支付0元",
        "No qualification for this chronic disease: the pool pays 0",
    ),
    "reason.not_approved": (
        "就诊机构不是该慢特病的选定机构，统筹支付0元",
        "Not the institution approved for this chronic disease: the pool pays 0",
    ),
    # who the person is, and the remote cut
    "person.pays_share": (
        "该类人员个人负担为一般标准的{share_bp}",
        "This person type pays {share_bp} of what others pay",
    ),
    "person.points_up": (
        "该类人员支付比例提高{points_bp}个百分点",
        "This person type's ratios are {points_bp} points higher",
    ),
    "person.own_figures": ("该类人员适用单独标准", "This person type has figures of its own"),
    "cut.points_off": (
        "异地就医支付比例降低{points_bp}个百分点",
        "Care elsewhere: every ratio is {points_bp} points lower",
    ),
    "cut.first_bear": (
        "异地就医先行自付政策范围内费用的{percent_bp}，支付比例降低{points_bp}个百分点",
        "Care elsewhere: the person first bears {percent_bp} of the in-scope amount; ratios {points_bp} points lower",
    ),
    "cut.deductible_uplift": (
        "异地就医起付线提高{percent_bp}，支付比例降低{points_bp}个百分点",
        "Care elsewhere: the deductible is {percent_bp} higher; ratios {points_bp} points lower",
    ),
    "cut.own_table": ("异地就医执行单独的起付线和支付比例", "Care elsewhere: deductible and ratios of its own"),
    # the pool
    "account.first": (
        "个人账户先行支付：政策范围内{scope_fen}元，先行自付{preself_fen}元",
        "The account pays first: {scope_fen} of the in-scope amount, {preself_fen} of prior self-pay",
    ),
    "chronic.uncovered": (
        "不属于该病种用药和项目范围的费用{amount_fen}元，统筹不予支付",
        "{amount_fen} is not among the drugs and items of the disease: the pool does not pay for it",
    ),
    "deductible.charged": (
        "起付线应付{due_fen}元，本次扣除{charged_fen}元",
        "Deductible due {due_fen}, charged on this bill {charged_fen}",
    ),
    "pool.segment": (
        "{from_e4}元至{to_e4}元部分，按{ratio_e8}支付",
        "From {from_e4} to {to_e4}: {ratio_e8}",
    ),
    "cap.visit": (
        "本次支付限额{cap_fen}元，超出部分不予支付",
        "Cap of a visit {cap_fen}: what lies above is not paid",
    ),
    "cap.month": ("月度支付限额{cap_fen}元，本月剩余{left_fen}元", "Monthly cap {cap_fen}, left {left_fen}"),
    "cap.care_year": (
        "该类医疗年度支付限额{cap_fen}元，剩余{left_fen}元",
        "Annual cap of this kind of care {cap_fen}, left {left_fen}",
    ),
    "cap.disease_month": (
        "病种月度支付限额{cap_fen}元，本月剩余{left_fen}元",
        "Monthly cap of the disease {cap_fen}, left {left_fen}",
    ),
    "cap.disease_year": (
        "病种年度支付限额{cap_fen}元，剩余{left_fen}元",
        "Annual cap of the disease {cap_fen}, left {left_fen}",
    ),
    "cap.pool_year": (
        "统筹基金年度支付限额{cap_fen}元，剩余{left_fen}元",
        "The pool's annual cap {cap_fen}, left {left_fen}",
    ),
    "pool.cap_reached_at": (
        "政策范围内费用达到{x_fen}元时封顶",
        "The cap is reached at an in-scope amount of {x_fen}",
    ),
    "pool.paid": ("基本医疗统筹基金支付{pay_fen}元", "The basic pool pays {pay_fen}"),
    # the layers
    "cap.large_year": (
        "大额基金年度限额{cap_fen}元，剩余{left_fen}元（未封顶应付{uncapped_fen}元）",
        "Annual cap of the large-amount fund {cap_fen}, left {left_fen} (uncapped {uncapped_fen})",
    ),
    "large.paid": (
        "封顶线以上部分按{ratio_e8}，职工大额基金支付{pay_fen}元",
        "Above the cap at {ratio_e8}: the large-amount fund pays {pay_fen}",
    ),
    "cap.serious_year": (
        "大病保险年度限额{cap_fen}元，剩余{left_fen}元（未封顶应付{uncapped_fen}元）",
        "Annual cap of serious-illness insurance {cap_fen}, left {left_fen} (uncapped {uncapped_fen})",
    ),
    "serious.paid": (
        "年度合规负担{before_fen}元→{after_fen}元（起付线{deductible_fen}元），累计应付{f_before_fen}元→{f_after_fen}元，大病保险支付{pay_fen}元",
        (
            "Compliant share of the year {before_fen} → {after_fen} (deductible {deductible_fen}), "
            "due on it {f_before_fen} → {f_after_fen}: serious-illness insurance pays {pay_fen}"
        ),
    ),
    "cap.civil_year": (
        "公务员补助年度限额{cap_fen}元，剩余{left_fen}元（未封顶应付{uncapped_fen}元）",
        "Annual cap of the civil-servant supplement {cap_fen}, left {left_fen} (uncapped {uncapped_fen})",
    ),
    "civil.paid": (
        "剩余合规费用{base_fen}元按{ratio_bp}，公务员医疗补助支付{pay_fen}元",
        "{ratio_bp} of the remaining {base_fen}: the civil-servant supplement pays {pay_fen}",
    ),
    "cap.enterprise_year": (
        "企业补充年度限额{cap_fen}元，剩余{left_fen}元（未封顶应付{uncapped_fen}元）",
        "Annual cap of the enterprise supplement {cap_fen}, left {left_fen} (uncapped {uncapped_fen})",
    ),
    "enterprise.paid": (
        "剩余合规费用{base_fen}元按{ratio_bp}，企业补充医疗保险支付{pay_fen}元",
        "{ratio_bp} of the remaining {base_fen}: the enterprise supplement pays {pay_fen}",
    ),
    "cap.assistance_year": (
        "医疗救助年度限额{cap_fen}元，剩余{left_fen}元（未封顶应付{uncapped_fen}元）",
        "Annual cap of medical assistance {cap_fen}, left {left_fen} (uncapped {uncapped_fen})",
    ),
    "assistance.paid": (
        "年度救助基数{before_fen}元→{after_fen}元（起付线{deductible_fen}元），累计应付{f_before_fen}元→{f_after_fen}元，医疗救助支付{pay_fen}元",
        (
            "Base of the year {before_fen} → {after_fen} (deductible {deductible_fen}), "
            "due on it {f_before_fen} → {f_after_fen}: medical assistance pays {pay_fen}"
        ),
    ),
    "cap.additional_year": (
        "倾斜救助年度限额{cap_fen}元，剩余{left_fen}元（未封顶应付{uncapped_fen}元）",
        "Annual cap of additional assistance {cap_fen}, left {left_fen} (uncapped {uncapped_fen})",
    ),
    "additional.paid": (
        "救助后剩余负担{before_fen}元→{after_fen}元（起付线{deductible_fen}元），累计应付{f_before_fen}元→{f_after_fen}元，倾斜救助支付{pay_fen}元",
        (
            "Left by assistance in the year {before_fen} → {after_fen} (threshold {deductible_fen}), "
            "due on it {f_before_fen} → {f_after_fen}: additional assistance pays {pay_fen}"
        ),
    ),
    # the person
    "account.paid": (
        "个人账户可支付{payable_fen}元，余额{balance_fen}元，支付{pay_fen}元",
        "The account may pay {payable_fen}, holds {balance_fen}, pays {pay_fen}",
    ),
    "cancel.twin": ("撤销：原结算各项金额取负", "Cancelled: every amount of the settlement negated"),
}

FUNDS: Final[dict[str, tuple[str, str]]] = {
    "310100": ("职工基本医疗保险统筹基金", "employees' basic pool"),
    "390100": ("城乡居民基本医疗保险基金", "residents' basic pool"),
    "320100": ("公务员医疗补助", "civil-servant supplement"),
    "330100": ("职工大额医疗费用补助", "employees' large amount"),
    "370100": ("企业补充医疗保险", "enterprise supplement"),
    "390200": ("城乡居民大病保险", "residents' serious illness"),
    "610100": ("医疗救助", "medical assistance"),
    "310200": ("个人账户", "personal account"),
}

RULES_OF_FUND: Final[dict[str, tuple[str, ...]]] = {
    "310100": (
        "part.",
        "person.",
        "cut.",
        "chronic.",
        "deductible.",
        "pool.",
        "cap.pool",
        "cap.v",
        "cap.m",
        "cap.care",
        "cap.d",
    ),
    "320100": ("civil.", "cap.civil"),
    "330100": ("pool.cap_reached_at", "large.", "cap.large"),
    "370100": ("enterprise.", "cap.enterprise"),
    "390200": ("serious.", "cap.serious"),
    "610100": ("assistance.", "additional.", "cap.assistance", "cap.additional"),
    "310200": ("account.",),
}
"""Beginnings of the rule ids that made a fund's amount."""
