"""The tables of the platform's state, one partition's worth: reference data, requests, occupied encounters, details."""

from typing import Final, Generic, TypeVar

import msgspec

from yidi.platform.lifecycle import Request
from yidi.platform.reference import Institution, Person, Region
from yidi.runtime.decider import Put, View
from yidi.runtime.rows import Table

T = TypeVar("T", bound=msgspec.Struct)

PARSED_ROWS_MAX: Final = 20_000
"""Parsed regions and institutions kept in memory: all regions and the institutions of a busy hour, about 20 MB."""


class SharedTable(Generic[T]):
    """A table of shared reference data whose rows are parsed once.

    The cache is keyed by the row's own bytes, so it is right for every partition, whatever each of them has read and
    whichever transaction was rolled back.
    """

    def __init__(self, name: str, row: type[T]) -> None:
        self._name = name
        self._table = Table[T](name, row)
        self._parsed: dict[bytes, T] = {}

    def get(self, view: View, key: str) -> T | None:
        value = view.get(self._name, key)
        if value is None:
            return None
        row = self._parsed.get(value)
        return self._parse(view, key, value) if row is None else row

    def put(self, key: str, row: T) -> Put:
        return self._table.put(key, row)

    def _parse(self, view: View, key: str, value: bytes) -> T | None:
        row = self._table.get(view, key)
        if row is not None:
            if len(self._parsed) >= PARSED_ROWS_MAX:
                self._parsed.clear()
            self._parsed[value] = row
        return row


class DetailsSeen(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Charge details that were forwarded, by their msgid."""

    content_hash: bytes
    attempt: int


class Visits:
    """Which settlement an encounter's latest settle request is; that request's row says whether it is still live."""

    _NAME: Final = "visits"

    def get(self, view: View, fixmedins_code: str, mdtrt_id: str) -> str | None:
        value = view.get(self._NAME, f"{fixmedins_code}/{mdtrt_id}")
        return None if value is None else value.decode()

    def put(self, fixmedins_code: str, mdtrt_id: str, msgid: str) -> Put:
        return Put(self._NAME, f"{fixmedins_code}/{mdtrt_id}", msgid.encode())


class SharedSeen:
    """The highest version of regions and institutions that this partition has read; 0 before any."""

    _NAME: Final = "shared_seen"

    def get(self, view: View) -> int:
        return int(view.get(self._NAME, "version") or b"0")

    def put(self, version: int) -> Put:
        return Put(self._NAME, "version", b"%d" % version)


PERSONS: Final = Table("persons", Person)
REGIONS: Final = SharedTable("regions", Region)
INSTITUTIONS: Final = SharedTable("institutions", Institution)
REQUESTS: Final = Table("requests", Request)
DETAILS_SEEN: Final = Table("details", DetailsSeen)
VISITS: Final = Visits()
SHARED_SEEN: Final = SharedSeen()
