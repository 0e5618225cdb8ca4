"""Faults planted into the figures: to the fen, on every leg."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.audit import messages as make
from tests.audit.history import ANSWERS
from tests.audit.plants import alter, audited, drop, edit, failed, named, open_questions, planted
from tests.audit.sound import ALICE, sound_history
from yidi.audit import Finding, Verdict
from yidi.contract import codec, topics

Lines = list[dict[str, Any]]


def _plus(fen: int) -> Callable[[int], int]:
    return lambda figure: figure + fen


@pytest.mark.parametrize(
    "field",
    ["medfee_sumamt", "fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt", "fund_pay_sumamt",
     "hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "oth_pay", "hosp_part_amt", "psn_part_amt",
     "psn_cash_pay"],
)  # fmt: skip
def test_one_fen_in_a_result(field: str):
    """A result that is off by one fen anywhere breaks an identity, though every leg repeats it faithfully."""
    report = planted(edit=edit(ANSWERS, "last", **{f"amounts__{field}": _plus(1)}))
    assert failed(report) == {"identities"}


@pytest.mark.parametrize(
    "change",
    [
        {"amounts__act_pay_dedc": 10**9},
        {"amounts__act_pay_dedc": -1},
        {"amounts__pool_prop_selfpay": 10_001},
        {"amounts__setldetail": []},
        {"amounts": None},
        {"fault": make.fault("NOT_FILED", "BUSINESS", "agency")},
    ],
    ids=str,
)
def test_impossible_result(change: dict[str, Any]):
    """Deductible, ratio, fund rows, and amounts where there is a fault, have their bounds."""
    report = planted(tamper=alter(ANSWERS, "last", **change))
    assert "identities" in failed(report)


def test_funds_below_zero():
    """A fund never takes money on a settlement, even where the sums agree."""
    shifted = {"amounts__hifob_pay": _plus(-5), "amounts__oth_pay": _plus(5)}
    rows = [{"fund_pay_type": "330100", "fund_payamt": -5}, {"fund_pay_type": "999999x", "fund_payamt": 0}]
    shifted["amounts__setldetail"] = lambda old: [*old, *rows, {"fund_pay_type": "800000", "fund_payamt": 5}]
    assert failed(planted(edit=edit(ANSWERS, "last", **shifted))) == {"identities"}


def test_twin_is_not_its_settlement_negated():
    """A reversal negates every amount exactly; one fen shifted between two parts is too much."""
    shifted = {"amounts__fulamt_ownpay_amt": _plus(-1), "amounts__preselfpay_amt": _plus(1)}
    report = planted(edit=edit(ANSWERS, "undo-1", **shifted))
    assert failed(report) == {"identities"}


def test_twin_keeps_the_ratio():
    """Ratios are not negated, nor changed."""
    assert failed(planted(edit=edit(ANSWERS, "undo-1", amounts__pool_prop_selfpay=6_999))) == {"identities"}


def test_money_back_that_was_never_paid():
    """A reversal of what the agency never settled moves nothing."""
    amounts = make.negated(sound_history().results["late"]["amounts"])
    report = planted(edit=edit(ANSWERS, "undo-lost", amounts=amounts))
    assert "identities" in failed(report)


def test_settled_more_than_the_bill():
    """The claim is the bill's categories, component by component, even where the result adds up by itself."""
    shifted = {"amounts__fulamt_ownpay_amt": _plus(1), "amounts__preselfpay_amt": _plus(-1)}
    assert failed(planted(edit=edit(ANSWERS, "last", **shifted))) == {"identities"}


@pytest.mark.parametrize(
    "change",
    [
        {"medfee_sumamt": _plus(1)},
        {"lines": lambda lines: [{**lines[0], "det_item_fee_sumamt": lines[0]["det_item_fee_sumamt"] + 2}, *lines[1:]]},
        {"lines": lambda lines: [{**lines[0], "pric": lines[0]["pric"] + 50_000}, *lines[1:]]},
    ],
    ids=["total", "amount", "price"],
)
def test_unsound_bill_accepted(change: dict[str, Any]):
    """A bill that does not add up, or a line that is not count times price, must not become a request."""
    report = planted(edit=edit(topics.ENCOUNTERS, "last", **change))
    assert "identities" in failed(report)
    assert "last" in named(report, "identities")


@pytest.mark.parametrize(
    "change",
    [
        {"categories": lambda rows: [{**rows[0], "inscp_scp_amt": rows[0]["inscp_scp_amt"] + 1}, *rows[1:]]},
        {"categories": lambda rows: [{**rows[0], "item_claa_amt": rows[0]["item_claa_amt"] + 1}, *rows[1:]]},
        {"categories": lambda rows: [{**rows[0], "item_cnt": 2}, *rows[1:]]},
        {"categories": lambda rows: rows[::-1]},
        {"categories": lambda rows: [{**rows[0], "med_chrgitm_type": "15"}, *rows[1:]]},
        {"lines": lambda lines: lines[1:]},
        {"lines": lambda lines: [{**lines[0], "overlmt_amt": 10**6, "inscp_scp_amt": lines[0]["inscp_scp_amt"] - 10**6},
                                 *lines[1:]]},
    ],
    ids=["scope", "class A", "count", "order", "code", "line gone", "ceiling"],
)  # fmt: skip
def test_unsound_request(change: dict[str, Any]):
    """Lines make their categories component by component, categories make the bill, codes are the closed set."""
    report = planted(edit=edit(topics.SETTLEMENT_REQUESTS, "last", **change))
    assert "identities" in failed(report)
    assert "last" in named(report, "identities")


def _shift(lines: Lines) -> Lines:
    """One fen from prior self-pay to scope: every line still adds up."""
    line = lines[1]
    moved = {"preselfpay_amt": line["preselfpay_amt"] - 1, "inscp_scp_amt": line["inscp_scp_amt"] + 1}
    return [lines[0], {**line, **moved}, *lines[2:]]


def _recharge(lines: Lines) -> Lines:
    """Two lines of one category swap what they cost: the categories stay."""
    return [{**line, "feedetl_sn": f"9{line['feedetl_sn']}"} for line in lines]


@pytest.mark.parametrize("change", [_shift, _recharge, lambda lines: lines[:-1]], ids=["shift", "others", "gone"])
def test_details_differ(change: Callable[[Lines], Lines]):
    """Details make the settled categories, component by component, of the lines that were charged."""
    stay = sound_history().requests["stay-1"]["msgid"]
    details = make.details_of(make.encounter(stay, ALICE, make.STAY, 500_000), "")["msgid"]
    report = planted(edit=edit(topics.SETTLEMENT_REQUESTS, details, lines=change))
    assert failed(report) == {"details"}
    assert {"stay-1", details} <= named(report, "details")


def test_missing_details_are_no_verdict():
    """A settled stay whose details have not come is unknown."""
    history = sound_history()
    encounter = history.encounter("stay-2", ALICE, make.STAY, 90_000)
    history.forward(history.request(encounter), "stay-2")
    history.tell(history.answer("stay-2"))
    report = audited(history)
    assert report.verdict is Verdict.UNKNOWN
    assert open_questions(report) == {"details"}


def test_journal_entry_missing():
    """Money that moved stands in the journal."""
    report = planted(tamper=drop(topics.JOURNAL, "out-2"))
    assert failed(report) == {"journal"}
    assert "out-2" in named(report, "journal")


def test_journal_entry_without_result():
    """The journal knows nothing that no agency said."""
    history = sound_history()
    entry = make.journal_of(history.results["last"], history.requests["last"]["categories"])
    strange = {**entry, "journal_id": "x", "result_id": "x", "msgid": "x", "setl_id": "x", "mdtrt_id": "x"}
    history.put(topics.JOURNAL, ALICE, codec.JOURNAL_ENTRY, strange)
    report = audited(history)
    assert failed(report) == {"journal"}
    assert named(report, "journal") == {"x"}


@pytest.mark.parametrize(
    "change",
    [
        {"amounts__medfee_sumamt": _plus(1)},
        {"amounts__setldetail": []},
        {"categories": lambda rows: rows[1:]},
        {"entry": "UNRECOGNISED"},
        {"med_type": "13"},
        {"insuplc_admdvs": "330200"},
    ],
    ids=["total", "setldetail", "categories", "entry", "care", "place"],
)
def test_journal_says_other_than_the_result(change: dict[str, Any]):
    """Figures, categories, kind and places of an entry are those of its result and request."""
    report = planted(tamper=alter(topics.JOURNAL, "stay-1", **change))
    assert "journal" in failed(report)
    assert "stay-1" in {step for finding in report.check("journal").findings for step in _ids(finding)}


def test_twin_in_the_journal_has_other_categories():
    """The twin's categories are the settlement's, negated."""
    report = planted(tamper=alter(topics.JOURNAL, "undo-1", categories=lambda rows: rows[1:]))
    assert failed(report) == {"journal"}


def _ids(finding: Finding) -> list[str]:
    return [step.id for step in finding.history]


@pytest.mark.parametrize("name", ["2025.pool_paid", "2025.maf_paid", "2025.visits"])
def test_accumulator_jumps(name: str):
    """What a settlement takes up is what the one before left."""

    def jump(known: dict[str, int]) -> dict[str, int]:
        return {**known, name: known[name] + 1}

    report = planted(edit=edit(ANSWERS, "out-2", accumulators_before=jump, accumulators_after=jump))
    assert "chains" in failed(report)
    assert failed(report) == {"chains"}


def test_accumulator_forgotten():
    """A lost accumulator is a jump to 0."""
    report = planted(edit=edit(ANSWERS, "out-2", accumulators_before={}))
    assert failed(report) == {"chains"}


def test_accumulator_grows_by_other_than_was_paid():
    """Medical assistance of the year grows by what assistance paid."""

    def more(after: dict[str, int]) -> dict[str, int]:
        return {**after, "2025.maf_paid": after["2025.maf_paid"] + 1}

    assert failed(planted(edit=edit(ANSWERS, "last", accumulators_after=more))) == {"chains"}


def test_pool_grows_by_more_than_was_paid():
    """The pool's accumulator grows by at most what the pool paid."""

    def more(after: dict[str, int]) -> dict[str, int]:
        return {**after, "2025.pool_paid": after["2025.pool_paid"] + 1}

    assert failed(planted(edit=edit(ANSWERS, "last", accumulators_after=more))) == {"chains"}


def test_reversal_takes_back_other_than_its_effect():
    """A reversal undoes exactly what its settlement counted."""

    def keep(after: dict[str, int]) -> dict[str, int]:
        return {**after, "2025.visits": after["2025.visits"] + 1}

    assert failed(planted(edit=edit(ANSWERS, "undo-1", accumulators_after=keep))) == {"chains"}


def test_balance_out_of_nothing():
    """A balance is what was deposited less what was paid."""
    report = planted(edit=edit(ANSWERS, "last", balc_before=_plus(500), balc=_plus(500)))
    assert failed(report) == {"chains"}


def test_balance_does_not_follow():
    """The balance after is the balance before less the account's payment."""
    assert "identities" in failed(planted(edit=edit(ANSWERS, "last", balc=_plus(1))))


def test_deposit_taken_back():
    """A deposit that the account has seen stays seen."""
    report = planted(edit=edit(ANSWERS, "last", balc_before=_plus(-7_000), balc=_plus(-7_000)))
    assert failed(report) == {"chains"}
