"""A fault that a test expects: awaited with a bill, or around a block in which a bill is sent."""

from collections.abc import Awaitable, Callable, Generator
from types import TracebackType
from typing import Any, Self

from yidi.domain.faults import FAULTS
from yidi.testing.bill import Bill
from yidi.testing.failure import NotRefused, NotSettled
from yidi.testing.guess import guess
from yidi.testing.outcome import Outcome


class Expectation:
    """`refused = await chain.expect_fault(code, bill)`, or `with chain.expect_fault(code) as expected: …`.

    Around a block, the refusal is `expected.outcome` afterwards, and what follows the refused bill in it does not run.
    ValueError at once for a code that no fault has; NotRefused when the bill settled or failed otherwise.
    """

    def __init__(self, code: str, bill: Bill | None, submit: Callable[[Bill], Awaitable[Outcome]]) -> None:
        __tracebackhide__ = True
        if code not in FAULTS:
            raise ValueError(
                f"{code!r} is no code of a fault{guess(code, FAULTS)} They are in FAULTS of yidi.domain.faults."
            )
        self.code = code
        self._bill, self._submit = bill, submit
        self._caught: Outcome | None = None

    @property
    def outcome(self) -> Outcome:
        """What was refused; only after the block."""
        if self._caught is None:
            raise AttributeError("the refusal is known only after the block")
        return self._caught

    def __await__(self) -> Generator[Any, None, Outcome]:
        return self._refusal().__await__()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is None:
            raise NotRefused(self.code, None)
        if not isinstance(error, NotSettled):
            return False
        self._caught = self._checked(error.outcome)
        return True

    async def _refusal(self) -> Outcome:
        if self._bill is None:
            raise TypeError("give the bill to await, or use `with` around what sends it")
        return self._checked(await self._submit(self._bill))

    def _checked(self, outcome: Outcome) -> Outcome:
        if outcome.code != self.code:
            raise NotRefused(self.code, outcome)
        return outcome
