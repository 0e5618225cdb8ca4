"""Shared reference data: regions, institutions, catalogues, dialects, openings and mappings."""

from typing import Any

import pytest

from tests.registry.office import (
    CATALOGUE_RECORD,
    DIALECT_RECORD,
    HOME,
    INSTITUTION_RECORD,
    NOW,
    NOW_DAY,
    Office,
    furnished,
    region,
)
from yidi.contract import records
from yidi.contract.codec import CATALOGUE, DIALECT, INSTITUTION, REGION

ITEM = CATALOGUE_RECORD["items"][0]
CONNECTION = INSTITUTION_RECORD["connections"][0]
OPENING: records.Opening = {
    "insutype": "390",
    "med_type": "41",
    "begndate": NOW_DAY,
    "enddate": None,
    "recorded_at": NOW,
}


@pytest.fixture
def office() -> Office:
    return furnished()


def refused(office: Office, subject: str, value: bytes) -> str:
    refusal = office.refused(office.change(subject, record=value))
    assert refusal.fault.code == "REFERENCE_INVALID"
    return refusal.detail


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"name": ""}, "name is empty"),
        ({"node": "33"}, "node is not 6 digits"),
        ({"kind": "UNRECOGNISED"}, "kind is not"),
        ({"kind": "NODE"}, "names itself"),
        ({"pooling_area": "330100"}, "names itself"),
        ({"pooling_area": ""}, "pooling_area is not 6 digits"),
        ({"agency_inbox": ""}, "an inbox is missing"),
        ({"openings": [{**OPENING, "insutype": "999"}]}, "insutype 999 is none of ours"),
        ({"openings": [{**OPENING, "med_type": "99"}]}, "med_type 99 is none of ours"),
        ({"openings": [{**OPENING, "enddate": 0}]}, "enddate lies before begndate"),
    ],
)
def test_a_bad_region_is_refused(office: Office, fields: dict[str, Any], reason: str) -> None:
    """One thing wrong with a good region, one reason that names it."""
    bad: Any = {**region(HOME), **fields}
    assert reason in refused(office, f"region/{HOME}", REGION.encode(bad))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"name": ""}, "name is empty"),
        ({"kind": "UNRECOGNISED"}, "kind is not"),
        ({"setl_lv": "9"}, "setl_lv is not"),
        ({"admdvs": "888800"}, "admdvs 888800 is no region we know"),
        ({"dialect": "martian"}, "dialect martian is none we know"),
        ({"connections": [{**CONNECTION, "med_types": ["11", "99"]}]}, "med_type 99"),
        ({"connections": [{**CONNECTION, "enddate": 0}]}, "enddate lies before begndate"),
    ],
)
def test_a_bad_institution_is_refused(office: Office, fields: dict[str, Any], reason: str) -> None:
    """One thing wrong with a good institution, one reason that names it."""
    bad: Any = {**INSTITUTION_RECORD, **fields}
    subject = f"institution/{bad['fixmedins_code']}"
    assert reason in refused(office, subject, INSTITUTION.encode(bad))


def test_an_institution_has_twelve_characters(office: Office) -> None:
    """The national interface's code is 12 characters, as msgid needs it."""
    bad: Any = {**INSTITUTION_RECORD, "fixmedins_code": "H31"}
    assert "12 characters" in refused(office, "institution/H31", INSTITUTION.encode(bad))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"med_list_codg": ""}, "no med_list_codg"),
        ({"med_chrgitm_type": "15"}, "med_chrgitm_type is not 01 to 14"),
        ({"chrgitm_lv": "04"}, "chrgitm_lv is not"),
        ({"selfpay_prop": 10_001}, "selfpay_prop is outside"),
        ({"ceilings": {"4": 1}}, "ceiling for level 4"),
        ({"ceilings": {"3": 0}}, "a ceiling is not above 0"),
        ({"enddate": 0}, "enddate lies before begndate"),
    ],
)
def test_a_bad_catalogue_is_refused(office: Office, fields: dict[str, Any], reason: str) -> None:
    """One thing wrong with one item, one reason that names the item."""
    bad: Any = {**CATALOGUE_RECORD, "items": [{**ITEM, **fields}]}
    assert reason in refused(office, f"catalogue/{bad['catalogue']}", CATALOGUE.encode(bad))


def test_an_item_stands_once_a_day(office: Office) -> None:
    """Several times with other dates is right, twice on one day is not."""
    early, late = {**ITEM, "begndate": 1, "enddate": 10}, {**ITEM, "begndate": 11, "enddate": None}
    name = f"catalogue/{CATALOGUE_RECORD['catalogue']}"
    good: Any = {**CATALOGUE_RECORD, "items": [late, early]}
    assert office.ask(office.change(name, record=CATALOGUE.encode(good)))
    bad: Any = {**CATALOGUE_RECORD, "items": [late, {**early, "enddate": 11}]}
    assert "stands twice on the same day" in refused(office, name, CATALOGUE.encode(bad))


def test_a_dialect_folds_into_the_fourteen(office: Office) -> None:
    """A local category folds into 01 to 14 and nothing else; no side of a mapping is empty."""
    bad: Any = {**DIALECT_RECORD, "categories": {"膳食费": "15"}, "items": {"": "X"}}
    detail = refused(office, "dialect/ward", DIALECT.encode(bad))
    assert "15 is not 01 to 14" in detail
    assert "empty side" in detail


def test_an_opening_is_added(office: Office) -> None:
    """A region opens a service: one more row, all else as it was."""
    (message, *_) = office.ask(office.change(f"region/{HOME}", opening=OPENING))
    opened = REGION.decode(message.value)
    assert opened["openings"] == [*region(HOME)["openings"], OPENING]


def test_only_pooling_areas_open(office: Office) -> None:
    """A node insures nobody; an unknown region does not exist; a scheme of nobody's does not either."""
    assert "no pooling area" in office.refused(office.change("region/330000", opening=OPENING)).detail
    assert "no region" in office.refused(office.change("region/888800", opening=OPENING)).detail
    foreign: Any = {**OPENING, "insutype": "000"}
    assert "000 is none of ours" in office.refused(office.change(f"region/{HOME}", opening=foreign)).detail


def test_mappings_are_added_to_a_dialect(office: Office) -> None:
    """New items and categories join the old ones; one for a known name replaces it."""
    office.ask(office.change("dialect/ward", item_mapping={"777777": "FSYN040001"}))
    (message, *_) = office.ask(office.change("dialect/ward", category_mapping={"膳食费": "14"}))
    dialect = DIALECT.decode(message.value)
    assert dialect["items"] == {**DIALECT_RECORD["items"], "777777": "FSYN040001"}
    assert dialect["categories"] == {**DIALECT_RECORD["categories"], "膳食费": "14"}


def test_bad_mappings_are_refused(office: Office) -> None:
    """An unknown dialect, an empty mapping, a category that is none, another kind of subject."""
    assert "no dialect" in office.refused(office.change("dialect/none", item_mapping={"a": "b"})).detail
    assert "empty" in office.refused(office.change("dialect/ward", item_mapping={})).detail
    assert "01 to 14" in office.refused(office.change("dialect/ward", category_mapping={"a": "99"})).detail
    assert "no dialect" in office.refused(office.change(f"region/{HOME}", item_mapping={"a": "b"})).detail


def test_an_institution_is_connected(office: Office) -> None:
    """A connection is appended, in every partition; the same once more makes no version, a bad one is refused."""
    subject = f"institution/{INSTITUTION_RECORD['fixmedins_code']}"
    office.ask(office.change(subject, record=INSTITUTION.encode(INSTITUTION_RECORD)))
    row = {"med_types": ["21"], "begndate": 1, "enddate": None, "recorded_at": 5}
    (message, *_) = office.ask(office.change(subject, connection=row))
    assert INSTITUTION.decode(message.value)["connections"] == [*INSTITUTION_RECORD["connections"], row]
    assert office.ask(office.change(subject, connection=row)) == []
    bad = {**row, "med_types": ["99"]}
    assert "none of ours" in office.refused(office.change(subject, connection=bad)).detail
