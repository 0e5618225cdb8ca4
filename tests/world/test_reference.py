"""Shipped reference data: complete, consistent, valid by the schema, and true where it claims to be."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

from yidi.contract.codec import CATALOGUE, DIALECT, INSTITUTION, REGION, RecordType
from yidi.domain.codes import CATEGORY_NAMES, MedType
from yidi.world import shipped
from yidi.world.reference import (
    catalogues,
    dialects,
    institutions,
    institutions_of,
    items,
    pooling_areas,
    regions,
    speeches,
)
from yidi.world.regions import is_own_pool

MESSAGE_BYTES_MAX = 100_000
T = TypeVar("T")


def test_everything_is_valid_by_its_schema_and_of_moderate_size() -> None:
    """Each record encodes, comes back as it was, and stays below 100 kB."""
    _comes_back(REGION, regions())
    _comes_back(INSTITUTION, institutions())
    _comes_back(CATALOGUE, catalogues())
    _comes_back(DIALECT, dialects())


def _comes_back(codec: RecordType[T], made: Iterable[T]) -> None:
    for record in made:
        value = codec.encode(record)
        assert codec.decode(value) == record
        assert len(value) < MESSAGE_BYTES_MAX


def test_all_nodes_and_pooling_areas_are_there() -> None:
    """32 provincial nodes, and every prefecture of the source; each region knows its node and its area."""
    kinds = Counter(region["kind"] for region in regions())
    assert kinds["NODE"] == 32
    assert kinds["POOLING_AREA"] >= 370
    known = {region["admdvs"] for region in regions()}
    assert len(known) == len(regions())
    assert all(region["node"] in known for region in regions())
    assert all(region["pooling_area"] in known or region["kind"] == "NODE" for region in regions())


def test_codes_and_names_are_the_true_ones() -> None:
    """Samples against GB/T 2260, as anybody can look them up."""
    names = {row.admdvs: row.name for row in shipped.region_rows()}
    assert names["330200"] == "宁波市"
    assert names["110101"] == "东城区"
    assert names["540000"] == "西藏自治区"
    assert names["429021"] == "神农架林区"
    assert names["659001"] == "石河子市"


def test_a_county_does_not_tell_its_node_by_its_digits() -> None:
    """Shihezi lies in Xinjiang by its digits and belongs to the Corps: the map says so, nothing is computed."""
    shihezi = next(region for region in regions() if region["admdvs"] == "659001")
    assert (shihezi["node"], shihezi["pooling_area"]) == ("660000", "660800")


def test_openings_show_refusals() -> None:
    """Nearly everything is open; some not at all, or without a scheme or kind of care, or no more."""
    areas = pooling_areas()
    full = 2 * len(MedType)
    assert sum(len(area["openings"]) == full for area in areas.values()) >= len(areas) - 10
    assert areas["661400"]["openings"] == []
    assert "390" not in {row["insutype"] for row in areas["469030"]["openings"]}
    assert "41" not in {row["med_type"] for row in areas["542500"]["openings"]}
    assert any(row["enddate"] is not None for row in areas["232700"]["openings"])


def test_every_switch_is_set_somewhere() -> None:
    """A tester finds a place for each switch of a region."""
    for switch in ("id_card_accepted", "selection_required", "unfiled_settled", "expiry_ends_stay"):
        assert any(area[switch] for area in pooling_areas().values())


def test_institutions_are_everywhere_and_synthetic() -> None:
    """Two at least in each place of treatment, each with a code of its own and a name that says that it is made up."""
    for admdvs in pooling_areas():
        assert len(institutions_of(admdvs)) >= 2 or is_own_pool(admdvs)
    codes = [found["fixmedins_code"] for found in institutions()]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[HP]\d{11}", code) for code in codes)
    assert all("模拟" in found["name"] for found in institutions())


def test_institutions_of_every_level_and_some_not_connected() -> None:
    """All levels, all kinds; some are connected for some care only, some since a day, some never."""
    assert {found["setl_lv"] for found in institutions()} == {"3", "2", "1", "0"}
    assert {found["kind"] for found in institutions()} == {"HOSPITAL", "CLINIC", "PHARMACY"}
    assert any(not found["connections"] for found in institutions())
    assert len({row["begndate"] for found in institutions() for row in found["connections"]}) > 1
    assert any(row["med_types"] == ["41"] for found in institutions() for row in found["connections"])


def test_institutions_refer_to_what_is_shipped() -> None:
    """Their region and dialect are among those that the registry publishes."""
    known = {region["admdvs"] for region in regions()}
    spoken = {dialect["dialect"] for dialect in dialects()}
    assert all(found["admdvs"] in known and found["dialect"] in spoken for found in institutions())


def test_the_national_list_covers_all_categories_and_grades() -> None:
    """All 14 categories, grades A, B and C, ceilings by level, dated items; at least 250 items."""
    rows = shipped.item_rows()
    assert len(rows) >= 250
    assert {row.med_chrgitm_type for row in rows} == set(CATEGORY_NAMES)
    assert {row.chrgitm_lv for row in rows} == {"01", "02", "03"}
    assert any(row.ceiling_3 for row in rows)
    assert any(row.enddate for row in rows)
    assert all("SYN" in row.med_list_codg for row in rows)


def test_every_region_has_a_catalogue() -> None:
    """The catalogue that a region names is shipped."""
    assert {region["catalogue"] for region in regions()} <= {one["catalogue"] for one in catalogues()}


def test_the_same_bill_may_differ_from_place_to_place() -> None:
    """Two places' catalogues hold other ratios and ceilings for some items, and the same for most."""
    first, second = (
        {item["med_list_codg"]: item for item in found["items"]}
        for found in catalogues()
        if found["catalogue"] in ("catalogue-310000", "catalogue-440000")
    )
    both = first.keys() & second.keys()
    differing = [code for code in both if first[code] != second[code]]
    assert 0.05 * len(both) < len(differing) < 0.7 * len(both)
    assert first.keys() != second.keys()


def test_the_core_list_is_in_every_catalogue() -> None:
    """What bills are made of can be split everywhere; only extras are missing here and there."""
    core = {item.med_list_codg for item in items() if item.everywhere}
    assert all(core <= {item["med_list_codg"] for item in found["items"]} for found in catalogues())


def test_dialects_differ_and_fold_as_the_field_does() -> None:
    """No two dialects share an item code; local categories fold as domain §4 says; some items are not matched."""
    codes = [code for dialect in dialects() for code in dialect["items"]]
    assert len(set(codes)) == len(codes)
    ward = next(dialect for dialect in dialects() if dialect["dialect"] == "ward")["categories"]
    folds = {"麻醉费": "06", "输血费": "05", "核医费": "03", "高质耗材费": "08", "中草药费": "10", "取暖费": "14"}
    assert folds.items() <= ward.items()
    for dialect in dialects():
        speech = speeches()[dialect["dialect"]]
        assert speech.unmapped_items
        assert speech.unmapped_category not in dialect["categories"]
        assert all(speech.item_codes[item.med_list_codg] not in dialect["items"] for item in speech.unmapped_items)


def test_a_dialect_says_every_item_in_its_own_category() -> None:
    """What a hospital calls an item folds into the category that the catalogue has for it."""
    for dialect in dialects():
        speech = speeches()[dialect["dialect"]]
        for item in items():
            assert dialect["categories"][speech.local_categories[item.med_list_codg]] == item.category
