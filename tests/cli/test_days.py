"""Days on the command line."""

from datetime import date

import pytest

from tests.cli.commands import run
from yidi.cli.days import day_of


def test_a_day_is_read() -> None:
    """As people write it, blanks around it or not."""
    assert day_of(" 2026-11-01") == date(2026, 11, 1)


@pytest.mark.parametrize("wrong", ["tomorrow", "2025-02-30", "1.11.2026", ""])
@pytest.mark.parametrize(
    "command", [("file", "1", "--place", "310100"), ("errors", "mend", "filing", "2196faf6")], ids=["file", "mend"]
)
def test_what_is_no_day_is_bad_input(command: tuple[str, ...], wrong: str) -> None:
    """It is refused before anything is looked for, and the words say how a day is written."""
    done = run(*command, "--begin", wrong)
    assert done.code == 2
    assert f"{wrong!r} is no day of the calendar. Write it as YYYY-MM-DD" in " ".join(done.err.split())
