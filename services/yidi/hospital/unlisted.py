"""Items that a catalogue does not list, as a manual claim takes them: fully self-paid, instead of a refusal [d].

In a direct settlement an unmatched item stops the bill until it is mapped; the counter of a manual claim strikes it out
and pays the rest.
"""

from collections.abc import Iterable

from msgspec import structs

from yidi.contract import records
from yidi.domain.faults import Refusal
from yidi.domain.instants import business_days
from yidi.hospital.catalogue import Entry, Tariff
from yidi.hospital.conversion import GRADE_C


def with_unlisted(tariff: Tariff, lines: Iterable[records.ChargeLine]) -> tuple[Tariff, tuple[str, ...]]:
    """The tariff that takes every line, and the codes that it takes as fully self-paid, in the order of the bill."""
    entries, mapped = dict(tariff.catalogue.entries), dict(tariff.dialect.items)
    struck: dict[str, None] = {}
    for line in lines:
        if line["cnt"] <= 0 or _is_listed(tariff, line):
            continue
        local = line["medins_list_codg"]
        code = line["med_list_codg"] or mapped.setdefault(local, local)
        entries[code] = (_struck(code, business_days(line["fee_ocur_time"])), *entries.get(code, ()))
        struck[code] = None
    catalogue = structs.replace(tariff.catalogue, entries=entries)
    return structs.replace(tariff, catalogue=catalogue, dialect=structs.replace(tariff.dialect, items=mapped)), tuple(
        struck
    )


def _is_listed(tariff: Tariff, line: records.ChargeLine) -> bool:
    try:
        tariff.entry(line, business_days(line["fee_ocur_time"]))
    except Refusal:
        return False
    return True


def _struck(code: str, day: int) -> Entry:
    """Nothing of it is payable on that day; on the days that the catalogue knows, what the catalogue says."""
    return Entry(med_list_codg=code, chrgitm_lv=GRADE_C, selfpay_prop=0, ceilings={}, begndate=day, enddate=day)
