"""The stub's stations beside queueing theory, in virtual time: a million customers a run, with the stub's own service laws.

Exact results and their sources stand in ``tests/helpers/queue_theory``. Waits are correlated, the more so the higher the load, so one
run of a million says less there: the runs of a load are as many as bring the standard error of its p99, measured over 8 seeds
(0.5 to 1.8 % a run), to about 1 % or below. Seeds are fixed, the first whole numbers, so a result repeats to the nanosecond.
"""

import heapq
import random
from collections.abc import Callable

import numpy as np
import pytest

from target_stub.capacity.service_time import ServiceLaw, service_times
from target_stub.capacity.station import Placement, Station
from target_stub.capacity.usl import Usl
from target_stub.clock import NS_PER_MS
from target_stub.config import Config
from target_stub.sizing import sizing
from tests.helpers.queue_theory import erlang_b, erlang_c, m_d_1_waits, m_m_c_waits, quantile_of

CUSTOMERS = 1_000_000
MEAN_MS = 1.0
RUNS = {0.5: 1, 0.7: 2, 0.8: 4}
"""Runs of a million customers by load."""


def placed(station: Station, law: ServiceLaw, offered: float, seed: int) -> list[Placement | None]:
    """What a station says to a million Poisson arrivals that offer it so many erlangs."""
    rng = np.random.default_rng(seed)
    gaps_ns = rng.exponential(MEAN_MS * NS_PER_MS / offered, CUSTOMERS)
    arrivals_ns: list[int] = np.cumsum(gaps_ns).astype(np.int64).tolist()
    draw = service_times(law, MEAN_MS, cv=0.5, rng=random.Random(seed))
    return [station.place(now_ns, draw()) for now_ns in arrivals_ns]


def waits_ms(servers: int, law: ServiceLaw, offered: float, runs: int) -> np.ndarray:
    """The waits of all runs, in mean service times."""
    of_runs = (placed(Station(servers), law, offered, seed) for seed in range(runs))
    told = [np.array([one.start_ns - one.arrival_ns for one in run if one is not None]) for run in of_runs]
    return np.concatenate(told) / NS_PER_MS


def assert_quantiles(waits: np.ndarray, share: Callable[[float], float]) -> None:
    """Hold p50, p90 and p99 against theory, within 2 %; a median of nothing within a hundredth of a service."""
    exact = [quantile_of(share, q) for q in (0.5, 0.9, 0.99)]

    assert np.quantile(waits, [0.5, 0.9, 0.99]).tolist() == pytest.approx(exact, rel=0.02, abs=0.01)


@pytest.mark.parametrize(("load", "runs"), RUNS.items())
def test_waits_of_m_d_1(load: float, runs: int) -> None:
    """One server, equal services: p50, p90 and p99 of the wait within 2 % of Erlang and Franx, the mean of Pollaczek and Khinchine."""
    waits = waits_ms(1, "deterministic", load, runs)

    assert_quantiles(waits, m_d_1_waits(load))
    assert waits.mean() == pytest.approx(load / (2 * (1 - load)), rel=0.02)


@pytest.mark.parametrize(("load", "runs"), RUNS.items())
def test_waits_of_m_m_1(load: float, runs: int) -> None:
    """One server, exponential services: p50, p90 and p99 of the wait within 2 % of 1 - load e^-(1 - load) t."""
    waits = waits_ms(1, "exponential", load, runs)

    assert_quantiles(waits, m_m_c_waits(1, load))
    assert waits.mean() == pytest.approx(load / (1 - load), rel=0.02)


def test_waits_of_m_m_10() -> None:
    """Ten servers, 8 erlangs: who waits, and how long, is Erlang's C within 2 %."""
    waits = waits_ms(10, "exponential", 8.0, RUNS[0.8])

    assert np.mean(waits > 0) == pytest.approx(erlang_c(10, 8.0), rel=0.02)
    assert_quantiles(waits, m_m_c_waits(10, 8.0))


@pytest.mark.parametrize("law", ["deterministic", "exponential", "lognormal"])
@pytest.mark.parametrize(("servers", "offered"), [(10, 8.0), (100, 100.0)])
def test_loss_without_a_queue(servers: int, offered: float, law: ServiceLaw) -> None:
    """Where nobody can wait, the share turned away is Erlang's B within 2 %, whatever the law of the services."""
    answers = placed(Station(servers, queue_limit=0), law, offered, 0)

    assert answers.count(None) / CUSTOMERS == pytest.approx(erlang_b(servers, offered), rel=0.02)


@pytest.mark.parametrize(
    ("load", "exact"),
    [
        pytest.param(0.5, [0, 1.5157, 3.3363, 5.1684], id="half loaded"),
        pytest.param(0.9, [3.0130, 10.7825, 21.8982, 33.0140], id="nine tenths"),
    ],
)
def test_the_theory_of_m_d_1_itself(load: float, exact: list[float]) -> None:
    """The formula gives the published p50, p90, p99 and p99.9, also where the alternating sum fails."""
    assert [quantile_of(m_d_1_waits(load), q) for q in (0.5, 0.9, 0.99, 0.999)] == pytest.approx(exact, abs=1e-4)


def test_the_theory_of_erlang_itself() -> None:
    """B and C are those of the published tables."""
    assert [erlang_b(10, 8), erlang_b(50, 50), erlang_b(100, 100)] == pytest.approx(
        [0.121661, 0.104787, 0.075700], abs=1e-6
    )
    assert [erlang_c(10, 8), erlang_c(50, 40), erlang_c(100, 80)] == pytest.approx(
        [0.409180, 0.086953, 0.019646], abs=1e-6
    )
    assert [quantile_of(m_m_c_waits(10, 8), q) for q in (0.9, 0.99)] == pytest.approx([0.7045, 1.8558], abs=1e-4)


def closed_loop_per_s(station: Station, draw: Callable[[], int], customers: int, services: int) -> float:
    """Throughput of customers who come back as soon as they are served, the first fifth not counted."""
    ends_ns = [0] * customers
    counted_from, begin_ns = services // 5, 0
    for done in range(services):
        now_ns = heapq.heappop(ends_ns)
        if done == counted_from:
            begin_ns = now_ns
        placement = station.place(now_ns, draw())
        assert placement is not None
        heapq.heappush(ends_ns, placement.end_ns)
    return (services - 1 - counted_from) / (now_ns - begin_ns) * 1e9


@pytest.mark.parametrize("cv", [0.0, 0.5], ids=["equal services", "lognormal services"])
@pytest.mark.parametrize("customers", [1, 8, 32, 44, 64, 100])
def test_throughput_follows_the_law_of_scalability(customers: int, cv: float) -> None:
    """N in a closed loop get X(N) = N c / (1 + sigma (N - 1) + kappa N (N - 1)) within 1 %, before, at and beyond the peak."""
    usl = Usl(0.02, 0.0005)
    draw = service_times("usl", 10.0, cv=cv, rng=random.Random(customers))
    per_s = closed_loop_per_s(Station(100, slowdown=usl.slowdown), draw, customers, 60_000)

    sigma, kappa, n = 0.02, 0.0005, customers
    assert per_s == pytest.approx(100 * n / (1 + sigma * (n - 1) + kappa * n * (n - 1)), rel=0.01)


@pytest.mark.parametrize("law", ["deterministic", "exponential", "lognormal", "usl"])
@pytest.mark.parametrize("replicas", [1, 4])
def test_a_saturated_station_serves_its_capacity(law: ServiceLaw, replicas: int) -> None:
    """Under more load than it can bear, a sized station serves what its configuration says, within 1 %, replicas and all."""
    config = Config(
        capacity_per_s=100.0,
        service_law=law,
        usl_sigma=0.01,
        usl_kappa=1e-4,
        replicas=replicas,
        replica_sigma=0.05,
        replica_kappa=0.01,
    )
    size = sizing(config)
    draw = service_times(size.law, size.mean_ms, cv=config.service_cv, rng=random.Random(1))

    # Twice as many in the loop as servers: there is always somebody who waits.
    per_s = closed_loop_per_s(size.station(), draw, 2 * size.servers, 60_000)

    assert per_s == pytest.approx(size.orders_per_s, rel=0.01)


def test_too_many_threads_lower_the_throughput_under_overload() -> None:
    """With more threads than the peak of the law, an overloaded station falls below the capacity that a bound on them keeps."""
    config = Config(
        capacity_per_s=100.0, headroom=1.0, service_law="usl", usl_sigma=0.02, usl_kappa=5e-4, usl_threads=200
    )
    size = sizing(config)
    draw = service_times("usl", size.mean_ms, cv=0.5, rng=random.Random(1))

    at_the_peak = closed_loop_per_s(size.station(), draw, 44, 40_000)
    flooded = closed_loop_per_s(size.station(), draw, 400, 40_000)

    assert at_the_peak == pytest.approx(100, rel=0.01)
    assert flooded == pytest.approx(100 * Usl(0.02, 5e-4).gain(200) / Usl(0.02, 5e-4).gain(44), rel=0.01)
    assert flooded < 60
