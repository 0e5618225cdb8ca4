"""The report in plain text: verdict first, then every promise, then what broke, then the sums."""

from collections.abc import Iterator
from typing import Final

from yidi.audit.report import AuditReport, CheckReport, Finding, Level, SumRow, Verdict
from yidi.domain.money import yuan_of_fen

SUM_ROWS_SHOWN: Final = 20
"""The table is a glance; the JSON form has all rows."""

_MARKS: Final = {Verdict.PASS: "pass   ", Verdict.FAIL: "FAIL   ", Verdict.UNKNOWN: "unknown"}
_WORDS: Final = {
    Verdict.PASS: "nothing was lost, nothing was done twice, every fen is accounted for",
    Verdict.FAIL: "a promise is broken; the findings below name the records",
    Verdict.UNKNOWN: "nothing is broken, but something is open or cannot be seen",
}


def render(report: AuditReport) -> str:
    """Lines of at most about 120 characters, no colours; the same report gives the same text."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: AuditReport) -> Iterator[str]:
    yield f"Audit: {report.verdict.upper()} — {_WORDS[report.verdict]}."
    yield "  ".join(f"{name} {count}" for name, count in report.counts.items() if name.startswith("outcome"))
    yield ""
    for check in report.checks:
        yield f"  {_MARKS[check.verdict]} {check.name:<12} {_tally(check)}"
    for check in report.checks:
        for finding in check.findings:
            yield from _finding(check, finding)
    yield from _sums(report.sums)


def _tally(check: CheckReport) -> str:
    found = [("failed", check.failed), ("unknown", check.unknown), ("warnings", check.warnings)]
    counts = "".join(f", {count} {word}" for word, count in found if count)
    return f"{check.tested} tested{counts}"


def _finding(check: CheckReport, finding: Finding) -> Iterator[str]:
    level = finding.level.upper() if finding.level is Level.FAILED else finding.level
    yield ""
    yield f"{level} {check.name}: {finding.words}"
    for step in finding.history:
        yield f"    {step.topic}[{step.partition}]@{step.offset}  {step.id}  {step.words}"


def _sums(rows: tuple[SumRow, ...]) -> Iterator[str]:
    if not rows:
        return
    yield ""
    yield f"{'day':<12}{'insured':<10}{'treated':<10}{'times':>8}{'total yuan':>18}{'funds yuan':>18}"
    for row in rows[:SUM_ROWS_SHOWN]:
        money = f"{yuan_of_fen(row.medfee_sumamt):>18}{yuan_of_fen(row.fund_pay_sumamt):>18}"
        yield f"{row.day:<12}{row.insured_node:<10}{row.treatment_node:<10}{row.person_times:>8}{money}"
    if len(rows) > SUM_ROWS_SHOWN:
        yield f"… and {len(rows) - SUM_ROWS_SHOWN} more rows (--json has all)"
