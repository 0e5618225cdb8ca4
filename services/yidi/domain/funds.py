"""The funds that may pay a part of a bill, and what they are called."""

from typing import Final

FUNDS: Final[dict[str, tuple[str, str]]] = {
    "hifp_pay": ("基本医疗统筹基金", "basic pool"),
    "cvlserv_pay": ("公务员医疗补助", "civil servants' supplement"),
    "hifes_pay": ("企业补充医疗保险", "enterprise supplement"),
    "hifmi_pay": ("居民大病保险", "residents' serious illness"),
    "hifob_pay": ("职工大额医疗费用补助", "employees' large amount"),
    "maf_pay": ("医疗救助", "medical assistance"),
    "oth_pay": ("其他基金", "other funds"),
}
"""The funds of identity 4 (domain §5), in the order of a receipt: result field → name in Chinese and English."""
