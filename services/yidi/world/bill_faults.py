"""Encounters that the hospital itself refuses: bill, dates, credential, person, places."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Final

from yidi.contract import records
from yidi.domain.codes import CertType
from yidi.world import blemishes
from yidi.world.blemishes import BLEMISHES
from yidi.world.fault_case import FaultCase, Good, Wanted, anything, filed, good, sent, stay

Worsen = Callable[[Good], Good]
LINES_TOO_MANY: Final = 5_001
SERVICE: Final = "hospital"


def _worse(code: str, wanted: Wanted, worsen: Worsen, today: date) -> FaultCase:
    case = worsen(good(code, today, wanted))
    return FaultCase(code, SERVICE, (sent(case.encounter),), case.changes())


def _blemished(blemish: blemishes.Blemish) -> Worsen:
    return lambda case: case.with_encounter(**blemish(case.encounter))


def _card(case: Good, **fields: object) -> Good:
    """The social security card is shown, with some fields otherwise."""
    card = case.person["cards"][1]
    shown = {"mdtrt_cert_type": card["mdtrt_cert_type"], "mdtrt_cert_no": card["cert_no"], "cert_valid_until": None}
    return case.with_encounter(**(shown | fields))


def _identity_card(case: Good) -> Good:
    return _card(case, mdtrt_cert_type=CertType.IDENTITY_CARD.value, mdtrt_cert_no=case.person["certno"])


def _too_long(encounter: records.EncounterCharges) -> records.EncounterCharges:
    first = encounter["lines"][0]
    lines: list[records.ChargeLine] = [{**first, "feedetl_sn": str(n)} for n in range(1, LINES_TOO_MANY + 1)]
    return {**encounter, "lines": lines, "medfee_sumamt": first["det_item_fee_sumamt"] * LINES_TOO_MANY}


def _insured_elsewhere(case: Good) -> Good:
    """The encounter names another insured place than the registry has: a neighbour of the treatment place."""
    other = "310100" if case.encounter["insuplc_admdvs"] != "310100" else "320100"
    return case.with_encounter(insuplc_admdvs=other)


def _other_scheme(case: Good) -> Good:
    other = "390" if case.encounter["insutype"] == "310" else "310"
    return case.with_encounter(insutype=other)


def _stranger(today: date) -> FaultCase:
    """A good encounter of somebody whom the registry never heard of."""
    code = "PERSON_UNKNOWN"
    return FaultCase(code, SERVICE, (sent(good(code, today, anything).encounter),))


def _case(code: str, wanted: Wanted, worsen: Worsen) -> Callable[[date], FaultCase]:
    return partial(_worse, code, wanted, worsen)


BILL_FAULTS: Final[dict[str, Callable[[date], FaultCase]]] = {
    **{code: _case(code, anything, _blemished(blemish)) for code, blemish in BLEMISHES.items()},
    "AMOUNT_OUT_OF_RANGE": _case("AMOUNT_OUT_OF_RANGE", anything, _blemished(blemishes.amount_out_of_range)),
    "BILL_TOO_LONG": _case("BILL_TOO_LONG", anything, _blemished(_too_long)),
    "CARD_NOT_NATIONAL": _case("CARD_NOT_NATIONAL", filed, partial(_card, card_national=False)),
    "CREDENTIAL_NOT_ACCEPTED": _case("CREDENTIAL_NOT_ACCEPTED", filed, _identity_card),
    "DATES_DISORDERED": _case("DATES_DISORDERED", stay, _blemished(blemishes.dates_disordered)),
    "FIELD_INVALID": _case("FIELD_INVALID", anything, lambda case: case.with_encounter(med_type="99")),
    "NOT_DISCHARGED": _case("NOT_DISCHARGED", stay, lambda case: case.with_encounter(endtime=None)),
    "OPERATION_NOT_BUILT": _case("OPERATION_NOT_BUILT", anything, _blemished(blemishes.operation_not_built)),
    "PERSON_UNKNOWN": _stranger,
    "REGION_DIFFERS": _case("REGION_DIFFERS", anything, _insured_elsewhere),
    "SCHEME_DIFFERS": _case("SCHEME_DIFFERS", anything, _other_scheme),
    "TOTAL_NEGATIVE": _case("TOTAL_NEGATIVE", anything, _blemished(blemishes.total_negative)),
}
