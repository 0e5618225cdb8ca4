"""Chains for other people's tests: three fixtures, one set of verbs, builders for bills, people and filings.

    async def test_a_stay_settles(yidi_chain: Chain) -> None:
        outcome = await yidi_chain.settle(Bill.stay())
        assert outcome.total == outcome.funds + outcome.account + outcome.cash

`yidi_chain` lives in this process and in virtual time: milliseconds. `yidi_kafka` is the whole chain on an embedded
Apache Kafka. `yidi_containers` runs every seat in a container. docs/testing.md has the rest.

Names are imported when they are first used: pytest loads this package with every project that has it installed.
"""

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from yidi.domain.codes import CertType, FilingType, InsuType, MedType
    from yidi.domain.money import fen_of_yuan as yuan
    from yidi.testing.bill import Bill
    from yidi.testing.chain import Chain
    from yidi.testing.failure import ChainFailure, NotHere, NotRefused, NotSettled, NotSound, RegistryRefused
    from yidi.testing.filing import Filing
    from yidi.testing.institution import Institution
    from yidi.testing.item import Item
    from yidi.testing.live import RunningChain
    from yidi.testing.network import YidiNetwork
    from yidi.testing.outcome import Outcome
    from yidi.testing.person import Person

__all__ = [
    "Bill",
    "CertType",
    "Chain",
    "ChainFailure",
    "Filing",
    "FilingType",
    "Institution",
    "InsuType",
    "Item",
    "MedType",
    "NotHere",
    "NotRefused",
    "NotSettled",
    "NotSound",
    "Outcome",
    "Person",
    "RegistryRefused",
    "RunningChain",
    "YidiNetwork",
    "yuan",
]

_FAILURES: Final = ("ChainFailure", "NotHere", "NotRefused", "NotSettled", "NotSound", "RegistryRefused")
_HOMES: Final = {
    "Bill": "yidi.testing.bill",
    "Chain": "yidi.testing.chain",
    "Filing": "yidi.testing.filing",
    "Institution": "yidi.testing.institution",
    "Item": "yidi.testing.item",
    "Outcome": "yidi.testing.outcome",
    "Person": "yidi.testing.person",
    "RunningChain": "yidi.testing.live",
    "YidiNetwork": "yidi.testing.network",
    **dict.fromkeys(_FAILURES, "yidi.testing.failure"),
    **dict.fromkeys(("CertType", "FilingType", "InsuType", "MedType"), "yidi.domain.codes"),
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 — whatever the name stands for
    if name == "yuan":
        return importlib.import_module("yidi.domain.money").fen_of_yuan
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
