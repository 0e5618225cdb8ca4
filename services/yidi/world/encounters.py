"""Encounters in the national mix, from a seed: valid bills of people who may settle, in time order.

Encounter k of a seed is derived from both (and from the frame: today, people, count), so that any of them can be made
alone. Each has a visit and a message id of its own, and one person's encounters follow each other in time.
"""

from dataclasses import dataclass, field
from datetime import date
from math import gcd
from typing import Final

from yidi.contract import records
from yidi.domain.codes import STAYS, CertType
from yidi.domain.instants import DAY_MS, business_days, moment_of, start_of
from yidi.domain.money import Fen
from yidi.world.bills import Span, lines, stay_days
from yidi.world.blemishes import BLEMISHES
from yidi.world.care_mix import MED_TYPES, Care, care_at, cost
from yidi.world.dice import Dice, weighted
from yidi.world.menus import menu
from yidi.world.population import Person, Population
from yidi.world.visits import Visit, visit

TRIES_MAX: Final = 64
"""People looked at for a visit of one kind before any visit that settles will do."""
WINDOW_DAYS: Final = 90
MINUTE_MS: Final = 60_000
ACCOUNT_BP: Final = 8000
REFERRED_BP: Final = 2000
STRIDE: Final = 2_654_435_761
"""People come in this stride, made coprime to their number: everybody's turn comes once a round, in no order."""
SERIES_STRIDE: Final = 4_729
"""Prime: the serials of 10,000 series do not meet."""

_MED_TYPES: Final = {care: weighted(*choices) for care, choices in MED_TYPES.items()}


class NobodySettles(ValueError):
    """Among the people looked at there is nobody whose visit would settle."""


@dataclass(frozen=True, slots=True)
class Encounters:
    """The encounters of a population.

    `people`: indexes 0 to people − 1 take part. `count`: how many encounters share the window of `window_days` before
    today; encounter k lies at k / count of it. `failing_bp`: so many of 10,000 get one blemish that is refused.
    """

    population: Population
    people: int
    count: int
    failing_bp: int = 0
    window_days: int = WINDOW_DAYS
    series: int = 0
    """Other encounters of the same people: each series has messages and visits of its own."""
    _stride: int = field(init=False, default=1)

    def __post_init__(self) -> None:
        if self.people < 1 or self.count < 1:
            raise ValueError(f"{self.people} people and {self.count} encounters: both are at least 1")
        stride = STRIDE % self.people or 1
        while gcd(stride, self.people) != 1:
            stride += 1
        object.__setattr__(self, "_stride", stride)

    @classmethod
    def of(
        cls, seed: int, today: date, *, people: int, count: int, failing_bp: int = 0, series: int = 0
    ) -> "Encounters":
        """The encounters of a seed's population."""
        return cls(Population(seed, today), people, count, failing_bp, series=series)

    def encounter(self, k: int) -> records.EncounterCharges:
        """Encounter k, from 0 to count − 1; NobodySettles when the population is too small to have anybody for it."""
        if not 0 <= k < self.count:
            raise IndexError(f"encounter {k} of {self.count}")
        dice = Dice("encounter", self.population.seed, k, *((self.series,) if self.series else ()))
        care, when = care_at(dice), self._settles_at(k)
        target = cost(dice, care) if care != Care.CHRONIC else 0
        days = stay_days(dice, target) if care == Care.INPATIENT else 0
        begins = when - days * DAY_MS - dice.between(10, 180) * MINUTE_MS
        care, found = self._visit(dice, k, care, begins)
        target = target or cost(dice, found.disease or care)
        encounter = _charges(
            dice, found, care, self._msgid(k, found, when), _Frame(target, Span(begins, when, max(1, days)))
        )
        return self._blemished(dice, encounter)

    def _settles_at(self, k: int) -> int:
        """The instant of settlement: even over the window, in whole seconds, so that times rise with k."""
        window = self.window_days * DAY_MS
        return start_of(self.population.today) - window + k * window // self.count // 1000 * 1000

    def _msgid(self, k: int, found: Visit, when: int) -> str:
        serial = (k + self.population.seed * 7919 + self.series * SERIES_STRIDE) % 10_000
        return f"{found.institution['fixmedins_code']}{moment_of(when):%Y%m%d%H%M%S}{serial:04d}"

    def _visit(self, dice: Dice, k: int, care: Care, begins: int) -> tuple[Care, Visit]:
        """A visit that settles; where nobody near has one of this kind, outpatient care instead."""
        kinds = (care, Care.OUTPATIENT) if care in (Care.CHRONIC, Care.PHARMACY) else (care,)
        for kind in kinds:
            med_type = dice.pick(_MED_TYPES[kind])
            for step in range(TRIES_MAX):
                found = visit(dice, self._person(k, step), kind, med_type, business_days(begins))
                if found is not None:
                    return kind, found
        raise NobodySettles(f"nobody for encounter {k} among {self.people} people: take more people")

    def _person(self, k: int, step: int) -> Person:
        return self.population.person((k * self._stride + step) % self.people)

    def _blemished(self, dice: Dice, encounter: records.EncounterCharges) -> records.EncounterCharges:
        if self.failing_bp and dice.chance(self.failing_bp):
            return BLEMISHES[dice.pick(tuple(BLEMISHES))](encounter)
        return encounter


@dataclass(frozen=True, slots=True)
class _Frame:
    """What a visit costs, about, and when it is."""

    target: Fen
    span: Span


def _charges(dice: Dice, found: Visit, care: Care, msgid: str, frame: _Frame) -> records.EncounterCharges:
    house, history, stays = found.institution, found.person.history, found.med_type in STAYS
    span, carte = frame.span, menu(house["dialect"], house["setl_lv"], care, found.disease or "")
    bill = lines(dice, care, carte, frame.target, span)
    trauma = found.med_type in ("19", "22")
    certificate = _credential(dice, found)
    return {
        "msgid": msgid,
        "operation": "SETTLE",
        "amends": None,
        "refers": None,
        "psn_no": history["psn_no"],
        "insuplc_admdvs": found.person.traits.home,
        "mdtrtarea_admvs": found.area,
        "fixmedins_code": house["fixmedins_code"],
        "mdtrt_id": f"V{msgid[12:]}",
        "med_type": found.med_type,
        "insutype": found.person.enrolment["insutype"],
        "dise_codg": found.disease,
        "mdtrt_cert_type": certificate[0],
        "mdtrt_cert_no": certificate[1],
        "card_sn": None,
        "cert_valid_until": span.ends + 5 * MINUTE_MS if certificate[0] == CertType.E_CERTIFICATE else None,
        "card_national": True,
        "psn_name": history["psn_name"],
        "certno": history["certno"],
        "begntime": span.begins,
        "endtime": span.ends if stays else None,
        "er_flag": found.med_type in ("13", "24"),
        "trum_flag": trauma,
        "rel_ttp_flag": False,
        "trum_letter_flag": trauma,
        "refl_flag": care == Care.OUTPATIENT and dice.chance(REFERRED_BP),
        "acct_used_flag": bool(history["deposits"]) and dice.chance(ACCOUNT_BP),
        "acct_pay_amt": None,
        "inf_time": span.ends,
        "medfee_sumamt": sum(line["det_item_fee_sumamt"] for line in bill),
        "lines": bill,
    }


def _credential(dice: Dice, found: Visit) -> tuple[str, str]:
    """Type and number: the e-certificate, or a card of the national standard, or in the province the identity card."""
    certificate, card = found.person.history["cards"]
    if found.in_province and dice.chance(2000):
        return CertType.IDENTITY_CARD.value, found.person.history["certno"]
    shown = card if card["national"] and dice.chance(4000) else certificate
    return shown["mdtrt_cert_type"], shown["cert_no"]
