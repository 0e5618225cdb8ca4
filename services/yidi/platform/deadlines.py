"""How long an answer may take, and how often is asked again (domain §7: unknown is resolved by asking)."""

from dataclasses import dataclass
from typing import Final

from yidi.domain.codes import STAYS

SECOND_MS: Final = 1_000
MINUTE_MS: Final = 60 * SECOND_MS


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Settings, in milliseconds. A stay's answer may take longer: its calculation crosses years and layers."""

    visit_ms: int = MINUTE_MS
    stay_ms: int = 2 * MINUTE_MS
    reversal_ms: int = MINUTE_MS
    again_ms: int = 30 * SECOND_MS
    """First pause before asking again; it doubles."""
    again_ms_max: int = 15 * MINUTE_MS
    asks_max: int = 8
    """Forwards of one attempt, the first included: afterwards only a query by people asks again."""

    def answer_ms(self, operation: str, med_type: str) -> int:
        """From forwarding to the outcome *unknown*."""
        if operation == "REVERSE":
            return self.reversal_ms
        return self.stay_ms if med_type in STAYS else self.visit_ms

    def pause_ms(self, asks: int) -> int | None:
        """From the `asks`-th forward to the next one, for asks of 2 and more; None when the limit is reached."""
        if asks >= self.asks_max:
            return None
        return min(self.again_ms << min(asks - 2, 30), self.again_ms_max)


def timer_name(msgid: str) -> str:
    return f"deadline/{msgid}"


def msgid_of_timer(name: str) -> str | None:
    """The request that a timer is about; None for a timer that is not ours."""
    kind, _, msgid = name.partition("/")
    return msgid if kind == "deadline" else None
