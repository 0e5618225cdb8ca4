"""The living picture's figures: one text and one state for each element, the same for the page and for its updates."""

from typing import Final, TypeAlias

from yidi.console.figures import age, count
from yidi.console.reading import Pulse, ServicePulse
from yidi.console.sayings import in_chinese
from yidi.console.watching import Snapshot
from yidi.console.words import Language

Figures: TypeAlias = dict[str, dict[str, str]]
"""`text` and `state` by the name that the element carries in `data-live`."""

EDGES: Final = {
    "encounters": ("encounters",),
    "requests": ("settlement.requests",),
    "forwarded": ("agency.", ".requests"),
    "answers": ("agency.", ".results"),
    "results": ("hospital.", ".results"),
    "journal": ("settlement.journal",),
    "persons": ("reference.persons",),
    "filings": ("reference.filings",),
    "shared": ("reference.shared",),
    "changes": ("registry.requests",),
}
"""Topics by the edge of the picture that shows them: a name, or a beginning and an end (one topic an inbox)."""
SERVICES: Final = ("hospital", "platform", "agency", "registry")
_UNKNOWN: Final = "–"


def figures_of(now: Snapshot, language: Language) -> Figures:
    """Everything that the picture says, in the language of the reader."""
    pulse = now.pulse
    found = {f"topic.{edge}": _edge(pulse, edge) for edge in EDGES}
    found |= {f"service.{name}": _service(pulse, name, language) for name in SERVICES}
    found |= {f"errors.{name}": _errors(now, name, language) for name in SERVICES}
    found["health"] = _health(pulse, language)
    found["unsolved"] = _unsolved(now)
    found["lag"] = {"text": count(pulse.lag), "state": "busy" if pulse.lag else "ok"}
    return found


def _edge(pulse: Pulse, edge: str) -> dict[str, str]:
    names = [topic for topic in pulse.topics if _carries(edge, topic)]
    rate = sum(pulse.rates.get(name, 0.0) for name in names)
    text = count(sum(pulse.topics[name] for name in names)) if names else _UNKNOWN
    return {"text": f"{text}  +{rate:,.0f}/s" if rate >= 1 else text, "state": "moving" if rate > 0 else "still"}


def _carries(edge: str, topic: str) -> bool:
    begin, *end = EDGES[edge]
    return topic == begin if not end else topic.startswith(begin) and topic.endswith(end[0])


def _service(pulse: Pulse, name: str, language: Language) -> dict[str, str]:
    service = pulse.services.get(name)
    if service is None:
        return {"text": _UNKNOWN, "state": "absent"}
    return {"text": _service_words(service, language), "state": service.state}


def _service_words(service: ServicePulse, language: Language) -> str:
    zh = language == "zh"
    if service.state == "absent":
        return "未见其读取" if zh else "has read nothing"
    if service.state == "stuck":
        stood = age(service.stuck_ms, language)
        return f"停滞 {stood} · 积压 {count(service.lag)}" if zh else f"stands still {stood} · lag {count(service.lag)}"
    if not service.lag:
        return "已读完" if zh else "up to date"
    return f"积压 {count(service.lag)}" if zh else f"lag {count(service.lag)}"


def _errors(now: Snapshot, name: str, language: Language) -> dict[str, str]:
    if now.by_service is None:
        return {"text": _UNKNOWN, "state": "absent"}
    number = now.by_service.get(name, 0)
    words = "个错误" if language == "zh" else (" error" if number == 1 else " errors")
    return {"text": f"{count(number)}{words}", "state": "some" if number else "none"}


def _health(pulse: Pulse, language: Language) -> dict[str, str]:
    if pulse.trouble:
        return {"text": in_chinese(pulse.trouble) if language == "zh" else pulse.trouble, "state": "stuck"}
    if not pulse.healthy:
        return {"text": "有服务停滞" if language == "zh" else "a service stands still", "state": "stuck"}
    return {"text": "运行中" if language == "zh" else "in progress", "state": "ok"}


def _unsolved(now: Snapshot) -> dict[str, str]:
    if now.by_service is None:
        return {"text": _UNKNOWN, "state": "absent"}
    return {"text": count(now.unsolved), "state": "some" if now.unsolved else "none"}
