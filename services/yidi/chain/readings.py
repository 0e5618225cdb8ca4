"""What the services of a chain read, and as which group: told from outside, without loading their rules.

A test compares this with what their deciders declare.
"""

from yidi.chain.place import Descriptor
from yidi.contract.access import GROUPS, seat


def group_of(service: str) -> str:
    """The consumer group of a service; its offsets are for lag tools only."""
    return f"{GROUPS}{service}"


def topics_of(service: str, inboxes: tuple[str, ...]) -> tuple[str, ...]:
    """Every topic that a service reads."""
    return seat(service, inboxes).reads


def reading(chain: Descriptor, services: tuple[str, ...] | None = None) -> dict[str, tuple[str, ...]]:
    """Every topic that the services read, by service; None are those that the chain fills itself."""
    names = chain.services if services is None else services
    return {name: topics_of(name, chain.foreign.served(name, chain.inboxes)) for name in names}
