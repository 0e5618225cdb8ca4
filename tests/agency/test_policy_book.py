"""Shipped policies load, the right one is found, digests follow content, and guidance is a warning."""

import re
from datetime import date
from pathlib import Path

import pytest

from yidi.agency.claim_file import read_claim_file
from yidi.agency.compiled import CompiledPolicy
from yidi.agency.policy_book import PolicyBook, read_policy, shipped_book
from yidi.agency.policy_file import digest_of, json_schema, policy_of
from yidi.agency.policy_warnings import warnings_of
from yidi.agency.worked import work_out
from yidi.domain.faults import Refusal

from .benefits_makers import FLAT_70, a_policy, a_stay

TODAY = date(2026, 11, 22)

SMALLEST = """id: abc
version: 1
title: t
status: draft
source: s
admdvs: ['*']
insutype: '310'
valid_from: 2024-01-01
"""


@pytest.mark.parametrize("compiled", shipped_book().policies, ids=lambda each: f"{each.id}-{each.version}")
def test_every_shipped_policy_is_a_marked_example_without_warnings(compiled: CompiledPolicy):
    """Shipped policies are examples with a source, valid from 2024, within national guidance."""
    assert compiled.policy.status == "example"
    assert "domain" in compiled.policy.source
    assert compiled.policy.valid_from >= date(2024, 1, 1)
    assert warnings_of(compiled.policy) == []


def test_every_pooling_area_has_a_policy_of_both_schemes():
    """An area without a file of its own meets the default."""
    book = shipped_book()
    for scheme in ("310", "390"):
        assert book.pick("659001", scheme, TODAY).id.startswith("example-default-")


def test_versions_follow_the_date():
    """The capital's employees have version 1 in 2024 and version 2 afterwards."""
    book = shipped_book()
    assert book.pick("110000", "310", date(2024, 12, 31)).version == 1
    assert book.pick("110000", "310", date(2025, 1, 1)).version == 2


def test_an_area_with_its_own_file_is_never_served_by_the_default():
    """Outside its own file's dates an area is refused, rather than calculated by figures that are not its own."""
    default = policy_of(content(admdvs=["*"]))
    own = policy_of(content(id="own-policy", valid_to="2024-12-31"))
    book = PolicyBook([default, own])
    assert book.pick("990001", "390", date(2024, 6, 1)).id == "own-policy"
    with pytest.raises(Refusal) as refusal:
        book.pick("990001", "390", TODAY)
    assert refusal.value.fault.code == "NO_POLICY"
    assert book.pick("990002", "390", TODAY).id == "test-policy"


def content(**fields: object):
    head = {"id": "test-policy", "version": 1, "title": "synthetic", "status": "example", "source": "test"}
    place = {"admdvs": ["990001"], "insutype": "390", "valid_from": "2024-01-01"}
    return {**head, **place, "inpatient": {"segments": FLAT_70}, **fields}


def test_a_divided_stay_meets_the_policy_of_each_year():
    """`for_claim` gives the policy of the discharge date, and that of 31 December for the earlier year."""
    old = policy_of(content(valid_to="2025-12-31", year_split="by_days"))
    new = policy_of(content(version=2, valid_from="2026-01-01", year_split="by_days"))
    claim = a_stay(100, begndate=date(2025, 12, 20), enddate=date(2026, 1, 5))
    policy, earlier = PolicyBook([old, new]).for_claim("990001", "390", claim)
    assert policy.version == 2
    assert {year: each.version for year, each in earlier.items()} == {2025: 1}


def test_a_whole_stay_needs_no_earlier_policy():
    """A policy that takes the bill whole asks for no other year."""
    policy, earlier = PolicyBook([policy_of(content())]).for_claim("990001", "390", a_stay(100))
    assert (policy.version, dict(earlier)) == (1, {})


def test_digest_follows_content_not_layout():
    """Comments, order and quoting leave the digest alone; one figure changes it."""
    first, *rest = SMALLEST.splitlines()
    other = "\n".join(["# a comment", *reversed(rest), first.replace("abc", "'abc'")])
    digest = digest_of(read_policy(SMALLEST))
    assert len(digest) == 64
    assert digest_of(read_policy(other)) == digest
    assert digest_of(read_policy(SMALLEST.replace("01-01", "01-02"))) != digest


def test_beyond_national_guidance_is_a_warning():
    """Referral 15 and other temporary 25 points off warn, naming the fields; 10 and 20 do not."""
    rows = {"referral": {"form": "points_off", "points": "15"}, "other_temporary": {"form": "points_off", "points": 25}}
    warnings = warnings_of(a_policy(inpatient={"segments": FLAT_70, "remote": rows}).policy)
    assert [warning.split(":")[0] for warning in warnings] == [
        "inpatient.remote.referral.points",
        "inpatient.remote.other_temporary.points",
    ]
    rows = {"referral": {"form": "points_off", "points": 10}, "other_temporary": {"form": "points_off", "points": 20}}
    assert warnings_of(a_policy(inpatient={"segments": FLAT_70, "remote": rows}).policy) == []


def test_a_cut_for_long_term_people_and_an_endless_fund_are_warnings():
    """Both are allowed, and both are worth a second look."""
    rows = {"long_term": {"form": "first_bear", "percent": 10}}
    policy = a_policy(
        insutype="310",
        pool_annual_cap=1000,
        large_amount={"ratio": 85},
        inpatient={"segments": FLAT_70, "remote": rows},
    )
    assert [warning.split(":")[0] for warning in warnings_of(policy.policy)] == [
        "inpatient.remote.long_term",
        "large_amount.annual_cap",
    ]


def test_schema_describes_amounts_percents_and_levels():
    """The exported JSON Schema tells an editor the form of an amount and refuses unknown fields."""
    schema = json_schema()
    assert schema["additionalProperties"] is False
    cap = schema["properties"]["pool_annual_cap"]["anyOf"][0]
    assert cap["pattern"] == r"^\d{1,12}(\.\d{1,2})?$"


def test_the_documented_files_work():
    """Policy and claim file of docs/policies.md can be used as they stand."""
    page = (Path(__file__).parents[2] / "docs" / "policies.md").read_text("utf-8")
    policy, claim = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    worked = work_out(read_policy(policy), read_claim_file(claim))
    assert worked.warnings == []
    assert all(settlement.hifp_pay > 0 for settlement in worked.settlements)
