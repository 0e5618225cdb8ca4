"""`yidi chaos`: break a chain on purpose, heal it, and let the audit judge."""

import logging
import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from yidi.audit import verdict_table
from yidi.chain.session import run_until_interrupted
from yidi.chain.settings import SERVICES, ChainSettings
from yidi.chaos.trial import Ordeal, Trial, endure
from yidi.cli.options import Json
from yidi.cli.screen import out, print_json, progress_bars, say
from yidi.cli.stores import Instances, Store, shared_store

app = typer.Typer(rich_markup_mode=None)


@app.command()
def chaos(
    *,
    kills: Annotated[int, typer.Option(min=1, help="How many SIGKILLs; freezes come on top.")] = 50,
    seed: Annotated[int, typer.Option(help="Seed of victims, times and inputs; the same seed strikes the same.")] = 1,
    count: Annotated[int, typer.Option(min=1, help="Encounters, spread over the blows.")] = 4_000,
    brokers: Annotated[int, typer.Option(min=1, max=9, help="Brokers; of several, one is struck often.")] = 1,
    secure: Annotated[
        bool, typer.Option("--secure", help="On a secured Kafka: TLS, a password and the least rights for everyone.")
    ] = False,
    store: Store = None,
    instances: Instances = None,
    duplicates: Annotated[int, typer.Option(min=0, max=100, help="Percent of encounters that come twice.")] = 20,
    persons: Annotated[int, typer.Option(min=100, help="Synthetic persons.")] = 1_000,
    data_dir: Annotated[Path | None, typer.Option(help="Where to keep the chain; else a folder for the run.")] = None,
    json: Json = False,
) -> None:
    """Start a chain of its own, kill and freeze its processes under load, heal, wait until all is final, and audit.

    Bad bills, reversals, poison and byte-identical duplicates are part of the load. Exit code 0 only if the audit
    passes and every request is final. The data of a run that does not pass are kept.

    Example: yidi chaos --kills 50 --seed 7
    """
    for noisy in ("aiokafka", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)  # lost connections and dead children are the point here
    folder = data_dir or Path(tempfile.mkdtemp(prefix="yidi-chaos-"))
    shared, several = shared_store(store, instances or [], SERVICES)
    settings = ChainSettings(
        data_dir=folder.expanduser().resolve(),
        fresh=True,
        persons=persons,
        seed=seed,
        brokers=brokers,
        secure=secure,
        store=shared,
        instances=several,
    )
    ordeal: Ordeal | None = None
    try:
        with progress_bars() as bars:
            trial = Trial(settings, kills, seed, count, duplicates)
            ordeal = run_until_interrupted(endure(trial, bars))
        _show(ordeal, json=json)
    finally:
        if data_dir is None and ordeal is not None and ordeal.passed:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            say(f"topics, stores and logs are kept in {folder}")
    raise typer.Exit(0 if ordeal.passed else ordeal.report.verdict.exit_code or 1)


def _show(ordeal: Ordeal, *, json: bool) -> None:
    if json:
        print_json(_as_json(ordeal))
        return
    out.print(_done_to(ordeal))
    out.print(_came_of_it(ordeal))
    if ordeal.pauses:
        out.print(_pauses(ordeal))
    out.print(verdict_table(ordeal.report))
    if not ordeal.passed:
        out.print(f"{ordeal.requests} requests were sent, {ordeal.final} are final.")


def _done_to(ordeal: Ordeal) -> Table:
    table = Table(title=f"What was done (seed {ordeal.seed})", title_justify="left", box=SIMPLE_HEAD)
    table.add_column("to")
    for name in ("SIGKILL", "frozen", "seconds frozen", "restarted"):
        table.add_column(name, justify="right")
    for victim, suffered in sorted(ordeal.suffered.items()):
        table.add_row(
            victim, str(suffered.kills), str(suffered.freezes), f"{suffered.frozen_s:.1f}", str(suffered.restarts)
        )
    table.add_section()
    total = ordeal.suffered.values()
    table.add_row("Σ", str(sum(s.kills for s in total)), str(sum(s.freezes for s in total)), "")
    return table


def _came_of_it(ordeal: Ordeal) -> Table:
    table = Table(title="What was sent, and what came of it", title_justify="left", box=SIMPLE_HEAD, show_header=False)
    for sort, number in sorted(ordeal.inputs.items()):
        table.add_row(f"sent: {sort}", str(number))
    table.add_section()
    for outcome, number in sorted(ordeal.outcomes.items()):
        table.add_row(f"requests {outcome.lower()}", str(number))
    table.add_row("sent again, unacknowledged", f"{ordeal.repeated_slices} slices")
    table.add_row("seconds", f"{ordeal.seconds:.0f}")
    return table


def _pauses(ordeal: Ordeal) -> Table:
    table = Table(title="Longest time without an answer", title_justify="left", box=SIMPLE_HEAD)
    table.add_column("blow")
    table.add_column("ms", justify="right")
    for pause in ordeal.pauses:
        table.add_row(f"{pause.struck.kind} {pause.struck.victim}", str(pause.longest_ms))
    return table


def _as_json(ordeal: Ordeal) -> dict[str, Any]:
    return {
        "seed": ordeal.seed,
        "passed": ordeal.passed,
        "seconds": round(ordeal.seconds, 1),
        "suffered": {
            victim: {"kills": s.kills, "freezes": s.freezes, "frozen_s": round(s.frozen_s, 1), "restarts": s.restarts}
            for victim, s in ordeal.suffered.items()
        },
        "inputs": {str(sort): number for sort, number in ordeal.inputs.items()},
        "requests": ordeal.requests,
        "final": ordeal.final,
        "outcomes": ordeal.outcomes,
        "pauses_ms": [[f"{pause.struck.kind} {pause.struck.victim}", pause.longest_ms] for pause in ordeal.pauses],
        "audit": msgspec.json.decode(ordeal.report.to_json()),
    }
