"""Rules of the limits, sample by sample."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_stub.admission.limits import (
    Aimd,
    FixedLimit,
    Gradient2,
    Limit,
    NoLimit,
    Sample,
    State,
    Vegas,
    begin,
    carried,
    update,
)
from target_stub.clock import NS_PER_MS

MS = NS_PER_MS
ADAPTIVE = st.sampled_from([Aimd(), Gradient2(), Vegas()])
SAMPLES = st.lists(st.builds(Sample, st.integers(0, 10**10), st.integers(1, 300), st.booleans()), max_size=80)


@given(ADAPTIVE, SAMPLES)
def test_a_limit_stays_within_its_bounds(rule: Aimd | Gradient2 | Vegas, samples: list[Sample]) -> None:
    """Whatever the samples, a limit is at least its minimum (Vegas: 1) and at most its maximum."""
    state = begin(rule)
    for sample in samples:
        state = update(rule, state, sample)
        assert (1 if isinstance(rule, Vegas) else rule.minimum) <= state.limit <= rule.maximum


@pytest.mark.parametrize(
    ("sample", "limit"),
    [
        pytest.param(Sample(10 * MS, 50), 101, id="half in use: one more"),
        pytest.param(Sample(10 * MS, 49), 100, id="less than half in use: no growth"),
        pytest.param(Sample(10 * MS, 100, dropped=True), 90, id="a drop: times 0.9"),
        pytest.param(Sample(5000 * MS, 100), 101, id="5 s are not too long"),
        pytest.param(Sample(5000 * MS + 1, 100), 90, id="longer than 5 s: a drop"),
        pytest.param(Sample(0, 100, dropped=True), 90, id="a full queue is a drop as well"),
    ],
)
def test_aimd_adds_one_or_multiplies(sample: Sample, limit: int) -> None:
    """AIMD grows by one while the limit is in use and falls to nine tenths on a drop."""
    assert update(Aimd(), State(100.0), sample).limit == limit


def test_gradient2_grows_by_its_queue_while_latency_is_flat() -> None:
    """With equal round trips g is 1, and a fifth of the queue of 4 is added a sample."""
    state = begin(Gradient2())
    for _ in range(5):
        state = update(Gradient2(), state, Sample(100 * MS, 20))

    assert state.estimate == pytest.approx(20 + 5 * 0.8)


def test_gradient2_shrinks_to_the_ratio_of_its_round_trips() -> None:
    """A round trip of four times the long average halves the wish, of which a fifth counts."""
    state = State(100.0, base_ns=100.0 * MS, samples=10)

    after = update(Gradient2(long_window=10**6), state, Sample(400 * MS, 100))

    assert after.estimate == pytest.approx(100 * 0.8 + (100 * 0.5 + 4) * 0.2)


def test_gradient2_pulls_a_long_average_down() -> None:
    """When the long average is over twice the present round trip it loses a twentieth a sample, also without load."""
    state = State(100.0, base_ns=1000.0 * MS, samples=10)

    after = update(Gradient2(long_window=10**6), state, Sample(100 * MS, 1))

    assert after.base_ns == pytest.approx(950 * MS, rel=1e-3)
    assert after.estimate == 100.0


@pytest.mark.parametrize(
    ("rtt_ms", "dropped", "limit"),
    [
        pytest.param(100, False, 112, id="no queue: grows by beta"),
        pytest.param(104, False, 102, id="a queue under alpha: grows by log10"),
        pytest.param(108, False, 100, id="between alpha and beta: stays"),
        pytest.param(130, False, 98, id="past beta: shrinks by log10"),
        pytest.param(100, True, 98, id="a drop: shrinks by log10"),
    ],
)
def test_vegas_keeps_its_queue_between_alpha_and_beta(rtt_ms: int, dropped: bool, limit: int) -> None:
    """At a limit of 100 (log10 = 2, alpha 6, beta 12) the estimated queue decides."""
    state = State(100.0, base_ns=100.0 * MS)

    assert update(Vegas(), state, Sample(rtt_ms * MS, 100, dropped)).limit == limit


def test_vegas_measures_the_time_without_load_anew() -> None:
    """After at least 0.5 * probe * limit samples the present round trip becomes the no-load time."""
    state = begin(Vegas())
    seen = []
    for _ in range(400):
        state = update(Vegas(), state, Sample(100 * MS if not state.probes else 300 * MS, 1))
        seen.append(state.base_ns)

    assert state.probes == 1
    assert update(Vegas(), State(20.0, 100.0 * MS, 0.0, 600), Sample(300 * MS, 1)).base_ns == 300 * MS


@pytest.mark.parametrize(
    ("before", "rule", "estimate"),
    [
        pytest.param(Aimd(), Aimd(maximum=50), 50.0, id="the same kind goes on within its bounds"),
        pytest.param(Aimd(), Gradient2(), 20.0, id="another kind begins anew"),
        pytest.param(FixedLimit(80), FixedLimit(7), 7.0, id="a fixed limit is what it says"),
        pytest.param(Vegas(), Vegas(), 80.0, id="Vegas has no minimum"),
    ],
)
def test_what_a_switch_carries_over(before: Limit, rule: Limit, estimate: float) -> None:
    """A limit that is switched keeps its estimate within its own kind."""
    state = carried(before, State(80.0), rule)

    assert state is not None
    assert state.estimate == estimate
    assert carried(before, State(80.0), NoLimit()) is None


def test_bounds_in_the_wrong_order_are_refused() -> None:
    """A limit cannot begin outside its bounds."""
    with pytest.raises(ValueError, match="not at 5 of 20 to 200"):
        Aimd(initial=5)
