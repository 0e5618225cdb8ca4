"""Who is treated, and what they show: identity, credential, enrolment (domain §§3, 4, 7). Judged at treatment date."""

from yidi.contract import records
from yidi.domain.faults import Refusal
from yidi.hospital.person import CardRow, PersonRow
from yidi.hospital.places import Places

E_CERTIFICATE, IDENTITY_CARD, SOCIAL_SECURITY_CARD = "01", "02", "03"


def check_identity(charges: records.EncounterCharges, person: PersonRow) -> None:
    """IDENTITY_DIFFERS unless name and identity number are those of the insured person."""
    if charges["psn_name"].strip() != person.psn_name:
        raise Refusal("IDENTITY_DIFFERS", "psn_name is not that of the insured person psn_no")
    if charges["certno"].strip().upper() != person.certno.upper():
        raise Refusal("IDENTITY_DIFFERS", "certno is not that of the insured person psn_no")


def check_enrolment(charges: records.EncounterCharges, person: PersonRow, day: int) -> None:
    """REGION_DIFFERS or SCHEME_DIFFERS when the person was insured elsewhere, or otherwise, on the treatment date.

    A person whose insurance merely ended, or is in arrears, is the agency's to refuse: that can be repaired there.
    """
    here = charges["insuplc_admdvs"]
    insured = [row for row in person.enrolments if row.begndate <= day <= row.enddate]
    for rows in (insured, person.enrolments):
        areas = {row.insuplc_admdvs for row in rows}
        if here in areas:
            _check_scheme(charges, {row.insutype for row in rows if row.insuplc_admdvs == here})
            return
        if areas:
            break
    raise Refusal("REGION_DIFFERS", f"insuplc_admdvs: the person is not insured in {here}")


def _check_scheme(charges: records.EncounterCharges, schemes: set[str]) -> None:
    if charges["insutype"] not in schemes:
        told = f"insutype: {charges['insutype']}, enrolled in {' '.join(sorted(schemes))}"
        raise Refusal("SCHEME_DIFFERS", told)


def check_credential(charges: records.EncounterCharges, person: PersonRow, places: Places, day: int) -> None:
    """The credential is of a kind that is accepted, can be read, is the person's own, and is valid on `day`."""
    kind = charges["mdtrt_cert_type"]
    number = charges["mdtrt_cert_no"].strip()
    if not number:
        raise Refusal("CARD_UNREADABLE", "mdtrt_cert_no: the number is missing")
    if kind == IDENTITY_CARD:
        _check_identity_card(number, person, places)
    elif kind in (E_CERTIFICATE, SOCIAL_SECURITY_CARD):
        card = next((c for c in person.cards if c.cert_no == number and c.mdtrt_cert_type == kind), None)
        _check_card(charges, card, places, day)
    else:
        raise Refusal("CREDENTIAL_NOT_ACCEPTED", f"mdtrt_cert_type: {kind!r} is none of 01, 02, 03")


def _check_identity_card(number: str, person: PersonRow, places: Places) -> None:
    if not (places.in_province or places.insured.id_card_accepted):
        told = f"mdtrt_cert_type: {places.insured.admdvs} takes no identity card (02) across provinces"
        raise Refusal("CREDENTIAL_NOT_ACCEPTED", told)
    if number.upper() != person.certno.upper():
        raise Refusal("IDENTITY_DIFFERS", "mdtrt_cert_no is not the identity number of the insured person")


def _check_card(charges: records.EncounterCharges, card: CardRow | None, places: Places, day: int) -> None:
    """In the same province any card of the person will do (domain §3); elsewhere it is of the national standard."""
    if card is None:
        raise Refusal("IDENTITY_DIFFERS", "mdtrt_cert_no is no credential of the insured person")
    if card.mdtrt_cert_type == E_CERTIFICATE:
        _check_token(charges, card, day)
    if not card.begndate <= day <= card.enddate:
        raise Refusal("CARD_UNREADABLE", "mdtrt_cert_no: the card was not valid on the treatment date")
    national = charges["card_national"] and card.national
    if card.mdtrt_cert_type == SOCIAL_SECURITY_CARD and not (national or places.in_province):
        raise Refusal("CARD_NOT_NATIONAL", "card_national: the card is not of the national standard")


def _check_token(charges: records.EncounterCharges, card: CardRow, day: int) -> None:
    """A token is judged when it was shown, however late the message is decided."""
    until = charges["cert_valid_until"]
    if day > card.enddate or (until is not None and until < charges["inf_time"]):
        raise Refusal("TOKEN_EXPIRED", "cert_valid_until lies before inf_time, or the token was withdrawn")
