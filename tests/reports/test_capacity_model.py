"""The universal scalability law finds back what made its data, and says nothing of what lies too far away."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.capacity_model import Prediction, Scaling, Usl, fit, scaling_of, told

REFERENCE = Usl(100.0, 0.02, 0.0005)
COUNTS = [1, 2, 4, 6, 8, 12]


@pytest.mark.parametrize(
    ("replicas", "per_s"),
    [
        pytest.param(1, 100.0, id="one replica holds g"),
        pytest.param(8, 684.93, id="eight"),
        pytest.param(32, 1512.29, id="thirty-two"),
    ],
)
def test_the_reference_values(replicas: int, per_s: float) -> None:
    """X(N) of g 100, a .02, b .0005."""
    assert REFERENCE.per_s(replicas) == pytest.approx(per_s, abs=0.005)


def test_the_best_number_of_replicas() -> None:
    """N* is sqrt((1 - a) / b); without coherence there is none."""
    assert REFERENCE.best == pytest.approx(44.27, abs=0.005)
    assert Usl(100.0, 0.02, 0.0).best == math.inf


def test_efficiency_is_what_a_replica_holds_among_others() -> None:
    """Eight replicas of the reference hold 85.6 % of what they would alone; against a base of eight they hold all."""
    assert REFERENCE.efficiency(8) == pytest.approx(0.85616, abs=1e-5)
    assert REFERENCE.efficiency(8, base=8) == 1


@settings(max_examples=40, deadline=None)
@given(g=st.floats(1, 1e4), a=st.floats(0, 0.3), b=st.floats(0, 0.01))
def test_data_of_a_law_give_the_law(g: float, a: float, b: float) -> None:
    """Without noise the fitted law says what the true one says, at what was measured and twice as far."""
    truth = Usl(g, a, b)
    found = fit(COUNTS, [truth.per_s(n) for n in COUNTS])

    assert [found.per_s(n) for n in (1, 8, 24)] == pytest.approx([truth.per_s(n) for n in (1, 8, 24)], rel=1e-3)


def test_more_than_proportional_is_read_as_proportional() -> None:
    """The shares are held at 0: two replicas that seem to hold more than double are chance."""
    found = fit([1, 2], [100.0, 210.0], "contention")

    assert (found.contention, found.coherence) == (pytest.approx(0, abs=1e-6), 0)
    assert 100 < found.gain_per_s < 105


@pytest.mark.parametrize("per_s", [[], [0.0], [float("nan")]])
def test_no_capacity_is_no_fit(per_s: list[float]) -> None:
    """Without a capacity above 0 there is an error, and never a law."""
    with pytest.raises(ValueError, match="a capacity above 0 of at least 1 replica"):
        fit([1] * len(per_s), per_s)


def runs_of(truth: Usl, counts: list[int], each: int, noise: float, seed: int) -> dict[int, list[float]]:
    """Measured capacities: the truth, off by ``noise`` in each run."""
    rng = np.random.default_rng(seed)
    return {n: (truth.per_s(n) * np.exp(rng.normal(0, noise, each))).tolist() for n in counts}


def predicted(scaling: Scaling, replicas: int) -> Prediction:
    """The prediction, which must not be refused."""
    found = scaling.predict(replicas)
    assert isinstance(found, Prediction)
    return found


@pytest.mark.parametrize(
    ("counts", "each", "replicas", "truth"),
    [
        pytest.param([1, 2], 5, 4, Usl(50.0, 0.03, 0.0), id="four from one and two, contention"),
        pytest.param([1, 2], 5, 4, Usl(50.0, 0.0, 0.01), id="four from one and two, coherence"),
        pytest.param(COUNTS, 2, 24, REFERENCE, id="twenty-four from six numbers up to twelve"),
    ],
)
def test_the_interval_holds_the_truth(counts: list[int], each: int, replicas: int, truth: Usl) -> None:
    """With 2 % noise the 95 % interval holds the true capacity in at least 18 of 20 campaigns of runs."""
    found = [predicted(scaling_of(runs_of(truth, counts, each, 0.02, seed), seed), replicas) for seed in range(20)]
    held = [
        one.low is not None and one.high is not None and one.low <= truth.per_s(replicas) <= one.high for one in found
    ]

    assert sum(held) >= 18


def test_no_interval_without_repeated_runs() -> None:
    """Fewer than four runs more than numbers of replicas say nothing about chance."""
    few, enough = ({1: [50.0] * n, 2: [98.0, 97.0, 99.0]} for n in (2, 3))

    assert predicted(scaling_of(few, 1), 4).low is None
    assert predicted(scaling_of(enough, 1), 4).low is not None


@pytest.mark.parametrize(
    ("measured", "replicas", "sentence"),
    [
        pytest.param({1: [50.0], 4: [190.0]}, 9, "more than twice the 4 that were measured, where the law is a guess: "
                     "measure with 5 or more", id="too far"),
        pytest.param({1: [50.0]}, 2, "only runs with 1 replica were given, and they cannot tell what another one adds: "
                     "measure with 2 replicas too", id="one number only"),
    ],
)  # fmt: skip
def test_what_lies_too_far_is_refused(measured: dict[int, list[float]], replicas: int, sentence: str) -> None:
    """A refusal is a sentence that says what to measure."""
    found = scaling_of(measured, 1).predict(replicas)

    assert isinstance(found, str)
    assert found.endswith(sentence)


def test_twice_as_far_is_not_refused() -> None:
    """Twice the largest measured number is still predicted; one number predicts itself."""
    assert predicted(scaling_of({1: [50.0], 4: [190.0]}, 1), 8).per_s > 190
    alone = predicted(scaling_of({3: [150.0] * 5}, 1), 3)
    assert [alone.per_s, alone.low, alone.high] == pytest.approx([150, 150, 150])


def test_the_same_seed_gives_the_same_interval() -> None:
    """A report says the same twice."""
    runs = runs_of(REFERENCE, [1, 2], 3, 0.02, 1)

    assert scaling_of(runs, 7, 50) == scaling_of(runs, 7, 50)


def test_a_number_of_replicas_in_words() -> None:
    """One replica is singular."""
    assert (told(1), told(2)) == ("1 replica", "2 replicas")
