"""The access rules as commands of Kafka's own tool, for clusters that somebody else administers."""

from collections.abc import Iterable
from itertools import groupby
from typing import Final

from yidi.contract.access import Grant

TOOL: Final = "kafka-acls"
ADDRESS: Final = "$BOOTSTRAP"
COMMAND_CONFIG: Final = "$ADMIN_PROPERTIES"
"""How the administrator shows who they are: a file of the tool's `--command-config`."""


def commands(rights: Iterable[Grant]) -> list[str]:
    """One line for all names of which a principal has the same right; run again, they change nothing."""
    together = sorted(rights, key=lambda one: (_same(one), one.name))
    return [_command(*same, [one.name for one in names]) for same, names in groupby(together, key=_same)]


def _same(grant: Grant) -> tuple[str, str, bool, str]:
    return grant.principal, grant.resource, grant.prefixed, grant.operation


def _command(principal: str, resource: str, prefixed: bool, operation: str, names: list[str]) -> str:  # noqa: FBT001 — a key's part
    named = "--cluster" if resource == "Cluster" else " ".join(f"--{resource.lower()} {name}" for name in names)
    pattern = " --resource-pattern-type prefixed" if prefixed else ""
    return (
        f"{TOOL} --bootstrap-server {ADDRESS} --command-config {COMMAND_CONFIG} --add "
        f"--allow-principal User:{principal} --operation {operation} {named}{pattern}"
    )
