"""The port to whoever can work out a bill: the desk knows no policy and no catalogue, the composition root does.

A calculator is a pure function of what is published about the bill: it asks nobody and changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from yidi.contract.records import EncounterCharges, Filing, FilingHistory, PersonHistory, SettlementResult
from yidi.domain.money import Fen


class Material(NamedTuple):
    """Everything that a calculation may look at; `shared` is reference.shared by key, `results` are the person's."""

    bill: EncounterCharges
    person: PersonHistory | None
    filings: FilingHistory | None
    results: Sequence[SettlementResult]
    shared: Mapping[str, bytes]
    now_ms: int


@dataclass(frozen=True, slots=True)
class Words:
    """The same in Chinese and English."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Side:
    """One way to settle the bill: who pays what in fen, or why it cannot be settled so.

    `amounts` has the field names of a settlement's result. `code` is the fault that stands in the way, `why` its words.
    """

    catalogue: str = ""
    filing_class: str = ""
    policy: str = ""
    amounts: Mapping[str, Fen] | None = None
    steps: Sequence[Words] = ()
    notes: Sequence[Words] = ()
    code: str = ""
    why: Words | None = None


@dataclass(frozen=True, slots=True)
class Calculation:
    """The manual claim beside the direct settlement of the same bill (domain §6: the two may differ)."""

    manual: Side
    direct: Side


class Calculator(Protocol):
    """What the houses' own pure rules say of a case."""

    def __call__(self, material: Material) -> Calculation:
        """The manual claim beside the direct settlement."""
        ...

    def filing_refused(
        self,
        filing: Filing,
        person: PersonHistory,
        filings: FilingHistory | None,
        shared: Mapping[str, bytes],
        now_ms: int,
    ) -> str:
        """Every reason why the registry would not record the filing, in its own words; empty when it would."""
        ...
