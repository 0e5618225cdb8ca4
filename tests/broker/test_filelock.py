"""Claims on a path."""

import subprocess
import sys
from pathlib import Path

from yidi.broker.filelock import FileLock, _is_at, exclusively


def test_second_claim_is_refused_until_the_first_ends(tmp_path: Path):
    """A path has one owner at a time."""
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.acquire(wait_s=0)
    assert not second.acquire(wait_s=0)
    assert not second.held
    first.release()
    assert second.acquire(wait_s=0)
    second.release()


def test_claim_lives_as_long_as_an_heir(tmp_path: Path):
    """A child that inherited the claim keeps it after its parent let go."""
    ours, other = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert ours.acquire(wait_s=0)
    heir = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=(ours.fd,), text=True)
    ours.release()
    assert not other.acquire(wait_s=0)
    heir.communicate("\n")
    assert other.acquire(wait_s=0)
    other.release()


def test_block_that_did_not_get_the_lock_is_told(tmp_path: Path):
    """`exclusively` yields whether the lock is held, and frees it afterwards."""
    with exclusively(tmp_path / "lock", wait_s=0) as mine, exclusively(tmp_path / "lock", wait_s=0) as theirs:
        assert mine
        assert not theirs
    with exclusively(tmp_path / "lock", wait_s=0) as again:
        assert again


def test_a_removed_claim_leaves_no_file_and_no_second_owner(tmp_path: Path):
    """Who had opened the file before it was removed does not own the path by it: the next claim is on a new file."""
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.acquire(wait_s=0)
    stale = (tmp_path / "lock").open("r+")
    first.remove()
    assert not list(tmp_path.iterdir())
    with stale:
        assert not _is_at(stale.fileno(), tmp_path / "lock")
        assert second.acquire(wait_s=0)
        assert not _is_at(stale.fileno(), tmp_path / "lock")
    second.release()
