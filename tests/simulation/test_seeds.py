"""The whole chain under every order of faults, seed by seed. One seed alone: YIDI_SEED=17 pytest tests/simulation."""

import os
import sys
from collections import Counter

import pytest

from tests.simulation.scenario import breaches, play
from yidi.runtime.simulated import CALM

SEEDS = int(os.environ.get("YIDI_SEEDS", "1000"))
FIRST = int(os.environ.get("YIDI_SEED", "0"))
CHUNK = 50
CHUNKS = [range(FIRST, FIRST + 1)] if "YIDI_SEED" in os.environ else [
    range(first, min(first + CHUNK, SEEDS)) for first in range(0, SEEDS, CHUNK)
]  # fmt: skip
AT_WORK = 40
"""Seeds looked at to see what happens in them."""


def sound(seed: int) -> bool:
    """Play and judge; what is wrong is printed, with the way to see it again."""
    words = breaches(seed)
    if words:
        again = f"Again, alone: YIDI_SEED={seed} pytest {os.path.relpath(__file__)}\n"
        sys.stdout.write("".join(f"seed {seed}: {each}\n" for each in words) + again)
    return not words


@pytest.mark.parametrize("seeds", CHUNKS, ids=str)
def test_every_input_has_one_end_and_the_audit_passes(seeds: range) -> None:
    """Crashes, unknown commits, lost acknowledgements, repeats, zombies, deadlines: all ends as it should."""
    assert [seed for seed in seeds if not sound(seed)] == []


@pytest.mark.parametrize("seed", range(10))
def test_calm_world_ends_the_same(seed: int) -> None:
    """Without any fault the same scenarios end as they should, too."""
    assert breaches(seed, CALM) == []


def test_seed_repeats_itself() -> None:
    """The same seed makes the same world, record for record."""
    one, other = (play(7)[1].chronicle().logs for _ in range(2))
    assert one == other


def test_faults_are_really_at_work() -> None:
    """Deadlines pass, messages repeat, partitions change hands, inputs come twice, every story is told."""
    happened: Counter[str] = Counter()
    for seed in range(AT_WORK):
        played, chain = play(seed)
        chronicle = chain.chronicle()
        happened.update(story.name.split(" ")[0] for story in played.stories)
        happened.update(report["code"] for report in chronicle.reports)
        for name in ("encounters", "agency.default.results", "hospital.default.results"):
            values = [(record.key, record.value, record.headers) for record in chronicle.logs[name]]
            happened[f"repeated {name}"] += len(values) - len(set(values))
        for partition in range(chain.ground.partitions):
            happened["taken over"] += chain.world.state("platform", partition).epoch
    assert happened["NO_ANSWER"] > AT_WORK
    assert happened["taken over"] > 50 * AT_WORK
    assert all(happened[f"repeated {name}"] > AT_WORK for name in ("encounters", "agency.default.results"))
    told = ("settled", "rehearsed", "asked", "taken", "never", "refused", "conflicting", "rivals", "poisoned", "forged")
    assert all(happened[name] for name in (*told, "mended", "walk"))
