"""`yidi topics`: the plan of the topics."""

from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from yidi.cli.options import Json
from yidi.cli.screen import out, print_json
from yidi.contract.topics import PARTITIONS, Topic, plan

app = typer.Typer(rich_markup_mode=None)


@app.command()
def topics(
    *,
    inbox: Annotated[list[str] | None, typer.Option(help="Inboxes beside `default`; repeat for several.")] = None,
    partitions: Annotated[int, typer.Option(min=1, help="Partitions of every topic.")] = PARTITIONS,
    json: Json = False,
) -> None:
    """Print the plan: topic, message, from, to, key, partitions, retention. Needs no broker.

    Example: yidi topics --inbox agency-330100
    """
    try:
        planned = plan(inbox or [], partitions)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if json:
        print_json([_as_json(topic) for topic in planned])
    else:
        out.print(_table(planned))


def _as_json(topic: Topic) -> dict[str, object]:
    return {
        "topic": topic.name,
        "carries": topic.carries,
        "from": topic.sender,
        "to": topic.receiver,
        "key": topic.key,
        "partitions": topic.partitions,
        "config": topic.config(),
    }


def _table(planned: list[Topic]) -> Table:
    table = Table(title="Topics 主题", title_justify="left", box=SIMPLE_HEAD)
    table.add_column("topic", no_wrap=True)
    for column in ("carries", "from → to", "key", "kept"):
        table.add_column(column)
    for topic in planned:
        way = f"{topic.sender} → {topic.receiver}"
        table.add_row(topic.name, "\n".join(topic.carries), way, topic.key, _kept(topic))
    table.caption = f"{planned[0].partitions} partitions each; murmur2 partitioner; sizes and settings with --json"
    return table


def _kept(topic: Topic) -> str:
    return "for ever" if topic.retention_ms < 0 else f"{topic.retention_ms // 86_400_000} days"
