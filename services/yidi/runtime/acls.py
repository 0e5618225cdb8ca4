"""The access rules on a cluster: asked for, and given where they are missing.

Source: Apache Kafka's protocol guide, DescribeAcls (key 29) and CreateAcls (key 30), version 1; the codes are those of
`AclOperation`, `ResourceType`, `PatternType` and `AclPermissionType` of its Java client.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from aiokafka.errors import ClusterAuthorizationFailedError, KafkaError, SecurityDisabled, for_code
from aiokafka.protocol.admin import CreateAclsRequest_v1, DescribeAclsRequest
from aiokafka.protocol.api import Request

from yidi.contract.access import Grant, Operation, Resource
from yidi.runtime.admin import CHANGE_MS_MAX, administering, asked, until
from yidi.runtime.connection import Connection
from yidi.runtime.stops import AccessRefused

RESOURCES: Final[dict[Resource, int]] = {"Topic": 2, "Group": 3, "Cluster": 4}
OPERATIONS: Final[dict[Operation, int]] = {
    "Read": 3,
    "Write": 4,
    "Describe": 8,
    "DescribeConfigs": 10,
    "IdempotentWrite": 12,
}
ANY: Final = 1
LITERAL: Final = 3
PREFIXED: Final = 4
ALLOW: Final = 3
ANY_HOST: Final = "*"


@dataclass(frozen=True, slots=True)
class Applied:
    """What a cluster had, and what it has now."""

    added: tuple[Grant, ...]
    kept: tuple[Grant, ...]
    """They were there already."""
    beyond: tuple[str, ...]
    """Rights of the same principals that no rule gives, in words; they are left alone."""


Row = tuple[int, str, int, str, str, int, int]
"""Resource type, name, pattern, principal, host, operation, permission: as on the wire."""


class AllowRequest(Request[CreateAclsRequest_v1]):  # type: ignore[misc]
    """Gives many rights at once; the library's own request carries one."""

    API_KEY = 30

    def __init__(self, rows: list[Row]) -> None:
        self._rows = rows

    def build(self, request_struct_class: Any) -> Any:  # noqa: ANN401 — aiokafka has no types
        return request_struct_class(self._rows)


async def apply(connection: Connection, rights: Collection[Grant]) -> Applied:
    """Give what is missing of the rights, and wait until they hold; again, it changes nothing.

    `AccessRefused` when we may not give rights.
    """
    async with administering(connection, CHANGE_MS_MAX) as admin:
        found = await _found(admin)
        wanted = {_row(grant): grant for grant in rights}
        missing = [row for row in wanted if row not in found]
        if missing:
            await _create(admin, missing)
            await _until_told(admin, missing)
    ours = {f"User:{grant.principal}" for grant in rights}
    beyond = sorted(_words(row) for row in found if row not in wanted and row[3] in ours)
    kept = (grant for row, grant in wanted.items() if row in found)
    return Applied(tuple(wanted[row] for row in missing), tuple(kept), tuple(beyond))


def _row(grant: Grant) -> Row:
    pattern = PREFIXED if grant.prefixed else LITERAL
    who, what = f"User:{grant.principal}", OPERATIONS[grant.operation]
    return (RESOURCES[grant.resource], grant.name, pattern, who, ANY_HOST, what, ALLOW)


async def _found(admin: Any) -> set[Row]:  # noqa: ANN401 — untyped client
    request = DescribeAclsRequest(ANY, None, ANY, None, None, ANY, ANY)
    response = (await asked(admin, request)).to_object()
    _raise(response["error_code"], response["error_message"])
    return {
        (one["resource_type"], one["resource_name"], one["resource_pattern_type"], *_entry(acl))
        for one in response["resources"]
        for acl in one["acls"]
    }


def _entry(acl: dict[str, Any]) -> tuple[str, str, int, int]:
    return acl["principal"], acl["host"], acl["operation"], acl["permission_type"]


async def _create(admin: Any, rows: list[Row]) -> None:  # noqa: ANN401 — untyped client
    response = (await asked(admin, AllowRequest(rows))).to_object()
    for result in response["creation_responses"]:
        _raise(result["error_code"], result["error_message"])


async def _until_told(admin: Any, rows: list[Row]) -> None:  # noqa: ANN401 — untyped client
    """A broker knows new rights only once it has read them from its controller's log."""

    async def told() -> bool:
        return await _found(admin) >= set(rows)

    await until(told)


def _raise(code: int, words: str | None) -> None:
    if not code:
        return
    error: type[KafkaError] = for_code(code)
    if error is SecurityDisabled:
        why = "this Kafka has no authorizer, so that everybody may do everything: set its authorizer.class.name"
    elif error is ClusterAuthorizationFailedError:
        why = "this user may not: it takes one with Alter and Describe on the cluster"
    else:
        why = words or error.description
    raise AccessRefused(f"The rights could not be given: {why}.")


def _words(row: Row) -> str:
    resource, name, pattern, principal, host, operation, permission = row
    kinds = {number: kind for kind, number in RESOURCES.items()}
    doing = {number: word for word, number in OPERATIONS.items()}
    return (
        f"{principal} {'allow' if permission == ALLOW else 'deny'} {doing.get(operation, f'operation {operation}')} on "
        f"{kinds.get(resource, f'resource {resource}')} {name}{'*' if pattern == PREFIXED else ''} from {host}"
    )
