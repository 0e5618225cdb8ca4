"""How long a bill may be, and what is refused before anything is sent."""

import pytest

from tests.e2e.talk import Talk
from yidi.contract import records
from yidi.contract.topics import LINES_MAX
from yidi.world.fault_case import anything, good

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("chain")]  # one running chain, one worker

CODE = "DEFECT"
"""A code that has no case: its people are nobody else's."""


def of_lines(bill: records.EncounterCharges, count: int, serial: str) -> records.EncounterCharges:
    """The bill with its first line so many times, under another id and visit."""
    first = bill["lines"][0]
    lines: list[records.ChargeLine] = [{**first, "feedetl_sn": str(n)} for n in range(1, count + 1)]
    total = first["det_item_fee_sumamt"] * count
    ids = {"msgid": f"{bill['msgid'][:-4]}{serial}", "mdtrt_id": f"V{serial}"}
    return {**bill, **ids, "lines": lines, "medfee_sumamt": total}  # type: ignore[typeddict-item]


async def test_the_longest_bill_settles_and_one_line_more_does_not(talk: Talk) -> None:
    """5,000 lines settle; 5,001 are refused with what to do."""
    case = good(CODE, talk.chain.today, anything)
    await talk.plant(case.changes())
    longest, longer = (of_lines(case.encounter, LINES_MAX + more, f"900{more}") for more in (0, 1))
    answers = await talk.answers(longest, longer)
    assert answers[longest["msgid"]].outcome == "DONE"
    refused = answers[longer["msgid"]].result
    assert refused is not None
    assert refused.content["fault"]["code"] == "BILL_TOO_LONG"
    assert answers[longer["msgid"]].leg("ErrorReport") is not None
