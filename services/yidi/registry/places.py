"""What the registry knows of regions in every partition: its own reference.shared, read back."""

from typing import Final

from msgspec import Struct

from yidi.contract import records
from yidi.contract.codec import REGION, record_type_of
from yidi.runtime.decider import NOTHING, Decision, View
from yidi.runtime.rows import Table


class Place(Struct, frozen=True, array_like=True):
    """A region; `opened`: scheme, first day and last day of each opening."""

    version: int
    kind: str
    node: str
    pooling_area: str
    opened: tuple[tuple[str, int, int | None], ...]

    def open_within(self, insutype: str, begins: int, ends: int) -> bool:
        """Whether anything of the scheme is open on any of these days."""
        return any(
            scheme == insutype and first <= ends and (last is None or begins <= last)
            for scheme, first, last in self.opened
        )


PLACES: Final = Table("places", Place)


def place(view: View, admdvs: str) -> Place | None:
    """The region with that code, or None."""
    return PLACES.get(view, admdvs)


def take_over(view: View, value: bytes) -> Decision:
    """Learn a region from reference.shared; other kinds and older versions change nothing."""
    if record_type_of(value) is not REGION:
        return NOTHING
    region = REGION.decode(value)
    held = place(view, region["admdvs"])
    if held is not None and held.version >= region["version"]:
        return NOTHING
    return Decision(changes=(PLACES.put(region["admdvs"], place_of(region)),))


def place_of(region: records.Region) -> Place:
    """What of a published region matters here."""
    opened = tuple((row["insutype"], row["begndate"], row["enddate"]) for row in region["openings"])
    return Place(region["version"], region["kind"], region["node"], region["pooling_area"], opened)
