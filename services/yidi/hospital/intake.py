"""Files with itemised bills, to messages: the edge of `yidi submit` (docs/intake.md describes the formats).

Syntax is refused here, and then nothing at all is sent: every problem of every file is named at once. Meaning (sums,
items, people, dates in the future) is judged in the chain, which answers with a fault code.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from yidi.contract import records
from yidi.contract.codec import ENCOUNTER_CHARGES
from yidi.contract.topics import ENCOUNTER_BYTES_MAX
from yidi.domain.instants import moment_of
from yidi.hospital.csv_file import read_csv
from yidi.hospital.edge import ENCOUNTER_FIELDS, LINE_FIELDS, charges_of, model_for
from yidi.hospital.json_file import read_json
from yidi.hospital.nearest import unknown_field
from yidi.hospital.problems import IntakeError, Problem
from yidi.hospital.raw import RawEncounter

__all__ = ["IntakeError", "Problem", "Submission", "derived_msgid", "read_content", "read_files"]

FILE_BYTES_MAX: Final = 64 * 1024 * 1024
"""A larger file is split: everything is checked in memory before anything is sent."""

MESSAGE_BYTES_MAX: Final = ENCOUNTER_BYTES_MAX - 4096
"""What the topic takes, less key and headers."""

SERIAL_CHARS: Final = 4
_ZIP: Final = b"PK\x03\x04"
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Submission:
    """One encounter ready to be sent: the record and its bytes. `origin` says which file, and where in it."""

    origin: str
    charges: records.EncounterCharges
    value: bytes


def read_files(paths: Iterable[Path]) -> list[Submission]:
    """The encounters of all files, in order. IntakeError with all problems of all files; then nothing may be sent."""
    submissions: list[Submission] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            submissions += read_content(_content(path), str(path))
        except IntakeError as error:
            problems += error.problems
    if problems:
        raise IntakeError(tuple(problems))
    return submissions


def read_content(content: bytes, file: str) -> list[Submission]:
    """The encounters of one file's bytes: CSV when its name ends so, else JSON. IntakeError with all its problems."""
    if content[:4] == _ZIP:
        raise IntakeError((Problem(file, "a workbook or an archive, not a text", "Save it as CSV UTF-8."),))
    raws = read_csv(content, file) if file.lower().endswith((".csv", ".tsv")) else read_json(content, file)
    submissions: list[Submission] = []
    problems: list[Problem] = []
    for raw in raws:
        try:
            submissions.append(_submission(raw))
        except IntakeError as error:
            problems += error.problems
    if problems:
        raise IntakeError(tuple(problems))
    return submissions


def derived_msgid(charges: records.EncounterCharges) -> str:
    """Id for an encounter that brought none, in the national form: institution 12 + time 14 + serial 4.

    The serial is made of the content, so that the same file submitted twice is the same message, and a changed one
    another.
    """
    content = ENCOUNTER_CHARGES.encode({**charges, "msgid": ""})
    number = int.from_bytes(hashlib.sha256(content).digest(), "big")
    serial = "".join(_DIGITS[number // 36**place % 36] for place in range(SERIAL_CHARS))
    return f"{charges['fixmedins_code']:0<12.12}{moment_of(charges['inf_time']):%Y%m%d%H%M%S}{serial}"


def _content(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > FILE_BYTES_MAX:
            what, todo = f"{size} bytes, {FILE_BYTES_MAX} at most", "Split the file."
            raise IntakeError((Problem(str(path), what, todo),))
        return path.read_bytes()
    except OSError as error:
        problem = Problem(
            str(path), error.strerror or str(error), "Name a file that exists and can be read: JSON or CSV."
        )
        raise IntakeError((problem,)) from error


def _submission(raw: RawEncounter) -> Submission:
    try:
        edge = model_for(raw.fields.get("operation", "")).model_validate(raw.fields)
    except ValidationError as error:
        raise IntakeError(tuple(_problem(raw, detail) for detail in error.errors())) from error
    charges = charges_of(edge)
    if not charges["msgid"]:
        charges["msgid"] = derived_msgid(charges)
    value = ENCOUNTER_CHARGES.encode(charges)
    if len(value) > MESSAGE_BYTES_MAX:
        what = f"{len(value)} bytes as a message, {MESSAGE_BYTES_MAX} at most"
        raise IntakeError((Problem(raw.file, what, "Merge equal lines, or shorten names.", raw.label),))
    return Submission(f"{raw.file}{f', {raw.label}' if raw.label else ''}", charges, value)


def _problem(raw: RawEncounter, detail: Any) -> Problem:  # noqa: ANN401 — pydantic's ErrorDetails
    location = detail["loc"]
    in_line = len(location) > 1 and location[0] == "lines"
    line = raw.line_label(int(location[1])) if in_line else ""
    field = str(location[-1]) if isinstance(location[-1], str) else ""
    what, todo = _words(detail, LINE_FIELDS if in_line else ENCOUNTER_FIELDS)
    return Problem(raw.file, what, todo, raw.label, line, field)


def _words(detail: Any, known: frozenset[str]) -> tuple[str, str]:  # noqa: ANN401 — pydantic's ErrorDetails
    match detail["type"]:
        case "missing":
            return "missing", "Add it."
        case "extra_forbidden":
            return unknown_field(str(detail["loc"][-1]), known)
        case "edge":
            what, _, todo = detail["msg"].rpartition("; ")
            return what, f"{todo[:1].upper()}{todo[1:]}."
        case "list_type":
            return "not a list", "Write the charges as [ { … }, … ]."
        case _:
            return "not an object with fields", "Write it as { … }."
