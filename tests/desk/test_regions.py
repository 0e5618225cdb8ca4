"""Regions in a query: a code that nobody knows is said, with what is near it."""

from typing import Any

import pytest

from tests.desk.bench import Bench, bill, report
from yidi.desk import showing
from yidi.desk.refusals import BadQuery

NAMES = {"330000": "浙江省", "330100": "杭州市", "330200": "宁波市", "310100": "上海市"}


@pytest.fixture
def known(bench: Bench) -> Bench:
    """A desk that has read the registry's regions, and has one error from a region that is none of them."""
    regions: Any = {code: {"admdvs": code, "name": name} for code, name in NAMES.items()}
    bench.desk.places.regions.update(regions)
    bench.reported(report({**bill(1), "insuplc_admdvs": "999999", "mdtrtarea_admvs": "310100"}))
    return bench


def found(bench: Bench, q: str) -> int:
    """By list, groups and CSV alike."""
    with bench.desk.store.read() as connection:
        total = showing.page(bench.desk, connection, q, 50, None)["total"]
        assert showing.groups(bench.desk, connection, q)["total"] == total
        assert showing.table(bench.desk, connection, q).count("\n") == total + 1
    return int(total)


@pytest.mark.parametrize("field", ["region", "insured", "treatment", "-region"])
@pytest.mark.parametrize(
    ("value", "todo"),
    [
        ("339900", "Near it: 浙江省 (330000), 杭州市 (330100), 宁波市 (330200)."),
        ("330199", "Near it: 杭州市 (330100)."),
        ("杭州", "Near it: 杭州市 (330100)."),
        ("88", "Regions with errors: `yidi errors groups --by region`; write a code, or its first digits."),
        (
            "33,88",
            "Regions with errors: `yidi errors groups --by region`; write a code, or its first digits.",
        ),
    ],
)
def test_unknown_region_is_said(known: Bench, field: str, value: str, todo: str) -> None:
    """Not an empty list without a word: what is near it is named, or where the regions are listed."""
    with pytest.raises(BadQuery) as refused:
        found(known, f"{field}:{value}")
    assert refused.value.what == f"The registry knows no region {value.removeprefix('33,')}, and no error names it."
    assert refused.value.todo == todo


def test_region_without_errors_is_an_empty_list(known: Bench) -> None:
    """A region that is known, wholly or by its first digits, is searched."""
    assert [found(known, f"region:{code}") for code in ("3301", "330200", "31")] == [0, 0, 1]


def test_unknown_region_of_an_error_is_found(known: Bench) -> None:
    """What names a region that nobody knows can be searched by it."""
    assert found(known, "insured:999999") == 1


def test_nothing_is_said_before_regions_are_known(bench: Bench) -> None:
    """A desk that has not read the registry refuses no region."""
    assert found(bench, "region:88") == 0
