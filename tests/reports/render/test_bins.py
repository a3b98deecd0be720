"""Stretches of a run: what a point of a chart stands for when it stands for several seconds."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.render.bins import HOUR_MS, Bins, bins_of, latencies_of, quantiles_ms
from reports.run_record.histogram import BUCKETS, OVERFLOW, Histogram
from reports.run_record.outcome import CHAT, ORDER, PURCHASE_STEPS, Clock
from reports.run_record.run_directory import open_run
from reports.timeline import Timeline
from tests.helpers.synthetic_run import Wishes, batch_of, write_run


@pytest.mark.parametrize(
    ("length_s", "width_s", "points"),
    [
        pytest.param(0, 1, 1, id="a run without a second has an empty point"),
        pytest.param(90, 1, 90, id="a minute and a half is not aggregated"),
        pytest.param(2_000, 1, 2_000, id="the longest run that is not"),
        pytest.param(2_001, 2, 1_001, id="the shortest run that is"),
        pytest.param(32_400, 17, 1_906, id="nine hours"),
    ],
)
def test_the_narrowest_stretches_that_fit(length_s: int, width_s: int, points: int) -> None:
    """Stretches are whole seconds, as narrow as 2,000 points allow."""
    bins = bins_of(length_s)

    assert (bins.width_s, len(bins.starts)) == (width_s, points)


def test_a_stretch_has_its_mean_and_its_extremes() -> None:
    """A last stretch that is shorter is averaged over its own seconds, and seconds without a value are left out."""
    bins, values = Bins(5, 2), np.array([1.0, 3.0, np.nan, 4.0, 10.0])

    assert bins.mean(values).tolist() == [2, 4, 10]
    assert (bins.low(values).tolist(), bins.high(values).tolist()) == ([1, 4, 10], [3, 4, 10])


def test_a_stretch_without_a_value_is_a_gap() -> None:
    """Where no second has a value there is no number, not zero."""
    assert np.isnan(Bins(2, 2).mean(np.array([np.nan, np.nan]))).all()


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=300), st.integers(1, 40))
def test_the_mean_keeps_the_sum_and_lies_between_the_extremes(counts: list[int], most: int) -> None:
    """Nothing appears or vanishes by aggregating: means times widths add up to the whole."""
    bins, values = bins_of(len(counts), most), np.array(counts, dtype=np.float64)
    sizes = np.diff([*bins.starts, len(counts)])

    assert len(bins.starts) <= most
    assert float((bins.mean(values) * sizes).sum()) == pytest.approx(sum(counts))
    assert (bins.low(values) <= bins.mean(values) + 1e-6).all()
    assert (bins.mean(values) <= bins.high(values) + 1e-6).all()


@given(st.lists(st.integers(0, 5 * 10**9), max_size=50), st.integers(1, 10**6))
def test_quantiles_are_the_histograms_own(values_us: list[int], ppm: int) -> None:
    """A row's quantile is the nearest-rank quantile of the record's histogram, but for the cap at its exact maximum."""
    histogram = Histogram()
    histogram.add_values(np.array(values_us, dtype=np.int64))
    histogram.max_us = 2**62
    expected = histogram.quantile_us(ppm)
    ((found,),) = quantiles_ms(histogram.counts[None, :], [ppm])

    if expected is None:
        assert np.isnan(found)
    else:
        assert found == min(expected / 1000, HOUR_MS)


def test_beyond_the_histograms_range_is_an_hour() -> None:
    """An answer that took more than an hour is drawn at an hour."""
    counts = np.zeros((1, BUCKETS), dtype=np.int64)
    counts[0, OVERFLOW] = 1

    assert quantiles_ms(counts, [500_000]).tolist() == [[HOUR_MS]]


THROTTLED = Wishes(rates=((25, 20.0), (30, 60.0)), capacity_per_s=25)


def test_counts_of_stretches_add_up_to_the_run(tmp_path: Path) -> None:
    """Each value lies in one stretch: the sums are the histograms of the whole run, of those that went well and of the others."""
    run = open_run(write_run(tmp_path / "run", THROTTLED))
    found, whole = latencies_of(run, frozenset({Clock.RESPONSE, Clock.INTENT}), Bins(55, 10)), Timeline(run)

    for key, counts in found.items():
        outcomes = ["done", "confirmed"] if key.is_good else ["refused_hard", "refused_soft"]
        assert counts.shape == (6, BUCKETS)
        assert counts.sum(axis=0).tolist() == whole.histogram(key.step, key.clock, outcomes).counts.tolist()
    steps = {(key.step, key.clock, key.is_good) for key in found}
    assert steps == {(step, Clock.RESPONSE, True) for step in PURCHASE_STEPS} | {
        (CHAT, Clock.RESPONSE, False), (ORDER, Clock.INTENT, True), (ORDER, Clock.INTENT, False),
    }  # fmt: skip


def test_values_lie_in_the_stretch_of_their_second(tmp_path: Path) -> None:
    """25 of 60 a second are served from second 25 on, 20 of 20 before."""
    run = open_run(write_run(tmp_path / "run", THROTTLED))
    (chats,) = latencies_of(run, frozenset({Clock.FIRST_CONTENT}), Bins(55, 25)).values()

    assert chats.sum(axis=1).tolist() == [20 * 25, 25 * 25, 25 * 5]


@pytest.mark.parametrize("clock", [Clock.GAP, Clock.RESPONSE])
def test_what_was_not_recorded_has_no_counts(tmp_path: Path, clock: Clock) -> None:
    """A clock that no step has, and a run without a histogram, have nothing."""
    truth = Wishes(rates=((2, 2.0),))
    batch = batch_of(truth)
    if clock is Clock.RESPONSE:
        batch.histograms = []

    assert latencies_of(open_run(write_run(tmp_path / "run", truth, batch=batch)), frozenset({clock}), Bins(2, 1)) == {}
