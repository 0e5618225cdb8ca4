"""The pages below /errors."""

import pytest

from tests.console.desks import CASE, LISTED, claim, group, row, whole
from tests.console.site import Site, found
from yidi.console.door import DeskRefused
from yidi.console.errors import ROWS_A_PAGE


async def test_query_of_the_address_is_asked_as_it_is():
    """The page adds nothing to the query language: what stands in the address goes to the desk."""
    site = Site()
    await site.page("/errors?q=code%3ANOT_FILED%20-region%3A33&by=region")
    asked = dict(site.desk.asked)
    assert asked["/groups"] == {"q": "code:NOT_FILED -region:33", "by": "region"}
    assert asked["/cases"] == {"q": "code:NOT_FILED -region:33", "limit": ROWS_A_PAGE, "after": None}


async def test_query_stays_in_its_field():
    """What was asked can be read and changed."""
    assert 'value="code:NOT_FILED"' in await Site().page("/errors?q=code:NOT_FILED")


async def test_next_page_keeps_query_and_grouping():
    """Paging goes by the desk's cursor."""
    site = Site()
    site.desk.answers["GET", "/cases"] = {"cases": [row()], "next": "cursor-2", "total": 120, **LISTED}
    html = await site.page("/errors?q=state:any&by=state")
    assert 'href="/errors?q=state%3Aany&amp;by=state&amp;after=cursor-2"' in html


async def test_only_the_first_page_is_live():
    """New errors appear on the first page; a later page stays what it was."""
    site = Site()
    assert 'data-errors="*"' in await site.page("/errors")
    assert 'data-errors="*"' not in await site.page("/errors?after=cursor-2")


async def test_query_that_is_not_understood_is_explained():
    """The desk's words stand beside the field; nothing else is lost."""
    site = Site()
    refused = DeskRefused("There is no field `cod`.", "Did you mean `code:`?", 400, "bad_query")
    site.desk.answers["GET", "/groups"] = refused
    answer = await site.browser.get("/errors?q=cod:X")
    assert answer.status_code == 400
    assert "There is no field `cod`." in answer.text
    assert 'value="cod:X"' in answer.text


async def test_unknown_grouping_falls_back_to_causes():
    """A grouping that the page does not know is not passed on."""
    site = Site()
    await site.page("/errors?by=nonsense")
    assert dict(site.desk.asked)["/groups"]["by"] == "cause"


@pytest.mark.parametrize("by", ["cause", "region", "institution", "state"])
async def test_group_leads_to_its_records(by: str):
    """Each group carries the query that finds its records."""
    site = Site()
    answer = {"groups": [group(q="code:A region:33", key="330100")], "total": 2}
    site.desk.answers["GET", "/groups"] = answer
    assert 'href="/errors?q=code%3AA%20region%3A33"' in await site.page(f"/errors?by={by}")


@pytest.mark.parametrize("by", ["region", "institution", "state"])
async def test_group_without_a_key_leads_nowhere(by: str):
    """No query finds what is not said: a link would lead to everything."""
    site = Site()
    site.desk.answers["GET", "/groups"] = {"groups": [group(q="", key="")], "total": 2}
    html = await site.page(f"/errors?by={by}")
    assert "not said" in html
    assert 'href="/errors?q="' not in html


async def test_code_of_a_group_looks_other_than_that_of_a_case():
    """One leads to many records, the other to one: they are told apart at a glance."""
    html = await Site().page("/errors")
    assert '<span class="code group">NOT_FILED</span>' in html
    assert '<span class="code">NOT_FILED</span>' in html


async def test_age_alarm_is_visible():
    """A record that waits too long is marked in list and page."""
    site = Site()
    site.desk.answers["GET", "/cases"] = {"cases": [row(alarm=True)], "next": None, "total": 1, **LISTED}
    site.desk.answers["GET", f"/cases/{CASE}"] = whole(alarm=True)
    assert "⏰" in await site.page("/errors")
    assert "⏰" in await site.page(f"/errors/{CASE}")


async def test_only_possible_actions_have_a_button():
    """What the desk says may not be done now is not offered."""
    site = Site()
    site.desk.answers["GET", f"/cases/{CASE}"] = whole(may=["restore"], commands=["restore"], state="discarded")
    html = await site.page(f"/errors/{CASE}")
    assert f'action="/errors/{CASE}/restore"' in html
    for name in ("take", "hand", "discard", "park", "claim"):
        assert f'action="/errors/{CASE}/{name}"' not in html
    assert 'action="/replays"' not in html


async def test_what_this_user_may_not_do_has_no_button():
    """The state allows it, the role or the owner does not: the desk's `commands` decide, not its `may`."""
    site = Site()
    site.desk.answers["GET", f"/cases/{CASE}"] = whole(commands=[], owner="berta")
    html = await site.page(f"/errors/{CASE}")
    for name in ("take", "hand", "discard", "park", "claim"):
        assert f'action="/errors/{CASE}/{name}"' not in html
    assert not any(f'href="/errors/{CASE}/{name}"' in html for name in ("mend", "amend"))
    assert 'action="/replays"' not in html
    assert "allow nothing now" in html


async def test_case_of_somebody_else_is_taken_over_with_a_reason():
    """Who may take it over is asked why; a free case is taken without."""
    site = Site()
    site.desk.answers["GET", f"/cases/{CASE}"] = whole(commands=["take"], owner="berta")
    html = await site.page(f"/errors/{CASE}")
    assert "Take it over" in html
    assert 'maxlength="500" required' in html


@pytest.mark.parametrize("command", ["take", "discard", "restore", "park", "claim"])
async def test_command_is_sent_with_its_reason(command: str):
    """The desk is told exactly what stood in the form, and the page goes back to the record."""
    site = Site()
    answer = await site.send(f"/errors/{CASE}/{command}", {"reason": "  because  "})
    assert site.desk.told == [(f"/cases/{CASE}/{command}", {"reason": "because"})]
    assert (answer.status, answer.location) == (303, f"/errors/{CASE}?done={command}")


async def test_handing_over_names_the_receiver():
    """To whom, and why."""
    site = Site()
    await site.send(f"/errors/{CASE}/hand", {"reason": "shift", "to": "berta"})
    assert site.desk.told == [(f"/cases/{CASE}/hand", {"reason": "shift", "to": "berta"})]


async def test_unknown_command_reaches_nobody():
    """Only the commands of the page are passed on."""
    site = Site()
    assert (await site.send(f"/errors/{CASE}/destroy", {"reason": "x"})).status == 404
    assert site.desk.told == []


async def test_persons_are_unmasked_by_a_form_only():
    """A link cannot unmask; the form asks the desk, which records it, and then raw bytes are shown, too."""
    site = Site()
    await site.page(f"/errors/{CASE}?unmask=1")
    assert site.desk.asked[-1] == (f"/cases/{CASE}", {"unmask": None})
    site.desk.answers["GET", f"/cases/{CASE}"] = whole(key=b"1101".hex(), value=b"\x00abc\xff".hex())
    answer = await site.send(f"/errors/{CASE}/unmask")
    assert site.desk.asked[-1] == (f"/cases/{CASE}", {"unmask": 1})
    assert "00 61 62 63 ff" in answer.text
    assert "·abc·" in answer.text


async def test_unreadable_bytes_say_why():
    """A poison message has no content; the page says why it cannot be decoded."""
    site = Site()
    poison = whole(content=None, unreadable="no message of ours: magic byte is 7", fault=None, insuplc_admdvs=None)
    site.desk.answers["GET", f"/cases/{CASE}"] = poison
    assert "magic byte is 7" in await site.page(f"/errors/{CASE}")


async def test_claim_shows_papers_and_deadline():
    """A manual claim lists what is still needed, until when, and who would pay."""
    site = Site()
    site.desk.answers["GET", f"/cases/{CASE}"] = whole(claim=claim(), state="claimed")
    html = await site.page(f"/errors/{CASE}")
    for said in ("receipts, originals", "2027-02-20", "papers may be incomplete", "9,020.00", "to the person"):
        assert said in html


async def test_claim_is_seen_before_it_is_made():
    """Both ways to pay the bill stand side by side; where there is no direct amount, why."""
    html = await Site().page(f"/errors/{CASE}/claim")
    assert "9,020.00" in html
    assert "There is no direct amount" in html
    assert "no filing" in html
    assert f'action="/errors/{CASE}/claim"' in html


@pytest.mark.parametrize("calculation", [None, {"manual": None, "direct": None, "why": {"zh": "无", "en": "no bill"}}])
async def test_claim_without_figures_says_why(calculation: object):
    """A claim that was not, or cannot be, worked out shows its papers all the same."""
    site = Site()
    site.desk.answers["GET", f"/cases/{CASE}/claim"] = claim(calculation=calculation, advice=None)
    html = await site.page(f"/errors/{CASE}/claim")
    assert "receipts, originals" in html
    assert ("no bill" if calculation else "Not calculated") in html


async def test_export_is_a_file_that_spreadsheets_read():
    """CSV in UTF-8 with its mark, as an attachment."""
    answer = await Site().browser.get("/export.csv?q=state:any")
    assert answer.content == b"\xef\xbb\xbferror_id\n1\n"
    assert "attachment" in answer.headers["content-disposition"]


async def test_record_of_a_case_leads_to_its_whole_way():
    """From the error to every leg of its settlement."""
    html = await Site().page(f"/errors/{CASE}")
    assert found(html, r'href="/settlements/([0-9a-z]+)"') == row()["setl_id"]
