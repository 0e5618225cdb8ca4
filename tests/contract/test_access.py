"""The access rules: the least that everybody needs, no more and no less than what they do."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.simulation.troupe import troupe
from yidi.chain.readings import group_of
from yidi.chain.services import SEATS, decider_of
from yidi.chain.settings import ServiceSettings
from yidi.chain.simulation import Ground, SimulatedChain, seats
from yidi.contract import topics
from yidi.contract.access import Grant, Principal, grants, principals, seat
from yidi.contract.access_commands import commands
from yidi.contract.topics import plan
from yidi.desk.kafka import error_parts, news_parts, reference_parts
from yidi.desk.settings import DeskSettings
from yidi.runtime.connection import Connection
from yidi.runtime.decider import Decision

INBOXES = ("default", "north", "north-2")


def everybody() -> dict[str, Principal]:
    return {one.name: one for one in principals(INBOXES)}


def granted(name: str, operation: str, resource: str = "Topic") -> set[str]:
    wanted = (operation, resource)
    return {grant.name for grant in everybody()[name].grants() if (grant.operation, grant.resource) == wanted}


class Watched:
    """A decider that notes where its decisions go."""

    def __init__(self, decider: Any, written: dict[str, set[str]]) -> None:
        self._decider, self._written = decider, written[decider.service]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._decider, name)

    def decide(self, *asked: Any) -> Decision:
        return self._noted(self._decider.decide(*asked))

    def due(self, *asked: Any) -> Decision:
        return self._noted(self._decider.due(*asked))

    def _noted(self, decision: Decision) -> Decision:
        self._written.update(message.topic for message in decision.messages)
        return decision


@pytest.mark.parametrize("service", SEATS)
def test_a_seat_reads_what_its_decider_declares(service: str, tmp_path: Path):
    """No service can read a topic that its rules do not ask for, and it can read all that they ask for."""
    connection = Connection(bootstrap="a:1")
    settings = ServiceSettings(connection=connection, store=str(tmp_path), partitions=8, inboxes=INBOXES)
    decider = decider_of(service, settings)
    assert set(seat(service, INBOXES).reads) == {*decider.inputs, *decider.references}
    assert seat(service, INBOXES).group == group_of(service)


def test_a_seat_writes_what_its_decider_writes():
    """In a run of the whole chain every service writes every topic that it may, and no other."""
    written: dict[str, set[str]] = defaultdict(set)
    ground = Ground(troupe().seedlings(), lambda: tuple(Watched(one, written) for one in seats()))
    chain = SimulatedChain(1, ground)
    for actor in troupe().sound[:3]:
        chain.settle(actor.visits[0])
        chain.settle(actor.visits[0])  # the hospital answers a repeat itself
    for service in SEATS:
        written[service].add(topics.errors(service))  # the runtime's own, in every service
        assert written[service] == set(seat(service, ("default",)).writes), service


def test_nobody_but_the_named_sender_writes_a_topic():
    """The plan's senders and the rules agree: desk and operators beside them only send back what failed."""
    writers: dict[str, set[str]] = defaultdict(set)
    for name, one in everybody().items():
        for topic in one.writes:
            writers[topic].add(name.split(".")[0])
    resending = {"desk", "operator"}
    senders = {"hospital's own system": {"his"}, "cli, desk": resending}
    for topic in plan(INBOXES):
        answers = {"hospital"} if topic.name.startswith("hospital.") else set()  # its own, to its own system
        assert writers[topic.name] - resending == senders.get(topic.sender, {topic.sender}) - resending | answers


def test_a_hospital_sees_its_own_inbox_only():
    """Whoever has an inbox reads no other's, and no hospital writes a result."""
    for name in ("his.north", "hospital.north"):
        read, written = granted(name, "Read"), granted(name, "Write")
        assert {topic for topic in read if topic.startswith("hospital.")} == {"hospital.north.results"}
        assert not any(topic.endswith(".results") or topic == topics.JOURNAL for topic in written)
    assert granted("his.north", "Read") == {"hospital.north.results"}


def test_an_agency_sees_its_own_inbox_only():
    """It reads what it is asked, answers there, and never writes the journal."""
    read, written = granted("agency.north", "Read"), granted("agency.north", "Write")
    assert read == {"agency.north.requests", topics.REFERENCE_PERSONS}
    assert written == {"agency.north.results", topics.errors("agency")}


def test_one_inbox_cannot_reach_the_groups_of_another():
    """A prefix of names ends with a dot, which no inbox name holds: `north` is not the beginning of `north-2`."""
    prefixes = [grant.name for grant in grants(principals(INBOXES)) if grant.prefixed]
    assert prefixes
    assert all(prefix.endswith(".") for prefix in prefixes)


def test_only_the_registry_writes_reference_data():
    """Every other right to it is a right to read."""
    for topic in (topics.REFERENCE_PERSONS, topics.REFERENCE_FILINGS, topics.REFERENCE_SHARED):
        assert [name for name in everybody() if topic in granted(name, "Write")] == ["registry"]


def test_those_who_only_look_write_nothing():
    """Audit and web page have no right that changes anything."""
    for name in ("audit", "console"):
        assert {grant.operation for grant in everybody()[name].grants()} <= {"Read", "Describe"}


def test_the_desk_reads_all_that_it_follows():
    """Its error topics, results and reference data are among its rights."""
    settings = DeskSettings(bootstrap="a:1", data_dir=Path(), inboxes=INBOXES)
    read = {part.topic for part in (*error_parts(settings), *news_parts(settings), *reference_parts(settings))}
    assert read <= granted("desk", "Read")


def test_no_right_is_beyond_what_kafka_calls_data():
    """Nobody may create, alter or delete anything, nor touch the cluster but for sending without repetition."""
    rights = grants(principals(INBOXES))
    assert {grant.operation for grant in rights} == {"Read", "Write", "Describe", "DescribeConfigs", "IdempotentWrite"}
    assert {grant.operation for grant in rights if grant.resource == "Cluster"} == {"IdempotentWrite"}
    assert {grant.name for grant in rights if grant.resource == "Topic"} == {topic.name for topic in plan(INBOXES)}


def test_our_seats_leave_an_inbox_to_whom_it_belongs():
    """An inbox that our own hospital and agency do not serve is out of their reach; the platform serves all."""
    ours = {one.name: one for one in principals(INBOXES, {"hospital": ("default",), "agency": ("default",)})}
    for name in ("hospital", "agency"):
        assert not any("north" in topic for topic in ours[name].touches)
    assert any("north" in topic for topic in ours["platform"].touches)


def test_a_name_that_is_no_inbox_is_refused():
    """A misspelt inbox would otherwise be a right to nothing, or to too much."""
    with pytest.raises(ValueError, match="no inbox name"):
        principals(["a.b"])


def test_commands_say_every_right_once():
    """Kafka's own tool, run with these lines, gives exactly the rules."""
    rights = grants(principals(INBOXES))
    assert [grant for line in commands(rights) for grant in parsed(line)] != []
    assert sorted(grant for line in commands(rights) for grant in parsed(line)) == rights


def parsed(line: str) -> list[Grant]:
    words = line.split()
    options = list(zip(words, [*words[1:], ""], strict=True))
    given: dict[str, list[str]] = defaultdict(list)
    for option, value in options:
        if option.startswith("--"):
            given[option].append(value)
    who, what = given["--allow-principal"][0].removeprefix("User:"), given["--operation"][0]
    prefixed = given["--resource-pattern-type"] == ["prefixed"]
    named: list[Any] = [("Topic", name) for name in given["--topic"]] + [("Group", name) for name in given["--group"]]
    named += [("Cluster", "kafka-cluster")] if "--cluster" in given else []
    return [Grant(who, kind, name, what, prefixed) for kind, name in named]  # type: ignore[arg-type]
