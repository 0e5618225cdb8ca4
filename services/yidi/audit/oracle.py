"""The oracle over logs that lie in memory, and what puts the partitions together to one report."""

from collections.abc import Iterable, Mapping
from typing import Final

from yidi.audit.accounting import Accounting
from yidi.audit.book import Book
from yidi.audit.chains import Chains
from yidi.audit.check import Check
from yidi.audit.completeness import Completeness
from yidi.audit.details import DetailsAgree
from yidi.audit.effects import Effects
from yidi.audit.findings import Findings
from yidi.audit.identities import Identities
from yidi.audit.journal import Journal
from yidi.audit.legs import reading_order
from yidi.audit.outcomes import Outcomes
from yidi.audit.partition import PartitionAudit
from yidi.audit.placement import Placement
from yidi.audit.report import AuditReport, verdict_of
from yidi.audit.sums import Sums
from yidi.audit.traces import Traces
from yidi.audit.unchanged import Unchanged
from yidi.audit.versions import Versions
from yidi.audit.visits import Visits
from yidi.runtime.decider import Record

CHECKS: Final[tuple[type[Check], ...]] = (
    Outcomes,
    Visits,
    Effects,
    Identities,
    DetailsAgree,
    Journal,
    Chains,
    Accounting,
    Placement,
    Unchanged,
    Versions,
    Completeness,
    Traces,
)
"""Every promise, in the order of the report."""


def audit_of(partition: int, partitions: int, truncated: Iterable[str] = ()) -> PartitionAudit:
    """The audit of one partition number; `truncated` names topics whose first records are gone there."""
    book = Book(partition, partitions)
    book.truncated.update(truncated)
    return PartitionAudit(book, [check(book) for check in CHECKS], Sums())


class Tally:
    """Adds up partitions, one after another; an audited partition can be forgotten afterwards."""

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self._findings = {check.name: Findings() for check in CHECKS}
        self._counts: dict[str, int] = {}
        self._sums = Sums()

    def take(self, audit: PartitionAudit) -> None:
        """Close the partition's audit and add it."""
        audit.close()
        for check in audit.checks:
            self._findings[check.name].merge(check.findings)
        self._sums.merge(audit.sums)
        for name, count in (*audit.counts.items(), *_outcomes(audit.book)):
            self._counts[name] = self._counts.get(name, 0) + count

    def merge(self, other: "Tally") -> None:
        """Add what another process has audited."""
        for name, findings in other._findings.items():  # noqa: SLF001 — of the same class
            self._findings[name].merge(findings)
        self._sums.merge(other._sums)  # noqa: SLF001 — of the same class
        for name, count in other._counts.items():  # noqa: SLF001 — of the same class
            self._counts[name] = self._counts.get(name, 0) + count

    def report(self) -> AuditReport:
        reports = tuple(self._findings[check.name].report(check.name, check.promise) for check in CHECKS)
        failed, unknown = sum(each.failed for each in reports), sum(each.unknown for each in reports)
        counts = dict(sorted(self._counts.items()))
        return AuditReport(verdict_of(failed, unknown), self._partitions, counts, reports, self._sums.rows())


def audit_records(logs: Mapping[str, Iterable[Record]], partitions: int) -> AuditReport:
    """Audit whole logs that lie in memory, such as those of the simulated world: topic → its records, by offset.

    The logs are taken as complete and at rest. Topics that are not of the plan are left out.
    """
    names = reading_order(list(logs))
    by_place: dict[tuple[str, int], list[Record]] = {}
    for name in names:
        for record in logs[name]:
            by_place.setdefault((name, record.partition), []).append(record)
    tally = Tally(partitions)
    for partition in range(partitions):
        audit = audit_of(partition, partitions)
        for name in names:
            for record in sorted(by_place.get((name, partition), ()), key=lambda each: each.offset):
                audit.add(record)
        tally.take(audit)
    return tally.report()


def _outcomes(book: Book) -> Iterable[tuple[str, int]]:
    """Requests by their last outcome, such as `outcome DONE`; a query has none of its own and counts as `queries`."""
    counts: dict[str, int] = {}
    for case in book.cases.values():
        outcome = f"outcome {case.told[-1].outcome if case.told else 'NONE'}"
        name = "queries" if case.operation == "QUERY" else outcome
        counts[name] = counts.get(name, 0) + 1
    return counts.items()
