"""What this machine does not have: a laptop's tests skip in words, and where it is required they fail."""

import os
from typing import Final, NoReturn

import pytest

REQUIRE: Final = "YIDI_REQUIRE"
"""Words of what must be there, such as `kafka,docker`: set it where a skipped test would go unseen."""


def missing(word: str, why: str) -> NoReturn:
    """Skip the test, or fail it where YIDI_REQUIRE names the word."""
    if word in os.environ.get(REQUIRE, ""):
        pytest.fail(f"{why} ({REQUIRE} demands {word})", pytrace=False)
    pytest.skip(f"{why} Set {REQUIRE}={word} to fail instead.")
