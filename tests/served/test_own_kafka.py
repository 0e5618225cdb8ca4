"""The whole chain on a Kafka of one's own: topics, a process for each seat, reference data, and commands elsewhere.

The tests come in an order: what stops seats comes last.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.served.askers import Askers
from tests.served.seats import KEY, PARTITIONS, SEATS, Seats
from yidi.broker import EmbeddedBroker
from yidi.chain.settings import SERVICES
from yidi.world.examples import encounter_files

pytestmark = [pytest.mark.e2e, pytest.mark.kafka, pytest.mark.xdist_group("served")]

PERSONS = "20"
BILL = str(next(path for path in encounter_files() if path.name == "03-chronic-diabetes.json"))
BILL_ID = "H44030400001202506051500000001"
NOT_FILED = str(next(path for path in encounter_files() if path.name == "fails-not-filed.json"))
ATTACHED = "attached"
AUDIT_S_MAX = 180


@pytest.fixture(scope="module")
def seats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seats]:
    """A Kafka without a chain, and nobody there yet."""
    folder = tmp_path_factory.mktemp("served")
    with EmbeddedBroker(folder / "kafka") as broker:
        there = Seats(broker.bootstrap, folder)
        yield there
        there.kill()


def test_a_seat_waits_for_topics_and_says_so(seats: Seats) -> None:
    """A seat that is started first is unhealthy with the reason, and is healthy once the topics are there."""
    nothing = seats.run("attach", data=ATTACHED)
    assert (nothing.returncode, "yidi topics --create" in nothing.stderr) == (3, True)
    seats.start("registry")
    seats.until("registry", lambda told: "topics" in told.get("troubles", {}))
    asked = seats.run("health", seats.address("registry"))
    assert (asked.returncode, "topics: Topic" in asked.stderr) == (1, True), asked.stderr
    made = seats.run("topics", "--create")
    assert (made.returncode, f"of {PARTITIONS} partitions" in made.stderr) == (0, True), made.stderr
    seats.until_healthy("registry")
    assert '"event": "waiting"' in seats.words("registry").read_text()


def test_all_seats_and_their_reference_data(seats: Seats) -> None:
    """Every seat becomes healthy; seeding waits until the services have read it, and sends nothing twice."""
    for seat in SEATS:
        if seat not in seats.running:
            seats.start(seat)
    for seat in SEATS:
        seats.until_healthy(seat)
    first, second = seats.run("seed", PERSONS=PERSONS), seats.run("seed", PERSONS=PERSONS)
    assert (first.returncode, "read by registry, hospital, platform, agency" in first.stderr) == (0, True), first.stderr
    assert (second.returncode, "everything is there already" in second.stderr) == (0, True), second.stderr
    again = seats.run("topics", "--create")
    assert (again.returncode, "brought to the plan" in again.stderr) == (0, False), again.stderr


def test_commands_elsewhere_once_attached(seats: Seats) -> None:
    """A data directory that is attached knows partitions, inboxes and people; every command works from there."""
    attached = seats.bare("attach", seats.bootstrap, data=ATTACHED)
    assert (attached.returncode, f"{PERSONS} synthetic persons" in attached.stderr) == (0, True), attached.stderr
    settled = seats.bare("submit", "--json", BILL, data=ATTACHED)
    assert json.loads(settled.stdout)["outcome"] == "DONE", settled.stderr
    traced = seats.bare("trace", BILL_ID, "--json", data=ATTACHED)
    assert [leg["kind"] for leg in json.loads(traced.stdout)].count("JournalEntry") == 1
    for arguments in (["explain", BILL_ID], ["query", BILL_ID], ["load", "--count", "20"]):
        done = seats.bare(*arguments, data=ATTACHED)
        assert done.returncode == 0, done.stderr


def test_without_attaching(seats: Seats) -> None:
    """Where a variable names the Kafka, commands need no more: as inside a container."""
    assert seats.run("trace", BILL_ID, data="nothing there").returncode == 0


def test_the_desk_elsewhere(seats: Seats) -> None:
    """Errors are seen and taken over the served desk, with its key; without the right one in words."""
    refused = seats.bare("submit", "--json", NOT_FILED, data=ATTACHED)
    assert (refused.returncode, json.loads(refused.stdout)["outcome"]) == (1, "REFUSED")
    access = {"YIDI_DESK_URL": seats.address("desk"), "YIDI_DESK_KEY": KEY}
    groups: list[str] = []
    while "NOT_FILED" not in groups:
        listed = seats.bare("errors", "--json", data=ATTACHED, env=access)
        assert listed.returncode == 0, listed.stderr
        groups = [group["code"] for group in json.loads(listed.stdout)["groups"]]
    wrong = seats.bare("errors", data=ATTACHED, env={**access, "YIDI_DESK_KEY": "guessed"})
    assert (wrong.returncode, "key of the desk" in wrong.stderr) == (1, True), wrong.stderr
    local = seats.bare("errors", "resume", "agency", data=ATTACHED)
    assert (local.returncode, "where it runs" in local.stderr) == (3, True), local.stderr


def test_the_console_elsewhere(seats: Seats) -> None:
    """The page of the served console answers, and counts what the desk beside it knows."""
    page, listed = seats.page("console"), seats.page("console", "/errors")
    assert (page.status_code, "Flow" in page.text) == (200, True)
    seats.until("console", lambda told: told.get("services", {}).keys() == set(SERVICES))
    assert (listed.status_code, "NOT_FILED" in listed.text) == (200, True)
    assert "yidi_desk_unsolved" in seats.page("desk", "/metrics").text
    assert "yidi_records_total" in seats.page("agency", "/metrics").text


def test_the_audit_passes(seats: Seats) -> None:
    """The oracle reads a chain elsewhere as it reads one here."""
    open_still, deadline = 2, time.monotonic() + AUDIT_S_MAX
    verdict = seats.bare("audit", data=ATTACHED)
    while verdict.returncode == open_still and time.monotonic() < deadline:
        verdict = seats.bare("audit", data=ATTACHED)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


def test_what_does_not_fit_is_refused(seats: Seats) -> None:
    """Another number of partitions, a store that is in use, a chain over an attached one: words, exit code 3."""
    other = seats.run("topics", "--create", PARTITIONS="5")
    assert (other.returncode, "has 2 partitions, the plan says 5" in other.stderr) == (3, True), other.stderr
    misfit = seats.run("serve", "agency", PARTITIONS="5", HTTP_PORT="0", WAIT_S="120", data="misfit")
    assert (misfit.returncode, "has 2 partitions, the plan says 5" in misfit.stderr) == (3, True), misfit.stderr
    second = seats.run("serve", "agency", HTTP_PORT="0", data="agency")
    assert (second.returncode, "in use by process" in second.stderr) == (3, True), second.stderr
    over = seats.bare("up", data=ATTACHED)
    assert (over.returncode, "attach --forget" in over.stderr) == (3, True), over.stderr


def test_desk_ends_under_look_ups(seats: Seats) -> None:
    """A desk that is asked to end while everybody looks things up in Kafka ends by itself, and comes back."""
    asking = Askers(seats.address("desk"))
    with asking.asking():
        assert seats.stop("desk") == 0

    assert "left at once" not in seats.words("desk").read_text()
    assert asking.answered
    seats.start("desk")
    seats.until_healthy("desk")


def test_forgotten(seats: Seats, tmp_path: Path) -> None:
    """An attached chain is forgotten by one command, which harms nobody."""
    assert seats.bare("attach", "--forget", data=ATTACHED).returncode == 0
    gone = seats.bare("trace", BILL_ID, data=ATTACHED)
    assert (gone.returncode, "yidi attach" in gone.stderr) == (3, True)
    assert seats.bare("attach", "--forget", data=str(tmp_path / "never")).returncode == 0


def test_sigterm_ends_every_seat_in_order(seats: Seats) -> None:
    """Asked to end, each ends by itself with exit code 0, and the desk takes its address away."""
    desk_address = seats.folder / "desk" / "desk.json"
    assert desk_address.exists()
    assert {seat: seats.stop(seat) for seat in list(seats.running)} == dict.fromkeys(SEATS, 0)
    assert not desk_address.exists()
    for seat in SEATS:
        assert "Traceback" not in seats.words(seat).read_text(), seat
