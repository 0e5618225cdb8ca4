"""What each version of a person's record has paid into the personal account. Only sums are kept."""

from yidi.contract import records

DepositList = tuple[tuple[int, int], ...]
"""(recorded at, amount) of each deposit."""


class Deposits:
    """By person, the deposits of every version that differs from the one before."""

    def __init__(self) -> None:
        self._versions: dict[str, list[DepositList]] = {}
        self._newest: dict[str, int] = {}

    def learn(self, person: records.PersonHistory) -> None:
        if person["version"] <= self._newest.get(person["psn_no"], -1):
            return
        self._newest[person["psn_no"]] = person["version"]
        deposits = tuple((deposit["recorded_at"], deposit["amt"]) for deposit in person["deposits"])
        versions = self._versions.setdefault(person["psn_no"], [])
        if not versions or versions[-1] != deposits:
            versions.append(deposits)

    def latest(self, psn_no: str) -> int:
        """Sum of the newest version; 0 for a person without a record."""
        versions = self._versions.get(psn_no)
        return sum(amount for _, amount in versions[-1]) if versions else 0

    def version_with(self, psn_no: str, deposited: int, oldest: int, instant_ms: int) -> int | None:
        """The first version from `oldest` on whose deposits (all, or those until an instant) make that sum.

        A person without a record has no deposits. None when no version does.
        """
        versions = self._versions.get(psn_no) or [()]
        for version in range(oldest, len(versions)):
            every = sum([amount for _, amount in versions[version]])
            until = sum([amount for recorded_at, amount in versions[version] if recorded_at <= instant_ms])
            if deposited in {every, until}:
                return version
        return None
