"""The manual claim's calculation for the error desk, put together of the houses' own pure rules.

The hospital's conversion splits the bill by the insured place's catalogue, the platform's choice of a filing says
which row of the policy applies, the agency's rules compute it. Beside it the direct settlement of the same bill: what
it would pay now, or why it cannot be. The desk runs it; nothing here asks anybody.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import structs

from yidi.agency.account import Ledger, ledger_of
from yidi.agency.enrolment import Member, member_of
from yidi.agency.explanation import explain
from yidi.agency.policy_book import PolicyBook
from yidi.agency.settlement import AMOUNTS, Settlement
from yidi.agency.settling import settle
from yidi.chain.filing_rules import filing_refused
from yidi.contract import records
from yidi.contract.codec import INSTITUTION, REGION, SETTLEMENT_REQUEST
from yidi.desk.calculation import Calculation, Material, Side, Words
from yidi.domain.faults import Refusal
from yidi.domain.identities import derived_id
from yidi.hospital.person import person_row
from yidi.hospital.places import insured_tariff_of, places_of, tariff_of
from yidi.hospital.reference import SHARED, Reference, ReferenceCache
from yidi.hospital.request import Sent, checked, claimed, prepared
from yidi.platform import filing_choice
from yidi.platform.eligibility import Facts, is_selected, treatment_days, verify, visit_of
from yidi.platform.reference import (
    NOBODY,
    Institution,
    Person,
    Region,
    institution_of,
    region_of,
    with_filings,
    with_history,
)

MADE_UP: Final = "REFERRAL"
"""The class that is shown to somebody unfiled whom the policy has no row for: after a self-paid discharge a filing is
made up with its proof only, so that `other temporary` is not among the classes (domain §3)."""


class ClaimCalculator:
    """`yidi.desk.calculation.Calculator` by the policies of a book."""

    def __init__(self, book: PolicyBook) -> None:
        self._book = book

    def __call__(self, material: Material) -> Calculation:
        known = _Known(material)
        return Calculation(manual=_tried(self._manual, known), direct=_tried(self._direct, known))

    filing_refused = staticmethod(filing_refused)

    def _manual(self, known: "_Known") -> Side:
        """By the insured place's catalogue; openness, connection and what was shown at the counter do not matter."""
        bill = known.material.bill
        _refuse_others_pay(bill)
        checked(bill, known.material.now_ms)
        request, struck = claimed(bill, known.reference)
        catalogue = insured_tariff_of(places_of(bill, known.reference), known.reference).catalogue.name
        verdict = known.verdict(request)
        notes = [_struck(code) for code in struck]
        try:
            return self._side(known, request, verdict, catalogue, notes)
        except Refusal as refusal:
            if refusal.fault.code != "UNFILED_NOT_COVERED":
                raise
        return self._side(known, request, {**verdict, "filing_class": MADE_UP}, catalogue, [*notes, IF_MADE_UP])

    def _direct(self, known: "_Known") -> Side:
        """What the chain would answer now: every check of the hospital and the platform, by the applying catalogue."""
        bill, reference = known.material.bill, known.reference
        checked(bill, known.material.now_ms)
        if known.material.person is None:
            raise Refusal("PERSON_UNKNOWN", "psn_no: the registry has published no such person")
        sent = Sent(derived_id(bill["msgid"], "settlement"), "", 1)
        ready = prepared(bill, person_row(known.material.person), reference, sent)
        request = SETTLEMENT_REQUEST.decode(ready.request)
        catalogue = tariff_of(places_of(bill, reference), reference).catalogue.name
        verdict = verify(SETTLEMENT_REQUEST.head(ready.request), known.facts(bill))
        return self._side(known, request, verdict, catalogue, [])

    def _side(
        self,
        known: "_Known",
        request: records.SettlementRequest,
        verdict: records.Verdict,
        catalogue: str,
        notes: list[Words],
    ) -> Side:
        settlement = settle(self._book, request, verdict, known.member(), known.ledger())
        used = settlement.policies[-1]
        return Side(
            catalogue=catalogue,
            filing_class=verdict["filing_class"],
            policy=f"{used.id} v{used.version}",
            amounts=_amounts(settlement),
            steps=_steps(settlement),
            notes=notes,
        )


class _Known:
    """The material, read as each house reads it."""

    def __init__(self, material: Material) -> None:
        self.material = material
        self.reference: Reference = ReferenceCache().at(_SharedView(material.shared))

    def member(self) -> Member:
        """Refusal PERSON_UNKNOWN when the registry has published no such person."""
        if self.material.person is None:
            raise Refusal("PERSON_UNKNOWN", "psn_no: the registry has published no such person")
        return member_of(self.material.person)

    def ledger(self) -> Ledger:
        return ledger_of(self.material.results)

    def person(self) -> Person:
        """As the platform keeps them."""
        person, filings = self.material.person, self.material.filings
        known = NOBODY if person is None else with_history(NOBODY, person)
        return known if filings is None else with_filings(known, filings)

    def facts(self, bill: records.EncounterCharges) -> Facts:
        institution = self.institution(bill)
        treated = bill["mdtrtarea_admvs"]
        lies_in = None if institution is None else self._region(institution.admdvs)
        area = treated if institution and institution.admdvs == treated else lies_in.pooling_area if lies_in else None
        return Facts(self.person(), self._region(bill["insuplc_admdvs"]), self._region(treated), institution, area, 0)

    def verdict(self, request: records.SettlementRequest) -> records.Verdict:
        """What a platform would say of a visit that it lets pass: only filing, level and choice matter to a claim."""
        head = SETTLEMENT_REQUEST.head(SETTLEMENT_REQUEST.encode(request))
        day = treatment_days(head)
        insured, treated = self._region(request["insuplc_admdvs"]), self._region(request["mdtrtarea_admvs"])
        institution = self.institution(request)
        if insured is None or treated is None or institution is None:  # the conversion has found all three
            raise Refusal("REGION_UNKNOWN", "insuplc_admdvs, mdtrtarea_admvs or fixmedins_code is not published")
        choice = filing_choice.choose(self.person().filings, visit_of(head, insured, treated, day))
        abroad = insured.node != treated.node
        return {
            "filing_class": (choice.filing_class if choice else "UNFILED") if abroad else "IN_PROVINCE",  # type: ignore[typeddict-item] # RANK's keys
            "filing_id": choice.filing_id if choice else None,
            "cross_province": abroad,
            "setl_lv": institution.setl_lv,
            "medins_kind": institution.kind,
            "selected_institution": is_selected(self.person(), institution.fixmedins_code, day),
            "treatment_date": day,
            "reference_version": {},
        }

    def institution(self, bill: Mapping[str, Any]) -> Institution | None:
        value = self.material.shared.get(f"institution/{bill['fixmedins_code']}")
        return None if value is None else institution_of(INSTITUTION.decode(value))

    def _region(self, admdvs: str) -> Region | None:
        value = self.material.shared.get(f"region/{admdvs}")
        return None if value is None else region_of(REGION.decode(value))


class _SharedView:
    """Shared reference data as the hospital's partition would hold it."""

    def __init__(self, shared: Mapping[str, bytes]) -> None:
        self._shared = shared

    def get(self, table: str, key: str) -> bytes | None:
        return self._shared.get(key) if table == SHARED else None


def _tried(work: Callable[[_Known], Side], known: _Known) -> Side:
    """The side, or what stands in its way."""
    try:
        return work(known)
    except Refusal as refusal:
        zh, en = refusal.fault.zh, refusal.fault.en
        detail = f" ({refusal.detail})" if refusal.detail else ""
        return Side(code=refusal.fault.code, why=Words(zh, f"{en}{detail}"))


def _refuse_others_pay(bill: records.EncounterCharges) -> None:
    """What no fund of the insured place pays, by whatever way it is asked (domain §3)."""
    if bill["rel_ttp_flag"]:
        raise Refusal("THIRD_PARTY_LIABLE", "rel_ttp_flag is set")
    if bill["insuplc_admdvs"] == bill["mdtrtarea_admvs"]:
        raise Refusal("LOCAL_SETTLEMENT", f"insuplc_admdvs and mdtrtarea_admvs are both {bill['insuplc_admdvs']}")


def _amounts(settlement: Settlement) -> dict[str, int]:
    whole = structs.asdict(settlement)
    return {name: whole[name] for name in AMOUNTS}


def _steps(settlement: Settlement) -> list[Words]:
    both = zip(explain(settlement.steps, "zh"), explain(settlement.steps, "en"), strict=True)
    return [Words(zh, en) for zh, en in both]


def _struck(code: str) -> Words:
    return Words(
        f"项目 {code} 不在参保地目录，全自费", f"item {code} is not in the insured place's catalogue: self-paid"
    )


IF_MADE_UP: Final = Words(
    "未备案且政策无未备案待遇：此处按补办异地转诊备案计算；补办须有证明，不接受承诺书",
    "not filed, and the policy has no row for that: computed as if a referral filing were made up, with its proof "
    "(no commitment letter after a self-paid discharge)",
)
