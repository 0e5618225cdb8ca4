"""Who and what a test has named so far, and under which ids its chain knows them."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final, Literal

from yidi.chain.referring import about, msgid_of
from yidi.contract.codec import ENCOUNTER_CHARGES, FILING_HISTORY, PERSON_HISTORY, REFERENCE_CHANGE, RecordType
from yidi.contract.records import EncounterCharges, ReferenceChange
from yidi.domain.identities import derived_id
from yidi.testing.bill import Bill, Names
from yidi.testing.filing import Filing
from yidi.testing.outcome import Outcome
from yidi.testing.person import Person
from yidi.world.regions import pooling_areas
from yidi.world.seed import SHARED_KEY, Seedling, change

SLOTS_MAX: Final = 36_000
"""Tests of one chain: each sends its bills a second later than the one before, all within one day."""
SERIALS: Final = 10_000
ASKED_MAX: Final = 100
"""Questions of one test in one second: their ids are told apart by it."""


class Roster:
    """Gives people and bills their ids, in the order in which they are met: the same test sends the same messages.

    `slot` tells the tests of one chain apart: nobody of one slot has an id of another.
    """

    def __init__(self, slot: int, today: date) -> None:
        if not 0 <= slot < SLOTS_MAX:
            raise ValueError(f"{slot} tests on one chain: at most {SLOTS_MAX}")
        self.today = today
        self._slot = slot
        self._serials: dict[int, int] = {}
        self._known: dict[int, Person] = {}
        self._filed: dict[int, tuple[Filing, ...]] = {}
        self._sent: dict[int, tuple[Bill, EncounterCharges]] = {}
        self._visits = self._asked = 0

    def pass_days(self, days: int) -> None:
        self.today += timedelta(days=days)

    def psn_no(self, person: Person) -> str:
        """20 digits: where insured, the test, who of it."""
        serial = self._serials.setdefault(person.number, len(self._serials) + 1)
        return f"{person.insured_in}9{self._slot:07d}{serial:06d}"

    @property
    def people(self) -> frozenset[str]:
        """The numbers of all that were enrolled."""
        return frozenset(self.psn_no(person) for person in self._known.values())

    # Bills ------------------------------------------------------------------------------------------------------

    def charges(self, bill: Bill) -> EncounterCharges:
        """The bill's message, the same each time it is asked for."""
        sent = self._sent.get(bill.number)
        if sent is not None and sent[0] == bill:
            return sent[1]
        before = None if bill.amends is None else self.charges(bill.amends)
        if sent is None:
            self._visits += 1
        serial = self._visits if sent is None else list(self._sent).index(bill.number) + 1
        visit = f"V{self._slot:07d}{serial:06d}" if before is None else before["mdtrt_id"]
        amended = None if before is None else before["msgid"]
        names = Names(self._slot, serial, self.psn_no(bill.person), visit, amended)
        made = bill.charges(names, self.today)
        if sent is None:
            self._sent[bill.number] = (bill, made)
        return made

    def about(
        self, original: EncounterCharges, operation: Literal["QUERY", "REVERSE", "PRE_SETTLE"], now_ms: int
    ) -> EncounterCharges:
        """A message about an earlier one, or one that only asks; each has an id of its own."""
        self._asked += 1
        serial = (self._slot * ASKED_MAX + self._asked) % SERIALS
        if operation == "PRE_SETTLE":
            return {**original, "msgid": msgid_of(original, serial, now_ms), "operation": operation}
        return about(original, operation, serial, now_ms)

    def original(self, of: Bill | Outcome) -> EncounterCharges:
        """What was sent for it."""
        return of.charges if isinstance(of, Outcome) else self.charges(of)

    # Reference data ---------------------------------------------------------------------------------------------

    def introductions(self, bill: Bill) -> Iterator[Seedling]:
        """What the registry has to be told before the bill is sent, so that nothing else stands in its way."""
        person = bill.person
        if person.number not in self._known:
            yield from self.enrolments(person)
        known = self._known[person.number]
        if known.filings is None and not self._is_filed(known, bill.place):
            self._filed[known.number] = (*self._filed[known.number], Filing(place=bill.place))
            yield self._filings(known)

    def enrolments(self, person: Person) -> Iterator[Seedling]:
        """The person as they are now."""
        self._known[person.number] = person
        psn_no = self.psn_no(person)
        yield self._whole(psn_no, psn_no.encode(), PERSON_HISTORY, person.history(psn_no, self.today))
        kept = self._filed.get(person.number, ())
        self._filed[person.number] = kept if person.filings is None else person.filings
        if person.filings is not None or kept:
            yield self._filings(person)

    def filing(self, person: Person, filing: Filing, now_ms: int) -> tuple[str, Seedling]:
        """The request to record a filing, and its message id."""
        psn_no = self.psn_no(person)
        asked = self._change(psn_no, b"", now_ms)
        row = filing.record(psn_no, person.insured_in, person.scheme, self.today)
        asked = {**asked, "record": None, "filing": row}
        return asked["msgid"], Seedling(psn_no.encode(), REFERENCE_CHANGE.encode(asked))

    def shared(self, subject: str, record_type: RecordType[Any], record: Mapping[str, Any]) -> Seedling:
        """The request to publish a whole record that is nobody's own."""
        return self._whole(subject, SHARED_KEY, record_type, record)

    def _filings(self, person: Person) -> Seedling:
        psn_no = self.psn_no(person)
        history = person.filed(psn_no, self._filed[person.number], self.today)
        return self._whole(psn_no, psn_no.encode(), FILING_HISTORY, history)

    def _is_filed(self, person: Person, place: str) -> bool:
        areas = pooling_areas()
        here, there = areas.get(person.insured_in), areas.get(place)
        if here is None or there is None or here["node"] == there["node"]:
            return True
        return any(filing.place in (place, there["node"]) for filing in self._filed[person.number])

    def _whole(self, subject: str, key: bytes, record_type: RecordType[Any], record: Mapping[str, Any]) -> Seedling:
        asked = self._change(subject, record_type.encode(record), None)
        return Seedling(key, REFERENCE_CHANGE.encode(asked))

    def _change(self, subject: str, record: bytes, now_ms: int | None) -> ReferenceChange:
        """Asked for under an id of its own: to have again what was there before is a change, too."""
        self._asked += 1
        asked = change(subject, record, self.today)
        msgid = derived_id(f"{self._slot}/{self._asked}/{asked['msgid']}", "change")
        return {**asked, "msgid": msgid, "actor": "test", "requested_at": now_ms or asked["requested_at"]}


def encoded(charges: EncounterCharges) -> bytes:
    return ENCOUNTER_CHARGES.encode(charges)
