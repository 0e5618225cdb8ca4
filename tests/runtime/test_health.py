"""Health means progress."""

from yidi.runtime.health import Health

PLACE = ("t", 0)


def ready() -> Health:
    return Health(stall_ms_max=1_000, ready=True)


def test_standstill_is_unhealthy() -> None:
    """Something to read and nothing moving for longer than the limit is unhealthy, though consumers run."""
    health = ready()
    health.observe({PLACE: 5}, {PLACE: 3}, 0)
    health.observe({PLACE: 9}, {PLACE: 3}, 1_001)
    assert (health.healthy, health.lag, health.stuck_ms) == (False, 6, 1_001)


def test_progress_under_load_is_healthy() -> None:
    """A long backlog that shrinks is no trouble."""
    health = ready()
    for step in range(10):
        health.observe({PLACE: 1_000}, {PLACE: step}, step * 900)
    assert health.healthy


def test_nothing_to_do_is_healthy() -> None:
    """An idle service is healthy, and its idle time does not count once there is work again."""
    health = ready()
    health.observe({PLACE: 3}, {PLACE: 3}, 0)
    health.observe({PLACE: 3}, {PLACE: 3}, 50_000)
    health.observe({PLACE: 4}, {PLACE: 3}, 50_500)
    assert health.healthy
    assert health.stuck_ms == 500


def test_troubles_and_unreadiness_are_unhealthy() -> None:
    """What does not work is named until it works again."""
    health = ready()
    health.trouble("broker", "gone")
    assert not health.healthy
    assert health.as_dict()["troubles"] == {"broker": "gone"}
    health.trouble("broker", None)
    assert health.healthy
    assert not Health(1_000).healthy
