"""A foreign agency: answers what is asked of its region's inbox. Pays 60 % of what is in scope above 300 yuan.

It keeps nothing: whenever it starts it reads its inbox from the beginning and gives the same answers, byte for byte.
"""

import hashlib
from typing import Any

from confluent_kafka import Producer

from messages import client, from_beginning, partitioner, read, write

INBOX = "hangzhou"
DEDUCTIBLE, RATIO_BP = 300_00, 60_00
PARTS = {"fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt"}
FUNDS = ("hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "maf_pay", "oth_pay")
ECHOED = (
    "msgid", "setl_id", "operation", "refers", "psn_no", "insuplc_admdvs", "mdtrtarea_admvs", "fixmedins_code",
    "mdtrt_id", "med_type", "insutype",
)  # fmt: skip

done: dict[str, dict[str, Any]] = {}
"""Amounts of what was settled, by msgid: a reversal negates them."""


def answer(forwarded: dict[str, Any]) -> bytes | None:
    """The result of a request, or nothing for a stay's details, which only have to agree."""
    kind, request = read(forwarded["request"])
    if kind != "SettlementRequest":
        return None
    reversal = request["operation"] == "REVERSE"
    amounts = negated(done.pop(request["refers"], nothing())) if reversal else settled(request)
    if request["operation"] == "SETTLE":
        done[request["msgid"]] = amounts
    source = f"{request['msgid']}/{forwarded['attempt']}"
    return write(
        "SettlementResult",
        {
            **{name: request[name] for name in ECHOED},
            "result_id": hashlib.sha256(source.encode()).hexdigest()[:32],
            "attempt": forwarded["attempt"],
            "outcome": "REVERSED" if reversal else "DONE",
            "inbox": INBOX,
            "setl_time": forwarded["forwarded_at"],
            "amounts": amounts,
            "balc_before": None,
            "balc": None,
            "accumulators_before": {},
            "accumulators_after": {},
            "policy_id": "hangzhou-60",
            "policy_version": "1",
            "policy_digest": None,
            "steps": [],
            "warnings": [],
        },
    )


def settled(request: dict[str, Any]) -> dict[str, Any]:
    """Who pays what, in fen: the category totals are all that an agency needs."""
    parts = {name: sum(category[name] for category in request["categories"]) for name in PARTS}
    scope, total = parts["inscp_scp_amt"], request["medfee_sumamt"]
    deductible = min(DEDUCTIBLE, scope)
    pool = ((scope - deductible) * RATIO_BP + 5_000) // 10_000
    person = total - pool
    return {
        **parts,
        **dict.fromkeys(FUNDS, 0),
        "medfee_sumamt": total,
        "act_pay_dedc": deductible,
        "hifp_pay": pool,
        "fund_pay_sumamt": pool,
        "hosp_part_amt": 0,
        "psn_part_amt": person,
        "acct_pay": 0,
        "psn_cash_pay": person,
        "pool_prop_selfpay": RATIO_BP,
        "setldetail": [{"fund_pay_type": "310100", "fund_payamt": pool}] if pool else [],
    }


def nothing() -> dict[str, Any]:
    """What a reversal of nothing negates."""
    return settled({"categories": [], "medfee_sumamt": 0})


def negated(amounts: dict[str, Any]) -> dict[str, Any]:
    """The twin: every amount negated, the ratio not."""
    rows = [{**row, "fund_payamt": -row["fund_payamt"]} for row in amounts["setldetail"]]
    turned = {name: -amount for name, amount in amounts.items() if isinstance(amount, int)}
    return {**turned, "pool_prop_selfpay": amounts["pool_prop_selfpay"], "setldetail": rows}


def main() -> None:
    consumer = from_beginning(f"agency.{INBOX}.requests")
    producer = Producer(client(**partitioner()))
    while True:
        record = consumer.poll(1.0)
        if record is None or record.error():
            continue
        value = answer(read(record.value())[1])
        if value is not None:
            trace = [header for header in record.headers() or [] if header[0] == "traceparent"]
            producer.produce(f"agency.{INBOX}.results", value, record.key(), headers=trace)
            producer.flush()


if __name__ == "__main__":
    main()
