"""`yidi trace`: every leg of a settlement's way, with times."""

from typing import Annotated, Any, Final

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from yidi.chain.journey import journey_of
from yidi.chain.leg import Leg
from yidi.chain.place import Descriptor
from yidi.chain.reader import Reader
from yidi.chain.session import run_until_interrupted
from yidi.cli.options import DataDir, Json, Unmask, running_chain
from yidi.cli.screen import out, print_json, progress_bars
from yidi.domain.identities import masked
from yidi.domain.instants import moment_of

app = typer.Typer(rich_markup_mode=None)

BAR_CHARS: Final = 28
"""Width of the time line."""


@app.command()
def trace(
    wanted: Annotated[str, typer.Argument(metavar="ID", help="msgid, setl_id, mdtrt_id, psn_no or error_id.")],
    *,
    data_dir: DataDir = None,
    json: Json = False,
    unmask: Unmask = False,
) -> None:
    """Show every leg of a settlement's way across all topics, with times.

    Example: yidi trace H33010000001202611200930000001
    """
    legs = run_until_interrupted(_journey(running_chain(data_dir), wanted))
    if json:
        print_json([_as_json(leg, unmask=unmask) for leg in legs])
        return
    out.print(legs_table(legs, unmask=unmask))


async def _journey(chain: Descriptor, wanted: str) -> list[Leg]:
    with progress_bars() as bars:
        async with Reader(chain.connection, chain.partitions) as reader:
            return await journey_of(
                reader, chain.inboxes, wanted, chain.partitions, lambda done, total: bars("topics read", done, total)
            )


def _as_json(leg: Leg, *, unmask: bool) -> dict[str, Any]:
    record = leg.record
    return {
        "time": moment_of(record.timestamp_ms).isoformat(timespec="milliseconds"),
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "attempt": leg.content.get("attempt", 1),
        "kind": leg.kind,
        "trace_id": leg.trace_id,
        "words": leg.words,
        "content": masked_content(leg.content) if not unmask else plain_content(leg.content),
    }


PERSONAL: Final = frozenset({"psn_name", "certno", "mdtrt_cert_no", "card_sn", "psn_no", "cert_no"})
"""Fields that name a person; output masks them unless asked otherwise."""


def masked_content(value: Any) -> Any:  # noqa: ANN401 — any decoded Avro value
    """The decoded message with the person's fields masked; so are bytes, which hold a message with such fields."""
    if isinstance(value, dict):
        return {
            name: masked(part) if name in PERSONAL and isinstance(part, str) else masked_content(part)
            for name, part in value.items()
        }
    if isinstance(value, bytes):
        return f"({len(value)} bytes, shown with --unmask)"
    return [masked_content(part) for part in value] if isinstance(value, list) else value


def plain_content(value: Any) -> Any:  # noqa: ANN401 — any decoded Avro value
    """The decoded message with bytes as hex."""
    if isinstance(value, dict):
        return {name: plain_content(part) for name, part in value.items()}
    if isinstance(value, list):
        return [plain_content(part) for part in value]
    return value.hex() if isinstance(value, bytes) else value


def legs_table(legs: list[Leg], *, unmask: bool = False) -> Table:
    """The legs as a time line: when, where, what, and what it says."""
    first = legs[0].record
    person = (first.key or b"").decode("utf-8", "replace")
    began = moment_of(first.timestamp_ms).strftime("%Y-%m-%d %H:%M:%S")
    title = f"{person if unmask else masked(person)} · partition {first.partition} · {began} Asia/Shanghai"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    table.add_column("+ms", justify="right")
    table.add_column("", no_wrap=True, style="cyan")
    table.add_column("topic @offset", no_wrap=True)
    table.add_column("message")
    table.add_column("says", overflow="fold")
    span = max(1, legs[-1].record.timestamp_ms - first.timestamp_ms)
    for leg in legs:
        after = leg.record.timestamp_ms - first.timestamp_ms
        table.add_row(
            str(after), _mark(after, span), f"{leg.record.topic} @{leg.record.offset}", leg.kind, leg.words,
            style=_style(leg),
        )  # fmt: skip
    traces = {leg.trace_id for leg in legs if leg.trace_id}
    table.caption = "trace " + ", ".join(sorted(traces)) if traces else None
    return table


def _mark(after: int, span: int) -> str:
    return "·" * (after * (BAR_CHARS - 1) // span) + "●"


def _style(leg: Leg) -> str:
    if leg.kind == "ErrorReport":
        return "red"
    if leg.kind == "SettlementResult" and leg.content["fault"] is not None:
        return "yellow"
    return ""
