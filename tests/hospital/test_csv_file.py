"""Bills from spreadsheets: rows to encounters, and the ways in which spreadsheets save them."""

import pytest

from tests.hospital.test_intake import BILL, LINE, problems, read

HEADER = [name for name in BILL if name != "lines"] + list(LINE)
ROW = [str(BILL.get(name, LINE.get(name))) for name in HEADER]


def sheet(*rows: list[str], header: list[str] | None = None, delimiter: str = ",") -> str:
    return "".join(delimiter.join(row) + "\r\n" for row in (header or HEADER, *rows))


def row(**cells: str) -> list[str]:
    return [cells.get(name, value) for name, value in zip(HEADER, ROW, strict=True)]


def test_one_row_a_charge() -> None:
    """Rows of one msgid are one encounter, equal to the same bill in JSON."""
    assert read(sheet(ROW).encode(), "bill.csv") == read(BILL)


def test_encounter_fields_may_stand_once() -> None:
    """Below the first row, an encounter's fields may be repeated or left blank."""
    blank = ["" if name in BILL else value for name, value in zip(HEADER, row(feedetl_sn="2"), strict=True)]
    (charges,) = read(sheet(ROW, blank, row(feedetl_sn="3")).encode(), "bill.csv")
    assert [line["feedetl_sn"] for line in charges["lines"]] == ["1", "2", "3"]


def test_several_encounters_in_one_file() -> None:
    """Encounters are told apart by msgid, whatever the order of the rows."""
    rows = [row(msgid="A"), row(msgid="B", mdtrt_id="V2"), row(msgid="A", feedetl_sn="2")]
    first, second = read(sheet(*rows).encode(), "bill.csv")
    assert (first["msgid"], len(first["lines"]), second["msgid"], len(second["lines"])) == ("A", 2, "B", 1)


def test_without_msgid_the_visit_tells() -> None:
    """Rows without msgid belong together by institution and visit, and get derived ids."""
    rows = [row(msgid=""), row(msgid="", mdtrt_id="V2"), row(msgid="", feedetl_sn="2")]
    first, second = read(sheet(*rows).encode(), "bill.csv")
    assert (len(first["lines"]), len(second["lines"])) == (2, 1)
    assert first["msgid"] != second["msgid"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_separators_of_spreadsheets(encoding: str, delimiter: str) -> None:
    """However the spreadsheet saved it, the Chinese text arrives."""
    (charges,) = read(sheet(ROW, delimiter=delimiter).encode(encoding), "bill.csv")
    assert charges["psn_name"] == "模拟甲"


def test_lost_zero_of_the_credentials_type_is_put_back() -> None:
    """A spreadsheet makes 1 of 01; no other meaning is possible."""
    assert read(sheet(row(mdtrt_cert_type="1")).encode(), "bill.csv")[0]["mdtrt_cert_type"] == "01"


def test_query_in_a_spreadsheet_has_no_line() -> None:
    """A row without any line field makes an encounter without lines."""
    names = ["operation", "refers", *(name for name in HEADER if name in BILL)]
    cells = ["QUERY", "M", *(str(BILL[name]) for name in HEADER if name in BILL)]
    assert read(sheet(cells, header=names).encode(), "q.csv")[0]["lines"] == []


@pytest.mark.parametrize(
    ("content", "line", "field", "words"),
    [
        (sheet(row(pric="1.0000001")), "row 2", "pric", "7 decimals"),
        (sheet(ROW, row(feedetl_sn="2", cnt="x")), "row 3", "cnt", "is no number"),
        (sheet(ROW, row(feedetl_sn="2", psn_name="模拟乙")), "row 3", "psn_name", "differs from row 2"),
        (sheet(row(begntime="")), "", "begntime", "missing"),
        (sheet(row(fee_ocur_time="")), "row 2", "fee_ocur_time", "missing"),
        (sheet([*ROW, "extra"]), "row 2", "", "cells, the header has"),
        (sheet(ROW, header=[name.replace("pric", "price") for name in HEADER]), "header", "price", "no field"),
        (sheet([*ROW, "2"], header=[*HEADER, "cnt"]), "header", "cnt", "stands twice"),
        (sheet(), "", "", "no row below the header"),
        ("", "", "", "the file is empty"),
        ('msgid\r\n"open', "", "", "no CSV"),
    ],
)
def test_each_mistake_of_a_sheet_names_row_and_field(content: str, line: str, field: str, words: str) -> None:
    """One mistake, one problem, with the row as the spreadsheet numbers it."""
    (problem,) = problems(content.encode(), "bill.csv")
    assert (problem.line, problem.field) == (line, field)
    assert words in problem.what


def test_binary_is_no_sheet() -> None:
    """Random bytes are one problem, not a crash."""
    (problem,) = problems(bytes(range(256)), "bill.csv")
    assert "neither UTF-8 nor GBK" in problem.what


def test_ids_that_a_spreadsheet_rounded_are_caught() -> None:
    """A long number that became 3.30101E+17 is not taken for an id."""
    (problem,) = problems(sheet(row(certno="3.30101E+17")).encode(), "bill.csv")
    assert (problem.field, "rounded by a spreadsheet" in problem.what) == ("certno", True)
