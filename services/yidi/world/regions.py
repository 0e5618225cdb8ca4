"""Regions as the contract has them: nodes, pooling areas, and the counties of some nodes."""

from collections.abc import Iterator
from functools import cache

from yidi.contract import records
from yidi.domain.instants import days_of, start_of
from yidi.world import shipped
from yidi.world.shipped import OpeningException, RegionRow

SWITCHES = ("id_card_accepted", "selection_required", "unfiled_settled", "expiry_ends_stay")


@cache
def regions() -> tuple[records.Region, ...]:
    """Every region that is shipped, nodes first within their digits; versions are the registry's to give."""
    counties_of = shipped.openings().counties_of
    rows = (row for row in shipped.region_rows() if row.kind != "COUNTY" or row.node in counties_of)
    return tuple(_region(row) for row in rows)


@cache
def pooling_areas() -> dict[str, records.Region]:
    """Pooling areas by code."""
    return {region["admdvs"]: region for region in regions() if region["kind"] == "POOLING_AREA"}


@cache
def counties_of(pooling_area: str) -> tuple[RegionRow, ...]:
    """The shipped counties of a pooling area, by code."""
    rows, nodes = shipped.region_rows(), shipped.openings().counties_of
    return tuple(r for r in rows if r.kind == "COUNTY" and r.pooling_area == pooling_area and r.node in nodes)


def is_own_pool(admdvs: str) -> bool:
    """A province's own pool (xx9900): it insures people, but nobody is treated there."""
    return admdvs.endswith("9900")


def catalogue_of(row: RegionRow) -> str:
    """The catalogue that applies in a region: its node's, save for places with their own."""
    own = row.pooling_area in shipped.openings().own_catalogues
    return f"catalogue-{row.pooling_area if own else row.node}"


def _region(row: RegionRow) -> records.Region:
    insures = row.kind == "POOLING_AREA"
    switches = {name: insures and row.admdvs in shipped.openings().switches[name] for name in SWITCHES}
    return {
        "admdvs": row.admdvs,
        "version": 0,
        "name": row.name,
        "kind": row.kind,
        "node": row.node,
        "pooling_area": row.pooling_area,
        "agency_inbox": "default",
        "hospital_inbox": "default",
        "catalogue": catalogue_of(row),
        "openings": list(_openings(row.admdvs)) if insures else [],
        "id_card_accepted": switches["id_card_accepted"],
        "selection_required": switches["selection_required"],
        "unfiled_settled": switches["unfiled_settled"],
        "expiry_ends_stay": switches["expiry_ends_stay"],
    }


def _openings(admdvs: str) -> Iterator[records.Opening]:
    plan = shipped.openings()
    departs = [e for e in plan.exceptions if e.admdvs == admdvs]
    for insutype in plan.schemes:
        for med_type in sorted(plan.begins):
            exception = next((e for e in departs if e.speaks_of(insutype, med_type)), None)
            if exception is None or not exception.closed:
                yield _opening(insutype, med_type, exception)


def _opening(insutype: str, med_type: str, exception: OpeningException | None) -> records.Opening:
    plan = shipped.openings()
    begins = exception and exception.begins
    ends = exception and exception.ends
    return {
        "insutype": insutype,
        "med_type": med_type,
        "begndate": days_of(begins or plan.begins[med_type]),
        "enddate": days_of(ends) if ends else None,
        "recorded_at": start_of(plan.recorded_on),
    }
