"""The one table of faults: what can go wrong, whose turn it is, and what to do (design §7, domain §7).

Deciders refuse by raising `Refusal` with a code of this table. Everything that people read about a fault comes from here.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class FaultClass(StrEnum):
    BUSINESS = "BUSINESS"
    DATA = "DATA"
    TRANSIENT = "TRANSIENT"
    UNKNOWN = "UNKNOWN"
    POISON = "POISON"
    DEFECT = "DEFECT"


class Stage(StrEnum):
    """Where in its way a message failed."""

    DECODE = "DECODE"
    VALIDATE = "VALIDATE"
    CONVERT = "CONVERT"
    ELIGIBILITY = "ELIGIBILITY"
    CALCULATE = "CALCULATE"
    PUBLISH = "PUBLISH"


class Replayable(StrEnum):
    """When sending the record again can help."""

    NO = "NO"
    AFTER_REPAIR = "AFTER_REPAIR"
    AFTER_CORRECTION = "AFTER_CORRECTION"
    AFTER_EDIT = "AFTER_EDIT"
    AUTOMATIC = "AUTOMATIC"
    ASK_FIRST = "ASK_FIRST"


@dataclass(frozen=True, slots=True)
class Fault:
    """One row of the table; `code` is stable for ever, words may improve."""

    code: str
    fault_class: FaultClass
    acts: str
    zh: str
    en: str
    todo: str
    replayable: Replayable


class Refusal(Exception):  # noqa: N818 — a refusal is an outcome of the field, not an error of the program
    """A decider's explicit no: the fault's code, the stage it was found at, and the particulars.

    `detail` is one English sentence naming the field and the value; it never holds a person's name or full number.
    """

    def __init__(self, code: str, detail: str = "", *, stage: Stage = Stage.VALIDATE) -> None:
        self.fault = FAULTS[code]
        self.detail = detail
        self.stage = stage
        super().__init__(f"{code}: {detail or self.fault.en}")


_B, _D, _T, _U, _P, _X = (
    FaultClass.BUSINESS,
    FaultClass.DATA,
    FaultClass.TRANSIENT,
    FaultClass.UNKNOWN,
    FaultClass.POISON,
    FaultClass.DEFECT,
)
_NO, _REPAIR, _CORRECT = Replayable.NO, Replayable.AFTER_REPAIR, Replayable.AFTER_CORRECTION
_EDIT, _AUTO, _ASK = Replayable.AFTER_EDIT, Replayable.AUTOMATIC, Replayable.ASK_FIRST

# ruff: noqa: E501
# fmt: off
_ROWS: Final = (
    # Filing, openness, connection: found by the platform.
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    # Enrolment and benefits: found by the agency.
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    # Credential and encounter: found by the hospital.
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    # Bill data: found by the hospital.
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    # Settlement life cycle.
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    # Reference data: found by the registry.
    Fault(,
    Fault(,
    Fault(,
    # Wire.
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
    Fault(,
)
# fmt: on

FAULTS: Final[dict[str, Fault]] = {row.code: row for row in _ROWS}
"""Every fault by its code."""
