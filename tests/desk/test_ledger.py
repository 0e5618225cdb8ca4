"""The proof of what operators did: a chain of hashes that no link can be changed in, taken out of or cut off."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk.bench import ANNA, NOW_MS, Bench, bill, report
from yidi.contract.codec import OPERATOR_ACTION
from yidi.desk import handling
from yidi.desk.ledger import GENESIS, Deed, Head, hash_of, head_of, link, verify
from yidi.desk.people import Person, Role
from yidi.desk.refusals import BadRequest, Denied


def chain(links: int) -> tuple[list[bytes], Head]:
    """A chain of so many links, and its head."""
    head, values = Head(0, GENESIS), []
    for nr in range(links):
        made = link(head, Deed("anna", True, "take", f"e{nr}", "", "done"), NOW_MS + nr)
        values.append(OPERATOR_ACTION.encode(made))
        head = Head(nr + 1, made["hash"])
    return values, head


def test_intact() -> None:
    """An untouched chain is intact, in whatever order its partitions are read."""
    values, head = chain(9)
    assert verify(reversed(values), head).intact
    assert verify([], Head(0, GENESIS)).intact


def test_repeat_is_no_forgery() -> None:
    """The same link, byte for byte, twice is what a crash brings about."""
    values, head = chain(5)
    found = verify([*values, values[2], values[2]], head)
    assert found.intact
    assert found.repeats == 2


@given(st.integers(0, 6), st.sampled_from(["actor", "action", "error_id", "reason", "result"]))
@settings(max_examples=40)
def test_tampered(nr: int, name: str) -> None:
    """Any changed field of any link is found, and the link is named."""
    values, head = chain(7)
    forged = {**OPERATOR_ACTION.decode(values[nr]), name: "somebody else"}
    found = verify([*values[:nr], OPERATOR_ACTION.encode(forged), *values[nr + 1 :]], head)  # type: ignore[arg-type]
    assert any(f"Link {nr + 1} " in finding and "tampered" in finding for finding in found.findings)


@given(st.integers(0, 6))
@settings(max_examples=20)
def test_rehashed(nr: int) -> None:
    """Who changes a link and makes its hash good is found by the next link, or by the desk's head."""
    values, head = chain(7)
    forged = {**OPERATOR_ACTION.decode(values[nr]), "reason": "another"}
    forged["hash"] = hash_of(forged)  # type: ignore[arg-type]
    found = verify([*values[:nr], OPERATOR_ACTION.encode(forged), *values[nr + 1 :]], head)  # type: ignore[arg-type]
    assert not found.intact


@given(st.integers(0, 6))
@settings(max_examples=20)
def test_missing(nr: int) -> None:
    """A link that was taken out is named, wherever it was."""
    values, head = chain(7)
    found = verify(values[:nr] + values[nr + 1 :], head)
    assert f"Link {nr + 1} of 7 is missing." in found.findings


def test_cut_off() -> None:
    """Cutting off the end is found, because the desk remembers the head."""
    values, head = chain(7)
    assert len(verify(values[:4], head).findings) == 3
    assert verify(values[:4], head, still_queued=3).intact


def test_foreign() -> None:
    """A link that the desk did not write is found, also when it follows perfectly, and a second version too."""
    values, head = chain(3)
    more = OPERATOR_ACTION.encode(link(head, Deed("eve", True, "discard", "e9", "", "done"), NOW_MS))
    other = OPERATOR_ACTION.encode(link(Head(0, GENESIS), Deed("eve", True, "take", "e0", "", "done"), NOW_MS))
    assert not verify([*values, more], head).intact
    assert not verify([*values, other], head).intact
    assert not verify([*values, b"no link"], head).intact


def test_denied_and_refused_are_recorded(bench: Bench) -> None:
    """What was denied, or could not be done, is a link like every other; it changes nothing."""
    bench.reported(report(bill()))
    error_id = bench.cases()[0].error_id
    guest = Person("guest", authenticated=False, roles=frozenset({Role.VIEW}))
    with pytest.raises(Denied):
        handling.take(bench.desk, guest, error_id)
    with pytest.raises(BadRequest):
        handling.discard(bench.desk, ANNA, error_id, "")
    assert [deed[:2] for deed in bench.deeds()] == [("guest", "take"), ("anna", "discard")]
    assert bench.deeds()[0][2].startswith("denied")
    assert bench.case(error_id).state == "open"
    with bench.desk.store.read() as connection:
        assert verify(bench.log.operations(), head_of(connection)).intact
