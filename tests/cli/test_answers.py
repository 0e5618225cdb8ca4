"""An answer on the screen, and in JSON: outcomes, exit codes, ways out, and persons masked."""

import json

import pytest

from tests.chain.legs import leg, result
from tests.contract.stored import example
from yidi.chain.answers import Answer
from yidi.cli.answers import EXIT_CODES, answer_json, show_answer
from yidi.cli.screen import out
from yidi.cli.trace import PERSONAL, legs_table, masked_content, plain_content

PERSON = str(example("SettlementResult")["psn_no"])


def answer(outcome: str) -> Answer:
    made = Answer("M1")
    made.take(result(outcome))
    return made


def test_every_outcome_has_an_exit_code() -> None:
    """Done is 0, refused is 1, open is 4, whichever way it came about."""
    outcomes = {"DONE": 0, "REVERSED": 0, "REFUSED": 1, "UNKNOWN": 4}
    assert {outcome: EXIT_CODES[answer(outcome).outcome] for outcome in outcomes} == outcomes
    assert EXIT_CODES[Answer("M1").outcome] == 4


def test_persons_are_masked() -> None:
    """JSON shows no person's number or name unless asked to."""
    hidden, shown = (answer_json(answer("DONE"), unmask=unmask) for unmask in (False, True))
    assert PERSON not in json.dumps(hidden)
    assert PERSON in json.dumps(shown)


@pytest.mark.parametrize("field", sorted(PERSONAL))
def test_every_personal_field_is_masked_however_deep(field: str) -> None:
    """A personal field is masked in lists and records within; unmasked it stays; bytes are hex."""
    content = {"lines": [{field: "330100198001011234", "raw": b"\x01"}]}
    hidden = json.dumps(masked_content(content))
    assert ("0198001011" in hidden, "bytes" in hidden) == (False, True)
    assert plain_content(content) == {"lines": [{field: "330100198001011234", "raw": "01"}]}


def test_bytes_of_a_report_do_not_betray_the_person() -> None:
    """An error report carries the original bytes: masked output must not show the person through them."""
    report = leg("ErrorReport", key=PERSON.encode(), value=PERSON.encode())
    shown = json.dumps(masked_content(report.content))
    assert PERSON.encode().hex() not in shown


def test_a_trace_is_masked() -> None:
    """The title of a trace names the person masked."""
    legs = [leg("EncounterCharges", "encounters", psn_no=PERSON)]
    with out.capture() as masked:
        out.print(legs_table(legs))
    with out.capture() as plain:
        out.print(legs_table(legs, unmask=True))
    assert PERSON not in masked.get()
    assert PERSON in plain.get()


def test_a_refusal_says_what_to_do() -> None:
    """A refusal on the screen has its code, who says so, what to do, and the id for a replay."""
    fault = {"code": "NOT_FILED", "service": "platform", "zh": "未备案", "en": "e", "detail": "no filing", "todo": "t"}
    refused = Answer("M1")
    refused.take(result("REFUSED", fault=fault, amounts=None))
    refused.take(leg("ErrorReport", error_id="E1", code="NOT_FILED", attempt=1, service="platform"))
    with out.capture() as shown:
        show_answer(refused)
    for words in ("NOT_FILED", "platform", "no filing", "yidi errors show E1"):
        assert words in shown.get()


def test_a_refusal_told_again_says_where_its_error_is() -> None:
    """A refusal from the store has no report of its own: it says that nothing was tried, and how to find its error."""
    fault = {"code": "NOT_FILED", "service": "platform", "zh": "未备案", "en": "e", "detail": "no filing", "todo": "t"}
    refused = Answer("M1")
    refused.take(result("REFUSED", fault=fault, amounts=None))
    with out.capture() as shown:
        show_answer(refused)
    assert "this is the stored answer" in shown.get()
    assert "yidi errors list state:any settlement:M1" in shown.get()


def test_no_answer_is_not_lost() -> None:
    """Without an answer the screen says so, and how to ask again."""
    with out.capture() as shown:
        show_answer(Answer("M1"))
    assert "yidi trace" in shown.get()
