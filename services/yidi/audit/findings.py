"""Collects one check's findings: counts all of them, keeps the smallest histories."""

from typing import Final

from yidi.audit.report import CheckReport, Finding, Level, Step, verdict_of

FINDINGS_KEPT: Final = 20
"""Of each check and level: enough to see a pattern, small enough to read; the counts are complete."""


class Findings:
    """Not ordered by the log but by size: the shortest history is the quickest to understand."""

    def __init__(self) -> None:
        self.tested = 0
        self.counts = dict.fromkeys(Level, 0)
        self._kept: dict[Level, list[Finding]] = {level: [] for level in Level}

    def fail(self, words: str, *history: Step) -> None:
        """The promise is broken."""
        self.add(Finding(Level.FAILED, words, history))

    def unsure(self, words: str, *history: Step) -> None:
        """The logs do not say whether the promise holds."""
        self.add(Finding(Level.UNKNOWN, words, history))

    def warn(self, words: str, *history: Step) -> None:
        """Worth a look, and no matter of right or wrong."""
        self.add(Finding(Level.WARNING, words, history))

    def add(self, finding: Finding) -> None:
        self.counts[finding.level] += 1
        self._keep(finding)

    def merge(self, other: "Findings") -> None:
        """Take over another partition's findings of the same check."""
        self.tested += other.tested
        for level, kept in other._kept.items():  # noqa: SLF001 — of the same class
            self.counts[level] += other.counts[level]
            for finding in kept:
                self._keep(finding)

    def report(self, name: str, promise: str) -> CheckReport:
        failed, unknown, warnings = (self.counts[level] for level in Level)
        findings = tuple(finding for level in Level for finding in self._kept[level])
        verdict = verdict_of(failed, unknown)
        return CheckReport(name, promise, verdict, self.tested, failed, unknown, warnings, findings)

    def _keep(self, finding: Finding) -> None:
        kept = self._kept[finding.level]
        if len(kept) < FINDINGS_KEPT or len(finding.history) < len(kept[-1].history):
            kept.append(finding)
            kept.sort(key=lambda each: len(each.history))
            del kept[FINDINGS_KEPT:]
