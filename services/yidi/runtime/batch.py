"""One database transaction over the tasks of an instance (design §5)."""

from collections.abc import Callable, Sequence

from yidi.runtime.store import Store
from yidi.runtime.task import Slice, Spent, Task

Step = Callable[[str], None]
"""Told the name of each step just taken; tests die there (the guarantee covers a death between any two steps)."""

Slices = list[tuple[Task, Slice]]


def no_step(name: str) -> None:
    """Outside tests a step is nothing but passed."""


def transact(store: Store, tasks: Sequence[Task], now_ms: int, spent: Spent, step: Step = no_step) -> Slices:
    """Fence, decide and commit for the tasks, all or nothing; then they go on from what is committed.

    When the time is spent the tasks that have not begun are left for the next transaction: a chunk of one record
    would cost as much as a full one. The first task always gets its turn, so callers rotate them.

    Raises `Fenced` (nothing committed; drop that task, the others may try again), `CommitUnknown` (make every task
    anew) or another `StoreError` (nothing committed). No task has changed when it raises.
    """
    slices: Slices = []
    with store.transaction() as transaction:
        for task in tasks:
            if slices and spent():
                break
            slices.append((task, task.decide(transaction, now_ms, spent)))
        step("decided")
    step("committed")
    for task, slice_ in slices:
        task.accept(slice_)
    return slices
