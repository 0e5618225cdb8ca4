"""Encounters in a CSV file: one row a charge, the encounter's fields repeated or left blank below their first row.

Rows belong together by `msgid`, or by institution and visit where that is empty. Spreadsheets' ways are read: UTF-8
with or without its mark, UTF-16, GBK; comma, semicolon or tab; a leading zero lost from the credential's type.
"""

import csv
import io
from typing import Final

from yidi.hospital.edge import ENCOUNTER_FIELDS, LINE_FIELDS
from yidi.hospital.nearest import unknown_field
from yidi.hospital.problems import IntakeError, Problem
from yidi.hospital.raw import RawEncounter

DELIMITERS: Final = (",", ";", "\t")
GROUPING: Final = ("msgid", "fixmedins_code", "mdtrt_id")
NAMES: Final = (ENCOUNTER_FIELDS | LINE_FIELDS) - {"lines"}


class _Group:
    """The rows of one encounter."""

    def __init__(self, row: int) -> None:
        self.first_row = row
        self.fields: dict[str, str] = {}
        self.told_in: dict[str, int] = {}
        self.lines: list[dict[str, str]] = []
        self.rows: list[int] = []

    def add(self, row: int, cells: dict[str, str]) -> list[str]:
        """Take a row; names of encounter fields that differ from an earlier row."""
        differing = []
        for name, cell in cells.items():
            if name in LINE_FIELDS:
                continue
            if self.fields.setdefault(name, cell) != cell:
                differing.append(name)
            self.told_in.setdefault(name, row)
        line = {name: cell for name, cell in cells.items() if name in LINE_FIELDS}
        if line:
            self.lines.append(line)
            self.rows.append(row)
        return differing

    def raw(self, file: str, *, alone: bool) -> RawEncounter:
        fields = {**self.fields, "lines": self.lines}
        if "mdtrt_cert_type" in self.fields:
            fields["mdtrt_cert_type"] = self.fields["mdtrt_cert_type"].zfill(2)
        label = "" if alone else f"encounter from row {self.first_row}"
        return RawEncounter(file, label, fields, tuple(f"row {row}" for row in self.rows))


def read_csv(content: bytes, file: str) -> list[RawEncounter]:
    """The encounters of a file, in the order of their first rows; IntakeError for what is wrong with its shape."""
    rows = _rows(content, file)
    header = _header(rows[0][1], file)
    groups: dict[tuple[str, ...], _Group] = {}
    problems: list[Problem] = []
    current: tuple[str, ...] | None = None
    for number, row in rows[1:]:
        if len(row) > len(header) and any(cell.strip() for cell in row[len(header) :]):
            todo = "Put a cell that holds a separator into quotation marks."
            problems.append(
                Problem(file, f"{len(row)} cells, the header has {len(header)}", todo, line=f"row {number}")
            )
            continue
        cells = {name: cell.strip() for name, cell in zip(header, row, strict=False) if cell.strip()}
        if not cells:
            continue
        current = _key(cells) or current or ("",)
        group = groups.setdefault(current, _Group(number))
        problems += [_differs(file, number, name, group) for name in group.add(number, cells)]
    if not groups and not problems:
        problems = [Problem(file, "no row below the header", "Write one row a charge.")]
    if problems:
        raise IntakeError(tuple(problems))
    return [group.raw(file, alone=len(groups) == 1) for group in groups.values()]


def _rows(content: bytes, file: str) -> list[tuple[int, list[str]]]:
    """Rows with the number of the file's line that they end on."""
    text = _text(content, file)
    first = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        what = f"no CSV at line {reader.line_num}: {error}"
        raise IntakeError((Problem(file, what, "Correct the quotation marks there."),)) from error
    if not rows:
        raise IntakeError((Problem(file, "the file is empty", "Write a header with field names first."),))
    return rows


def _text(content: bytes, file: str) -> str:
    encodings = ["utf-16"] if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise IntakeError((Problem(file, "neither UTF-8 nor GBK text", "Save it as CSV UTF-8."),))


def _header(cells: list[str], file: str) -> list[str]:
    names = [cell.strip() for cell in cells]
    problems = [
        Problem(file, *unknown_field(name, NAMES), field=name or f"column {at}", line="header")
        for at, name in enumerate(names, start=1)
        if name not in NAMES and (name or at < len(names))
    ]
    problems += [
        Problem(file, "the column stands twice", "Keep one of them.", field=name, line="header")
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    if problems:
        raise IntakeError(tuple(problems))
    return names


def _key(cells: dict[str, str]) -> tuple[str, ...] | None:
    """What a row belongs to: its msgid, else its visit; None continues the row above."""
    if "msgid" in cells:
        return ("msgid", cells["msgid"])
    visit = tuple(cells.get(name, "") for name in GROUPING[1:])
    return ("visit", *visit) if any(visit) else None


def _differs(file: str, row: int, name: str, group: _Group) -> Problem:
    what = f"differs from row {group.told_in[name]} of the same encounter"
    return Problem(file, what, "Repeat it or leave it blank.", line=f"row {row}", field=name)
