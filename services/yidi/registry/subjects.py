"""What the registry publishes: kinds of record, where each is kept, and by which key it travels."""

from dataclasses import dataclass
from typing import Any, Final

from yidi.contract import topics
from yidi.contract.codec import (
    CATALOGUE,
    DIALECT,
    FILING_HISTORY,
    INSTITUTION,
    PERSON_HISTORY,
    REGION,
    RecordType,
    WireError,
    record_type_of,
)
from yidi.domain.faults import Refusal, Stage
from yidi.runtime.decider import View

SHARED_KEY: Final = b"shared"
"""Kafka key of every change of shared data: one partition's task writes all of it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record. `prefix` is the first part of a shared record's key, empty for a person's own."""

    record_type: RecordType[Any]
    topic: str
    table: str
    id_field: str
    prefix: str = ""

    def key_of(self, record: Any) -> str:  # noqa: ANN401 — any of the kinds' records
        """The key by which the record is kept and published: psn_no, or kind/id."""
        name: str = record[self.id_field]
        return f"{self.prefix}/{name}" if self.prefix else name

    def held(self, view: View, key: str) -> Any:  # noqa: ANN401 — this kind's record
        """The record as published last, or None."""
        value = view.get(self.table, key)
        return None if value is None else self.record_type.decode(value)


PERSON: Final = Kind(PERSON_HISTORY, topics.REFERENCE_PERSONS, "persons", "psn_no")
FILINGS: Final = Kind(FILING_HISTORY, topics.REFERENCE_FILINGS, "filings", "psn_no")
REGIONS: Final = Kind(REGION, topics.REFERENCE_SHARED, "shared", "admdvs", "region")
INSTITUTIONS: Final = Kind(INSTITUTION, topics.REFERENCE_SHARED, "shared", "fixmedins_code", "institution")
CATALOGUES: Final = Kind(CATALOGUE, topics.REFERENCE_SHARED, "shared", "catalogue", "catalogue")
DIALECTS: Final = Kind(DIALECT, topics.REFERENCE_SHARED, "shared", "dialect", "dialect")

_KINDS: Final = {kind.record_type.name: kind for kind in (PERSON, FILINGS, REGIONS, INSTITUTIONS, CATALOGUES, DIALECTS)}


def record_in(value: bytes) -> tuple[Kind, Any]:
    """The whole record that a change carries, and its kind; Refusal REFERENCE_INVALID for any other bytes."""
    try:
        record_type = record_type_of(value)
        kind = _KINDS.get(record_type.name)
        if kind is None:
            raise Refusal("REFERENCE_INVALID", f"record: a {record_type.name} is no reference data", stage=Stage.DECODE)
        return kind, record_type.decode(value)
    except WireError as error:
        raise Refusal("REFERENCE_INVALID", f"record: {error}", stage=Stage.DECODE) from error
