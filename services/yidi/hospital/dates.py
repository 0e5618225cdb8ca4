"""The dates of a visit: none in the future, none before the beginning, fees inside the visit."""

from typing import NamedTuple

from yidi.contract import records
from yidi.domain.faults import Refusal
from yidi.domain.instants import DAY_MS, business_days, date_of_days, moment_of
from yidi.hospital.fields import STAY_TYPES
from yidi.hospital.limits import CLOCK_SKEW_MS, INSTANT_MIN_MS

_SHANGHAI_MS = 8 * 3_600_000


class Window(NamedTuple):
    """When the visit's fees may arise: whole business days from the first to the last, and never after `now`."""

    first_ms: int
    end_ms: int
    latest_ms: int

    def check(self, line: records.ChargeLine) -> None:
        """DATE_IN_FUTURE or DATES_DISORDERED for a fee that arose outside."""
        at = line["fee_ocur_time"]
        if self.first_ms <= at < self.end_ms and at <= self.latest_ms:
            return
        where = f"line {line['feedetl_sn']}: fee_ocur_time"
        if at > self.latest_ms:
            raise _future(where, at)
        first, last = business_days(self.first_ms), business_days(self.end_ms - 1)
        span = f"{date_of_days(first)} to {date_of_days(last)}"
        raise Refusal("DATES_DISORDERED", f"{where} {_told(at)} is outside the visit, {span}")


def check_dates(charges: records.EncounterCharges, now_ms: int) -> None:
    """FIELD_INVALID, DATE_IN_FUTURE, DATES_DISORDERED, naming the field.

    `now_ms` is the hospital's clock; a sender's may run ahead of it by `CLOCK_SKEW_MS`.
    """
    begins, ends = charges["begntime"], charges["endtime"]
    latest = now_ms + CLOCK_SKEW_MS
    for field, at in (("begntime", begins), ("endtime", ends), ("inf_time", charges["inf_time"])):
        if at is None:
            continue
        if at > latest:
            raise _future(field, at)
        if at < INSTANT_MIN_MS:
            raise Refusal("FIELD_INVALID", f"{field}: {at} ms lies before 2000-01-01; it is UTC milliseconds")
    if ends is not None and ends < begins:
        raise Refusal("DATES_DISORDERED", f"endtime {_told(ends)} lies before begntime {_told(begins)}")


def check_discharged(charges: records.EncounterCharges) -> None:
    """NOT_DISCHARGED: a stay is settled at discharge; its end decides year and policy (domain §3)."""
    if charges["endtime"] is None and charges["med_type"] in STAY_TYPES:
        raise Refusal("NOT_DISCHARGED", "endtime: a stay is settled only with its discharge")


def window_of(charges: records.EncounterCharges, now_ms: int) -> Window:
    """From the first day of the visit to the day of its end, or of sending where no end is told."""
    last = charges["endtime"] if charges["endtime"] is not None else charges["inf_time"]
    return Window(_day_begins(charges["begntime"]), _day_begins(last) + DAY_MS, now_ms + CLOCK_SKEW_MS)


def _day_begins(instant_ms: int) -> int:
    return business_days(instant_ms) * DAY_MS - _SHANGHAI_MS


def _future(field: str, at: int) -> Refusal:
    return Refusal("DATE_IN_FUTURE", f"{field}: {_told(at)} lies in the future")


def _told(at: int) -> str:
    try:
        return f"{moment_of(at):%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError, OSError):  # a long may name a year beyond the calendar
        return f"{at} ms"
