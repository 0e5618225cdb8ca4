"""What the audit says: one verdict, every check with its findings, the sums. Plain data."""

from enum import StrEnum
from typing import Final

import msgspec


class Verdict(StrEnum):
    """`UNKNOWN` is neither: something is still open, or the logs do not say."""

    PASS = "pass"  # noqa: S105 — a verdict, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"

    @property
    def exit_code(self) -> int:
        """0 pass, 1 fail, 2 unknown; stable for scripts."""
        return _EXIT_CODES[self]


_EXIT_CODES: Final = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.UNKNOWN: 2}


class Level(StrEnum):
    """How much a finding weighs; a warning never changes the verdict."""

    FAILED = "failed"
    UNKNOWN = "unknown"
    WARNING = "warning"


class Step(msgspec.Struct, frozen=True):
    """One record of a history: where it lies, the id it carries, and what is to be seen there."""

    topic: str
    partition: int
    offset: int
    id: str
    words: str


class Finding(msgspec.Struct, frozen=True):
    """One broken promise (or open question) with the fewest records that show it."""

    level: Level
    words: str
    history: tuple[Step, ...]


class CheckReport(msgspec.Struct, frozen=True):
    """One promise: how often it was tested, how often it broke, and the smallest findings (a limited number)."""

    name: str
    promise: str
    verdict: Verdict
    tested: int
    failed: int
    unknown: int
    warnings: int
    findings: tuple[Finding, ...]


class SumRow(msgspec.Struct, frozen=True):
    """Settled on one day for one pair of nodes, twins taken off. `day` is a date in Asia/Shanghai; amounts in fen."""

    day: str
    insured_node: str
    treatment_node: str
    person_times: int
    medfee_sumamt: int
    fund_pay_sumamt: int


class AuditReport(msgspec.Struct, frozen=True):
    """Everything the oracle found. `counts` is records read by topic, and settlements by outcome."""

    verdict: Verdict
    partitions: int
    counts: dict[str, int]
    checks: tuple[CheckReport, ...]
    sums: tuple[SumRow, ...]

    def check(self, name: str) -> CheckReport:
        """The check of that name; KeyError if there is none."""
        for check in self.checks:
            if check.name == name:
                return check
        raise KeyError(name)

    def to_json(self) -> bytes:
        """UTF-8 JSON, indented, with the field names above."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2)


def verdict_of(failed: int, unknown: int) -> Verdict:
    """Any failure fails; else anything open is unknown."""
    if failed:
        return Verdict.FAIL
    return Verdict.UNKNOWN if unknown else Verdict.PASS
