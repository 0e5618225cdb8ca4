"""A settlement's page: the bill as a chart, every fen in words, and the time line of its way; found by any id."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from yidi.agency.explanation import fund_name, sentence
from yidi.chain.errors import ChainError
from yidi.chain.leg import Leg
from yidi.console import sankey
from yidi.console.chain import Chain
from yidi.console.pages import Pages
from yidi.console.words import Language, language_of
from yidi.domain.identities import masked

_SENDERS: Final = {
    "EncounterCharges": "hospital",
    "SettlementRequest": "hospital",
    "ChargeDetails": "hospital",
    "ForwardedRequest": "platform",
    "JournalEntry": "platform",
}


LATEST_MAX: Final = 20
"""Settlements in the list."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One leg on the time line. `sender` is the lane; `tone` is plain, bad or good."""

    after_ms: int
    at_ms: int
    sender: str
    place: str
    kind: str
    words: str
    tone: str
    attempt: int
    error_id: str


class Settlements:
    """`/settlements`: the search, and the page of what was found."""

    def __init__(self, pages: Pages, chain: Chain) -> None:
        self._pages, self._chain = pages, chain

    async def search(self, request: Request) -> Response:
        """The form and the latest settlements; an id that was typed leads to its page."""
        wanted = request.query_params.get("id", "").strip()
        if wanted:
            return RedirectResponse(f"/settlements/{quote(wanted, safe='')}", HTTPStatus.SEE_OTHER)
        latest, trouble = await self._latest()
        return self._pages.page(request, "settlements.html", latest=latest, trouble=trouble)

    async def _latest(self) -> tuple[list["Latest"], ChainError | None]:
        """What settled last; a chain that does not answer leaves the search."""
        try:
            return [latest_of(leg) for leg in await self._chain.latest(LATEST_MAX)], None
        except ChainError as trouble:
            return [], trouble

    async def show(self, request: Request) -> Response:
        """Every settlement that the id belongs to, the newest first."""
        wanted = request.path_params["id"]
        legs = await self._chain.journey(wanted)
        person = masked((legs[0].record.key or b"").decode("utf-8", "replace"))
        settled = settled_of(legs, language_of(request))
        return self._pages.page(
            request, "settlement.html", wanted=wanted, stops=stops_of(legs), person=person, settled=settled,
            partition=legs[0].record.partition, traces=sorted({leg.trace_id for leg in legs if leg.trace_id}),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Latest:
    """One line of the list: an entry of the journal, the person masked; amounts are fen, a reversal's negative."""

    setl_id: str
    person: str
    at_ms: int
    med_type: str
    insured: str
    treated: str
    total: int
    funds: int
    cash: int
    reverses: bool


def latest_of(leg: Leg) -> Latest:
    """The line of a journal entry."""
    entry = leg.content
    amounts = entry["amounts"]
    return Latest(
        entry["setl_id"], masked(entry["psn_no"]), entry["setl_time"], entry["med_type"],
        entry["insuplc_admdvs"], entry["mdtrtarea_admvs"], amounts["medfee_sumamt"], amounts["fund_pay_sumamt"],
        amounts["psn_cash_pay"], entry["refers"] is not None,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settled:
    """One settlement that was done, or has a request at least: what is drawn and what is said about it."""

    setl_id: str
    request: Mapping[str, Any]
    result: Mapping[str, Any] | None
    drawing: sankey.Drawing | None
    steps: tuple[str, ...]
    funds: tuple[tuple[str, int], ...]
    reversed: bool


def settled_of(legs: Sequence[Leg], language: Language) -> list[Settled]:
    """The settlements among the legs, the newest first, what was only foretold last."""
    requests = {
        leg.content["setl_id"]: leg.content
        for leg in legs
        if leg.kind == "SettlementRequest" and leg.content["categories"]
    }
    newest = [_settled(request, legs, language) for request in reversed(requests.values())]
    return sorted(newest, key=lambda one: one.request["operation"] == "PRE_SETTLE")


def _settled(request: Mapping[str, Any], legs: Sequence[Leg], language: Language) -> Settled:
    own = [
        leg.content for leg in legs if leg.kind == "SettlementResult" and leg.content["setl_id"] == request["setl_id"]
    ]
    answers = [content for content in own if content["operation"] in ("SETTLE", "PRE_SETTLE")]
    done = [content for content in answers if content["outcome"] == "DONE"]
    result = next(reversed(done or answers), None)
    amounts = result["amounts"] if result else None
    steps = [(step["rule"], step["figures"]) for step in result["steps"]] if result else []
    return Settled(
        request["setl_id"],
        request,
        result,
        _drawing(request, amounts),
        tuple(_words(rule, figures, language) for rule, figures in steps),
        tuple((fund_name(row["fund_pay_type"], language), row["fund_payamt"]) for row in amounts["setldetail"])
        if amounts
        else (),
        any(content["outcome"] == "REVERSED" for content in own),
    )


def _words(rule: str, figures: dict[str, int], language: Language) -> str:
    """A step in words; another program's agency may give our rules other figures, and then they stand as they are."""
    try:
        return sentence(rule, figures, language)
    except KeyError:
        return f"{rule} {figures}"


def _drawing(request: Mapping[str, Any], amounts: Mapping[str, int] | None) -> sankey.Drawing | None:
    if amounts is None:
        return None
    try:
        return sankey.drawing_of(sankey.flows_of(request, amounts))
    except ValueError:
        return None


def stops_of(legs: Sequence[Leg]) -> list[Stop]:
    """The time line, from the first leg on."""
    began = legs[0].record.timestamp_ms
    return [_stop(leg, began) for leg in legs]


def _stop(leg: Leg, began: int) -> Stop:
    record, content = leg.record, leg.content
    return Stop(
        after_ms=record.timestamp_ms - began,
        at_ms=record.timestamp_ms,
        sender=_sender(leg),
        place=f"{record.topic} [{record.partition}] @{record.offset}",
        kind=leg.kind,
        words=leg.words,
        tone=_tone(leg),
        attempt=int(content.get("attempt") or 1),
        error_id=str(content.get("error_id", "")) if leg.kind == "ErrorReport" else "",
    )


def _sender(leg: Leg) -> str:
    if leg.kind == "ErrorReport":
        return str(leg.content["service"])
    if leg.kind == "SettlementResult":
        fault = leg.content["fault"]
        local = fault is not None and fault["service"] == "hospital"
        return "hospital" if local else "agency" if leg.record.topic.startswith("agency.") else "platform"
    return _SENDERS.get(leg.kind, "hospital")


def _tone(leg: Leg) -> str:
    if leg.kind in ("ErrorReport", "unreadable"):
        return "bad"
    outcome = leg.content.get("outcome")
    return {"DONE": "good", "REVERSED": "good", "REFUSED": "bad", "UNKNOWN": "bad"}.get(str(outcome), "plain")
