"""What one leg must say exactly as the leg before it: the fields that are copied along, as one number.

Python's hash of the tuple of values: equal within one run of the audit, and small.
"""

from collections.abc import Mapping
from operator import itemgetter
from typing import Any, Final

from yidi.contract import records

SETTLING: Final = frozenset({"SETTLE", "PRE_SETTLE"})
"""Operations that carry a bill."""

COPIED_FROM_ENCOUNTER: Final = (
    "operation",
    "amends",
    "refers",
    "psn_no",
    "insuplc_admdvs",
    "mdtrtarea_admvs",
    "fixmedins_code",
    "mdtrt_id",
    "med_type",
    "insutype",
    "dise_codg",
    "mdtrt_cert_type",
    "begntime",
    "endtime",
    "er_flag",
    "trum_flag",
    "rel_ttp_flag",
    "trum_letter_flag",
    "refl_flag",
    "acct_used_flag",
    "acct_pay_amt",
)
COPIED_FROM_REQUEST: Final = (
    "setl_id",
    "psn_no",
    "insuplc_admdvs",
    "mdtrtarea_admvs",
    "fixmedins_code",
    "mdtrt_id",
    "med_type",
    "insutype",
    "refers",
)

_of_encounter = itemgetter(*COPIED_FROM_ENCOUNTER)
_of_request = itemgetter(*COPIED_FROM_REQUEST)


def encounter_terms(message: Mapping[str, Any]) -> int:
    """Of an encounter, or of the request made of it; the total counts where there is a bill."""
    bill = message["medfee_sumamt"] if message["operation"] in SETTLING else None
    return hash((_of_encounter(message), bill))


def request_terms(message: Mapping[str, Any]) -> int:
    """Of a request, a result or a journal entry."""
    return hash(_of_request(message))


def lines_terms(lines: list[records.ChargeLine] | list[records.FeeLine]) -> int:
    """Of all lines of a bill, as charged or as split, in whatever order they stand."""
    return hash(tuple(sorted([(s["feedetl_sn"], s["cnt"], s["pric"], s["det_item_fee_sumamt"]) for s in lines])))
