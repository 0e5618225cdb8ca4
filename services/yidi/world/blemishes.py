"""One thing made wrong in a good encounter, named by the fault code that the chain answers."""

from collections.abc import Callable
from typing import Final

from yidi.contract import records
from yidi.domain.codes import STAYS, CertType
from yidi.domain.instants import DAY_MS

Blemish = Callable[[records.EncounterCharges], records.EncounterCharges]

UNKNOWN_ITEM: Final = "NO-SUCH-ITEM"
UNKNOWN_CATEGORY: Final = "无此类别费"
UNKNOWN_REGION: Final = "999900"
UNKNOWN_INSTITUTION: Final = "H99990000001"
CENTURY_MS: Final = 36_525 * DAY_MS


def _first_line(encounter: records.EncounterCharges, changed: records.ChargeLine) -> records.EncounterCharges:
    return {**encounter, "lines": [changed, *encounter["lines"][1:]]}


def item_unmatched(encounter: records.EncounterCharges) -> records.EncounterCharges:
    first = encounter["lines"][0]
    return _first_line(encounter, {**first, "medins_list_codg": UNKNOWN_ITEM, "med_list_codg": None})


def category_unknown(encounter: records.EncounterCharges) -> records.EncounterCharges:
    return _first_line(encounter, {**encounter["lines"][0], "local_category": UNKNOWN_CATEGORY})


def sum_mismatch(encounter: records.EncounterCharges) -> records.EncounterCharges:
    return {**encounter, "medfee_sumamt": encounter["medfee_sumamt"] + 100}


def line_sum_mismatch(encounter: records.EncounterCharges) -> records.EncounterCharges:
    """The line is ten yuan more than count times price; the total follows the line, so that only the line is wrong."""
    first = encounter["lines"][0]
    changed = _first_line(encounter, {**first, "det_item_fee_sumamt": first["det_item_fee_sumamt"] + 1000})
    return {**changed, "medfee_sumamt": encounter["medfee_sumamt"] + 1000}


def line_duplicate(encounter: records.EncounterCharges) -> records.EncounterCharges:
    first = encounter["lines"][0]
    lines = [*encounter["lines"], first]
    return {**encounter, "lines": lines, "medfee_sumamt": encounter["medfee_sumamt"] + first["det_item_fee_sumamt"]}


def refund_without_original(encounter: records.EncounterCharges) -> records.EncounterCharges:
    return _with_refund(encounter, original=None, units=1)


def refund_exceeds_original(encounter: records.EncounterCharges) -> records.EncounterCharges:
    first = encounter["lines"][0]
    return _with_refund(encounter, original=first["feedetl_sn"], units=first["cnt"] // 10_000 + 1)


def bill_empty(encounter: records.EncounterCharges) -> records.EncounterCharges:
    return {**encounter, "lines": [], "medfee_sumamt": 0}


def amount_out_of_range(encounter: records.EncounterCharges) -> records.EncounterCharges:
    return {**encounter, "medfee_sumamt": 10**15}


def total_negative(encounter: records.EncounterCharges) -> records.EncounterCharges:
    return {**encounter, "medfee_sumamt": -100}


def date_in_future(encounter: records.EncounterCharges) -> records.EncounterCharges:
    """A century on: the whole visit, so that its dates stay in order among themselves."""
    ends, valid = encounter["endtime"], encounter["cert_valid_until"]
    lines: list[records.ChargeLine] = [
        {**line, "fee_ocur_time": line["fee_ocur_time"] + CENTURY_MS} for line in encounter["lines"]
    ]
    return {
        **encounter,
        "begntime": encounter["begntime"] + CENTURY_MS,
        "endtime": None if ends is None else ends + CENTURY_MS,
        "cert_valid_until": None if valid is None else valid + CENTURY_MS,
        "inf_time": encounter["inf_time"] + CENTURY_MS,
        "lines": lines,
    }


def dates_disordered(encounter: records.EncounterCharges) -> records.EncounterCharges:
    return {**encounter, "endtime": encounter["begntime"] - DAY_MS}


def token_expired(encounter: records.EncounterCharges) -> records.EncounterCharges:
    shown = {"mdtrt_cert_type": CertType.E_CERTIFICATE.value, "mdtrt_cert_no": f"EC{encounter['psn_no']}"}
    expired = {**shown, "cert_valid_until": encounter["begntime"] - DAY_MS}
    return {**encounter, **expired}  # type: ignore[typeddict-item]  # a dict of three of its own fields


def card_unreadable(encounter: records.EncounterCharges) -> records.EncounterCharges:
    return {**encounter, "mdtrt_cert_type": CertType.SOCIAL_SECURITY_CARD.value, "mdtrt_cert_no": ""}


def identity_differs(encounter: records.EncounterCharges) -> records.EncounterCharges:
    return {**encounter, "psn_name": "王拟误"}


def institution_unknown(encounter: records.EncounterCharges) -> records.EncounterCharges:
    return {**encounter, "fixmedins_code": UNKNOWN_INSTITUTION}


def region_unknown(encounter: records.EncounterCharges) -> records.EncounterCharges:
    return {**encounter, "insuplc_admdvs": UNKNOWN_REGION}


def third_party_liable(encounter: records.EncounterCharges) -> records.EncounterCharges:
    med_type = "22" if encounter["med_type"] in STAYS else "19"
    trauma = {"med_type": med_type, "trum_flag": True, "rel_ttp_flag": True, "trum_letter_flag": False}
    return {**encounter, **trauma}  # type: ignore[typeddict-item]  # a dict of four of its own fields


def operation_not_built(encounter: records.EncounterCharges) -> records.EncounterCharges:
    return {**encounter, "operation": "CANCEL", "refers": encounter["msgid"], "lines": [], "medfee_sumamt": 0}


def _with_refund(encounter: records.EncounterCharges, original: str | None, units: int) -> records.EncounterCharges:
    first = encounter["lines"][0]
    amount = -(first["pric"] * units // 10_000)
    refund: records.ChargeLine = {
        **first,
        "feedetl_sn": "R1",
        "init_feedetl_sn": original,
        "cnt": -units * 10_000,
        "det_item_fee_sumamt": amount,
    }
    return {
        **encounter,
        "lines": [*encounter["lines"], refund],
        "medfee_sumamt": encounter["medfee_sumamt"] + amount,
    }


BLEMISHES: Final[dict[str, Blemish]] = {
    "ITEM_UNMATCHED": item_unmatched,
    "CATEGORY_UNKNOWN": category_unknown,
    "SUM_MISMATCH": sum_mismatch,
    "LINE_SUM_MISMATCH": line_sum_mismatch,
    "LINE_DUPLICATE": line_duplicate,
    "REFUND_WITHOUT_ORIGINAL": refund_without_original,
    "REFUND_EXCEEDS_ORIGINAL": refund_exceeds_original,
    "BILL_EMPTY": bill_empty,
    "DATE_IN_FUTURE": date_in_future,
    "TOKEN_EXPIRED": token_expired,
    "CARD_UNREADABLE": card_unreadable,
    "IDENTITY_DIFFERS": identity_differs,
    "INSTITUTION_UNKNOWN": institution_unknown,
    "REGION_UNKNOWN": region_unknown,
}
"""Those that can be made of any encounter whatever, by fault code."""
