"""`yidi audit`: the oracle's verdict over all topics."""

from typing import Annotated, Final

import msgspec
import typer
from aiokafka.errors import KafkaError
from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table
from rich.text import Text

from yidi.audit import AuditReport, CheckReport, Verdict
from yidi.audit.kafka import AuditStalled, run_audit
from yidi.chain.dialling import unanswered
from yidi.chain.errors import ChainError
from yidi.chain.session import run_until_interrupted
from yidi.cli.options import DataDir, Json, running_chain
from yidi.cli.screen import out, print_json, progress_bars
from yidi.contract.access import AUDIT
from yidi.domain.money import yuan_of_fen
from yidi.runtime.connection import Connection

app = typer.Typer(rich_markup_mode=None)

MARKS: Final = {
    Verdict.PASS: ("✓", "green"),
    Verdict.FAIL: ("✗", "red"),
    Verdict.UNKNOWN: ("?", "yellow"),
}
SUMS_SHOWN_MAX: Final = 8
"""The report may have a thousand pairs of nodes."""
FINDINGS_SHOWN_MAX: Final = 3
"""For each check; `--json` has all that the report holds."""


@app.command()
def audit(
    *,
    bootstrap: Annotated[str | None, typer.Option(help="HOST:PORT of a Kafka, instead of the running chain's.")] = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Judge everything that happened, from the topics alone: nothing lost, nothing doubled, no fen off.

    Exit code 0: pass; 1: fail; 2: unknown (something is still open: wait and audit again).

    Example: yidi audit
    """
    report = run_until_interrupted(
        audited(Connection(bootstrap=bootstrap) if bootstrap else running_chain(data_dir).connection_as(AUDIT))
    )
    if json:
        print_json(msgspec.to_builtins(report))
    else:
        out.print(verdict_table(report))
    raise typer.Exit(report.verdict.exit_code)


async def audited(connection: Connection) -> AuditReport:
    """Run the audit with a progress bar; ChainError in words when the broker or its topics are not there."""
    with progress_bars() as bars:
        try:
            return await run_audit(connection, progress=lambda p: bars("records audited", p.read, p.total))
        except AuditStalled as error:
            raise ChainError(str(error), "Check that the chain runs (`yidi up`).") from error
        except KafkaError as error:
            raise await unanswered(connection) from error


def verdict_table(report: AuditReport) -> Group:
    """Every promise with its tally, the smallest offending histories, the sums, and the verdict last."""
    table = Table("", "promise", box=SIMPLE_HEAD, title="Audit 审计", title_justify="left")
    for column in ("tested", "failed", "open"):
        table.add_column(column, justify="right")
    for check in report.checks:
        mark, colour = MARKS[check.verdict]
        cells = (str(check.tested), str(check.failed or "·"), str(check.unknown or "·"))
        table.add_row(f"[{colour}]{mark}[/]", check.promise, *cells)
    mark, colour = MARKS[report.verdict]
    findings = [line for check in report.checks for line in _findings(check)]
    verdict = Text(f"{mark} {report.verdict.value.upper()}", style=f"bold {colour}")
    return Group(table, *findings, _sums(report), verdict)


def _findings(check: CheckReport) -> list[Text]:
    lines: list[Text] = []
    for finding in check.findings[:FINDINGS_SHOWN_MAX]:
        lines.append(Text(f"{check.name}: {finding.words}", style="yellow"))
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
