"""`yidi query`: what the topics tell of a refused bill, without asking anybody."""

from tests.chain.legs import leg, result
from yidi.cli.answers import show_answer
from yidi.cli.query import refused_so_far
from yidi.cli.screen import out


def test_a_refused_bill_is_told_as_refused() -> None:
    """The refusal, its code and its error id come from the topics: no question is sent, which would find nothing."""
    bill = leg("EncounterCharges", "encounters", msgid="M1", operation="SETTLE")
    report = leg("ErrorReport", "errors.platform", msgid="M1", code="NOT_FILED", error_id="e" * 32, attempt=1)
    fault = {"code": "NOT_FILED", "detail": "", "service": "platform"}
    answer = refused_so_far([bill, result("REFUSED", msgid="M1", fault=fault), report], "M1")
    assert answer is not None
    assert answer.outcome == "REFUSED"
    with out.capture() as shown:
        show_answer(answer, brief=True)
    assert "refused" in shown.get()
    assert "yidi errors show eeeeeeee" in shown.get()


def test_what_may_be_settled_is_asked_for() -> None:
    """Done, unknown, or not answered at all: the platform has to be asked."""
    bill = leg("EncounterCharges", "encounters", msgid="M1", operation="SETTLE")
    for results in ([], [result("UNKNOWN", msgid="M1")], [result("REFUSED", msgid="M1"), result("DONE", msgid="M1")]):
        assert refused_so_far([bill, *results], "M1") is None
