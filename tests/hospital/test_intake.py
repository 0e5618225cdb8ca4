"""The edge of `yidi submit`: what people write becomes a message, or one clear error a mistake."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.hospital.ward import Ward, refusal_of
from yidi.contract import records
from yidi.contract.codec import ENCOUNTER_CHARGES
from yidi.hospital.intake import MESSAGE_BYTES_MAX, IntakeError, Problem, read_content, read_files

LINE = {
    "feedetl_sn": "1",
    "medins_list_codg": "h-DRUG-A",
    "medins_list_name": "模拟药",
    "local_category": "西药",
    "cnt": 2.5,
    "pric": "4.123456",
    "det_item_fee_sumamt": 10.31,
    "fee_ocur_time": "2025-06-10 09:05:00",
}
BILL: dict[str, Any] = {
    "msgid": "H11010000001202506100905000001",
    "psn_no": "33010000000000000000000001",
    "insuplc_admdvs": "330100",
    "mdtrtarea_admvs": "110100",
    "fixmedins_code": "H11010000001",
    "mdtrt_id": "V1",
    "med_type": "11",
    "insutype": "310",
    "mdtrt_cert_type": "01",
    "mdtrt_cert_no": "token-1",
    "psn_name": "模拟甲",
    "certno": "33010119900101123X",
    "begntime": "2025-06-10 09:00:00",
    "medfee_sumamt": "10.31",
    "lines": [LINE],
}


def bill(**fields: object) -> dict[str, Any]:
    return {**BILL, **fields}


def with_line(**fields: object) -> dict[str, Any]:
    return bill(lines=[{**LINE, **fields}])


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in BILL.items() if key != name}


def read(document: object, file: str = "bill.json") -> list[records.EncounterCharges]:
    content = document if isinstance(document, bytes) else json.dumps(document, ensure_ascii=False).encode()
    return [submission.charges for submission in read_content(content, file)]


def problems(document: object, file: str = "bill.json") -> tuple[Problem, ...]:
    with pytest.raises(IntakeError) as error:
        read(document, file)
    return error.value.problems


def test_json_becomes_the_record() -> None:
    """Yuan become fen, counts and prices scaled numbers, Shanghai times UTC milliseconds; the rest has its default."""
    (charges,) = read(BILL)
    (line,) = charges["lines"]
    assert charges["medfee_sumamt"] == 1_031
    assert charges["begntime"] == 1_749_517_200_000
    assert (line["cnt"], line["pric"], line["det_item_fee_sumamt"]) == (25_000, 4_123_456, 1_031)
    assert (charges["operation"], charges["card_national"], charges["er_flag"]) == ("SETTLE", True, False)
    assert charges["inf_time"] == line["fee_ocur_time"]


def test_a_list_holds_several_encounters() -> None:
    """Encounters of one file come in its order."""
    assert [c["mdtrt_id"] for c in read([bill(mdtrt_id="V1"), bill(mdtrt_id="V2")])] == ["V1", "V2"]


@pytest.mark.parametrize(
    "written",
    ["2025-06-10 09:00:00", "2025-06-10 09:00", "2025/6/10 9:00", "2025-06-10T01:00:00Z", "2025-06-10T02:00:00+01:00"],
)
def test_times_are_shanghai_unless_they_say_otherwise(written: str) -> None:
    """Local times, spreadsheets' spelling and ISO with a zone name the same instant."""
    assert read(bill(begntime=written))[0]["begntime"] == 1_749_517_200_000


def test_numbers_are_never_floats() -> None:
    """The largest amount survives to the fen, which a float would not."""
    assert (
        read(b'{"medfee_sumamt": 999999999999.99,' + json.dumps(without("medfee_sumamt")).encode()[1:])[0][
            "medfee_sumamt"
        ]
        == 99_999_999_999_999
    )


def test_query_needs_no_bill() -> None:
    """A query names what it refers to, and neither lines nor credential."""
    needed = ("psn_no", "insuplc_admdvs", "mdtrtarea_admvs", "fixmedins_code", "mdtrt_id", "med_type", "insutype")
    query = {name: BILL[name] for name in (*needed, "begntime")} | {"operation": "query", "refers": "M"}
    (charges,) = read(query)
    assert (charges["operation"], charges["refers"], charges["lines"]) == ("QUERY", "M", [])


def test_missing_msgid_is_derived_from_the_content() -> None:
    """Submitting a file twice is the same message; changing it makes another; the form is the national one."""
    first, again = read(without("msgid"))[0]["msgid"], read(without("msgid"))[0]["msgid"]
    other = read({**without("msgid"), "mdtrt_id": "V2"})[0]["msgid"]
    assert first == again != other
    assert first[:26] == "H1101000000120250610090500"
    assert len(first) == 30


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "unknown field": (bill(mdtrtarea_admdvs="110100"), "mdtrtarea_admdvs", "Do you mean mdtrtarea_admvs?"),
    "unknown of a line": (with_line(price="1"), "price", "Do you mean pric?"),
    "nothing like it": (bill(colour="red"), "colour", "Remove it"),
    "missing": (without("psn_no"), "psn_no", "missing"),
    "no total": (without("medfee_sumamt"), "medfee_sumamt", "missing"),
    "no lines": (without("lines"), "lines", "missing"),
    "empty": (bill(psn_no=" "), "psn_no", "empty"),
    "three decimals": (bill(medfee_sumamt="10.311"), "medfee_sumamt", "'10.311' has 3 decimals; 2 at most"),
    "three as a number": (with_line(det_item_fee_sumamt=10.311), "det_item_fee_sumamt", "10.311 has 3 decimals"),
    "five of a count": (with_line(cnt="1.00001"), "cnt", "5 decimals; 4 at most"),
    "seven of a price": (with_line(pric="1.0000001"), "pric", "7 decimals; 6 at most"),
    "too large": (bill(medfee_sumamt=10**15), "medfee_sumamt", "too large"),
    "separators": (bill(medfee_sumamt="1,000.00"), "medfee_sumamt", "without separators"),
    "currency": (bill(medfee_sumamt="10元"), "medfee_sumamt", "is no number"),
    "truth as money": (bill(medfee_sumamt=True), "medfee_sumamt", "is no number"),
    "null as money": (bill(medfee_sumamt=None), "medfee_sumamt", "null is no number"),
    "no time": (bill(begntime="yesterday"), "begntime", "is no time"),
    "no such day": (bill(begntime="2025-02-30 09:00:00"), "begntime", "does not exist"),
    "milliseconds": (bill(begntime=1_749_517_200_000), "begntime", "is no time"),
    "flag": (bill(er_flag="maybe"), "er_flag", "neither true nor false"),
    "operation": (bill(operation="REFUND"), "operation", "use one of"),
    "rounded by Excel": (bill(mdtrt_cert_no="3.3E+25"), "mdtrt_cert_no", "format the column as text"),
    "a list for a text": (bill(psn_no=["1"]), "psn_no", "a list where a text is needed"),
    "a float for a text": (bill(mdtrt_id=1.5), "mdtrt_id", "a number where a text is needed"),
    "control characters": (bill(mdtrt_id="a\u0000b"), "mdtrt_id", "control characters"),
    "a novel": (bill(mdtrt_id="x" * 201), "mdtrt_id", "201 characters"),
    "lines are no list": (bill(lines="none"), "lines", "not a list"),
    "a line is no object": (bill(lines=["x"]), "", "not an object"),
}


@pytest.mark.parametrize("case", WRONG)
def test_each_mistake_gives_one_error_naming_its_field(case: str) -> None:
    """One mistake, one problem: file, field, what is wrong, what to do."""
    document, field, words = WRONG[case]
    (problem,) = problems(document)
    assert (problem.file, problem.field) == ("bill.json", field)
    assert words.rstrip(".").lower() in f"{problem.what}; {problem.todo}".lower()
    assert problem.todo.endswith((".", "?"))


@pytest.mark.parametrize("case", WRONG)
def test_errors_show_no_person(case: str) -> None:
    """The text of a problem never repeats name, identity number or person number."""
    (problem,) = problems(WRONG[case][0])
    assert not [text for text in (BILL["psn_name"], BILL["certno"], BILL["psn_no"]) if text in str(problem)]


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    """Every problem of every encounter of every file comes in one error, each with its place."""
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    first.write_text(json.dumps([bill(begntime="x", colour="red"), with_line(cnt="x")]), encoding="utf-8")
    second.write_text("{", encoding="utf-8")
    with pytest.raises(IntakeError) as error:
        read_files([first, second, tmp_path / "none.json", tmp_path])
    found = error.value.problems
    assert [(Path(p.file).name, p.encounter[:11], p.line, p.field) for p in found][:3] == [
        ("a.json", "encounter 1", "", "begntime"),
        ("a.json", "encounter 1", "", "colour"),
        ("a.json", "encounter 2", "lines[1]", "cnt"),
    ]
    assert [p.what for p in found][3:] == [
        "no JSON: Expecting property name enclosed in double quotes",
        "No such file or directory",
        "Is a directory",
    ]
    assert str(error.value).count("\n") == 5


NO_JSON: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "no JSON"),
    "not closed": (b'{"msgid": "1"', "no JSON"),
    "bytes": (bytes(range(128, 256)), "is no UTF-8"),
    "a number": (b"7", "not an object"),
    "an empty list": (b"[]", "empty list"),
    "a list of numbers": (b"[7]", "not an object"),
    "a name twice": (b'{"msgid": "1", "msgid": "2"}', "stands twice"),
    "no number": (b'{"medfee_sumamt": NaN}', "NaN is no amount"),
    "nested": (b"[" * 100_000, "nested too deeply"),
    "a workbook": (b"PK\x03\x04", "workbook"),
}


@pytest.mark.parametrize("case", NO_JSON)
def test_what_is_no_json_is_one_error(case: str) -> None:
    """Anything else than an encounter or a list of them is one problem in words."""
    content, words = NO_JSON[case]
    (problem,) = problems(content)
    assert words in problem.what


def test_json_error_names_line_and_column() -> None:
    """People find the place."""
    (problem,) = problems(b'{\n  "msgid": "1"\n  "psn_no": "2"\n}')
    assert problem.encounter == "line 3, column 3"


def test_huge_number_is_refused_quickly() -> None:
    """A number of thousands of digits is too large, and is not converted."""
    (problem,) = problems(
        json.dumps(without("medfee_sumamt")).encode()[:-1] + b', "medfee_sumamt": ' + b"9" * 9000 + b"}"
    )
    assert problem.field == "medfee_sumamt"
    assert "too large" in problem.what


def test_byte_order_mark_is_no_mistake() -> None:
    """Editors put it there."""
    assert read(b"\xef\xbb\xbf" + json.dumps(BILL).encode())[0]["mdtrt_id"] == "V1"


def test_bill_that_no_message_can_carry_is_refused_here() -> None:
    """What the topic would not take is not sent."""
    lines = [{**LINE, "feedetl_sn": str(n), "medins_list_name": "名" * 200} for n in range(MESSAGE_BYTES_MAX // 600)]
    (problem,) = problems(bill(lines=lines))
    assert "bytes as a message" in problem.what


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (bill(lines=[], medfee_sumamt="0"), "BILL_EMPTY"),
        (bill(medfee_sumamt="10.30"), "SUM_MISMATCH"),
        (bill(begntime="2099-01-01 00:00:00"), "DATE_IN_FUTURE"),
        (bill(insuplc_admdvs="999999"), "REGION_UNKNOWN"),
        (with_line(cnt="-2.5", det_item_fee_sumamt="-10.31"), "REFUND_WITHOUT_ORIGINAL"),
        (bill(lines=[LINE, LINE], medfee_sumamt="20.62"), "LINE_DUPLICATE"),
        (with_line(local_category="火疗"), "CATEGORY_UNKNOWN"),
    ],
)
def test_meaning_is_judged_in_the_chain(document: dict[str, Any], code: str) -> None:
    """What is well written passes the edge, and the hospital answers it with a fault code."""
    (charges,) = read(document)
    assert refusal_of(Ward().send(charges)).fault.code == code


def test_submission_carries_its_bytes_and_origin(tmp_path: Path) -> None:
    """A submission is ready to be sent, and says where it came from."""
    path = tmp_path / "two.json"
    path.write_text(json.dumps([BILL, bill(mdtrt_id="V2")]), encoding="utf-8")
    first, second = read_files([path])
    assert ENCOUNTER_CHARGES.decode(first.value) == first.charges
    assert second.origin.startswith(f"{path}, encounter 2")
