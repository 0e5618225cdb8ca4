"""Mending: the change is made of the case, what it heals is known before, and ready after the registry applied it."""

from typing import Any, cast

import pytest

from tests.desk.bench import ANNA, BEN, NOW_MS, Bench, bill, encounter, report
from yidi.agency.policy_book import shipped_book
from yidi.chain.claim_calculator import ClaimCalculator
from yidi.contract import topics
from yidi.contract.codec import DIALECT, FILING_HISTORY, INSTITUTION, PERSON_HISTORY, REFERENCE_CHANGE
from yidi.contract.records import Dialect, EncounterCharges, Institution, PersonHistory, ReferenceChange
from yidi.desk import handling, mending, work
from yidi.desk.healing import BY_OTHERS, CODES, PART_OF
from yidi.desk.people import Person, Role
from yidi.desk.refusals import BadRequest, Conflict, Denied
from yidi.desk.remedies import MAKERS
from yidi.domain.faults import FAULTS, Replayable
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


def test_what_heals_nothing_is_not_sent(bench: Bench) -> None:
    """A mend that heals no error is refused with the one that fits, unless it is wanted anyway."""
    bench.reported(report(bill(), code="ENROLMENT_ABNORMAL"))
    error_id = bench.cases()[0].error_id
    with pytest.raises(Conflict, match="errors mend enrolment") as refused:
        mending.mend(bench.desk, ANNA, "filing", error_id, {"reason": "try"})
    assert "--anyway" in refused.value.todo
    assert asked(bench) == []
    told = mending.mend(bench.desk, ANNA, "filing", error_id, {"dry_run": True})
    assert "errors mend enrolment" in told["words"]
    assert mending.mend(bench.desk, ANNA, "filing", error_id, {"reason": "try", "anyway": True})["state"] == "requested"


def filed(bench: Bench, charges: EncounterCharges, **other: Any) -> Any:
    """The registry has published one filing of the person, for the place of treatment unless said otherwise."""
    day = business_days(charges["begntime"])
    known = {"filing_id": "old", "filing_type": "OTHER_TEMPORARY", "insuplc_admdvs": charges["insuplc_admdvs"]}
    known |= {"insutype": charges["insutype"], "mdtrtarea_admvs": charges["mdtrtarea_admvs"], "begndate": day + 5}
    known |= {"enddate": day + 400, "recorded_at": 1, "cancelled_at": None, "channel": "counter", "proof": "seen"}
    row: Any = known | other
    bench.log.filed[charges["psn_no"]] = {"psn_no": charges["psn_no"], "version": 1, "filings": [row]}
    return row


def test_a_standing_filing_is_made_longer(bench: Bench) -> None:
    """The registry takes no second filing of the same type for the place: the standing one begins earlier."""
    charges = bill()
    old = filed(bench, charges)
    bench.reported(report(charges, code="FILING_EXPIRED"))
    error_id = bench.cases()[0].error_id
    mending.mend(bench.desk, ANNA, "filing", error_id, {"reason": "longer"})
    (change,) = asked(bench)
    begin = business_days(charges["begntime"])
    assert change["filing"] == {**old, "begndate": begin, "recorded_at": NOW_MS}
    published(bench, change, filing=old)
    assert not bench.case(error_id).ready
    published(bench, change)
    assert bench.case(error_id).ready


def test_a_wrong_area_is_cancelled_and_filed_again(bench: Bench) -> None:
    """As the fault advises: the filing for the other place is cancelled, and one for the place of treatment is made."""
    charges = bill()
    old = filed(bench, charges, mdtrtarea_admvs="110000", begndate=business_days(charges["begntime"]) - 5)
    bench.reported(report(charges, code="FILING_WRONG_AREA"))
    told = mending.mend(bench.desk, ANNA, "filing", bench.cases()[0].error_id, {"reason": "wrong area"})
    new, gone = (change["filing"] for change in asked(bench))
    assert new is not None
    assert (new["mdtrtarea_admvs"], told["cancels"][0]["mdtrtarea_admvs"]) == (charges["mdtrtarea_admvs"], "110000")
    assert gone == {**old, "cancelled_at": NOW_MS}


def test_what_the_registry_would_refuse_is_refused_before(bench: Bench) -> None:
    """A dry run heals nothing that the registry's own rules would not record: its reasons come first."""
    charges = bill()
    bench.reported(report(charges))
    bench.log.persons[charges["psn_no"]] = cast("PersonHistory", {"psn_no": charges["psn_no"], "enrolments": []})
    bench.desk.calculator = ClaimCalculator(shipped_book())
    for dry_run in (True, False):
        asked_for = {"reason": "try", "dry_run": dry_run}
        with pytest.raises(Conflict, match="not enrolled in it on that day"):
            mending.mend(bench.desk, ANNA, "filing", bench.cases()[0].error_id, asked_for)
    assert asked(bench) == []


def test_a_referral_needs_its_document(bench: Bench) -> None:
    """A commitment letter is never sent for what does not take one; other temporary needs none."""
    bench.reported(report(bill()))
    error_id = bench.cases()[0].error_id
    with pytest.raises(BadRequest, match="commitment letter"):
        mending.mend(bench.desk, ANNA, "filing", error_id, {"type": "REFERRAL", "dry_run": True})
    shown = {"type": "REFERRAL", "proof": "referral document 12", "dry_run": True}
    assert mending.mend(bench.desk, ANNA, "filing", error_id, shown)["change"]["filing"]["proof"] == shown["proof"]
    plain = mending.mend(bench.desk, ANNA, "filing", error_id, {"dry_run": True})
    assert plain["change"]["filing"]["proof"] == "identity document"


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
        spoken: Dialect = {"dialect": dialect, "version": 1, "name": dialect, "items": {}, "categories": {}}
        bench.desk.places.take(INSTITUTION.encode(institution(code, dialect=dialect)))
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


CONNECTED: Any = {"med_types": ["21"], "begndate": 1, "enddate": None, "recorded_at": 0}


def institution(code: str, **fields: Any) -> Institution:
    return {
        "fixmedins_code": code, "version": 1, "name": "synthetic", "admdvs": "310100", "kind": "HOSPITAL",
        "setl_lv": "3", "hosp_lv": "", "dialect": "his-a", "connections": [], **fields,
    }  # type: ignore[return-value,typeddict-item]  # fmt: skip


def known(bench: Bench, charges: EncounterCharges, **fields: Any) -> PersonHistory:
    """The registry has published this person."""
    history: Any = {
        "psn_no": charges["psn_no"], "version": 1, "psn_name": "x", "certno": "y", "gend": "1", "brdy": 1,
        "enrolments": [], "cards": [], "qualifications": [], "selections": [], "deposits": [], **fields,
    }  # fmt: skip
    bench.log.persons[charges["psn_no"]] = history
    return cast("PersonHistory", history)


def chronic(nr: int, disease: str = "M03900", **fields: Any) -> EncounterCharges:
    return {**bill(nr), "med_type": "14", "dise_codg": disease, **fields}  # type: ignore[typeddict-item]


def test_every_cause_that_the_registry_can_mend_has_a_mend() -> None:
    """Of the whole fault table: what is replayed after a repair has a mend, or a reason why it is somebody else's."""
    after_repair = {code for code, fault in FAULTS.items() if fault.replayable is Replayable.AFTER_REPAIR}
    mended = {code for codes in CODES.values() for code in codes}
    assert after_repair - mended == set(BY_OTHERS)
    assert not mended & set(BY_OTHERS)
    assert set(CODES) == set(MAKERS) == set(PART_OF)


def test_connecting_an_institution_heals_its_cases(bench: Bench) -> None:
    """Connected from the treatment date for the kind of care: that institution's cases, nobody else's."""
    one, other = bill(1), {**bill(2), "fixmedins_code": OTHER}
    bench.desk.places.take(INSTITUTION.encode(institution(one["fixmedins_code"])))
    same = {"code": "INSTITUTION_NOT_CONNECTED"}
    bench.reported(report(one, **same), report(other, **same))  # type: ignore[arg-type]
    told = mending.mend(bench.desk, ANNA, "connection", report(one, **same)["error_id"], {"reason": "line restored"})
    assert [row["msgid"] for row in told["heals"]] == [one["msgid"]]
    (change,) = asked(bench)
    assert change["subject"] == f"institution/{one['fixmedins_code']}"
    assert change["connection"] is not None
    assert change["connection"]["begndate"] == business_days(one["begntime"])
    newer = institution(one["fixmedins_code"], version=2, connections=[change["connection"]])
    work.take_in(bench.desk, [bench.record(topics.REFERENCE_SHARED, INSTITUTION.encode(newer), b"institution/x")])
    published_as = f"institution/{one['fixmedins_code']}".encode()
    work.take_in(bench.desk, [bench.record(topics.REFERENCE_SHARED, INSTITUTION.encode(newer), published_as)])
    assert bench.case(told["heals"][0]["error_id"]).ready


def test_qualification_heals_its_disease_only(bench: Bench) -> None:
    """The disease is the record's own; another disease of the same person stays unqualified."""
    one, other = chronic(1), chronic(2, "M01600")
    known(bench, one)
    bench.reported(*(report(b, code="CHRONIC_NOT_QUALIFIED") for b in (one, other)))
    error_id = report(one, code="CHRONIC_NOT_QUALIFIED")["error_id"]
    told = mending.mend(bench.desk, ANNA, "qualification", error_id, {"dry_run": True})
    assert [row["msgid"] for row in told["heals"]] == [one["msgid"]]
    assert told["change"]["qualification"]["institutions"] == []


def test_chronic_institution_is_approved_with_its_disease(bench: Bench) -> None:
    """Not selected means not approved where the care is chronic: the qualification names the institution."""
    one = chronic(1)
    known(bench, one)
    bench.reported(report(one, code="INSTITUTION_NOT_SELECTED"))
    error_id = bench.cases()[0].error_id
    told = mending.mend(bench.desk, ANNA, "qualification", error_id, {"dry_run": True})
    assert told["change"]["qualification"]["institutions"] == [one["fixmedins_code"]]
    assert len(told["heals"]) == 1
    assert mending.mend(bench.desk, ANNA, "selection", error_id, {"dry_run": True})["heals"] == []


def test_selection_and_deposit_are_applied_when_published(bench: Bench) -> None:
    """What the registry publishes of the person marks the case ready."""
    one = {**bill(1), "med_type": "11"}
    person = known(bench, one)
    for code, kind, field, wish in (
        ("INSTITUTION_NOT_SELECTED", "selection", "selections", {}),
        ("BALANCE_INSUFFICIENT", "deposit", "deposits", {"amount": "120.50"}),
    ):
        made = report(one, code=code)
        bench.reported(made)
        mending.mend(bench.desk, ANNA, kind, made["error_id"], {**wish, "reason": "came later"})
        (change,) = asked(bench)
        newer: Any = {**person, "version": 2, field: [change[kind]]}  # type: ignore[literal-required]
        record = bench.record(topics.REFERENCE_PERSONS, PERSON_HISTORY.encode(newer), one["psn_no"].encode())
        work.take_in(bench.desk, [record])
        assert bench.case(made["error_id"]).ready, kind
    assert change["deposit"] is not None
    assert change["deposit"]["amt"] == 12_050


def test_nothing_to_change_ends_at_once(bench: Bench) -> None:
    """What the registry has published already is not asked for again: the mend ends, and its cases are ready."""
    one = bill(1)
    connected = institution(one["fixmedins_code"], connections=[{**CONNECTED, "med_types": [one["med_type"]]}])
    bench.desk.places.take(INSTITUTION.encode(connected))
    made = report(one, code="INSTITUTION_NOT_CONNECTED")
    bench.reported(made)
    told = mending.mend(bench.desk, ANNA, "connection", made["error_id"], {"reason": "once more"})
    assert (told["state"], asked(bench)) == ("unchanged", [])
    assert bench.case(made["error_id"]).ready
    with bench.desk.store.read() as connection:
        (row,) = mending.listed(bench.desk, connection, NOW_MS)
    assert (row["state"], row["words"]) == (
        "unchanged",
        "nothing to change: the registry says so already; 1 case is ready to replay",
    )


@pytest.mark.parametrize(
    ("kind", "asked_for", "field"),
    [
        ("filing", {"begin": "yesterday"}, "begin"),
        ("filing", {"begin": "2026-02-02", "end": "2026-02-01"}, "end"),
        ("filing", {"type": "HOLIDAY"}, "type"),
        ("opening", {"med_type": "99"}, "med_type"),
        ("deposit", {"amount": "12.345"}, "amount"),
        ("deposit", {"amount": "much"}, "amount"),
        ("deposit", {"amount": "NaN"}, "amount"),
        ("item", {"from": "A"}, "to"),
        ("category", {"from": "A", "to": "15"}, "to"),
    ],
)
def test_nonsense_names_its_field(bench: Bench, kind: str, asked_for: dict[str, str], field: str) -> None:
    """What cannot be a mend is refused in words that name the field, and nothing is sent."""
    bench.reported(report(bill()))
    with pytest.raises(BadRequest) as refused:
        mending.mend(bench.desk, ANNA, kind, bench.cases()[0].error_id, {**asked_for, "reason": "x"})
    assert refused.value.more["field"] == field
    assert asked(bench) == []
    with bench.desk.store.read() as connection:
        found = mending.check(bench.desk, connection, kind, bench.cases()[0].error_id, asked_for)
    assert list(found["fields"]) == [field]


@pytest.mark.parametrize("kind", ["filing", "selection", "enrolment"])
def test_good_mend_is_not_complained_about(bench: Bench, kind: str) -> None:
    """While somebody types nobody is looked up: what is well formed is left to the dry run."""
    bench.reported(report(bill()))
    with bench.desk.store.read() as connection:
        found = mending.check(bench.desk, connection, kind, bench.cases()[0].error_id, {"begin": "2026-02-02"})
    assert found == {"fields": {}, "problems": []}
