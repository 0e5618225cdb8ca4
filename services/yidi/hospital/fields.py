"""What the single fields of an encounter must look like before anything is decided about it."""

from typing import Final

from yidi.contract import records
from yidi.domain.codes import STAYS, MedType
from yidi.domain.faults import Refusal
from yidi.domain.money import FEN_MAX
from yidi.hospital.limits import TEXT_CHARS_MAX

MED_TYPES: Final = frozenset(str(code) for code in MedType)
STAY_TYPES: Final = frozenset(str(code) for code in STAYS)
SCHEME_DIGITS: Final = 3

SETTLING: Final = frozenset({"SETTLE", "PRE_SETTLE"})
"""Operations that carry a bill."""

REFERRING: Final = frozenset({"QUERY", "REVERSE"})
"""Operations about an earlier message, named in `refers`; they carry no bill."""


def check_ids(charges: records.EncounterCharges) -> None:
    """The ids that state is keyed by, before any state is looked at: 1 to 64 printable characters each."""
    for field, text in (
        ("msgid", charges["msgid"]),
        ("psn_no", charges["psn_no"]),
        ("mdtrt_id", charges["mdtrt_id"]),
        ("fixmedins_code", charges["fixmedins_code"]),
    ):
        if not text or len(text) > TEXT_CHARS_MAX or not text.isprintable():
            raise Refusal("FIELD_INVALID", f"{field}: 1 to {TEXT_CHARS_MAX} printable characters are needed")


def check_operation(charges: records.EncounterCharges) -> None:
    """OPERATION_NOT_BUILT, or FIELD_INVALID when `refers`, `amends` and `lines` do not suit the operation."""
    operation = charges["operation"]
    if operation in SETTLING:
        _forbid(charges["refers"] is not None, "refers: only a query, cancel or reversal has it")
        return
    if operation not in REFERRING:
        raise Refusal("OPERATION_NOT_BUILT", f"operation: {operation}")
    _forbid(not charges["refers"], f"refers: a {operation} needs the msgid that it is about")
    _forbid(charges["amends"] is not None, f"amends: a {operation} amends nothing; name the original in refers")
    _forbid(bool(charges["lines"]), f"lines: a {operation} carries none")


def check_fields(charges: records.EncounterCharges) -> None:
    """FIELD_INVALID with the field's name for a code outside its closed set or a text out of its bounds."""
    med_type, scheme = charges["med_type"], charges["insutype"]
    _forbid(med_type not in MED_TYPES, f"med_type: {med_type!r} is none of {' '.join(sorted(MED_TYPES))}")
    _forbid(len(scheme) != SCHEME_DIGITS or not scheme.isdigit(), f"insutype: {scheme!r} is no scheme of three digits")
    _forbid(med_type == MedType.CHRONIC and not charges["dise_codg"], "dise_codg: chronic care (14) needs the disease")
    for field, text in (
        ("amends", charges["amends"]),
        ("refers", charges["refers"]),
        ("dise_codg", charges["dise_codg"]),
    ):
        _forbid(text is not None and len(text) > TEXT_CHARS_MAX, f"{field}: longer than {TEXT_CHARS_MAX} characters")


def check_account(charges: records.EncounterCharges) -> None:
    """The forced account payment: an amount, and only where the account is to be used at all."""
    forced = charges["acct_pay_amt"]
    if forced is None:
        return
    if not 0 <= forced <= FEN_MAX:
        raise Refusal("AMOUNT_OUT_OF_RANGE", f"acct_pay_amt: {forced} fen is outside 0 to {FEN_MAX}")
    _forbid(not charges["acct_used_flag"], "acct_pay_amt: acct_used_flag must be set with it")


def _forbid(wrong: bool, detail: str) -> None:  # noqa: FBT001 — reads as a sentence at every call
    if wrong:
        raise Refusal("FIELD_INVALID", detail)
