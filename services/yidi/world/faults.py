"""Bad inputs by the fault code that the chain answers: for tests, the guided tour, and chaos.

`CASES[code](today)` makes one. Faults that need something else to be broken are not here: an agency that answers
nothing or nonsense, a store or broker that is gone, a program's defect.
"""

from collections.abc import Callable
from datetime import date
from typing import Final

from yidi.world.bill_faults import BILL_FAULTS
from yidi.world.fault_case import FaultCase, Sent
from yidi.world.sequence_faults import SEQUENCE_FAULTS
from yidi.world.standing_faults import STANDING_FAULTS
from yidi.world.wire_faults import WIRE_FAULTS

__all__ = ["CASES", "FaultCase", "Sent"]

CASES: Final[dict[str, Callable[[date], FaultCase]]] = {
    **BILL_FAULTS,
    **STANDING_FAULTS,
    **SEQUENCE_FAULTS,
    **WIRE_FAULTS,
}
"""How to make a case of each code; dates are relative to the day given."""
