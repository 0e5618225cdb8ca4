"""How values look."""

import pytest

from yidi.console.figures import BYTES_SHOWN_MAX, age, hexdump, moment, raw_bytes, region, shown, yuan
from yidi.console.words import CLASSES, REPLAYS, STATES, said
from yidi.desk.states import State
from yidi.domain.faults import FAULTS


@pytest.mark.parametrize(("fen", "text"), [(0, "0.00"), (5, "0.05"), (123_456_789, "1,234,567.89"), (-2_300, "−23.00")])
def test_amounts_are_yuan_with_separators(fen: int, text: str):
    """From fen, exactly."""
    assert yuan(fen) == text


def test_instants_are_times_in_shanghai():
    """The epoch is eight in the morning there; nothing for no instant."""
    assert moment(0) == "1970-01-01 08:00:00"
    assert moment(None) == ""


@pytest.mark.parametrize(
    ("milliseconds", "zh", "en"),
    [
        (0, "0秒", "0 s"),
        (59_999, "59秒", "59 s"),
        (3_661_000, "1小时 1分", "1 h 1 min"),
        (180_000_000, "2天 2小时", "2 d 2 h"),
        (-5, "0秒", "0 s"),
    ],
)
def test_ages_have_the_units_that_matter(milliseconds: int, zh: str, en: str):
    """Two units at most."""
    assert (age(milliseconds, "zh"), age(milliseconds, "en")) == (zh, en)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("medfee_sumamt", 2_200_000, "22,000.00 元"),
        ("psn_cash_pay", 5, "0.05 元"),
        ("pool_prop_selfpay", 7000, "7000"),
        ("cnt", 25_000, "2.5"),
        ("pric", 1_250_000, "1.25"),
        ("begntime", 0, "0"),
        ("begntime", 1_763_700_000_000, "2025-11-21 12:40:00"),
        ("er_flag", True, "✓"),
        ("er_flag", False, "✗"),
        ("amends", None, "—"),
        ("insuplc_admdvs", "330100", "330100 杭州市"),
        ("insuplc_admdvs", "999999", "999999"),
        ("psn_name", "张*", "张*"),
    ],
)
def test_fields_are_shown_by_their_names(name: str, value: object, text: str):
    """Amounts in yuan, scaled numbers with their point, instants as times, regions with names."""
    assert shown(name, value) == text


def test_region_that_is_not_said_is_nothing():
    """No number, no words."""
    assert region(None) == ""


def test_bytes_are_shown_in_rows_of_sixteen():
    """Where, as hex, as text; what cannot be printed is a point."""
    first, second = hexdump(b"\x00yidi" + b"\xff" * 12)
    assert (first.offset, second.offset) == ("000000", "000010")
    assert first.hex.startswith("00 79 69 64 69 ff")
    assert first.text == "·yidi···········"
    assert second.hex == "ff"


def test_very_long_records_are_cut():
    """The page stays small."""
    assert len(list(hexdump(b"x" * (BYTES_SHOWN_MAX * 2)))) == BYTES_SHOWN_MAX // 16


@pytest.mark.parametrize(("text", "raw"), [("00ff", b"\x00\xff"), ("", b""), (None, b""), ("12 bytes", b"12 bytes")])
def test_hex_of_the_desk_becomes_bytes(text: str | None, raw: bytes):
    """What is no hex is shown as it is."""
    assert raw_bytes(text) == raw


def test_every_state_of_a_case_has_words():
    """In both languages; a newer desk's word is shown as it is."""
    assert all(state in STATES for state in State)
    assert all(fault.replayable in REPLAYS and fault.fault_class in CLASSES for fault in FAULTS.values())
    assert said(STATES, "open", "zh") == "待处理"
    assert said(STATES, "brand_new", "en") == "brand_new"
