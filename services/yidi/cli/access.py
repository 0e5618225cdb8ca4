"""The access rules on the screen, as commands of Kafka's own tool, and on a cluster."""

from collections.abc import Collection, Iterable
from itertools import groupby

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from yidi.chain.patience import patiently
from yidi.cli.screen import confirm, out, print_json, say
from yidi.contract.access import Grant, Principal, grants
from yidi.contract.access_commands import commands
from yidi.runtime.acls import apply
from yidi.runtime.connection import Connection


def show(everybody: Iterable[Principal], topics: Collection[str]) -> None:
    """Who reads what and writes what of these topics."""
    table = Table(title="Access 权限", title_justify="left", box=SIMPLE_HEAD)
    for column in ("user", "reads", "writes", "group"):
        table.add_column(column, no_wrap=column != "user")
    for one in everybody:
        group = f"{one.group or ''}{'*' if one.group_prefixed else ''}"
        reads = "every topic" if set(one.reads) == set(topics) else "\n".join(one.reads)
        table.add_row(Text.assemble((one.name, "bold"), f"\n{one.who}"), reads, "\n".join(one.writes), group)
    table.caption = "what is not here is denied; every right one by one with --json, as commands with --commands"
    out.print(table)


def show_json(everybody: Iterable[Principal]) -> None:
    """Every single right."""
    print_json([_as_json(grant) for grant in grants(everybody)])


def show_commands(everybody: Iterable[Principal]) -> None:
    """Ready to run where Kafka's own tool is, a block for each user; never wrapped."""
    rights = grants(everybody)
    for principal, its in groupby(rights, key=lambda grant: grant.principal):
        out.print(f"# {principal}")
        for line in commands(its):
            out.print(line, soft_wrap=True)


async def give(everybody: Iterable[Principal], connection: Connection, wait_s: float | None, *, json: bool) -> None:
    """Give what is missing on a cluster, and say what was there and what is beyond the rules."""
    rights = grants(everybody)
    applied = await patiently(connection, wait_s, lambda: apply(connection, rights), say)
    if json:
        added = [_as_json(grant) for grant in applied.added]
        print_json({"added": added, "kept": len(applied.kept), "beyond": list(applied.beyond)})
        return
    for words in applied.beyond:
        say(f"beyond the rules, left alone: {words}")
    told = f"{len(applied.added)} rights given on {connection.bootstrap}, {len(applied.kept)} were there already"
    confirm(told)


def _as_json(grant: Grant) -> dict[str, object]:
    return {
        "principal": f"User:{grant.principal}",
        "operation": grant.operation,
        "resource": grant.resource,
        "name": grant.name,
        "pattern": "prefixed" if grant.prefixed else "literal",
    }
