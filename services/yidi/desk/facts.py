"""What a failed record says, as far as its bytes can be read: facts for the list, content for people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from yidi.contract.codec import FORWARDED_REQUEST, WireError, record_type_of
from yidi.contract.records import ErrorReport
from yidi.domain.counting import counted

REPORTED: Final = (
    "service",
    "code",
    "fault_class",
    "stage",
    "detail",
    "attempt",
    "last_failed_at",
    "source_topic",
    "source_partition",
    "source_offset",
)
"""Columns of a case that its newest report says itself."""
FACTS: Final = ("med_type", "insutype", "operation", "medfee_sumamt", "begntime", "endtime")
IDS: Final = ("msgid", "setl_id", "psn_no", "mdtrt_id", "insuplc_admdvs", "mdtrtarea_admvs", "fixmedins_code")


@dataclass(frozen=True, slots=True)
class Content:
    """A record decoded. `inner` is the request that a forwarded record carries; `unreadable` says why there is none."""

    kind: str = ""
    fields: Mapping[str, Any] | None = None
    inner: Mapping[str, Any] | None = None
    unreadable: str = ""

    @property
    def bill(self) -> Mapping[str, Any]:
        """The encounter or request that it is, or that it carries."""
        return self.inner or self.fields or {}


def content_of(value: bytes | None) -> Content:
    """Decode any record of ours; never raises."""
    if value is None:
        return Content(
            unreadable="The record has no value (a tombstone), or its original was too large for the report."
        )
    try:
        kind = record_type_of(value)
        fields: Mapping[str, Any] = kind.decode(value)
        inner = content_of(fields["request"]).fields if kind.name == FORWARDED_REQUEST.name else None
    except WireError as error:
        return Content(unreadable=f"{type(error).__name__}: {error}. {_shape(value)}")
    return Content(kind.name, fields, inner)


def _shape(value: bytes) -> str:
    """What kind of bytes they look like: it often names the sender."""
    if not value:
        return "The value is empty."
    if value[:1] in (b"{", b"["):
        return "The bytes look like JSON: the sender does not use our Avro format."
    if value[:1] == b"<":
        return "The bytes look like XML: the sender does not use our Avro format."
    if value[:1] != b"\x00":
        return f"The first byte is {value[0]}, ours is 0 (magic byte, then a schema id of four bytes)."
    return (
        f"The schema id is {int.from_bytes(value[1:5], 'big')}, the body has {counted(max(0, len(value) - 5), 'byte')}."
    )


def facts_of(report: ErrorReport) -> dict[str, Any]:
    """Columns of a case that come from the failed record; what the report itself says comes first."""
    content = content_of(report["value"])
    bill = content.bill
    found = {name: bill.get(name) for name in FACTS}
    if not isinstance(found["operation"], str):
        found["operation"] = None
    return found | {name: report[name] or bill.get(name) for name in IDS}
