"""What is done to whom follows from the seed alone."""

from collections import Counter

from yidi.chain.settings import SERVICES
from yidi.chaos.blows import BROKER, VICTIMS, Kind, blows, lasts_s

KILLS = 50


def test_the_same_seed_strikes_the_same() -> None:
    """Two runs of one seed strike the same victims at the same times; another seed does not."""
    assert list(blows(7, KILLS)) == list(blows(7, KILLS))
    assert list(blows(7, KILLS)) != list(blows(8, KILLS))


def test_as_many_kills_as_asked_for() -> None:
    """N kills are N SIGKILLs; freezes come on top."""
    kinds = Counter(blow.kind for blow in blows(1, KILLS))
    assert kinds[Kind.KILL] == KILLS
    assert kinds[Kind.FREEZE] == KILLS // 4


def test_every_process_is_struck() -> None:
    """Fifty kills reach every service, and the broker, but that one seldom."""
    killed = Counter(blow.victim for blow in blows(1, KILLS) if blow.kind is Kind.KILL)
    assert set(killed) == {*SERVICES, BROKER}
    assert killed[BROKER] == 2


def test_each_of_three_brokers_is_struck() -> None:
    """With three brokers every one of them is killed, one kill in six."""
    killed = Counter(blow.victim for blow in blows(1, KILLS, brokers=3) if blow.kind is Kind.KILL)
    brokers = {name: count for name, count in killed.items() if name.startswith("broker")}
    assert set(brokers) == {"broker-1", "broker-2", "broker-3"}
    assert sum(brokers.values()) == KILLS // 6


def test_victims_are_the_services() -> None:
    """Every service of the chain can be a victim, and their shares are whole."""
    assert set(VICTIMS) == set(SERVICES)
    assert sum(VICTIMS.values()) == 100


def test_a_freeze_may_outlast_the_session() -> None:
    """Among many freezes some are longer than the group keeps partitions: a zombie wakes up."""
    freezes = [blow.lasts_s for blow in blows(1, 100) if blow.kind is Kind.FREEZE]
    assert max(freezes) > 10
    assert min(freezes) > 0


def test_a_short_run_is_short() -> None:
    """Fifty kills take less than two minutes to deal, so that the run suits every landing."""
    assert lasts_s(list(blows(1, KILLS))) < 120


def test_any_of_several_instances_is_struck() -> None:
    """With several instances each of them is killed at times, and some are removed by a clean stop and added again."""
    struck = list(blows(1, 100, instances={"agency": 2, "platform": 3}))
    killed = {blow.victim for blow in struck if blow.kind is Kind.KILL}
    assert {"agency-1", "agency-2", "platform-1", "platform-2", "platform-3", "hospital"} <= killed
    assert {"agency", "platform"}.isdisjoint(killed)
    assert sum(blow.kind is Kind.RESTART for blow in struck) == 100 // 3
