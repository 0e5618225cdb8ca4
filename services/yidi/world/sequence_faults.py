"""Messages that are wrong only after another one: repeats with other content, second settlements, reversals."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Final

from yidi.contract import records
from yidi.world.fault_case import FaultCase, anything, filed, good, sent

SERIALS: Final = 10_000
HALF: Final = 5_000


def later(encounter: records.EncounterCharges, step: int = 1) -> records.EncounterCharges:
    """The same under another msgid: as if sent once more by a program that does not know its duty."""
    serial = (int(encounter["msgid"][-4:]) + HALF + step) % SERIALS
    return {**encounter, "msgid": f"{encounter['msgid'][:-4]}{serial:04d}"}


def about(encounter: records.EncounterCharges, operation: records.Operation, step: int = 1) -> records.EncounterCharges:
    """A query, cancel or reversal of that encounter's message."""
    message = later(encounter, step)
    return {**message, "operation": operation, "refers": encounter["msgid"], "lines": [], "medfee_sumamt": 0}


def _other_content(encounter: records.EncounterCharges) -> records.EncounterCharges:
    return {**encounter, "refl_flag": not encounter["refl_flag"]}


def _second(code: str, make: Callable[[records.EncounterCharges], records.EncounterCharges], today: date) -> FaultCase:
    case = good(code, today, anything)
    sends = (sent(case.encounter), sent(make(case.encounter)))
    return FaultCase(code, "hospital", sends, case.changes(), refused=code != "ID_CONFLICT")


def _reversed_twice(today: date) -> FaultCase:
    code = "ALREADY_REVERSED"
    case = good(code, today, anything)
    reversals = [about(case.encounter, "REVERSE", step) for step in (1, 2)]
    return FaultCase(code, "platform", tuple(map(sent, (case.encounter, *reversals))), case.changes())


def _never_in_effect(today: date) -> FaultCase:
    """Refused for want of a filing, then reversed: nothing is owed."""
    code = "NOTHING_TO_REVERSE"
    case = good(code, today, filed).with_filings([])
    sends = (sent(case.encounter), sent(about(case.encounter, "REVERSE")))
    return FaultCase(code, "platform", sends, case.changes())


def _nothing_known(today: date) -> FaultCase:
    code = "SETTLEMENT_NOT_FOUND"
    case = good(code, today, anything)
    return FaultCase(code, "platform", (sent(about(case.encounter, "QUERY")),), case.changes())


SEQUENCE_FAULTS: Final[dict[str, Callable[[date], FaultCase]]] = {
    "ALREADY_REVERSED": _reversed_twice,
    "ALREADY_SETTLED": partial(_second, "ALREADY_SETTLED", later),
    "ID_CONFLICT": partial(_second, "ID_CONFLICT", _other_content),
    "NOTHING_TO_REVERSE": _never_in_effect,
    "SETTLEMENT_NOT_FOUND": _nothing_known,
}
