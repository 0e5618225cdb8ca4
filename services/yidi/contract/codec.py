"""Records to bytes and back. Wire: magic byte 0, 4-byte big-endian schema id, Avro binary body."""

import io
import struct
from typing import Any, Final, Generic, TypeVar

import fastavro

from yidi.contract import generate, records, schemas

T = TypeVar("T")

MAGIC: Final = 0
PREFIX_BYTES: Final = 5


class WireError(Exception):
    """Bytes that cannot be read as the record that was expected."""


class Undecodable(WireError):  # noqa: N818 — the table of faults calls it so
    """The bytes are no message: no magic byte, a broken body, or something after it."""


class SchemaUnknown(WireError):  # noqa: N818 — the table of faults calls it so
    """The schema id is not ours, or is that of another record."""


class EncodeError(Exception):
    """A record does not fit its schema; the text names record and field."""


class RecordType(Generic[T]):
    """One record of the contract: its name, its id on the wire, and its way to bytes and back."""

    def __init__(self, name: str) -> None:
        self.name = name
        root = schemas.folder()
        entries = [entry for entry in schemas.read_ids(root) if entry.record == name]
        self.schema_id = entries[-1].id
        self._schema = fastavro.parse_schema(schemas.version(root, entries[-1]))
        self._writers = {e.id: fastavro.parse_schema(schemas.version(root, e)) for e in entries}
        self._prefix = struct.pack(">BI", MAGIC, self.schema_id)
        _BY_ID.update(dict.fromkeys(self._writers, self))

    def encode(self, record: T) -> bytes:
        out = io.BytesIO(self._prefix)
        out.seek(PREFIX_BYTES)
        try:
            fastavro.schemaless_writer(out, self._schema, record, strict=True)
        except Exception as error:
            raise EncodeError(f"{self.name}: {error}") from error
        return out.getvalue()

    def decode(self, value: bytes) -> T:
        writer = self._writers.get(_schema_id(value))
        if writer is None:
            raise SchemaUnknown(f"schema id {_schema_id(value)} is not {self.name}")
        body = io.BytesIO(value)
        body.seek(PREFIX_BYTES)
        record: Any = _read(body, writer, None if writer is self._writers[self.schema_id] else self._schema)
        if body.tell() != len(value):
            raise Undecodable(f"{len(value) - body.tell()} bytes follow the {self.name}")
        return record  # type: ignore[no-any-return]


class RequestType(RecordType[records.SettlementRequest]):
    """The settlement request, whose routing head can be read alone."""

    def head(self, value: bytes) -> records.SettlementRequestHead:
        """The fields before `categories`; what follows them is not looked at."""
        if _schema_id(value) not in self._writers:
            raise SchemaUnknown(f"schema id {_schema_id(value)} is not {self.name}")
        body = io.BytesIO(value)
        body.seek(PREFIX_BYTES)
        head: Any = _read(body, self._head_schema(), None)
        return head  # type: ignore[no-any-return]

    def _head_schema(self) -> Any:  # noqa: ANN401
        if not hasattr(self, "_head"):
            self._head = fastavro.parse_schema(generate.head_of(schemas.current(schemas.folder())[self.name]))
        return self._head


_BY_ID: dict[int, RecordType[Any]] = {}


def record_type_of(value: bytes) -> RecordType[Any]:
    """Which record the bytes are, by their schema id."""
    found = _BY_ID.get(_schema_id(value))
    if found is None:
        raise SchemaUnknown(f"schema id {_schema_id(value)} is none of the contract's")
    return found


def _schema_id(value: bytes) -> int:
    if len(value) <= PREFIX_BYTES or value[0] != MAGIC:
        raise Undecodable("no message: it does not start with magic byte 0 and a schema id")
    return int.from_bytes(value[1:PREFIX_BYTES], "big")


def _read(body: io.BytesIO, writer: Any, reader: Any) -> Any:  # noqa: ANN401
    try:
        return fastavro.schemaless_reader(body, writer, reader)
    except Exception as error:
        raise Undecodable(f"broken body: {error!r}") from error


CATALOGUE: Final = RecordType[records.Catalogue]("Catalogue")
CHARGE_DETAILS: Final = RecordType[records.ChargeDetails]("ChargeDetails")
DIALECT: Final = RecordType[records.Dialect]("Dialect")
ENCOUNTER_CHARGES: Final = RecordType[records.EncounterCharges]("EncounterCharges")
ERROR_REPORT: Final = RecordType[records.ErrorReport]("ErrorReport")
FILING_HISTORY: Final = RecordType[records.FilingHistory]("FilingHistory")
FORWARDED_REQUEST: Final = RecordType[records.ForwardedRequest]("ForwardedRequest")
INSTITUTION: Final = RecordType[records.Institution]("Institution")
JOURNAL_ENTRY: Final = RecordType[records.JournalEntry]("JournalEntry")
OPERATOR_ACTION: Final = RecordType[records.OperatorAction]("OperatorAction")
PERSON_HISTORY: Final = RecordType[records.PersonHistory]("PersonHistory")
REFERENCE_CHANGE: Final = RecordType[records.ReferenceChange]("ReferenceChange")
REGION: Final = RecordType[records.Region]("Region")
SETTLEMENT_REQUEST: Final = RequestType("SettlementRequest")
SETTLEMENT_RESULT: Final = RecordType[records.SettlementResult]("SettlementResult")
