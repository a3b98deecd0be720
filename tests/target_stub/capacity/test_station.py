"""Laws of the station: first come first served, work conserved, and Lindley's recursion.

Source: Lindley, "The theory of queues with a single server", 1952. Waits and losses beside the exact results of queueing theory
stand in ``tests/simulation/test_queueing_theory.py``.
"""

from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_stub.capacity.station import Placement, Station

JOBS = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 200)), min_size=1, max_size=80)
SERVERS = st.integers(1, 5)


def placed(station: Station, jobs: list[tuple[int, int]]) -> list[Placement | None]:
    """Return what the station says to jobs given as (gap since the one before, service), in nanoseconds."""
    instants_ns = accumulate(gap_ns for gap_ns, _ in jobs)
    return [station.place(now_ns, service_ns) for now_ns, (_, service_ns) in zip(instants_ns, jobs, strict=True)]


def accepted(station: Station, jobs: list[tuple[int, int]]) -> list[Placement]:
    """Return the placements of the jobs that were accepted."""
    return [placement for placement in placed(station, jobs) if placement is not None]


@given(JOBS)
def test_one_server_follows_lindleys_recursion(jobs: list[tuple[int, int]]) -> None:
    """With one server, wait(n+1) = max(0, wait(n) + service(n) - gap(n+1)), exactly."""
    waits_ns = [0]
    for (_, service_ns), (gap_ns, _) in pairwise(jobs):
        waits_ns.append(max(0, waits_ns[-1] + service_ns - gap_ns))

    assert [placement.wait_ns for placement in accepted(Station(1), jobs)] == waits_ns


@given(SERVERS, JOBS)
def test_jobs_start_in_the_order_of_their_arrival(servers: int, jobs: list[tuple[int, int]]) -> None:
    """No job starts before one that arrived earlier, and none before its own arrival."""
    starts_ns = [placement.start_ns for placement in accepted(Station(servers), jobs)]

    assert starts_ns == sorted(starts_ns)
    assert all(placement.wait_ns >= 0 for placement in accepted(Station(servers), jobs))


@given(SERVERS, JOBS)
def test_a_job_starts_as_soon_as_a_server_is_free(servers: int, jobs: list[tuple[int, int]]) -> None:
    """A job starts at its arrival or, when all servers are taken then, when the first of them ends."""
    ends_ns: list[int] = []
    for placement in accepted(Station(servers), jobs):
        free_ns = sorted(ends_ns)[-servers] if len(ends_ns) >= servers else 0
        assert placement.start_ns == max(placement.arrival_ns, free_ns)
        ends_ns.append(placement.end_ns)


@given(SERVERS, st.integers(0, 4), JOBS)
def test_work_is_conserved(servers: int, queue_limit: int, jobs: list[tuple[int, int]]) -> None:
    """Every job is accepted or turned away, and at any instant accepted = ended + in service + waiting."""
    station = Station(servers, queue_limit)
    instants_ns = list(accumulate(gap_ns for gap_ns, _ in jobs))
    kept: list[Placement] = []
    for now_ns, (_, service_ns) in zip(instants_ns, jobs, strict=True):
        placement = station.place(now_ns, service_ns)
        waiting = sum(job.start_ns > now_ns for job in kept)
        if placement is None:
            assert waiting == queue_limit
            assert station.busy(now_ns) == servers
        else:
            assert (placement.arrival_ns, placement.end_ns - placement.start_ns) == (now_ns, service_ns)
            kept.append(placement)
        assert station.in_system(now_ns) == sum(job.end_ns > now_ns for job in kept)
        assert station.waiting(now_ns) == sum(job.start_ns > now_ns for job in kept) <= queue_limit


def test_a_full_queue_turns_away_and_takes_again() -> None:
    """One server and one place to wait: the third job is turned away, and one that comes after a start is taken."""
    station = Station(1, queue_limit=1)

    assert station.place(0, 100) == Placement(0, 0, 100)
    assert station.place(10, 100) == Placement(10, 100, 200)
    assert station.place(20, 100) is None
    assert station.place(100, 100) == Placement(100, 200, 300)


def test_without_places_to_wait_only_free_servers_take() -> None:
    """A queue of length 0 is a loss system."""
    station = Station(2, queue_limit=0)

    assert [station.place(0, 100) is not None for _ in range(3)] == [True, True, False]


def test_a_slowdown_counts_those_in_service_at_the_start() -> None:
    """A job beside n - 1 others takes slowdown(n) times its service, one that waited beside those who work when it starts."""
    station = Station(2, slowdown=lambda n: 1 + 0.5 * (n - 1))

    assert station.place(0, 100) == Placement(0, 0, 100)
    assert station.place(10, 100) == Placement(10, 10, 160)
    assert station.place(20, 100) == Placement(20, 100, 250)
    assert station.place(300, 100) == Placement(300, 300, 400)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        pytest.param(lambda: Station(0), "at least 1 server, not 0", id="no server"),
        pytest.param(lambda: Station(1, -1), "at least 0 jobs, not -1", id="a negative queue"),
        pytest.param(lambda: Station(1).place(0, 0), "at least 1 ns, not 0", id="a service that takes no time"),
        pytest.param(lambda: placed(Station(1), [(5, 1), (-1, 1)]), "4 ns is before 5 ns", id="an arrival in the past"),
    ],
)
def test_what_makes_no_sense_is_refused(make: object, sentence: str) -> None:
    """A station that cannot work, or a job that cannot be, raises a sentence with the value."""
    assert callable(make)
    with pytest.raises(ValueError, match=sentence):
        make()
