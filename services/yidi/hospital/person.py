"""The insured person as the hospital needs to know them: one compact row a person, made once per history."""

from typing import Final

from msgspec import Struct

from yidi.contract import records
from yidi.runtime.rows import Table

OPEN_END: Final = 10**9


class CardRow(Struct, array_like=True, frozen=True, gc=False):
    """A credential: type, number, whether of the national standard, first and last day."""

    mdtrt_cert_type: str
    cert_no: str
    national: bool
    begndate: int
    enddate: int


class EnrolmentRow(Struct, array_like=True, frozen=True, gc=False):
    """Where, in which scheme and when the person was insured; first and last day."""

    insuplc_admdvs: str
    insutype: str
    begndate: int
    enddate: int


class PersonRow(Struct, array_like=True, frozen=True):
    """What a hospital may compare a credential with."""

    version: int
    psn_name: str
    certno: str
    cards: tuple[CardRow, ...]
    enrolments: tuple[EnrolmentRow, ...]


PERSONS: Final = Table("person", PersonRow)
"""By psn_no."""


def person_row(history: records.PersonHistory) -> PersonRow:
    return PersonRow(
        history["version"],
        history["psn_name"],
        history["certno"],
        tuple(_card(card) for card in history["cards"]),
        tuple(_enrolment(row) for row in history["enrolments"]),
    )


def _card(card: records.Card) -> CardRow:
    return CardRow(card["mdtrt_cert_type"], card["cert_no"], card["national"], card["begndate"], _last(card["enddate"]))


def _enrolment(row: records.Enrolment) -> EnrolmentRow:
    return EnrolmentRow(row["insuplc_admdvs"], row["insutype"], row["begndate"], _last(row["enddate"]))


def _last(day: int | None) -> int:
    return OPEN_END if day is None else day
