"""Records to bytes and back. Wire: magic byte 0, 4-byte big-endian schema id, Avro binary body.

    WireError               bytes that cannot be read as the record that was expected
    ├── Undecodable         no message: no magic byte, a broken body, something after the record
    └── SchemaUnknown       a schema id that is not ours, or that of another record
    EncodeError             a record that does not fit its schema: a defect of the program that made it

Bytes of any kind either decode or raise a `WireError`; never anything else, and never with more memory than 150 times
their own size (steps of two bytes each; an ordinary message takes 2 to 17 times). What decodes also encodes.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final, Generic, TypeVar

from yidi.contract import decoders, encoders, records, schemas
from yidi.contract.misfits import first_misfit
from yidi.contract.resolution import resolved
from yidi.contract.schemas import Schema, SchemaVersion

T = TypeVar("T")

MAGIC: Final = b"\0"
PREFIX_BYTES: Final = 5


class WireError(Exception):
    """Bytes that cannot be read as the record that was expected."""


class Undecodable(WireError):
    """The bytes are no message: no magic byte, a broken body, or something after it."""


class SchemaUnknown(WireError):
    """The schema id is not ours, or is that of another record."""


class EncodeError(Exception):
    """A record does not fit its schema; the text names record and field, and shows no text of the record."""


class RecordType(Generic[T]):
    """One record of the contract: its name, its id on the wire, and its way to bytes and back.

    The ids of all its versions are `versions`; the newest is what it writes, and what older ones are resolved to.
    Encoder and decoder are compiled when they are first needed.
    """

    def __init__(self, name: str, versions: Iterable[SchemaVersion]) -> None:
        self.name = name
        self.bind(versions)

    def bind(self, versions: Iterable[SchemaVersion]) -> None:
        """Take other ids for the same versions, as a schema registry gives them. Before anything is encoded."""
        mine = sorted((v for v in versions if v.record == self.name), key=lambda v: v.version)
        self._versions = {v.id: v for v in mine}
        self.schema_id: int = mine[-1].id
        self._prefix = MAGIC + self.schema_id.to_bytes(PREFIX_BYTES - 1, "big")
        self._encode: encoders.Encoder = self._first_encode
        self._decode: decoders.Decoder = self._first_decode
        self._older: dict[int, decoders.Decoder] = {}

    def encode(self, record: T) -> bytes:
        """The wire bytes. EncodeError when a field is missing, unknown, mistyped or out of range."""
        try:
            return self._encode(record)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise EncodeError(f"cannot encode {first_misfit(self.schema(), record)}") from error

    def decode(self, value: bytes) -> T:
        """The record, whichever version wrote it; `Undecodable` or `SchemaUnknown` for all other bytes."""
        decode = self._decode if value[:PREFIX_BYTES] == self._prefix else self._decoder(value)
        return _whole(self.name, decode, value)  # type: ignore[no-any-return]

    def schema(self) -> Schema:
        """The newest schema."""
        return schemas.version(schemas.folder(), self._versions[self.schema_id])

    @property
    def schema_ids(self) -> frozenset[int]:
        """The ids of all versions."""
        return frozenset(self._versions)

    def _decoder(self, value: bytes) -> decoders.Decoder:
        schema_id = schema_id_of(value)
        if schema_id not in self._versions:
            raise SchemaUnknown(f"schema id {schema_id} is not {self.name}, whose id is {self.schema_id}")
        if schema_id not in self._older:
            self._older[schema_id] = self._older_decoder(schema_id)
        return self._older[schema_id]

    def _older_decoder(self, schema_id: int) -> decoders.Decoder:
        writer, reader = schemas.version(schemas.folder(), self._versions[schema_id]), self.schema()
        decode = decoders.decoder_of(writer)

        def decode_and_resolve(data: bytes, at: int) -> tuple[Any, int]:
            record, end = decode(data, at)
            return resolved(writer, reader, record), end

        return decode_and_resolve

    def _first_encode(self, record: T) -> bytes:
        self._encode = encoders.encoder_of(self.schema(), self._prefix)
        return self._encode(record)

    def _first_decode(self, data: bytes, at: int) -> tuple[Any, int]:
        self._decode = decoders.decoder_of(self.schema())
        return self._decode(data, at)


class RequestType(RecordType[records.SettlementRequest]):
    """The settlement request, whose routing head can be read alone."""

    def bind(self, versions: Iterable[SchemaVersion]) -> None:
        super().bind(versions)
        self._head: decoders.Decoder = self._first_head

    def head(self, value: bytes) -> records.SettlementRequestHead:
        """The fields before `categories`. What follows them is not looked at: it may be broken.

        Of an older version the whole request is read.
        """
        if value[:PREFIX_BYTES] == self._prefix:
            head, end = _guarded(self.name, self._head, value)
            if end > len(value):
                raise Undecodable(f"the {self.name} ends before its categories")
            return head  # type: ignore[no-any-return]
        older = self.decode(value)
        return {name: older[name] for name in records.SettlementRequestHead.__annotations__}  # type: ignore[literal-required,return-value]

    def _first_head(self, data: bytes, at: int) -> tuple[Any, int]:
        self._head = decoders.decoder_of(schemas.head_of(self.schema()))
        return self._head(data, at)


def schema_id_of(value: bytes) -> int:
    """The schema id that bytes begin with; `Undecodable` when they do not begin like a message."""
    if len(value) <= PREFIX_BYTES or value[:1] != MAGIC:
        raise Undecodable(f"{len(value)} bytes that do not begin with magic byte 0, a schema id and a body")
    return int.from_bytes(value[1:PREFIX_BYTES], "big")


def record_type_of(value: bytes) -> RecordType[Any]:
    """Which record the bytes are, by their schema id; `Undecodable` or `SchemaUnknown` when they are none."""
    schema_id = schema_id_of(value)
    found = _BY_ID.get(schema_id)
    if found is None:
        raise SchemaUnknown(f"schema id {schema_id} is none of the contract's")
    return found


def use_ids(versions: Iterable[SchemaVersion]) -> None:
    """Take other ids, as a schema registry gives them: once, at start, before anything is encoded or decoded."""
    entries = list(versions)
    for record_type in RECORD_TYPES:
        record_type.bind(entries)
    _BY_ID.clear()
    _BY_ID.update(_by_id())


def _whole(name: str, decode: decoders.Decoder, value: bytes) -> Any:  # noqa: ANN401 — the record of any type
    record, end = _guarded(name, decode, value)
    if end != len(value):
        where = f"{len(value) - end} bytes follow it" if end < len(value) else "the bytes end inside it"
        raise Undecodable(f"no whole {name}: {where}")
    return record


def _guarded(name: str, decode: Callable[[bytes, int], tuple[Any, int]], value: bytes) -> tuple[Any, int]:
    try:
        return decode(value, PREFIX_BYTES)
    except IndexError:
        raise Undecodable(f"no whole {name}: the bytes end inside it") from None
    except decoders.BROKEN as error:
        raise Undecodable(f"no {name}: {type(error).__name__} {error}") from error


_IDS: Final = schemas.frozen_ids(schemas.folder())

CATALOGUE: Final = RecordType[records.Catalogue]("Catalogue", _IDS)
CHARGE_DETAILS: Final = RecordType[records.ChargeDetails]("ChargeDetails", _IDS)
DIALECT: Final = RecordType[records.Dialect]("Dialect", _IDS)
ENCOUNTER_CHARGES: Final = RecordType[records.EncounterCharges]("EncounterCharges", _IDS)
ERROR_REPORT: Final = RecordType[records.ErrorReport]("ErrorReport", _IDS)
FILING_HISTORY: Final = RecordType[records.FilingHistory]("FilingHistory", _IDS)
FORWARDED_REQUEST: Final = RecordType[records.ForwardedRequest]("ForwardedRequest", _IDS)
INSTITUTION: Final = RecordType[records.Institution]("Institution", _IDS)
JOURNAL_ENTRY: Final = RecordType[records.JournalEntry]("JournalEntry", _IDS)
OPERATOR_ACTION: Final = RecordType[records.OperatorAction]("OperatorAction", _IDS)
PERSON_HISTORY: Final = RecordType[records.PersonHistory]("PersonHistory", _IDS)
REFERENCE_CHANGE: Final = RecordType[records.ReferenceChange]("ReferenceChange", _IDS)
REGION: Final = RecordType[records.Region]("Region", _IDS)
SETTLEMENT_REQUEST: Final = RequestType("SettlementRequest", _IDS)
SETTLEMENT_RESULT: Final = RecordType[records.SettlementResult]("SettlementResult", _IDS)

RECORD_TYPES: Final[tuple[RecordType[Any], ...]] = (
    CATALOGUE,
    CHARGE_DETAILS,
    DIALECT,
    ENCOUNTER_CHARGES,
    ERROR_REPORT,
    FILING_HISTORY,
    FORWARDED_REQUEST,
    INSTITUTION,
    JOURNAL_ENTRY,
    OPERATOR_ACTION,
    PERSON_HISTORY,
    REFERENCE_CHANGE,
    REGION,
    SETTLEMENT_REQUEST,
    SETTLEMENT_RESULT,
)


def _by_id() -> dict[int, RecordType[Any]]:
    return {schema_id: record_type for record_type in RECORD_TYPES for schema_id in record_type.schema_ids}


_BY_ID: Final[dict[int, RecordType[Any]]] = _by_id()
