"""Formats of stores: a program goes up from older ones step by step, and refuses what a newer one wrote."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from yidi.runtime.stops import AFRESH
from yidi.runtime.store import StoreMismatch

C = TypeVar("C")


def upgrade(connection: C, version: int, steps: Mapping[int, Callable[[C], object]], ours: int, store: str) -> None:
    """Take each step from a version up to ours, in the caller's transaction; `foreign` when they do not lead there."""
    while version in steps:
        steps[version](connection)
        version += 1
    if version != ours:
        raise foreign(version, ours, store)


def foreign(version: int | None, ours: int, store: str) -> StoreMismatch:
    return StoreMismatch(
        f"{store} has format {version}, this program knows up to {ours}. Install the program that "
        f"wrote it or a newer one, or {AFRESH}."
    )
