"""All shipped reference data at once, as records of the contract; versions are 0, the registry gives them."""

from yidi.world.catalogues import catalogue, catalogues, items
from yidi.world.dialects import dialects, speeches
from yidi.world.institutions import institutions, institutions_of
from yidi.world.regions import pooling_areas, regions

__all__ = [
    "catalogue",
    "catalogues",
    "dialects",
    "institutions",
    "institutions_of",
    "items",
    "pooling_areas",
    "regions",
    "speeches",
]
