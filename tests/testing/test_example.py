"""The example project beside us runs as its readers run it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("yidi_kafka")]

FOREIGN_SEATS = Path(__file__).parents[2] / "examples" / "foreign-seats"
PATIENCE_S = 600


def test_foreign_seats() -> None:
    """A foreign agency and a foreign hospital, by the schemas alone, settle in the chain."""
    variables = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "yidi.testing.plugin"],
        cwd=FOREIGN_SEATS,
        env={**variables, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6_000:]
    assert "5 passed" in done.stdout


def test_none_of_our_code() -> None:
    """They read the schemas alone: no line of theirs imports ours."""
    for program in FOREIGN_SEATS.glob("*.py"):
        text = program.read_text(encoding="utf-8").lower()
        assert "yidi" not in text.replace("yidi_schemas", "").replace("yidi_kafka_", "")
