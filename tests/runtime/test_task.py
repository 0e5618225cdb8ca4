"""Promises of the step machine, without any world around it."""

from collections.abc import Iterable

from tests.runtime.plans import key_in, small
from tests.runtime.scripted import Scripted
from yidi.contract import topics
from yidi.runtime.batch import transact
from yidi.runtime.decider import Record
from yidi.runtime.judge import Judge
from yidi.runtime.limits import CHUNKS_UNPUBLISHED_MAX, SLICE_RECORDS_MAX
from yidi.runtime.memory import MemoryStore
from yidi.runtime.task import Task, Tick

PLAN = {name: small(name) for name in ("a", "b", "out", "facts", topics.errors("hospital"))}


def never() -> bool:
    return False


def task_on(store: MemoryStore) -> Task:
    scripted = Scripted(("a", "b"), "out", ("facts",))
    return Task(0, scripted, Judge(scripted, PLAN), store.take_over(0))


def records(topic: str, words: Iterable[bytes], first: int = 0) -> list[Record]:
    return [Record(topic, 0, first + at, 0, key_in(0), word) for at, word in enumerate(words)]


def said(task: Task) -> list[bytes]:
    return [message.value for chunk in task.chunks for message in chunk.messages]


def test_reference_data_comes_first() -> None:
    """In one batch reference data is decided before inputs, whatever was read first."""
    store = MemoryStore()
    task = task_on(store)
    task.offer("a", records("a", [b"timer t 5"]))
    task.offer("facts", records("facts", [b"fact"] * 3))
    transact(store, [task], 1, never)
    assert store.view(0).get("count", "facts") == b"3"
    assert task.positions == {"facts": 3, "a": 1, "b": 0}


def test_slice_ends_when_its_time_is_spent() -> None:
    """A transaction that took long enough commits what it has; the rest follows in the next one."""
    store = MemoryStore()
    task = task_on(store)
    task.offer("a", records("a", [b"relay 1", b"relay 2", b"relay 3"]))
    transact(store, [task], 1, lambda: True)
    assert (task.positions["a"], task.backlog) == (1, 2)
    transact(store, [task], 1, never)
    assert said(task) == [b"relay 1", b"relay 2", b"relay 3"]


def test_tasks_that_have_not_begun_wait_when_time_is_spent() -> None:
    """A transaction that took long enough leaves the other partitions to the next one, whole."""
    store = MemoryStore()
    scripted = Scripted(("a", "b"), "out", ("facts",))
    judge = Judge(scripted, PLAN)
    tasks = [Task(partition, scripted, judge, store.take_over(partition)) for partition in (0, 1)]
    for task in tasks:
        task.offer("a", [Record("a", task.partition, at, 0, key_in(task.partition), b"relay x") for at in range(2)])
    done = transact(store, tasks, 1, lambda: True)
    assert [task.partition for task, _ in done] == [0]
    assert [task.backlog for task in tasks] == [1, 2]


def test_slice_ends_at_its_limit_of_records() -> None:
    """No transaction decides on more than its limit."""
    store = MemoryStore()
    task = task_on(store)
    task.offer("a", records("a", [b"relay x"] * (SLICE_RECORDS_MAX + 5)))
    transact(store, [task], 1, never)
    assert task.backlog == 5


def test_no_more_chunks_than_may_wait() -> None:
    """While so many chunks are unacknowledged nothing more is decided: memory stays bounded."""
    store = MemoryStore()
    task = task_on(store)
    for number in range(CHUNKS_UNPUBLISHED_MAX):
        task.offer("a", records("a", [b"relay x"], first=number))
        transact(store, [task], 1, never)
    task.offer("a", records("a", [b"relay x"], first=CHUNKS_UNPUBLISHED_MAX))
    assert not task.may_decide(1)
    task.acknowledge(task.chunks[0])
    assert task.may_decide(1)


def test_what_was_offered_before_is_skipped() -> None:
    """Records read twice are decided once."""
    store = MemoryStore()
    task = task_on(store)
    task.offer("a", records("a", [b"relay 1", b"relay 2"]))
    task.offer("a", records("a", [b"relay 1", b"relay 2", b"relay 3"]))
    transact(store, [task], 1, never)
    task.offer("a", records("a", [b"relay 1"]))
    assert (said(task), task.backlog) == ([b"relay 1", b"relay 2", b"relay 3"], 0)


def test_gaps_in_offsets_are_passed_over() -> None:
    """A log may have gaps (transaction markers of other producers): the position follows the record."""
    store = MemoryStore()
    task = task_on(store)
    task.offer("a", [*records("a", [b"relay 1"]), *records("a", [b"relay 2"], first=9)])
    transact(store, [task], 1, never)
    assert task.positions["a"] == 10


def test_now_never_goes_back() -> None:
    """A clock that steps back does not: not within an owner, and not for the next one."""
    store = MemoryStore()
    task = task_on(store)
    task.offer("a", records("a", [b"relay 1"]))
    transact(store, [task], 1_000, never)
    task.offer("a", records("a", [b"relay 2"], first=1))
    transact(store, [task], 500, never)
    assert (task.now_ms, store.take_over(0).now_ms) == (1_000, 1_000)


def test_next_owner_publishes_what_the_outbox_holds() -> None:
    """Chunks that were committed and not acknowledged go first, with the same bytes, under a new epoch."""
    store = MemoryStore()
    task = task_on(store)
    task.offer("a", records("a", [b"relay 1"]))
    transact(store, [task], 1, never)
    heir = task_on(store)
    heir.offer("a", records("a", [b"relay 2"], first=1))
    transact(store, [heir], 2, never)
    assert said(heir) == [b"relay 1", b"relay 2"]
    assert heir.chunks[0] == task.chunks[0]
    assert heir.epoch == task.epoch + 1


def test_timer_waits_for_the_inputs_of_its_tick() -> None:
    """A timer that is due fires only when the inputs that were there at the tick are decided."""
    store = MemoryStore()
    task = task_on(store)
    task.offer("a", records("a", [b"timer t 5"]))
    transact(store, [task], 1, never)
    assert task.due(5)
    task.tick = Tick(5, {"a": 1, "b": 1})
    assert not task.may_decide(5)
    task.offer("b", records("b", [b"relay first"]))
    transact(store, [task], 5, never)
    assert said(task) == [b"relay first", b"due t after 2"]
    assert task.due_ms is None
    assert not task.due(5)


def test_timer_cleared_by_an_earlier_input_of_the_tick_stays_silent() -> None:
    """The answer that came in time, and is read at the tick, keeps the deadline from firing."""
    store = MemoryStore()
    task = task_on(store)
    task.offer("a", records("a", [b"timer t 5"]))
    transact(store, [task], 1, never)
    task.tick = Tick(5, {"a": 2, "b": 0})
    task.offer("a", records("a", [b"clear t"], first=1))
    transact(store, [task], 5, never)
    assert said(task) == []
    assert task.due_ms is None
