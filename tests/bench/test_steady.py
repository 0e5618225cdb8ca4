"""The steady window: only the middle of a run counts."""

import pytest

from yidi.bench.steady import Sample, percentile, steady

EVEN = [10 * k for k in range(1_000)]
"""A thousand hops, one every 10 ms: of 250 settlements with four hops each, 25 a second."""
SETTLEMENTS = 250
SAMPLES = [Sample(at, round(at * 100), {"hospital": at * 0.5, "broker": at * 0.25}) for at in range(11)]


def test_the_rate_of_an_even_run() -> None:
    """A hundred hops a second, four for each settlement, are 25 settlements a second."""
    found = steady(EVEN, SAMPLES, SETTLEMENTS)
    assert found.rate == pytest.approx(25)
    assert found.settlements == 150
    assert found.seconds == pytest.approx(6)


def test_start_and_end_do_not_count() -> None:
    """A slow start and a long tail do not change the rate of the middle."""
    slow_ends = [stamp - 100_000 if k < 150 else stamp for k, stamp in enumerate(EVEN)]
    slow_ends[900:] = [stamp + 100_000 for stamp in slow_ends[900:]]
    assert steady(slow_ends, SAMPLES, SETTLEMENTS).rate == pytest.approx(25)


def test_answers_that_come_in_a_rush_at_the_end_are_not_the_rate() -> None:
    """Three legs first and all answers in the last tenth of the time: the rate is that of all hops."""
    rushed = [*range(0, 9_000, 12), *range(9_000, 10_000, 4)]
    found = steady(rushed, SAMPLES, SETTLEMENTS)
    assert len(rushed) == 1_000
    assert found.rate < 30


def test_cpu_is_by_settlement() -> None:
    """Half a second of CPU in each second of 25 settlements is 20,000 µs a settlement; all cores are added."""
    found = steady(EVEN, SAMPLES, SETTLEMENTS)
    assert found.cpu_us == pytest.approx({"hospital": 20_000, "broker": 10_000})
    assert found.cores == pytest.approx(0.75)


def test_what_others_took_is_told() -> None:
    """Cores that were busy, but not with the chain, are shown: such figures are not the chain's own."""
    samples = [Sample(s.at_s, s.hops, s.cpu_s, machine_s=s.at_s * 1.5) for s in SAMPLES]
    assert steady(EVEN, samples, SETTLEMENTS).others_cores == pytest.approx(0.75)
    assert steady(EVEN, SAMPLES, SETTLEMENTS).others_cores == 0


def test_a_process_that_started_late() -> None:
    """CPU of a process that began after the first sample counts from its own start."""
    samples = [SAMPLES[0], *(Sample(s.at_s, s.hops, {**s.cpu_s, "late": s.at_s - 1}) for s in SAMPLES[1:])]
    assert steady(EVEN, samples, SETTLEMENTS).cpu_us["late"] == pytest.approx(40_000)


@pytest.mark.parametrize(("stamps", "samples"), [([], SAMPLES), ([5] * 1_000, SAMPLES), (EVEN, SAMPLES[:1])])
def test_a_run_without_a_middle_is_refused(stamps: list[int], samples: list[Sample]) -> None:
    """Too few answers, all at once, or nothing sampled: no figure rather than a wrong one."""
    with pytest.raises(ValueError, match="take more encounters"):
        steady(stamps, samples, SETTLEMENTS)


def test_percentiles() -> None:
    """The nearest rank; of one value every percentile is that value, of none there is none."""
    values = [float(k) for k in range(100, 0, -1)]
    assert percentile(values, 0.5) == 51
    assert percentile(values, 0.99) == 100
    assert percentile([7.0], 0.99) == 7
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)
