"""Whether a broker has room to write. One whose disk is full ends itself, and its own log may not say why."""

import shutil
from pathlib import Path
from typing import Final

from yidi.broker.errors import DiskFullError

MIB: Final = 1 << 20
ROOM_MIB_MIN: Final = 16
"""With less a start would only end again: settings, logs and the indexes of a few topics."""


def demand_room(folder: Path) -> None:
    """`DiskFullError` in words when next to nothing can be written there."""
    free = shutil.disk_usage(folder).free // MIB
    if free < ROOM_MIB_MIN:
        raise DiskFullError(
            f"The disk of {folder} is full: {free} MiB are free, Kafka needs {ROOM_MIB_MIN} to start. "
            "Make room there; nothing accepted is lost."
        )
