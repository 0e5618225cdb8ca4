"""`yidi topics`: the plan of the topics."""

from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from yidi.chain.environment import PlanEnvironment, TopicsEnvironment, settings_of
from yidi.chain.foreign import Foreign
from yidi.chain.patience import patiently
from yidi.chain.session import run_until_interrupted
from yidi.chain.settings import SERVICES
from yidi.cli import access
from yidi.cli.keeping import Keep, kept
from yidi.cli.options import Bootstrap, Json
from yidi.cli.routes import ForeignAgency, ForeignHospital, foreign_seats
from yidi.cli.screen import confirm, out, print_json, say
from yidi.cli.unknown_variables import warn_of_unknown
from yidi.contract.access import principals
from yidi.contract.topics import PARTITIONS, Topic, plan
from yidi.runtime.admin import ensure_topics

app = typer.Typer(rich_markup_mode=None)


@app.command()
def topics(
    *,
    inbox: Annotated[list[str] | None, typer.Option(help="Inboxes beside `default`; repeat for several.")] = None,
    partitions: Annotated[
        int | None, typer.Option(help=f"Partitions of every topic; {PARTITIONS} if left out.")
    ] = None,
    create: Annotated[
        bool, typer.Option("--create", help="Make them on your Kafka, as far as they are not there.")
    ] = False,
    retention: Keep = None,
    bootstrap: Bootstrap = None,
    json: Json = False,
    acls: Annotated[bool, typer.Option("--acls", help="Who may read and write what, instead.")] = False,
    agency: ForeignAgency = None,
    hospital: ForeignHospital = None,
    commands: Annotated[
        bool, typer.Option("--commands", help="With --acls: as commands of Kafka's own kafka-acls.")
    ] = False,
    apply: Annotated[bool, typer.Option("--apply", help="With --acls: give these rights on your Kafka.")] = False,
) -> None:
    """Print the plan: topic, message, from, to, key, partitions, retention. Needs no broker but to --create or --apply.

    Variables YIDI_PARTITIONS, YIDI_INBOXES, YIDI_REPLICATION and YIDI_MIN_INSYNC say the same, and more.

    Example: yidi topics --inbox agency-330100
    """
    if (commands or apply or agency or hospital) and not acls:
        raise typer.BadParameter("--agency, --hospital, --commands and --apply go with --acls")
    foreign = foreign_seats(agency, hospital)
    named = (*(inbox or ()), *foreign.inboxes)
    given = {"partitions": partitions, "inboxes": named or None, "kafka_bootstrap": bootstrap}
    said = {name: value for name, value in given.items() if value is not None}
    settings = settings_of(TopicsEnvironment if create or apply else PlanEnvironment, **said)
    keeping = kept(retention)
    planned = keeping.of(plan(settings.inboxes, settings.partitions))
    if acls:
        _access(settings, planned, foreign, json=json, commands=commands)
    elif isinstance(settings, TopicsEnvironment):
        warn_of_unknown()
        run_until_interrupted(_create(settings, planned, shorten=keeping.said))
    elif json:
        print_json([_as_json(topic) for topic in planned])
    else:
        out.print(_table(planned))


async def _create(settings: TopicsEnvironment, planned: list[Topic], *, shorten: bool) -> None:
    async def ensure() -> list[str]:
        copies, needed = settings.replication, settings.min_insync
        return await ensure_topics(settings.connection, planned, replication=copies, min_insync=needed, shorten=shorten)

    for change in await patiently(settings.connection, settings.wait_s, ensure, say):
        say(f"brought to the plan: topic {change}")
    many = f"{len(planned)} topics of {settings.partitions} partitions"
    confirm(f"{many} are on {settings.kafka_bootstrap}")


def _access(settings: PlanEnvironment, planned: list[Topic], foreign: Foreign, *, json: bool, commands: bool) -> None:
    everybody = principals(settings.inboxes, {name: foreign.served(name, settings.inboxes) for name in SERVICES})
    if isinstance(settings, TopicsEnvironment):
        warn_of_unknown()
        run_until_interrupted(access.give(everybody, settings.connection, settings.wait_s, json=json))
    elif json:
        access.show_json(everybody)
    elif commands:
        access.show_commands(everybody)
    else:
        access.show(everybody, [topic.name for topic in planned])


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
