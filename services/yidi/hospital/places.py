"""Where the person is treated and where insured, and whose catalogue splits the bill."""

from msgspec import Struct

from yidi.contract import records
from yidi.domain.faults import Refusal, Stage
from yidi.hospital.catalogue import Tariff
from yidi.hospital.reference import Area, House, Reference


class Places(Struct, frozen=True):
    """The institution and the two pooling areas of an encounter."""

    house: House
    treatment: Area
    insured: Area

    @property
    def in_province(self) -> bool:
        """Same provincial node: the insured place's catalogue and looser credentials hold (domain §3)."""
        return self.treatment.node == self.insured.node


def places_of(charges: records.EncounterCharges, reference: Reference) -> Places:
    """INSTITUTION_UNKNOWN, REGION_UNKNOWN, or REGION_DIFFERS when the institution lies elsewhere."""
    house = reference.house(charges["fixmedins_code"])
    if house is None:
        raise Refusal("INSTITUTION_UNKNOWN", f"fixmedins_code: {charges['fixmedins_code']!r} is not registered")
    treatment = _pooling_area("mdtrtarea_admvs", charges["mdtrtarea_admvs"], reference)
    insured = _pooling_area("insuplc_admdvs", charges["insuplc_admdvs"], reference)
    if house.admdvs != treatment.admdvs:
        lies_in = reference.area(house.admdvs)
        if lies_in is None or lies_in.pooling_area != treatment.admdvs:
            told = f"mdtrtarea_admvs: {treatment.admdvs}, the institution lies in {house.admdvs}"
            raise Refusal("REGION_DIFFERS", told)
    return Places(house, treatment, insured)


def tariff_of(places: Places, reference: Reference) -> Tariff:
    """The tariff that splits the bill: the treatment place's catalogue, in-province the insured place's.

    A pooling area without a catalogue of its own uses its node's. ITEM_UNMATCHED, CATEGORY_UNKNOWN when the reference
    data has no such catalogue or dialect.
    """
    return _tariff(places, places.insured if places.in_province else places.treatment, reference)


def insured_tariff_of(places: Places, reference: Reference) -> Tariff:
    """The tariff of a manual claim: the insured place's catalogue, wherever the person was treated (domain §7)."""
    return _tariff(places, places.insured, reference)


def _tariff(places: Places, place: Area, reference: Reference) -> Tariff:
    catalogue = reference.catalogue(_catalogue_name(place, reference))
    if catalogue is None:
        told = f"mdtrtarea_admvs: no catalogue is published for {place.admdvs}"
        raise Refusal("ITEM_UNMATCHED", told, stage=Stage.CONVERT)
    dialect = reference.dialect(places.house.dialect)
    if dialect is None:
        told = f"fixmedins_code: the institution's dialect {places.house.dialect!r} is not published"
        raise Refusal("CATEGORY_UNKNOWN", told, stage=Stage.CONVERT)
    return Tariff(catalogue, dialect, places.house.setl_lv)


def _catalogue_name(place: Area, reference: Reference) -> str:
    if place.catalogue:
        return place.catalogue
    node = reference.area(place.node)
    return node.catalogue if node is not None else ""


def _pooling_area(field: str, admdvs: str, reference: Reference) -> Area:
    area = reference.area(admdvs)
    if area is None:
        raise Refusal("REGION_UNKNOWN", f"{field}: {admdvs!r} is no region that the registry knows")
    if area.pooling_area != area.admdvs:
        told = f"its pooling area is {area.pooling_area}" if area.pooling_area else "it is a provincial node"
        raise Refusal("REGION_DIFFERS", f"{field}: {admdvs} is no pooling area, {told}")
    return area
