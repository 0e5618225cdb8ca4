"""The agency's promises about requests: who is refused and why, what a repeat and a reversal do."""

from datetime import date
from typing import Any

import pytest

from tests.agency.counter import PSN, Counter, details, person, request, reversal
from yidi.agency.account import LEDGERS
from yidi.contract import topics
from yidi.domain.faults import Refusal
from yidi.domain.instants import days_of
from yidi.runtime.decider import About, Record


def settled(counter: Counter, *args: Any, **kwargs: Any) -> dict[str, Any]:
    answer = counter.ask(*args, **kwargs)
    assert answer["outcome"] == "DONE", answer["fault"]
    return answer


def test_a_settlement_moves_accumulators_and_account_by_what_it_says():
    """The next settlement starts where the last one ended."""
    counter = Counter(person())
    first = settled(counter, request(acct_used_flag=True))
    second = settled(counter, request("m2", "s2", acct_used_flag=True))
    assert first["accumulators_after"] == second["accumulators_before"]
    assert first["balc"] == second["balc_before"] == 0
    assert first["amounts"]["acct_pay"] == 50_000
    assert first["accumulators_after"]["2026.admissions"] == 1
    assert second["amounts"]["act_pay_dedc"] < first["amounts"]["act_pay_dedc"]


def test_pre_settle_computes_the_same_and_changes_nothing():
    """Pre-settle shows what settle would pay, and leaves no effect behind."""
    counter = Counter(person())
    shown = settled(counter, request("p1", "s1", operation="PRE_SETTLE"))
    assert LEDGERS.get(counter.view, PSN) is None
    assert settled(counter, request("m1", "s1"))["amounts"] == shown["amounts"]


def test_pre_settle_may_ask_about_a_settled_visit():
    """A question about a visit that is settled already is answered: it has no effect."""
    counter = Counter(person())
    settled(counter, request("m1", "s1", mdtrt_id="V1"))
    settled(counter, request("p1", "s2", mdtrt_id="V1", operation="PRE_SETTLE"))


def test_a_repeat_gets_the_stored_answer_byte_for_byte():
    """The same request again has no second effect, under any attempt."""
    counter = Counter(person())
    first = settled(counter, request())
    rows = dict(counter.view.rows)
    assert counter.ask(request())["value"] == first["value"]
    assert counter.ask(request(), attempt=3)["value"] == first["value"]
    assert counter.view.rows == rows


def test_the_same_id_with_other_content_is_an_error_report_only():
    """A conflict never changes an outcome and is no answer."""
    counter = Counter(person())
    settled(counter, request())
    with pytest.raises(Refusal, match="ID_CONFLICT"):
        counter.ask(request(scope=5_000))


def test_a_refused_request_is_decided_anew_under_a_higher_attempt_only():
    """After the enrolment is repaired, attempt 2 settles; attempt 1 still gets its refusal."""
    broken = person(enrolment={"psn_insu_stas": "ARREARS"})
    counter = Counter(broken)
    refused = counter.ask(request())
    repaired = {**broken["enrolments"][0], "psn_insu_stas": "NORMAL", "recorded_at": 1}
    counter_after = Counter(broken, person(version=2, enrolments=[broken["enrolments"][0], repaired]))
    counter_after.view.rows = {**counter.view.rows, **_members(counter_after)}
    assert counter_after.ask(request())["value"] == refused["value"]
    answer = settled(counter_after, request(), attempt=2)
    assert answer["attempt"] == 2


def _members(counter: Counter) -> dict[tuple[str, str], bytes]:
    return {key: value for key, value in counter.view.rows.items() if key[0] == "member"}


@pytest.mark.parametrize(
    ("code", "who", "asked"),
    [
        ("ENROLMENT_ABNORMAL", person(enrolment={"psn_insu_stas": "SUSPENDED"}), request()),
        ("ENROLMENT_ABNORMAL", person(enrolment={"enddate": days_of(date(2026, 2, 1))}), request()),
        ("WAITING_PERIOD", person(enrolment={"waiting_until": days_of(date(2026, 3, 1))}), request()),
        ("NO_POLICY", person(enrolment={"insutype": "320"}), request(insutype="320")),
        ("BALANCE_INSUFFICIENT", person(), request(acct_pay_amt=50_001)),
        ("BALANCE_INSUFFICIENT", person(), request(scope=1_000, acct_pay_amt=2_000)),
        ("OPERATION_NOT_BUILT", person(), request(operation="CANCEL", refers="m0")),
        ("FIELD_INVALID", person(), request(operation="REVERSE", refers=None)),
    ],
)
def test_each_cause_is_refused_by_its_code(code: str, who: dict[str, Any], asked: dict[str, Any]):
    """A refusal goes back with its code and is reported; no accumulator moves."""
    counter = Counter(who)
    answer = counter.ask(asked)
    assert (answer["outcome"], answer["fault"]["code"], answer["failure"]) == ("REFUSED", code, code)
    assert answer["amounts"] is None
    assert LEDGERS.get(counter.view, PSN) is None


def test_an_unknown_person_is_refused():
    """The agency settles nobody whom the registry never published."""
    assert Counter().ask(request())["fault"]["code"] == "PERSON_UNKNOWN"


def test_unfiled_people_need_a_row_in_the_policy():
    """A policy without a row for unfiled people refuses them."""
    counter = Counter(person(enrolment={"insuplc_admdvs": "320100"}))
    answer = counter.ask(request(insuplc_admdvs="320100"), filing_class="UNFILED")
    assert (answer["outcome"], answer["fault"]["code"]) == ("REFUSED", "UNFILED_NOT_COVERED")


def test_forced_account_payment_is_paid_exactly():
    """acct_pay_amt is what the account pays: not less, not more."""
    answer = settled(Counter(person()), request(acct_pay_amt=12_345))
    assert answer["amounts"]["acct_pay"] == 12_345
    assert (answer["balc_before"], answer["balc"]) == (50_000, 37_655)


def test_a_reversal_undoes_exactly_its_own_effect():
    """Accumulators and balance go back by the settlement's effect; a later settlement keeps what it was paid."""
    counter = Counter(person())
    first = settled(counter, request(acct_used_flag=True, scope=200_000))
    second = settled(counter, request("m2", "s2", acct_used_flag=True, scope=200_000))
    twin = counter.ask(reversal("m1", "s1"))
    assert twin["outcome"] == "REVERSED"
    for name, amount in first["amounts"].items():
        if name not in {"pool_prop_selfpay", "setldetail"}:
            assert twin["amounts"][name] == -amount
    for key, value in second["accumulators_after"].items():
        own = first["accumulators_after"].get(key, 0) - first["accumulators_before"].get(key, 0)
        assert twin["accumulators_after"].get(key, value) == value - own
    assert twin["balc"] - twin["balc_before"] == first["amounts"]["acct_pay"]


def test_a_reversal_happens_once():
    """The same reversal gets its answer again, another one is refused."""
    counter = Counter(person())
    settled(counter, request())
    first = counter.ask(reversal("m1", "s1"))
    assert counter.ask(reversal("m1", "s1"))["value"] == first["value"]
    assert counter.ask(reversal("m1", "s1", msgid="r2"))["fault"]["code"] == "ALREADY_REVERSED"


def test_a_reversal_that_comes_first_forbids_its_request():
    """What was reversed before it arrived never has an effect."""
    counter = Counter(person())
    twin = counter.ask(reversal("m1", "s1"))
    assert twin["outcome"] == "REVERSED"
    assert all(not amount for amount in twin["amounts"].values())
    assert counter.ask(request())["fault"]["code"] == "REQUEST_REVERSED"
    assert LEDGERS.get(counter.view, PSN) is None


def test_a_settlement_id_is_settled_once():
    """Another message for a settled settlement id is refused: effects are keyed by setl_id."""
    counter = Counter(person())
    settled(counter, request())
    assert counter.ask(request("m2", "s1"))["fault"]["code"] == "ALREADY_SETTLED"


def test_an_encounter_is_settled_once_whatever_the_ids():
    """Another message and another settlement id for the same visit are refused until the live one is reversed."""
    counter = Counter(person())
    settled(counter, request("m1", "s1", mdtrt_id="V1"))
    assert counter.ask(request("m2", "s2", mdtrt_id="V1"))["fault"]["code"] == "ALREADY_SETTLED"
    counter.ask({**reversal("m1", "s1"), "mdtrt_id": "V1"})
    settled(counter, request("m3", "s3", mdtrt_id="V1"))
    assert counter.ask(request("m4", "s1", mdtrt_id="V1"))["fault"]["code"] == "REQUEST_REVERSED"


def test_lines_and_categories_agree_in_every_component():
    """A request whose lines make other components than its categories is refused, though the scope is the same."""
    (line,) = details(amount=900_000)["lines"]
    lines = [{**line, "det_item_fee_sumamt": 1_000_000, "overlmt_amt": 100_000}]
    asked = request("m1", "s1", med_type="11", lines=lines)
    assert Counter(person()).ask(asked)["fault"]["code"] == "TOTALS_DISAGREE"


def test_details_that_add_up_are_taken():
    """A stay's details that equal its categories leave no error."""
    counter = Counter(person())
    settled(counter, request())
    assert counter.send_details(details()).failure is None


def test_details_that_differ_are_reported():
    """One fen more than was settled is DETAILS_DIFFER and names the category."""
    counter = Counter(person())
    settled(counter, request())
    with pytest.raises(Refusal, match=r"DETAILS_DIFFER.*05"):
        counter.send_details(details(amount=1_000_001))
    with pytest.raises(Refusal, match="SETTLEMENT_NOT_FOUND"):
        counter.send_details(details(setl_id="s9"))


def test_the_highest_version_of_a_person_wins():
    """An older history that comes later changes nothing."""
    counter = Counter(person(version=5), person(version=4, enrolments=[]))
    settled(counter, request())


def test_a_foreign_key_is_refused_and_nothing_is_read_into_poison():
    """The record's key must be the person; unreadable bytes are about nobody."""
    counter = Counter(person())
    topic = topics.agency_requests("default")
    assert counter.agency.about(Record(topic, 0, 0, 0, b"k", b"\x00junk")) == About()
