"""Health means progress."""

from dataclasses import replace

from tests.console.site import reading
from yidi.console.reading import STALL_MS_MAX, InstancePulse, Observer


def test_service_that_has_read_everything_is_well():
    """However long nothing happens."""
    observer = Observer()
    observer.observe(reading(0))
    pulse = observer.observe(reading(10 * STALL_MS_MAX))
    assert pulse.healthy or pulse.services["agency"].state == "absent"
    assert pulse.services["hospital"].state == "ok"


def test_service_that_reads_on_is_busy():
    """Behind, but moving."""
    observer = Observer()
    observer.observe(reading(0, end=100, read=10))
    pulse = observer.observe(reading(2 * STALL_MS_MAX, end=200, read=20))
    assert pulse.services["hospital"].state == "busy"
    assert pulse.services["hospital"].lag == 180


def test_service_that_stands_still_with_work_before_it_is_stuck():
    """A consumer may run as it likes: without progress the chain is not healthy."""
    observer = Observer()
    observer.observe(reading(0, end=100, read=10))
    pulse = observer.observe(reading(STALL_MS_MAX + 1, end=100, read=10))
    assert pulse.services["hospital"].state == "stuck"
    assert pulse.services["hospital"].stuck_ms == STALL_MS_MAX + 1
    assert not pulse.healthy


def test_progress_mends_the_health():
    """The clock of standing still starts anew with every step."""
    observer = Observer()
    observer.observe(reading(0, end=100, read=10))
    observer.observe(reading(STALL_MS_MAX + 1, end=100, read=10))
    pulse = observer.observe(reading(STALL_MS_MAX + 2, end=100, read=11))
    assert pulse.services["hospital"].state == "busy"


def test_service_that_has_never_read_is_absent():
    """An empty seat is not well."""
    pulse = Observer().observe(reading(0))
    assert pulse.services["agency"].state == "absent"
    assert not pulse.healthy


def test_seat_of_somebody_else_is_not_judged_by_a_group_that_is_not_seen():
    """A program of others may call its group as it likes: that nothing is seen of it is no standstill of the chain."""
    pulse = Observer().observe(replace(reading(0), theirs=frozenset({"agency", "registry"})))
    assert pulse.services["agency"].state == "absent"
    assert pulse.healthy


def test_seat_of_somebody_else_is_judged_where_it_is_seen():
    """Whose group is known counts like our own: it has something to read, and stands still."""
    observer = Observer()
    there = replace(reading(0, end=100, read=10), theirs=frozenset({"agency", "registry", "hospital"}))
    observer.observe(there)
    assert not observer.observe(replace(there, at_ms=STALL_MS_MAX + 1)).healthy


def test_rates_are_records_a_second():
    """From the ends of two readings."""
    observer = Observer()
    assert observer.observe(reading(1_000, end=10)).rates["encounters"] == 0.0
    assert observer.observe(reading(3_000, end=50)).rates["encounters"] == 20.0


def test_topic_made_anew_has_no_negative_rate():
    """After `--fresh` the ends begin again."""
    observer = Observer()
    observer.observe(reading(0, end=1_000, read=1_000))
    assert observer.observe(reading(1_000, end=10)).rates["encounters"] == 0.0


def test_backlog_is_that_of_the_instance_that_holds_the_partition():
    """Each instance is shown with its partitions and with what it has not read of them, and of no other."""
    services = Observer().observe(reading(0, end=100, read=10)).services
    assert services["platform"].instances == (InstancePulse("east", "0–2", 90), InstancePulse("west", "3, 5", 0))
    assert services["agency"].instances == ()
