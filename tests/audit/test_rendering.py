"""Promises of the report for people."""

from tests.audit.history import PARTITIONS
from tests.audit.sound import sound_history
from yidi.audit import audit_records, text_of


def test_text_names_every_promise_and_ends_with_the_verdict():
    """Plain text without colours, the verdict last."""
    text = text_of(report := audit_records(sound_history().logs, PARTITIONS))
    assert all(check.promise.split()[0] in text for check in report.checks)
    assert "\x1b" not in text
    assert text.splitlines()[-1] == "✓ PASS"


def test_text_names_the_records_of_what_is_open():
    """A finding comes with its history: where each record lies."""
    logs = sound_history().logs
    text = text_of(audit_records({**logs, "settlement.journal": []}, PARTITIONS))
    assert "journal: " in text
    assert "settlement.requests/" in text
    assert text.splitlines()[-1] == "? UNKNOWN"
