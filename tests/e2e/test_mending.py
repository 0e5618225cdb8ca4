"""A refusal, its cause mended, and the replay that settles: filing, mapping, enrolment, each through the commands."""

import time
from datetime import date, timedelta

import pytest

from tests.e2e.talk import Talk
from tests.e2e.up_process import UpProcess, command
from yidi.contract import records
from yidi.contract.codec import ENCOUNTER_CHARGES, PERSON_HISTORY, REFERENCE_CHANGE
from yidi.domain.faults import FAULTS
from yidi.domain.instants import business_date
from yidi.world.blemishes import UNKNOWN_ITEM
from yidi.world.dialects import dialects
from yidi.world.faults import CASES
from yidi.world.reference import institutions

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("chain")]  # one running chain, one worker


def bill_of(code: str, today: date) -> records.EncounterCharges:
    return ENCOUNTER_CHARGES.decode(CASES[code](today).sends[-1].value)


async def refused(talk: Talk, code: str) -> records.EncounterCharges:
    """A bill that is refused with the code, and its report; it may have been sent before."""
    case = CASES[code](talk.chain.today)
    await talk.plant(case.changes)
    bill = bill_of(code, talk.chain.today)
    answer = await talk.answer(bill)
    assert answer.result is not None
    assert answer.result.content["fault"]["code"] == code
    await talk.all_at_rest()
    return bill


async def settled_at(talk: Talk, msgid: str) -> list[int]:
    """Attempts under which the hospital heard that it is done."""
    legs = await talk.journey(msgid)
    return [
        leg.content["attempt"]
        for leg in legs
        if leg.kind == "SettlementResult" and leg.record.topic.startswith("hospital.")
        if leg.content["outcome"] == "DONE"
    ]


async def test_not_mended_refused_again(up: UpProcess, talk: Talk) -> None:
    """A replay without mending the cause is refused again, under the next attempt, by the same code."""
    bill = await refused(talk, "FILING_WRONG_AREA")
    done = command("replay", await talk.error_id(bill["msgid"]), data_dir=up.place.data_dir)
    assert done.returncode == 1
    assert "FILING_WRONG_AREA" in done.stdout
    await talk.all_at_rest()
    last = [leg for leg in await talk.journey(bill["msgid"]) if leg.kind == "ErrorReport"][-1]
    assert (last.content["attempt"], last.content["code"]) == (2, "FILING_WRONG_AREA")
    assert await talk.entries(bill["msgid"]) == {bill["msgid"]: []}


async def test_make_up_filing(up: UpProcess, talk: Talk) -> None:
    """Not filed, filed afterwards with a first day before the treatment, replayed: settled, with attempt 2."""
    bill = await refused(talk, "NOT_FILED")
    begin = business_date(bill["begntime"]) - timedelta(days=1)
    filing = ["--place", bill["mdtrtarea_admvs"], "--begin", f"{begin}", "--end", f"{begin + timedelta(days=365)}"]
    filed = command("file", bill["psn_no"], *filing, data_dir=up.place.data_dir)
    assert filed.returncode == 0, filed.stderr
    done = command("replay", await talk.error_id(bill["msgid"]), data_dir=up.place.data_dir)
    assert done.returncode == 0, done.stdout + done.stderr
    assert await settled_at(talk, bill["msgid"]) == [2]
    assert await talk.entries(bill["msgid"]) == {bill["msgid"]: ["SETTLEMENT"]}


async def test_item_mapped(up: UpProcess, talk: Talk) -> None:
    """An item that the dialect does not map, mapped by the registry, replayed: settled."""
    bill = await refused(talk, "ITEM_UNMATCHED")
    (house,) = (row for row in institutions() if row["fixmedins_code"] == bill["fixmedins_code"])
    (dialect,) = (row for row in dialects() if row["dialect"] == house["dialect"])
    mapping = {UNKNOWN_ITEM: dialect["items"][bill["lines"][1]["medins_list_codg"]]}
    await talk.change(f"dialect/{house['dialect']}", b"shared", item_mapping=mapping)
    done = command("replay", await talk.error_id(bill["msgid"]), data_dir=up.place.data_dir)
    assert done.returncode == 0, done.stdout + done.stderr
    assert await settled_at(talk, bill["msgid"]) == [2]


async def test_enrolment_repaired(up: UpProcess, talk: Talk) -> None:
    """Arrears paid up with effect from before the treatment, replayed: settled."""
    bill = await refused(talk, "ENROLMENT_ABNORMAL")
    change = REFERENCE_CHANGE.decode(CASES["ENROLMENT_ABNORMAL"](talk.chain.today).changes[0].value)
    enrolment = PERSON_HISTORY.decode(change["record"] or b"")["enrolments"][-1]
    repaired = {**enrolment, "psn_insu_stas": "NORMAL", "recorded_at": time.time_ns() // 1_000_000}
    await talk.change(bill["psn_no"], bill["psn_no"].encode(), enrolment=repaired)
    done = command("replay", await talk.error_id(bill["msgid"]), data_dir=up.place.data_dir)
    assert done.returncode == 0, done.stdout + done.stderr
    assert await settled_at(talk, bill["msgid"]) == [2]


@pytest.mark.parametrize("code", ["SETTLEMENT_NOT_FOUND", "ALREADY_SETTLED", "KEY_DIFFERS"])
async def test_hopeless_replays_are_not_sent(up: UpProcess, talk: Talk, code: str) -> None:
    """What the fault table calls hopeless is not sent again; the command says what to do instead."""
    case = CASES[code](talk.chain.today)
    await talk.plant(case.changes)
    await talk.post(*case.sends)
    reports = await talk.reports(code)
    done = command("replay", str(reports[-1].content["error_id"]), data_dir=up.place.data_dir)
    assert done.returncode == 1
    assert code in done.stderr
    assert FAULTS[code].todo in done.stderr
    assert len(await talk.reports(code)) == len(reports)
