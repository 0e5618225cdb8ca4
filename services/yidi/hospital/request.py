"""The messages that an encounter becomes: the settlement request, and a stay's details for afterwards."""

from msgspec import Struct

from yidi.contract import records
from yidi.contract.codec import CHARGE_DETAILS, SETTLEMENT_REQUEST
from yidi.domain.identities import derived_id
from yidi.domain.instants import business_days
from yidi.hospital.conversion import convert
from yidi.hospital.credential import check_credential, check_enrolment, check_identity
from yidi.hospital.dates import check_dates, check_discharged, window_of
from yidi.hospital.fields import SETTLING, STAY_TYPES, check_account, check_fields, check_operation
from yidi.hospital.folding import fold, prove
from yidi.hospital.person import PersonRow
from yidi.hospital.places import Places, insured_tariff_of, places_of, tariff_of
from yidi.hospital.reference import Reference
from yidi.hospital.unlisted import with_unlisted
from yidi.hospital.validation import check_bill


class Prepared(Struct, frozen=True, gc=False):
    """What goes to the platform now, and what follows once a stay is settled (b"" for other care)."""

    request: bytes
    details: bytes = b""


class Sent(Struct, frozen=True):
    """What the hospital adds to an encounter when it sends it on."""

    setl_id: str
    inbox: str
    attempt: int


def checked(charges: records.EncounterCharges, now_ms: int) -> None:
    """Everything that can be refused without reference data."""
    check_operation(charges)
    check_fields(charges)
    check_dates(charges, now_ms)
    if charges["operation"] in SETTLING:
        check_discharged(charges)
        check_account(charges)
        check_bill(charges, window_of(charges, now_ms))


def prepared(charges: records.EncounterCharges, person: PersonRow | None, reference: Reference, sent: Sent) -> Prepared:
    """The encounter, checked against reference data and converted. `person` is only needed for a bill.

    Refusals of the groups "Credential and encounter" and "Bill data"; IdentityBroken is a defect.
    """
    places = places_of(charges, reference)
    if person is None:
        return Prepared(SETTLEMENT_REQUEST.encode(_request(charges, sent, [], None)))
    _check_person(charges, person, places)
    lines = convert(charges["lines"], tariff_of(places, reference))
    categories = fold(lines)
    prove(lines, categories, charges["medfee_sumamt"])
    if charges["med_type"] not in STAY_TYPES:
        return Prepared(SETTLEMENT_REQUEST.encode(_request(charges, sent, categories, lines)))
    details = CHARGE_DETAILS.encode(_details(charges, sent, lines)) if charges["operation"] == "SETTLE" else b""
    return Prepared(SETTLEMENT_REQUEST.encode(_request(charges, sent, categories, None)), details)


def claimed(
    charges: records.EncounterCharges, reference: Reference
) -> tuple[records.SettlementRequest, tuple[str, ...]]:
    """The bill as a manual claim takes it: split by the insured place's catalogue, whatever was shown at the counter.

    Besides it the codes of items that this catalogue does not list; they are fully self-paid.
    """
    tariff, struck = with_unlisted(insured_tariff_of(places_of(charges, reference), reference), charges["lines"])
    lines = convert(charges["lines"], tariff)
    categories = fold(lines)
    prove(lines, categories, charges["medfee_sumamt"])
    sent = Sent(derived_id(charges["msgid"], "settlement"), "", 1)
    kept = None if charges["med_type"] in STAY_TYPES else lines
    return {**_request(charges, sent, categories, kept), "acct_pay_amt": None}, struck


def details_at(details: bytes, attempt: int) -> bytes:
    """The same details for another attempt: their id names the attempt that was done."""
    record = CHARGE_DETAILS.decode(details)
    record["msgid"] = details_id(record["request_msgid"], attempt)
    return CHARGE_DETAILS.encode(record)


def details_id(msgid: str, attempt: int) -> str:
    return derived_id(msgid, "details", attempt)


def _check_person(charges: records.EncounterCharges, person: PersonRow, places: Places) -> None:
    treatment_day = business_days(charges["begntime"])
    check_identity(charges, person)
    check_enrolment(charges, person, treatment_day)
    check_credential(charges, person, places, treatment_day)


def _request(
    charges: records.EncounterCharges,
    sent: Sent,
    categories: list[records.FeeCategoryTotal],
    lines: list[records.FeeLine] | None,
) -> records.SettlementRequest:
    return {
        "msgid": charges["msgid"],
        "setl_id": sent.setl_id,
        "operation": charges["operation"],
        "amends": charges["amends"],
        "refers": charges["refers"],
        "psn_no": charges["psn_no"],
        "insuplc_admdvs": charges["insuplc_admdvs"],
        "mdtrtarea_admvs": charges["mdtrtarea_admvs"],
        "fixmedins_code": charges["fixmedins_code"],
        "hospital_inbox": sent.inbox,
        "mdtrt_id": charges["mdtrt_id"],
        "med_type": charges["med_type"],
        "insutype": charges["insutype"],
        "dise_codg": charges["dise_codg"],
        "mdtrt_cert_type": charges["mdtrt_cert_type"],
        "begntime": charges["begntime"],
        "endtime": charges["endtime"],
        "er_flag": charges["er_flag"],
        "trum_flag": charges["trum_flag"],
        "rel_ttp_flag": charges["rel_ttp_flag"],
        "trum_letter_flag": charges["trum_letter_flag"],
        "refl_flag": charges["refl_flag"],
        "acct_used_flag": charges["acct_used_flag"],
        "acct_pay_amt": charges["acct_pay_amt"],
        "inf_time": charges["inf_time"],
        "medfee_sumamt": charges["medfee_sumamt"],
        "categories": categories,
        "lines": lines,
    }


def _details(charges: records.EncounterCharges, sent: Sent, lines: list[records.FeeLine]) -> records.ChargeDetails:
    return {
        "msgid": details_id(charges["msgid"], sent.attempt),
        "setl_id": sent.setl_id,
        "request_msgid": charges["msgid"],
        "psn_no": charges["psn_no"],
        "insuplc_admdvs": charges["insuplc_admdvs"],
        "mdtrtarea_admvs": charges["mdtrtarea_admvs"],
        "fixmedins_code": charges["fixmedins_code"],
        "mdtrt_id": charges["mdtrt_id"],
        "lines": lines,
    }
