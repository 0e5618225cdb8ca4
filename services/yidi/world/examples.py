"""The named people of the shipped example bills, with their filings (data/example_persons.yaml)."""

from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from yidi.contract import records
from yidi.domain.codes import CertType
from yidi.domain.identities import derived_id
from yidi.domain.instants import days_of, start_of
from yidi.world.identity_number import identity_number
from yidi.world.shipped import Admdvs, Row, document

EPOCH_OF_RECORDS = date(2024, 12, 31)
"""When their enrolments and cards were recorded, where they began earlier."""


class EnrolmentRow(Row):
    """How an example person is insured; the flags that are left out do not apply."""

    insuplc_admdvs: Admdvs
    insutype: Literal["310", "390"]
    psn_type: str
    begndate: date
    psn_insu_stas: Literal["NORMAL", "ARREARS"] = "NORMAL"
    cvlserv_flag: bool = False
    hifes_flag: bool = False
    aid_class: Literal["NONE", "EDGE", "LOW_INCOME", "DESTITUTE"] = "NONE"


class FilingRow(Row):
    """A filing of an example person, recorded on its first day."""

    filing_type: records.FilingType
    mdtrtarea_admvs: Admdvs
    begndate: date
    enddate: date | None = None


class QualificationRow(Row):
    dise_codg: str
    begndate: date


class DepositRow(Row):
    """Paid into the account; `amt` in yuan."""

    amt: Decimal
    day: date


class ExamplePerson(Row):
    """One person of the file; `story` says what the examples show by them."""

    psn_no: str
    psn_name: str
    male: bool
    brdy: date
    story: str
    enrolment: EnrolmentRow
    card: str
    filings: tuple[FilingRow, ...] = ()
    qualifications: tuple[QualificationRow, ...] = ()
    selections: tuple[str, ...] = ()
    deposits: tuple[DepositRow, ...] = ()


@cache
def examples() -> tuple[ExamplePerson, ...]:
    return TypeAdapter(tuple[ExamplePerson, ...]).validate_python(document("example_persons.yaml"))


def example_persons() -> list[records.PersonHistory]:
    """Their histories, as the registry publishes them."""
    return [_history(person) for person in examples()]


def example_filings() -> list[records.FilingHistory]:
    """Their filings; a person who never filed has an empty history."""
    return [_filings(person) for person in examples()]


def encounter_files() -> list[Path]:
    """The shipped example bills, JSON and CSV, in the order a guided tour takes them."""
    packaged = Path(str(files("yidi"))) / "examples" / "encounters"
    source = Path(str(files("yidi"))).parents[1] / "examples" / "encounters"
    folder = packaged if packaged.is_dir() else source
    return sorted(path for path in folder.iterdir() if path.suffix in (".json", ".csv"))


def _history(person: ExamplePerson) -> records.PersonHistory:
    node = f"{person.psn_no[:2]}0000"
    serial = int(person.psn_no[-3:])
    return {
        "psn_no": person.psn_no,
        "version": 0,
        "psn_name": person.psn_name,
        "certno": identity_number(node, person.brdy, serial, male=person.male),
        "gend": "1" if person.male else "2",
        "brdy": days_of(person.brdy),
        "enrolments": [_enrolment(person.enrolment)],
        "cards": [
            _card(CertType.E_CERTIFICATE, f"EC{person.psn_no}"),
            _card(CertType.SOCIAL_SECURITY_CARD, person.card),
        ],
        "qualifications": [_qualification(row) for row in person.qualifications],
        "selections": [_selection(code) for code in person.selections],
        "deposits": [_deposit(person.psn_no, row) for row in person.deposits],
    }


def _enrolment(row: EnrolmentRow) -> records.Enrolment:
    return {
        "insuplc_admdvs": row.insuplc_admdvs,
        "insutype": row.insutype,
        "psn_type": row.psn_type,
        "psn_insu_stas": row.psn_insu_stas,
        "begndate": days_of(row.begndate),
        "enddate": None,
        "waiting_until": None,
        "cvlserv_flag": row.cvlserv_flag,
        "hifes_flag": row.hifes_flag,
        "aid_class": row.aid_class,
        "recorded_at": start_of(max(row.begndate, EPOCH_OF_RECORDS)),
    }


def _card(cert_type: CertType, cert_no: str) -> records.Card:
    begins = days_of(EPOCH_OF_RECORDS)
    return {
        "mdtrt_cert_type": cert_type.value,
        "cert_no": cert_no,
        "national": True,
        "begndate": begins,
        "enddate": None,
    }


def _qualification(row: QualificationRow) -> records.Qualification:
    return {"dise_codg": row.dise_codg, "begndate": days_of(row.begndate), "enddate": None, "institutions": []}


def _selection(code: str) -> records.Selection:
    return {"fixmedins_code": code, "begndate": days_of(EPOCH_OF_RECORDS), "enddate": None}


def _deposit(psn_no: str, row: DepositRow) -> records.Deposit:
    return {"deposit_id": f"D{psn_no}-{row.day.year}", "amt": int(row.amt * 100), "recorded_at": start_of(row.day)}


def _filings(person: ExamplePerson) -> records.FilingHistory:
    rows = [_filing(person, n, row) for n, row in enumerate(person.filings, start=1)]
    return {"psn_no": person.psn_no, "version": 0, "filings": rows}


def _filing(person: ExamplePerson, n: int, row: FilingRow) -> records.Filing:
    return {
        "filing_id": derived_id(person.psn_no, "filing", n),
        "filing_type": row.filing_type,
        "insuplc_admdvs": person.enrolment.insuplc_admdvs,
        "insutype": person.enrolment.insutype,
        "mdtrtarea_admvs": row.mdtrtarea_admvs,
        "begndate": days_of(row.begndate),
        "enddate": None if row.enddate is None else days_of(row.enddate),
        "recorded_at": start_of(row.begndate),
        "cancelled_at": None,
        "channel": "counter",
        "proof": "承诺书（模拟）",
    }
