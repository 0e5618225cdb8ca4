"""Mending causes, amending records, approving."""

from typing import Any

import pytest

from tests.console.desks import CASE, MEND, action, form, mend, whole
from tests.console.site import Site
from yidi.console.mending import FIELDS, changes_of, docs
from yidi.desk.remedies import MAKERS


@pytest.mark.parametrize(
    ("code", "med_type", "kind"),
    [
        ("NOT_FILED", "21", "filing"),
        ("ENROLMENT_ABNORMAL", "21", "enrolment"),
        ("ITEM_UNMATCHED", "21", "item"),
        ("DEFECT", "21", "filing"),
        ("INSTITUTION_NOT_CONNECTED", "21", "connection"),
        ("INSTITUTION_NOT_SELECTED", "11", "selection"),
        ("INSTITUTION_NOT_SELECTED", "14", "qualification"),
    ],
)
async def test_form_that_fits_the_code_stands_open(code: str, med_type: str, kind: str):
    """The other kinds are there, closed."""
    site = Site()
    site.desk.answers["GET", f"/cases/{CASE}"] = whole(code=code, med_type=med_type)
    html = await site.page(f"/errors/{CASE}/mend")
    opened = html.index('<details class="card" open>')
    assert html.index(f'name="kind" value="{kind}"') > opened
    assert html.count("<details") == len(FIELDS) == len(MAKERS)


async def test_mend_is_a_dry_run_first():
    """Without the second button nothing is sent; the page shows what would heal and carries the same on."""
    site = Site()
    site.desk.answers["POST", "/mends"] = mend(state="dry_run", mend=None)
    fields = {"kind": "filing", "begin": "2026-11-01", "end": "", "type": "REFERRAL", "reason": "papers came"}
    answer = await site.send(f"/errors/{CASE}/mend", fields)
    said = {"kind": "filing", "case": CASE, "begin": "2026-11-01", "type": "REFERRAL", "reason": "papers came"}
    assert site.desk.told == [("/mends", {**said, "dry_run": True})]
    assert '<input type="hidden" name="begin" value="2026-11-01">' in answer.text
    assert '<input type="hidden" name="send" value="1">' in answer.text


async def test_mend_is_sent_by_the_second_button():
    """For good, and then to what became of it."""
    site = Site()
    answer = await site.send(
        f"/errors/{CASE}/mend", {"kind": "item", "from": "A", "to": "B", "reason": "r", "send": "1"}
    )
    assert site.desk.told[0][1] == {
        "kind": "item", "case": CASE, "from": "A", "to": "B", "reason": "r", "dry_run": False,
    }  # fmt: skip
    assert answer.location == f"/mends/{MEND}"


async def test_fields_of_another_kind_are_not_sent():
    """A form cannot smuggle what its kind does not ask for."""
    site = Site()
    await site.send(f"/errors/{CASE}/mend", {"kind": "item", "from": "A", "to": "B", "status": "NORMAL", "reason": "r"})
    assert "status" not in site.desk.told[0][1]


async def test_applied_mend_offers_to_replay_what_it_heals():
    """From the cause mended to the plan in one step."""
    html = await Site().page(f"/mends/{MEND}")
    assert 'action="/replays"' in html
    assert f'name="id" value="{CASE}"' in html


async def test_requested_mend_waits_and_looks_again():
    """Until the registry has applied it there is nothing to replay."""
    site = Site()
    site.desk.answers["GET", f"/mends/{MEND}"] = mend(state="requested", words="")
    html = await site.page(f"/mends/{MEND}")
    assert 'action="/replays"' not in html
    assert "data-refresh-ms" in html


async def test_amendment_sends_only_what_was_changed():
    """Untouched fields are not part of an amendment; types stay what they were."""
    site = Site()
    filled = {"field.card_sn": "A1***9", "field.er_flag": "true", "field.medfee_sumamt": "22000.00", "reason": "flag"}
    await site.send(f"/errors/{CASE}/amend", filled)
    said = {"changes": {"er_flag": True}, "reason": "flag", "dry_run": True}
    assert site.desk.told == [(f"/cases/{CASE}/amend", said)]


async def test_problems_are_said_by_field_in_the_readers_language():
    """The script beside the form gets the names of the form's own fields; only what was changed is asked about."""
    site = Site()
    words = {"zh": "明细合计为 2 元", "en": "the lines add up to 2 yuan"}
    site.desk.answers["POST", f"/cases/{CASE}/check"] = {"fields": {"medfee_sumamt": words}, "problems": ["locked"]}
    answer = await site.send(f"/errors/{CASE}/amend/check", {"field.medfee_sumamt": "1", "field.er_flag": "false"})
    assert site.desk.checked == [(f"/cases/{CASE}/check", {"changes": {"medfee_sumamt": 100}})]
    assert '"field.medfee_sumamt":"the lines add up to 2 yuan"' in answer.text
    assert "locked" in answer.text


async def test_mend_is_checked_with_its_own_fields():
    """What its kind does not ask for is not sent."""
    site = Site()
    await site.send(f"/errors/{CASE}/mend/check", {"kind": "filing", "begin": "2026-11-01", "amount": "1"})
    assert site.desk.checked == [("/mends/check", {"kind": "filing", "case": CASE, "begin": "2026-11-01"})]


async def test_amendment_is_sent_only_by_its_own_button():
    """The difference first."""
    site = Site()
    answer = await site.send(f"/errors/{CASE}/amend", {"field.er_flag": "true", "reason": "flag", "send": "1"})
    assert site.desk.told[0][1]["dry_run"] is False
    assert answer.location == f"/errors/{CASE}?done=amend"


async def test_problems_of_an_amendment_keep_what_was_typed():
    """Nothing has to be typed again."""
    site = Site()
    outcome = {"diff": [], "problems": ["medfee_sumamt is 1, the lines add up to 2 fen"], "needs_approval": True}
    site.desk.answers["POST", f"/cases/{CASE}/amend"] = outcome
    answer = await site.send(f"/errors/{CASE}/amend", {"field.medfee_sumamt": "1", "reason": "total", "send": "1"})
    assert "the lines add up to 2 fen" in answer.text
    assert 'name="field.medfee_sumamt" value="1.00"' in answer.text


@pytest.mark.parametrize(
    ("filled", "changes"),
    [
        ({"er_flag": "false"}, {}),
        ({"er_flag": "nonsense"}, {"er_flag": "nonsense"}),
        ({"medfee_sumamt": "71.5"}, {"medfee_sumamt": 7150}),
        ({"medfee_sumamt": "0.001"}, {"medfee_sumamt": "0.001"}),
        ({"medfee_sumamt": ""}, {"medfee_sumamt": None}),
        ({"card_sn": "null"}, {"card_sn": "null"}),
        ({"unknown": "1"}, {}),
    ],
)
def test_changes_keep_the_type_of_the_field(filled: dict[str, str], changes: dict[str, Any]):
    """Numbers stay numbers and texts texts; what is neither is left for the desk to refuse."""
    assert changes_of(form()["fields"], filled) == changes


def test_fields_are_explained_in_the_words_of_the_schema():
    """The form of an amendment says what each field is, lines included."""
    assert "数量" in docs()["cnt"]
    assert docs()["medfee_sumamt"]


async def test_locked_fields_cannot_be_typed_into():
    """What makes the record this record is shown, not offered."""
    html = await Site().page(f"/errors/{CASE}/amend")
    assert 'name="field.msgid"' not in html
    assert 'name="field.er_flag"' in html


async def test_second_person_approves_an_amendment():
    """By its id, with a reason."""
    site = Site()
    answer = await site.send("/amendments/a1/approve", {"reason": "checked"})
    assert site.desk.told == [("/amendments/a1/approve", {"reason": "checked"})]
    assert answer.location == "/approvals?done=approve"


async def test_approving_is_offered_only_to_who_may():
    """Who lacks the role, or proposed it, finds no button: the desk says so for each amendment."""
    site = Site()
    assert 'action="/amendments/a1/approve"' in await site.page("/approvals")
    waiting = site.desk.answers["GET", "/approvals"]
    own = [{**made, "commands": []} for made in waiting["amendments"]]
    site.desk.answers["GET", "/approvals"] = {**waiting, "amendments": own}
    html = await site.page("/approvals")
    assert 'action="/amendments/a1/approve"' not in html
    assert "You cannot approve this one" in html


async def test_approvals_show_the_difference():
    """Nobody approves what they cannot see."""
    html = await Site().page("/approvals")
    assert 'class="minus mono">0.0001<' in html
    assert 'class="plus mono">0.0002<' in html


@pytest.mark.parametrize(("intact", "words"), [(True, "Intact"), (False, "The chain is broken")])
async def test_verdict_over_the_actions_is_shown(intact: bool, words: str):  # noqa: FBT001 — pytest's parameter
    """With every finding in words."""
    site = Site()
    findings = [] if intact else ["Link 2 was tampered with: its hash differs."]
    verdict = {"intact": intact, "links": 3, "findings": findings, "head": {"links": 3, "hash": "ef"}}
    site.desk.answers["POST", "/verify"] = verdict
    assert (await site.send("/verify")).location == "/verify"  # an address that can be opened again
    html = await site.page("/verify")
    assert words in html
    assert all(finding in html for finding in findings)


async def test_actions_lead_to_the_older_ones():
    """A page of actions has a link to those before it, of the same record."""
    site = Site()
    site.desk.answers["GET", "/actions"] = {"actions": [action()], "next": 41}
    assert f'href="/actions?error={CASE}&amp;before=41"' in await site.page(f"/actions?error={CASE}")
    assert site.desk.asked[-1][1]["before"] is None
    assert "the newest" in await site.page("/actions?before=41")
