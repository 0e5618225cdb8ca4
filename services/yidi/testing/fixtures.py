"""What the fixtures do: make a chain as the marker wishes, hand it out, and let the oracle judge what is left."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import pytest

from yidi.audit import Verdict
from yidi.broker import JavaMissingError, KafkaJarsError
from yidi.chain.place import Descriptor
from yidi.testing.docker_missing import DockerMissing
from yidi.testing.failure import NotSound
from yidi.testing.held import CHAINS, Held
from yidi.testing.live import RunningChain
from yidi.testing.missing import missing
from yidi.testing.roster import Roster
from yidi.testing.simulated import TODAY, SimulatedVerbs, Weather
from yidi.testing.wishes import MARKER, BadWish, Build, Wishes, wishes_of

if TYPE_CHECKING:
    from yidi.testing.chain import Chain


def simulated(request: pytest.FixtureRequest) -> Iterator["Chain"]:
    """A fresh simulated chain, audited at the end."""
    wishes = wishes_for(request)
    if wishes.secure:
        pytest.skip("the simulated chain has no Kafka to secure: that is for yidi_kafka")
    if wishes.build != Build():
        pytest.skip("the simulated chain has all its own seats: other seats are for yidi_kafka and yidi_containers")
    chain = SimulatedVerbs(wishes.today or TODAY, Weather(wishes.seed, wishes.faults))
    with held(request, "yidi_chain", chain, wishes):
        yield chain


class Host(Protocol):
    """What keeps running chains between tests."""

    @property
    def secures(self) -> bool: ...
    @property
    def logs(self) -> Path: ...
    def collect(self) -> None: ...
    def next_slot(self) -> int: ...
    def chain(self, build: Build) -> Descriptor: ...
    def drop(self) -> None: ...


def running(request: pytest.FixtureRequest, host: Host) -> Iterator["RunningChain"]:
    """A chain that runs, of this test alone as far as it can tell; audited at the end."""
    wishes = wishes_for(request)
    if wishes.faults:
        pytest.skip("faults are the simulated chain's: on Kafka kill something real")
    if wishes.secure and not host.secures:
        pytest.skip("a secured chain is for yidi_kafka: containers here have an open Kafka")
    descriptor = _started(host, wishes.build)
    roster = Roster(host.next_slot(), wishes.today or TODAY)
    chain = RunningChain(descriptor, roster, wishes.timeout_s, host.logs, host.collect)
    sound = False
    try:
        with held(request, str(request.fixturename), chain, wishes) as one:
            yield chain
        sound = wishes.audit and not one.failed and not chain.touched
    finally:
        if not sound:
            host.drop()


def _started(host: Host, build: Build) -> Descriptor:
    try:
        return host.chain(build)
    except (JavaMissingError, KafkaJarsError) as error:
        missing("kafka", f"No embedded Kafka here: {error}")
    except DockerMissing as error:
        missing("docker", f"No containers here: {error}")


def wishes_for(request: pytest.FixtureRequest) -> Wishes:
    """The test's own wishes; its module's and class's where it has none."""
    try:
        return wishes_of(reversed(list(request.node.iter_markers(MARKER))))
    except BadWish as error:
        raise pytest.UsageError(str(error)) from None


@contextmanager
def held(request: pytest.FixtureRequest, fixture: str, chain: Any, wishes: Wishes) -> Iterator[Held]:  # noqa: ANN401
    """A test holds this chain; afterwards, unless it failed, the oracle has to pass what lies in the topics."""
    one = Held(fixture, chain, _root(request.config), request.node.nodeid)
    request.node.stash.setdefault(CHAINS, []).append(one)
    yield one
    if wishes.audit and not one.failed:
        report = chain.wait(chain.audit())
        if report.verdict is not Verdict.PASS:
            kept = one.keep()
            raise NotSound(report, kept)


def _root(config: pytest.Config) -> Path:
    """Where to keep what failed: as asked, else in pytest's cache, which projects do not commit."""
    asked = config.getoption("--yidi-keep")
    if asked is not None:
        return Path(cast("str", asked)).absolute()
    cache = config.pluginmanager.hasplugin("cacheprovider") and config.cache
    return cache.mkdir("yidi") if cache else Path.cwd() / ".yidi-failures"
