"""Check: all identities of domain §5, on encounters that were accepted, requests, results, twins."""

from typing import Any

from yidi.audit.bill_figures import categories_of_lines, category_faults, difference, line_faults, price_faults
from yidi.audit.book import UNREAD, Answer, Book, Case
from yidi.audit.check import Check
from yidi.audit.legs import ERROR_TOPICS
from yidi.audit.packing import amounts_that_differ, pack_negated_amounts, unpack_amounts, unpack_categories
from yidi.audit.seen import Seen
from yidi.audit.settlement_figures import settlement_faults
from yidi.audit.terms import SETTLING
from yidi.contract import topics

_BILL = ("medfee_sumamt", "fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")
_FIRST_COMPONENT = 3
"""Where `item_sumamt` stands in `packing.CATEGORY_FIELDS`."""


class Identities(Check):
    name = "identities"
    promise = (
        "Lines, categories and claim agree part by part; total = funds + hospital + person; person = account + cash; "
        "the funds and setldetail add up; the signs are right; a twin is its settlement negated, ratios apart."
    )

    def __init__(self, book: Book) -> None:
        super().__init__(book)
        self._unsound: dict[str, list[str]] = {}

    def on_encounter(self, seen: Seen, _case: Case) -> None:
        """A bill that does not add up must be refused: it fails once a request is made of it."""
        message = seen.message
        if message["operation"] not in SETTLING:
            return
        self.findings.tested += 1
        found = [fault for line in message["lines"] for fault in price_faults(line)]
        total = sum([line["det_item_fee_sumamt"] for line in message["lines"]])
        if total != message["medfee_sumamt"]:
            found.append(f"the lines add up to {total}, medfee_sumamt is {message['medfee_sumamt']}")
        if found:
            self._unsound[seen.id] = found

    def on_request(self, seen: Seen, case: Case) -> None:
        message = seen.message
        for fault in self._unsound.get(seen.id, ()):
            encounter = case.step(topics.ENCOUNTERS, case.encounter, fault)
            self.findings.fail(f"an unsound bill was accepted: {fault}", encounter, seen.step("the request made of it"))
        if message["operation"] not in SETTLING:
            return
        self.findings.tested += 1
        found = category_faults(message["categories"], message["medfee_sumamt"])
        if message["lines"] is not None:
            found += line_faults(message["lines"])
            found.append(difference(categories_of_lines(message["lines"]), unpack_categories(case.categories)))
        if not self.book.reported(topics.SETTLEMENT_REQUESTS, seen.record.offset):
            for fault in filter(None, found):
                known = self.book.whole(*ERROR_TOPICS)
                self.missing(f"the request: {fault}, and nobody reported it", seen.step(fault), known=known)

    def on_answer(self, seen: Seen, case: Case, answer: Answer) -> None:
        if answer.rejected:
            return
        self.findings.tested += 1
        message = seen.message
        moved = answer.outcome in {"DONE", "REVERSED"}
        if moved != (message["amounts"] is not None) or moved != (message["fault"] is None):
            self._fail(["a result has amounts when it moved money, else a fault"], seen, "the result")
        elif moved:
            self._moved(seen, case, answer)

    def _moved(self, seen: Seen, case: Case, answer: Answer) -> None:
        message: Any = seen.message
        sign = -1 if answer.outcome == "REVERSED" else 1
        found = settlement_faults(message["amounts"], sign)
        if message["balc_before"] is not None or message["balc"] is not None:
            found += _balance_faults(message)
        self._fail(found, seen, "the result")
        if sign == 1:
            self._covers_bill(seen, case)
        else:
            self._is_twin(seen, case, answer)

    def _covers_bill(self, seen: Seen, case: Case) -> None:
        """Σ categories = the settled claim, component by component (domain §5.6)."""
        if case.request == UNREAD:
            return
        rows = unpack_categories(case.categories).values()
        for place, name in enumerate(_BILL, _FIRST_COMPONENT):
            bill, settled = sum([row[place] for row in rows]), seen.message["amounts"][name]
            if bill != settled:
                request = case.step(topics.SETTLEMENT_REQUESTS, case.request, f"its categories make {bill}")
                self.findings.fail(f"{name} {settled} is not the bill's {bill}", request, seen.step("the result"))

    def _is_twin(self, seen: Seen, case: Case, answer: Answer) -> None:
        """Exactly the original negated; all zero when the agency never settled the original."""
        original = self.book.cases.get(case.refers or "")
        done = original.done if original else None
        if original is None or done is None:
            if any(unpack_amounts(answer.amounts).values()):
                whole = self.book.whole(answer.topic)
                self.missing("money reversed that was never settled", seen.step("the twin"), known=whole)
            return
        negated = pack_negated_amounts(seen.message["amounts"])
        if negated != done.amounts:
            words = f"the twin is not its settlement negated: {amounts_that_differ(done.amounts, negated)}"
            settled = original.step(done.topic, done.offset, "the settlement", done.result_id)
            self.findings.fail(words, settled, seen.step("the twin (figures with the sign turned)"))

    def _fail(self, faults: list[str], seen: Seen, what: str) -> None:
        for fault in faults:
            if fault:
                self.findings.fail(f"{what}: {fault}", seen.step(fault))


def _balance_faults(message: dict[str, Any]) -> list[str]:
    before, after, paid = message["balc_before"], message["balc"], message["amounts"]["acct_pay"]
    if before is None or after is None:
        return ["balc and balc_before come together"]
    if after != before - paid:
        return [f"balc {after} is not balc_before {before} less acct_pay {paid}"]
    if paid > 0 and after < 0:
        return [f"the account paid {paid} and is at {after}"]
    return []
