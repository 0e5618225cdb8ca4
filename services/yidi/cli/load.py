"""`yidi load`: synthetic encounters, with a progress bar and live counts."""

import time
from statistics import quantiles
from typing import Annotated, Any, Final

import typer
from rich.box import SIMPLE_HEAD
from rich.live import Live
from rich.table import Table

from yidi.chain.load import Counts, Plan, load
from yidi.chain.place import Descriptor
from yidi.chain.session import run_until_interrupted
from yidi.cli.options import DataDir, Json, Timeout, running_chain
from yidi.cli.screen import complain, err, out, print_json, say
from yidi.world.encounters import Encounters, NobodySettles

app = typer.Typer(rich_markup_mode=None)

BAR_CHARS: Final = 40
OPEN_LEFT: Final = 4
"""Exit code when something has no answer yet."""
PERCENT_BP: Final = 100
SERIES_MAX: Final = 10_000


@app.command("load")
def load_command(
    *,
    count: Annotated[int, typer.Option(min=1, help="How many encounters.")] = 1_000,
    rate: Annotated[
        float | None, typer.Option(min=0.1, help="Encounters a second; as fast as it goes if left out.")
    ] = None,
    failing: Annotated[float, typer.Option(min=0, max=100, help="Percent that fail on purpose.")] = 0.0,
    series: Annotated[int | None, typer.Option(help="Which encounters; the same series sends the same ones.")] = None,
    data_dir: DataDir = None,
    timeout: Timeout = 30,
    json: Json = False,
) -> None:
    """Send synthetic encounters in the national mix to the running chain and count what becomes of them.

    Exit code 4 when some have no answer yet (they are not lost).

    Example: yidi load --count 5000 --rate 200 --failing 2
    """
    chain = running_chain(data_dir)
    began = time.time()
    chosen = int(began) % SERIES_MAX if series is None else series
    say(f"series {chosen}: the same encounters again with --series {chosen}")
    encounters = Encounters.of(
        chain.seed,
        chain.today,
        series=chosen,
        people=chain.persons,
        count=count,
        failing_bp=round(failing * PERCENT_BP),
    )
    counts = run_until_interrupted(_load(chain, Plan(encounters, rate, timeout)))
    seconds = time.time() - began
    if json:
        print_json(_as_json(counts, seconds))
    else:
        out.print(_table(counts, count, seconds))
    if counts.open:
        complain(f"{counts.open} have no answer yet; they are not lost. See `yidi audit` later.")
        raise typer.Exit(OPEN_LEFT)


async def _load(chain: Descriptor, plan: Plan) -> Counts:
    count, began = plan.encounters.count, time.monotonic()
    try:
        with Live(console=err, transient=True, refresh_per_second=8) as live:
            return await load(chain, plan, lambda counts: live.update(_table(counts, count, time.monotonic() - began)))
    except NobodySettles as error:
        raise typer.BadParameter(f"{error}; start the chain with more --persons") from error


def _table(counts: Counts, count: int, seconds: float) -> Table:
    table = Table("", "", title=_bar(counts.answered, count), title_justify="left", box=SIMPLE_HEAD, show_header=False)
    table.add_row("sent", f"{counts.sent}")
    for outcome, number in sorted(counts.outcomes.items()):
        table.add_row(outcome.lower(), f"{number}")
    for code, number in counts.codes.most_common(8):
        table.add_row(f"  {code}", f"{number}", style="yellow")
    table.add_row("open", f"{counts.open}")
    table.add_row("answers/s", f"{counts.answered / max(seconds, 0.001):.0f}")
    if counts.answered > 1:
        p50, p99 = _percentiles(counts.took_ms)
        table.add_row("latency p50 / p99", f"{p50:.0f} ms / {p99:.0f} ms")
    return table


def _bar(done: int, total: int) -> str:
    full = done * BAR_CHARS // total
    return f"{'━' * full}{'╌' * (BAR_CHARS - full)} {done}/{total} answered"


def _percentiles(took_ms: list[int]) -> tuple[float, float]:
    cuts = quantiles(took_ms[-20_000:], n=100)
    return cuts[49], cuts[98]


def _as_json(counts: Counts, seconds: float) -> dict[str, Any]:
    p50, p99 = _percentiles(counts.took_ms) if counts.answered > 1 else (0.0, 0.0)
    return {
        "sent": counts.sent,
        "outcomes": dict(counts.outcomes),
        "codes": dict(counts.codes),
        "open": counts.open,
        "seconds": round(seconds, 3),
        "latency_ms": {"p50": p50, "p99": p99},
    }
