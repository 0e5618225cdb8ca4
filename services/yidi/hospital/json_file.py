"""Encounters in a JSON file: one object, or a list of them. Numbers are read exactly, never as floats."""

import json
from decimal import Decimal
from typing import Any, Final

from yidi.hospital.problems import IntakeError, Problem
from yidi.hospital.raw import RawEncounter

INT_CHARS_MAX: Final = 40
"""A longer whole number is read as a decimal, and refused for its size, without converting thousands of digits."""


class _Repeated(Exception):
    """A name that stands twice in one object."""


def read_json(content: bytes, file: str) -> list[RawEncounter]:
    """The encounters of a file; IntakeError with line and column when it is no JSON."""
    document = _parsed(content, file)
    entries = document if isinstance(document, list) else [document]
    problems = [
        Problem(file, "not an object with the fields of an encounter", "Use { … }, or a list of them.", f"[{at}]")
        for at, entry in enumerate(entries)
        if not isinstance(entry, dict)
    ]
    if not entries:
        problems = [Problem(file, "an empty list", "Put at least one encounter into it.")]
    if problems:
        raise IntakeError(tuple(problems))
    return [RawEncounter(file, _label(at, len(entries), entry), entry) for at, entry in enumerate(entries)]


def _parsed(content: bytes, file: str) -> Any:  # noqa: ANN401 — whatever the file holds
    try:
        text = content.decode("utf-8-sig")
        return json.loads(
            text, parse_float=Decimal, parse_int=_int, parse_constant=_constant, object_pairs_hook=_object
        )
    except UnicodeDecodeError as error:
        problem = Problem(file, f"byte {error.start} is no UTF-8", "Save the file as UTF-8.")
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        problem = Problem(file, f"no JSON: {error.msg}", "Correct the file at that place.", where)
    except _Repeated as error:
        problem = Problem(file, "the field stands twice in one object", "Keep one of the two.", field=str(error))
    except RecursionError:
        problem = Problem(file, "nested too deeply", "An encounter has its fields, and lines with theirs.")
    except ValueError as error:
        problem = Problem(file, str(error), "Write a plain number such as 125.40.")
    raise IntakeError((problem,))


def _label(at: int, of: int, entry: dict[str, Any]) -> str:
    msgid = entry.get("msgid")
    name = f" (msgid {msgid})" if isinstance(msgid, str) and msgid.isprintable() else ""
    return f"encounter {at + 1}{name}" if of > 1 else ""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        raise _Repeated(next(name for name in names if names.count(name) > 1))
    return made


def _int(digits: str) -> int | Decimal:
    return int(digits) if len(digits) <= INT_CHARS_MAX else Decimal(digits)


def _constant(name: str) -> None:
    raise ValueError(f"{name} is no amount")
