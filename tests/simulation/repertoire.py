"""The stories with a known end: every operation, refusal, repeat and conflict that the chain has an answer to."""

import random
from collections.abc import Callable, Iterator
from typing import Final

from tests.simulation.story import STRANGER, Act, Story, only
from tests.simulation.troupe import Actor
from yidi.chain.chronicle import Chronicle
from yidi.chain.simulation import PARTITIONS
from yidi.contract import records, topics
from yidi.contract.codec import SETTLEMENT_RESULT
from yidi.runtime.decider import ATTEMPT_HEADER
from yidi.world.blemishes import BLEMISHES
from yidi.world.fault_case import Sent, sent
from yidi.world.sequence_faults import about, later
from yidi.world.wire_faults import FOREIGN_SCHEMA

Play = Callable[[random.Random, Actor], Story]

FLOW: Final = (
    topics.ENCOUNTERS,
    topics.SETTLEMENT_REQUESTS,
    topics.agency_requests("default"),
    topics.agency_results("default"),
    topics.hospital_results("default"),
)


def at_once(*encounters: records.EncounterCharges) -> Act:
    """All of them, one after the other."""
    return lambda _: [sent(encounter) for encounter in encounters]


def tried_again(encounter: records.EncounterCharges, attempt: int) -> Sent:
    """The same bytes under a raised attempt, by somebody who waits for nothing."""
    first = sent(encounter)
    return Sent(first.topic, first.key, first.value, ((ATTEMPT_HEADER, b"%d" % attempt),))


def settled(dice: random.Random, actor: Actor) -> Story:
    """Every visit settles; sometimes all are replayed blindly, which changes nothing."""
    again = [tried_again(visit, 2) for visit in actor.visits if dice.random() < 0.3]
    acts = (at_once(*actor.visits), lambda _: again)
    return Story("settled", actor, acts, {visit["msgid"]: only("DONE") for visit in actor.visits})


def rehearsed(_dice: random.Random, actor: Actor) -> Story:
    """A pre-settlement occupies nothing: the settlement of the same visit follows."""
    visit = actor.visits[0]
    rehearsal: records.EncounterCharges = {**later(visit), "operation": "PRE_SETTLE"}
    ends = {rehearsal["msgid"]: only("DONE"), visit["msgid"]: only("DONE")}
    return Story("rehearsed", actor, (at_once(rehearsal, visit),), ends)


def asked(dice: random.Random, actor: Actor) -> Story:
    """Queries of what is done, what is open, what nobody knows."""
    visit = actor.visits[0]
    early, late, lost = (about(visit, "QUERY", step) for step in (1, 2, 3))
    lost = {**lost, "refers": actor.visits[1]["msgid"]}
    first = [visit, early, lost] if dice.random() < 0.5 else [visit, lost, early]
    ends = {
        visit["msgid"]: only("DONE"),
        early["msgid"]: frozenset({"DONE", "UNKNOWN"}),
        late["msgid"]: only("DONE"),
        lost["msgid"]: only("REFUSED SETTLEMENT_NOT_FOUND"),
    }
    return Story("asked", actor, (at_once(*first), at_once(late)), ends, frozenset({"SETTLEMENT_NOT_FOUND"}))


def taken_back(dice: random.Random, actor: Actor) -> Story:
    """Reversed, at once or later, and settled anew under another id; a second reversal hears so."""
    visit = actor.visits[0]
    first, second = about(visit, "REVERSE", 1), about(visit, "REVERSE", 2)
    anew = later(visit, 3)
    ends = {
        visit["msgid"]: only("DONE"),
        first["msgid"]: only("REVERSED"),
        second["msgid"]: frozenset({"REFUSED ALREADY_REVERSED"}),
        anew["msgid"]: only("DONE"),
        actor.visits[1]["msgid"]: only("DONE"),
    }
    opening = (at_once(visit, first),) if dice.random() < 0.5 else (at_once(visit), at_once(first))
    acts = (*opening, at_once(actor.visits[1], second, anew))
    return Story("taken back", actor, acts, ends, frozenset({"ALREADY_REVERSED"}))


def never_there(_dice: random.Random, actor: Actor) -> Story:
    """The reversal of what nobody sent is refused, and does not keep it from being sent."""
    visit = actor.visits[0]
    reversal = about(visit, "REVERSE")
    ends = {reversal["msgid"]: only("REFUSED SETTLEMENT_NOT_FOUND"), visit["msgid"]: only("DONE")}
    return Story("never there", actor, (at_once(reversal, visit),), ends, frozenset({"SETTLEMENT_NOT_FOUND"}))


def refused(dice: random.Random, actor: Actor) -> Story:
    """One thing is wrong in the bill: refused by its code, and settled as amended, at once or later."""
    code = dice.choice(sorted(BLEMISHES))
    visit = actor.visits[0]
    bad = BLEMISHES[code](visit)
    amended: records.EncounterCharges = {**later(visit), "amends": bad["msgid"]}
    ends = {bad["msgid"]: only(f"REFUSED {code}"), amended["msgid"]: only("DONE")}
    acts = (at_once(bad, amended),) if dice.random() < 0.5 else (at_once(bad), at_once(amended))
    return Story(f"refused for {code}", actor, acts, ends, only(code))


def conflicting(_dice: random.Random, actor: Actor) -> Story:
    """The same id with other content is an error report, and the first one stands."""
    visit = actor.visits[0]
    other: records.EncounterCharges = {**visit, "refl_flag": not visit["refl_flag"]}
    acts = (at_once(visit, other), at_once(other))
    return Story("conflicting", actor, acts, {visit["msgid"]: only("DONE")}, only("ID_CONFLICT"))


def rivals(_dice: random.Random, actor: Actor) -> Story:
    """Of two settlements of one encounter the first one lives."""
    visit = actor.visits[0]
    rival = later(visit)
    ends = {visit["msgid"]: only("DONE"), rival["msgid"]: only("REFUSED ALREADY_SETTLED")}
    return Story("rivals", actor, (at_once(visit, rival),), ends, only("ALREADY_SETTLED"))


def poisoned(dice: random.Random, actor: Actor) -> Story:
    """Whatever lies in a topic that is no message: reported, and the person's visits settle."""
    doses = dict(dice.sample(sorted(_doses(dice, actor).items()), 3))
    ends = {visit["msgid"]: only("DONE") for visit in actor.visits[:2]}

    def act(_: Chronicle) -> Iterator[Sent]:
        yield sent(actor.visits[0])
        yield from doses.values()
        yield sent(actor.visits[1])

    return Story("poisoned", actor, (act,), ends, frozenset(name.split()[0] for name in doses))


def forged(dice: random.Random, actor: Actor) -> Story:
    """A refusal of what is done, or a result for what nobody asked, that the agency never gave: without effect."""
    visit = actor.visits[0]
    asked_by_nobody: dict[str, object] = {"msgid": f"X{visit['msgid'][1:]}"}
    changed = dice.choice(({"outcome": "REFUSED", "amounts": None}, asked_by_nobody))

    def act(chronicle: Chronicle) -> Iterator[Sent]:
        result = chronicle.answers(visit["msgid"])[-1]
        other: records.SettlementResult = {**result, "result_id": f"forged {visit['msgid']}", **changed}  # type: ignore[typeddict-item]
        yield Sent(topics.agency_results("default"), actor.key, SETTLEMENT_RESULT.encode(other))

    ends = {visit["msgid"]: only("DONE")}
    return Story("forged", actor, (at_once(visit), act), ends, only("RESULT_UNEXPECTED"))


def mended(dice: random.Random, actor: Actor, code: str) -> Story:
    """Refused for want of something, mended at the registry, replayed under raised attempts: done once."""
    visits = actor.visits[:2]
    ends = {visit["msgid"]: only("DONE") for visit in visits}

    def mend(_: Chronicle) -> Iterator[Sent]:
        for seedling in actor.mended:
            yield Sent(topics.REGISTRY_REQUESTS, seedling.key, seedling.value)
        if dice.random() < 0.5:
            yield tried_again(visits[0], 2)

    def replay(chronicle: Chronicle) -> Iterator[Sent]:
        for visit in visits:
            for report in chronicle.reports_of(visit["msgid"])[-1:]:
                yield Sent(*chronicle.replay(report))

    acts = (at_once(*visits), mend, replay, replay, lambda _: [tried_again(visits[0], 5)])
    return Story(f"mended {code}", actor, acts, ends, only(code))


PLAYS: Final[tuple[Play, ...]] = (
    settled,
    rehearsed,
    asked,
    taken_back,
    never_there,
    refused,
    conflicting,
    rivals,
    poisoned,
    forged,
)
"""For people with whom all is well."""


def _doses(dice: random.Random, actor: Actor) -> dict[str, Sent]:
    """Poison by the code that reports it; the word after it only tells two of a kind apart."""
    visit = actor.visits[2]
    good, reversal = sent(later(visit, 1)), sent(about(visit, "REVERSE", 2))
    strange = STRANGER + actor.key
    wrong = (topics.partition_of(actor.key, PARTITIONS) + 1) % PARTITIONS
    noise = dice.choice(FLOW), dice.choice(FLOW)
    return {
        "UNDECODABLE noise": Sent(noise[0], actor.key, b"\x01" + dice.randbytes(60)),
        "SCHEMA_UNKNOWN foreign": Sent(noise[1], actor.key, FOREIGN_SCHEMA),
        "SCHEMA_UNKNOWN misdirected": Sent(topics.agency_results("default"), actor.key, good.value),
        "KEY_DIFFERS stranger": Sent(good.topic, strange, good.value),
        "KEY_DIFFERS reversal": Sent(reversal.topic, strange, reversal.value),
        "WRONG_PARTITION elsewhere": Sent(good.topic, actor.key, good.value, (), wrong),
        "ATTEMPT_LIMIT often": Sent(good.topic, actor.key, good.value, ((ATTEMPT_HEADER, b"99"),)),
        "UNDECODABLE attempt": Sent(good.topic, actor.key, good.value, ((ATTEMPT_HEADER, b"twice"),)),
        "UNDECODABLE cut": Sent(good.topic, actor.key, good.value[:-1]),
        "UNDECODABLE longer": Sent(good.topic, actor.key, good.value + b"\x00"),
    }
