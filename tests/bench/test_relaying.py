"""The relay makes the chain's hops, and nothing else."""

from collections import Counter

from yidi.bench.relaying import ANSWERS, INPUTS, REQUESTS, RESULTS, STAY, relayed
from yidi.contract import topics
from yidi.runtime.decider import Headers, Record
from yidi.runtime.message import Message


def journey(headers: Headers = ()) -> list[Message]:
    """Everything that one encounter becomes, relayed until nothing is left to relay."""
    left = [Message(topics.ENCOUNTERS, 3, b"person", b"bill", headers)]
    read = {topic for inputs in INPUTS.values() for topic in inputs}
    done: list[Message] = []
    while left:
        message = left.pop()
        done.append(message)
        if message.topic in read:
            left += relayed(Record(message.topic, 3, 0, 0, message.key, message.value, message.headers))
    return done


def test_an_encounter_makes_the_six_messages_of_the_chain() -> None:
    """One message on each leg, the journal included."""
    legs = (topics.ENCOUNTERS, topics.SETTLEMENT_REQUESTS, REQUESTS, RESULTS, ANSWERS, topics.JOURNAL)
    assert Counter(message.topic for message in journey()) == Counter(legs)


def test_a_stay_makes_two_more() -> None:
    """Its details go to the platform and on to the agency, where they end."""
    more = Counter(message.topic for message in journey((STAY,)))
    more.subtract(message.topic for message in journey())
    assert +more == Counter((topics.SETTLEMENT_REQUESTS, REQUESTS))


def test_bytes_key_and_partition_stay() -> None:
    """The same record over every hop."""
    assert {(m.partition, m.key, m.value) for m in journey((STAY,))} == {(3, b"person", b"bill")}
