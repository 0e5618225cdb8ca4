"""A settlement's page."""

import re
from collections.abc import AsyncIterator, Collection

from aiokafka import TopicPartition

from tests.chain.legs import AT_HOSPITAL, AT_PLATFORM, leg, result
from tests.console.site import Site
from tests.contract.stored import example
from yidi.chain.leg import Leg
from yidi.chain.reader import Offsets
from yidi.console.chain import newest
from yidi.console.figures import yuan
from yidi.console.settlements import settled_of, stops_of
from yidi.contract.codec import JOURNAL_ENTRY
from yidi.runtime.decider import Record


def way() -> list[Leg]:
    """A stay that settles, leg by leg, all of one settlement."""
    request = leg("SettlementRequest", "settlement.requests", at_ms=40)
    same = {"setl_id": request.content["setl_id"], "msgid": request.content["msgid"]}
    return [
        leg("EncounterCharges", "encounters", at_ms=0),
        request,
        leg("ForwardedRequest", "agency.default.requests", at_ms=60),
        result("DONE", topic=AT_PLATFORM, at_ms=90, operation="SETTLE", fault=None, **same),
        result("DONE", topic=AT_HOSPITAL, at_ms=100, operation="SETTLE", fault=None, **same),
    ]


async def test_any_id_leads_to_the_page():
    """What is typed becomes the address, so that it can be passed on."""
    answer = await Site().browser.get("/settlements?id=%20V0001%2F2%20")
    assert answer.headers["location"] == "/settlements/V0001%2F2"


async def test_latest_settlements_are_listed():
    """Without an id: what settled last, masked, with its amounts and the way to its page, in both languages."""
    site = Site()
    entry = leg("JournalEntry", "settlement.journal", setl_id="a-settlement-of-today")
    site.chain.settled = [entry]
    for lang, word in (("zh", "最近的结算"), ("en", "The latest settlements")):
        html = await site.page("/settlements", lang)
        assert word in html
        assert 'href="/settlements/a-settlement-of-today"' in html
        assert yuan(entry.content["amounts"]["medfee_sumamt"]) in html
        assert entry.content["psn_no"] not in html


async def test_search_stays_without_a_chain():
    """A chain that does not answer leaves the form, and is said in words."""
    site = Site()
    site.chain.down = True
    html = await site.page("/settlements")
    assert "No chain is running here." in html
    assert 'name="id"' in html


async def test_newest_entries_of_all_partitions():
    """Only the tails of the journal are read, whatever lies before; the newest first, and what is no entry left out."""
    parts = [TopicPartition("settlement.journal", number) for number in range(2)]
    value = JOURNAL_ENTRY.encode(example("JournalEntry"))
    log = {part: [Record(*part, at, 10 * at + part.partition, b"p", value) for at in range(50)] for part in parts}
    log[parts[0]][49] = Record(*parts[0], 49, 999, b"p", b"noise")
    read: list[int] = []

    class Tail:
        def parts(self, topics: Collection[str]) -> list[TopicPartition]:
            assert list(topics) == ["settlement.journal"]
            return parts

        async def begins(self, parts: Collection[TopicPartition]) -> dict[TopicPartition, int]:
            return dict.fromkeys(parts, 0)

        async def ends(self, parts: Collection[TopicPartition]) -> dict[TopicPartition, int]:
            return dict.fromkeys(parts, 50)

        async def between(self, start: Offsets, ends: Offsets) -> AsyncIterator[Record]:
            for part in start:
                for record in log[part][start[part] : ends[part]]:
                    read.append(record.offset)
                    yield record

    found = await newest(Tail(), 3)
    assert [leg.record.timestamp_ms for leg in found] == [491, 481, 480]
    assert len(read) == 6


async def test_id_that_nobody_knows_is_said_in_words():
    """404, and what ids there are."""
    answer = await Site().browser.get("/settlements/nobody-1")
    assert answer.status_code == 404
    assert "carries the id nobody-1" in answer.text


async def test_page_shows_bill_and_way():
    """The drawing, the sums and every leg, in both languages."""
    site = Site()
    site.chain.journeys["V0001"] = way()
    for lang in ("zh", "en"):
        html = await site.page("/settlements/V0001", lang)
        assert '<svg class="sankey"' in html
        assert len(re.findall(r'class="when"', html)) == 5


async def test_person_is_masked():
    """The number of the person stands nowhere on the page."""
    site = Site()
    site.chain.journeys["V0001"] = way()
    number = str(way()[1].content["psn_no"])
    assert number not in await site.page("/settlements/V0001")


def test_way_says_who_sent_what_and_when():
    """Lanes by sender, times from the first leg on."""
    stops = stops_of(way())
    assert [stop.sender for stop in stops] == ["hospital", "hospital", "platform", "agency", "platform"]
    assert [stop.after_ms for stop in stops] == [0, 40, 60, 90, 100]
    assert stops[-1].tone == "good"


def test_failure_on_the_way_leads_to_its_error():
    """Red, under the service that reported it."""
    stop = stops_of([leg("ErrorReport", "errors.agency", service="agency", error_id="e1")])[0]
    assert (stop.tone, stop.sender, stop.error_id) == ("bad", "agency", "e1")


def test_done_stands_though_a_refusal_of_before_came_late():
    """Done supersedes refused: the page draws what was settled."""
    legs = way()
    refused = result("REFUSED", **{name: legs[-1].content[name] for name in ("setl_id", "msgid")}, operation="SETTLE")
    assert settled_of([*legs, refused], "en")[0].result == legs[-1].content


def test_what_was_only_foretold_comes_last():
    """A replay's dry run asks for a pre-settlement: it does not push the settlement down."""
    legs = way()
    probe = leg("SettlementRequest", at_ms=200, operation="PRE_SETTLE", setl_id="probe", msgid="probe-1")
    settled = settled_of([*legs, probe], "en")
    assert [one.request["operation"] for one in settled] == ["SETTLE", "PRE_SETTLE"]


async def test_probe_is_folded_below_the_settlement():
    """What a dry run asked for lies folded under its badge; alone, it is the page."""
    probe = leg("SettlementRequest", at_ms=200, operation="PRE_SETTLE", setl_id="probe", msgid="probe-1")
    site = Site()
    site.chain.journeys = {"both": [*way(), probe], "only": [probe]}
    html = await site.page("/settlements/both", "zh")
    assert html.index("<h1>") < html.index('<details class="card probe">') < html.index("msgid probe-1")
    assert "预结算/试算" in html
    assert '<details class="card probe">' not in await site.page("/settlements/only")


async def test_nothing_from_the_funds_is_explained():
    """The calculation stands there whenever there is a trace, and says so where the funds pay 0.00."""
    legs = way()
    amounts = {**legs[-1].content["amounts"], "fund_pay_sumamt": 0, "setldetail": []}
    same = {name: legs[-1].content[name] for name in ("setl_id", "msgid")}
    nothing = result("DONE", topic=AT_HOSPITAL, at_ms=110, operation="SETTLE", fault=None, amounts=amounts, **same)
    site = Site()
    site.chain.journeys = {"paid": legs, "nothing": [*legs[:3], nothing]}
    html = await site.page("/settlements/nothing")
    assert 'data-part="steps"' in html
    assert "The funds pay 0.00" in html
    assert "The funds pay 0.00" not in await site.page("/settlements/paid")


def test_refused_request_has_no_drawing():
    """Nothing was paid, so there is nothing to draw; the reason is there."""
    legs = way()[:3]
    same = {name: legs[1].content[name] for name in ("setl_id", "msgid")}
    refused = result("REFUSED", operation="SETTLE", amounts=None, steps=[], **same)
    settled = settled_of([*legs, refused], "en")[0]
    assert settled.drawing is None
    assert settled.result is not None
    assert settled.funds == ()
