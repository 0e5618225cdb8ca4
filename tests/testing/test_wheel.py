"""The wheel holds all that tests of others need: installed in an empty environment, a tiny project's test settles."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("wheel")]

ROOT = Path(__file__).parents[2]
PATIENCE_S = 600
CONTINUED = " \\"
PROJECT = """
from importlib.resources import files

from yidi.testing import Bill


async def test_settles(yidi_chain):
    assert (await yidi_chain.settle(Bill.stay())).funds == 412_832


def test_everything_is_inside():
    home = files("yidi")
    assert "site-packages" in str(home)
    for part in ("schemas/ids.json", "world/data/catalogue.csv", "agency/policies", "examples/encounters", "py.typed"):
        assert home.joinpath(part).is_file() or home.joinpath(part).is_dir(), part
"""


def run(*command: str, folder: Path) -> str:
    """One command to its end, knowing nothing of this repository."""
    variables = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTEST_ADDOPTS")}
    done = subprocess.run(  # noqa: S603 — our own commands
        command, cwd=folder, env=variables, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-3_000:]}{done.stderr[-3_000:]}"
    return done.stdout


def test_in_an_empty_environment(tmp_path: Path) -> None:
    """`pip install 'yidi[testing]'`, at the locked versions, is all that a project needs."""
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", "dist", str(ROOT), folder=tmp_path)
    (wheel,) = (tmp_path / "dist").iterdir()
    run(sys.executable, "-m", "venv", "env", folder=tmp_path)
    pip, python = str(tmp_path / "env/bin/pip"), str(tmp_path / "env/bin/python")
    pins = tmp_path / "pins.txt"
    pins.write_text(_pins((ROOT / "requirements.lock").read_text(encoding="utf-8")), encoding="utf-8")
    run(pip, "install", "--quiet", "--constraint", str(pins), f"{wheel}[testing]", folder=tmp_path)
    (tmp_path / "test_project.py").write_text(PROJECT, encoding="utf-8")
    assert "2 passed" in run(python, "-m", "pytest", "-q", "--strict-markers", folder=tmp_path)


def _pins(lock: str) -> str:
    """The lock's versions without their hashes: constraints cannot have any."""
    named = (line for line in lock.splitlines() if line and not line.startswith((" ", "#")))
    return "".join(f"{line.removesuffix(CONTINUED)}\n" for line in named)
