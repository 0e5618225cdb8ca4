"""Health means progress: not that a consumer runs, but that what lies in the log is being decided (design §5)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Place = tuple[str, int]
"""Topic and partition."""


@dataclass(slots=True)
class _Watched:
    position: int
    since_ms: int


@dataclass(slots=True)
class Health:
    """What an instance knows about itself; `as_dict` is what `/health` answers. Times in milliseconds."""

    stall_ms_max: int
    ready: bool = False
    partitions: int = 0
    lag: int = 0
    stuck_ms: int = 0
    """For how long the slowest topic-partition with something to read has not moved."""
    oldest_unprocessed_ms: int = 0
    """Age of the oldest record that was read and is not decided."""
    troubles: dict[str, str] = field(default_factory=dict)
    """What does not work at the moment, by part: store, publish, broker, consumer, access."""
    _watched: dict[Place, _Watched] = field(default_factory=dict)

    @property
    def healthy(self) -> bool:
        return self.ready and self.stuck_ms <= self.stall_ms_max and not self.troubles

    def observe(self, ends: Mapping[Place, int], positions: Mapping[Place, int], now_ms: int) -> None:
        """Compare where the log ends with what is decided."""
        self._watched = {place: self._watch(place, at, now_ms) for place, at in positions.items()}
        behind = {place: ends[place] - at for place, at in positions.items() if ends.get(place, 0) > at}
        self.lag = sum(behind.values())
        self.stuck_ms = max((now_ms - self._watched[place].since_ms for place in behind), default=0)
        for place in positions.keys() - behind.keys():
            self._watched[place].since_ms = now_ms

    def forget_progress(self) -> None:
        """What stood still is being mended: count its time anew."""
        self._watched.clear()
        self.stuck_ms = 0

    def trouble(self, part: str, words: str | None) -> None:
        """Note that a part does not work, or (None) that it works again."""
        if words is None:
            self.troubles.pop(part, None)
        else:
            self.troubles[part] = words

    def as_dict(self) -> dict[str, object]:
        return {
            "healthy": self.healthy,
            "ready": self.ready,
            "partitions": self.partitions,
            "lag": self.lag,
            "stuck_ms": self.stuck_ms,
            "oldest_unprocessed_ms": self.oldest_unprocessed_ms,
            "troubles": dict(self.troubles),
        }

    def _watch(self, place: Place, position: int, now_ms: int) -> _Watched:
        known = self._watched.get(place)
        return known if known and known.position == position else _Watched(position, now_ms)
