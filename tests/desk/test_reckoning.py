"""What the desk gives a calculator, and what it says when there is nothing to calculate."""

import pytest

from tests.desk.bench import ANNA, Bench, bill, report
from yidi.contract import topics
from yidi.contract.codec import ENCOUNTER_CHARGES
from yidi.desk import claiming
from yidi.desk.calculation import Calculation, Material, Side, Words
from yidi.desk.refusals import OutOfReach

AMOUNTS = {"fund_pay_sumamt": 902_000, "acct_pay": 100, "psn_cash_pay": 347_900}


class Calculator:
    """Remembers what it was asked."""

    def __init__(self, manual: Side | None = None) -> None:
        self.asked: list[Material] = []
        self._manual = manual or Side(amounts=AMOUNTS)

    def __call__(self, material: Material) -> Calculation:
        self.asked.append(material)
        return Calculation(self._manual, Side(code="NOT_FILED", why=Words("未备案", "no filing")))


def with_calculator(bench: Bench, manual: Side | None = None) -> Calculator:
    bench.desk.calculator = made = Calculator(manual)
    return made


def test_both_sides_and_the_advice(bench: Bench) -> None:
    """Manual beside direct, with the payment advice in words; looking changes nothing."""
    calculator = with_calculator(bench)
    bench.reported(report(bill()))
    error_id = bench.cases()[0].error_id
    told = claiming.preview(bench.desk, error_id)
    assert told["calculation"]["manual"]["amounts"] == AMOUNTS
    assert told["calculation"]["direct"]["why"]["zh"] == "未备案"
    assert "9020.00" in told["advice"]["en"]
    assert calculator.asked[0].bill == bill()
    assert (bench.case(error_id).state, bench.deeds()) == ("open", [])


def test_kept_with_the_claim(bench: Bench) -> None:
    """What was worked out when the claim was made stays with it, whatever is settled later."""
    with_calculator(bench)
    bench.reported(report(bill()))
    error_id = bench.cases()[0].error_id
    claiming.claim(bench.desk, ANNA, error_id, "discharged")
    with bench.desk.store.read() as connection:
        kept = claiming.claimed(connection, error_id)
    assert kept is not None
    assert kept["calculation"]["manual"]["amounts"] == AMOUNTS


def test_request_is_worked_out_by_its_encounter(bench: Bench) -> None:
    """What failed further down has no lines: the encounter that it was made of is looked up."""
    calculator = with_calculator(bench)
    bench.log.bills[bill()["msgid"]] = ENCOUNTER_CHARGES.encode(bill())
    bench.reported(report(bill(), source_topic=topics.SETTLEMENT_REQUESTS, value=b"another record"))
    claiming.preview(bench.desk, bench.cases()[0].error_id)
    assert calculator.asked[0].bill == bill()


def test_nothing_to_work_out(bench: Bench) -> None:
    """Bytes that hold no bill, and a claim that is not payable, are said in words."""
    with_calculator(bench, Side(code="ENROLMENT_ABNORMAL", why=Words("参保状态异常", "in arrears")))
    bench.reported(report(bill(1)), report(bill(2), value=b"nonsense"))
    told = [claiming.preview(bench.desk, case.error_id) for case in bench.cases()]
    assert {t["advice"]["en"] if t["advice"] else t["calculation"]["why"]["en"] for t in told} == {
        "nothing can be paid: in arrears",
        "no encounter with a bill is found for this error",
    }


def test_kafka_gone(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Papers and deadline are shown though Kafka does not answer."""

    def gone(_psn_no: str) -> None:
        raise OutOfReach("Kafka does not answer.")

    with_calculator(bench)
    monkeypatch.setattr(bench.log, "person", gone)
    bench.reported(report(bill()))
    told = claiming.preview(bench.desk, bench.cases()[0].error_id)
    assert told["papers"]
    assert "Kafka" in told["calculation"]["why"]["en"]
