"""The registry's decider: reads a change, asks the rules, publishes the next version. Thin."""

from typing import Final

from yidi.contract import records, topics
from yidi.contract.codec import REFERENCE_CHANGE, WireError
from yidi.domain.faults import Refusal, Stage
from yidi.domain.identities import content_hash
from yidi.registry.change import outcome
from yidi.registry.places import take_over
from yidi.registry.publication import publication
from yidi.registry.subjects import SHARED_KEY
from yidi.runtime.decider import NOTHING, About, Decision, Put, Record, View

SEEN: Final = "seen"
"""Table: hash of the change, by the msgid of each change that was accepted. A refused one may be sent again."""


class RegistryService:
    """The single writer of reference.persons, reference.filings and reference.shared.

    Guarantees: a change is applied once, whatever is sent twice; every version of a key is above the one before; what
    is published is valid; a change that changes nothing makes no version. `partitions` is that of every topic.
    """

    service = "registry"
    inputs = (topics.REGISTRY_REQUESTS,)
    references = (topics.REFERENCE_SHARED,)

    def __init__(self, partitions: int) -> None:
        if partitions < 1:
            raise ValueError(f"{partitions} partitions: a topic has at least one")
        self._partitions = partitions

    def decide(self, view: View, record: Record, now_ms: int) -> Decision:
        """See `yidi.runtime.decider.Decider`."""
        value = record.value
        if value is None:
            raise Refusal("UNDECODABLE", "the record has no value", stage=Stage.DECODE)
        if record.topic == topics.REFERENCE_SHARED:
            return take_over(view, value)
        change = REFERENCE_CHANGE.decode(value)
        _check_key(record, change["subject"])
        if _known(view, change, value):
            return NOTHING
        kind, wanted = outcome(view, change, now_ms)
        _check_subject(change, kind.key_of(wanted))
        made = publication(view, kind, wanted, change["base_version"], self._partitions)
        remembered = Put(SEEN, change["msgid"], content_hash(value))
        return Decision(changes=(*made.changes, remembered), messages=made.messages)

    def due(self, view: View, timer: str, now_ms: int) -> Decision:  # noqa: ARG002 — the port's signature
        """The registry sets no timers."""
        return NOTHING

    def about(self, record: Record) -> About:
        """See `yidi.runtime.decider.Decider`."""
        try:
            change = REFERENCE_CHANGE.decode(record.value or b"")
        except WireError:
            return About()
        return About(msgid=change["msgid"], psn_no=None if "/" in change["subject"] else change["subject"])


def _known(view: View, change: records.ReferenceChange, value: bytes) -> bool:
    """Whether this very change was accepted before; Refusal ID_CONFLICT when another one was under its msgid."""
    if not change["msgid"]:
        raise Refusal("REFERENCE_INVALID", "msgid is empty")
    seen = view.get(SEEN, change["msgid"])
    if seen is not None and seen != content_hash(value):
        raise Refusal("ID_CONFLICT", "another change was accepted under this msgid")
    return seen is not None


def _check_key(record: Record, subject: str) -> None:
    """The Kafka key is that of the task that writes the subject: the person's own, or the one of shared data."""
    shared = "/" in subject
    if record.key != (SHARED_KEY if shared else subject.encode()):
        meant = "'shared'" if shared else "the psn_no in subject"
        raise Refusal("KEY_DIFFERS", f"the record's key has to be {meant}", stage=Stage.DECODE)


def _check_subject(change: records.ReferenceChange, key: str) -> None:
    if change["subject"] != key:
        raise Refusal("REFERENCE_INVALID", "subject does not name the record that the change is about")
