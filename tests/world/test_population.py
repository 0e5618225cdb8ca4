"""A population from a seed: derived one by one, valid, and spread as asked."""

from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import ric

from yidi.contract.codec import FILING_HISTORY, PERSON_HISTORY
from yidi.domain.instants import date_of_days, days_of, start_of
from yidi.registry.history import check_filings, check_person
from yidi.world.filings import FILED, Standing
from yidi.world.population import Person, Population
from yidi.world.regions import pooling_areas

TODAY = date(2026, 11, 22)
SIZE = 3_000


@pytest.fixture(scope="module")
def people() -> list[Person]:
    population = Population(7, TODAY)
    return [population.person(index) for index in range(SIZE)]


@settings(max_examples=100)
@given(st.integers(0, 10**9), st.integers(0, 10**11))
def test_anybody_is_valid(seed: int, index: int) -> None:
    """Person i of any seed is valid by schema and registry, with a number that passes every check."""
    person = Population(seed, TODAY).person(index)
    assert PERSON_HISTORY.decode(PERSON_HISTORY.encode(person.history)) == person.history
    assert FILING_HISTORY.decode(FILING_HISTORY.encode(person.filings)) == person.filings
    check_person(person.history)
    check_filings(person.filings)
    assert ric.is_valid(person.history["certno"])
    assert ric.get_birth_date(person.history["certno"]) == date_of_days(person.history["brdy"])


def test_a_person_depends_on_seed_and_index_alone() -> None:
    """The same person whether made alone or after others; another seed has other people."""
    alone = Population(7, TODAY).person(1234)
    population = Population(7, TODAY)
    after_others = [population.person(index) for index in range(1235)][-1]
    assert alone == after_others
    assert Population(8, TODAY).person(1234).history != alone.history


def test_people_stay_the_same_through_the_year() -> None:
    """A chain that is started again another day of the year publishes no new versions of its people."""
    new_year, eve = Population(7, date(2026, 1, 1)), Population(7, date(2026, 12, 31))
    assert all(new_year.person(index) == eve.person(index) for index in range(200))


def test_numbers_are_nobody_elses(people: list[Person]) -> None:
    """psn_no is unique; identity numbers have a whole prefecture as their place, which no real one has."""
    assert len({person.psn_no for person in people}) == SIZE
    assert all(person.history["certno"][2:6] == "0100" for person in people)
    assert all(person.history["psn_name"][1] == "拟" for person in people)


def test_schemes_statuses_and_kinds_of_people(people: list[Person]) -> None:
    """Both schemes and the rural cooperative, every kind of person, a few enrolments in disorder."""
    schemes = Counter(person.enrolment["insutype"] for person in people)
    assert 0.33 < schemes["310"] / SIZE < 0.48
    assert schemes["380"] > 0
    kinds = {person.enrolment["psn_type"][:2] for person in people}
    assert kinds == {"11", "12", "13", "14", "15", "16"}
    normal = sum(person.enrolment["psn_insu_stas"] == "NORMAL" for person in people)
    assert 0.96 < normal / SIZE < 0.995
    assert any(len(person.history["enrolments"]) > 1 for person in people)


def test_flags_qualifications_and_accounts(people: list[Person]) -> None:
    """Employees have deposits and supplements, residents none; aid and chronic diseases occur."""
    employees = [person for person in people if person.enrolment["insutype"] == "310"]
    others = [person for person in people if person.enrolment["insutype"] != "310"]
    assert all(person.history["deposits"] for person in employees)
    assert not any(person.history["deposits"] for person in others)
    assert any(person.enrolment["cvlserv_flag"] for person in employees)
    assert {person.enrolment["aid_class"] for person in others} >= {"NONE", "LOW_INCOME", "DESTITUTE"}
    assert 0.2 < sum(bool(person.history["qualifications"]) for person in people) / SIZE < 0.35


def test_standings_are_spread_as_asked(people: list[Person]) -> None:
    """Long-term, referral, temporary, expired and none, each near its share."""
    shares = {standing: count / SIZE for standing, count in Counter(p.standing for p in people).items()}
    wanted = {"LONG_TERM": 0.46, "REFERRAL": 0.10, "TEMPORARY": 0.22, "EXPIRED": 0.05, "NONE": 0.17}
    assert all(abs(shares[Standing(name)] - share) < 0.03 for name, share in wanted.items())


def test_a_filed_person_is_covered_where_they_live(people: list[Person]) -> None:
    """The last filing covers the place away from home since before last year; nobody else's covers it."""
    year = days_of(date(2025, 1, 1)), days_of(TODAY)
    for person in people:
        valid = [row for row in person.filings["filings"] if row["cancelled_at"] is None]
        covers = any(
            row["mdtrtarea_admvs"] in (person.traits.away, pooling_areas()[person.traits.away]["node"])
            and row["begndate"] <= year[0]
            and (row["enddate"] is None or row["enddate"] >= year[1])
            for row in valid
        )
        assert covers == (person.standing in FILED)


def test_people_live_in_another_node_than_they_are_insured_in(people: list[Person]) -> None:
    """Away is another provincial node; near, where there is such a place, another area of the home's own."""
    areas = pooling_areas()
    for person in people:
        home, away, near = (person.traits.home, person.traits.away, person.traits.near)
        assert areas[away]["node"] != areas[home]["node"]
        assert near is None or (near != home and areas[near]["node"] == areas[home]["node"])


def test_nothing_happened_before_birth_or_after_today(people: list[Person]) -> None:
    """No enrolment or card begins before its holder's birth, and nothing was recorded in the future."""
    for person in people:
        born = person.history["brdy"]
        assert all(row["begndate"] >= born for row in person.history["enrolments"])
        assert all(card["begndate"] >= born for card in person.history["cards"])
        assert all(row["recorded_at"] < start_of(TODAY) for row in person.filings["filings"])
        assert all(row["recorded_at"] < start_of(TODAY) for row in person.history["deposits"])
