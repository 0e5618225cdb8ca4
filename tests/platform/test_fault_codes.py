"""Every fault code that the platform can raise has a way to it, and the hospital or the error topic hears that code."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.platform import samples
from tests.platform.samples import about_original, answered, request, requested, result
from tests.platform.seat import Seat, code_of, seat
from yidi.domain.faults import FAULTS
from yidi.platform import service


def told(*references: Any, **changes: Any) -> str | None:
    """What the hospital hears of one request, after these references."""
    return code_of(seat(*references).put(requested(request(**changes))))


def opened() -> Seat:
    taken = seat()
    taken.put(requested(request()))
    return taken


def already_settled() -> str | None:
    return code_of(opened().put(requested(request("M2"))))


def conflict() -> str:
    return opened().refused(requested(request(medfee_sumamt=1))).fault.code


def no_answer() -> str | None:
    return code_of(opened().wait(1_000)[0])


def invalid() -> str:
    return opened().refused(answered(result(request(), amounts=samples.amounts(1)))).fault.code


def nothing_to_reverse() -> str | None:
    taken = opened()
    taken.put(answered(result(request(), "REFUSED")))
    return code_of(taken.put(requested(about_original("R1", "REVERSE", "M1"))))


def already_reversed() -> str | None:
    taken = opened()
    reversal = about_original("R1", "REVERSE", "M1")
    taken.put(requested(reversal))
    taken.put(answered(result(reversal, "REVERSED", amounts=samples.amounts(0, 0))))
    return code_of(taken.put(requested(about_original("R2", "REVERSE", "M1"))))


def request_reversed() -> str | None:
    taken = opened()
    reversal = about_original("R1", "REVERSE", "M1")
    taken.put(requested(reversal))
    taken.put(answered(result(reversal, "REVERSED", amounts=samples.amounts(0, 0))))
    return code_of(taken.put(requested(request(), attempt=2)))


INSURED, HOSPITAL = samples.INSURED, samples.HOSPITAL
LOCAL = {"mdtrtarea_admvs": INSURED, "fixmedins_code": "H33010000001"}

WAYS: dict[str, Callable[[], str | None]] = {
    "ALREADY_REVERSED": already_reversed,
    "ALREADY_SETTLED": already_settled,
    "AMOUNT_OUT_OF_RANGE": lambda: told(medfee_sumamt=-1),
    "CATEGORY_UNKNOWN": lambda: told(categories=[samples.category("15", 8000)]),
    "CHRONIC_NOT_QUALIFIED": lambda: told(med_type="14", dise_codg="M03900"),
    "CREDENTIAL_NOT_ACCEPTED": lambda: told(mdtrt_cert_type="02"),
    "FIELD_INVALID": lambda: told(categories=[samples.category("09", 4000), samples.category("02", 4000)]),
    "FILING_EXPIRED": lambda: told(samples.filings(samples.filing(enddate=samples.VISIT_DAY - 1), version=2)),
    "FILING_WRONG_AREA": lambda: told(samples.filings(samples.filing(mdtrtarea_admvs="320100"), version=2)),
    "ID_CONFLICT": conflict,
    "INSTITUTION_NOT_CONNECTED": lambda: told(samples.institution(version=2, connections=[])),
    "INSTITUTION_NOT_SELECTED": lambda: told(samples.region(INSURED, version=2, selection_required=True)),
    "INSTITUTION_UNKNOWN": lambda: told(fixmedins_code="H99999999999"),
    "KEY_DIFFERS": lambda: seat().refused(requested(request(), key="somebody else")).fault.code,
    "LOCAL_SETTLEMENT": lambda: told(samples.institution("H33010000001"), **LOCAL),
    "NOTHING_TO_REVERSE": nothing_to_reverse,
    "NOT_FILED": lambda: told(samples.filings(version=2)),
    "NO_ANSWER": no_answer,
    "OPERATION_NOT_BUILT": lambda: told(operation="CANCEL"),
    "PERSON_UNKNOWN": lambda: code_of(
        seat().put(requested(request(psn_no="33010000000000000002"), key="33010000000000000002"))
    ),
    "REGION_DIFFERS": lambda: told(mdtrtarea_admvs=samples.NEIGHBOUR),
    "REGION_NOT_OPEN": lambda: told(samples.region(INSURED, version=2, openings=[])),
    "REGION_UNKNOWN": lambda: told(insuplc_admdvs="999999"),
    "REQUEST_REVERSED": request_reversed,
    "RESULT_INVALID": invalid,
    "RESULT_UNEXPECTED": lambda: seat().refused(answered(result(request()))).fault.code,
    "RURAL_COOPERATIVE": lambda: told(insutype="380"),
    "SCHEME_DIFFERS": lambda: told(insutype="390"),
    "SCHEME_NOT_OPEN": lambda: told(samples.region(INSURED, version=2, openings=[samples.opening("390", "11")])),
    "SERVICE_NOT_OPEN": lambda: told(med_type="99"),
    "SETTLEMENT_NOT_FOUND": lambda: told(operation="QUERY", refers="M0"),
    "THIRD_PARTY_LIABLE": lambda: told(rel_ttp_flag=True),
    "TOTALS_DISAGREE": lambda: told(medfee_sumamt=7999),
    "TOTAL_NEGATIVE": lambda: told(categories=[samples.category("02", -1), samples.category("09", 8001)]),
    "TRAUMA_LETTER_MISSING": lambda: told(trum_flag=True),
}


@pytest.mark.parametrize("code", WAYS)
def test_a_way_leads_to_each_code(code: str):
    """The cause brings exactly this code."""
    assert WAYS[code]() == code


def test_no_code_is_raised_without_a_way_to_it():
    """The codes in the platform's source are those above, and all of them stand in the fault table."""
    folder = Path(service.__file__).parent
    found = {code for path in folder.glob("*.py") for code in re.findall(r'"([A-Z_]{6,})"', path.read_text("utf-8"))}
    assert found & FAULTS.keys() == WAYS.keys()
