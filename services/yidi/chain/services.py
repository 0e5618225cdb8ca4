"""The composition root of the services: which decider fills which seat, with which settings."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from yidi.agency.policy_book import shipped_book
from yidi.agency.service import AgencyDecider
from yidi.chain.readings import group_of
from yidi.chain.settings import ServiceSettings
from yidi.contract.access import seat
from yidi.contract.topics import Topic, plan
from yidi.hospital.service import HospitalService
from yidi.platform.deadlines import Deadlines
from yidi.platform.service import Platform
from yidi.registry.service import RegistryService
from yidi.runtime.decider import Decider
from yidi.runtime.settings import RuntimeSettings


def _hospital(settings: ServiceSettings) -> Decider:
    return HospitalService(settings.inboxes)


def _platform(settings: ServiceSettings) -> Decider:
    return Platform(settings.inboxes, _deadlines(settings.answer_deadline_ms))


def _deadlines(answer_ms: int | None) -> Deadlines:
    """The platform's own rule, or one deadline for every kind of care, after which it soon asks again."""
    rule = Deadlines()
    if answer_ms is None:
        return rule
    again_ms = min(answer_ms, rule.again_ms)
    return replace(rule, visit_ms=answer_ms, stay_ms=answer_ms, reversal_ms=answer_ms, again_ms=again_ms)


def _agency(settings: ServiceSettings) -> Decider:
    return AgencyDecider(shipped_book(), settings.inboxes)


def _registry(settings: ServiceSettings) -> Decider:
    return RegistryService(settings.partitions)


SEATS: Final[Mapping[str, Callable[[ServiceSettings], Decider]]] = {
    "registry": _registry,
    "hospital": _hospital,
    "platform": _platform,
    "agency": _agency,
}


def decider_of(service: str, settings: ServiceSettings) -> Decider:
    """The service's rules, ready to run."""
    return SEATS[service](settings)


def runtime_settings_of(service: str, settings: ServiceSettings) -> RuntimeSettings:
    """How the runtime runs it."""
    return RuntimeSettings(
        connection=settings.connection,
        store=settings.store,
        group=group_of(service),
        instance=settings.instance,
        plan=_plan_of(service, settings),
        rights=tuple(seat(service, settings.inboxes).grants()) if _guarded(settings) else (),
        http_host=settings.http_host,
        http_port=settings.http_port,
        await_topics=settings.await_topics,
        start_wait_s=settings.start_wait_s,
    )


def _plan_of(service: str, settings: ServiceSettings) -> tuple[Topic, ...]:
    """The topics that it has to do with; of the others it may not even know that they exist."""
    touched = seat(service, settings.inboxes).touches
    return tuple(topic for topic in plan(settings.inboxes, settings.partitions) if topic.name in touched)


def _guarded(settings: ServiceSettings) -> bool:
    """Whether the Kafka asks who we are; an open one lets everybody do everything."""
    return settings.connection.security.security_protocol != "PLAINTEXT"
