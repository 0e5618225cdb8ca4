"""The life of requests against a tiny model: whatever is sent, repeated, delayed, lost or replayed, in any order."""

from collections import Counter, deque
from itertools import pairwise
from typing import Any

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.platform import samples
from tests.platform.samples import about_original, answered, requested, result
from tests.platform.seat import INBOXES, answers, entries, forwarded, seat
from yidi.contract.codec import SETTLEMENT_REQUEST
from yidi.platform.state import REQUESTS
from yidi.runtime.decider import Decision

MSGIDS = ("M1", "M2", "M3", "M4")
ENCOUNTER = {"M1": "V1", "M2": "V1", "M3": "V1", "M4": "V2"}
TOTAL = {"M1": 8000, "M2": 8000, "M3": 4000, "M4": 2000}


def settlement(msgid: str) -> Any:
    total = TOTAL[msgid]
    category = [samples.category("09", total)]
    return samples.request(msgid, mdtrt_id=ENCOUNTER[msgid], medfee_sumamt=total, categories=category)


class Insurer:
    """The insured place as the chain's flow describes it: one live settlement per encounter, effects by msgid."""

    def __init__(self) -> None:
        self.answered: dict[str, Any] = {}
        self.effects: dict[str, Any] = {}
        self.tombstones: set[str] = set()

    def answer(self, asked: Any, attempt: int, *, willing: bool) -> Any:
        known = self.answered.get(asked["msgid"])
        if known is None or (known["outcome"] == "REFUSED" and attempt > known["attempt"]):
            decide = self._reverse if asked["operation"] == "REVERSE" else self._settle
            self.answered[asked["msgid"]] = decide(asked, attempt, willing=willing)
        return self.answered[asked["msgid"]]

    def _settle(self, asked: Any, attempt: int, *, willing: bool) -> Any:
        occupied = ENCOUNTER[asked["msgid"]] in {ENCOUNTER[msgid] for msgid in self.effects}
        if not willing or occupied or asked["msgid"] in self.tombstones:
            return result(asked, "REFUSED", attempt)
        self.effects[asked["msgid"]] = samples.amounts(asked["medfee_sumamt"], asked["medfee_sumamt"] * 3 // 4)
        return result(asked, "DONE", attempt)

    def _reverse(self, asked: Any, attempt: int, *, willing: bool) -> Any:
        if not willing or asked["refers"] in self.tombstones:
            return result(asked, "REFUSED", attempt)
        self.tombstones.add(asked["refers"])
        effect = self.effects.pop(asked["refers"], None)
        twin = samples.amounts(0, 0) if effect is None else samples.negated(effect)
        return result(asked, "REVERSED", attempt, amounts=twin)


class Life(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.seat = seat()
        self.insurer = Insurer()
        self.asked: deque[Any] = deque()
        self.replies: deque[Any] = deque()
        self.past: list[Any] = []
        self.attempts = Counter[str]()
        self.serial = 0
        self.told: dict[str, list[Any]] = {}
        self.journal: list[Any] = []
        self.replayed = False

    @rule(msgid=st.sampled_from(MSGIDS), again=st.booleans())
    def send(self, msgid: str, again: bool) -> None:  # noqa: FBT001 — drawn by hypothesis
        if again or not self.attempts[msgid]:
            self.attempts[msgid] += 1
        record = requested(settlement(msgid), attempt=self.attempts[msgid])
        self.past.append(record)
        self._put(record)

    @rule(operation=st.sampled_from(["REVERSE", "QUERY"]), msgid=st.sampled_from(MSGIDS))
    def ask_about(self, operation: str, msgid: str) -> None:
        self.serial += 1
        fields = {"mdtrt_id": ENCOUNTER[msgid]}
        record = requested(about_original(f"{operation}{self.serial}", operation, msgid, **fields))
        self.past.append(record)
        self._put(record)

    @precondition(lambda self: self.asked)
    @rule(willing=st.booleans())
    def insurer_decides(self, willing: bool) -> None:  # noqa: FBT001 — drawn by hypothesis
        envelope = self.asked.popleft()
        asked = SETTLEMENT_REQUEST.decode(envelope["request"])
        self.replies.append(self.insurer.answer(asked, envelope["attempt"], willing=willing))

    @precondition(lambda self: self.asked)
    @rule()
    def insurer_fails(self) -> None:
        """It makes an error report of its own and answers nothing; asking again may help."""
        self.asked.popleft()

    @precondition(lambda self: not self.replies)
    @rule(msgid=st.sampled_from(MSGIDS))
    def operator_replays_at_the_insurer(self, msgid: str) -> None:
        known = self.insurer.answered.get(msgid)
        if known is not None and known["outcome"] == "REFUSED":
            self.replayed = True
            self.replies.append(self.insurer.answer(settlement(msgid), known["attempt"] + 1, willing=True))

    @precondition(lambda self: self.replies)
    @rule(twice=st.booleans())
    def reply_arrives(self, twice: bool) -> None:  # noqa: FBT001 — drawn by hypothesis
        record = answered(self.replies.popleft())
        self.past.append(record)
        self._put(record)
        if twice:
            self._put(record)

    @precondition(lambda self: self.past)
    @rule(data=st.data())
    def anything_comes_again(self, data: st.DataObject) -> None:
        self._put(data.draw(st.sampled_from(self.past)))

    @precondition(lambda self: self.replies)
    @rule()
    def reply_from_a_wrong_inbox(self) -> None:
        refusal = self.seat.refused(answered(self.replies[0], inbox=INBOXES[1]))
        assert refusal.fault.code == "RESULT_UNEXPECTED"

    @rule(elapsed_ms=st.sampled_from([100, 500, 1_000, 10_000]))
    def time_passes(self, elapsed_ms: int) -> None:
        for decision in self.seat.wait(elapsed_ms):
            self._note(decision)

    def _put(self, record: Any) -> None:
        self._note(self.seat.put(record))

    def _note(self, decision: Decision) -> None:
        self.asked += forwarded(decision)
        self.journal += entries(decision)
        for answer in answers(decision):
            self.told.setdefault(answer["msgid"], []).append(answer)

    @invariant()
    def unknown_is_said_at_most_once(self) -> None:
        for msgid, told in self.told.items():
            if not msgid.startswith("QUERY"):
                assert [answer["outcome"] for answer in told].count("UNKNOWN") <= 1

    @invariant()
    def a_final_answer_stays_what_it_is(self) -> None:
        for told in self.told.values():
            finals = [answer for answer in told if answer["outcome"] != "UNKNOWN"]
            for before, after in pairwise(finals):
                ours = before["fault"] is not None and before["fault"]["service"] == "platform"
                newer = before["outcome"] == "REFUSED" and (ours or after["attempt"] > before["attempt"])
                assert newer or after == before

    @invariant()
    def every_effect_is_journalled_once_and_negated_once(self) -> None:
        settled = Counter(entry["msgid"] for entry in self.journal if entry["entry"] == "SETTLEMENT")
        negated = Counter(entry["refers"] for entry in self.journal if entry["entry"] == "REVERSAL")
        assert max(settled.values(), default=0) <= 1
        assert max(negated.values(), default=0) <= 1
        assert negated.keys() <= settled.keys()
        for msgid in negated:
            both = [entry for entry in self.journal if msgid in (entry["msgid"], entry["refers"])]
            assert samples.negated(both[0]["amounts"]) == both[1]["amounts"]

    @invariant()
    def an_encounter_is_paid_at_most_once(self) -> None:
        paid = Counter[str]()
        for entry in self.journal:
            paid[entry["mdtrt_id"]] += 1 if entry["entry"] == "SETTLEMENT" else -1
        assert set(paid.values()) <= {0, 1}

    @invariant()
    def an_encounter_has_at_most_one_live_settlement(self) -> None:
        rows = {msgid: self._row(msgid) for msgid in MSGIDS}
        live = Counter(ENCOUNTER[msgid] for msgid, row in rows.items() if row is not None and row.is_live)
        done = Counter(ENCOUNTER[msgid] for msgid, row in rows.items() if row is not None and row.state == "DONE")
        assert max(done.values(), default=0) <= 1
        assert self.replayed or max(live.values(), default=0) <= 1

    @invariant()
    def platform_and_insurer_agree_once_all_is_quiet(self) -> None:
        if self.asked or self.replies:
            return
        done = {msgid for msgid in MSGIDS if (row := self._row(msgid)) is not None and row.state == "DONE"}
        assert done == set(self.insurer.effects)

    def _row(self, msgid: str) -> Any:
        return REQUESTS.get(self.seat.view, msgid)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
