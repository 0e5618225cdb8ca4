"""What fails a test that uses a chain, each with the whole story in its text.

ChainFailure (AssertionError)
├── NotSettled        a bill that should have settled did not; `outcome` has what became of it
├── NotRefused        a bill that should have been refused was not, or for another reason
├── NotSound          the oracle does not pass what the test left behind
└── RegistryRefused   the registry did not accept a change of reference data

NotHere (Exception)   this kind of chain cannot do that; the text says which can
"""

from yidi.audit import AuditReport, text_of
from yidi.contract.records import ErrorReport
from yidi.testing.outcome import Outcome


class ChainFailure(AssertionError):
    """Something that a test expected of the chain did not come about."""


class NotSettled(ChainFailure):
    """A bill that should have settled did not."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(f"the bill {outcome.msgid} did not settle.\n{outcome}\n{outcome.story}")


class NotRefused(ChainFailure):
    """A bill that should have been refused for one reason was settled, or refused for another."""

    def __init__(self, expected: str, outcome: Outcome | None) -> None:
        self.outcome = outcome
        if outcome is None:
            super().__init__(f"{expected} was expected, and nothing was refused: every bill in the block settled.")
            return
        super().__init__(
            f"{expected} was expected of the bill {outcome.msgid}, which ended otherwise.\n{outcome}\n{outcome.story}"
        )


class NotSound(ChainFailure):
    """The oracle's verdict on what lies in the topics is not `pass`."""

    def __init__(self, report: AuditReport, kept: str = "") -> None:
        self.report = report
        super().__init__(
            f"the audit of this chain says {report.verdict}.\n{text_of(report)}{kept}\n"
            "A test that leaves something open or broken on purpose says @pytest.mark.yidi(audit=False)."
        )


class RegistryRefused(ChainFailure):
    """The registry did not accept a change of reference data; every reason is named."""

    def __init__(self, report: ErrorReport) -> None:
        self.report = report
        super().__init__(f"the registry refused a change: {report['code']} — {report['detail']}")


class NotHere(Exception):
    """This kind of chain cannot do that."""
