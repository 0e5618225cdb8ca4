"""One message of a settlement's way, read from its topic: what it is, whose it is, and what it says in a few words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from yidi.contract.codec import CHARGE_DETAILS, SETTLEMENT_REQUEST, WireError, record_type_of
from yidi.domain.counting import counted
from yidi.domain.money import yuan_of_fen
from yidi.runtime.decider import TRACE_HEADER, Record

UNREADABLE: Final = "unreadable"


@dataclass(frozen=True, slots=True)
class Leg:
    """One record with its decoded content; `kind` is the schema's name, or `unreadable`."""

    record: Record
    kind: str
    content: Mapping[str, Any]

    @property
    def ids(self) -> frozenset[str]:
        """Every id by which people may ask for it."""
        names = ("msgid", "setl_id", "psn_no", "mdtrt_id", "refers", "amends", "result_id", "journal_id", "error_id")
        found = {str(self.content[name]) for name in names if self.content.get(name)}
        if self.content.get("request_msgid"):
            found.add(str(self.content["request_msgid"]))
        return frozenset(found)

    @property
    def trace_id(self) -> str:
        """The 32 digits of its W3C trace, or nothing."""
        header = self.record.header(TRACE_HEADER) or b""
        parts = header.decode("ascii", "replace").split("-")
        return parts[1] if len(parts) == 4 else ""  # noqa: PLR2004 — version-trace-span-flags

    @property
    def words(self) -> str:
        """What it says, in a few words."""
        teller = _TELLERS.get(self.kind)
        return teller(self.content) if teller else ""


def leg_of(record: Record) -> Leg:
    """Read a record; bytes that are no message of ours make an unreadable leg, never an error."""
    try:
        kind = record_type_of(record.value or b"")
        return Leg(record, kind.name, kind.decode(record.value or b""))
    except WireError:
        return Leg(record, UNREADABLE, {})


def _encounter(c: Mapping[str, Any]) -> str:
    return f"{c['operation']} {counted(len(c['lines']), 'line')}, {yuan_of_fen(c['medfee_sumamt'])} yuan"


def _request(c: Mapping[str, Any]) -> str:
    total = yuan_of_fen(c["medfee_sumamt"])
    carried = f", {counted(len(c['lines']), 'split line')}" if c["lines"] is not None else ""
    return f"{c['operation']} {counted(len(c['categories']), 'category', 'categories')}, {total} yuan{carried}"


def _forwarded(c: Mapping[str, Any]) -> str:
    verdict = c["verdict"]
    if verdict is None:
        return f"{_carried(c['request'])} to {c['inbox']}"
    place = "cross-province" if verdict["cross_province"] else "in-province"
    return f"to {c['inbox']}: {verdict['filing_class']}, {place}, level {verdict['setl_lv']}"


def _carried(request: bytes) -> str:
    """What goes without a verdict: a stay's details, or a reversal."""
    try:
        details = record_type_of(request) is CHARGE_DETAILS
        return "details" if details else SETTLEMENT_REQUEST.head(request)["operation"]
    except WireError:
        return UNREADABLE


def _result(c: Mapping[str, Any]) -> str:
    if c["fault"] is not None:
        return f"{c['outcome']} {c['fault']['code']} by the {c['fault']['service']}: {c['fault']['zh']}"
    amounts = c["amounts"]
    if amounts is None:
        return str(c["outcome"])
    funds, cash = yuan_of_fen(amounts["fund_pay_sumamt"]), yuan_of_fen(amounts["psn_cash_pay"])
    return f"{c['operation']} {c['outcome']}: funds {funds}, account {yuan_of_fen(amounts['acct_pay'])}, cash {cash}"


def _journal(c: Mapping[str, Any]) -> str:
    return f"{c['entry']}: funds {yuan_of_fen(c['amounts']['fund_pay_sumamt'])}"


def _error(c: Mapping[str, Any]) -> str:
    return f"{c['code']} at {c['stage']} (attempt {c['attempt']}): {c['detail']}"


def _details(c: Mapping[str, Any]) -> str:
    total = yuan_of_fen(sum(x["det_item_fee_sumamt"] for x in c["lines"]))
    return f"{counted(len(c['lines']), 'split line')}, {total} yuan"


_TELLERS: Final = {
    "EncounterCharges": _encounter,
    "SettlementRequest": _request,
    "ChargeDetails": _details,
    "ForwardedRequest": _forwarded,
    "SettlementResult": _result,
    "JournalEntry": _journal,
    "ErrorReport": _error,
}
