"""A chain that a test holds, and what is kept of it when the test fails. Light: the plugin loads it always."""

from pathlib import Path
from typing import Any, Final

import pytest

STORIES_MAX: Final = 3
"""Bills that a failed test's report tells of; the folder has them all."""


class Held:
    """A chain that a test holds."""

    def __init__(self, fixture: str, chain: Any, root: Path, test_id: str) -> None:  # noqa: ANN401 — see Chain
        self.fixture, self.chain = fixture, chain
        self.failed = False
        self._root, self._test_id = root, test_id

    def keep(self) -> str:
        """Write everything to a folder, and say which, or why not."""
        from yidi.testing.keeping import folder_for  # noqa: PLC0415 — loaded when something failed

        self.failed = True
        try:
            folder = folder_for(self._root, self._test_id, self.fixture)
            self.chain.wait(self.chain.keep(folder))
        except Exception as error:  # noqa: BLE001 — a report must come out, whatever has become of the chain
            return f"nothing: {type(error).__name__} {error}"
        return f"topics and logs: {folder}"

    def story(self) -> str:
        """What became of the last bills, with every leg of their way; nothing where no bill was answered."""
        told = self.chain.outcomes[-STORIES_MAX:]
        return "\n".join(f"{one.msgid} {one}\n{one.story}" for one in told)


CHAINS = pytest.StashKey[list[Held]]()
"""The chains that a test holds."""
