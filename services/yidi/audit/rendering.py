"""The report for people: every promise with its tally, what broke, the sums, the verdict last."""

from io import StringIO
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from yidi.audit.report import AuditReport, CheckReport, Level, Verdict
from yidi.domain.money import yuan_of_fen

MARKS: Final = {
    Verdict.PASS: ("✓", "green"),
    Verdict.FAIL: ("✗", "red"),
    Verdict.UNKNOWN: ("?", "yellow"),
}
SUMS_SHOWN_MAX: Final = 8
"""The report may have a thousand pairs of nodes."""
FINDINGS_SHOWN_MAX: Final = 3
"""For each check; `--json` has all that the report holds."""
TEXT_COLUMNS: Final = 120


def text_of(report: AuditReport) -> str:
    """The same without colours, for where there is no terminal; the same report gives the same text."""
    page = Console(file=StringIO(), width=TEXT_COLUMNS, color_system=None)
    with page.capture() as captured:
        page.print(verdict_table(report))
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


def verdict_table(report: AuditReport) -> Group:
    """Every promise with its tally, the smallest offending histories, the sums, and the verdict last."""
    table = Table("", "promise", box=SIMPLE_HEAD, title="Audit 审计", title_justify="left")
    for column in ("tested", "failed", "open"):
        table.add_column(column, justify="right")
    for check in report.checks:
        mark, colour = MARKS[check.verdict]
        cells = (str(check.tested), str(check.failed or "·"), str(check.unknown or "·"))
        table.add_row(Text(mark, style=colour), check.promise, *cells)
    mark, colour = MARKS[report.verdict]
    findings = [line for check in report.checks for line in _findings(check)]
    verdict = Text(f"{mark} {report.verdict.value.upper()}", style=f"bold {colour}")
    return Group(table, *findings, _sums(report), verdict)


def _findings(check: CheckReport) -> list[Text]:
    lines: list[Text] = []
    for finding in check.findings[:FINDINGS_SHOWN_MAX]:
        failed = finding.level is Level.FAILED
        level = finding.level.upper() if failed else finding.level
        lines.append(Text(f"{level} {check.name}: {finding.words}", style="red" if failed else "yellow"))
        steps = (f"    {s.topic}/{s.partition} @{s.offset}  {s.id}  {s.words}" for s in finding.history)
        lines += [Text(step) for step in steps]
    return lines


def _sums(report: AuditReport) -> Table:
    table = Table("day", "insured → treated", box=SIMPLE_HEAD, title="Settled 已结算 (yuan)", title_justify="left")
    for column in ("person-times", "total", "funds"):
        table.add_column(column, justify="right")
    for row in report.sums[:SUMS_SHOWN_MAX]:
        way = f"{row.insured_node} → {row.treatment_node}"
        amounts = (yuan_of_fen(row.medfee_sumamt), yuan_of_fen(row.fund_pay_sumamt))
        table.add_row(row.day, way, str(row.person_times), *amounts)
    if len(report.sums) > SUMS_SHOWN_MAX:
        total = sum(row.person_times for row in report.sums)
        table.caption = f"… of {len(report.sums)} pairs of nodes, {total} person-times in all (--json has them)"
    return table
