"""An older release's stores, Kafka data and desk, taken up by this one: the chain runs on as if nothing was."""

import asyncio
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.up_process import UpProcess, command
from tests.upgrade.make import BILLS, EXPECTED, OPTIONS
from tests.upgrade.test_rows import RELEASES
from yidi.chain.place import Place
from yidi.chain.rest import at_rest

REST_S_MAX = 180

pytestmark = [pytest.mark.e2e, pytest.mark.kafka, pytest.mark.xdist_group("upgrade")]


@dataclass(frozen=True)
class Old:
    """An older release's chain, running under this one."""

    place: Path
    expected: dict[str, Any]
    """What the older release answered to the example bills, by their id."""


@pytest.fixture(scope="module", params=RELEASES, ids=lambda release: release.name.removesuffix(".tar.xz"))
def old(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Old]:
    place = tmp_path_factory.mktemp("upgrade") / "chain"
    with tarfile.open(request.param) as packed:
        packed.extractall(place, filter="data")
    expected = json.loads((place / EXPECTED).read_bytes())
    up = UpProcess(place, *OPTIONS).start()
    try:
        up.ready()
        yield Old(place, expected)
    finally:
        up.stop()


def told(old: Old, *arguments: str) -> Any:
    run = command(*arguments, "--json", data_dir=old.place)
    assert run.returncode == 0, run.stdout + run.stderr
    return json.loads(run.stdout)


def submitted(old: Old, *bills: Path) -> dict[str, Any]:
    run = command("submit", "--json", *map(str, bills), data_dir=old.place)
    return {answer["msgid"]: answer["content"] for answer in map(json.loads, run.stdout.splitlines())}


def test_what_was_answered_is_answered_again(old: Old) -> None:
    """Bills that the older release settled or refused get the very same answers: nothing is decided twice."""
    assert submitted(old, *BILLS) == old.expected


def test_the_desk_knows_its_errors_and_its_chain(old: Old) -> None:
    """The error desk finds what was open, and its chain of operators' actions is unbroken."""
    open_errors = {case["msgid"] for case in told(old, "errors", "list")["cases"]}
    assert open_errors == {msgid for msgid, answer in old.expected.items() if answer["outcome"] == "REFUSED"}
    assert command("errors", "verify", data_dir=old.place).returncode == 0


def test_it_settles_on(old: Old, tmp_path: Path) -> None:
    """A new bill is settled on top: the account's balance goes on from where the older release left it."""
    bill = json.loads(next(bill for bill in BILLS if bill.name.startswith("03-")).read_text(encoding="utf-8"))
    before = next(answer for answer in old.expected.values() if answer["mdtrt_id"] == bill["mdtrt_id"])
    more = {**bill, "msgid": bill["msgid"][:-1] + "9", "mdtrt_id": bill["mdtrt_id"] + "9"}
    (tmp_path / "more.json").write_text(json.dumps(more), encoding="utf-8")
    (answer,) = submitted(old, tmp_path / "more.json").values()
    assert answer["outcome"] == "DONE"
    assert answer["balc_before"] == before["balc"]


def test_the_audit_passes_over_both(old: Old) -> None:
    """One audit over what both releases wrote: no difference between them."""
    chain = Place(old.place).read()
    assert chain is not None
    asyncio.run(at_rest(chain, REST_S_MAX))  # what is on its way is still open
    run = command("audit", data_dir=old.place)
    assert run.returncode == 0, run.stdout
