"""Planting faults: small hooks for `History`, and what a report names."""

from typing import Any

from tests.audit.history import PARTITIONS, Edit, History, Message, Tamper
from tests.audit.sound import sound_history
from yidi.audit import AuditReport, Level, audit_records


def edit(topic: str, message_id: str, **changes: Any) -> Edit:
    """The message under `msgid` says something else, and what is made of it goes on from there."""

    def hook(at: str, _id: str, message: Message) -> Message:
        return _changed(message, changes) if _is(topic, message_id, at, message) else message

    return hook


def alter(topic: str, message_id: str, **changes: Any) -> Tamper:
    """Only this record says something else."""

    def hook(at: str, _id: str, message: Message) -> list[Message]:
        return [_changed(message, changes)] if _is(topic, message_id, at, message) else [message]

    return hook


def drop(topic: str, message_id: str) -> Tamper:
    """The record was never written."""

    def hook(at: str, _id: str, message: Message) -> list[Message]:
        return [] if _is(topic, message_id, at, message) else [message]

    return hook


def follow_up(topic: str, message_id: str, **changes: Any) -> Tamper:
    """The record is followed by another that differs in these fields."""

    def hook(at: str, _id: str, message: Message) -> list[Message]:
        return [message, _changed(message, changes)] if _is(topic, message_id, at, message) else [message]

    return hook


def audited(history: History) -> AuditReport:
    return audit_records(history.logs, PARTITIONS)


def planted(**hooks: Any) -> AuditReport:
    """The sound history with one hook, audited."""
    return audited(sound_history(**hooks))


def failed(report: AuditReport) -> set[str]:
    """Names of the checks that failed."""
    return {check.name for check in report.checks if check.failed}


def open_questions(report: AuditReport) -> set[str]:
    """Names of the checks that cannot know."""
    return {check.name for check in report.checks if check.unknown}


def named(report: AuditReport, check: str) -> set[str]:
    """Every id in the histories of a check's failures."""
    findings = [finding for finding in report.check(check).findings if finding.level is Level.FAILED]
    return {step.id for finding in findings for step in finding.history}


def _is(topic: str, message_id: str, at: str, message: Message) -> bool:
    return at == topic and message.get("msgid", message.get("psn_no")) == message_id


def _changed(message: Message, changes: dict[str, Any]) -> Message:
    """A callable change is applied to the old value; `amounts__hifp_pay` reaches into a record."""
    changed = dict(message)
    for path, change in changes.items():
        field, _, inner = path.partition("__")
        if inner:
            changed[field] = _changed(changed[field], {inner: change})
        else:
            changed[field] = change(changed[field]) if callable(change) else change
    return changed
