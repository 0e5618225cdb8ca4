"""Reading the beginning of a message: what the platform needs of it, and not the lines that follow (design §2).

What follows the part is not looked at and may be broken: its receiver, who reads all of it, reports that.
"""

from typing import Any, Final, Generic, TypedDict, TypeVar

from yidi.contract import decoders, records
from yidi.contract.codec import CHARGE_DETAILS, PREFIX_BYTES, SETTLEMENT_REQUEST, RecordType, Undecodable, schema_id_of
from yidi.contract.schemas import Schema

T = TypeVar("T")


class Claim(records.SettlementRequestHead):
    """A settlement request without its lines."""

    categories: list[records.FeeCategoryTotal]


class Details(TypedDict):
    """Charge details without their lines."""

    msgid: str
    setl_id: str
    request_msgid: str
    psn_no: str
    insuplc_admdvs: str
    mdtrtarea_admvs: str
    fixmedins_code: str
    mdtrt_id: str


class Beginning(Generic[T]):
    """The fields of a record before `lines`, for every version of its schema; raises `WireError` like the codec."""

    def __init__(self, record_type: RecordType[Any]) -> None:
        self._type = record_type
        self._decode: decoders.Decoder | None = None

    def read(self, value: bytes) -> T:
        if schema_id_of(value) != self._type.schema_id:
            return self._whole(value)
        if self._decode is None:
            self._decode = decoders.decoder_of(_before_lines(self._type.schema()))
        try:
            record, end = self._decode(value, PREFIX_BYTES)
        except decoders.BROKEN as error:
            raise Undecodable(f"no {self._type.name}: {type(error).__name__} {error}") from error
        if end > len(value):
            raise Undecodable(f"no whole {self._type.name}: the bytes end inside it")
        return record  # type: ignore[no-any-return]

    def _whole(self, value: bytes) -> T:
        """An older version is resolved as a whole; a foreign one is refused."""
        record: Any = dict(self._type.decode(value))
        del record["lines"]
        return record  # type: ignore[no-any-return]


def _before_lines(schema: Schema) -> Schema:
    names = [field["name"] for field in schema["fields"]]
    return {**schema, "fields": schema["fields"][: names.index("lines")]}


CLAIM: Final = Beginning[Claim](SETTLEMENT_REQUEST)
DETAILS: Final = Beginning[Details](CHARGE_DETAILS)
