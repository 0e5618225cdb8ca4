"""A filing 备案, as a test says it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from yidi.contract import records
from yidi.domain.codes import FilingType, InsuType
from yidi.domain.identities import derived_id
from yidi.domain.instants import days_of, start_of

LONG_TERM: Final = frozenset({FilingType.RETIRED_RESETTLED, FilingType.LONG_TERM_RESIDENT, FilingType.POSTED_WORKER})
BEGINS_DAYS_AGO: Final = 400
"""Long enough ago for any visit of a test."""
TEMPORARY_DAYS: Final = 800
"""A temporary filing has to have an end; this one lies well after the test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """Filed for treatment at `place`, a pooling area or a whole provincial node. A long-term one by default.

    `begins`: None is well before the test's today. `ends`: None is never, for a temporary filing well after today.
    """

    place: str
    kind: FilingType = FilingType.LONG_TERM_RESIDENT
    begins: date | None = None
    ends: date | None = None

    def record(self, psn_no: str, insured_in: str, scheme: InsuType, today: date) -> records.Filing:
        """As the registry keeps it: recorded on its first day, or today when it begins later."""
        begins = self.begins or today - timedelta(days=BEGINS_DAYS_AGO)
        ends = self.ends if self.ends or self.kind in LONG_TERM else begins + timedelta(days=TEMPORARY_DAYS)
        return {
            "filing_id": derived_id(f"{psn_no}/{self.kind}/{self.place}/{begins}/{ends}", "filing"),
            "filing_type": self.kind.value,
            "insuplc_admdvs": insured_in,
            "insutype": scheme.value,
            "mdtrtarea_admvs": self.place,
            "begndate": days_of(begins),
            "enddate": None if ends is None else days_of(ends),
            "recorded_at": start_of(min(begins, today)),
            "cancelled_at": None,
            "channel": "counter",
            "proof": "承诺书（模拟）",
        }
