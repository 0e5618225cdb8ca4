"""Where the topics and logs of a failed test are kept."""

import re
import shutil
from pathlib import Path
from typing import Final

NAME_CHARS_MAX: Final = 120
"""File systems take 255 bytes; a test's id may be longer."""


def folder_for(root: Path, test_id: str, fixture: str) -> Path:
    """An empty folder for this test's chain; what an earlier run of the same test kept there is gone."""
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", test_id).strip("-")[-NAME_CHARS_MAX:]
    folder = root / readable / fixture
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
