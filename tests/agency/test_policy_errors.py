"""Every mistake in a policy file is answered with the field's path and what to do."""

from copy import deepcopy
from pathlib import Path

import pytest

from yidi.agency.policy_book import PolicyBook, load_policy, read_policy
from yidi.agency.policy_file import PolicyError, policy_of

GOOD = {
    "id": "some-policy",
    "version": "1",
    "title": "synthetic",
    "status": "example",
    "source": "test",
    "admdvs": ["990001"],
    "insutype": "310",
    "valid_from": "2024-01-01",
    "pool_annual_cap": "100000",
    "inpatient": {
        "deductible": {"amounts": {"3": "1300", "other": ["900", "450"]}},
        "segments": {"table": [{"up_to": "30000", "ratio": "85"}, {"ratio": {"3": "90.5", "other": "92"}}]},
        "remote": {"referral": {"form": "points_off", "points": "5"}},
    },
    "outpatient": {"segments": {"table": [{"ratio": "50"}]}},
    "large_amount": {"ratio": "85"},
}

FLAT = {"table": [{"ratio": "50"}]}
VISITS_BY_ADMISSION = {"amounts": ["1", "2"]}

MISTAKES = [
    ("title", None, "title: is missing; add it"),
    ("version", "0", "version: "),
    ("id", "Some Policy", "id: "),
    ("status", "law", "status: 'law' is not known here; write one of"),
    ("admdvs", [], "admdvs: "),
    ("admdvs", ["3301"], "admdvs[1]: "),
    ("admdvs", ["330100", "330100"], "admdvs names an area twice"),
    ("insutype", "320", "insutype: '320' is not known here"),
    ("valid_from", "1.1.2024", "valid_from: '1.1.2024' is no date; write it as 2024-01-31"),
    ("valid_to", "2023-12-31", "valid_to lies before valid_from"),
    ("inpatent", {}, "inpatent: is no field that belongs here; did you mean 'inpatient'?"),
    ("pool_annual_cap", "100,000", "pool_annual_cap: '100,000' is no amount in yuan"),
    ("pool_annual_cap", "1000.555", "pool_annual_cap: '1000.555' is no amount in yuan with at most two decimals"),
    ("pool_annual_cap", "-1", "pool_annual_cap: -1 is negative; write an amount of 0 or more"),
    ("pool_annual_cap", 1.5, "pool_annual_cap: 1.5 is no amount in yuan"),
    ("pool_annual_cap", None, "large_amount needs pool_annual_cap"),
    ("serious_illness", {"ratio": "60"}, "serious_illness is for residents only"),
    (
        "inpatient.deductible.amounts",
        {"3": "1"},
        "inpatient.deductible.amounts: level 2 is missing; add it, or 'other'",
    ),
    ("inpatient.deductible.amounts", {"4": "1"}, "inpatient.deductible.amounts: level '4' is unknown"),
    ("inpatient.deductible.amounts", [], "an empty list of amounts says nothing"),
    ("inpatient.deductible.factors", ["50"], "inpatient.deductible: give either a list of amounts"),
    ("inpatient.deductible.factors", ["half"], "inpatient.deductible.factors[1]: 'half' is no percent"),
    ("inpatient.deductible.period", "year", "a yearly deductible is one amount per level"),
    ("inpatient.segments.table", [], "inpatient.segments.table: "),
    ("inpatient.segments.table.0.up_to", None, "every segment but the last needs up_to"),
    ("inpatient.segments.table.1.up_to", "1", "the last segment must be open: remove its up_to"),
    ("inpatient.segments.table.0.up_to", "0", "up_to must rise from one segment to the next"),
    ("inpatient.segments.table.0.ratio", "101", "inpatient.segments.table[1].ratio.other: 101 is above 100 percent"),
    ("inpatient.segments.table.0.ratio", "85%", "'85%' is no percent from 0 to 100 with at most two decimals"),
    ("inpatient.segments.table.0.ratio", "87.125", "'87.125' is no percent"),
    ("inpatient.segments.measured", "yearly", "inpatient.segments.measured: 'yearly' is not known here"),
    ("inpatient.remote.referral", {"points": "5"}, "inpatient.remote.referral: needs form: one of"),
    ("inpatient.remote.referral", {"form": "half"}, "inpatient.remote.referral: needs form: one of"),
    ("inpatient.remote.referral.points", None, "inpatient.remote.referral.points: is missing; add it"),
    ("inpatient.remote.tourist", {"form": "none"}, "inpatient.remote.tourist: is no field that belongs here"),
    ("inpatient.person_types", {"pensioner": {"points_up": "5"}}, "'pensioner' is not known here; write one of"),
    ("inpatient.person_types", {"retired": {}}, "inpatient.person_types.retired: says nothing"),
    (
        "inpatient.person_types",
        {"retired": {"points_up": "1", "pays_share": "60"}},
        "pays_share or points_up, not both",
    ),
    ("inpatient.item_ratios", [{"ratio": "5", "grade": "01"}], "item_ratios need lines"),
    ("outpatient.deductible", VISITS_BY_ADMISSION, "only inpatient deductibles go by admission"),
    ("outpatient.item_ratios", [{"ratio": "5"}], "selects no lines"),
    ("outpatient.item_ratios", [{"ratio": "5", "categories": ["15"]}], "category '15' is unknown"),
    ("outpatient.variants", [{"when": {}}], "asks nothing; give referral"),
    ("chronic", {"diseases": {"M": {}}}, "chronic: segments are missing"),
    ("chronic", {"diseases": {}, "segments": FLAT}, "chronic.diseases: "),
    ("chronic", {"diseases": {"M": {}}, "settle_as": "inpatient", "segments": FLAT}, "takes segments and remote from"),
    ("civil_servant", {"ratio": "50", "care": ["dental"]}, "civil_servant.care[1]: 'dental' is not known here"),
    ("assistance", {"classes": {"poor": {"basic": {"ratio": "5"}}}}, "'poor' is not known here"),
    (
        "assistance",
        {"classes": {"edge": {"basic": {}}}},
        "assistance.classes.edge.basic: give either ratio or segments",
    ),
    (
        "assistance",
        {"classes": {"edge": {"basic": {"segments": [{"up_to": "1", "ratio": "5"}]}}}},
        "every segment but the last needs up_to, and the last has none",
    ),
]


def spoilt(path: str, value: object):
    """GOOD with one field changed; None removes it."""
    content = deepcopy(GOOD)
    *way, last = path.split(".")
    place = content
    for key in way:
        place = place[int(key)] if isinstance(place, list) else place[key]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return content


def test_the_good_file_is_good():
    """What the mistakes below are made from has none."""
    assert policy_of(GOOD).id == "some-policy"


@pytest.mark.parametrize(("path", "value", "words"), MISTAKES)
def test_a_mistake_names_the_field_and_what_to_do(path: str, value: object, words: str):
    """One spoilt field gives a PolicyError whose sentences name it."""
    with pytest.raises(PolicyError) as error:
        policy_of(spoilt(path, value), "file.yaml")
    assert any(words in problem for problem in error.value.problems), error.value.problems
    assert str(error.value).startswith("file.yaml: ")


def test_residents_have_no_large_amount():
    """The employees' fund in a residents' policy is pointed out."""
    with pytest.raises(PolicyError, match="large_amount is for employees"):
        policy_of({**GOOD, "insutype": "390"})


def test_chronic_as_inpatient_needs_an_inpatient_plan():
    """There is nothing to settle as."""
    content = {**GOOD, "chronic": {"settle_as": "inpatient", "diseases": {"M": {}}}}
    del content["inpatient"]
    with pytest.raises(PolicyError, match="there is no inpatient plan"):
        policy_of(content)


def test_all_mistakes_are_told_at_once():
    """Two spoilt fields, two sentences."""
    with pytest.raises(PolicyError) as error:
        policy_of({**GOOD, "version": "x", "valid_from": "y"})
    assert len(error.value.problems) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id: [", "line 1"),
        ("- a\n- b", "no mapping of fields"),
        ("", "no mapping of fields"),
        ("id: a\nid: b", "line 2: 'id' stands twice; keep one"),
        ("a: &x {b: c}\nd: *x", "line 2: write the content out, without *aliases"),
        ("\x00\x01", "neither YAML nor JSON"),
        ("[" * 20_000, "nested too deeply"),
        ("a" * 1_000_001, "more than 1000000 characters"),
    ],
)
def test_text_that_is_no_policy(text: str, words: str):
    """Broken YAML, duplicate keys, aliases, bytes, endless nesting: one clear sentence each."""
    with pytest.raises(PolicyError, match="policy") as error:
        read_policy(text)
    assert words in str(error.value)


def test_codes_keep_their_zeros_and_percents_their_digits(tmp_path: Path):
    """Unquoted 01 stays the grade 01 and 87.55 stays exact: YAML's own guesses are switched off."""
    path = tmp_path / "p.yaml"
    path.write_text(
        """
id: some-policy
version: 1
title: no
status: example
source: test
admdvs: [990001]
insutype: 390
valid_from: 2024-01-01
outpatient:
  segments: {table: [{ratio: 87.55}]}
  item_ratios: [{grade: 01, categories: [09], ratio: 90}]
""",
        encoding="utf-8",
    )
    policy = load_policy(path)
    assert policy.title == "no"
    assert policy.outpatient.segments.table[0].ratio == {"other": 8755}
    assert policy.outpatient.item_ratios[0].grade == "01"


def test_a_file_that_cannot_be_read(tmp_path: Path):
    """A missing file and one that is not UTF-8 are errors of the same kind."""
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"title: \xe4")
    for path in (tmp_path / "missing.yaml", latin):
        with pytest.raises(PolicyError, match=r"cannot be read: (No such file|it is no UTF-8 text)"):
            load_policy(path)


def test_two_policies_for_the_same_days_are_refused():
    """Overlapping validity in one area and scheme names both policies and the way out."""
    first, second = policy_of(GOOD), policy_of({**GOOD, "id": "other-policy", "valid_from": "2025-01-01"})
    with pytest.raises(PolicyError, match="valid_from: some-policy version 1 is also valid on 2025-01-01"):
        PolicyBook([second, first])
