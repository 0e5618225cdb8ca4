"""The query language: what it means, what it refuses, and how its words reach the tables."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.desk.bench import NOW_MS, Bench, bill, report
from yidi.desk import selection
from yidi.desk.query import CHARS_MAX, Query, parse
from yidi.desk.refusals import BadQuery
from yidi.desk.states import UNSOLVED


def found(bench: Bench, q: str) -> list[str]:
    """Msgids of what a query finds."""
    with bench.desk.store.read() as connection:
        rows, _ = selection.page(connection, parse(q, bench.now_ms), 500, None)
    return sorted(row.msgid for row in rows)


def test_default_is_unsolved() -> None:
    """Without a state, a query means what somebody still has to do."""
    (term,) = parse("", NOW_MS).terms
    assert set(term.values) == UNSOLVED
    assert parse("state:any", NOW_MS).terms[0].field == "state"
    assert len(parse("state:any", NOW_MS).terms) == 1


def test_alternatives_negation_quotes() -> None:
    """A comma is or, a leading minus is not, quotation marks keep blanks."""
    code, owner, text = parse('code:not_filed,DEFECT -owner:none "two words" state:any', NOW_MS).terms[:3]
    assert code.values == ("NOT_FILED", "DEFECT")
    assert owner.negated
    assert text.values == ("two words",)


@pytest.mark.parametrize(
    "wrong", ["cod:X", "state:opn", "since:soon", "ready:maybe", 'code:"', "code:,", "age:2026-01-01"]
)
def test_not_understood(wrong: str) -> None:
    """What is not understood is refused with what to write instead, never ignored."""
    with pytest.raises(BadQuery) as refused:
        parse(wrong, NOW_MS)
    assert refused.value.todo


def test_near_miss_is_named() -> None:
    """A misspelt field is answered with the nearest one."""
    with pytest.raises(BadQuery) as refused:
        parse("institutio:H1", NOW_MS)
    assert "institution" in refused.value.todo


@given(st.text(max_size=120))
def test_any_text(text: str) -> None:
    """Any text is a query or is refused in words; nothing else happens."""
    with suppress(BadQuery):
        assert isinstance(parse(text, NOW_MS), Query)


def test_length_is_limited() -> None:
    """A query has a limit."""
    with pytest.raises(BadQuery):
        parse("x" * (CHARS_MAX + 1), NOW_MS)


def test_finds(bench: Bench) -> None:
    """Every field narrows to its own cases, and its negation to the others."""
    one, two = bill(1), {**bill(2), "insuplc_admdvs": "630100"}
    bench.reported(report(one), report(two, code="REGION_NOT_OPEN", service="platform"))
    assert found(bench, "code:REGION_NOT_OPEN") == [two["msgid"]]
    assert found(bench, "-code:REGION_NOT_OPEN") == [one["msgid"]]
    assert found(bench, "insured:63") == [two["msgid"]]
    assert found(bench, f"settlement:{one['msgid']}") == [one["msgid"]]
    assert found(bench, f"visit:{two['mdtrt_id']} owner:none state:open") == [two["msgid"]]
    assert found(bench, "owner:anna") == []
    assert len(found(bench, f"person:{one['psn_no']} since:1h class:BUSINESS")) == 2
    assert found(bench, "until:2026-11-20") == []
    assert found(bench, "100%") == []


def test_negation_holds_for_what_is_missing(bench: Bench) -> None:
    """Not owned by anna is true of what nobody owns."""
    bench.reported(report(bill(1)))
    assert found(bench, "-owner:anna") == [bill(1)["msgid"]]


def test_pages_meet_without_gap(bench: Bench) -> None:
    """Pages by cursor show every case once, though many failed in the same millisecond."""
    bench.reported(*(report(bill(nr)) for nr in range(25)))
    seen, cursor = [], None
    with bench.desk.store.read() as connection:
        while True:
            rows, cursor = selection.page(connection, parse("", NOW_MS), 7, cursor)
            seen += [row.error_id for row in rows]
            if cursor is None:
                break
    assert len(seen) == len(set(seen)) == 25
