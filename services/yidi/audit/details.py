"""Check: a stay's details, sent afterwards, make the categories that were settled, component by component."""

from yidi.audit.bill_figures import categories_of_lines, difference, line_faults
from yidi.audit.book import UNREAD, Case, Details
from yidi.audit.check import Check
from yidi.audit.packing import unpack_categories
from yidi.audit.seen import Seen
from yidi.audit.terms import lines_terms
from yidi.contract import topics


class DetailsAgree(Check):
    name = "details"
    promise = (
        "Every settled stay's details came, and their lines make its categories, component by component; what does not "
        "agree was reported. While details are missing this is unknown."
    )

    def on_details(self, seen: Seen, details: Details) -> None:
        self.findings.tested += 1
        case = self.book.cases.get(details.request_msgid)
        lines = seen.message["lines"]
        faults = line_faults(lines)
        if case is not None and case.request != UNREAD:
            faults += self._against(seen, case)
        if not faults:
            details.good = True
            if case is not None:
                case.details = True
        elif not self._reported(details):
            request = case.steps() if case else ()
            self.findings.fail(faults[0], *request, seen.step("the details"))

    def close(self) -> None:
        reversed_ids = {case.refers for case in self.book.cases.values() if case.operation == "REVERSE" and case.done}
        for case in self.book.cases.values():
            settled = case.stay and case.operation == "SETTLE" and any(told.outcome == "DONE" for told in case.told)
            if settled and not case.details and case.msgid not in reversed_ids:
                self.findings.unsure("a settled stay without good details yet", *case.steps())

    def _against(self, seen: Seen, case: Case) -> list[str]:
        lines = seen.message["lines"]
        faults = [difference(categories_of_lines(lines), unpack_categories(case.categories))]
        if seen.message["setl_id"] != case.setl_id:
            faults.append(f"details of {seen.message['setl_id']}, the request is {case.setl_id}")
        if case.encounter != UNREAD and lines_terms(lines) != case.charged_lines:
            faults.append("the details are not the lines that the hospital charged")
        return [fault for fault in faults if fault]

    def _reported(self, details: Details) -> bool:
        by_record = self.book.reported(topics.SETTLEMENT_REQUESTS, details.offset)
        return by_record or details.msgid in self.book.reports_by_msgid
