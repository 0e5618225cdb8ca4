import io
import tracemalloc
from typing import Any

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.stored import example
from tests.contract.strategies import records_of
from yidi.contract import codec, records, schemas
from yidi.contract.codec import RECORD_TYPES, EncodeError, RecordType, SchemaUnknown, Undecodable, WireError
from yidi.domain.codes import Operation

every_type = pytest.mark.parametrize("record_type", RECORD_TYPES, ids=lambda record_type: record_type.name)


def written_by_fastavro(record_type: RecordType[Any], record: object) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(record_type.schema()), record, strict=True)
    return b"\0" + record_type.schema_id.to_bytes(4, "big") + out.getvalue()


@every_type
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_agrees_with_fastavro(record_type: RecordType[Any], data: st.DataObject):
    """Any record becomes the very bytes that an independent Avro library writes, and comes back equal."""
    record = data.draw(records_of(record_type.schema()))

    value = record_type.encode(record)

    assert value == written_by_fastavro(record_type, record)
    assert record_type.decode(value) == record


@every_type
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_any_bytes_decode_or_raise_a_wire_error(record_type: RecordType[Any], data: st.DataObject):
    """Random bytes after our prefix decode to a record that encodes again, or raise a WireError; nothing else."""
    prefix = b"\0" + record_type.schema_id.to_bytes(4, "big")
    value = prefix + data.draw(st.binary(max_size=200))
    try:
        record = record_type.decode(value)
    except WireError:
        return
    assert record_type.decode(record_type.encode(record)) == record


@every_type
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_damaged_messages_decode_or_raise_a_wire_error(record_type: RecordType[Any], data: st.DataObject):
    """A message with bytes cut out, flipped or put in decodes to something encodable, or raises a WireError."""
    value = bytearray(record_type.encode(example(record_type.name)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(5, max(5, len(value) - 1)))
        value[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=10))
    try:
        record = record_type.decode(bytes(value))
    except WireError:
        return
    assert record_type.decode(record_type.encode(record)) == record


@every_type
def test_truncated_anywhere_is_undecodable(record_type: RecordType[Any]):
    """A message cut at any byte is refused: no prefix of a message is a message."""
    value = record_type.encode(example(record_type.name))
    for end in range(len(value)):
        with pytest.raises(Undecodable):
            record_type.decode(value[:end])


@every_type
def test_bytes_after_the_record_are_refused(record_type: RecordType[Any]):
    """One byte after the record makes it undecodable."""
    value = record_type.encode(example(record_type.name))
    with pytest.raises(Undecodable, match="1 bytes follow"):
        record_type.decode(value + b"\0")


@every_type
def test_missing_and_unknown_fields_are_refused(record_type: RecordType[Any]):
    """A record must have each field of its schema and no other; the error names record and field."""
    record = example(record_type.name)
    first = next(iter(record))
    without = {name: value for name, value in record.items() if name != first}
    with pytest.raises(EncodeError, match=f"{record_type.name}.{first}: missing"):
        record_type.encode(without)
    with pytest.raises(EncodeError, match=f"{record_type.name}.surplus: the schema has no such field"):
        record_type.encode({**record, "surplus": 1})
    with pytest.raises(EncodeError, match=f"{record_type.name}.{first}: missing"):
        record_type.encode({**without, "surplus": 1})


@pytest.mark.parametrize(
    ("field", "wrong", "message"),
    [
        ("medfee_sumamt", 1.0, "medfee_sumamt: float 1.0, not long"),
        ("medfee_sumamt", True, "medfee_sumamt: bool True, not long"),
        ("medfee_sumamt", "12540", "medfee_sumamt: str, not long"),
        ("medfee_sumamt", None, "medfee_sumamt: NoneType, not long"),
        ("medfee_sumamt", 2**63, "medfee_sumamt: 9223372036854775808 does not fit into an Avro long"),
        ("medfee_sumamt", -(2**63) - 1, "does not fit into an Avro long"),
        ("acct_pay_amt", 1.5, "acct_pay_amt: float 1.5, not long"),
        ("er_flag", 1, "er_flag: int 1, not boolean"),
        ("er_flag", None, "er_flag: NoneType, not boolean"),
        ("psn_no", 33, "psn_no: int 33, not string"),
        ("psn_no", b"33", "psn_no: bytes, not string"),
        ("psn_no", "\ud800", "psn_no: the text holds half a character"),
        ("operation", "STEAL", "operation: str, none of SETTLE, PRE_SETTLE"),
        ("operation", ["SETTLE"], "operation: list, none of SETTLE"),
        ("lines", (), "lines: tuple, not array"),
        ("lines", "ab", "lines: str, not array"),
        ("categories", [{}], r"categories\[0\].med_chrgitm_type: missing"),
        ("categories", [None], r"categories\[0\]: NoneType, not record"),
    ],
)
def test_mistyped_fields_are_refused(field: str, wrong: object, message: str):
    """A value of another type or range is refused, with the path to it and no text of the record."""
    record: Any = {**example("SettlementRequest"), field: wrong}
    with pytest.raises(EncodeError, match=f"SettlementRequest.{message}" if message.startswith(field) else message):
        codec.SETTLEMENT_REQUEST.encode(record)


@pytest.mark.parametrize("wrong", [2**31, -(2**31) - 1])
def test_int_fields_have_32_bits(wrong: int):
    """An Avro int is refused beyond 32 bits, where libraries of other languages could not read it."""
    record: Any = example("SettlementRequest")
    record["categories"][0]["item_cnt"] = wrong
    with pytest.raises(EncodeError, match=r"categories\[0\].item_cnt: -?\d+ does not fit into an Avro int"):
        codec.SETTLEMENT_REQUEST.encode(record)


def test_a_map_is_checked_too():
    """Keys and values of a map are as strict as fields."""
    record: Any = example("Dialect")
    with pytest.raises(EncodeError, match=r"Dialect\.items key: int 7, not string"):
        codec.DIALECT.encode({**record, "items": {7: "x"}})
    with pytest.raises(EncodeError, match=r"Dialect\.items\['x'\]: int 7, not string"):
        codec.DIALECT.encode({**record, "items": {"x": 7}})


@pytest.mark.parametrize("wrong", [None, [], "text", 7])
def test_what_is_no_record_is_refused(wrong: Any):
    """Anything but a dict is refused as what it is."""
    with pytest.raises(EncodeError, match=r"SettlementRequest: .*not record"):
        codec.SETTLEMENT_REQUEST.encode(wrong)


def test_an_encode_error_shows_no_text_of_the_record():
    """A name that stands in a wrong place is not repeated in the error, which ends up in logs."""
    record: Any = {**example("EncounterCharges"), "medfee_sumamt": "张三丰"}
    with pytest.raises(EncodeError) as caught:
        codec.ENCOUNTER_CHARGES.encode(record)
    assert "张三丰" not in str(caught.value)


def test_words_of_the_domain_are_encoded_as_they_are():
    """A StrEnum of the domain may stand where the schema has an enum or a string."""
    record: Any = {**example("SettlementRequest"), "operation": Operation.REVERSE, "med_type": Operation.QUERY}
    decoded = codec.SETTLEMENT_REQUEST.decode(codec.SETTLEMENT_REQUEST.encode(record))
    assert (decoded["operation"], decoded["med_type"]) == ("REVERSE", "QUERY")


@pytest.mark.parametrize("value", [b"", b"\0", b"\0\0\0\0\x01", b"\1\0\0\0\x01x", b'{"msgid": 1}', b"\xff" * 300])
def test_what_begins_otherwise_is_undecodable(value: bytes):
    """Bytes without magic byte, schema id and body are no message, and of no record type."""
    with pytest.raises(Undecodable):
        codec.SETTLEMENT_REQUEST.decode(value)
    with pytest.raises(Undecodable):
        codec.record_type_of(value)


def test_a_foreign_schema_id_is_unknown():
    """An id that is not in ids.json is SchemaUnknown, for the record type and in general."""
    value = b"\0" + (4_000_000_000).to_bytes(4, "big") + b"body"
    with pytest.raises(SchemaUnknown, match="4000000000"):
        codec.SETTLEMENT_REQUEST.decode(value)
    with pytest.raises(SchemaUnknown, match="4000000000"):
        codec.record_type_of(value)


def test_another_records_id_is_unknown():
    """Bytes of one record are refused where another is expected, and told apart by `record_type_of`."""
    value = codec.REGION.encode(example("Region"))
    with pytest.raises(SchemaUnknown):
        codec.SETTLEMENT_REQUEST.decode(value)
    with pytest.raises(SchemaUnknown):
        codec.SETTLEMENT_REQUEST.head(value)
    assert codec.record_type_of(value) is codec.REGION


def forged(body: bytes) -> bytes:
    """A person's filings P1, version 1, whose list of filings is `body`."""
    return b"\0" + codec.FILING_HISTORY.schema_id.to_bytes(4, "big") + b"\x04P1\x02" + body


@pytest.mark.parametrize(
    "body",
    [
        b"\x80\x80\x80\x80\x80\x40",  # 2^40 filings
        b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01",  # 2^63 − 1 filings
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x02",  # a block of −2^63 filings
        b"\x02\x80\x80\x80\x80\x80\x80\x80\x80\x40",  # a filing whose id is 2^61 bytes long
        b"\x02\x01",  # a text of length −1
        b"\x02\x04\xff\xff\x00",  # no UTF-8
        b"\x02\x02x\x01",  # enum index −1
        b"\x02\x02x\x7e",  # enum index 63
        b"\xff" * 40,  # a number that never ends
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",  # a number of 70 bits
    ],
)
def test_forged_lengths_are_refused_at_once(body: bytes):
    """A length, count or index that the bytes do not back is refused; nothing of its size is ever allocated."""
    with pytest.raises(Undecodable):
        codec.FILING_HISTORY.decode(forged(body))


def test_memory_is_bounded_by_the_size_of_the_message():
    """The worst message, steps of two bytes each, takes no more than 150 times its size, whole or cut off."""
    value = codec.SETTLEMENT_RESULT.encode({**example("SettlementResult"), "steps": [], "warnings": []})
    count = 10_000
    forged_steps = value[:-2] + fastavro_long(count) + b"\0\0" * count + b"\0\0"
    codec.SETTLEMENT_RESULT.decode(value)  # compiles the decoder, which is not what is measured
    tracemalloc.start()
    try:
        assert len(codec.SETTLEMENT_RESULT.decode(forged_steps)["steps"]) == count
        with pytest.raises(Undecodable):
            codec.SETTLEMENT_RESULT.decode(forged_steps[:-1])
        assert tracemalloc.get_traced_memory()[1] < 150 * len(forged_steps)
    finally:
        tracemalloc.stop()


def test_a_negative_length_is_no_empty_text():
    """A text of length −1 is refused, though the rest of the message is whole."""
    prefix = b"\0" + codec.FILING_HISTORY.schema_id.to_bytes(4, "big")
    assert codec.FILING_HISTORY.decode(prefix + b"\x00\x02\x00") == {"psn_no": "", "version": 1, "filings": []}
    with pytest.raises(Undecodable, match="a length is negative"):
        codec.FILING_HISTORY.decode(prefix + b"\x01\x02\x00")


@pytest.mark.parametrize("attempt", [2**31, -(2**31) - 1, 2**62])
def test_an_int_beyond_32_bits_is_undecodable(attempt: int):
    """What another library wrote beyond an int's range is refused, not carried on to where it cannot be written."""
    written = written_by_fastavro(codec.FORWARDED_REQUEST, {**example("ForwardedRequest"), "attempt": attempt})
    with pytest.raises(Undecodable, match="an int is outside 32 bits"):
        codec.FORWARDED_REQUEST.decode(written)


@pytest.mark.parametrize(("flag", "branch"), [(2, 0), (255, 0), (0, 4), (0, 1)])
def test_booleans_and_unions_are_strict(flag: int, branch: int):
    """A boolean is 0 or 1 and a union has two branches; other bytes are not guessed at."""
    action = codec.OPERATOR_ACTION.encode({**example("OperatorAction"), "authenticated": True, "action": "\x7f\x7f"})
    broken_flag = action.replace(b"\x01\x04\x7f\x7f", bytes([flag]) + b"\x04\x7f\x7f")
    request = codec.SETTLEMENT_REQUEST.encode({**example("SettlementRequest"), "lines": None})
    broken_union = request[:-1] + bytes([branch])
    with pytest.raises(Undecodable):
        (codec.OPERATOR_ACTION if flag else codec.SETTLEMENT_REQUEST).decode(broken_flag if flag else broken_union)


def test_blocks_with_sizes_are_read():
    """Arrays in several blocks, with negative counts and sizes, as other Avro libraries write them, are read."""
    filing = example("FilingHistory")["filings"][0]
    one: Any = {"psn_no": "P1", "version": 1, "filings": [filing]}
    item = codec.FILING_HISTORY.encode(one)[len(forged(b"\x02")) : -1]
    size = fastavro_long(len(item))
    value = forged(b"\x01" + size + item + b"\x02" + item + b"\0")
    assert codec.FILING_HISTORY.decode(value)["filings"] == [filing, filing]


def fastavro_long(number: int) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, "long", number)
    return out.getvalue()


def test_the_head_is_read_alone():
    """The head has the fields before the categories, whatever stands behind them; cut shorter it is undecodable."""
    record = example("SettlementRequest")
    value = codec.SETTLEMENT_REQUEST.encode(record)
    head = {name: record[name] for name in records.SettlementRequestHead.__annotations__}

    end = next(end for end in range(len(value)) if head_of(value[:end]) is not None)

    assert 100 < end < len(value) - 50
    assert head_of(value) == head_of(value[:end]) == head_of(value[:end] + b"\xff" * 50) == head


def head_of(value: bytes) -> records.SettlementRequestHead | None:
    try:
        return codec.SETTLEMENT_REQUEST.head(value)
    except Undecodable:
        return None


@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=300))
def test_a_head_of_any_bytes_raises_wire_errors_only(body: bytes):
    """Random bytes as a request's head are read or raise a WireError."""
    value = b"\0" + codec.SETTLEMENT_REQUEST.schema_id.to_bytes(4, "big") + body
    try:
        head = codec.SETTLEMENT_REQUEST.head(value)
    except WireError:
        return
    assert head["operation"] in records.Operation.__args__  # type: ignore[attr-defined]


def test_every_record_of_the_schemas_has_a_type():
    """Each schema has its constant, named like the record; each id leads to one record type."""
    named = {record_type.name for record_type in RECORD_TYPES}
    assert named == set(schemas.current(schemas.folder()))
    constants = {value.name: name for name, value in vars(codec).items() if isinstance(value, RecordType)}
    assert {name: constant.replace("_", "") for name, constant in constants.items()} == {n: n.upper() for n in named}


def test_other_ids_can_be_used():
    """After `use_ids` the same versions travel under the ids that a registry gave them."""
    given_ids = schemas.read_ids(schemas.folder())
    region = example("Region")
    before = codec.REGION.encode(region)
    try:
        codec.use_ids(schemas.renumbered(given_ids, {entry.id: entry.id + 1000 for entry in given_ids}))
        after = codec.REGION.encode(region)
        assert after[1:5] == (int.from_bytes(before[1:5], "big") + 1000).to_bytes(4, "big")
        assert after[5:] == before[5:]
        assert codec.record_type_of(after).decode(after) == region
        with pytest.raises(SchemaUnknown):
            codec.record_type_of(before)
    finally:
        codec.use_ids(given_ids)
    assert codec.REGION.decode(before) == region
