"""Institutions of every level and kind, derived from a place's street: synthetic names, codes that belong to nobody."""

from collections.abc import Iterator
from functools import cache

from yidi.contract import records
from yidi.domain.instants import days_of, start_of
from yidi.world import shipped
from yidi.world.regions import counties_of, is_own_pool, pooling_areas
from yidi.world.shipped import House


@cache
def institutions() -> tuple[records.Institution, ...]:
    """Every institution that is shipped."""
    return tuple(found for admdvs in pooling_areas() for found in institutions_of(admdvs))


@cache
def institutions_of(pooling_area: str) -> tuple[records.Institution, ...]:
    """The institutions of one pooling area: nine in a busy one, three in a quiet one, none in a province's own pool."""
    if is_own_pool(pooling_area):
        return ()
    busy = pooling_area in shipped.street().busy
    houses = shipped.street().street if busy else shipped.street().quiet
    return tuple(_institution(pooling_area, house) for house in houses)


def _institution(pooling_area: str, house: House) -> records.Institution:
    counties = counties_of(pooling_area)
    county = counties[house.serial % len(counties)].admdvs if counties else pooling_area
    return {
        "fixmedins_code": f"{house.prefix}{county}{house.serial:05d}",
        "version": 0,
        "name": f"{pooling_areas()[pooling_area]['name']}模拟{house.name}",
        "admdvs": county,
        "kind": house.kind,
        "setl_lv": house.setl_lv,
        "hosp_lv": house.hosp_lv,
        "dialect": house.dialect,
        "connections": list(_connections(house)),
    }


def _connections(house: House) -> Iterator[records.Connection]:
    plan = shipped.street()
    if house.connected:
        yield {
            "med_types": list(house.med_types),
            "begndate": days_of(house.connected_from or plan.connected_from),
            "enddate": None,
            "recorded_at": start_of(plan.recorded_on),
        }
