"""Check, as a warning only: one trace id from the encounter to the journal."""

from yidi.audit.book import Answer, Case
from yidi.audit.check import Check
from yidi.audit.seen import Seen


class Traces(Check):
    name = "traces"
    promise = "The W3C trace id stays the same along a request's way (a warning: no money hangs on it)."

    def on_request(self, seen: Seen, case: Case) -> None:
        self._same(seen, case)

    def on_forwarded(self, seen: Seen, case: Case) -> None:
        self._same(seen, case)

    def on_answer(self, seen: Seen, case: Case, answer: Answer) -> None:
        if not answer.rejected:
            self._same(seen, case)

    def on_journal(self, seen: Seen, case: Case) -> None:
        self._same(seen, case)

    def _same(self, seen: Seen, case: Case) -> None:
        """A replay may start a trace of its own: the id then changes once, and is followed from there."""
        trace = seen.trace
        self.findings.tested += 1
        if case.trace and trace != case.trace and seen.attempt == 1:
            words = f"trace {trace.decode(errors='replace') or 'none'}, before {case.trace.decode(errors='replace')}"
            self.findings.warn(words, *case.last(), seen.step(words))
        case.trace = trace or case.trace
