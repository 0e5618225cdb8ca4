"""Seats of a chain: a service, or one of several instances of it, each a process of its own with a name."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

INSTANCES_MAX: Final = 32
"""Of one service; there are no more partitions to share than this in earnest."""


def names_of(services: Sequence[str], instances: Mapping[str, int]) -> tuple[str, ...]:
    """Names in the order of the services: `agency` where there is one instance, else `agency-1`, `agency-2`, ….

    >>> names_of(("platform", "agency"), {"agency": 2})
    ('platform', 'agency-1', 'agency-2')
    """
    return tuple(name for service in services for name in _names(service, instances.get(service, 1)))


def service_of(name: str) -> str:
    """The service that a process of this name belongs to."""
    return name.partition("-")[0]


def instance_of(name: str) -> str:
    """Which of its service's instances it is."""
    return name.partition("-")[2] or "1"


def counted(asked: Sequence[str], services: Sequence[str]) -> dict[str, int]:
    """SERVICE=NUMBER, as on the command line; ValueError in words."""
    return dict(_counted(one, services) for one in asked)


def _counted(asked: str, services: Sequence[str]) -> tuple[str, int]:
    found = re.fullmatch(r"([a-z]+)=([0-9]{1,4})", asked)
    if found is None:
        raise ValueError(f"{asked!r} is not understood; write SERVICE=NUMBER, such as agency=3")
    service, number = found[1], int(found[2])
    if service not in services:
        raise ValueError(f"no such service here: {service}; there are {', '.join(services)}")
    if not 1 <= number <= INSTANCES_MAX:
        raise ValueError(f"{asked}: 1 to {INSTANCES_MAX} instances are possible")
    return service, number


def _names(service: str, number: int) -> list[str]:
    return [service] if number == 1 else [f"{service}-{nr}" for nr in range(1, number + 1)]
