"""`SimulatedChain` for everyone's tests: settle, look, mend, replay, reverse, audit."""

import pytest

from tests.simulation.excerpt import Excerpt
from tests.simulation.troupe import TODAY, ground, troupe
from yidi.audit import Verdict
from yidi.chain.errors import NoAnswer, StartFailed
from yidi.chain.replay import NotReplayable
from yidi.chain.simulation import FAULTS, Ground, SimulatedChain
from yidi.contract import topics
from yidi.domain.codes import STAYS
from yidi.domain.instants import DAY_MS
from yidi.world.fault_case import sent
from yidi.world.seed import SHARED_KEY, Seedling
from yidi.world.sequence_faults import about, later


@pytest.fixture(params=["calm", "faults"])
def chain(request: pytest.FixtureRequest) -> SimulatedChain:
    """A fresh chain; the same calls have to end the same with and without faults."""
    return SimulatedChain(11, ground()) if request.param == "calm" else SimulatedChain(11, ground(), faults=FAULTS)


def test_settles_every_kind_of_care(chain: SimulatedChain) -> None:
    """One call settles one encounter and returns its final answer; the audit passes."""
    visits = {visit["med_type"]: visit for actor in troupe().sound for visit in actor.visits}
    assert len(visits) >= 5
    assert STAYS & visits.keys()
    for visit in visits.values():
        result = chain.settle(visit)
        assert (result["outcome"], result["msgid"]) == ("DONE", visit["msgid"])
    assert chain.audit().verdict is Verdict.PASS


def test_refusal_is_mended_and_replayed(chain: SimulatedChain) -> None:
    """What was refused for want of a filing is done by a replay of its report, once the filing is there."""
    actor = troupe().unfiled[0]
    assert chain.settle(actor.visits[0])["outcome"] == "REFUSED"
    chain.change(actor.mended)
    chain.run()
    (report,) = chain.chronicle().reports_of(actor.visits[0]["msgid"])
    chain.replay(report)
    chain.run()
    final = chain.chronicle().final(actor.visits[0]["msgid"])
    assert final is not None
    assert (final["outcome"], final["attempt"]) == ("DONE", 2)
    assert chain.audit().verdict is Verdict.PASS


def test_replay_after_its_time_is_final_too() -> None:
    """Lines dropped, catalogue changed: a replay at the hospital is refused, not left open; an amendment is done."""
    actor = troupe().arrears[0]
    visit = actor.visits[0]
    chain = SimulatedChain(1, ground(), horizon_ms=200 * DAY_MS)
    assert chain.settle(visit)["outcome"] == "REFUSED"
    chain.change((*actor.mended, *Excerpt((visit,)).dearer(TODAY)))
    chain.run()
    chain.submit(visit, attempt=2)
    chain.run()
    amended = chain.settle({**later(visit), "amends": visit["msgid"]})
    final = chain.chronicle().final(visit["msgid"])
    assert final is not None
    assert final["fault"] is not None
    assert (final["fault"]["code"], final["attempt"], amended["outcome"]) == ("FIELD_INVALID", 2, "DONE")
    assert chain.audit().verdict is Verdict.PASS


def test_reversal_gives_back_what_was_paid(chain: SimulatedChain) -> None:
    """A reversal negates exactly the settlement."""
    visit = troupe().sound[0].visits[0]
    done, twin = chain.settle(visit)["amounts"], chain.settle(about(visit, "REVERSE"))["amounts"]
    assert done is not None
    assert twin is not None
    assert (twin["fund_pay_sumamt"], twin["psn_part_amt"]) == (-done["fund_pay_sumamt"], -done["psn_part_amt"])


def test_what_no_replay_mends_is_not_replayed(chain: SimulatedChain) -> None:
    """The same bytes cannot do better: said before anything is sent."""
    visit = troupe().sound[0].visits[0]
    chain.settle(visit)
    chain.settle(later(visit))
    (report,) = chain.chronicle().reports_of(later(visit)["msgid"])
    with pytest.raises(NotReplayable):
        chain.replay(report)


def test_no_final_answer_is_an_error(chain: SimulatedChain) -> None:
    """Poison under the encounter's own name: an error report, and no answer to wait for."""
    visit = troupe().sound[0].visits[0]
    with pytest.raises(NoAnswer):
        chain.settle({**visit, "msgid": ""})
    assert {report["service"] for report in chain.chronicle().reports} == {"hospital"}


def test_chains_on_one_ground_know_nothing_of_each_other() -> None:
    """Each begins with the reference data alone."""
    visit = troupe().sound[0].visits[0]
    first, second = SimulatedChain(1, ground()), SimulatedChain(2, ground())
    first.settle(visit)
    assert second.chronicle().logs[topics.ENCOUNTERS] == []
    assert second.settle(visit)["outcome"] == "DONE"


def test_ground_says_what_the_registry_refused() -> None:
    """Reference data that cannot be published fails at once, in words."""
    with pytest.raises(StartFailed, match="SCHEMA_UNKNOWN"):
        Ground([Seedling(SHARED_KEY, sent(troupe().sound[0].visits[0]).value[:9])])
