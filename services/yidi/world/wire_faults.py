"""Records that are no message of ours, and changes that the registry does not accept: an error report, no answer."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Final

from yidi.contract import records, topics
from yidi.contract.codec import CATALOGUE, REFERENCE_CHANGE
from yidi.world.catalogues import catalogues
from yidi.world.dice import Dice
from yidi.world.fault_case import FaultCase, Sent, anything, good, sent
from yidi.world.seed import SHARED_KEY, change

FOREIGN_SCHEMA: Final = bytes((0, 0, 15, 66, 63)) + b"foreign"
"""Magic byte, a schema id that nobody gave, and a body."""
NOISE_BYTES: Final = 200
ATTEMPT_TOO_HIGH: Final = b"21"


def _spoilt(code: str, spoil: Callable[[Sent], Sent], today: date) -> FaultCase:
    case = good(code, today, anything)
    return FaultCase(code, "hospital", (spoil(sent(case.encounter)),), case.changes(), refused=False)


def _noise(record: Sent) -> Sent:
    dice = Dice("noise", record.key.hex())
    return replace(record, value=bytes(dice.between(1, 255) for _ in range(NOISE_BYTES)))


def _foreign(record: Sent) -> Sent:
    return replace(record, value=FOREIGN_SCHEMA)


def _other_key(record: Sent) -> Sent:
    return replace(record, key=b"somebody-else")


def _other_partition(record: Sent) -> Sent:
    right = topics.partition_of(record.key, topics.PARTITIONS)
    return replace(record, partition=(right + 1) % topics.PARTITIONS)


def _too_often(record: Sent) -> Sent:
    return replace(record, headers=(("attempt", ATTEMPT_TOO_HIGH),))


def _invalid_change(today: date) -> FaultCase:
    """A ratio above 100 %: nothing is published."""
    first = catalogues()[0]
    items: list[records.CatalogueItem] = [{**first["items"][0], "selfpay_prop": 20_000}]
    bad: records.Catalogue = {**first, "catalogue": "catalogue-fault", "items": items}
    return _refused("REFERENCE_INVALID", change("catalogue/catalogue-fault", CATALOGUE.encode(bad), today))


def _stale_change(today: date) -> FaultCase:
    """Made from a version that never was."""
    new: records.Catalogue = {**catalogues()[0], "catalogue": "catalogue-stale"}
    asked = change("catalogue/catalogue-stale", CATALOGUE.encode(new), today)
    return _refused("REFERENCE_STALE", {**asked, "base_version": 10**9})


def _refused(code: str, asked: records.ReferenceChange) -> FaultCase:
    sends = (Sent(topics.REGISTRY_REQUESTS, SHARED_KEY, REFERENCE_CHANGE.encode(asked)),)
    return FaultCase(code, "registry", sends, refused=False)


WIRE_FAULTS: Final[dict[str, Callable[[date], FaultCase]]] = {
    "ATTEMPT_LIMIT": partial(_spoilt, "ATTEMPT_LIMIT", _too_often),
    "KEY_DIFFERS": partial(_spoilt, "KEY_DIFFERS", _other_key),
    "SCHEMA_UNKNOWN": partial(_spoilt, "SCHEMA_UNKNOWN", _foreign),
    "UNDECODABLE": partial(_spoilt, "UNDECODABLE", _noise),
    "WRONG_PARTITION": partial(_spoilt, "WRONG_PARTITION", _other_partition),
    "REFERENCE_INVALID": _invalid_change,
    "REFERENCE_STALE": _stale_change,
}
