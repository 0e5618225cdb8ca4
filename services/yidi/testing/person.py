"""An insured person, as a test says it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final, Self, cast

from yidi.contract import records
from yidi.contract.records import AidClass, EnrolmentStatus
from yidi.domain.codes import CertType, InsuType
from yidi.domain.instants import days_of, start_of
from yidi.domain.money import Fen, fen_of_yuan
from yidi.testing.filing import Filing
from yidi.testing.numbers import next_person
from yidi.world.identity_number import identity_number

INSURED_SINCE: Final = date(2015, 1, 1)
RECORDED: Final = date(2024, 12, 31)
"""When what began earlier was recorded."""
ACCOUNT: Final = {InsuType.EMPLOYEES: "5000"}
"""Yuan in the personal account by default; residents have none."""
KIND: Final = {InsuType.EMPLOYEES: "11", InsuType.RESIDENTS: "15"}
IDENTITY_SERIALS: Final = 499


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody insured in good order: by default an employee of Suzhou with 5000 yuan in the personal account.

    `but` changes the same person; a second `Person()` is somebody else. `filings` None: filed wherever they are
    treated; () is nobody who ever filed. `kind` is psn_type: 11 employed, 12 retired, 14 minor, 15 adult, 16 elderly.
    `balance`, yuan, is what was paid into the account this year. `extra` replaces fields of the registry's record.
    """

    insured_in: str = "320500"
    scheme: InsuType = InsuType.EMPLOYEES
    kind: str | None = None
    name: str = "张拟测"
    born: date = date(1980, 5, 17)
    male: bool = True
    standing: EnrolmentStatus = "NORMAL"
    waiting_until: date | None = None
    balance: str | int | Decimal | None = None
    civil_servant: bool = False
    enterprise_supplement: bool = False
    aid: AidClass = "NONE"
    filings: tuple[Filing, ...] | None = None
    diseases: tuple[str, ...] = ()
    """Chronic diseases that they are qualified for."""
    selected: tuple[str, ...] = ()
    """Institutions that they chose beforehand."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    number: int = field(default_factory=next_person, repr=False)

    def but(self, **changes: Any) -> Self:  # noqa: ANN401 — any field of this class
        """The same person, with these fields changed."""
        return replace(self, **changes)

    @property
    def deposited(self) -> Fen:
        """What was paid into the account, fen."""
        return fen_of_yuan(str(ACCOUNT.get(self.scheme, "0") if self.balance is None else self.balance))

    def history(self, psn_no: str, today: date) -> records.PersonHistory:
        """The registry's record under that number."""
        certificate, card = CertType.E_CERTIFICATE, CertType.SOCIAL_SECURITY_CARD
        record: dict[str, Any] = {
            "psn_no": psn_no,
            "version": 0,
            "psn_name": self.name,
            "certno": identity_number(
                f"{self.insured_in[:2]}0000", self.born, int(psn_no[-3:]) % IDENTITY_SERIALS, male=self.male
            ),
            "gend": "1" if self.male else "2",
            "brdy": days_of(self.born),
            "enrolments": [self._enrolment()],
            "cards": [_card(certificate, f"EC{psn_no}"), _card(card, f"SC{psn_no}")],
            "qualifications": [_qualification(disease) for disease in self.diseases],
            "selections": [_selection(code) for code in self.selected],
            "deposits": self._deposits(psn_no, today),
        }
        return cast("records.PersonHistory", {**record, **self.extra})

    def filed(self, psn_no: str, filings: tuple[Filing, ...], today: date) -> records.FilingHistory:
        """The registry's record of these filings."""
        rows = [filing.record(psn_no, self.insured_in, self.scheme, today) for filing in filings]
        return {"psn_no": psn_no, "version": 0, "filings": rows}

    def _enrolment(self) -> records.Enrolment:
        begins = max(self.born, INSURED_SINCE)
        return {
            "insuplc_admdvs": self.insured_in,
            "insutype": self.scheme.value,
            "psn_type": self.kind or KIND.get(self.scheme, "15"),
            "psn_insu_stas": self.standing,
            "begndate": days_of(begins),
            "enddate": None,
            "waiting_until": None if self.waiting_until is None else days_of(self.waiting_until),
            "cvlserv_flag": self.civil_servant,
            "hifes_flag": self.enterprise_supplement,
            "aid_class": self.aid,
            "recorded_at": start_of(max(begins, RECORDED)),
        }

    def _deposits(self, psn_no: str, today: date) -> list[records.Deposit]:
        if not self.deposited:
            return []
        paid_on = date(today.year, 1, 1)
        return [{"deposit_id": f"D{psn_no}-{today.year}", "amt": self.deposited, "recorded_at": start_of(paid_on)}]


def _card(kind: CertType, number: str) -> records.Card:
    begins = days_of(INSURED_SINCE)
    return {"mdtrt_cert_type": kind.value, "cert_no": number, "national": True, "begndate": begins, "enddate": None}


def _qualification(disease: str) -> records.Qualification:
    return {"dise_codg": disease, "begndate": days_of(INSURED_SINCE), "enddate": None, "institutions": []}


def _selection(code: str) -> records.Selection:
    return {"fixmedins_code": code, "begndate": days_of(INSURED_SINCE), "enddate": None}
