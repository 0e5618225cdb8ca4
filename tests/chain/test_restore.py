"""Back-ups of a real chain put back: what an operator gets again, and what is refused because it is not safe."""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.up_process import UpProcess, command

pytestmark = [pytest.mark.e2e, pytest.mark.kafka, pytest.mark.xdist_group("restore")]

OPTIONS = ("--persons", "0", "--partitions", "1", "--no-console", "--no-desk")
EXAMPLES = Path(__file__).parents[2] / "examples" / "encounters"
FAILED = 1
AUDITS_S_MAX = 120
FIRST = EXAMPLES / "03-chronic-diabetes.json"


class Chain:
    """A chain with two back-ups: of its stores after the first bill, of everything after the second."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.place = folder / "chain"
        self.stores, self.whole = folder / "stores", folder / "whole"
        self.up = UpProcess(self.place, *OPTIONS)

    def run(self, *arguments: str) -> str:
        ran = command(*arguments, data_dir=self.place)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def refused(self, *arguments: str) -> str:
        ran = command(*arguments, data_dir=self.place)
        assert ran.returncode == 1, ran.stdout + ran.stderr
        return " ".join(ran.stderr.split())

    def submit(self, bill: Path) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.run("submit", "--json", str(bill)))["content"]
        return answer

    def bill(self, number: int) -> Path:
        """The first bill again, as another visit."""
        content = json.loads(FIRST.read_text(encoding="utf-8"))
        content["msgid"], content["mdtrt_id"] = f"{content['msgid']}{number}", f"{content['mdtrt_id']}{number}"
        path = self.folder / f"{number}.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    def start(self) -> None:
        self.up.start()
        self.up.ready()

    def audit(self, wanted: int = 0) -> int:
        """The verdict, once it is the wanted one or a failure: services that just started are still at work."""
        until = time.monotonic() + AUDITS_S_MAX
        while True:
            code = command("audit", data_dir=self.place).returncode
            if code in (wanted, FAILED) or time.monotonic() > until:
                return code


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    made = Chain(tmp_path_factory.mktemp("restore"))
    try:
        made.start()
        yield made
    finally:
        if made.up.started:
            made.up.stop()


def test_a_lost_store_comes_back(chain: Chain) -> None:
    """A store that is lost is put back as it was, and the same bill gets the very answer that it got before."""
    before = chain.submit(FIRST)
    chain.run("backup", str(chain.stores))
    chain.up.stop()
    for file in (chain.place / "stores").glob("agency*"):
        file.unlink()
    chain.run("restore", str(chain.stores), "--service", "agency")
    chain.start()
    assert chain.submit(FIRST) == before
    assert chain.submit(chain.bill(2))["balc_before"] == before["balc"]
    assert chain.audit() == 0


def test_an_older_store_is_refused_once_more_was_said(chain: Chain) -> None:
    """The agency has settled another bill since: its older store is refused, by name, and nothing is changed."""
    chain.up.stop()
    chain.run("backup", str(chain.whole))
    before = (chain.place / "stores" / "agency.sqlite").read_bytes()
    assert "more was said by agency (1 records)" in chain.refused("restore", str(chain.stores))
    assert (chain.place / "stores" / "agency.sqlite").read_bytes() == before


def test_why_it_is_refused(chain: Chain) -> None:
    """The older store put back by force decides again what was read already: the audit finds that money moved twice."""
    for file in (chain.place / "stores").glob("agency*"):
        file.unlink()
    shutil.copy2(chain.stores / "stores" / "agency.sqlite", chain.place / "stores")
    chain.start()
    assert chain.audit(FAILED) == FAILED
    chain.up.stop()


def test_a_whole_chain_goes_back_to_its_moment(chain: Chain) -> None:
    """Stores and log of one moment: all of that moment is known, nothing of what came after, and the audit passes."""
    chain.run("restore", str(chain.whole))
    chain.start()
    assert chain.audit() == 0
    second = chain.submit(chain.bill(2))
    third = chain.submit(chain.bill(3))
    assert third["balc_before"] == second["balc"]
    assert chain.audit() == 0
