"""Property: one wrong amount anywhere, in any message of the flow, does not pass."""

import dataclasses
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.audit.history import ANSWERS, ASKED, PARTITIONS, TOLD
from tests.audit.sound import sound_history
from yidi.audit import Verdict, audit_records, text_of
from yidi.contract import codec, topics
from yidi.contract.codec import WireError

MONEY = (
    "medfee_sumamt", "det_item_fee_sumamt", "pric", "item_sumamt", "item_claa_amt", "item_clab_amt", "fund_payamt",
    "fulamt_ownpay_amt", "overlmt_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt", "act_pay_dedc",
    "hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "maf_pay", "oth_pay", "fund_pay_sumamt",
    "hosp_part_amt", "psn_part_amt", "acct_pay", "psn_cash_pay", "balc_before", "balc",
)  # fmt: skip
FLOW = (topics.ENCOUNTERS, topics.SETTLEMENT_REQUESTS, ANSWERS, TOLD, topics.JOURNAL)

LOGS = sound_history().logs


def _decoded(value: bytes | None) -> Any:
    """The message that settles or tells of money; None for the others: a query's or reversal's total means nothing."""
    try:
        message = codec.record_type_of(value or b"").decode(value or b"")
    except WireError:
        return None
    asks = "categories" in message or "medins_list_codg" in str(message) or "amounts" in message or "lines" in message
    bare = "amounts" not in message and message.get("operation") in {"QUERY", "REVERSE"}
    return message if asks and not bare else None


def _money_paths(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    children = node.items() if isinstance(node, dict) else enumerate(node)
    for name, value in children:
        if isinstance(value, (dict, list)):
            found += _money_paths(value, (*path, name))
        elif value is not None and (name in MONEY or str(path[-1:]).startswith("('accumulators")):
            found.append((*path, name))
    return found


PLACES = [
    (topic, number, path)
    for topic in FLOW
    for number, record in enumerate(LOGS[topic])
    for path in _money_paths(_decoded(record.value) or {})
]


@settings(max_examples=200, deadline=None)
@given(place=st.sampled_from(PLACES), fen=st.sampled_from([-100, -1, 1, 100]))
def test_one_wrong_amount_does_not_pass(place: tuple[str, int, tuple[Any, ...]], fen: int):
    """Whatever amount of whatever record is changed, the audit fails; a price only as far as a line shows fen."""
    topic, number, path = place
    record = LOGS[topic][number]
    message = node = _decoded(record.value)
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] += fen * (10**6 if path[-1] == "pric" else 1)
    value = codec.record_type_of(record.value or b"").encode(message)
    records = [*LOGS[topic][:number], dataclasses.replace(record, value=value), *LOGS[topic][number + 1 :]]
    report = audit_records({**LOGS, topic: records}, PARTITIONS)
    assert report.verdict is Verdict.FAIL, text_of(report)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_one_flipped_byte_on_the_agency_leg_does_not_pass(data: st.DataObject):
    """Any byte of a forwarded request that changes is noticed, by decoding or by comparison."""
    number = data.draw(st.integers(0, len(LOGS[ASKED]) - 1))
    record = LOGS[ASKED][number]
    value = record.value or b""
    kinds = (codec.SETTLEMENT_REQUEST, codec.CHARGE_DETAILS)
    sent = max(value.find(kind.schema_id.to_bytes(5, "big")) for kind in kinds)
    place = data.draw(st.integers(max(sent, 0), len(value) - 1))
    flipped = value[:place] + bytes([value[place] ^ 0x01]) + value[place + 1 :]
    changed = [*LOGS[ASKED][:number], dataclasses.replace(record, value=flipped), *LOGS[ASKED][number + 1 :]]
    assert audit_records({**LOGS, ASKED: changed}, PARTITIONS).verdict is Verdict.FAIL
