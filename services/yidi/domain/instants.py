"""Instants are UTC milliseconds, business dates are dates in Asia/Shanghai; converted here and nowhere else."""

from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final

SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has had one zone and no summer time since 1991: a fixed offset, so no zone database is needed."""

EPOCH: Final = date(1970, 1, 1)
DAY_MS: Final = 86_400_000
_OFFSET_MS: Final = 8 * 3_600_000


def days_of(day: date) -> int:
    """Days since 1970-01-01, as Avro's `date` carries them."""
    return day.toordinal() - EPOCH.toordinal()


@lru_cache(maxsize=4096)
def date_of_days(days: int) -> date:
    return date.fromordinal(EPOCH.toordinal() + days)


def business_date(instant_ms: int) -> date:
    """The date in Asia/Shanghai at an instant."""
    return date_of_days(business_days(instant_ms))


def business_days(instant_ms: int) -> int:
    """The same as days since 1970-01-01."""
    return (instant_ms + _OFFSET_MS) // DAY_MS


def instant_of(moment: datetime) -> int:
    """UTC milliseconds; a datetime without a zone is meant in Asia/Shanghai, as hospitals write it."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
    return int(aware.timestamp() * 1000)


def moment_of(instant_ms: int) -> datetime:
    """The instant as a datetime in Asia/Shanghai."""
    return datetime.fromtimestamp(instant_ms / 1000, tz=UTC).astimezone(SHANGHAI)


def start_of(day: date) -> int:
    """The instant at which a business date begins."""
    return days_of(day) * DAY_MS - _OFFSET_MS
