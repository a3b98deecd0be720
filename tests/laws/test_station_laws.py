"""Laws that hold for any station and any stream of work: Little's law, conservation, and that a slowdown only lengthens.

Source: Little, "A proof for the queuing formula L = lambda W", 1961.
"""

from itertools import accumulate, pairwise

from hypothesis import given
from hypothesis import strategies as st

from target_stub.capacity.station import Placement, Station
from target_stub.capacity.usl import Usl

JOBS = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 200)), min_size=1, max_size=60)
LAWS = st.none() | st.builds(Usl, st.floats(0, 0.3), st.floats(0, 0.05))


def station_of(servers: int, queue_limit: int | None, law: Usl | None) -> Station:
    """A station, with or without servers that hinder each other."""
    return Station(servers, queue_limit, slowdown=None if law is None else law.slowdown)


ANY_STATION = st.builds(station_of, st.integers(1, 6), st.none() | st.integers(0, 5), LAWS)


def observed(
    station: Station, jobs: list[tuple[int, int]]
) -> tuple[list[Placement | None], list[tuple[int, int, int]]]:
    """The station's answers, and its gauges as (instant, waiting, busy) after each of its events, until it is empty."""
    answers: list[Placement | None] = []
    gauges: list[tuple[int, int, int]] = []
    changes: list[int] = []

    def watch(until_ns: int) -> None:
        while changes and changes[0] <= until_ns:
            at_ns = changes.pop(0)
            gauges.append((at_ns, station.waiting(at_ns), station.busy(at_ns)))

    for now_ns, (_, service_ns) in zip(accumulate(gap_ns for gap_ns, _ in jobs), jobs, strict=True):
        watch(now_ns)
        placement = station.place(now_ns, service_ns)
        answers.append(placement)
        gauges.append((now_ns, station.waiting(now_ns), station.busy(now_ns)))
        if placement is not None:
            changes = sorted([*changes, placement.start_ns, placement.end_ns])
    watch(changes[-1])
    return answers, gauges


@given(ANY_STATION, JOBS)
def test_littles_law(station: Station, jobs: list[tuple[int, int]]) -> None:
    """The gauges integrated over time are the waits and the services summed over jobs, to the nanosecond."""
    answers, gauges = observed(station, jobs)
    accepted = [one for one in answers if one is not None]

    waiting_ns = sum(waiting * (then - at) for (at, waiting, _), (then, _, _) in pairwise(gauges))
    busy_ns = sum(busy * (then - at) for (at, _, busy), (then, _, _) in pairwise(gauges))
    assert waiting_ns == sum(one.wait_ns for one in accepted)
    assert busy_ns == sum(one.end_ns - one.start_ns for one in accepted)


@given(ANY_STATION, JOBS)
def test_jobs_are_conserved_and_bounds_kept(station: Station, jobs: list[tuple[int, int]]) -> None:
    """Every job is accepted or turned away from a full station, no gauge passes its bound, and at the end nothing is left."""
    answers, gauges = observed(station, jobs)

    for _, waiting, busy in gauges:
        assert busy <= station.servers
        assert station.queue_limit is None or waiting <= station.queue_limit
    arrivals = accumulate(gap_ns for gap_ns, _ in jobs)
    full = {at for at, waiting, busy in gauges if (busy, waiting) == (station.servers, station.queue_limit)}
    assert all(at in full for at, answer in zip(arrivals, answers, strict=True) if answer is None)
    assert gauges[-1][1:] == (0, 0)


@given(st.integers(1, 6), st.builds(Usl, st.floats(0, 0.3), st.floats(0, 0.05)), JOBS)
def test_a_slowdown_only_lengthens(servers: int, law: Usl, jobs: list[tuple[int, int]]) -> None:
    """A job takes at least its own service and at most that of a full station."""
    answers, _ = observed(station_of(servers, None, law), jobs)

    for answer, (_, service_ns) in zip(answers, jobs, strict=True):
        assert answer is not None
        assert service_ns <= answer.end_ns - answer.start_ns <= round(service_ns * law.slowdown(servers))
