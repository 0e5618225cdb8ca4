"""Every seat has its decider, and together they read what the plan carries."""

from pathlib import Path

import pytest

from yidi.chain.readings import group_of, topics_of
from yidi.chain.services import SEATS, decider_of, runtime_settings_of
from yidi.chain.settings import SERVICES, ChainSettings, ServiceSettings
from yidi.contract.access import seat
from yidi.contract.topics import FOLLOWED, plan
from yidi.platform.service import Platform
from yidi.runtime.connection import Connection

INBOXES = ("default", "agency-330100")
SETTINGS = ServiceSettings(connection=Connection(bootstrap="127.0.0.1:1"), store="s", partitions=4, inboxes=INBOXES)
PLAN = {topic.name: topic for topic in plan(INBOXES, 4)}


def test_every_seat_is_filled() -> None:
    """The services that a chain starts are exactly the seats that have rules."""
    assert set(SERVICES) == set(SEATS) == set(ChainSettings(data_dir=Path("d")).services)


@pytest.mark.parametrize("service", SERVICES)
def test_a_seat_reads_planned_topics(service: str) -> None:
    """Each decider bears its seat's name and reads only topics of the plan, of every inbox."""
    decider = decider_of(service, SETTINGS)
    assert decider.service == service
    assert set(topics_of(service, INBOXES)) == {*decider.inputs, *decider.references} <= set(PLAN)
    assert set(FOLLOWED.get(service, decider.references)) == set(decider.references)
    assert not set(decider.inputs) & set(decider.references)


def test_every_topic_with_a_service_as_receiver_is_read() -> None:
    """No message is sent to a service that does not read it."""
    for name, topic in PLAN.items():
        if topic.receiver in SEATS:
            assert name in topics_of(topic.receiver, INBOXES), name


@pytest.mark.parametrize("service", SERVICES)
def test_the_runtime_is_told(service: str) -> None:
    """Store, group, partitions and broker arrive at the runtime, and of the topics those that it has to do with."""
    settings = runtime_settings_of(service, SETTINGS)
    assert (settings.partitions, settings.group) == (4, group_of(service))
    assert (settings.connection.bootstrap, settings.store) == ("127.0.0.1:1", "s")
    assert {topic.name for topic in settings.plan} == set(seat(service, INBOXES).touches)
    assert set(topics_of(service, INBOXES)) <= {topic.name for topic in settings.plan} <= set(PLAN)


def test_the_deadline_reaches_the_platform() -> None:
    """One deadline for every kind of care where it is set; else the platform's own rule."""
    short = decider_of("platform", SETTINGS.model_copy(update={"answer_deadline_ms": 1_500}))
    rule = decider_of("platform", SETTINGS)
    assert isinstance(short, Platform)
    assert isinstance(rule, Platform)
    asked = [("SETTLE", "21"), ("SETTLE", "11"), ("REVERSE", "21")]
    assert {short._deadlines.answer_ms(*one) for one in asked} == {1_500}
    assert {rule._deadlines.answer_ms(*one) for one in asked} == {60_000, 120_000}
