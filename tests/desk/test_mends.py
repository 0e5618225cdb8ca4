"""Mending: the change is made of the case, what it heals is known before, and ready after the registry applied it."""

from typing import Any

import pytest

from tests.desk.bench import ANNA, BEN, NOW_MS, Bench, bill, encounter, report
from yidi.contract import topics
from yidi.contract.codec import DIALECT, FILING_HISTORY, INSTITUTION, REFERENCE_CHANGE
from yidi.contract.records import Dialect, Institution, ReferenceChange
from yidi.desk import handling, mending, work
from yidi.desk.people import Person, Role
from yidi.desk.refusals import BadRequest, Conflict, Denied
from yidi.domain.instants import DAY_MS, business_days

OTHER = "H00000000002"


def asked(bench: Bench) -> list[ReferenceChange]:
    """Changes that were sent to the registry."""
    return [REFERENCE_CHANGE.decode(m.value) for m in bench.publish() if m.topic == topics.REGISTRY_REQUESTS]


def published(bench: Bench, change: ReferenceChange, *, filing: Any = None) -> None:
    """The registry publishes the filing."""
    history: Any = {"psn_no": change["subject"], "version": 1, "filings": [filing or change["filing"]]}
    record = bench.record(topics.REFERENCE_FILINGS, FILING_HISTORY.encode(history), change["subject"].encode())
    work.take_in(bench.desk, [record])


def test_filing_heals_by_treatment_date(bench: Bench) -> None:
    """A made-up filing heals what was treated in its days, there, of that person, and nothing else."""
    one = bill(1)
    early = {**bill(2), "begntime": one["begntime"] - 30 * DAY_MS}
    elsewhere = {**bill(3), "mdtrtarea_admvs": "630100"}
    somebody = {**bill(4), "psn_no": "x" * 20}
    bench.reported(*(report(b) for b in (one, early, elsewhere, somebody)), report(bill(5), code="DEFECT"))
    error_id = report(one)["error_id"]
    told = mending.mend(bench.desk, ANNA, "filing", error_id, {"dry_run": True})
    assert [row["error_id"] for row in told["heals"]] == [error_id]
    assert told["change"]["filing"]["begndate"] == business_days(one["begntime"])
    assert asked(bench) == []


def test_ready_once_applied(bench: Bench) -> None:
    """A case is ready to replay when the registry has published the change, not before, and by no other change."""
    bench.reported(report(bill()))
    error_id = bench.cases()[0].error_id
    told = mending.mend(bench.desk, ANNA, "filing", error_id, {"reason": "at the counter"})
    (change,) = asked(bench)
    assert told["state"] == "requested"
    published(bench, change, filing={**change["filing"], "filing_id": "another"})  # type: ignore[dict-item]
    assert not bench.case(error_id).ready
    published(bench, change)
    assert bench.case(error_id).ready
    assert bench.case(error_id).mended_by == told["mend"]


def test_registry_refuses(bench: Bench) -> None:
    """A change that the registry refuses makes the mend say why; it is no case, and nothing is ready."""
    bench.reported(report(bill()))
    error_id = bench.cases()[0].error_id
    told = mending.mend(bench.desk, ANNA, "filing", error_id, {"reason": "at the counter"})
    bench.reported(
        report(encounter(), code="REFERENCE_INVALID", service="registry", msgid=told["mend"], detail="it overlaps")
    )
    with bench.desk.store.read() as connection:
        (row,) = mending.listed(bench.desk, connection, NOW_MS)
    assert (row["state"], "overlaps" in row["words"]) == ("refused", True)
    assert [case.ready for case in bench.cases()] == [False]


def test_item_mapping_heals_its_dialect_only(bench: Bench) -> None:
    """A mapped item heals the cases of institutions that speak that dialect and named that item."""
    charges = bill(1)
    detail = "line 1: hospital item 'A1' is mapped to no national item"
    _institutions(bench, {charges["fixmedins_code"]: "his-a", OTHER: "his-b"})
    same = {"code": "ITEM_UNMATCHED", "service": "hospital"}
    other = {**bill(2), "fixmedins_code": OTHER}
    longer = detail.replace("'A1'", "'A11'")
    bench.reported(report(charges, detail=detail, **same), report(other, detail=detail, **same))
    bench.reported(report(bill(3), detail=longer, **same))
    told = mending.mend(
        bench.desk, ANNA, "item", report(charges, **same)["error_id"], {"from": "A1", "to": "X1", "dry_run": True}
    )
    assert [row["msgid"] for row in told["heals"]] == [charges["msgid"]]
    assert told["change"]["subject"] == "dialect/his-a"


def _institutions(bench: Bench, dialects: dict[str, str]) -> None:
    for code, dialect in dialects.items():
        institution: Institution = {
            "fixmedins_code": code, "version": 1, "name": "synthetic", "admdvs": "310100", "kind": "HOSPITAL",
            "setl_lv": "3", "hosp_lv": "", "dialect": dialect, "connections": [],
        }  # fmt: skip
        spoken: Dialect = {"dialect": dialect, "version": 1, "name": dialect, "items": {}, "categories": {}}
        bench.desk.places.take(INSTITUTION.encode(institution))
        bench.desk.places.take(DIALECT.encode(spoken))


def test_category_must_be_national(bench: Bench) -> None:
    """A category is mapped to one of the fourteen, or not at all."""
    _institutions(bench, {bill()["fixmedins_code"]: "his-a"})
    bench.reported(report(bill(), code="CATEGORY_UNKNOWN"))
    with pytest.raises(BadRequest):
        mending.mend(bench.desk, ANNA, "category", bench.cases()[0].error_id, {"from": "杂", "to": "15", "reason": "x"})


def test_who_may_mend(bench: Bench) -> None:
    """Mending needs its role, a reason, and the case not to be somebody else's."""
    bench.reported(report(bill()))
    error_id = bench.cases()[0].error_id
    with pytest.raises(BadRequest):
        mending.mend(bench.desk, ANNA, "filing", error_id, {})
    with pytest.raises(Denied):
        mending.mend(bench.desk, Person("v", authenticated=True, roles=frozenset({Role.VIEW})), "filing", error_id, {})
    handling.take(bench.desk, BEN, error_id)
    with pytest.raises(Conflict):
        mending.mend(bench.desk, ANNA, "filing", error_id, {"reason": "x"})
    assert asked(bench) == []
