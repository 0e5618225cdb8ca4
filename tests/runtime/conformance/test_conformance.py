"""What every service may rely on, in both worlds. In the simulated one the faults are at work meanwhile."""

import pytest
from aiokafka.errors import MessageSizeTooLargeError

from tests.runtime.plans import BYTES_MAX, key_in
from tests.runtime.worlds import SimulatedWorld, World, reports
from yidi.contract.topics import partition_of
from yidi.runtime.decider import AFTER_HEADER, ATTEMPT_HEADER, TRACE_HEADER
from yidi.runtime.limits import AFTER_WAIT_MS_MAX

TRACE = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
HOUR_MS = 3_600_000


async def test_messages_are_published_in_order(world: World) -> None:
    """First occurrences of one key's messages have the order of the inputs that brought them about."""
    key = key_in(0)
    for number in range(50):
        await world.send(world.names.asks, key, b"relay %d" % number)
    await world.settle()
    answers = list(dict.fromkeys(record.value for record in await world.records(world.names.answers)))
    assert answers == [b"relay %d" % number for number in range(50)]


async def test_every_partition_is_served(world: World) -> None:
    """Answers lie in the partition of their question."""
    for partition in range(3):
        await world.send(world.names.asks, key_in(partition), b"relay %d" % partition)
    await world.settle()
    answers = {record.value: record.partition for record in await world.records(world.names.answers)}
    assert answers == {b"relay 0": 0, b"relay 1": 1, b"relay 2": 2}


async def test_refusal_becomes_a_report_and_nothing_else(world: World) -> None:
    """A raised refusal leaves no row and no message, only a report with the original, byte for byte."""
    await world.send(world.names.asks, key_in(1), b"refuse", (("x", b"\x00\xff"),))
    await world.settle()
    (report,) = {report["error_id"]: report for report in await reports(world)}.values()
    assert (report["code"], report["fault_class"], report["psn_no"]) == ("NOT_FILED", "BUSINESS", key_in(1).decode())
    assert (report["value"], report["key"]) == (b"refuse", key_in(1))
    assert report["headers"] == [{"key": "x", "value": b"\x00\xff"}]
    assert report["source_partition"] == 1
    assert await world.records(world.names.answers) == []
    assert world.row(1, "count", "total") is None


async def test_refusal_that_is_told_keeps_its_changes(world: World) -> None:
    """A returned failure is reported beside the decision's own changes and messages."""
    await world.send(world.names.asks, key_in(1), b"tell")
    await world.settle()
    assert {report["code"] for report in await reports(world)} == {"NOT_FILED"}
    assert {record.value for record in await world.records(world.names.answers)} == {b"told"}
    assert world.row(1, "count", "total") is not None


async def test_defect_holds_nobody_up(world: World) -> None:
    """An exception that nobody foresaw is reported as a defect, and the next record is decided."""
    await world.send(world.names.asks, key_in(0), b"break")
    await world.send(world.names.asks, key_in(0), b"relay on")
    await world.settle()
    assert {report["code"] for report in await reports(world)} == {"DEFECT"}
    assert "ZeroDivisionError" in (await reports(world))[0]["detail"]
    assert {record.value for record in await world.records(world.names.answers)} == {b"relay on"}


async def test_poison_holds_nobody_up(world: World) -> None:
    """Bytes that are no message, a tombstone and a missing key are reported; what follows is decided."""
    await world.send(world.names.asks, key_in(0), None, partition=0)
    await world.send(world.names.asks, None, b"relay x", partition=0)
    await world.send(world.names.asks, key_in(0), b"\xff\xfe\x00", partition=0)
    await world.send(world.names.asks, key_in(0), b"relay on")
    await world.settle()
    assert {report["code"] for report in await reports(world)} == {"UNDECODABLE", "KEY_DIFFERS"}
    assert b"relay on" in {record.value for record in await world.records(world.names.answers)}


async def test_wrong_partition_is_refused_by_name_of_the_setting(world: World) -> None:
    """A record in a partition that is not its key's has no effect; its copy in the right one has its effect once."""
    key = key_in(2)
    await world.send(world.names.asks, key, b"relay once", partition=0)
    await world.send(world.names.asks, key, b"relay once")
    await world.settle()
    (report,) = {report["error_id"]: report for report in await reports(world)}.values()
    assert report["code"] == "WRONG_PARTITION"
    assert "murmur2_random" in report["detail"]
    assert {record.partition for record in await world.records(world.names.answers)} == {2}
    assert world.row(0, "count", "total") is None


async def test_answer_too_large_becomes_a_report(world: World) -> None:
    """What could not be published is refused before the commit: no row, no message, and the outbox drains."""
    await world.send(world.names.asks, key_in(0), b"large %d" % (2 * BYTES_MAX))
    await world.send(world.names.asks, key_in(0), b"relay on")
    await world.settle()
    (report,) = {report["error_id"]: report for report in await reports(world)}.values()
    assert (report["code"], report["stage"]) == ("TOO_LARGE", "PUBLISH")
    assert world.names.answers in report["detail"]
    assert {record.value for record in await world.records(world.names.answers)} == {b"relay on"}


async def test_answer_at_the_limit_is_published(world: World) -> None:
    """The largest answer that the limit allows reaches its topic."""
    await world.send(world.names.asks, key_in(0), b"large %d" % (BYTES_MAX - 400))
    await world.settle()
    assert {len(record.value or b"") for record in await world.records(world.names.answers)} == {BYTES_MAX - 400}


async def test_report_of_an_input_at_the_size_limit_fits(world: World) -> None:
    """The largest input that its topic takes is reported whole."""
    value = b"refuse " + b"x" * (BYTES_MAX - 400)
    await world.send(world.names.asks, key_in(0), value)
    await world.settle()
    assert {report["value"] for report in await reports(world)} == {value}


async def test_broker_refuses_what_is_too_large_for_its_topic(world: World, request: pytest.FixtureRequest) -> None:
    """A record above its topic's limit does not get into the log."""
    if isinstance(world, SimulatedWorld):
        reason = "the simulated log knows no limits of size; what gets in is refused by the runtime's own check"
        request.applymarker(pytest.mark.xfail(strict=True, reason=reason))
    with pytest.raises(MessageSizeTooLargeError):
        await world.send(world.names.asks, key_in(0), b"x" * (2 * BYTES_MAX))


async def test_message_for_an_unknown_topic_becomes_a_report(world: World) -> None:
    """A message that no topic could take is a defect of its decision, and does not block the outbox."""
    await world.send(world.names.asks, key_in(0), b"nowhere")
    await world.send(world.names.asks, key_in(0), b"relay on")
    await world.settle()
    assert {report["code"] for report in await reports(world)} == {"DEFECT"}
    assert {record.value for record in await world.records(world.names.answers)} == {b"relay on"}


async def test_trace_goes_on(world: World) -> None:
    """A message belongs to the trace of the record that brought it about; a record without one gets one."""
    await world.send(world.names.asks, key_in(0), b"relay traced", ((TRACE_HEADER, TRACE),))
    await world.send(world.names.asks, key_in(0), b"relay bare")
    await world.settle()
    traces = {record.value: record.header(TRACE_HEADER) for record in await world.records(world.names.answers)}
    assert (traces[b"relay traced"] or b"")[3:35] == TRACE[3:35]
    assert traces[b"relay traced"] != TRACE
    assert len(traces[b"relay bare"] or b"") == len(TRACE)


@pytest.mark.parametrize(
    ("attempt", "code"), [(b"21", "ATTEMPT_LIMIT"), (b"two", "UNDECODABLE"), (b"0", "UNDECODABLE")]
)
async def test_attempt_out_of_range_is_reported(world: World, attempt: bytes, code: str) -> None:
    """An attempt header that is no attempt is refused before the service sees it."""
    await world.send(world.names.asks, key_in(0), b"relay x", ((ATTEMPT_HEADER, attempt),))
    await world.settle()
    assert {report["code"] for report in await reports(world)} == {code}
    assert await world.records(world.names.answers) == []


async def test_record_waits_for_its_reference_data(world: World) -> None:
    """A record that names reference data waits until it is read, alone with its topic; other topics go on."""
    key = key_in(0)
    await world.send(world.names.asks, key, b"relay later", ((AFTER_HEADER, f"{world.names.facts}=0".encode()),))
    await world.send(world.names.more, key, b"relay now")
    await world.settle()
    assert {record.value for record in await world.records(world.names.answers)} == {b"relay now"}
    await world.send(world.names.facts, key, b"fact")
    await world.settle()
    assert {record.value for record in await world.records(world.names.answers)} == {b"relay now", b"relay later"}


async def test_record_that_waited_in_vain_is_reported(world: World) -> None:
    """After the named time the record becomes a report, and its topic goes on; a restart starts the time anew."""
    key = key_in(0)
    await world.send(world.names.asks, key, b"relay late", ((AFTER_HEADER, f"{world.names.facts}=99".encode()),))
    await world.send(world.names.asks, key, b"relay on")
    await world.settle()
    assert await world.records(world.names.answers) == []
    for _ in range(20):
        world.advance(AFTER_WAIT_MS_MAX + 1_000)
        await world.settle()
    assert {report["code"] for report in await reports(world)} == {"REFERENCE_AWAITED"}
    assert {record.value for record in await world.records(world.names.answers)} == {b"relay on"}


async def test_waiting_for_what_is_no_reference_topic_is_reported(world: World) -> None:
    """A header that names a topic which is not read is refused at once."""
    await world.send(world.names.asks, key_in(0), b"relay x", ((AFTER_HEADER, b"nowhere=1"),))
    await world.settle()
    assert {report["code"] for report in await reports(world)} == {"UNDECODABLE"}


async def test_timer_fires_once_when_due(world: World) -> None:
    """A timer fires after its instant, not before, and its effect is there once."""
    await world.send(world.names.asks, key_in(0), b"timer t %d" % (world.now_ms() + HOUR_MS))
    await world.settle()
    assert await world.records(world.names.answers) == []
    world.advance(2 * HOUR_MS)
    await world.settle()
    assert {(record.value or b"")[:5] for record in await world.records(world.names.answers)} == {b"due t"}


async def test_timer_that_was_cleared_never_fires(world: World) -> None:
    """Clearing a timer before it is due keeps it from firing."""
    await world.send(world.names.more, key_in(0), b"timer t %d" % (world.now_ms() + HOUR_MS))
    await world.settle()
    await world.send(world.names.asks, key_in(0), b"clear t")
    await world.settle()
    world.advance(2 * HOUR_MS)
    await world.settle()
    assert await world.records(world.names.answers) == []


async def test_timer_fires_after_the_inputs_that_were_there(world: World) -> None:
    """Inputs that lie in the log when a timer comes due are decided before it fires."""
    key = key_in(0)
    await world.send(world.names.asks, key, b"timer t %d" % (world.now_ms() + HOUR_MS))
    await world.settle()
    for number in range(20):
        await world.send(world.names.more, key, b"relay %d" % number)
    world.advance(2 * HOUR_MS)
    await world.settle()
    (fired,) = {value for r in await world.records(world.names.answers) if (value := r.value or b"").startswith(b"due")}
    assert int(fired.split()[-1]) >= 21


async def test_timer_that_breaks_is_reported(world: World) -> None:
    """A defect in a timer becomes a report that names the timer, and the partition goes on."""
    await world.send(world.names.asks, key_in(0), b"timer break-%d 1" % world.now_ms())
    await world.settle()
    await world.send(world.names.asks, key_in(0), b"relay on")
    await world.settle()
    ours = [r for r in await reports(world) if (r["key"] or b"").startswith(b"break-")]
    assert ours
    assert ours[0]["code"] == "DEFECT"
    assert b"relay on" in {record.value for record in await world.records(world.names.answers)}


def test_partitions_follow_the_key() -> None:
    """The suite's own keys lie where they say."""
    assert [partition_of(key_in(number), 3) for number in range(3)] == [0, 1, 2]
