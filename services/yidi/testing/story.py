"""A settlement's way in plain lines, for a failing test's report."""

from collections.abc import Iterable

from yidi.chain.leg import Leg


def story(legs: Iterable[Leg]) -> str:
    """One line a leg: milliseconds since the first, topic and offset, message, what it says."""
    rows = list(legs)
    if not rows:
        return "  (no message of it lies on any topic)"
    began = rows[0].record.timestamp_ms
    return "\n".join(_row(leg, leg.record.timestamp_ms - began) for leg in rows)


def _row(leg: Leg, after_ms: int) -> str:
    record = leg.record
    where = f"{record.topic}[{record.partition}]@{record.offset}"
    return f"  +{after_ms:>5} ms  {where:<36} {leg.kind:<18} {leg.words}".rstrip()
