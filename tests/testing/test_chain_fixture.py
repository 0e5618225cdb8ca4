"""`yidi_chain` as its users write tests with it."""

from datetime import date

import pytest

from yidi.audit import Verdict
from yidi.domain.instants import days_of
from yidi.testing import (
    Bill,
    CertType,
    Chain,
    Filing,
    FilingType,
    Institution,
    InsuType,
    Item,
    MedType,
    NotRefused,
    NotSettled,
    Person,
    RegistryRefused,
    yuan,
)

ALL_CARE = {
    "outpatient": Bill(),
    "stay": Bill.stay(),
    "chronic": Bill.chronic(),
    "pharmacy": Bill.pharmacy(),
    "emergency": Bill.emergency(),
    "in the province": Bill(place="320100"),
    "resident": Bill(person=Person(scheme=InsuType.RESIDENTS)),
    "trauma": Bill(care=MedType.TRAUMA_OUTPATIENT),
}


@pytest.mark.parametrize("bill", ALL_CARE.values(), ids=ALL_CARE)
async def test_a_default_bill_settles(yidi_chain: Chain, bill: Bill) -> None:
    """A bill of any kind of care settles as it is made, and its figures add up."""
    outcome = await yidi_chain.settle(bill)
    assert outcome.done
    assert outcome.total == outcome.funds + outcome.account + outcome.cash > 0


async def test_what_a_policy_pays(yidi_chain: Chain) -> None:
    """A test can say to the fen what a bill has to bring: 1000 yuan of surgery above a deductible that was eaten."""
    wang = Person()
    first = await yidi_chain.settle(Bill.stay(person=wang, days_ago=30))
    second = await yidi_chain.settle(Bill.stay(person=wang, items=(Item("全身麻醉", count=2, price="500"),)))
    assert (first.deductible, second.deductible) == (yuan("1000"), yuan("500"))
    assert (second.pool, second.account) == (yuan("400"), yuan("600"))


async def test_refused_mended_replayed(yidi_chain: Chain) -> None:
    """A fault is expected by its code; the same bytes settle once its cause is mended."""
    wang = Person(filings=())
    refused = await yidi_chain.expect_fault("NOT_FILED", Bill(person=wang))
    await yidi_chain.file(wang, Filing(place="310100"))
    done = await yidi_chain.replay(refused)
    assert (done.outcome, done.attempt) == ("DONE", 2)
    assert [report["code"] for report in await yidi_chain.errors()] == ["NOT_FILED"]


async def test_around_a_block(yidi_chain: Chain) -> None:
    """Where the bill is sent by the code under test, the fault is expected around it."""
    with yidi_chain.expect_fault("ENROLMENT_ABNORMAL") as expected:
        await yidi_chain.settle(Bill(person=Person(standing="ARREARS")))
    assert expected.outcome.refused


async def test_another_fault_than_expected(yidi_chain: Chain) -> None:
    """Another fault, or none, fails the test with what happened and every leg of its way."""
    with pytest.raises(NotRefused, match=r"(?s)NOT_FILED was expected.*DONE.*settlement.journal"):
        await yidi_chain.expect_fault("NOT_FILED", Bill())
    with pytest.raises(NotRefused, match="nothing was refused"), yidi_chain.expect_fault("NOT_FILED"):
        await yidi_chain.settle(Bill())


async def test_a_refused_bill_tells_its_story(yidi_chain: Chain) -> None:
    """`settle` of what is refused fails with the fault, what to do, and every leg."""
    with pytest.raises(NotSettled) as failure:
        await yidi_chain.settle(Bill(person=Person(filings=())))
    assert failure.value.outcome.code == "NOT_FILED"
    for words in ("未备案", "what to do", "settlement.requests", "errors.platform"):
        assert words in str(failure.value)


async def test_reversed_and_asked(yidi_chain: Chain) -> None:
    """A reversal gives back what was paid; a query tells what became of a bill; asking beforehand changes nothing."""
    bill = Bill.stay()
    asked = await yidi_chain.pre_settle(bill)
    done = await yidi_chain.settle(bill)
    undone = await yidi_chain.reverse(done)
    assert asked.funds == done.funds == -undone.funds > 0
    assert (await yidi_chain.query(bill)).outcome == "REVERSED"


async def test_time_passes(yidi_chain: Chain) -> None:
    """Builders count from the chain's today, which the test moves: the deductible of a new year is due again."""
    wang = Person()
    this_year = await yidi_chain.settle(Bill(person=wang))
    again = await yidi_chain.settle(Bill(person=wang))
    await yidi_chain.advance(days=365)
    next_year = await yidi_chain.settle(Bill(person=wang))
    assert (this_year.deductible, again.deductible, next_year.deductible) == (yuan("500"), 0, yuan("500"))


@pytest.mark.yidi(seed=7, faults=True)
async def test_in_bad_weather(yidi_chain: Chain) -> None:
    """Crashes, doubles, lost answers, moved partitions: the same figures."""
    outcome = await yidi_chain.settle(Bill.stay())
    assert (outcome.total, outcome.funds) == (yuan("7321"), yuan("4128.32"))


async def test_the_same_bill_twice(yidi_chain: Chain) -> None:
    """The same bill again is the same message: the stored answer, no second settlement. `but` makes another bill."""
    bill = Bill()
    first, again, other = await yidi_chain.submit_all([bill, bill, bill.but(days_ago=1)])
    assert first.result == again.result
    assert other.msgid != first.msgid
    assert len([leg for leg in await yidi_chain.legs(bill.person) if leg.kind == "JournalEntry"]) == 2


async def test_amended(yidi_chain: Chain) -> None:
    """A refused bill is replaced by another one of the same visit."""
    wrong = Bill(items=(Item("NO-SUCH", price=1, category="化验费"),))
    refused = await yidi_chain.expect_fault("ITEM_UNMATCHED", wrong)
    done = await yidi_chain.settle(wrong.but(items=(), amends=wrong))
    assert done.setl_id == refused.setl_id


async def test_people_change(yidi_chain: Chain) -> None:
    """Enrolling a person again changes them: arrears paid, the refused bytes settle."""
    wang = Person(standing="ARREARS")
    refused = await yidi_chain.expect_fault("ENROLMENT_ABNORMAL", Bill(person=wang))
    await yidi_chain.enrol(wang.but(standing="NORMAL"))
    assert (await yidi_chain.replay(refused)).done
    await yidi_chain.enrol(wang)
    await yidi_chain.expect_fault("ENROLMENT_ABNORMAL", Bill(person=wang))


async def test_filings_are_judged(yidi_chain: Chain) -> None:
    """A filing that the registry would not accept at the counter is refused with its reasons."""
    wang = Person(filings=())
    await yidi_chain.enrol(wang)
    with pytest.raises(RegistryRefused, match="own node"):
        await yidi_chain.file(wang, Filing(place="320100", kind=FilingType.OTHER_TEMPORARY))


async def test_an_institution_of_ones_own(yidi_chain: Chain) -> None:
    """A new institution settles as soon as the registry has it, by its own level."""
    clinic = Institution(place="440300", level="1", name="模拟新诊所")
    bill = Bill(place="440300", institution=clinic)
    await yidi_chain.expect_fault("INSTITUTION_UNKNOWN", bill)
    await yidi_chain.open_institution(clinic)
    assert (await yidi_chain.settle(bill.but())).done


async def test_everything_overridable(yidi_chain: Chain) -> None:
    """Credential, dates, and any field of the message itself can be said otherwise."""
    assert (await yidi_chain.settle(Bill(credential=CertType.SOCIAL_SECURITY_CARD, days_ago=90))).done
    await yidi_chain.expect_fault("THIRD_PARTY_LIABLE", Bill(extra={"rel_ttp_flag": True}))
    born = Person(extra={"psn_name": "李拟新"}, balance=0)
    assert (await yidi_chain.settle(Bill(person=born))).account == 0


async def test_raw_records(yidi_chain: Chain) -> None:
    """Any bytes can be put on any topic; what is no message becomes an error report."""
    await yidi_chain.send("encounters", b"nobody", b"\x00poison")
    assert [report["fault_class"] for report in await yidi_chain.errors()] == ["POISON"]
    assert (await yidi_chain.audit()).verdict is Verdict.PASS


def test_without_a_coroutine(yidi_chain: Chain) -> None:
    """A test that is no coroutine waits for the same calls."""
    assert yidi_chain.wait(yidi_chain.settle(Bill())).done


def test_builders_say_what_they_build() -> None:
    """Two people are two, `but` is the same one, and all are immutable."""
    wang = Person(name="王拟一")
    assert wang.but(standing="ARREARS").number == wang.number != Person().number
    with pytest.raises(AttributeError):
        wang.name = "other"  # type: ignore[misc] — that it cannot be is the point
    record = Filing(place="310000").record("1", "320500", InsuType.EMPLOYEES, date(2025, 6, 15))
    assert record["begndate"] < days_of(date(2025, 1, 1))


async def test_an_unknown_fault_is_refused_at_once(yidi_chain: Chain) -> None:
    """A code that no fault has can never come about: it is refused where it is written, with what may be meant."""
    with pytest.raises(ValueError, match=r"'NOT_FILLED' is no code of a fault; did you mean NOT_FILED"):
        yidi_chain.expect_fault("NOT_FILLED")


def test_an_unknown_item_is_refused_at_once() -> None:
    """What no institution could bill is refused where it is written; an item with a price of its own is none of it."""
    with pytest.raises(LookupError, match=r"did you mean 头颅磁共振平扫\?.*`price` and `category`"):
        Item("头颅磁共振")
    with pytest.raises(LookupError, match="no item"):
        Item("头颅磁共振", price="500")
    assert Item("头颅磁共振", price="500", category="放射").code


async def test_an_outcome_shows_itself(yidi_chain: Chain) -> None:
    """What pytest shows of a plain assert: one line with every amount, or the fault, and how far the bill came."""
    done = await yidi_chain.settle(Bill())
    refused = await yidi_chain.expect_fault("NOT_FILED", Bill(person=Person(filings=())))
    assert all(f"{name} " in repr(done) for name in ("total", "funds", "pool", "account", "cash", "deductible"))
    assert repr(done).endswith("after 6 legs, last settlement.journal>")
    assert "REFUSED NOT_FILED" in repr(refused)
    assert "last errors.platform" in repr(refused)
    assert len(repr(done)) < 240, "pytest cuts what is longer"
