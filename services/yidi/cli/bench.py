"""`yidi bench`: how fast the chain is, compared with a bare relay of the same records."""

import logging
import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from yidi.bench.contest import Contest, contend
from yidi.bench.report import BenchReport
from yidi.chain.session import run_until_interrupted
from yidi.chain.settings import SERVICES, ChainSettings
from yidi.cli.screen import complain, out, progress_bars, say
from yidi.cli.stores import Store, shared_store

app = typer.Typer(rich_markup_mode=None)

VOID: Final = 1


@app.command()
def bench(
    *,
    encounters: Annotated[int, typer.Option(min=2_000, help="Encounters at full speed.")] = 20_000,
    persons: Annotated[int, typer.Option(min=500, help="Synthetic persons.")] = 5_000,
    seconds: Annotated[float, typer.Option(min=1, help="How long at half load.")] = 15.0,
    singles: Annotated[int, typer.Option(min=20, help="Encounters one after the other, for idle latency.")] = 200,
    million_store: Annotated[bool, typer.Option(help="Open a SQLite store of 1,000,000 persons, too.")] = True,
    store: Store = None,
    seed: Annotated[int, typer.Option(help="Seed of people and encounters.")] = 1,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the report to this file.")] = None,
) -> None:
    """Measure settlements a second on this machine, its broker included: first a bare relay, then the chain.

    The same records over the same hops; encounters lie ready beforehand; only the middle of the run counts. The figures
    are void, and the exit code 1, unless the audit passes. Close other programs first: they share the cores.

    Example: yidi bench --encounters 40000 --json bench.json
    """
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # retries are no news to a reader of figures
    folder = Path(tempfile.mkdtemp(prefix="yidi-bench-"))
    shared, _ = shared_store(store, [], SERVICES)
    settings = ChainSettings(data_dir=folder, fresh=True, persons=persons, seed=seed, store=shared)
    contest = Contest(settings, encounters, singles, seconds, million_store and shared is None)
    try:
        with progress_bars() as bars:
            report = run_until_interrupted(contend(contest, say, bars))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if json_file is not None:
        json_file.write_bytes(report.to_json() + b"\n")
    _show(report)
    if report.void:
        complain(f"VOID: the audit says {report.verdict}; these figures mean nothing. Look with `yidi chaos`.")
        raise typer.Exit(VOID)


def _show(report: BenchReport) -> None:
    out.print(_rates(report))
    out.print(_latencies(report))
    out.print(_memory(report))
    for target, met in report.targets_met().items():
        out.print(f"  {'✓ met   ' if met else '✗ missed'} {target}")
    machine = report.machine
    out.print(
        f"\n{machine.cpus} × {machine.model}, {machine.system}, Python {machine.python}, load before "
        f"{machine.load_before:.1f}; audit: {report.verdict}; {report.took_s:.0f} s. Synthetic data."
    )


def _rates(report: BenchReport) -> Table:
    table = Table(title="Full speed, steady window", title_justify="left", box=SIMPLE_HEAD)
    table.add_column("")
    table.add_column("relay", justify="right")
    table.add_column("chain", justify="right")
    table.add_column("chain at half load", justify="right")
    relay, chain = report.relay, report.chain
    table.add_row("settlements/s", f"{relay.rate:,.0f}", f"{chain.rate:,.0f}", f"{report.half.rate:,.0f}", style="bold")
    table.add_row("ratio to the relay", "1", f"{report.ratio:.2f}")
    table.add_row("window, s", f"{relay.seconds:.1f}", f"{chain.seconds:.1f}")
    table.add_row("cores busy", f"{relay.cores:.2f}", f"{chain.cores:.2f}")
    table.add_row("cores busy with other things", f"{relay.others_cores:.2f}", f"{chain.others_cores:.2f}")
    table.add_row("messages a settlement", "", f"{report.messages_per_settlement:.2f}")
    table.add_section()
    for name in chain.cpu_us:
        spent = (relay.cpu_us.get(name), chain.cpu_us[name], report.half_cpu_us[name])
        table.add_row(f"CPU µs: {name}", *map(_figure, spent))
    sums = (sum(spent.values()) for spent in (relay.cpu_us, chain.cpu_us, report.half_cpu_us))
    table.add_row("CPU µs: Σ", *map(_figure, sums))
    return table


def _latencies(report: BenchReport) -> Table:
    table = Table(title="Encounter to answer, by the broker's clock", title_justify="left", box=SIMPLE_HEAD)
    table.add_column("")
    for name in ("encounters", "p50 ms", "p99 ms", "max ms"):
        table.add_column(name, justify="right")
    half = f"half load ({report.half.rate:.0f}/s)"
    for name, latency in (("idle, one after the other", report.idle), (half, report.half)):
        figures = (latency.p50_ms, latency.p99_ms, latency.max_ms)
        table.add_row(name, str(latency.count), *(f"{figure:.0f}" for figure in figures))
    return table


def _memory(report: BenchReport) -> Table:
    table = Table(title="Memory and opening", title_justify="left", box=SIMPLE_HEAD, show_header=False)
    for name, mib in report.peak_mib.items():
        table.add_row(f"peak of {name}", f"{mib:.0f} MiB")
    opening = report.opening
    if opening is not None:
        table.add_section()
        table.add_row("agency, process start to ready", f"{opening.small_s:.2f} s")
        size = f"{opening.bytes / 1e6:,.0f} MB"
        table.add_row(f"the same with {opening.persons:,} persons more ({size})", f"{opening.large_s:.2f} s")
        table.add_row("its first answer", f"{opening.first_answer_ms:.0f} ms")
    return table


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"
