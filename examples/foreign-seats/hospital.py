"""A foreign hospital: `python hospital.py BILL.json` settles one outpatient bill and prints who pays what.

The bill has the fields of a SettlementRequest's head, and lines that the hospital has split by its catalogue already.
"""

import hashlib
import json
import sys
import time
from itertools import groupby
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, Producer

from messages import client, from_beginning, partitioner, read, write

INBOX = "hangzhou"
ANSWER_S = 30
SUMS = {
    "item_sumamt": "det_item_fee_sumamt",
    "fulamt_ownpay_amt": "fulamt_ownpay_amt",
    "overlmt_selfpay": "overlmt_amt",
    "preselfpay_amt": "preselfpay_amt",
    "inscp_scp_amt": "inscp_scp_amt",
}


def request_of(bill: dict[str, Any]) -> dict[str, Any]:
    """The request: routing fields, totals by unified category, and the lines."""
    return {
        **bill,
        "setl_id": hashlib.sha256(bill["msgid"].encode()).hexdigest()[:32],
        "operation": "SETTLE",
        "hospital_inbox": INBOX,
        "medfee_sumamt": sum(line["det_item_fee_sumamt"] for line in bill["lines"]),
        "categories": [category(code, list(rows)) for code, rows in groupby(sorted(bill["lines"], key=of), key=of)],
    }


def of(line: dict[str, Any]) -> str:
    return line["med_chrgitm_type"]


def category(code: str, lines: list[dict[str, Any]]) -> dict[str, Any]:
    graded = {grade: sum(x["det_item_fee_sumamt"] for x in lines if x["chrgitm_lv"] == grade) for grade in ("01", "02")}
    return {
        "med_chrgitm_type": code,
        "item_cnt": len(lines),
        "item_claa_amt": graded["01"],
        "item_clab_amt": graded["02"],
        **{total: sum(line[part] for line in lines) for total, part in SUMS.items()},
    }


def answer(consumer: Consumer, msgid: str) -> dict[str, Any]:
    """The final result of that message."""
    deadline = time.monotonic() + ANSWER_S
    while time.monotonic() < deadline:
        record = consumer.poll(0.5)
        if record is not None and not record.error():
            result = read(record.value())[1]
            if result["msgid"] == msgid and result["outcome"] != "UNKNOWN":
                return result
    raise SystemExit(f"no answer to {msgid} within {ANSWER_S} s")


def main() -> None:
    bill = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    consumer = from_beginning(f"hospital.{INBOX}.results")
    producer = Producer(client(**partitioner()))
    producer.produce("settlement.requests", write("SettlementRequest", request_of(bill)), bill["psn_no"].encode())
    producer.flush()
    result = answer(consumer, bill["msgid"])
    consumer.close()
    told = result["amounts"] or result["fault"]
    print(json.dumps({"outcome": result["outcome"], **told}, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
