"""Bad inputs by fault code, against the rules of all four services."""

from datetime import date

import pytest

from tests.world.small_chain import SmallChain, furnished
from yidi.domain.faults import FAULTS
from yidi.world.faults import CASES
from yidi.world.seed import SHARED_KEY

TODAY = date(2026, 11, 22)
WIRE = {"UNDECODABLE": "Undecodable", "SCHEMA_UNKNOWN": "SchemaUnknown"}


LEAP_DAY = date(2028, 2, 29)
"""Also a day long after the shipped policies began."""


@pytest.fixture(scope="module", params=[TODAY, LEAP_DAY], ids=str)
def today(request: pytest.FixtureRequest) -> date:
    day: date = request.param
    return day


@pytest.fixture(scope="module")
def chain(today: date) -> SmallChain:
    return furnished(today)


@pytest.mark.parametrize("code", sorted(CASES))
def test_each_case_is_answered_by_its_code(chain: SmallChain, today: date, code: str) -> None:
    """On any day: every case makes its service report its code, and the hospital hears it exactly where it says so."""
    case = CASES[code](today)
    chain.plant(case.changes)
    errors, results = len(chain.errors), len(chain.results)
    for sent in case.sends:
        chain.send(sent)
    assert chain.errors[errors:][-1:] == [(case.service, WIRE.get(code, code))], chain.details[-1:]
    heard = [result["fault"]["code"] for result in chain.results[results:] if result["fault"]]
    assert (code in heard) == case.refused
    assert not any(sent.key.decode() in chain.details[-1] for sent in case.sends if sent.key != SHARED_KEY)


def test_every_code_is_one_of_the_table() -> None:
    """No case is made for a code that nobody knows."""
    assert set(CASES) <= set(FAULTS)


def test_cases_are_the_same_every_time() -> None:
    """A case depends on its day alone: a repeated one is a repeat, byte for byte."""
    assert CASES["NOT_FILED"](TODAY) == CASES["NOT_FILED"](TODAY)
