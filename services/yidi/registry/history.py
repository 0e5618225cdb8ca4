"""Is this person's history, or this addition to it, valid? Names all reasons at once. Pure."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Final

from stdnum.cn.ric import calc_check_digit

from yidi.contract import records
from yidi.domain.instants import days_of
from yidi.registry.filing import shape
from yidi.registry.places import Place
from yidi.registry.reasons import Reasons, is_admdvs, ordered, with_row

IDENTITY_CHARS: Final = 18
PSN_TYPE_CHARS: Final = (2, 4)
CARD_TYPES: Final = ("01", "03")


def check_person(history: records.PersonHistory) -> None:
    """Refusal REFERENCE_INVALID with every reason why a whole person's history cannot stand."""
    reasons = Reasons()
    reasons.unless(bool(history["psn_no"]), "psn_no is empty")
    reasons.unless(bool(history["psn_name"]), "psn_name is empty")
    reasons.unless(history["gend"] in ("1", "2"), "gend is neither 1 nor 2")
    _identity(history, reasons)
    reasons.unless(bool(history["enrolments"]), "enrolments are missing: the person is insured nowhere")
    for row in history["enrolments"]:
        _enrolment(row, reasons)
    _once("deposit_id", (row["deposit_id"] for row in history["deposits"]), reasons)
    reasons.unless(all(row["amt"] > 0 for row in history["deposits"]), "a deposit's amt is not above 0")
    _stretches(history, reasons)
    reasons.refuse()


def check_filings(history: records.FilingHistory) -> None:
    """Refusal REFERENCE_INVALID with every reason why a whole history of filings cannot stand.

    A history records what was accepted when it was made: only its shape is judged, not whether it would be today.
    """
    reasons = Reasons()
    reasons.unless(bool(history["psn_no"]), "psn_no is empty")
    _once("filing_id", (row["filing_id"] for row in history["filings"]), reasons)
    for filing in history["filings"]:
        shape(filing, reasons)
    reasons.refuse()


def with_enrolment(
    history: records.PersonHistory, row: records.Enrolment, insured: Place | None
) -> records.PersonHistory:
    """The history with one more enrolment row; of overlapping rows the one recorded last holds, so it comes last."""
    reasons = Reasons()
    _enrolment(row, reasons)
    known = insured is not None and insured.kind == "POOLING_AREA"
    reasons.unless(known, f"insuplc_admdvs {row['insuplc_admdvs']} is no pooling area we know")
    last = max((earlier["recorded_at"] for earlier in history["enrolments"]), default=0)
    reasons.unless(row["recorded_at"] >= last, "recorded_at lies before that of a row already recorded")
    reasons.refuse()
    return {**history, "enrolments": [*history["enrolments"], row]}


def with_qualification(history: records.PersonHistory, held: records.Qualification) -> records.PersonHistory:
    """The history with one more right to chronic-disease benefits."""
    reasons = Reasons()
    _qualification(held, reasons)
    reasons.refuse()
    return {**history, "qualifications": with_row(history["qualifications"], held)}


def with_selection(history: records.PersonHistory, chosen: records.Selection) -> records.PersonHistory:
    """The history with one more institution chosen for outpatient care."""
    reasons = Reasons()
    _selection(chosen, reasons)
    reasons.refuse()
    return {**history, "selections": with_row(history["selections"], chosen)}


def with_deposit(history: records.PersonHistory, deposit: records.Deposit) -> records.PersonHistory:
    """The history with one more payment into the account; a payment counts once, under its id."""
    reasons = Reasons()
    deposits = with_row(history["deposits"], deposit)
    reasons.unless(bool(deposit["deposit_id"]), "deposit_id is empty")
    reasons.unless(deposit["amt"] > 0, "the deposit's amt is not above 0")
    _once("deposit_id", (row["deposit_id"] for row in deposits), reasons)
    reasons.refuse()
    return {**history, "deposits": deposits}


def with_filing(history: records.FilingHistory, filing: records.Filing) -> records.FilingHistory:
    """The history with the filing added, or in place of the one with its id."""
    others = history["filings"]
    if all(row["filing_id"] != filing["filing_id"] for row in others):
        return {**history, "filings": [*others, filing]}
    replaced = [filing if row["filing_id"] == filing["filing_id"] else row for row in others]
    return {**history, "filings": replaced}


def _identity(history: records.PersonHistory, reasons: Reasons) -> None:
    certno = history["certno"]
    digits = len(certno) == IDENTITY_CHARS and certno[:-1].isascii() and certno[:-1].isdigit()
    if not reasons.unless(digits, "certno is not 17 digits and a check character"):
        return
    reasons.unless(calc_check_digit(certno) == certno[-1], "certno: the check character is wrong")
    born = _birthday(certno[6:14])
    reasons.unless(born == history["brdy"], "brdy is not the birthday in certno")


def _birthday(digits: str) -> int | None:
    try:
        return days_of(date(int(digits[:4]), int(digits[4:6]), int(digits[6:])))
    except ValueError:
        return None


def _enrolment(row: records.Enrolment, reasons: Reasons) -> None:
    named = f"enrolment {row['insuplc_admdvs']}/{row['insutype']}"
    reasons.unless(is_admdvs(row["insuplc_admdvs"]), f"{named}: insuplc_admdvs is not 6 digits")
    reasons.unless(len(row["insutype"]) == 3 and row["insutype"].isdigit(), f"{named}: insutype is not 3 digits")  # noqa: PLR2004 — the code's length
    psn_type = row["psn_type"]
    reasons.unless(psn_type.isdigit() and len(psn_type) in PSN_TYPE_CHARS, f"{named}: psn_type is not 2 or 4 digits")
    reasons.unless(row["psn_insu_stas"] != "UNRECOGNISED", f"{named}: psn_insu_stas is not one of the statuses")
    reasons.unless(row["aid_class"] != "UNRECOGNISED", f"{named}: aid_class is not one of the classes")
    reasons.unless(ordered(row["begndate"], row["enddate"]), f"{named}: enddate lies before begndate")


def _stretches(history: records.PersonHistory, reasons: Reasons) -> None:
    for card in history["cards"]:
        reasons.unless(card["mdtrt_cert_type"] in CARD_TYPES, "a card's mdtrt_cert_type is neither 01 nor 03")
        reasons.unless(bool(card["cert_no"]), "a card's cert_no is empty")
        reasons.unless(ordered(card["begndate"], card["enddate"]), "a card's enddate lies before its begndate")
    for held in history["qualifications"]:
        _qualification(held, reasons)
    for chosen in history["selections"]:
        _selection(chosen, reasons)


def _qualification(held: records.Qualification, reasons: Reasons) -> None:
    reasons.unless(bool(held["dise_codg"]), "a qualification's dise_codg is empty")
    reasons.unless(ordered(held["begndate"], held["enddate"]), f"{held['dise_codg']}: enddate lies before begndate")


def _selection(chosen: records.Selection, reasons: Reasons) -> None:
    code = chosen["fixmedins_code"]
    reasons.unless(bool(code), "a selection's fixmedins_code is empty")
    reasons.unless(ordered(chosen["begndate"], chosen["enddate"]), f"{code}: enddate lies before begndate")


def _once(field: str, values: Iterable[str], reasons: Reasons) -> None:
    """Ids may hold a person's number: a reason says where to look, not which."""
    doubled = sum(times > 1 for times in Counter(values).values())
    reasons.unless(not doubled, f"{doubled} values of {field} stand more than once")
