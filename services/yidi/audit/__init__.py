"""The oracle: reads topics only, shares no code with the rules it judges, and says pass, fail or unknown."""

from yidi.audit.oracle import CHECKS, Tally, audit_of, audit_records
from yidi.audit.rendering import text_of, verdict_table
from yidi.audit.report import AuditReport, CheckReport, Finding, Level, Step, SumRow, Verdict

__all__ = [
    "CHECKS",
    "AuditReport",
    "CheckReport",
    "Finding",
    "Level",
    "Step",
    "SumRow",
    "Tally",
    "Verdict",
    "audit_of",
    "audit_records",
    "text_of",
    "verdict_table",
]
