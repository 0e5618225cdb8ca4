"""Amending an encounter: off by default, never its identity, amounts by two people, the original linked."""

from typing import Any

import pytest
from sqlalchemy import select

from tests.desk.bench import ANNA, BEN, Bench, bill, report, result
from yidi.contract import topics
from yidi.contract.codec import ENCOUNTER_CHARGES
from yidi.desk import amending
from yidi.desk.refusals import BadRequest, Conflict, Denied
from yidi.desk.showing import whole
from yidi.desk.tables import AMENDMENTS


@pytest.fixture
def error_id(bench: Bench) -> str:
    bench.reported(report(bill(), code="TRAUMA_LETTER_MISSING"))
    return str(bench.cases()[0].error_id)


def switch_on(bench: Bench) -> None:
    bench.desk.settings = bench.desk.settings.model_copy(update={"amend": True})


def test_off_by_default(bench: Bench, error_id: str) -> None:
    """Without being switched on, an amendment can be looked at and is never sent."""
    told = amending.amend(bench.desk, ANNA, error_id, {"trum_letter_flag": True}, "found")
    assert told["diff"][0]["after"] is True
    with pytest.raises(Denied):
        amending.amend(bench.desk, ANNA, error_id, {"trum_letter_flag": True}, "found", dry_run=False)
    assert all(m.topic == topics.OPERATIONS for m in bench.publish())


def test_sent_and_settled(bench: Bench, error_id: str) -> None:
    """An amended record has an id of its own, names the original, and its answer settles the case."""
    switch_on(bench)
    amending.amend(bench.desk, ANNA, error_id, {"trum_letter_flag": True}, "letter found", dry_run=False)
    (message,) = [m for m in bench.publish() if m.topic == topics.ENCOUNTERS]
    sent = ENCOUNTER_CHARGES.decode(message.value)
    assert (sent["amends"], sent["trum_letter_flag"]) == (bill()["msgid"], True)
    assert sent["msgid"] != bill()["msgid"]
    with bench.desk.store.read() as connection:
        row = connection.execute(select(AMENDMENTS)).one()
    assert row.original == ENCOUNTER_CHARGES.encode(bill())
    bench.answered(result(sent, attempt=1))
    assert bench.case(error_id).state == "settled"


def test_refused_again_is_the_same_case(bench: Bench, error_id: str) -> None:
    """An amended record that is refused belongs to the case it amends."""
    switch_on(bench)
    amending.amend(bench.desk, ANNA, error_id, {"trum_letter_flag": True}, "letter found", dry_run=False)
    (message,) = [m for m in bench.publish() if m.topic == topics.ENCOUNTERS]
    bench.reported(report(ENCOUNTER_CHARGES.decode(message.value), code="NOT_FILED"))
    (case,) = bench.cases()
    assert (case.state, case.code) == ("refused", "NOT_FILED")


def test_identity_is_locked(bench: Bench, error_id: str) -> None:
    """What makes the record this record cannot be changed, nor what is no field."""
    for name in ("psn_no", "msgid", "amends", "lines.0.feedetl_sn", "nonsense"):
        with pytest.raises(BadRequest):
            amending.amend(bench.desk, ANNA, error_id, {name: "x"}, "why")


def test_amounts_need_four_eyes(bench: Bench, error_id: str) -> None:
    """A changed amount waits for somebody else; the one who asks cannot approve; the history names both."""
    switch_on(bench)
    line = bill()["lines"][0]
    more = line["cnt"] // 100  # one yuan a piece, in fen
    changes = {
        "lines.0.pric": line["pric"] + 1_000_000,
        "lines.0.det_item_fee_sumamt": line["det_item_fee_sumamt"] + more,
        "medfee_sumamt": bill()["medfee_sumamt"] + more,
    }
    told = amending.amend(bench.desk, ANNA, error_id, changes, "counted again", dry_run=False)
    assert told["state"] == "needs_approval"
    assert all(m.topic == topics.OPERATIONS for m in bench.publish())
    with pytest.raises(Conflict):
        amending.approve(bench.desk, ANNA, told["amendment"], "mine")
    amending.approve(bench.desk, BEN, told["amendment"], "checked the receipts")
    assert [m.topic for m in bench.publish() if m.topic != topics.OPERATIONS] == [topics.ENCOUNTERS]
    with bench.desk.store.read() as connection:
        history = whole(bench.desk, connection, error_id)["history"]
    told = [(event["kind"], event["actor"], event["words"]) for event in history]
    assert ("approved", "ben", "checked the receipts") in told  # who proposed it is named by the amendment itself
    assert [actor for kind, actor, _ in told if kind == "amended"] == ["anna"]


def test_invalid_is_not_sent(bench: Bench, error_id: str) -> None:
    """A record that does not add up, or that the schema refuses, is not sent; the problem is named."""
    switch_on(bench)
    for changes in ({"medfee_sumamt": 1}, {"er_flag": "perhaps"}):
        assert amending.amend(bench.desk, ANNA, error_id, changes, "why")["problems"]
        with pytest.raises(BadRequest):
            amending.amend(bench.desk, ANNA, error_id, changes, "why", dry_run=False)


def test_form_masks(bench: Bench, error_id: str) -> None:
    """The form shows every field with how it may be changed, and masks the person; a masked value means unchanged."""
    with bench.desk.store.read() as connection:
        fields = {f["name"]: f for f in amending.form(bench.desk, connection, error_id)["fields"]}
    assert fields["psn_no"]["mode"] == "locked"
    assert "人员编号" in fields["psn_no"]["doc"]
    assert fields["lines.0.cnt"]["type"] == "long"
    assert fields["certno"]["value"] != bill()["certno"]
    told = amending.amend(bench.desk, ANNA, error_id, {"certno": fields["certno"]["value"]}, "")
    assert told["diff"] == []


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"er_flag": "perhaps"}, "er_flag", "not boolean"),
        ({"lines.0.cnt": "two"}, "lines.0.cnt", "not long"),
        ({"med_type": "99"}, "med_type", "none of 11"),
        ({"endtime": 0}, "endtime", "before begntime"),
        ({"begntime": 2**62}, "begntime", "no date"),
        ({"medfee_sumamt": 1}, "medfee_sumamt", "the lines add up to"),
        ({"medfee_sumamt": -1}, "medfee_sumamt", "out of range"),
        ({"lines.0.pric": 1}, "lines.0.det_item_fee_sumamt", "count times price"),
    ],
)
def test_checked_while_typing(bench: Bench, error_id: str, changes: dict[str, Any], field: str, words: str) -> None:
    """Each problem is said beside its own field, the same as in the difference; asking leaves no trace."""
    with bench.desk.store.read() as connection:
        found = amending.check(connection, error_id, changes)
    assert words in found["fields"][field]["en"]
    assert bench.deeds() == []
    told = amending.amend(bench.desk, ANNA, error_id, changes, "")
    assert told["fields"] == found["fields"]


def test_good_changes_have_no_problems(bench: Bench, error_id: str) -> None:
    """What can be sent is not complained about; what is locked is, in words."""
    with bench.desk.store.read() as connection:
        assert amending.check(connection, error_id, {"trum_letter_flag": True}) == {"fields": {}, "problems": []}
        assert amending.check(connection, error_id, {"psn_no": "x"})["problems"] == ["psn_no cannot be changed."]
