"""Reference data of this partition: rows as they came, and a cache of what was parsed from them.

Rows: `shared` holds each record's value bytes by its key (`region/110100`, `institution/…`, `catalogue/…`,
`dialect/…`), the highest version wins. `shared_sum` holds one number for all of them together: the sum of the rows'
hashes. Two partitions, or one partition at two times, hold the same data exactly when they hold the same sum; so one
small row read tells which parsed copy is the right one, also after a transaction was rolled back.
"""

from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from typing import Any, Final

from msgspec import Struct

from yidi.contract.codec import CATALOGUE, DIALECT, INSTITUTION, REGION, SchemaUnknown, record_type_of
from yidi.domain.faults import Refusal, Stage
from yidi.hospital.catalogue import Catalogue, Dialect
from yidi.runtime.decider import Put, View

SHARED: Final = "shared"
SUM_TABLE: Final = "shared_sum"
SUM_KEY: Final = "all"
SUM_BYTES: Final = 16
COPIES_MAX: Final = 4
"""Parsed copies kept: the present one, and those of partitions that are a few records behind."""


class Area(Struct, frozen=True, gc=False):
    """A region as the hospital needs it."""

    admdvs: str
    node: str
    pooling_area: str
    hospital_inbox: str
    catalogue: str
    id_card_accepted: bool


class House(Struct, frozen=True, gc=False):
    """An institution as the hospital needs it."""

    fixmedins_code: str
    admdvs: str
    setl_lv: str
    dialect: str


class Reference:
    """The shared reference data as one decision sees it."""

    def __init__(self, view: View, known: dict[str, Any], cache: "ReferenceCache") -> None:
        self._view = view
        self._known = known
        self._cache = cache

    def area(self, admdvs: str) -> Area | None:
        area: Area | None = self._find("region/" + admdvs)
        return area

    def house(self, fixmedins_code: str) -> House | None:
        house: House | None = self._find("institution/" + fixmedins_code)
        return house

    def catalogue(self, name: str) -> Catalogue | None:
        catalogue: Catalogue | None = self._find("catalogue/" + name)
        return catalogue

    def dialect(self, name: str) -> Dialect | None:
        dialect: Dialect | None = self._find("dialect/" + name)
        return dialect

    def _find(self, key: str) -> Any:  # noqa: ANN401 — each kind's own method says what it is
        found = self._known.get(key)
        if found is None:
            value = self._view.get(SHARED, key)
            if value is None:  # not remembered: senders choose these keys, and could fill the memory
                return None
            found = self._known[key] = self._cache.parsed(key, value)
        return found


class ReferenceCache:
    """Parsed reference data, shared by all partitions of a process. Only saves work: it never changes an answer."""

    def __init__(self) -> None:
        self._copies: OrderedDict[bytes, dict[str, Any]] = OrderedDict()
        self._newest: dict[str, tuple[bytes, Any]] = {}

    def at(self, view: View) -> Reference:
        """The reference data of this view."""
        total = view.get(SUM_TABLE, SUM_KEY) or b""
        known = self._copies.get(total)
        if known is None:
            known = self._copies[total] = {}
            if len(self._copies) > COPIES_MAX:
                self._copies.popitem(last=False)
        return Reference(view, known, self)

    def parsed(self, key: str, value: bytes) -> Any:  # noqa: ANN401 — one of the four kinds below
        """The record made of these bytes, parsed once as long as they stay the same."""
        mark = _row_hash(key, value)
        newest = self._newest.get(key)
        if newest is not None and newest[0] == mark:
            return newest[1]
        made = _MAKERS[key.partition("/")[0]](value)
        self._newest[key] = (mark, made)
        return made


def shared_changes(view: View, key: bytes | None, value: bytes) -> tuple[Put, ...]:
    """Take over one record of reference.shared; nothing when its version is not above the one held.

    SchemaUnknown for another record type; KEY_DIFFERS when the Kafka key does not name the record.
    """
    name, version = _named(value)
    if key != name.encode():
        raise Refusal("KEY_DIFFERS", f"the key of {name} must be its kind and id", stage=Stage.DECODE)
    held = view.get(SHARED, name)
    if held is not None and _named(held)[1] >= version:
        return ()
    total = int.from_bytes(view.get(SUM_TABLE, SUM_KEY) or b"", "big") + _number(name, value)
    if held is not None:
        total -= _number(name, held)
    total %= 1 << (8 * SUM_BYTES)
    return Put(SHARED, name, value), Put(SUM_TABLE, SUM_KEY, total.to_bytes(SUM_BYTES, "big"))


def _named(value: bytes) -> tuple[str, int]:
    kind = record_type_of(value)
    id_field = _KINDS.get(kind.name)
    if id_field is None:
        raise SchemaUnknown(f"{kind.name} is no shared reference data")
    record = kind.decode(value)
    return f"{id_field[0]}/{record[id_field[1]]}", record["version"]


def _row_hash(key: str, value: bytes) -> bytes:
    return blake2b(value, digest_size=SUM_BYTES, key=blake2b(key.encode(), digest_size=SUM_BYTES).digest()).digest()


def _number(key: str, value: bytes) -> int:
    return int.from_bytes(_row_hash(key, value), "big")


def _area(value: bytes) -> Area:
    record = REGION.decode(value)
    return Area(
        record["admdvs"],
        record["node"],
        record["pooling_area"],
        record["hospital_inbox"],
        record["catalogue"],
        record["id_card_accepted"],
    )


def _house(value: bytes) -> House:
    record = INSTITUTION.decode(value)
    return House(record["fixmedins_code"], record["admdvs"], record["setl_lv"], record["dialect"])


def _catalogue(value: bytes) -> Catalogue:
    return Catalogue.of(CATALOGUE.decode(value))


def _dialect(value: bytes) -> Dialect:
    record = DIALECT.decode(value)
    return Dialect(record["dialect"], record["items"], record["categories"])


_MAKERS: Final[dict[str, Callable[[bytes], Any]]] = {
    "region": _area,
    "institution": _house,
    "catalogue": _catalogue,
    "dialect": _dialect,
}
_KINDS: Final = {
    "Region": ("region", "admdvs"),
    "Institution": ("institution", "fixmedins_code"),
    "Catalogue": ("catalogue", "catalogue"),
    "Dialect": ("dialect", "dialect"),
}
