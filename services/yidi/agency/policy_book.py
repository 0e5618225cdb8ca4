"""The policies of all pooling areas: reads files, and finds the one for an insured area, a scheme and a date."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Final

from yidi.agency.claim import Claim
from yidi.agency.compiled import CompiledPolicy
from yidi.agency.policy_file import ANY_AREA, Policy, PolicyError, policy_of
from yidi.agency.written_kind import wrong_kind
from yidi.agency.written_text import TextError, read_text, text_of_file
from yidi.domain.faults import Refusal, Stage

SUFFIXES: Final = (".yaml", ".yml", ".json")


def read_policy(text: str, source: str = "policy") -> Policy:
    """Policy from the text of a file (YAML or JSON); PolicyError names every field at fault."""
    try:
        content = read_text(text)
    except TextError as error:
        raise PolicyError(source, [str(error)]) from None
    if (wrong := wrong_kind(content, "policy")) is not None:
        raise PolicyError(source, [wrong])
    return policy_of(content, source)


def load_policy(path: Path) -> Policy:
    """Policy from a file; PolicyError also where it cannot be read."""
    try:
        text = text_of_file(path)
    except TextError as error:
        raise PolicyError(str(path), [str(error)]) from None
    return read_policy(text, str(path))


class PolicyBook:
    """Policies by (pooling area, scheme). An area with a file of its own is never served by the default `*`."""

    def __init__(self, policies: Iterable[Policy]) -> None:
        self._shelves: dict[tuple[str, str], list[CompiledPolicy]] = {}
        self.policies = tuple(CompiledPolicy(policy) for policy in policies)
        for compiled in self.policies:
            for area in compiled.policy.admdvs:
                self._shelves.setdefault((area, compiled.insutype), []).append(compiled)
        for shelf in self._shelves.values():
            shelf.sort(key=lambda compiled: compiled.policy.valid_from)
            _refuse_overlap(shelf)

    def pick(self, admdvs: str, insutype: str, day: date) -> CompiledPolicy:
        """The policy valid on a day in a pooling area; `Refusal` NO_POLICY where there is none."""
        shelf = self._shelves.get((admdvs, insutype)) or self._shelves.get((ANY_AREA, insutype), [])
        for compiled in shelf:
            if compiled.valid_on(day):
                return compiled
        detail = f"no policy for area {admdvs}, insutype {insutype} on {day}"
        raise Refusal("NO_POLICY", detail, stage=Stage.CALCULATE)

    def for_claim(
        self, admdvs: str, insutype: str, claim: Claim
    ) -> tuple[CompiledPolicy, Mapping[int, CompiledPolicy]]:
        """Policy and earlier policies, as `benefits.calculate` takes them.

        By the discharge date; where that policy divides a stay by days, each earlier year has the one of 31 December.
        """
        policy = self.pick(admdvs, insutype, claim.enddate)
        if not policy.by_days:
            return policy, {}
        years = range(claim.begndate.year, claim.enddate.year)
        return policy, {year: self.pick(admdvs, insutype, date(year, 12, 31)) for year in years}


def _refuse_overlap(shelf: list[CompiledPolicy]) -> None:
    for earlier, later in pairwise(shelf):
        if earlier.valid_on(later.policy.valid_from):
            day = later.policy.valid_from
            other = f"{earlier.id} version {earlier.version}"
            raise PolicyError(later.id, [f"valid_from: {other} is also valid on {day}; end it before with valid_to"])


@lru_cache(maxsize=1)
def shipped_book() -> PolicyBook:
    """The example policies that come with the package: synthetic, the law of no year and no place."""
    folder = files("yidi.agency") / "policies"
    texts = sorted((entry.name, entry.read_text(encoding="utf-8")) for entry in folder.iterdir())
    return PolicyBook(read_policy(text, name) for name, text in texts if name.endswith(SUFFIXES))
