"""Our own agency and hospital in the chain: everything else is Yidi's, on a real Kafka."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from yidi.testing import Bill, Filing, Person, RunningChain, yuan

HERE = Path(__file__).parents[1]
HANGZHOU, SHANGHAI, SUZHOU = "330100", "310100", "320500"

pytestmark = [
    pytest.mark.yidi(agencies={HANGZHOU: "hangzhou"}, hospitals={HANGZHOU: "hangzhou"}),
    pytest.mark.xdist_group("foreign-seats"),
]


@pytest.fixture
def agency(yidi_kafka: RunningChain) -> Iterator[None]:
    """Our agency, for people insured in Hangzhou."""
    with yidi_kafka.program(sys.executable, str(HERE / "agency.py"), folder=HERE):
        yield


@pytest.mark.usefixtures("agency")
async def test_our_agency_settles(yidi_kafka: RunningChain) -> None:
    """A stay of somebody insured in Hangzhou: 60 % of what is in scope above 300 yuan, and the audit passes."""
    outcome = await yidi_kafka.settle(Bill.stay(person=Person(insured_in=HANGZHOU)))
    assert outcome.result["policy_id"] == "hangzhou-60"
    assert outcome.pool == (outcome.amounts["inscp_scp_amt"] - yuan("300")) * 60 // 100


@pytest.mark.usefixtures("agency")
async def test_our_agency_takes_back(yidi_kafka: RunningChain) -> None:
    """A reversal gives back to the fen what was paid, and the visit may settle again."""
    wang = Person(insured_in=HANGZHOU)
    done = await yidi_kafka.settle(Bill(person=wang))
    assert (await yidi_kafka.reverse(done)).funds == -done.funds < 0
    assert (await yidi_kafka.settle(Bill(person=wang))).funds == done.funds


async def test_others_do_not_need_it(yidi_kafka: RunningChain) -> None:
    """Our agency does not run: people insured elsewhere settle as ever."""
    assert (await yidi_kafka.settle(Bill())).done


async def test_our_hospital_settles(yidi_kafka: RunningChain, tmp_path: Path) -> None:
    """Somebody insured in Suzhou, treated in our hospital, which speaks to the platform directly."""
    wang = Person(insured_in=SUZHOU, filings=(Filing(place=HANGZHOU),))
    await yidi_kafka.enrol(wang)
    bill = tmp_path / "bill.json"
    bill.write_text(json.dumps(scan_of(yidi_kafka.psn_no(wang))), encoding="utf-8")
    with yidi_kafka.program(sys.executable, str(HERE / "hospital.py"), str(bill), folder=HERE) as hospital:
        receipt = json.loads(await asyncio.to_thread(hospital.finished, 60))
    assert (receipt["outcome"], receipt["medfee_sumamt"]) == ("DONE", yuan("800"))
    assert receipt["fund_pay_sumamt"] == yuan("137.50")  # 55 % of 750 in scope above 500


@pytest.mark.yidi(answer_deadline_s=1, timeout_s=5, audit=False)
async def test_what_a_wrong_partitioner_looks_like(yidi_kafka: RunningChain, monkeypatch: pytest.MonkeyPatch) -> None:
    """With librdkafka's default partitioner answers get lost, and the platform's report names the setting."""
    monkeypatch.setenv("PARTITIONER", "consistent_random")
    with yidi_kafka.program(sys.executable, str(HERE / "agency.py"), folder=HERE):
        outcomes = await yidi_kafka.submit_all([Bill(person=Person(insured_in=HANGZHOU)) for _ in range(6)])
    lost = [outcome for outcome in outcomes if not outcome.done]
    reports = [report for report in await yidi_kafka.errors() if report["code"] == "WRONG_PARTITION"]
    assert len(lost) == len({report["msgid"] for report in reports}) > 0
    assert "murmur2_random" in reports[0]["detail"]


def scan_of(psn_no: str) -> dict[str, Any]:
    """A scan of the head, 800 yuan: 50 of it above the price ceiling."""
    at = 1_749_945_600_000  # 2025-06-15 08:00 in Shanghai
    return {
        "msgid": f"H{HANGZHOU}0000120250615080000{psn_no[-4:]}"[:30],
        "psn_no": psn_no,
        "insuplc_admdvs": SUZHOU,
        "mdtrtarea_admvs": HANGZHOU,
        "fixmedins_code": Bill(place=HANGZHOU).house["fixmedins_code"],
        "mdtrt_id": f"OWN-{psn_no[-10:]}",
        "med_type": "11",
        "insutype": "310",
        "mdtrt_cert_type": "01",
        "begntime": at,
        "inf_time": at,
        "lines": [
            {
                "feedetl_sn": "1",
                "med_list_codg": "FSYN030010",
                "med_chrgitm_type": "03",
                "chrgitm_lv": "01",
                "cnt": 10_000,
                "pric": 800_000_000,
                "pric_uplmt_amt": 750_000_000,
                "selfpay_prop": 0,
                "det_item_fee_sumamt": 800_00,
                "fulamt_ownpay_amt": 0,
                "overlmt_amt": 50_00,
                "preselfpay_amt": 0,
                "inscp_scp_amt": 750_00,
                "fee_ocur_time": at,
            }
        ],
    }
