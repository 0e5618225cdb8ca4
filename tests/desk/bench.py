"""A desk on a table of its own: a clock that is set by hand, a log in memory, records as services publish them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import select

from yidi.contract import records, topics
from yidi.contract.codec import ENCOUNTER_CHARGES, ERROR_REPORT, OPERATOR_ACTION, SETTLEMENT_RESULT
from yidi.contract.results import no_figures
from yidi.desk import outbox, work
from yidi.desk.desk import Desk
from yidi.desk.people import People, Person, Role
from yidi.desk.settings import DeskSettings
from yidi.desk.store import Store
from yidi.desk.tables import CASES, PLANS
from yidi.domain.faults import FAULTS
from yidi.domain.identities import derived_id
from yidi.domain.instants import start_of
from yidi.runtime.decider import Outgoing, Record
from yidi.world.faults import CASES as FAULT_CASES

TODAY = date(2026, 11, 20)
NOW_MS = start_of(TODAY) + 10 * 3_600_000
ANNA = Person("anna", authenticated=True, roles=frozenset(Role))
BEN = Person("ben", authenticated=True, roles=frozenset(Role))


@lru_cache
def encounter(code: str = "NOT_FILED") -> records.EncounterCharges:
    """A synthetic encounter."""
    return ENCOUNTER_CHARGES.decode(FAULT_CASES[code](TODAY).sends[-1].value)


def bill(nr: int = 1) -> records.EncounterCharges:
    """One of many encounters of the same kind, each with ids of its own."""
    whole = encounter()
    return {**whole, "msgid": f"H{nr:029d}", "mdtrt_id": f"V{nr:06d}"}


def report(
    charges: records.EncounterCharges, code: str = "NOT_FILED", attempt: int = 1, **other: Any
) -> records.ErrorReport:
    """What a service reports about an encounter."""
    at = NOW_MS + 1_000 * (attempt - 1)
    made: Any = {
        "error_id": derived_id(charges["msgid"], code, attempt),
        "service": "platform",
        "code": code,
        "fault_class": FAULTS[code].fault_class.value if code in FAULTS else "DEFECT",
        "stage": "ELIGIBILITY",
        "detail": f"no filing for {charges['mdtrtarea_admvs']}",
        "attempt": attempt,
        "first_failed_at": NOW_MS,
        "last_failed_at": at,
        "msgid": charges["msgid"],
        "setl_id": derived_id(charges["msgid"], "settlement"),
        "traceparent": None,
        "source_topic": topics.ENCOUNTERS,
        "source_partition": 0,
        "source_offset": 7,
        "source_timestamp": NOW_MS,
        "key": charges["psn_no"].encode(),
        "value": ENCOUNTER_CHARGES.encode(charges),
        "headers": [],
    }
    about = ("psn_no", "mdtrt_id", "insuplc_admdvs", "mdtrtarea_admvs", "fixmedins_code")
    return {**{name: charges[name] for name in about}, **made, **other}  # type: ignore[typeddict-item,literal-required]


def result(
    charges: records.EncounterCharges, outcome: str = "DONE", attempt: int = 2, **other: Any
) -> records.SettlementResult:
    """What the hospital is told."""
    same = ("psn_no", "insuplc_admdvs", "mdtrtarea_admvs", "fixmedins_code", "mdtrt_id", "med_type", "insutype")
    names = records.SettlementAmounts.__annotations__
    done: Any = dict.fromkeys(names, 0) | {"setldetail": [], "medfee_sumamt": charges["medfee_sumamt"]}
    made: Any = {
        "result_id": derived_id(charges["msgid"], outcome, attempt),
        "msgid": charges["msgid"],
        "setl_id": derived_id(charges["msgid"], "settlement"),
        "attempt": attempt,
        "operation": "SETTLE",
        "outcome": outcome,
        "refers": None,
        "inbox": "default",
        "setl_time": NOW_MS,
        "fault": None,
        **no_figures(),
        "amounts": done if outcome == "DONE" else None,
    }
    return {**{name: charges[name] for name in same}, **made, **other}  # type: ignore[typeddict-item,literal-required]


@dataclass
class MemoryLog:
    """What the desk looks up; also what its outbox published."""

    sent: list[Outgoing] = field(default_factory=list)
    persons: dict[str, records.PersonHistory] = field(default_factory=dict)
    bills: dict[str, bytes] = field(default_factory=dict)
    filed: dict[str, records.FilingHistory] = field(default_factory=dict)
    answers: dict[str, list[records.SettlementResult]] = field(default_factory=dict)

    def person(self, psn_no: str) -> records.PersonHistory | None:
        return self.persons.get(psn_no)

    def filings(self, psn_no: str) -> records.FilingHistory | None:
        return self.filed.get(psn_no)

    def results(self, psn_no: str) -> list[records.SettlementResult]:
        return self.answers.get(psn_no, [])

    def encounters(self, wanted: Sequence[Any]) -> dict[str, bytes]:
        return {one.msgid: self.bills[one.msgid] for one in wanted if one.msgid in self.bills}

    def operations(self) -> list[bytes]:
        return [message.value for message in self.sent if message.topic == topics.OPERATIONS]

    def flow(self) -> dict[str, Any]:
        return {"services": [], "topics": {}}

    def end(self) -> None:
        """It never keeps anybody waiting."""


class Bench:
    """A desk with its world. `reopen` is what a crash leaves: the database and nothing else."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder
        self.log = MemoryLog()
        self.now_ms = NOW_MS
        self._offsets: dict[str, int] = {}
        self._settings = DeskSettings(bootstrap="nowhere:1", data_dir=folder, **settings)
        self.desk = self._open()

    def _open(self) -> Desk:
        settings = self._settings
        where = settings.url if settings.store else f"sqlite:///{self.folder / 'desk.sqlite'}"
        store = Store(where, settings.store_schema)
        return Desk(store, self._settings, People(self.folder / "people.json"), self.log, lambda: self.now_ms)

    def reopen(self) -> None:
        """The process dies and starts again."""
        self.desk.store.close()
        places = self.desk.places
        self.desk = self._open()
        self.desk.places = places

    def record(self, topic: str, value: bytes | None, key: bytes = b"p") -> Record:
        offset = self._offsets.get(topic, 0)
        self._offsets[topic] = offset + 1
        return Record(topic, 0, offset, self.now_ms, key, value)

    def reported(self, *reports: records.ErrorReport) -> list[Record]:
        """Take in reports; returns their records, to be taken in again."""
        batch = [self.record(topics.errors(r["service"]), ERROR_REPORT.encode(r)) for r in reports]
        work.take_in(self.desk, batch)
        return batch

    def answered(self, *results: records.SettlementResult) -> None:
        topic = topics.hospital_results("default")
        work.take_in(self.desk, [self.record(topic, SETTLEMENT_RESULT.encode(r)) for r in results])

    def step(self, ms: int = 200) -> int:
        """Time passes, and the running plans go on."""
        self.now_ms += ms
        return work.step(self.desk, {})

    def publish(self) -> list[Outgoing]:
        """What the outbox sends; acknowledged."""
        with self.desk.store.write() as connection:
            found = outbox.waiting(connection)
            outbox.sent(connection, found.ids)
        self.log.sent += found.messages
        return found.messages

    def replays(self) -> list[Outgoing]:
        """Published messages that are replays."""
        return [m for m in self.log.sent if any(name == "attempt" for name, _ in m.headers)]

    def case(self, error_id: str) -> Any:
        with self.desk.store.read() as connection:
            return connection.execute(select(CASES).where(CASES.c.error_id == error_id)).one()

    def cases(self) -> list[Any]:
        with self.desk.store.read() as connection:
            return list(connection.execute(select(CASES).order_by(CASES.c.first_failed_at, CASES.c.error_id)))

    def plan(self, plan_id: str) -> Any:
        with self.desk.store.read() as connection:
            return connection.execute(select(PLANS).where(PLANS.c.plan_id == plan_id)).one()

    def deeds(self) -> list[tuple[str, str, str]]:
        """(actor, action, result) of what was published."""
        self.publish()
        actions = [OPERATOR_ACTION.decode(value) for value in self.log.operations()]
        return [(a["actor"], a["action"], a["result"]) for a in actions]


def pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
