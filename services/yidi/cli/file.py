"""`yidi file`: record a filing 备案, such as a make-up filing before a replay."""

import getpass
import time
from datetime import date
from typing import Annotated

import typer

from yidi.chain.filing import Wish, record_filing
from yidi.chain.session import run_until_interrupted
from yidi.cli.days import WRITTEN, day_of
from yidi.cli.options import DataDir, Json, Timeout, Unmask, running_chain
from yidi.cli.screen import out, print_json
from yidi.cli.trace import masked_content
from yidi.domain.codes import FilingType
from yidi.domain.identities import masked
from yidi.domain.instants import date_of_days

app = typer.Typer(rich_markup_mode=None)


@app.command()
def file(
    psn_no: Annotated[str, typer.Argument(metavar="PSN_NO", help="The insured person.")],
    *,
    place: Annotated[str, typer.Option(help="Place of treatment: pooling area or provincial node, 6 digits.")],
    begin: Annotated[
        date, typer.Option(parser=day_of, metavar=WRITTEN, help="First day of effect; may lie in the past.")
    ],
    end: Annotated[
        date | None, typer.Option(parser=day_of, metavar=WRITTEN, help="Last day; none is indefinite.")
    ] = None,
    kind: Annotated[FilingType, typer.Option("--type", help="Type of filing.")] = FilingType.OTHER_TEMPORARY,
    reason: Annotated[str, typer.Option(help="Why.")] = "made up at the counter",
    data_dir: DataDir = None,
    timeout: Timeout = 30,
    json: Json = False,
    unmask: Unmask = False,
) -> None:
    """Record a filing 备案. A make-up filing begins before the treatment; afterwards the refused bill can be replayed.

    Exit code 1 when the registry refuses it; it names every reason at once.

    Example: yidi file 33010000000000000001 --place 310100 --begin 2026-11-01 --end 2027-05-01
    """
    chain = running_chain(data_dir)
    wish = Wish(psn_no, kind, place, begin, end, reason, getpass.getuser())
    filing = run_until_interrupted(record_filing(chain, wish, time.time_ns() // 1_000_000, timeout))
    if json:
        print_json(masked_content(filing))
        return
    last = filing["enddate"]
    until = "open" if last is None else date_of_days(last).isoformat()
    person = psn_no if unmask else masked(psn_no)
    out.print(f"filed: {person} {filing['filing_type']} for {place}, {begin} to {until} ({filing['filing_id']})")
