"""Check: accumulators and account balance chain from one settlement of a person to the next.

Each agency inbox keeps its own accounts: the chain is per inbox and person, in the order in which it answered.
"""

from functools import lru_cache
from typing import Any, Final

import msgspec

from yidi.audit.book import Answer, Book, Case
from yidi.audit.check import Check
from yidi.audit.deposits import Deposits
from yidi.audit.report import Step
from yidi.audit.seen import Seen
from yidi.contract import topics

PAID: Final = {
    "hifp_pay": ("hifp_pay",),
    "hifob_pay": ("hifob_pay", "hifob_paid"),
    "hifmi_pay": ("hifmi_pay", "hifmi_paid"),
    "cvlserv_pay": ("cvlserv_pay", "cvlserv_paid"),
    "hifes_pay": ("hifes_pay", "hifes_paid"),
    "maf_pay": ("maf_pay", "maf_paid", "maf_extra_paid"),
}
"""Amount → names of the accumulators that grow by it together; the year stands before the name."""

WITHIN: Final = {"hifp_pay": "pool_paid"}
"""Amount → accumulator that counts it only where a policy caps it: it grows by at most so much."""


class Chain(msgspec.Struct):
    """One person at one agency. `loose` after an answer that the platform rejected: it may have counted or not."""

    offset: int
    msgid: str
    accumulators: dict[str, int]
    paid: int = 0
    version: int = 0
    loose: bool = False


class Chains(Check):
    name = "chains"
    promise = (
        "Per person, accumulators and balance before a settlement are those after the one before; they grow by exactly "
        "what was paid, deposits of the person's record explain what the account gained, and a reversal takes back "
        "exactly its settlement's own effect."
    )

    def __init__(self, book: Book) -> None:
        super().__init__(book)
        self._deposits = Deposits()
        self._chains: dict[tuple[str, bytes | None], Chain] = {}

    def on_person(self, seen: Seen) -> None:
        self._deposits.learn(seen.message)

    def on_answer(self, seen: Seen, case: Case, answer: Answer) -> None:
        key = (answer.topic, seen.record.key)
        chain = self._chains.get(key)
        if answer.rejected:
            if chain is not None:
                chain.loose = True
            return
        self.findings.tested += 1
        chain = self._linked(key, chain, seen)
        answer.effect = self._moved(seen, case, chain)
        self._check_balance(seen, case, answer, chain)
        chain.offset, chain.msgid = answer.offset, case.msgid

    def _linked(self, key: tuple[str, bytes | None], chain: Chain | None, seen: Seen) -> Chain:
        """The chain that this answer continues; what does not follow is a finding."""
        record, before = seen.record, seen.message["accumulators_before"]
        if chain is None:
            chain = self._chains[key] = Chain(record.offset, seen.id, {}, loose=not self.book.whole(record.topic))
        if not chain.loose:
            for name in before.keys() | seen.message["accumulators_after"].keys():
                known, said = chain.accumulators.get(name, 0), before.get(name, 0)
                if known != said:
                    words = f"{name} was left at {known} and is taken up at {said}"
                    self.findings.fail(words, *self._link(chain, seen), seen.step("the settlement after"))
        return chain

    def _moved(self, seen: Seen, case: Case, chain: Chain) -> bytes:
        """Adopt the accumulators after; returns the packed effect."""
        message = seen.message
        effect = _effect(message["accumulators_before"], message["accumulators_after"])
        rehearsal = case.operation == "PRE_SETTLE" or message["outcome"] not in {"DONE", "REVERSED"}
        if message["amounts"] and (effect or not rehearsal):
            self._check_growth(seen, effect)
        if message["outcome"] == "REVERSED":
            self._check_undone(seen, case, effect)
        elif effect and not message["amounts"]:
            self.findings.fail(f"{message['outcome']} moved accumulators {effect}", seen.step("the result"))
        if not rehearsal:
            chain.accumulators.update(message["accumulators_after"])
        elif chain.loose:
            chain.accumulators.update(message["accumulators_before"])
        return msgspec.msgpack.encode(effect) if effect else b""

    def _check_growth(self, seen: Seen, effect: dict[str, int]) -> None:
        amounts: Any = seen.message["amounts"]
        named = {_name(key) for key in seen.message["accumulators_after"]}
        grown = _by_name(effect)
        for field, names in PAID.items():
            change = sum([grown.get(name, 0) for name in names])
            if change != amounts[field] and not named.isdisjoint(names):
                words = f"{field} {amounts[field]}, and {' + '.join(names)} grew by {change}"
                self.findings.fail(words, seen.step(words))
        for field, name in WITHIN.items():
            change, paid = grown.get(name, 0), amounts[field]
            if not min(0, paid) <= change <= max(0, paid):
                words = f"{field} {paid}, and {name} grew by {change}"
                self.findings.fail(words, seen.step(words))

    def _check_undone(self, seen: Seen, case: Case, effect: dict[str, int]) -> None:
        """A reversal's effect is its settlement's with the sign turned (domain §5.7); of nothing, nothing."""
        original = self.book.cases.get(case.refers or "")
        done = original.done if original else None
        settled: dict[str, int] = msgspec.msgpack.decode(done.effect) if done and done.effect else {}
        if effect != {name: -change for name, change in settled.items()}:
            words = f"the settlement moved {settled}, its reversal {effect}"
            first = [original.step(done.topic, done.offset, "the settlement")] if original and done else []
            self.findings.fail(words, *first, seen.step("the reversal"))

    def _check_balance(self, seen: Seen, case: Case, answer: Answer, chain: Chain) -> None:
        """The balance before is some version's deposits, none older than before, less what was paid."""
        message = seen.message
        if message["balc_before"] is not None:
            self._explain(seen, chain, message["balc_before"] + chain.paid)
        if answer.amounts and case.operation != "PRE_SETTLE":
            chain.paid += message["amounts"]["acct_pay"]
        chain.loose = False

    def _explain(self, seen: Seen, chain: Chain, deposited: int) -> None:
        psn_no = seen.message["psn_no"]
        if chain.loose:
            chain.paid += self._deposits.latest(psn_no) - deposited
            return
        version = self._deposits.version_with(psn_no, deposited, chain.version, seen.message["setl_time"])
        if version is not None:
            chain.version = version
            return
        words = f"balance {seen.message['balc_before']} after payments of {chain.paid}: no deposits make {deposited}"
        known = self.book.whole(topics.REFERENCE_PERSONS)
        self.missing(words, *self._link(chain, seen), seen.step("the settlement after"), known=known)
        chain.paid += self._deposits.latest(psn_no) - deposited

    def _link(self, chain: Chain, seen: Seen) -> tuple[Step, ...]:
        if chain.msgid == seen.id:
            return ()
        record = seen.record
        return (Step(record.topic, record.partition, chain.offset, chain.msgid, "the settlement before"),)


def _effect(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """What moved, by accumulator; an absent one is 0."""
    changes = {name: after.get(name, 0) - before.get(name, 0) for name in before.keys() | after.keys()}
    return {name: change for name, change in changes.items() if change}


def _by_name(effect: dict[str, int]) -> dict[str, int]:
    """Over all years together: a stay across 31 December moves two."""
    grown: dict[str, int] = {}
    for key, change in effect.items():
        name = _name(key)
        grown[name] = grown.get(name, 0) + change
    return grown


@lru_cache(maxsize=4096)
def _name(key: str) -> str:
    """`2025.maf_paid` → `maf_paid`."""
    return key.rpartition(".")[2]
