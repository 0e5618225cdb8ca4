"""Are these shared reference data valid? Regions, institutions, catalogues, dialects; all reasons at once. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Final

from yidi.contract import records
from yidi.domain.codes import FeeCategory, InsuType, ItemGrade, MedType
from yidi.registry.reasons import Reasons, is_admdvs, ordered, overlap, with_row

CATEGORIES: Final = frozenset(category.value for category in FeeCategory)
GRADES: Final = frozenset(grade.value for grade in ItemGrade)
MED_TYPES: Final = frozenset(kind.value for kind in MedType)
SCHEMES: Final = frozenset(scheme.value for scheme in InsuType)
LEVELS: Final = frozenset({"3", "2", "1", "0"})
INSTITUTION_CHARS: Final = 12
RATIO_MAX_BP: Final = 10_000


def check_region(region: records.Region) -> None:
    reasons = Reasons()
    reasons.unless(is_admdvs(region["admdvs"]), "admdvs is not 6 digits")
    reasons.unless(bool(region["name"]), "name is empty")
    reasons.unless(is_admdvs(region["node"]), "node is not 6 digits")
    own = {"NODE": region["node"], "POOLING_AREA": region["pooling_area"]}
    reasons.unless(region["kind"] != "UNRECOGNISED", "kind is not node, pooling area or county")
    reasons.unless(own.get(region["kind"], region["admdvs"]) == region["admdvs"], "a region of its kind names itself")
    inside = region["pooling_area"]
    reasons.unless(is_admdvs(inside) or (region["kind"] == "NODE" and not inside), "pooling_area is not 6 digits")
    reasons.unless(bool(region["agency_inbox"] and region["hospital_inbox"]), "an inbox is missing")
    for opening in region["openings"]:
        _opening(opening, reasons)
    reasons.refuse()


def check_institution(institution: records.Institution, *, region_known: bool, dialect_known: bool) -> None:
    reasons = Reasons()
    reasons.unless(len(institution["fixmedins_code"]) == INSTITUTION_CHARS, "fixmedins_code is not 12 characters")
    reasons.unless(bool(institution["name"]), "name is empty")
    reasons.unless(institution["kind"] != "UNRECOGNISED", "kind is not hospital, clinic or pharmacy")
    reasons.unless(institution["setl_lv"] in LEVELS, "setl_lv is not 3, 2, 1 or 0")
    reasons.unless(region_known, f"admdvs {institution['admdvs']} is no region we know")
    reasons.unless(dialect_known, f"dialect {institution['dialect']} is none we know")
    for row in institution["connections"]:
        _connection(row, reasons)
    reasons.refuse()


def check_catalogue(catalogue: records.Catalogue) -> None:
    reasons = Reasons()
    reasons.unless(bool(catalogue["catalogue"]), "catalogue has no id")
    stretches: dict[str, list[tuple[int, int | None]]] = defaultdict(list)
    for item in catalogue["items"]:
        _item(item, reasons)
        stretches[item["med_list_codg"]].append((item["begndate"], item["enddate"]))
    for code, rows in stretches.items():
        reasons.unless(not _overlapping(rows), f"item {code} stands twice on the same day")
    reasons.refuse()


def check_dialect(dialect: records.Dialect) -> None:
    reasons = Reasons()
    reasons.unless(bool(dialect["dialect"]), "dialect has no id")
    _mappings(dialect["items"], dialect["categories"], reasons)
    reasons.refuse()


def with_opening(region: records.Region, opening: records.Opening) -> records.Region:
    """The region with one more opening."""
    reasons = Reasons()
    reasons.unless(region["kind"] == "POOLING_AREA", f"{region['admdvs']} is no pooling area: nothing opens there")
    _opening(opening, reasons)
    reasons.refuse()
    return {**region, "openings": with_row(region["openings"], opening)}


def with_connection(institution: records.Institution, connection: records.Connection) -> records.Institution:
    """The institution with one more connection."""
    reasons = Reasons()
    _connection(connection, reasons)
    reasons.refuse()
    return {**institution, "connections": with_row(institution["connections"], connection)}


def with_mappings(dialect: records.Dialect, items: Mapping[str, str], categories: Mapping[str, str]) -> records.Dialect:
    """The dialect with more mappings; one for a known name replaces it."""
    reasons = Reasons()
    reasons.unless(bool(items or categories), "the mapping is empty")
    _mappings(items, categories, reasons)
    reasons.refuse()
    return {
        **dialect,
        "items": {**dialect["items"], **items},
        "categories": {**dialect["categories"], **categories},
    }


def _connection(row: records.Connection, reasons: Reasons) -> None:
    unknown = set(row["med_types"]) - MED_TYPES
    reasons.unless(not unknown, f"connection: med_type {', '.join(sorted(unknown))} is none of ours")
    reasons.unless(ordered(row["begndate"], row["enddate"]), "connection: enddate lies before begndate")


def _opening(opening: records.Opening, reasons: Reasons) -> None:
    reasons.unless(opening["insutype"] in SCHEMES, f"opening: insutype {opening['insutype']} is none of ours")
    reasons.unless(opening["med_type"] in MED_TYPES, f"opening: med_type {opening['med_type']} is none of ours")
    reasons.unless(ordered(opening["begndate"], opening["enddate"]), "opening: enddate lies before begndate")


def _item(item: records.CatalogueItem, reasons: Reasons) -> None:
    code = item["med_list_codg"] or "(no med_list_codg)"
    reasons.unless(bool(item["med_list_codg"]), "an item has no med_list_codg")
    reasons.unless(item["med_chrgitm_type"] in CATEGORIES, f"item {code}: med_chrgitm_type is not 01 to 14")
    reasons.unless(item["chrgitm_lv"] in GRADES, f"item {code}: chrgitm_lv is not 01, 02 or 03")
    reasons.unless(0 <= item["selfpay_prop"] <= RATIO_MAX_BP, f"item {code}: selfpay_prop is outside 0 to 10000")
    levels = set(item["ceilings"]) - LEVELS
    reasons.unless(not levels, f"item {code}: ceiling for level {', '.join(sorted(levels))}")
    reasons.unless(all(price > 0 for price in item["ceilings"].values()), f"item {code}: a ceiling is not above 0")
    reasons.unless(ordered(item["begndate"], item["enddate"]), f"item {code}: enddate lies before begndate")


def _overlapping(rows: list[tuple[int, int | None]]) -> bool:
    ranked = sorted(rows, key=lambda row: row[0])
    return any(overlap(*one, *other) for one, other in pairwise(ranked))


def _mappings(items: Mapping[str, str], categories: Mapping[str, str], reasons: Reasons) -> None:
    _filled("item", items.items(), reasons)
    _filled("category", categories.items(), reasons)
    for local, national in categories.items():
        reasons.unless(national in CATEGORIES, f"category {local}: {national} is not 01 to 14")


def _filled(what: str, pairs: Iterable[tuple[str, str]], reasons: Reasons) -> None:
    for local, national in pairs:
        reasons.unless(bool(local and national), f"{what} mapping {local!r} to {national!r} has an empty side")
