"""A year's accumulators: what a person has used up so far, and how a settlement moves it.

A year is a mapping of the keys below to integers: fen, except `admissions`, which counts stays. A key that is
absent is 0. A settlement's effect is a mapping of the same kind that is *added*; cancelling adds its negation.
"""

from collections.abc import Mapping
from typing import Final, TypeAlias

from msgspec import Struct

Counters: TypeAlias = Mapping[str, int]
"""One person's one year: key → fen (`admissions`: a count)."""

ADMISSIONS: Final = "admissions"
POOL_PAID: Final = "pool_paid"
HIFOB_PAID: Final = "hifob_paid"
HIFMI_SHARE: Final = "hifmi_share"
HIFMI_PAID: Final = "hifmi_paid"
CVLSERV_PAID: Final = "cvlserv_paid"
HIFES_PAID: Final = "hifes_paid"
MAF_SHARE: Final = "maf_share"
MAF_PAID: Final = "maf_paid"
MAF_EXTRA_SHARE: Final = "maf_extra_share"
MAF_EXTRA_PAID: Final = "maf_extra_paid"

NO_COUNTERS: Final[Counters] = {}


class CareKeys(Struct, frozen=True):
    """Keys of one kind of care (or one chronic disease): in-scope amount, deductible and pool payment of the year.

    `months[m]` counts what the pool paid in month m (1…12); it is kept where a policy has a monthly cap.
    """

    scope: str
    dedc: str
    paid: str
    months: tuple[str, ...]


def care_keys(name: str) -> CareKeys:
    months = tuple(f"{name}_paid_{month:02d}" for month in range(13))
    return CareKeys(f"{name}_scope", f"{name}_dedc", f"{name}_paid", months)


def after(before: Counters, effect: Counters) -> dict[str, int]:
    """The year after an effect; keys that come back to 0 stay, so that before and after can be compared."""
    counters = dict(before)
    for key, change in effect.items():
        counters[key] = counters.get(key, 0) + change
    return counters
