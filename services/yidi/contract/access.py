"""Who may do what on which topic, as data: the least that each organisation's program needs (docs/security.md).

A principal is a Kafka user of the same name. What is not granted is denied. Kafka's rights end at the topic: who may
read `reference.persons` sees every person on it, and who may write `settlement.requests` could name another hospital in
a request; the platform checks what it is told, not who said it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from yidi.contract import topics
from yidi.contract.topics import DEFAULT_INBOX

Operation = Literal["Read", "Write", "Describe", "DescribeConfigs", "IdempotentWrite"]
Resource = Literal["Topic", "Group", "Cluster"]

CLUSTER: Final = "kafka-cluster"
"""Kafka's own name of the one resource of this type."""
GROUPS: Final = "yidi."
"""What the consumer groups of the chain's own services begin with."""

EVERYTHING: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({})

PLATFORM: Final = "platform"
REGISTRY: Final = "registry"
DESK: Final = "desk"
CONSOLE: Final = "console"
AUDIT: Final = "audit"
OPERATOR: Final = "operator"


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """One right. `prefixed`: it holds for every name that begins so."""

    principal: str
    resource: Resource
    name: str
    operation: Operation
    prefixed: bool = False


@dataclass(frozen=True, slots=True)
class Principal:
    """One program of one organisation, and what it does. Reading and writing a topic include seeing its metadata."""

    name: str
    who: str
    """In words."""
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    group: str | None = None
    """The consumer group it may join; None reads without one."""
    group_prefixed: bool = False
    """Whether it may name its groups itself, beginning so. The dot at the end keeps one inbox out of `inbox-2`'s."""
    watches: bool = False
    """Whether it may see how far the chain's services have read."""
    settings: bool = False
    """Whether it compares the settings of its topics with the plan before it starts, as our services do."""

    @property
    def touches(self) -> tuple[str, ...]:
        """Every topic it has to do with."""
        return tuple(dict.fromkeys((*self.reads, *self.writes)))

    def grants(self) -> Iterator[Grant]:
        """The rights that this takes."""
        for topic in self.reads:
            yield Grant(self.name, "Topic", topic, "Read")
        for topic in self.writes:
            yield Grant(self.name, "Topic", topic, "Write")
        for topic in self.touches if self.settings else ():
            yield Grant(self.name, "Topic", topic, "DescribeConfigs")
        if self.group is not None:
            yield Grant(self.name, "Group", self.group, "Read", self.group_prefixed)
        if self.watches:
            yield Grant(self.name, "Group", GROUPS, "Describe", prefixed=True)
        if self.writes:
            # Brokers before 3.0 ask for it; later ones infer it from a right to write any topic.
            yield Grant(self.name, "Cluster", CLUSTER, "IdempotentWrite")


def principals(inboxes: Iterable[str] = (), served: Mapping[str, tuple[str, ...]] = EVERYTHING) -> list[Principal]:
    """Everybody around a chain with these inboxes (`default` is always one); ValueError for a bad inbox name.

    The chain's own hospital and agency serve the inboxes that `served` says by service, all of them if it says nothing.
    Whoever has an inbox of their own comes in as `his.INBOX` (a hospital's own system), `hospital.INBOX` or
    `agency.INBOX` (their own program in that seat).
    """
    every = tuple(sorted({DEFAULT_INBOX, *inboxes}))
    foreign = [one for inbox in every for one in (hospital_system(inbox), hospital_of(inbox), agency_of(inbox))]
    ours = [hospital(served.get("hospital", every)), platform(every), agency(served.get("agency", every)), registry()]
    return [*ours, *_overseers(every), *foreign]


def grants(everybody: Iterable[Principal]) -> list[Grant]:
    """All their rights, in a stable order and each once."""
    return sorted({grant for principal in everybody for grant in principal.grants()})


def seat(service: str, inboxes: Iterable[str]) -> Principal:
    """What one of the chain's own services may do; ValueError for a name that is no service."""
    every = tuple(inboxes)
    match service:
        case "hospital":
            return hospital(every)
        case "platform":
            return platform(every)
        case "agency":
            return agency(every)
        case "registry":
            return registry()
    raise ValueError(f"{service!r} is no service; those are {', '.join(topics.SERVICES)}")


def hospital(inboxes: tuple[str, ...]) -> Principal:
    """It tells its own system where the platform tells it: what it refuses by itself, and what it knew before."""
    results = tuple(topics.hospital_results(inbox) for inbox in inboxes)
    return _service(
        "hospital",
        "the chain's own hospital",
        reads=(topics.ENCOUNTERS, *results, topics.REFERENCE_PERSONS, topics.REFERENCE_SHARED),
        writes=(topics.SETTLEMENT_REQUESTS, *results, topics.errors("hospital")),
    )


def platform(inboxes: tuple[str, ...]) -> Principal:
    answers = tuple(topics.agency_results(inbox) for inbox in inboxes)
    asked = tuple(topics.agency_requests(inbox) for inbox in inboxes)
    told = tuple(topics.hospital_results(inbox) for inbox in inboxes)
    return _service(
        PLATFORM,
        "the national platform",
        reads=(topics.SETTLEMENT_REQUESTS, *answers, *_REFERENCE),
        writes=(*asked, *told, topics.JOURNAL, topics.errors("platform")),
    )


def agency(inboxes: tuple[str, ...]) -> Principal:
    return _service(
        "agency",
        "the chain's own agency",
        reads=(*(topics.agency_requests(inbox) for inbox in inboxes), topics.REFERENCE_PERSONS),
        writes=(*(topics.agency_results(inbox) for inbox in inboxes), topics.errors("agency")),
    )


def registry() -> Principal:
    return _service(
        REGISTRY,
        "the registry, the only writer of reference data",
        reads=(topics.REGISTRY_REQUESTS, topics.REFERENCE_SHARED),
        writes=(*_REFERENCE, topics.errors("registry")),
    )


def hospital_system(inbox: str) -> Principal:
    return _outside(
        f"his.{inbox}",
        f"a hospital's own system 医院信息系统, inbox {inbox}",
        reads=(topics.hospital_results(inbox),),
        writes=(topics.ENCOUNTERS,),
    )


def hospital_of(inbox: str) -> Principal:
    return _outside(
        f"hospital.{inbox}",
        f"somebody's own program in the hospital's seat, inbox {inbox}",
        reads=(topics.hospital_results(inbox), topics.REFERENCE_PERSONS, topics.REFERENCE_SHARED),
        writes=(topics.SETTLEMENT_REQUESTS, topics.errors("hospital")),
    )


def agency_of(inbox: str) -> Principal:
    return _outside(
        f"agency.{inbox}",
        f"somebody's own program in the agency's seat, inbox {inbox}",
        reads=(topics.agency_requests(inbox), topics.REFERENCE_PERSONS),
        writes=(topics.agency_results(inbox), topics.errors("agency")),
    )


def _service(name: str, who: str, reads: tuple[str, ...], writes: tuple[str, ...]) -> Principal:
    """One of the chain's own: a group of its name, and it compares its topics with the plan."""
    return Principal(name, who, reads, writes, group=f"{GROUPS}{name}", settings=True)


def _outside(name: str, who: str, reads: tuple[str, ...], writes: tuple[str, ...]) -> Principal:
    """Somebody else's program: it names its groups itself, beginning as it is called."""
    return Principal(name, who, reads, writes, group=f"{name}.", group_prefixed=True)


_REFERENCE: Final = (topics.REFERENCE_PERSONS, topics.REFERENCE_FILINGS, topics.REFERENCE_SHARED)


def _overseers(inboxes: tuple[str, ...]) -> list[Principal]:
    """Who looks over the whole chain. Only desk and operators send: what failed goes back to where it was read from."""
    every = tuple(topic.name for topic in topics.plan(inboxes))
    returned = (*(topics.agency_results(inbox) for inbox in inboxes), *(topics.hospital_results(i) for i in inboxes))
    sent = (topics.ENCOUNTERS, topics.SETTLEMENT_REQUESTS, topics.REGISTRY_REQUESTS, *returned)
    return [
        Principal(DESK, "the error desk", every, (*sent, topics.OPERATIONS), watches=True, settings=True),
        Principal(OPERATOR, "operators' command line", every, sent, watches=True),
        Principal(CONSOLE, "the web page", every, watches=True),
        Principal(AUDIT, "the oracle", every),
    ]
