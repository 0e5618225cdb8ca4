"""Encounters in the national mix: valid, deterministic, in time order, near the published figures, and settling."""

from collections import Counter, defaultdict
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.world.small_chain import SmallChain, furnished
from yidi.contract import records
from yidi.contract.codec import ENCOUNTER_CHARGES
from yidi.domain.codes import STAYS
from yidi.domain.instants import DAY_MS, start_of
from yidi.domain.money import round_half_up
from yidi.world.blemishes import BLEMISHES
from yidi.world.encounters import Encounters, NobodySettles
from yidi.world.fault_case import sent
from yidi.world.population import Population
from yidi.world.seed import person_seedlings

TODAY = date(2026, 11, 22)
PEOPLE = 20_000
COUNT = 6_000


def encounters(seed: int = 5, *, failing_bp: int = 0) -> Encounters:
    return Encounters.of(seed, TODAY, people=PEOPLE, count=COUNT, failing_bp=failing_bp)


@pytest.fixture(scope="module")
def made() -> list[records.EncounterCharges]:
    source = encounters()
    return [source.encounter(k) for k in range(COUNT)]


def care(encounter: records.EncounterCharges) -> str:
    if encounter["med_type"] in STAYS:
        return "stay"
    return {"14": "chronic", "41": "pharmacy"}.get(encounter["med_type"], "outpatient")


@settings(max_examples=100)
@given(st.integers(0, 9_999), st.integers(0, COUNT - 1))
def test_any_encounter_adds_up(seed: int, k: int) -> None:
    """Valid by the schema; lines numbered once, each count times price; refunds within their line; total = Σ lines."""
    bill = encounters(seed).encounter(k)
    assert ENCOUNTER_CHARGES.decode(ENCOUNTER_CHARGES.encode(bill)) == bill
    lines = {line["feedetl_sn"]: line for line in bill["lines"]}
    assert len(lines) == len(bill["lines"]) > 0
    assert bill["medfee_sumamt"] == sum(line["det_item_fee_sumamt"] for line in bill["lines"]) > 0
    for line in bill["lines"]:
        assert line["det_item_fee_sumamt"] == round_half_up(line["cnt"] * line["pric"], 10**8)
        assert bill["begntime"] <= line["fee_ocur_time"] <= bill["inf_time"]
        if line["cnt"] < 0:
            assert lines[line["init_feedetl_sn"] or ""]["cnt"] + line["cnt"] >= 0


@settings(max_examples=100)
@given(st.integers(0, 9_999), st.integers(0, COUNT - 1))
def test_any_encounter_is_sensible(seed: int, k: int) -> None:
    """A stay has an end and nothing else has; dates lie before today; the msgid has the national form."""
    bill = encounters(seed).encounter(k)
    assert (bill["endtime"] is not None) == (bill["med_type"] in STAYS)
    assert bill["begntime"] < (bill["endtime"] or bill["inf_time"]) <= bill["inf_time"] < start_of(TODAY)
    assert len(bill["msgid"]) == 30
    assert bill["msgid"].startswith(bill["fixmedins_code"])
    assert bill["insuplc_admdvs"] != bill["mdtrtarea_admvs"]


def test_an_encounter_depends_on_seed_and_index_alone(made: list[records.EncounterCharges]) -> None:
    """The same whether made alone or among others; another seed has others."""
    assert encounters().encounter(4321) == made[4321]
    assert encounters(6).encounter(4321) != made[4321]


def test_ids_are_unique(made: list[records.EncounterCharges]) -> None:
    """No two encounters share a msgid, nor a visit at one institution."""
    assert len({bill["msgid"] for bill in made}) == COUNT
    assert len({(bill["fixmedins_code"], bill["mdtrt_id"]) for bill in made}) == COUNT


def test_a_persons_encounters_follow_each_other_in_time() -> None:
    """Few people, many encounters: each person's are settled one after another."""
    source = Encounters.of(5, TODAY, people=50, count=2_000)
    last: dict[str, int] = defaultdict(int)
    for k in range(2_000):
        bill = source.encounter(k)
        assert bill["inf_time"] > last[bill["psn_no"]]
        last[bill["psn_no"]] = bill["inf_time"]


def test_the_mix_is_that_of_the_nation(made: list[records.EncounterCharges]) -> None:
    """Shares of 2024 (domain §9) within two points: stays 6.0 %, outpatient 65.5, chronic 3.8, pharmacy 25."""
    shares = {kind: count / COUNT for kind, count in Counter(map(care, made)).items()}
    wanted = {"stay": 0.060, "outpatient": 0.655, "chronic": 0.038, "pharmacy": 0.247}
    assert all(abs(shares[kind] - share) < 0.02 for kind, share in wanted.items())


def test_bills_cost_what_is_published(made: list[records.EncounterCharges]) -> None:
    """A stay about 24,000 yuan; the others in a range that makes the published payments likely."""
    amounts: dict[str, list[int]] = defaultdict(list)
    for bill in made:
        amounts[care(bill)].append(bill["medfee_sumamt"])
    means = {kind: sum(found) / len(found) / 100 for kind, found in amounts.items()}
    assert 20_000 < means["stay"] < 28_000
    assert 200 < means["outpatient"] < 330
    assert 1_000 < means["chronic"] < 2_000
    assert 90 < means["pharmacy"] < 140


def test_all_kinds_of_visits_occur(made: list[records.EncounterCharges]) -> None:
    """Cross-province and in-province, emergencies, trauma, all credentials, account used and not, refunds."""
    assert {bill["med_type"] for bill in made} == {"11", "13", "14", "19", "21", "22", "24", "41"}
    assert {bill["mdtrt_cert_type"] for bill in made} == {"01", "02", "03"}
    in_province = sum(bill["insuplc_admdvs"][:2] == bill["mdtrtarea_admvs"][:2] for bill in made)
    assert 0.1 < in_province / COUNT < 0.35
    assert {bill["acct_used_flag"] for bill in made} == {True, False}
    assert any(line["cnt"] < 0 for bill in made for line in bill["lines"])


def test_good_encounters_settle() -> None:
    """Against the rules of all four services, every encounter of a small load is done, and payments come near."""
    chain, source = furnished(TODAY), Encounters.of(5, TODAY, people=600, count=400)
    plant(chain, 600)
    for k in range(400):
        chain.send(sent(source.encounter(k)))
    assert chain.errors == []
    assert [result["outcome"] for result in chain.results] == ["DONE"] * 400
    assert any(result["amounts"] and result["amounts"]["hifp_pay"] for result in chain.results)


def test_failing_ones_come_in_their_share_and_nothing_else_fails() -> None:
    """With 30 % failing, about that many are refused, and each with a code that was asked for."""
    chain, source = furnished(TODAY), Encounters.of(5, TODAY, people=600, count=300, failing_bp=3_000)
    plant(chain, 600)
    for k in range(300):
        chain.send(sent(source.encounter(k)))
    refused = [result["fault"]["code"] for result in chain.results if result["fault"]]
    assert 60 < len(refused) < 120
    assert set(refused) <= set(BLEMISHES)
    assert len(refused) == len(chain.errors)


def test_an_index_outside_is_refused() -> None:
    """Encounter −1 and encounter `count` do not exist."""
    for k in (-1, COUNT):
        with pytest.raises(IndexError):
            encounters().encounter(k)
    with pytest.raises(ValueError, match="at least 1"):
        Encounters.of(5, TODAY, people=0, count=1)


def test_a_population_without_anybody_says_so() -> None:
    """One person who cannot settle anything: the error says that more people are needed."""
    seed = next(n for n in range(1_000) if Population(n, TODAY).person(0).enrolment["psn_insu_stas"] == "ENDED")
    with pytest.raises(NobodySettles, match="more people"):
        Encounters.of(seed, TODAY, people=1, count=1).encounter(0)


def test_the_window_is_kept() -> None:
    """The first encounter lies at the beginning of the window, the last before today."""
    source = Encounters(Population(5, TODAY), PEOPLE, COUNT, window_days=10)
    first, last = source.encounter(0)["inf_time"], source.encounter(COUNT - 1)["inf_time"]
    assert first == start_of(TODAY) - 10 * DAY_MS
    assert start_of(TODAY) - DAY_MS < last < start_of(TODAY)


def plant(chain: SmallChain, people: int) -> None:
    population = Population(5, TODAY)
    for index in range(people):
        person = population.person(index)
        chain.plant(tuple(person_seedlings(person.history, person.filings, TODAY)))


def test_another_series_has_messages_and_visits_of_its_own():
    """The same people can be sent new encounters: no message id and no visit is met twice."""
    first, second = (
        [Encounters.of(5, TODAY, people=PEOPLE, count=100, series=n).encounter(k) for k in range(100)] for n in (0, 1)
    )
    for name in ("msgid", "mdtrt_id"):
        assert not {e[name] for e in first} & {e[name] for e in second}
    assert {e["psn_no"] for e in first} & {e["psn_no"] for e in second}
