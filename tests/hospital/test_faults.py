"""Every fault code that the hospital raises: which input brings it, and that its detail names the field."""

from collections.abc import Callable

import pytest

from tests.hospital.ward import (
    BEGIN,
    DAY,
    NOW,
    PERSON,
    Ward,
    about_original,
    card,
    catalogue,
    charges,
    dialect,
    enrolment,
    house,
    item,
    line,
    person,
    refund,
    refusal_of,
    region,
    request_of,
    stay,
)
from yidi.contract import records, topics
from yidi.contract.codec import CATALOGUE, DIALECT, ENCOUNTER_CHARGES, INSTITUTION, PERSON_HISTORY, REGION, WireError
from yidi.domain.faults import FAULTS, Refusal
from yidi.hospital.ledger import MESSAGES, lines_timer
from yidi.hospital.limits import LINES_KEPT_MS

DRUG = line("1", amount=1_000, count=2)

DATA: dict[str, tuple[str, str, records.EncounterCharges]] = {
    "empty": ("BILL_EMPTY", "lines", charges(lines=[], medfee_sumamt=0)),
    "too long": ("BILL_TOO_LONG", "5001", charges(*[line(str(n)) for n in range(5_001)])),
    "sum": ("SUM_MISMATCH", "medfee_sumamt is 9.99 yuan", charges(medfee_sumamt=999)),
    "line sum": ("LINE_SUM_MISMATCH", "line 1: det_item_fee_sumamt", charges(line(det_item_fee_sumamt=1_002))),
    "duplicate": ("LINE_DUPLICATE", "feedetl_sn '1'", charges(line("1"), line("1"))),
    "no original": (
        "REFUND_WITHOUT_ORIGINAL",
        "init_feedetl_sn",
        charges(DRUG, refund("2", DRUG, init_feedetl_sn="9")),
    ),
    "none named": ("REFUND_WITHOUT_ORIGINAL", "missing", charges(DRUG, refund("2", DRUG, init_feedetl_sn=None))),
    "of a refund": (
        "REFUND_WITHOUT_ORIGINAL",
        "'2'",
        charges(DRUG, refund("2", DRUG), refund("3", DRUG, init_feedetl_sn="2")),
    ),
    "refunded twice": ("REFUND_EXCEEDS_ORIGINAL", "count", charges(DRUG, refund("2", DRUG), refund("3", DRUG))),
    "refunds by a fen": (
        "REFUND_EXCEEDS_ORIGINAL",
        "amount",
        charges(DRUG, refund("2", DRUG, det_item_fee_sumamt=-1_001)),
    ),
    "refund of another": ("FIELD_INVALID", "pric", charges(DRUG, refund("2", DRUG, pric=1, det_item_fee_sumamt=0))),
    "refund that charges": ("FIELD_INVALID", "init_feedetl_sn", charges(DRUG, line("2", init_feedetl_sn="1"))),
    "negative total": ("TOTAL_NEGATIVE", "medfee_sumamt", charges(medfee_sumamt=-1)),
    "count": ("AMOUNT_OUT_OF_RANGE", "cnt", charges(line(cnt=10**16), medfee_sumamt=0)),
    "price": ("AMOUNT_OUT_OF_RANGE", "pric", charges(line(pric=-1), medfee_sumamt=0)),
    "amount": ("AMOUNT_OUT_OF_RANGE", "det_item_fee_sumamt", charges(line(det_item_fee_sumamt=10**13 + 1))),
    "total": ("AMOUNT_OUT_OF_RANGE", "medfee_sumamt", charges(medfee_sumamt=10**13 + 1)),
    "forced": ("AMOUNT_OUT_OF_RANGE", "acct_pay_amt", charges(acct_used_flag=True, acct_pay_amt=-1)),
    "forced unused": ("FIELD_INVALID", "acct_used_flag", charges(acct_pay_amt=1)),
    "no count": ("FIELD_INVALID", "cnt", charges(line(cnt=0, det_item_fee_sumamt=0))),
    "sign": ("FIELD_INVALID", "cnt", charges(line(cnt=1, det_item_fee_sumamt=-1))),
    "line number": ("FIELD_INVALID", "feedetl_sn", charges(line("x" * 65))),
    "begins later": ("DATE_IN_FUTURE", "begntime", charges(begntime=NOW + DAY)),
    "sent later": ("DATE_IN_FUTURE", "inf_time", charges(inf_time=NOW + DAY)),
    "ends later": ("DATE_IN_FUTURE", "endtime", stay(endtime=NOW + DAY)),
    "fee later": ("DATE_IN_FUTURE", "fee_ocur_time", charges(line(fee_ocur_time=NOW + DAY))),
    "fee later today": (
        "DATE_IN_FUTURE",
        "fee_ocur_time",
        charges(line(fee_ocur_time=NOW + 1_800_000), begntime=NOW, inf_time=NOW),
    ),
    "beyond the calendar": ("DATE_IN_FUTURE", "begntime", charges(begntime=2**62)),
    "before all": ("FIELD_INVALID", "begntime", charges(begntime=0)),
    "ends before": ("DATES_DISORDERED", "endtime", stay(endtime=BEGIN - 1)),
    "fee before": ("DATES_DISORDERED", "fee_ocur_time", charges(line(fee_ocur_time=BEGIN - DAY))),
    "fee after": ("DATES_DISORDERED", "fee_ocur_time", stay(line(fee_ocur_time=BEGIN + 4 * DAY))),
    "no discharge": ("NOT_DISCHARGED", "endtime", stay(endtime=None)),
    "kind of care": ("FIELD_INVALID", "med_type", charges(med_type="99")),
    "scheme": ("FIELD_INVALID", "insutype", charges(insutype="employees")),
    "disease": ("FIELD_INVALID", "dise_codg", charges(med_type="14")),
    "disease too long": ("FIELD_INVALID", "dise_codg", charges(med_type="14", dise_codg="M" * 65)),
    "cancel": ("OPERATION_NOT_BUILT", "CANCEL", about_original("CANCEL", "M")),
    "newer operation": ("OPERATION_NOT_BUILT", "UNRECOGNISED", charges(operation="UNRECOGNISED")),
    "settle refers": ("FIELD_INVALID", "refers", charges(refers="M")),
    "query of what": ("FIELD_INVALID", "refers", about_original("QUERY", "")),
    "query amends": ("FIELD_INVALID", "amends", about_original("QUERY", "M", amends="M")),
    "reversal with lines": ("FIELD_INVALID", "lines", about_original("REVERSE", "M", lines=[line()])),
    "item": ("ITEM_UNMATCHED", "line 1: hospital item 'x'", charges(line(medins_list_codg="x"))),
    "national item": ("ITEM_UNMATCHED", "not listed", charges(line(med_list_codg="x"))),
    "item of old": ("ITEM_UNMATCHED", "not valid", charges(line(code="GONE"))),
    "category": ("CATEGORY_UNKNOWN", "local_category '火疗'", charges(line(local_category="火疗"))),
    "no number": ("CARD_UNREADABLE", "mdtrt_cert_no", charges(mdtrt_cert_no=" ")),
    "kind of credential": ("CREDENTIAL_NOT_ACCEPTED", "mdtrt_cert_type", charges(mdtrt_cert_type="07")),
    "identity card": (
        "CREDENTIAL_NOT_ACCEPTED",
        "02",
        charges(mdtrt_cert_type="02", mdtrt_cert_no="33010119900101123X"),
    ),
    "local card": ("CARD_NOT_NATIONAL", "card_national", charges(mdtrt_cert_type="03", mdtrt_cert_no="local-1")),
    "card read as local": (
        "CARD_NOT_NATIONAL",
        "card_national",
        charges(mdtrt_cert_type="03", mdtrt_cert_no="card-1", card_national=False),
    ),
    "token": ("TOKEN_EXPIRED", "cert_valid_until", charges(cert_valid_until=BEGIN)),
    "name": ("IDENTITY_DIFFERS", "psn_name", charges(psn_name="模拟乙")),
    "identity number": ("IDENTITY_DIFFERS", "certno", charges(certno="330101199001011230")),
    "credential": ("IDENTITY_DIFFERS", "mdtrt_cert_no", charges(mdtrt_cert_no="token-2")),
    "person": ("PERSON_UNKNOWN", "psn_no", charges(psn_no="3301-nobody")),
    "institution": ("INSTITUTION_UNKNOWN", "fixmedins_code", charges(fixmedins_code="H99999999999")),
    "treatment region": ("REGION_UNKNOWN", "mdtrtarea_admvs", charges(mdtrtarea_admvs="990000")),
    "insured region": ("REGION_UNKNOWN", "insuplc_admdvs", charges(insuplc_admdvs="990000")),
    "county": ("REGION_DIFFERS", "its pooling area is 110100", charges(mdtrtarea_admvs="110101")),
    "node": ("REGION_DIFFERS", "provincial node", charges(insuplc_admdvs="330000")),
    "institution elsewhere": ("REGION_DIFFERS", "mdtrtarea_admvs", charges(mdtrtarea_admvs="330200")),
    "insured elsewhere": ("REGION_DIFFERS", "insuplc_admdvs", charges(insuplc_admdvs="330200")),
    "other scheme": ("SCHEME_DIFFERS", "insutype: 390", charges(insutype="390")),
}


@pytest.mark.parametrize("case", DATA)
def test_fault_is_told_to_everyone_who_waits(case: str) -> None:
    """A wrong encounter is refused with its code and a detail that names the field, to sender and error topic alike."""
    code, named, encounter = DATA[case]
    decision = Ward().send(encounter)
    refusal = refusal_of(decision)
    assert refusal.fault.code == code
    assert named in refusal.detail
    assert decision.failure is not None
    assert decision.failure.about.msgid == encounter["msgid"]


@pytest.mark.parametrize("case", DATA)
def test_detail_shows_no_person(case: str) -> None:
    """No detail holds the name, the identity number, a credential or the full person number."""
    detail = refusal_of(Ward().send(DATA[case][2])).detail
    hidden = ("模拟甲", "模拟乙", "33010119900101123X", "330101199001011230", "token-", "card-1", PERSON)
    assert not [text for text in hidden if text in detail]


def test_refused_encounter_leaves_the_visit_free() -> None:
    """A refusal here takes neither the visit nor the settlement: the corrected encounter goes through."""
    ward = Ward()
    refusal_of(ward.send(charges(psn_name="模拟乙")))
    assert request_of(ward.send(charges(msgid="M-2", amends=charges()["msgid"])))["amends"] == charges()["msgid"]


MENDED: dict[str, tuple[str, Callable[[Ward], object], Callable[[Ward], object], records.EncounterCharges]] = {
    "item mapped": (
        "ITEM_UNMATCHED",
        lambda _: None,
        lambda ward: ward.shared(DIALECT, "dialect/ward", dialect(2, x="DRUG-A")),
        charges(line(medins_list_codg="x")),
    ),
    "person published": (
        "PERSON_UNKNOWN",
        lambda _: None,
        lambda ward: ward.person(person(psn_no="3301-new")),
        charges(psn_no="3301-new"),
    ),
    "catalogue published": (
        "ITEM_UNMATCHED",
        lambda ward: ward.shared(REGION, "region/110100", region("110100", version=2, catalogue="own")),
        lambda ward: ward.shared(CATALOGUE, "catalogue/own", catalogue("own")),
        charges(),
    ),
    "dialect published": (
        "CATEGORY_UNKNOWN",
        lambda ward: ward.shared(INSTITUTION, "institution/H11010000001", house(version=2, dialect="new")),
        lambda ward: ward.shared(DIALECT, "dialect/new", {**dialect(), "dialect": "new"}),
        charges(),
    ),
    "old card": (
        "CARD_UNREADABLE",
        lambda ward: ward.person(person(version=2, cards=[card("03", "lost", enddate=16_000)])),
        lambda ward: ward.person(person(version=3, cards=[card("03", "lost")])),
        charges(mdtrt_cert_type="03", mdtrt_cert_no="lost"),
    ),
    "token withdrawn": (
        "TOKEN_EXPIRED",
        lambda ward: ward.person(person(version=2, cards=[card("01", "token-1", enddate=16_000)])),
        lambda ward: ward.person(person(version=3)),
        charges(),
    ),
    "scheme repaired": (
        "SCHEME_DIFFERS",
        lambda ward: ward.person(person(version=2, enrolments=[enrolment(insutype="390")])),
        lambda ward: ward.person(person(version=3)),
        charges(),
    ),
}


@pytest.mark.parametrize("case", MENDED)
def test_replay_after_repair_goes_through(case: str) -> None:
    """Where the reference data was wrong, the same bytes go through under the next attempt once it is mended."""
    code, given, mend, encounter = MENDED[case]
    ward = Ward()
    given(ward)
    assert refusal_of(ward.send(encounter)).fault.code == code
    mend(ward)
    again = ward.send(encounter, attempt=2)
    assert again.failure is None
    assert again.messages[0].topic == topics.SETTLEMENT_REQUESTS


def test_all_unmatched_items_are_named_at_once() -> None:
    """One refusal names every unmatched line up to a limit, and counts the rest."""
    bill = [line(str(n), medins_list_codg=f"x{n}") for n in range(8)]
    detail = refusal_of(Ward().send(charges(*bill))).detail
    assert [f"'x{n}'" in detail for n in range(8)] == [True] * 5 + [False] * 3
    assert "and 3 more" in detail


def test_identity_card_is_accepted_where_the_insured_place_says_so() -> None:
    """A region's switch lets the identity card settle across provinces, if it is the person's."""
    ward = Ward()
    ward.shared(REGION, "region/330100", region("330100", version=2, id_card_accepted=True))
    mine = charges(mdtrt_cert_type="02", mdtrt_cert_no="33010119900101123x")
    assert request_of(ward.send(mine))["mdtrt_cert_type"] == "02"
    other = charges(msgid="M-2", mdtrt_id="V2", mdtrt_cert_type="02", mdtrt_cert_no="330101199001011231")
    assert refusal_of(ward.send(other)).fault.code == "IDENTITY_DIFFERS"


@pytest.mark.parametrize("number", ["local-1", "33010119900101123X"])
def test_in_province_credentials_are_looser(number: str) -> None:
    """In the same province a card of the old standard and the identity card are accepted."""
    ward = province()
    kind = "03" if number == "local-1" else "02"
    encounter = charges(mdtrtarea_admvs="330200", fixmedins_code="H33", mdtrt_cert_type=kind, mdtrt_cert_no=number)
    assert request_of(ward.send(encounter))["mdtrtarea_admvs"] == "330200"


def test_in_province_the_insured_places_catalogue_splits() -> None:
    """In-province the insured place's catalogue holds, elsewhere the treatment place's: the same bill may differ."""
    ward = province()
    at_home = request_of(ward.send(charges(mdtrtarea_admvs="330200", fixmedins_code="H33")))
    away = request_of(ward.send(charges(msgid="M-2", mdtrt_id="V2")))
    assert at_home["categories"][0]["fulamt_ownpay_amt"] == 1_000
    assert away["categories"][0]["inscp_scp_amt"] == 1_000


def province() -> Ward:
    """A ward with an institution in another pooling area of the insured province, where DRUG-A is fully self-paid."""
    ward = Ward()
    ward.shared(INSTITUTION, "institution/H33", house(fixmedins_code="H33", admdvs="330200"))
    ward.shared(REGION, "region/330200", region("330200", version=2, catalogue="catalogue-110000"))
    ward.shared(CATALOGUE, "catalogue/catalogue-330000", catalogue("catalogue-330000", item("DRUG-A", "09", "03")))
    return ward


def test_ended_enrolment_is_left_to_the_agency() -> None:
    """Insurance that ended, or is in arrears, is the insured place's to refuse: it alone can repair it."""
    ward = Ward()
    ward.person(person(version=2, enrolments=[enrolment(enddate=16_000, psn_insu_stas="ENDED")]))
    assert request_of(ward.send(charges()))["insutype"] == "310"


def test_moved_person_is_told_the_region_differs() -> None:
    """Who was insured elsewhere on the treatment date cannot settle on an old insurance."""
    ward = Ward()
    ward.person(person(version=2, enrolments=[enrolment(enddate=16_000), enrolment("330200", begndate=16_001)]))
    assert refusal_of(ward.send(charges())).fault.code == "REGION_DIFFERS"


def test_five_thousand_lines_go_through() -> None:
    """The longest bill that is accepted settles."""
    request = request_of(Ward().send(charges(*[line(str(n)) for n in range(5_000)])))
    assert request["medfee_sumamt"] == 5_000_000


def test_fees_of_the_last_day_belong_to_the_visit() -> None:
    """A visit's days count whole: a fee before the hour of admission, or after that of discharge, is inside."""
    day_begins = (BEGIN + 8 * 3_600_000) // DAY * DAY - 8 * 3_600_000
    bill = [line("1", fee_ocur_time=day_begins), line("2", fee_ocur_time=day_begins + 4 * DAY - 1)]
    assert request_of(Ward().send(stay(*bill)))["medfee_sumamt"] == 2_000


POISON: dict[str, tuple[str, Callable[[Ward], object]]] = {
    "key": ("KEY_DIFFERS", lambda ward: ward.feed(topics.ENCOUNTERS, "another", ENCOUNTER_CHARGES.encode(charges()))),
    "person key": (
        "KEY_DIFFERS",
        lambda ward: ward.feed(topics.REFERENCE_PERSONS, "another", PERSON_HISTORY.encode(person())),
    ),
    "shared key": (
        "KEY_DIFFERS",
        lambda ward: ward.feed(topics.REFERENCE_SHARED, "region/1", REGION.encode(region("330100"))),
    ),
    "tombstone": ("UNDECODABLE", lambda ward: ward.feed(topics.ENCOUNTERS, PERSON, None)),
    "attempt": ("ATTEMPT_LIMIT", lambda ward: ward.send(charges(), attempt=21)),
    "no msgid": ("FIELD_INVALID", lambda ward: ward.send(charges(msgid=""))),
    "long msgid": ("FIELD_INVALID", lambda ward: ward.send(charges(msgid="M" * 65))),
    "unprintable visit": ("FIELD_INVALID", lambda ward: ward.send(charges(mdtrt_id="V\n1"))),
}


@pytest.mark.parametrize("case", POISON)
def test_poison_is_an_error_report_only(case: str) -> None:
    """What cannot be answered under an id of its own is raised, and changes nothing."""
    code, send = POISON[case]
    ward = Ward()
    before = dict(ward.view.rows)
    with pytest.raises(Refusal) as refusal:
        send(ward)
    assert refusal.value.fault.code == code
    assert ward.view.rows == before


@pytest.mark.parametrize("topic", Ward().service.inputs + Ward().service.references)
@pytest.mark.parametrize("value", [b"", b"\x00", b"{}", b"\x00\x00\x00\x00\x63abc", bytes(range(256))])
def test_random_bytes_on_every_topic(topic: str, value: bytes) -> None:
    """Bytes that are no message of ours are a wire error on every topic, and their report says nothing untrue."""
    ward = Ward()
    with pytest.raises(WireError):
        ward.feed(topic, PERSON, value)


@pytest.mark.parametrize("topic", Ward().service.inputs + Ward().service.references)
def test_foreign_record_type_on_every_topic(topic: str) -> None:
    """A record of ours on a topic that does not carry it is a wire error."""
    foreign = REGION if topic != topics.REFERENCE_SHARED else ENCOUNTER_CHARGES
    value = REGION.encode(region("330100")) if foreign is REGION else ENCOUNTER_CHARGES.encode(charges())
    with pytest.raises(WireError):
        Ward().feed(topic, PERSON, value)


def test_every_code_of_the_hospital_has_a_case() -> None:
    """The fault table's groups "Credential and encounter" and "Bill data" are covered, save what others raise."""
    codes = list(FAULTS)
    groups = codes[codes.index("CARD_UNREADABLE") : codes.index("OPERATION_NOT_BUILT")]
    elsewhere = {"NOT_ADMITTED", "TOTALS_DISAGREE", "DETAILS_DIFFER", "ALREADY_SETTLED"}
    raised = {code for code, *_ in (*DATA.values(), *MENDED.values(), *POISON.values())}
    assert set(groups) - elsewhere <= raised


def test_refusal_remembers_its_message() -> None:
    """What was refused is known from then on, with the lines that a manual claim needs."""
    ward = Ward()
    refusal_of(ward.send(charges(psn_name="模拟乙")))
    row = MESSAGES.get(ward.view, charges()["msgid"])
    assert row is not None
    assert ward.view.timers == {lines_timer(charges()["msgid"]): NOW + LINES_KEPT_MS}
    assert row.charges == ENCOUNTER_CHARGES.encode(charges(psn_name="模拟乙"))
