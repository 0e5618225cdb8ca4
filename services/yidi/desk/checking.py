"""What is wrong with an amended encounter, field by field, as far as can be seen without the chain. Pure.

The same for the form while somebody types and for the amendment that is sent; the chain judges again.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from yidi.contract.codec import ENCOUNTER_CHARGES, EncodeError
from yidi.desk.chinese import chinese
from yidi.domain.codes import CertType, InsuType, MedType
from yidi.domain.instants import business_date
from yidi.domain.money import FEN_MAX, round_half_up, yuan_of_fen

Record = Mapping[str, Any]
CLOSED: Final[Mapping[str, tuple[str, ...]]] = {
    "med_type": tuple(MedType),
    "insutype": tuple(InsuType),
    "mdtrt_cert_type": tuple(CertType),
}
FEN_SCALE: Final = 10**8
"""count × price is scaled by 10^4 × 10^6 yuan: so much of it is one fen."""
OFF_BY_MAX: Final = 1
"""Fen that a line's amount may differ from count times price (domain §5)."""


class Problem(NamedTuple):
    """One field and what is wrong with it."""

    field: str
    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.field}: {self.en}"


def problems(record: Record) -> list[Problem]:
    """Everything that is wrong; when the schema refuses a field, only that, since nothing can be added up then."""
    return list(_unfit(record)) or [*_codes(record), *_dates(record), *_sums(record)]


def _unfit(record: Record) -> Iterator[Problem]:
    try:
        ENCOUNTER_CHARGES.encode(record)  # type: ignore[arg-type]
    except EncodeError as error:
        field, words = _named(record, str(error))
        yield Problem(field, f"不符合报文格式：{chinese(words)}", words)


def _named(record: Record, words: str) -> tuple[str, str]:
    """The field of the form that the codec's words are about: `EncounterCharges.lines[0].cnt: …`."""
    path, _, what = words.partition(": ")
    name = path.partition(".")[2].replace("[", ".").replace("]", "")
    return (name, what) if name.partition(".")[0] in record else ("", words)


def _codes(record: Record) -> Iterator[Problem]:
    for field, known in CLOSED.items():
        if record[field] not in known:
            yield Problem(field, f"只能是 {'、'.join(known)}", f"is none of {', '.join(known)}")


def _dates(record: Record) -> Iterator[Problem]:
    for field in ("begntime", "endtime"):
        if record[field] is not None and not _is_date(record[field]):
            yield Problem(field, "不是日期", "is no date")
            return
    if record["endtime"] is not None and record["endtime"] < record["begntime"]:
        yield Problem("endtime", "早于开始时间", "lies before begntime")


def _is_date(instant_ms: int) -> bool:
    try:
        business_date(instant_ms)
    except (ValueError, OverflowError):
        return False
    return True


def _sums(record: Record) -> Iterator[Problem]:
    total = 0
    for nr, line in enumerate(record["lines"]):
        amount, product = line["det_item_fee_sumamt"], round_half_up(line["cnt"] * line["pric"], FEN_SCALE)
        total += amount
        if abs(amount - product) > OFF_BY_MAX:
            is_yuan = yuan_of_fen(product)
            words = f"is {amount} fen, count times price is {product} fen ({is_yuan} yuan)"
            yield Problem(f"lines.{nr}.det_item_fee_sumamt", f"数量×单价为 {is_yuan} 元", words)
    stated = record["medfee_sumamt"]
    if not 0 <= stated <= FEN_MAX:
        yield Problem("medfee_sumamt", "超出范围", "is out of range")
    elif stated != total:
        words = f"is {stated} fen, the lines add up to {total} fen ({yuan_of_fen(total)} yuan)"
        yield Problem("medfee_sumamt", f"明细合计为 {yuan_of_fen(total)} 元", words)
