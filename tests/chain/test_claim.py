"""A place is one chain's while it starts, tells so, and is as it was when nothing came of it."""

import shutil
from pathlib import Path

import pytest

from yidi.chain.claim import Starting
from yidi.chain.errors import NotYet
from yidi.chain.place import Place

PID_MAX = 2**22 + 1
"""Above what Linux gives out."""


def test_whoever_asks_while_it_starts_is_told_so(tmp_path: Path) -> None:
    """Until a chain is announced, commands hear that it is starting, since when, and what to do."""
    place = Place(tmp_path)
    claim = place.claimed()
    assert claim.take()
    with pytest.raises(
        NotYet, match=r"A chain is starting at .*, since \d\d:\d\d:\d\d \(process \d+\).*Wait until"
    ) as no:
        place.running()
    assert no.value.exit_code == 3
    claim.announced()
    assert place.starting is None
    claim.give_up()


def test_one_that_died_while_it_started_is_not_starting(tmp_path: Path) -> None:
    """What a killed process left in the file is nobody's word any more; nor is a file that says nothing."""
    place = Place(tmp_path)
    for words in (Starting(pid=PID_MAX, pid_created=1.0, since="2026-01-01T00:00:00Z").model_dump_json(), "", "{"):
        place.claim.write_text(words, encoding="utf-8")
        assert place.starting is None


def test_a_place_has_one_claim(tmp_path: Path) -> None:
    """A second one is refused, and disturbs neither the first nor what it says."""
    place = Place(tmp_path)
    first, second = place.claimed(), place.claimed()
    assert first.take()
    assert not second.take()
    assert not second.held
    assert place.starting is not None
    first.give_up()


@pytest.mark.parametrize("was_there", [True, False], ids=["an empty folder", "no folder"])
def test_what_nothing_came_of_leaves_nothing(tmp_path: Path, *, was_there: bool) -> None:
    """A claim that ends without data takes its folders along, and the directory if it made that, too."""
    place = Place(tmp_path / "chain")
    if was_there:
        place.data_dir.mkdir()
    claim = place.claimed()
    assert claim.take()
    place.prepare()
    claim.give_up()
    assert place.data_dir.exists() == was_there
    assert not list(tmp_path.rglob("chain/*"))


def test_data_stays(tmp_path: Path) -> None:
    """Whatever holds something stays where it is, and its lock beside it."""
    place = Place(tmp_path / "chain")
    claim = place.claimed()
    assert claim.take()
    place.prepare()
    place.store("agency").write_bytes(b"money")
    claim.give_up()
    assert sorted(path.name for path in place.data_dir.iterdir()) == ["chain.lock", "stores"]
    assert place.store("agency").read_bytes() == b"money"


def test_a_place_that_is_gone_is_given_up_quietly(tmp_path: Path) -> None:
    """Whoever removed the directory meanwhile does not keep the chain from ending."""
    place = Place(tmp_path / "chain")
    claim = place.claimed()
    assert claim.take()
    shutil.rmtree(place.data_dir)
    claim.give_up()
    assert not claim.held
    assert not place.data_dir.exists()
