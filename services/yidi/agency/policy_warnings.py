"""What is allowed in a policy, but goes beyond national guidance or looks like a slip: warnings, never errors."""

from collections.abc import Iterator
from typing import Final

from yidi.agency.claim import CARES
from yidi.agency.policy_file import Policy
from yidi.agency.policy_plan import DeductibleUplift, FirstBear, NoCut, PointsOff, Remote

POINTS_MAX_BP: Final = {"referral": 1000, "emergency": 1000, "other_temporary": 2000}
"""National guidance for points off (domain §6.4), in basis points."""


def warnings_of(policy: Policy) -> list[str]:
    """Sentences with the field's path; an empty list is the normal case."""
    return [*_cut_warnings(policy), *_large_amount_warnings(policy)]


def _cut_warnings(policy: Policy) -> Iterator[str]:
    for care in CARES:
        plan = getattr(policy, care)
        if plan is not None:
            yield from _remote_warnings(care, plan.remote)


def _remote_warnings(care: str, remote: Remote) -> Iterator[str]:
    for name, guidance in POINTS_MAX_BP.items():
        cut = getattr(remote, name)
        points = cut.points if isinstance(cut, (PointsOff, FirstBear, DeductibleUplift)) else 0
        if points > guidance:
            yield (
                f"{care}.remote.{name}.points: {points / 100:g} points off are more than the {guidance // 100} of "
                "national guidance"
            )
    if not isinstance(remote.long_term, NoCut):
        yield f"{care}.remote.long_term: long-term filed people are normally paid as at home, without a cut"


def _large_amount_warnings(policy: Policy) -> Iterator[str]:
    if policy.large_amount is not None and policy.large_amount.annual_cap is None:
        yield "large_amount.annual_cap: left out, so the fund pays without end"
