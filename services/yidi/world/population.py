"""A population of any size: person i of seed S is derived from both alone, so nobody has to be made to make another."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from yidi.contract import records
from yidi.domain.codes import CertType, InsuType
from yidi.domain.instants import days_of
from yidi.world.dice import Dice, weighted
from yidi.world.enrolments import deposits, enrolments
from yidi.world.filings import STANDINGS, Standing, filings
from yidi.world.identity_number import identity_number
from yidi.world.institutions import institutions_of
from yidi.world.regions import pooling_areas
from yidi.world.traits import Traits, anchor_of, traits

DISEASES: Final = weighted(("M03900", 10), ("M01600", 8), ("M07801", 4), ("M00500", 1), ("M08300", 1))
"""Chronic diseases by their share: hypertension, diabetes, dialysis, tumour treatment, anti-rejection (domain §4)."""

CHRONIC_FROM_YEARS: Final = 35
CHRONIC_BP: Final = 3500
APPROVED_ONLY_BP: Final = 1000
CARD_NATIONAL_BP: Final = 9850
SERIALS: Final = 499


@dataclass(frozen=True, slots=True)
class Person:
    """A person as the registry learns of them, and where they live; `standing` says whether a filing covers `away`."""

    index: int
    history: records.PersonHistory
    filings: records.FilingHistory
    traits: Traits
    standing: Standing

    @property
    def psn_no(self) -> str:
        return self.traits.psn_no

    @property
    def enrolment(self) -> records.Enrolment:
        """The present enrolment: the one recorded last."""
        return self.history["enrolments"][-1]


class Population:
    """People of one seed. What they are changes with the year of `today`, never within it."""

    def __init__(self, seed: int, today: date) -> None:
        self.seed = seed
        self.today = today
        self._anchor = anchor_of(today)

    def person(self, index: int) -> Person:
        """Person `index`, from 0 to as many as are wanted."""
        dice = Dice("person", self.seed, index)
        who = traits(dice, self.seed, index, self._anchor)
        standing = dice.pick(STANDINGS)
        return Person(
            index=index,
            history=_history(dice, who),
            filings={"psn_no": who.psn_no, "version": 0, "filings": filings(dice, who, standing)},
            traits=who,
            standing=standing,
        )


def _history(dice: Dice, who: Traits) -> records.PersonHistory:
    return {
        "psn_no": who.psn_no,
        "version": 0,
        "psn_name": who.psn_name,
        "certno": identity_number(who.home, who.birthday, dice.below(SERIALS), male=who.male),
        "gend": "1" if who.male else "2",
        "brdy": days_of(who.birthday),
        "enrolments": enrolments(dice, who),
        "cards": _cards(dice, who),
        "qualifications": _qualifications(dice, who),
        "selections": _selections(who),
        "deposits": deposits(dice, who),
    }


def _cards(dice: Dice, who: Traits) -> list[records.Card]:
    """An e-certificate and a social security card; a few cards are older than the national standard."""
    begins = max(days_of(who.birthday), who.anchor - dice.between(1, 5 * 365))
    number = f"K{dice.below(10**8):08d}{who.psn_no[-8:]}"
    return [
        _card(CertType.E_CERTIFICATE, f"EC{who.psn_no}", begins, national=True),
        _card(CertType.SOCIAL_SECURITY_CARD, number, begins, national=dice.chance(CARD_NATIONAL_BP)),
    ]


def _card(cert_type: CertType, cert_no: str, begins: int, *, national: bool) -> records.Card:
    return {
        "mdtrt_cert_type": cert_type.value,
        "cert_no": cert_no,
        "national": national,
        "begndate": begins,
        "enddate": None,
    }


def _qualifications(dice: Dice, who: Traits) -> list[records.Qualification]:
    if who.age < CHRONIC_FROM_YEARS or not dice.chance(CHRONIC_BP):
        return []
    approved = [approved_institution(who)] if dice.chance(APPROVED_ONLY_BP) else []
    disease, begins = dice.pick(DISEASES), who.anchor - dice.between(1, 3 * 365)
    return [{"dise_codg": disease, "begndate": begins, "enddate": None, "institutions": approved}]


def _selections(who: Traits) -> list[records.Selection]:
    """Where the insured place wants institutions chosen: the connected ones where the person lives."""
    if not pooling_areas()[who.home]["selection_required"] or who.insutype == InsuType.RURAL_COOPERATIVE:
        return []
    chosen = [found["fixmedins_code"] for found in institutions_of(who.away) if found["connections"]]
    return [{"fixmedins_code": code, "begndate": who.anchor - 365, "enddate": None} for code in chosen]


def approved_institution(who: Traits) -> str:
    """The first hospital of the place where the person lives."""
    return institutions_of(who.away)[0]["fixmedins_code"]
