"""Kafka's jars in the cache, against a small Maven repository."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.broker.conftest import CLOSED, CONTENT, Repository
from yidi.broker.errors import KafkaJarsError
from yidi.broker.jars import STEP, provide_jars
from yidi.broker.pins import Pins

SECOND_NS = 1_000_000_000


def touched_later(path: Path) -> None:
    """A file system whose clock ticks slowly gives what is written at once the same time again."""
    found = path.stat()
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns + SECOND_NS))


def contents(home: Path) -> dict[str, bytes]:
    return {path.name.removesuffix("-4.4.0.jar"): path.read_bytes() for path in (home / "jars").glob("*.jar")}


def test_first_time_fetches_everything_and_tells_how_far(tmp_path: Path, repository: Repository, pins: Pins):
    """An empty cache is filled, in the pinned order, and every step is told."""
    told: list[tuple[str, int, int]] = []
    jars = provide_jars(tmp_path, pins, lambda *step: told.append(step))
    assert [jar.name for jar in jars] == [jar.name for jar in pins.jars]
    assert contents(tmp_path) == CONTENT
    assert told == [(STEP, done, 3) for done in range(4)]
    assert sorted(repository.asked) == sorted(CONTENT)


def test_second_time_needs_no_network(
    tmp_path: Path, repository: Repository, pins: Pins, monkeypatch: pytest.MonkeyPatch
):
    """A verified cache is used as it is, with the repository out of reach."""
    first = provide_jars(tmp_path, pins)
    monkeypatch.setenv("YIDI_MAVEN", CLOSED)
    assert provide_jars(tmp_path, pins) == first
    assert len(repository.asked) == 3


@pytest.mark.parametrize("damage", [b"", b"kafka" * 999 + b"wrong", b"x" * 9000], ids=["empty", "flipped", "longer"])
def test_damaged_jar_is_fetched_again(tmp_path: Path, repository: Repository, pins: Pins, damage: bytes):
    """A jar that changed on disk is replaced, and only that one."""
    victim = provide_jars(tmp_path, pins)[0]
    repository.asked.clear()
    victim.write_bytes(damage)
    touched_later(victim)
    provide_jars(tmp_path, pins)
    assert contents(tmp_path) == CONTENT
    assert repository.asked == ["kafka_2.13"]


def test_damaged_jar_without_network_is_refused(
    tmp_path: Path, repository: Repository, pins: Pins, monkeypatch: pytest.MonkeyPatch
):
    """A damaged jar is never used: without a repository there is an error, not a start."""
    provide_jars(tmp_path, pins)[1].write_bytes(b"damaged")
    monkeypatch.setenv("YIDI_MAVEN", CLOSED)
    with pytest.raises(KafkaJarsError, match=r"scala-library-4\.4\.0\.jar"):
        provide_jars(tmp_path, pins)
    assert len(repository.asked) == 3


def test_touched_but_genuine_jars_are_only_hashed_again(tmp_path: Path, repository: Repository, pins: Pins):
    """A copied cache has other times: its content is checked, nothing is fetched."""
    for jar in provide_jars(tmp_path, pins):
        touched_later(jar)
    repository.asked.clear()
    provide_jars(tmp_path, pins)
    assert repository.asked == []


def test_unreadable_notes_lead_to_a_new_check(tmp_path: Path, repository: Repository, pins: Pins):
    """Notes that are no notes are not believed, and not fatal."""
    provide_jars(tmp_path, pins)
    (tmp_path / "jars" / "verified.json").write_text('{"kafka_2.13-4.4.0.jar": 7}')
    provide_jars(tmp_path, pins)
    assert contents(tmp_path) == CONTENT
    assert len(repository.asked) == 3


def test_forged_jar_is_refused(tmp_path: Path, repository: Repository, pins: Pins):
    """Bytes that do not have the pinned hash are never put in place, whatever serves them."""
    repository.files["tiny"] = b"f"
    with pytest.raises(KafkaJarsError, match="not the pinned file"):
        provide_jars(tmp_path, pins)
    assert "tiny" not in contents(tmp_path)


def test_missing_jar_is_told(tmp_path: Path, repository: Repository, pins: Pins):
    """A repository without the file is named together with the file."""
    del repository.files["tiny"]
    with pytest.raises(KafkaJarsError, match=rf"tiny-4\.4\.0\.jar from {repository.url} was not found there"):
        provide_jars(tmp_path, pins)


def test_missing_network_is_one_clear_error(
    tmp_path: Path, repository: Repository, pins: Pins, monkeypatch: pytest.MonkeyPatch
):
    """Without network the error says what is missing and the ways out; a later start succeeds."""
    monkeypatch.setenv("YIDI_MAVEN", CLOSED)
    with pytest.raises(KafkaJarsError) as caught:
        provide_jars(tmp_path, pins)
    text = str(caught.value)
    assert "could not be reached" in text
    assert "YIDI_MAVEN" in text
    assert "--bootstrap" in text
    assert "\n" not in text
    monkeypatch.setenv("YIDI_MAVEN", repository.url)
    provide_jars(tmp_path, pins)
    assert contents(tmp_path) == CONTENT


def test_leavings_of_a_killed_download_are_removed_unused(tmp_path: Path, repository: Repository, pins: Pins):
    """What a process killed while fetching left behind is never looked at, and goes."""
    left = tmp_path / "making-dead" / "tiny-4.4.0.jar-0"
    left.mkdir(parents=True)
    (left / "tiny-4.4.0.jar").write_bytes(b"half")
    provide_jars(tmp_path, pins)
    assert not left.parent.exists()
    assert contents(tmp_path) == CONTENT
    assert len(repository.asked) == 3


def test_two_at_the_same_time_take_turns(tmp_path: Path, repository: Repository, pins: Pins):
    """Of several that prepare one cache at once, the first fetches and the others find it done."""
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: provide_jars(tmp_path, pins), range(4)))
    assert all(result == results[0] for result in results)
    assert sorted(repository.asked) == sorted(CONTENT)
