"""The manual claim beside the direct settlement: the same bill by two catalogues, to the fen, computed by hand."""

from typing import Any

import pytest

from tests.hospital.ward import BEGIN, HOUSE, catalogue, charges, dialect, house, item, line, node, person, region, stay
from tests.hospital.ward import PERSON as PSN
from yidi.agency.policy_book import shipped_book
from yidi.chain.claim_calculator import ClaimCalculator
from yidi.contract import records
from yidi.contract.codec import CATALOGUE, DIALECT, INSTITUTION, REGION
from yidi.desk.calculation import Calculation, Material
from yidi.domain.instants import business_days

NOW_MS = BEGIN + 30 * 86_400_000
OPENED: Any = {"insutype": "310", "med_type": "21", "begndate": 15_000, "enddate": None, "recorded_at": 0}
CONNECTED: Any = {"med_types": [], "begndate": 15_000, "enddate": None, "recorded_at": 0}
INSURED_ITEMS = (item("DRUG-A", "09"), item("STENT", "08", "02", 1_000))
"""What Hangzhou's own catalogue has: a stent without a ceiling at 10 % prior self-pay, and no tonic."""
BILL = stay(line("1", "DRUG-A", 1_000_000), line("2", "STENT", 200_000), line("3", "TONIC", 50_000))
"""A stay of 12,500.00 yuan at a hospital of level 3."""


def shared(**regions: Any) -> dict[str, bytes]:
    """Published reference data; `regions` changes the insured region."""
    insured = region("330100", **{"openings": [OPENED], **regions})
    return {
        **{f"region/{r['admdvs']}": REGION.encode(r) for r in (insured, region("110100"))},
        "region/110000": REGION.encode(node("110000", "catalogue-110000")),
        "region/330000": REGION.encode(node("330000", "catalogue-330000")),
        "region/110101": REGION.encode(region("110101", kind="COUNTY", pooling_area="110100")),
        f"institution/{HOUSE}": INSTITUTION.encode(house(connections=[CONNECTED])),
        "catalogue/catalogue-110000": CATALOGUE.encode(catalogue()),
        "catalogue/catalogue-330000": CATALOGUE.encode(catalogue("catalogue-330000", *INSURED_ITEMS)),
        "dialect/ward": DIALECT.encode(dialect()),
    }


def filed(filing_type: str = "LONG_TERM_RESIDENT") -> records.FilingHistory:
    row: Any = {
        "filing_id": "f1", "filing_type": filing_type, "insuplc_admdvs": "330100", "insutype": "310",
        "mdtrtarea_admvs": "110100", "begndate": business_days(BEGIN) - 1, "enddate": None, "recorded_at": 0,
        "cancelled_at": None, "channel": "counter", "proof": "residence permit",
    }  # fmt: skip
    return {"psn_no": PSN, "version": 1, "filings": [row]}


def calculated(bill: records.EncounterCharges = BILL, **changes: Any) -> Calculation:
    material: dict[str, Any] = {
        "bill": bill, "person": person(), "filings": filed(), "results": [], "shared": shared(), "now_ms": NOW_MS,
    }  # fmt: skip
    return ClaimCalculator(shipped_book())(Material(**{**material, **changes}))


def amount(side: Any, name: str = "fund_pay_sumamt") -> int:
    assert side.amounts is not None, side
    return int(side.amounts[name])


def test_the_same_bill_by_two_catalogues() -> None:
    """Direct goes by the treatment place's catalogue, the claim by the insured place's; each to the fen.

    Hangzhou employee, level 3, first admission, long-term (no cut): deductible 800, then 82 % of what lies above it.
    Direct (Beijing's list): stent 2000 with ceiling 1000 → 1000 above it; 20 % of the other 1000 → 200 prior
      self-pay; 800 in scope. Tonic is grade C: 500 fully self-paid. In scope 10000 + 800 = 10800.
      (10800 - 800) * 0.82 = 8200.00; the person bears 12500 - 8200 = 4300.00.
    Claim (Hangzhou's list): stent without ceiling, 10 % → 200 prior self-pay, 1800 in scope. The tonic is not listed:
      fully self-paid. In scope 11800. (11800 - 800) * 0.82 = 9020.00; the person bears 3480.00.
    """
    made = calculated()
    assert (amount(made.direct), amount(made.direct, "psn_part_amt")) == (820_000, 430_000)
    assert (amount(made.manual), amount(made.manual, "psn_part_amt")) == (902_000, 348_000)
    assert amount(made.manual, "fulamt_ownpay_amt") == 50_000
    assert (made.manual.catalogue, made.direct.catalogue) == ("catalogue-330000", "catalogue-110000")
    assert ["TONIC" in note.en for note in made.manual.notes] == [True]


def test_nobody_filed() -> None:
    """Without a filing there is no direct amount, and why is said; the claim goes by the policy's unfiled row.

    Hangzhou: the unfiled bear 40 % first: 11800 * 0.6 = 7080; (7080 - 800) * 0.82 = 5149.60.
    """
    made = calculated(filings=None)
    assert (made.direct.amounts, made.direct.code) == (None, "NOT_FILED")
    assert made.direct.why is not None
    assert "未备案" in made.direct.why.zh
    assert (made.manual.filing_class, amount(made.manual)) == ("UNFILED", 514_960)


def test_region_not_open() -> None:
    """A claim does not ask whether the region has opened: that is why it exists."""
    made = calculated(shared=shared(openings=[]))
    assert made.direct.code == "REGION_NOT_OPEN"
    assert amount(made.manual) == 902_000


def test_what_the_year_has_used_counts() -> None:
    """An earlier stay of the year halves nothing twice: its answer, met twice, is counted once.

    The second admission's deductible is 75 % of 800 = 600: (11800 - 600) * 0.82 = 9184.00.
    """
    earlier: Any = {
        "result_id": "r1", "operation": "SETTLE", "amounts": {"acct_pay": 0},
        "accumulators_before": {}, "accumulators_after": {"2025.admissions": 1},
    }  # fmt: skip
    asked = {**earlier, "result_id": "r2", "operation": "PRE_SETTLE", "accumulators_after": {"2025.admissions": 9}}
    assert amount(calculated(results=[earlier, earlier, asked]).manual) == 918_400


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"medfee_sumamt": 1}, "SUM_MISMATCH"),
        ({"rel_ttp_flag": True}, "THIRD_PARTY_LIABLE"),
        ({"fixmedins_code": "H00000000000"}, "INSTITUTION_UNKNOWN"),
    ],
)
def test_what_no_way_pays(changes: dict[str, Any], code: str) -> None:
    """What is wrong with the bill itself, or somebody else's to pay, stands in the way of the claim, too."""
    made = calculated({**BILL, **changes})
    assert (made.manual.amounts, made.manual.code) == (None, code)


def test_arrears_are_no_ones_to_pay() -> None:
    """A person who was not in good standing on the treatment date has no claim either, in words."""
    enrolment = {**person()["enrolments"][0], "psn_insu_stas": "ARREARS"}
    made = calculated(person=person(enrolments=[enrolment]))
    assert (made.manual.code, made.direct.code) == ("ENROLMENT_ABNORMAL", "ENROLMENT_ABNORMAL")


def test_unmapped_items_are_struck_out() -> None:
    """What stops a direct settlement as unmatched is fully self-paid in a claim, and named."""
    made = calculated(stay(line("1", "DRUG-A", 1_000_000), line("2", "NEW", 10_000)))
    assert made.direct.code == "ITEM_UNMATCHED"
    assert (amount(made.manual), amount(made.manual, "fulamt_ownpay_amt")) == (754_400, 10_000)  # (10000 - 800) * 0.82


def test_made_up_filing_where_the_unfiled_have_no_row() -> None:
    """Where the policy pays the unfiled nothing, the claim is computed as if a filing were made up; said so."""
    insured = {**person()["enrolments"][0], "insuplc_admdvs": "340100"}
    places = {**shared(), "region/340100": REGION.encode(region("340100", catalogue="catalogue-330000"))}
    bill = {**BILL, "insuplc_admdvs": "340100"}
    made = calculated(bill, person=person(enrolments=[insured]), filings=None, shared=places)
    assert made.manual.filing_class == "REFERRAL"
    # The default policy: deductible 1000; to 10000 80 - 5 %, above 85 - 5 %: 9000 * 0.75 + 1800 * 0.80 = 8190.00
    assert amount(made.manual) == 819_000
    assert "proof" in made.manual.notes[-1].en


def test_a_visit_keeps_its_lines() -> None:
    """An outpatient's claim is computed with its split lines, as a direct one.

    One drug of 2,000.00 in scope, yearly deductible 1000, 76 %: 760.00.
    """
    bill = charges(line("1", "DRUG-A", 200_000))
    assert amount(calculated(bill).manual) == 76_000
