"""`yidi audit`: the oracle's verdict over all topics."""

from typing import Annotated

import msgspec
import typer
from aiokafka.errors import KafkaError

from yidi.audit import AuditReport, verdict_table
from yidi.audit.kafka import AuditStalled, run_audit
from yidi.chain.dialling import unanswered
from yidi.chain.errors import ChainError
from yidi.chain.session import run_until_interrupted
from yidi.cli.options import DataDir, Json, running_chain
from yidi.cli.screen import out, print_json, progress_bars
from yidi.contract.access import AUDIT
from yidi.runtime.connection import Connection

app = typer.Typer(rich_markup_mode=None)


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
