"""A bill, as a test says it: immutable, readable, and settled unless something is changed for the worse."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final, Self, cast

from yidi.contract import records
from yidi.domain.codes import STAYS, CertType, MedType
from yidi.domain.instants import moment_of, start_of
from yidi.domain.money import Fen, fen_of_yuan
from yidi.testing.institution import Institution, institution_in, institution_of
from yidi.testing.item import Item, line, typical
from yidi.testing.numbers import next_bill
from yidi.testing.person import Person

NIGHTS: Final = 5
DIABETES: Final = "M01600"
OPENS_MS: Final = 8 * 3_600_000
"""Visits begin at eight in the morning."""
VISIT_MS: Final = 30 * 60_000
MINUTE_MS: Final = 60_000
TRAUMA: Final = frozenset({MedType.TRAUMA_OUTPATIENT, MedType.TRAUMA_INPATIENT})
EMERGENCIES: Final = frozenset({MedType.EMERGENCY, MedType.EMERGENCY_INPATIENT})


@dataclass(frozen=True, slots=True)
class Names:
    """Under which ids a chain sends a bill: the `serial`th bill of the `slot`th test."""

    slot: int
    serial: int
    psn_no: str
    visit: str
    amends: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """An outpatient visit today to a level 3 hospital in Shanghai, by default; `Bill.stay()` and others for other care.

    `but` makes another bill like this one; sending the same bill again is the same message again. `items` empty: a few
    that are typical of the care, from the shipped catalogue. `days_ago`: of the visit, or of a stay's end.
    `credential`: what is shown. `pay_from_account` yuan: demanded of the account. `extra` replaces fields of the
    record that is sent.
    """

    person: Person = field(default_factory=Person)
    care: MedType = MedType.OUTPATIENT
    place: str = "310100"
    institution: str | Institution | None = None
    """A shipped one's code, or your own; None: the first one in `place` that gives this care."""
    items: tuple[Item, ...] = ()
    days_ago: int = 0
    nights: int = NIGHTS
    """Of a stay."""
    disease: str | None = None
    credential: CertType = CertType.E_CERTIFICATE
    use_account: bool = True
    pay_from_account: str | None = None
    amends: "Bill | None" = None
    """The refused bill that this one replaces: the same visit, charged anew."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    number: int = field(default_factory=next_bill, repr=False)

    @classmethod
    def stay(cls, **fields: Any) -> Self:  # noqa: ANN401 — any field of this class
        """A stay in hospital that ends today."""
        return cls(**{"care": MedType.INPATIENT, **fields})

    @classmethod
    def emergency(cls, **fields: Any) -> Self:  # noqa: ANN401 — any field of this class
        """An emergency, of somebody who never filed: it counts as filed."""
        return cls(**{"care": MedType.EMERGENCY, "person": Person(filings=()), **fields})

    @classmethod
    def chronic(cls, disease: str = DIABETES, **fields: Any) -> Self:  # noqa: ANN401 — any field of this class
        """A visit for a chronic disease, of somebody who is qualified for it; diabetes by default."""
        return cls(**{"care": MedType.CHRONIC, "disease": disease, "person": Person(diseases=(disease,)), **fields})

    @classmethod
    def pharmacy(cls, **fields: Any) -> Self:  # noqa: ANN401 — any field of this class
        """Drugs of a pharmacy."""
        return cls(**{"care": MedType.PHARMACY, **fields})

    def but(self, **changes: Any) -> Self:  # noqa: ANN401 — any field of this class
        """Another bill, like this one but for these fields."""
        return replace(self, **{"number": next_bill(), **changes})

    @property
    def house(self) -> records.Institution:
        """The institution that charges; LookupError in words."""
        if isinstance(self.institution, Institution):
            return self.institution.record()
        return institution_in(self.place, self.care) if self.institution is None else institution_of(self.institution)

    def charges(self, names: Names, today: date) -> records.EncounterCharges:
        """The message that a hospital's own system sends."""
        house, stays = self.house, self.care in STAYS
        ends = start_of(today - timedelta(days=self.days_ago)) + OPENS_MS + VISIT_MS
        begins = start_of(today - timedelta(days=self.days_ago + (self.nights if stays else 0))) + OPENS_MS
        lines = self._lines(house, begins)
        person = self.person.history(names.psn_no, today)
        card = next((c for c in person["cards"] if c["mdtrt_cert_type"] == self.credential.value), None)
        record: dict[str, Any] = {
            "msgid": _msgid(house["fixmedins_code"], ends, names),
            "operation": "SETTLE",
            "amends": names.amends,
            "refers": None,
            "psn_no": names.psn_no,
            "insuplc_admdvs": self.person.insured_in,
            "mdtrtarea_admvs": self.place,
            "fixmedins_code": house["fixmedins_code"],
            "mdtrt_id": names.visit,
            "med_type": self.care.value,
            "insutype": self.person.scheme.value,
            "dise_codg": self.disease,
            "mdtrt_cert_type": self.credential.value,
            "mdtrt_cert_no": person["certno"] if card is None else card["cert_no"],
            "card_sn": None,
            "cert_valid_until": ends + VISIT_MS,
            "card_national": True,
            "psn_name": person["psn_name"],
            "certno": person["certno"],
            "begntime": begins,
            "endtime": ends if stays else None,
            "er_flag": self.care in EMERGENCIES,
            "trum_flag": self.care in TRAUMA,
            "rel_ttp_flag": False,
            "trum_letter_flag": self.care in TRAUMA,
            "refl_flag": False,
            "acct_used_flag": self.use_account and bool(self.person.deposited),
            "acct_pay_amt": self._demanded,
            "inf_time": ends,
            "medfee_sumamt": sum(one["det_item_fee_sumamt"] for one in lines),
            "lines": lines,
        }
        return cast("records.EncounterCharges", {**record, **self.extra})

    @property
    def _demanded(self) -> Fen | None:
        return None if self.pay_from_account is None else fen_of_yuan(self.pay_from_account)

    def _lines(self, house: records.Institution, at_ms: int) -> list[records.ChargeLine]:
        dialect, level = house["dialect"], house["setl_lv"]
        chosen = self.items or typical(self.care, self.nights)
        return [line(number, item, dialect, level, at_ms) for number, item in enumerate(chosen, 1)]


def _msgid(house: str, at_ms: int, names: Names) -> str:
    """Institution 12 + time 14 + serial 4; tests of one chain send a second apart, so that no two ids are the same."""
    return f"{house}{moment_of(at_ms + 1_000 * names.slot):%Y%m%d%H%M%S}{names.serial:04d}"
